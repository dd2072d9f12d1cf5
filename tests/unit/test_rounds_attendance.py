"""Nobody's word alone makes a no-show: every combination of what can be said."""

from __future__ import annotations

from itertools import product

import pytest

from services.rounds.model.attendance import ORGANIZER, is_disputed, presence


def said(own: bool | None, other: bool | None, organizer: bool | None) -> dict[str, bool]:
    words = {"own": own, "other": other, ORGANIZER: organizer}
    return {by: word for by, word in words.items() if word is not None}


@pytest.mark.parametrize(
    ("own", "other", "there", "disputed"),
    [
        (None, None, None, False),
        (True, None, True, False),
        (None, True, True, False),
        (True, True, True, False),
        (False, None, False, False),
        (False, True, False, False),
        (False, False, False, False),
        (None, False, None, True),
        (True, False, None, True),
    ],
)
def test_what_counts_follows_from_what_both_sides_say(
    own: bool | None, other: bool | None, there: bool | None, disputed: bool
) -> None:
    words = said(own, other, None)
    assert presence(words, "own", "other") is there
    assert is_disputed(words, "own", "other") is disputed


@pytest.mark.parametrize("decision", [True, False])
def test_the_organizer_decides_whatever_was_said(decision: bool) -> None:
    for own, other in product((None, True, False), repeat=2):
        words = said(own, other, decision)
        assert presence(words, "own", "other") is decision
        assert not is_disputed(words, "own", "other")


def test_the_other_sides_word_alone_never_makes_a_no_show() -> None:
    for own in (None, True):
        assert presence(said(own, False, None), "own", "other") is not False
