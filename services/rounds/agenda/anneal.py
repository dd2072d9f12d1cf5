"""Simulated annealing over Kempe chains, compiled: strong on large and loose rounds.

Swapping a Kempe chain keeps every meeting placed and nobody doubled, so that the search walks among
full agendas (Morgenstern and Shapiro 1990; for timetables Thompson and Dowsland 1996). Where not all
fits, meetings outside push others out by weight.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from services.rounds.agenda.choice import nearby, some_meeting
from services.rounds.agenda.compiled import compiled, inlined
from services.rounds.agenda.memory import (
    LOAD,
    MEETINGS,
    OVER_PRICE,
    PARTY,
    PEOPLE,
    RESTLESS,
    RESTLESS_COUNT,
    SEAT,
    SLOT,
    SLOTS,
    TABLES,
    TEAM,
    TEAM_FROM,
    TEAM_TO,
    draw,
    link,
    may_meet,
    met_at,
    of_company,
    of_meeting,
    of_slot,
    sit,
)
from services.rounds.agenda.moves import FORBIDDEN, chain_price, ordered, swap, trace
from services.rounds.agenda.seats import cheapest, in_price, out_price, put, squeeze, take

if TYPE_CHECKING:
    from services.rounds.agenda.memory import Board

_STEPS = 1 << 30


@inlined
def accepts(board: Board, cost: int, heat: float) -> bool:
    """The rule of Metropolis."""
    if cost <= 0:
        return True
    return cost < 20.0 * heat and draw(board, _STEPS) < _STEPS * math.exp(-cost / heat)


@compiled
def partner(board: Board, slot: int) -> int:
    """Some meeting in a slot; -1 when none turns up soon."""
    for _ in range(4 * board[SLOTS]):
        other = met_at(board, draw(board, board[PEOPLE]), slot)
        if other >= 0:
            return other
    return -1


@compiled
def balance(board: Board, meeting: int, origin: int, target: int) -> int:
    """A second chain, apart from the meeting's, that sends one more to `target` than it brings back."""
    other = partner(board, origin)
    if other < 0:
        return -1
    length, gain = trace(board, 1, other, target)
    if length < 0 or gain != 1:
        return -1
    for n in range(length):
        if link(board, 1, n) == meeting:
            return -1
    return length


@inlined
def second_price(board: Board, length: int, pair: int) -> int:
    """What a balancing chain costs; FORBIDDEN where there is none."""
    if length < 0 or not ordered(board, 1, length, pair):
        return FORBIDDEN
    return chain_price(board, 1, length, pair)


@inlined
def overbooked(board: Board, slot: int, gain: int) -> int:
    """How many more meetings than before are above the tables of a slot."""
    load = of_slot(board, slot, LOAD) - board[TABLES]
    return max(0, load + gain) - max(0, load)


@inlined
def counterweight(board: Board, meeting: int, pair: tuple[int, int], gain: int) -> int:
    """A balancing chain, where tables are a hard limit: its length (0: none is needed, -1: none found)."""
    origin, target = pair
    if board[OVER_PRICE]:
        return 0
    if of_slot(board, target, LOAD) + gain > board[TABLES]:
        return balance(board, meeting, target, origin)
    if of_slot(board, origin, LOAD) - gain > board[TABLES]:
        return balance(board, meeting, origin, target)
    return 0


@inlined
def shift(board: Board, meeting: int, target: int, heat: float) -> int:
    """Try to move a meeting with its chain; what it cost."""
    origin = of_meeting(board, meeting, SLOT)
    length, gain = trace(board, 0, meeting, target)
    if length < 0 or not ordered(board, 0, length, origin + target):
        return 0
    cost = chain_price(board, 0, length, origin + target)
    if cost >= FORBIDDEN:
        return 0
    cost += board[OVER_PRICE] * (overbooked(board, target, gain) + overbooked(board, origin, -gain))
    second = counterweight(board, meeting, (origin, target), gain)
    if second:
        cost += second_price(board, second, origin + target)
    if not accepts(board, cost, heat):
        return 0
    swap(board, 0, length, origin + target)
    if second:
        swap(board, 1, second, origin + target)
    return cost


@compiled
def delegate(board: Board, meeting: int, side: int, n: int) -> int:
    """The n-th person of a company in a meeting, or any by lot (-1); -1 if it has nobody."""
    company = of_meeting(board, meeting, PARTY + side)
    start, end = of_company(board, company, TEAM_FROM), of_company(board, company, TEAM_TO)
    if start == end:
        return -1
    return board[board[TEAM] + start + (draw(board, end - start) if n < 0 else n)]


