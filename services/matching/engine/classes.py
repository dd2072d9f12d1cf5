"""The classes of an official list of codes, found by what their stems weigh.

A class is what its stems weigh: those of its name fully, those of what is above it less, and those of what
it includes by the share of it that has them, so that a word which all of a class has in common says more
than one which a single product of it has (as in class-based tf-idf). A text's first words say what it is
about, and the later ones where, for whom and how, so each counts less than the one before.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from services.matching.engine.text import stems, synonyms
from services.matching.engine.weights import SHIPPED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_ABOVE = 0.6
_LATER, _LEAST = 0.9, 0.3
_LENGTH = 0.3
# So much of a score counts only as far as the text has the words of the class's name.
_NAMED = 0.5
_LEAD = 2.0
_COMPARED = 20


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A class of an official list, with what its stems weigh; `at` is where a municipality lies."""

    scheme: str
    code: str
    title: str
    terms: dict[str, float] = {}
    at: tuple[float, float] | None = None


def described(title: str, above: str, included: Iterable[str]) -> dict[str, float]:
    """What the stems of a class weigh: of its name, of the name above it, and of what it includes."""
    pieces = [set(stems(text)) for text in included]
    weights = _shares(pieces, max(1, len(pieces)))
    for words, weight in ((above, _ABOVE), (title, 1.0)):
        for stem in stems(words):
            weights[stem] = max(weights.get(stem, 0.0), weight)
    return weights


def _shares(texts: Sequence[set[str]], of: int) -> dict[str, float]:
    """The square root of the share of texts that have each stem."""
    having = Counter(stem for text in texts for stem in text)
    return {stem: math.sqrt(count / of) for stem, count in having.items()}


class Scored(NamedTuple):
    """A class that shares words with a text: how far it leads the others, and what it explains of the text.

    Both are shares, 0 to 1.
    """

    code: str
    lead: float
    explained: float


class Classes:
    """The classes of one list, found by their stems."""

    def __init__(self, entries: Sequence[Entry], examples: Mapping[str, Sequence[set[str]]]) -> None:
        self.titles = {entry.code: entry.title for entry in entries}
        postings: dict[str, list[tuple[str, float]]] = {}
        for entry in entries:
            learned = examples.get(entry.code, ())
            weights = dict(entry.terms)
            for stem, weight in _shares(learned, len(learned) + 1).items():
                weights[stem] = max(weights.get(stem, 0.0), weight)
            for stem, weight in weights.items():
                postings.setdefault(stem, []).append((entry.code, weight))
        count = len(self.titles)
        self._unknown = math.log(1 + count)
        self._rarity = {stem: math.log(1 + count / len(found)) for stem, found in postings.items()}
        named = {entry.code: self._named(entry) for entry in entries}
        self._lengths: dict[str, float] = dict.fromkeys(self.titles, 1e-9)
        for stem, found in postings.items():
            for code, weight in found:
                self._lengths[code] += (self._rarity[stem] * weight) ** 2
        self._postings = {
            stem: [(code, weight * self._rarity[stem], named[code].get(stem, 0.0)) for code, weight in found]
            for stem, found in postings.items()
        }

    def _named(self, entry: Entry) -> dict[str, float]:
        """The stems of a class's name that it can be found by, with their shares of it."""
        rarity = {stem: self._rarity[stem] for stem in stems(entry.title) if stem in entry.terms}
        whole = sum(rarity.values())
        return {stem: value / whole for stem, value in rarity.items()}

    def scored(self, text: str) -> list[Scored]:
        """The codes that share a stem with the text, best first."""
        wanted = {stem: max(_LEAST, _LATER**place) for place, stem in enumerate(dict.fromkeys(stems(text)))}
        whole = sum(value * self._rarity.get(stem, self._unknown) for stem, value in wanted.items())
        meant = dict(wanted)
        for stem, value in wanted.items():
            for other in synonyms(stem):
                meant[other] = max(meant.get(other, 0.0), SHIPPED.synonym * value)
        sums: dict[str, float] = {}
        named: dict[str, float] = {}
        for stem, value in meant.items():
            for code, weight, share in self._postings.get(stem, ()):
                sums[code] = sums.get(code, 0.0) + value * weight
                named[code] = named.get(code, 0.0) + share
        best = sorted(
            (-found * (1.0 - _NAMED + _NAMED * named[code]) / self._lengths[code] ** (_LENGTH / 2), code)
            for code, found in sums.items()
        )[:_COMPARED]
        field = sum((-score) ** _LEAD for score, _ in best)
        return [Scored(code, (-score) ** _LEAD / field, min(1.0, sums[code] / whole)) for score, code in best]
