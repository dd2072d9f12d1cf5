"""Compiled: putting single meetings on a board and taking them off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.rounds.agenda.compiled import compiled
from services.rounds.agenda.memory import (
    COMPANY_ROWS,
    COMPANY_WIDTH,
    HELD,
    HOME,
    LOAD,
    LOCKED,
    MET,
    MINE,
    MINIMUM,
    MOST,
    MOVE_PRICE,
    PARTY,
    PERSON_ROWS,
    PERSON_WIDTH,
    PROMISE_PRICE,
    RANK,
    SEAT,
    SLOT,
    SLOT_ROWS,
    SLOT_WIDTH,
    SLOTS,
    TABLES,
    TIES,
    TIES_FROM,
    TIES_TO,
    WEIGHT,
    WEIGHT_PRICE,
    WHO,
    WIDEST,
    draw,
    free_at,
    may_meet,
    meeting_cell,
    met_at,
    of_company,
    of_end,
    of_meeting,
    of_person,
    of_slot,
    turn,
)
from services.rounds.agenda.moves import (
    FORBIDDEN,
    chain_price,
    in_order,
    note_holes,
    ordered,
    shift_price,
    swap,
    trace,
)

if TYPE_CHECKING:
    from services.rounds.agenda.memory import Board


@compiled
def put(board: Board, meeting: int, slot: int) -> None:
    """Enter a meeting of the people in its seats, who must not meet anybody else then."""
    board[meeting_cell(board, meeting, SLOT)] = slot
    board[board[SLOT_ROWS] + slot * SLOT_WIDTH + LOAD] += 1
    for side in range(2):
        person = of_meeting(board, meeting, SEAT + side)
        turn(board, person, slot, meeting)
        note_holes(board, person)
        count = of_person(board, person, MET)
        board[meeting_cell(board, meeting, RANK + side)] = count
        board[board[MINE] + person * board[WIDEST] + count] = meeting
        board[board[PERSON_ROWS] + person * PERSON_WIDTH + MET] = count + 1
        company = of_meeting(board, meeting, PARTY + side)
        board[board[COMPANY_ROWS] + company * COMPANY_WIDTH + HELD] += 1


@compiled
def take(board: Board, meeting: int) -> None:
    """Take a meeting off the board."""
    slot = of_meeting(board, meeting, SLOT)
    board[board[SLOT_ROWS] + slot * SLOT_WIDTH + LOAD] -= 1
    for side in range(2):
        person = of_meeting(board, meeting, SEAT + side)
        turn(board, person, slot, -1)
        note_holes(board, person)
        count = of_person(board, person, MET) - 1
        board[board[PERSON_ROWS] + person * PERSON_WIDTH + MET] = count
        mine = board[MINE] + person * board[WIDEST]
        last, rank = board[mine + count], of_meeting(board, meeting, RANK + side)
        board[mine + rank] = last
        other = 0 if of_meeting(board, last, SEAT) == person else 1
        board[meeting_cell(board, last, RANK + other)] = rank
        company = of_meeting(board, meeting, PARTY + side)
        board[board[COMPANY_ROWS] + company * COMPANY_WIDTH + HELD] -= 1
    board[meeting_cell(board, meeting, SLOT)] = -1


@compiled
def promise_price(board: Board, meeting: int, change: int) -> int:
    """What one meeting more (1) or less (-1) changes in the price of what was promised."""
    cost = 0
    for side in range(2):
        company = of_meeting(board, meeting, PARTY + side)
        held = of_company(board, company, HELD) + min(change, 0)
        if held < of_company(board, company, MINIMUM):
            cost -= change * board[PROMISE_PRICE]
    return cost


@compiled
def home_price(board: Board, meeting: int, slot: int) -> int:
    """The price of having a published meeting in this slot (-1: not at all)."""
    home = of_meeting(board, meeting, HOME)
    return board[MOVE_PRICE] if home >= 0 and home != slot else 0


@compiled
def out_price(board: Board, meeting: int) -> int:
    """What it costs to take a meeting off; FORBIDDEN where it is pinned or another one waits for it."""
    if of_meeting(board, meeting, LOCKED):
        return FORBIDDEN
    for n in range(of_meeting(board, meeting, TIES_FROM), of_meeting(board, meeting, TIES_TO)):
        tie = board[board[TIES] + n]
        if tie < 0 and of_meeting(board, -1 - tie, SLOT) >= 0:
            return FORBIDDEN
    slot = of_meeting(board, meeting, SLOT)
    cost = board[WEIGHT_PRICE] * of_meeting(board, meeting, WEIGHT) + promise_price(board, meeting, -1)
    cost += home_price(board, meeting, -1) - home_price(board, meeting, slot)
    for side in range(2):
        cost += shift_price(board, of_meeting(board, meeting, SEAT + side), slot, -1)
    return min(cost, FORBIDDEN)


@compiled
def in_price(board: Board, meeting: int, slot: int) -> int:
    """What it costs to put a meeting in, where its people meet nobody; FORBIDDEN where a limit says no."""
    if of_slot(board, slot, LOAD) >= board[TABLES] or not in_order(board, meeting, slot):
        return FORBIDDEN
    cost = promise_price(board, meeting, 1) - board[WEIGHT_PRICE] * of_meeting(board, meeting, WEIGHT)
    cost += home_price(board, meeting, slot) - home_price(board, meeting, -1)
    for side in range(2):
        person = of_meeting(board, meeting, SEAT + side)
        price = shift_price(board, person, -1, slot)
        if price >= FORBIDDEN or of_person(board, person, MET) >= of_person(board, person, MOST):
            return FORBIDDEN
        cost += price
    return cost


@compiled
def cheapest(board: Board, meeting: int) -> tuple[int, int]:
    """The cheapest free slot for the people in a meeting's seats: its price (FORBIDDEN: none) and number."""
    best, found, ties = FORBIDDEN, -1, 1
    buyer, supplier = of_meeting(board, meeting, SEAT), of_meeting(board, meeting, SEAT + 1)
    for slot in range(board[SLOTS]):
        taken = met_at(board, buyer, slot) >= 0 or met_at(board, supplier, slot) >= 0
        if taken or not may_meet(board, meeting, slot):
            continue
        cost = in_price(board, meeting, slot)
        ties = ties + 1 if cost == best else 1
        if cost < best or (cost == best and cost < FORBIDDEN and draw(board, ties) == 0):
            best, found = cost, slot
    return best, found


