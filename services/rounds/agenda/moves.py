"""Compiled: Kempe chains, and what they cost.

A Kempe chain of two slots is all meetings that must change slots together when one of them does. Only
the two people at its ends see their day change; everybody between meets as many people as before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.rounds.agenda.bits import ones
from services.rounds.agenda.compiled import compiled, inlined
from services.rounds.agenda.memory import (
    BIT,
    BUSY,
    CHAIN,
    DAY,
    DAYS,
    END_WIDTH,
    ENDS,
    FAIR_PRICE,
    HOLE_PRICE,
    HOLES,
    HOME,
    LEAST,
    LINKED,
    LISTED,
    LOAD,
    LONGEST_CHAIN,
    MOST_A_DAY,
    MOST_IN_A_ROW,
    MOVE_PRICE,
    NO_LIMIT,
    ORIGIN,
    PERSON_ROWS,
    PERSON_WIDTH,
    RESTLESS,
    RESTLESS_COUNT,
    SEAT,
    SLOT,
    SLOT_ROWS,
    SLOT_WIDTH,
    TARGET,
    TIES,
    TIES_FROM,
    TIES_TO,
    WHO,
    busy_word,
    link,
    may_meet,
    meeting_cell,
    met_at,
    of_end,
    of_meeting,
    of_person,
    of_slot,
    turn,
)

if TYPE_CHECKING:
    from services.rounds.agenda.memory import Board

FORBIDDEN = 1 << 60


@inlined
def holes(word: int) -> int:
    """The holes in a day: blocks of meetings, less one."""
    return ones(word & ~(word << 1)) - 1 if word else 0


@compiled
def too_many(board: Board, person: int, day: int, word: int) -> bool:
    """Whether a day has more meetings, or more of them in a row, than the person takes."""
    if ones(word) > of_person(board, person, MOST_A_DAY):
        return True
    row = of_person(board, person, MOST_IN_A_ROW)
    if row >= 64:
        return False
    run = word
    for n in range(row):
        run &= run >> 1
        if n == 0:
            run &= board[board[LINKED] + day]
    return run != 0


@inlined
def day_price(board: Board, person: int, day: int, word: int) -> int:
    """What it costs to change a person's day to this word; FORBIDDEN where it breaks a limit."""
    old = busy_word(board, person, day)
    limited = of_person(board, person, MOST_A_DAY) + of_person(board, person, MOST_IN_A_ROW) < 2 * NO_LIMIT
    if limited and too_many(board, person, day, word):
        return FORBIDDEN
    more = holes(word) - holes(old)
    # The square of the holes of each person is least where they are shared evenly.
    return more * (board[HOLE_PRICE] + board[FAIR_PRICE] * (2 * of_person(board, person, HOLES) + more))


@inlined
def note_holes(board: Board, person: int) -> None:
    """Keep the list of people who have more holes than they must."""
    found = 0
    start = board[BUSY] + person * board[DAYS]
    for n in range(start, start + board[DAYS]):
        found += holes(board[n])
    cell = board[PERSON_ROWS] + person * PERSON_WIDTH
    board[cell + HOLES] = found
    place, listed = board[cell + LISTED], board[RESTLESS]
    if found > board[cell + LEAST]:
        if place < 0:
            board[cell + LISTED] = board[RESTLESS_COUNT]
            board[listed + board[RESTLESS_COUNT]] = person
            board[RESTLESS_COUNT] += 1
    elif place >= 0:
        board[RESTLESS_COUNT] -= 1
        last = board[listed + board[RESTLESS_COUNT]]
        board[listed + place] = last
        board[board[PERSON_ROWS] + last * PERSON_WIDTH + LISTED] = place
        board[cell + LISTED] = -1


@inlined
def shift_price(board: Board, person: int, origin: int, target: int) -> int:
    """What it costs to have a person meet in `target` and no longer in `origin` (-1: none)."""
    if origin < 0:
        day = of_slot(board, target, DAY)
        return day_price(board, person, day, busy_word(board, person, day) | of_slot(board, target, BIT))
    day = of_slot(board, origin, DAY)
    gone = busy_word(board, person, day) & ~of_slot(board, origin, BIT)
    if target < 0:
        return day_price(board, person, day, gone)
    other = of_slot(board, target, DAY)
    if other == day:
        return day_price(board, person, day, gone | of_slot(board, target, BIT))
    new = busy_word(board, person, other) | of_slot(board, target, BIT)
    cost = day_price(board, person, other, new)
    return cost + day_price(board, person, day, gone) if cost < FORBIDDEN else cost


