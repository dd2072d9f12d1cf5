"""Compiled: which meeting to move, and where to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.rounds.agenda.bits import leading, lowest
from services.rounds.agenda.compiled import inlined
from services.rounds.agenda.memory import (
    BIT,
    DAY,
    DAYS,
    FREE,
    MET,
    MINE,
    SLOT,
    WIDEST,
    busy_word,
    draw,
    met_at,
    of_meeting,
    of_person,
    of_slot,
)

if TYPE_CHECKING:
    from services.rounds.agenda.memory import Board


@inlined
def above(word: int, place: int) -> int:
    """The first place after a run of set bits from `place` on."""
    return place + lowest(~(word >> place))


@inlined
def below(word: int, place: int) -> int:
    """The last place before the run of set bits that `place` is in; -1 where it begins the word."""
    return 63 - leading(~word & ((1 << place) - 1))


@inlined
def some_meeting(board: Board, person: int) -> int:
    """One of a person's meetings by lot."""
    return board[board[MINE] + person * board[WIDEST] + draw(board, of_person(board, person, MET))]


@inlined
def nearby(board: Board, meeting: int, person: int) -> tuple[int, int]:
    """A meeting of a person's, and a slot beside the block in which they have this one (-1: no such slot).

    Half of the meetings to be moved are at the end of a block, so that no hole comes where they were.
    """
    chance = draw(board, 16)
    slot = of_meeting(board, meeting, SLOT)
    day, place = of_slot(board, slot, DAY), lowest(of_slot(board, slot, BIT))
    word = busy_word(board, person, day)
    target = above(word, place) if chance & 2 else below(word, place)
    if target < 0 or board[board[FREE] + person * board[DAYS] + day] >> target & 1 == 0:
        return meeting, -1
    moved = some_meeting(board, person)
    if chance & 8:
        return moved, slot + target - place
    origin = of_meeting(board, moved, SLOT)
    here = lowest(of_slot(board, origin, BIT))
    word = busy_word(board, person, of_slot(board, origin, DAY))
    end = above(word, here) - 1 if chance & 4 else below(word, here) + 1
    return met_at(board, person, origin + end - here), slot + target - place