@compiled
def could_meet(board: Board, meeting: int, slot: int, people: tuple[int, int]) -> bool:
    """Seat these two in an unplaced meeting; whether they could hold it in a slot."""
    sit(board, meeting, people[0], people[1])
    return may_meet(board, meeting, slot)


@compiled
def oust(board: Board, rival: int) -> int:
    """Take off a meeting that stands in the way (-1: none does); what it cost.

    It is off already where the two people in question meet each other in it.
    """
    if rival < 0 or of_meeting(board, rival, SLOT) < 0:
        return 0
    cost = out_price(board, rival)
    if cost < FORBIDDEN:
        take(board, rival)
    return cost


@compiled
def insert(board: Board, meeting: int, heat: float) -> int:
    """Try to put an unplaced meeting in, at the cost of others in its way; what it cost."""
    buyer, supplier = delegate(board, meeting, 0, -1), delegate(board, meeting, 1, -1)
    slot = draw(board, board[SLOTS])
    if buyer < 0 or supplier < 0 or not could_meet(board, meeting, slot, (buyer, supplier)):
        return 0
    first, second = met_at(board, buyer, slot), met_at(board, supplier, slot)
    if of_slot(board, slot, LOAD) >= board[TABLES] and first < 0 and second < 0:
        first = partner(board, slot)
    cost = oust(board, first)
    if cost < FORBIDDEN:
        cost += oust(board, second)
    if cost < FORBIDDEN:
        cost += in_price(board, meeting, slot)
    if accepts(board, cost, heat):
        put(board, meeting, slot)
        return cost
    for rival in (first, second):
        if rival >= 0 and of_meeting(board, rival, SLOT) < 0:
            put(board, rival, slot)
    return 0


@compiled
def anneal(board: Board, moves: int, heat: float) -> int:
    """Try so many moves at one temperature; what they cost together.

    Half of them look after people who have more holes than they must: there are few of them in the end,
    and the others' meetings seldom stand in a way that only they can give.
    """
    cost = 0
    for _ in range(moves):
        meeting, target = draw(board, board[MEETINGS]), draw(board, board[SLOTS])
        if of_meeting(board, meeting, SLOT) < 0:
            cost += insert(board, meeting, heat)
            continue
        lot = draw(board, 8)
        if lot >= 4 and board[RESTLESS_COUNT]:
            person = board[board[RESTLESS] + draw(board, board[RESTLESS_COUNT])]
            meeting, target = nearby(board, some_meeting(board, person), person)
        elif lot >= 2:
            meeting, target = nearby(board, meeting, of_meeting(board, meeting, SEAT + (lot & 1)))
        if target >= 0 and target != of_meeting(board, meeting, SLOT):
            cost += shift(board, meeting, target, heat)
    return cost


@compiled
def seat_pair(board: Board, meeting: int, n: int, suppliers: int) -> None:
    """Seat the n-th of all pairs of people who could hold a meeting."""
    sit(
        board,
        meeting,
        delegate(board, meeting, 0, n // suppliers),
        delegate(board, meeting, 1, n % suppliers),
    )


@compiled
def place(board: Board, meeting: int) -> bool:
    """Place one meeting with the people for whom it costs least, if need be by moving others."""
    first, second = of_meeting(board, meeting, PARTY), of_meeting(board, meeting, PARTY + 1)
    buyers = of_company(board, first, TEAM_TO) - of_company(board, first, TEAM_FROM)
    suppliers = of_company(board, second, TEAM_TO) - of_company(board, second, TEAM_FROM)
    best, slot, pair = FORBIDDEN, -1, -1
    for n in range(buyers * suppliers):
        seat_pair(board, meeting, n, suppliers)
        cost, found = cheapest(board, meeting)
        if cost < best:
            best, slot, pair = cost, found, n
    if slot >= 0:
        seat_pair(board, meeting, pair, suppliers)
        put(board, meeting, slot)
        return True
    for n in range(buyers * suppliers):
        seat_pair(board, meeting, n, suppliers)
        if squeeze(board, meeting):
            return True
    return False


@compiled
def fill(board: Board, order: Board) -> int:
    """Place what is not placed, in this order of meetings; how many are left over."""
    left = 0
    for meeting in order:
        if of_meeting(board, meeting, SLOT) < 0 and not place(board, meeting):
            left += 1
    return left