@inlined
def note_end(board: Board, cell: int, person: int, origin: int, target: int) -> None:
    """Write down an end of a chain."""
    board[cell + WHO], board[cell + ORIGIN], board[cell + TARGET] = person, origin, target


@inlined
def trace(board: Board, row: int, meeting: int, target: int) -> tuple[int, int]:
    """Collect the chain that moves a meeting to `target`: its length (-1: impossible) and the gain there."""
    chain, ends = board[CHAIN] + row * LONGEST_CHAIN, board[ENDS] + row * 2 * END_WIDTH
    source = of_meeting(board, meeting, SLOT)
    if not may_meet(board, meeting, target):
        return -1, 0
    board[chain], length, gain = meeting, 1, 1
    board[ends] = board[ends + END_WIDTH] = -1
    for side in range(2):
        person, into, e = of_meeting(board, meeting, SEAT + side), target, 0
        while True:
            e = met_at(board, person, into)
            if e < 0 or e == meeting:
                break
            into = source + target - into
            if length >= LONGEST_CHAIN or not may_meet(board, e, into):
                return -1, 0
            board[chain + length] = e
            length += 1
            gain += 1 if into == target else -1
            person = of_meeting(board, e, SEAT) + of_meeting(board, e, SEAT + 1) - person
        if e == meeting:
            # It came round to where it began: a circle has no ends.
            return length, gain
        note_end(board, ends + side * END_WIDTH, person, source + target - into, into)
    return length, gain


@inlined
def chain_price(board: Board, row: int, length: int, pair: int) -> int:
    """What swapping a traced chain costs; `pair` is the sum of its two slots."""
    cost = 0
    for side in range(2):
        person = of_end(board, row, side, WHO)
        if person >= 0:
            price = shift_price(
                board, person, of_end(board, row, side, ORIGIN), of_end(board, row, side, TARGET)
            )
            if price >= FORBIDDEN:
                return FORBIDDEN
            cost += price
    if board[MOVE_PRICE] > 0:
        for n in range(length):
            meeting = link(board, row, n)
            home, now = of_meeting(board, meeting, HOME), of_meeting(board, meeting, SLOT)
            if home >= 0:
                cost += board[MOVE_PRICE] * (int(now == home) - int(pair - now == home))
    return cost


@inlined
def in_order(board: Board, meeting: int, slot: int) -> bool:
    """Whether a meeting in this slot keeps the order with those it is tied to, where they are now."""
    for n in range(of_meeting(board, meeting, TIES_FROM), of_meeting(board, meeting, TIES_TO)):
        # A tie is the other meeting's number, turned into -1 - number where that one comes after.
        tie = board[board[TIES] + n]
        other = of_meeting(board, tie if tie >= 0 else -1 - tie, SLOT)
        if (tie >= 0 and not 0 <= other < slot) or (tie < 0 and 0 <= other <= slot):
            return False
    return True


@inlined
def ordered(board: Board, row: int, length: int, pair: int) -> bool:
    """Whether the meetings of a chain that is not yet swapped will be in order with those tied to them."""
    for n in range(length):
        m = link(board, row, n)
        tied = of_meeting(board, m, TIES_FROM) < of_meeting(board, m, TIES_TO)
        if tied and not in_order(board, m, pair - of_meeting(board, m, SLOT)):
            return False
    return True


@inlined
def swap(board: Board, row: int, length: int, pair: int) -> None:
    """Move a traced chain: each of its meetings to the other one of the two slots."""
    for n in range(length):
        m = link(board, row, n)
        slot = of_meeting(board, m, SLOT)
        for side in range(2):
            turn(board, of_meeting(board, m, SEAT + side), slot, -1)
        board[board[SLOT_ROWS] + slot * SLOT_WIDTH + LOAD] -= 1
        board[meeting_cell(board, m, SLOT)] = pair - slot
        board[board[SLOT_ROWS] + (pair - slot) * SLOT_WIDTH + LOAD] += 1
    for n in range(length):
        m = link(board, row, n)
        for side in range(2):
            turn(board, of_meeting(board, m, SEAT + side), of_meeting(board, m, SLOT), m)
    for side in range(2):
        person = of_end(board, row, side, WHO)
        if person >= 0:
            note_holes(board, person)
