"""Verifies agendas; shares no code with the engine, only the shapes of question and answer."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise, product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.rounds.agenda import Agenda, Problem, Request


def check(problem: Problem, agenda: Agenda, *, reasons: bool = True) -> None:
    """Every promise of the engine, worked out anew from the problem and the answer alone.

    The reasons are checked for rounds without limits of people and orders of meetings.
    """
    wanted = {request.id: request for request in problem.requests}
    person = {delegate.id: delegate for delegate in problem.delegates}
    pinned = {meeting.request_id: meeting for meeting in problem.pinned}
    places = Counter[tuple[str, str]]()
    tables = Counter[tuple[str, int | None]]()
    for meeting in agenda.placed:
        request = wanted.pop(meeting.request_id)
        buyer, supplier = person[meeting.buyer_delegate_id], person[meeting.supplier_delegate_id]
        assert (buyer.company_id, supplier.company_id) == (request.buyer_id, request.supplier_id)
        if meeting.request_id in pinned:
            fixed = pinned.pop(meeting.request_id)
            assert (meeting.slot_id, buyer.id, supplier.id) == (
                fixed.slot_id, fixed.buyer_delegate_id, fixed.supplier_delegate_id,
            )  # fmt: skip
            assert meeting.table == fixed.table or fixed.table is None
        else:
            assert meeting.slot_id in buyer.free & supplier.free
        places.update([(buyer.id, meeting.slot_id), (supplier.id, meeting.slot_id)])
        tables[meeting.slot_id, meeting.table] += 1
    assert not pinned
    assert set(places.values()) <= {1}
    if problem.tables is None:
        assert {meeting.table for meeting in agenda.placed} <= {None}
    else:
        assert set(tables.values()) <= {1}
        assert all(table and 1 <= table <= problem.tables for _, table in tables)
    assert {left.request_id for left in agenda.left_out} == set(wanted)
    weights = {request.id: request.weight for request in problem.requests}
    assert agenda.weight == sum(weights[meeting.request_id] for meeting in agenda.placed)
    assert agenda.weight <= agenda.bound <= sum(weights.values())
    assert not agenda.proved or agenda.weight == agenda.bound
    assert agenda.holes == holes_of(problem, places)
    for left in agenda.left_out if reasons else ():
        check_reason(problem, agenda, left.request_id, places)


def holes_of(problem: Problem, places: Counter[tuple[str, str]]) -> int:
    """A gap between two meetings of a person on one day that are not in neighbouring slots."""
    found = 0
    for delegate in problem.delegates:
        for day in {slot.day for slot in problem.slots}:
            times = [slot.id for slot in problem.slots if slot.day == day]
            busy = [n for n, slot_id in enumerate(times) if places[delegate.id, slot_id]]
            found += sum(later - earlier > 1 for earlier, later in pairwise(busy))
    return found


def check_reason(problem: Problem, agenda: Agenda, request_id: str, places: Counter[tuple[str, str]]) -> None:
    request = next(r for r in problem.requests if r.id == request_id)
    left = next(found for found in agenda.left_out if found.request_id == request_id)
    sides = [
        [delegate for delegate in problem.delegates if delegate.company_id == company_id]
        for company_id in (request.buyer_id, request.supplier_id)
    ]
    common = [s.id for s in problem.slots if all(any(s.id in d.free for d in side) for side in sides)]
    still = [
        slot_id
        for slot_id in common
        if all(any(slot_id in d.free and not places[d.id, slot_id] for d in side) for side in sides)
    ]
    load = Counter(meeting.slot_id for meeting in agenda.placed)
    if left.reason == "no_common_slot":
        assert not common
    elif left.reason == "tables_taken":
        assert still
        assert (left.used, left.limit) == (len(still), problem.tables)
        assert all(load[slot_id] == problem.tables for slot_id in still)
    elif left.reason == "participant_full":
        assert not still
        full = next(side for side in sides if side and side[0].company_id == left.company_id)
        met = sum(places[d.id, slot.id] for d in full for slot in problem.slots)
        assert left.used == left.limit == met
        assert all(places[d.id, slot_id] for d in full for slot_id in d.free)
    else:
        assert not still
        assert left.limit == len(common) > 0


def heaviest(problem: Problem) -> int:
    """The most weight that can be placed, by trying every request in every slot with every delegate."""
    taken: set[tuple[str, str]] = set()
    load: Counter[str] = Counter()
    weights = {request.id: request.weight for request in problem.requests}
    for fixed in problem.pinned:
        taken |= {(fixed.buyer_delegate_id, fixed.slot_id), (fixed.supplier_delegate_id, fixed.slot_id)}
        load[fixed.slot_id] += 1
    fixed_weight = sum(weights[fixed.request_id] for fixed in problem.pinned)
    open_ = [r for r in problem.requests if r.id not in {fixed.request_id for fixed in problem.pinned}]
    limit = len(weights) if problem.tables is None else problem.tables

    def best(rest: list[Request]) -> int:
        if not rest:
            return 0
        found = best(rest[1:])
        for slot in problem.slots:
            if load[slot.id] >= limit:
                continue
            sides = [
                [d for d in problem.delegates if d.company_id == company and slot.id in d.free]
                for company in (rest[0].buyer_id, rest[0].supplier_id)
            ]
            for pair in product(*sides):
                seats = {(delegate.id, slot.id) for delegate in pair}
                if not seats & taken:
                    taken.update(seats)
                    load[slot.id] += 1
                    found = max(found, rest[0].weight + best(rest[1:]))
                    taken.difference_update(seats)
                    load[slot.id] -= 1
        return found

    return fixed_weight + best(open_)
