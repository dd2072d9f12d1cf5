"""Slips of the pen: which words somebody may have meant, and how somebody may have miswritten one.

One edit at most, as in Norvig, "How to Write a Spelling Corrector" (2007), compared with the words that the
market uses, so that no dictionary is needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_SOUND_ALIKE = {"b": "v", "v": "b", "g": "j", "j": "g", "s": "z", "z": "s", "m": "n", "n": "m"}
# In shorter words an edit makes too many other words; longer ones are none.
LEAST_LETTERS = 6
MOST_LETTERS = 24
LEAST_STEM = 5


def slips(word: str) -> Iterator[str]:
    """The word with a letter lost, two swapped or one doubled: what a hasty writer makes of it."""
    for place in range(1, len(word)):
        yield word[:place] + word[place + 1 :]
        yield word[:place] + word[place] + word[place:]
        if place + 1 < len(word):
            yield word[:place] + word[place + 1] + word[place] + word[place + 2 :]


def repairs(word: str) -> Iterator[str]:
    """What somebody may have meant by a word that nobody else uses.

    One with a letter more or less, two swapped, or one that sounds alike: any letter for any other would make
    a `motosierra` a motorcycle, as only the first letters of a word are compared.
    """
    yield from slips(word)
    yield word[1:]
    for place in range(len(word) + 1):
        before, after = word[:place], word[place:]
        for letter in _LETTERS:
            yield before + letter + after
        for letter in _SOUND_ALIKE.get(after[:1], ""):
            yield before + letter + after[1:]