@compiled
def clear(board: Board, meeting: int, slot: int, other: int, side: int) -> bool:
    """Free one side's person in `slot`, by the Kempe chain that sends what they have there to `other`."""
    moved = met_at(board, of_meeting(board, meeting, SEAT + side), slot)
    length, gain = trace(board, 0, moved, other)
    tables = board[TABLES]
    if (
        length < 0
        or of_slot(board, other, LOAD) + gain > tables
        or of_slot(board, slot, LOAD) - gain >= tables
    ):
        return False
    stays = of_meeting(board, meeting, SEAT + 1 - side)
    if of_end(board, 0, 0, WHO) == stays or of_end(board, 0, 1, WHO) == stays:
        return False
    if chain_price(board, 0, length, slot + other) >= FORBIDDEN or not ordered(
        board, 0, length, slot + other
    ):
        return False
    swap(board, 0, length, slot + other)
    return True


@compiled
def squeeze(board: Board, meeting: int) -> bool:
    """Place a meeting by moving others along a Kempe chain, where no slot is free for both people."""
    slots = board[SLOTS]
    for shifted in range(slots * 2):
        side, slot = shifted % 2, shifted // 2
        stays, moves = of_meeting(board, meeting, SEAT + 1 - side), of_meeting(board, meeting, SEAT + side)
        busy = met_at(board, stays, slot) >= 0 or met_at(board, moves, slot) < 0
        if busy or not may_meet(board, meeting, slot):
            continue
        for other in range(slots):
            if met_at(board, moves, other) >= 0 or not free_at(board, moves, other):
                continue
            if clear(board, meeting, slot, other, side):
                if in_price(board, meeting, slot) < FORBIDDEN:
                    put(board, meeting, slot)
                    return True
                break
    return False
