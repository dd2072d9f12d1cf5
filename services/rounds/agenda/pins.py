"""Pinned meetings that can't all be held, named."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from typing import TYPE_CHECKING

from services.rounds.agenda.problem import Collision

if TYPE_CHECKING:
    from services.rounds.agenda.case import Case
    from services.rounds.agenda.problem import Pinned


def check_pinned(case: Case) -> None:
    """Raise Collision where pinned meetings exclude one another or are unknown, naming them."""
    _check_known(case)
    _check_order(case)
    by_slot: dict[str, list[Pinned]] = defaultdict(list)
    by_day: dict[str, list[Pinned]] = defaultdict(list)
    day = {slot.id: slot.day for slot in case.problem.slots}
    for meeting in case.problem.pinned:
        by_slot[meeting.slot_id].append(meeting)
        by_day[day[meeting.slot_id]].append(meeting)
    for slot_id, meetings in by_slot.items():
        _check_people(case, slot_id, meetings)
        _check_tables(case, slot_id, meetings)
    if case.problem.own_table:
        for name, meetings in by_day.items():
            _check_own_tables(case, name, meetings)


def _check_known(case: Case) -> None:
    slots, people = {s.id for s in case.problem.slots}, {d.id for d in case.problem.delegates}
    known = {request.id for request in case.requests}
    seen: set[str] = set()
    for meeting in case.problem.pinned:
        named = {meeting.buyer_delegate_id, meeting.supplier_delegate_id} <= people
        if meeting.slot_id not in slots or meeting.request_id not in known or not named:
            raise Collision(f"{meeting.request_id} is pinned to {meeting.slot_id}, which is unknown")
        if meeting.request_id in seen:
            raise Collision(f"{meeting.request_id} is pinned twice")
        seen.add(meeting.request_id)


def _check_order(case: Case) -> None:
    for number, (slot, *_) in case.pinned.items():
        for earlier in case.meetings[number].after:
            if earlier in case.pinned and case.pinned[earlier][0] >= slot:
                late, name = case.requests[earlier].id, case.requests[number].id
                now, then = (case.problem.slots[t].id for t in (slot, case.pinned[earlier][0]))
                raise Collision(f"{name} is pinned to {now}, but {late}, which must come first, to {then}")


def _check_people(case: Case, slot_id: str, meetings: list[Pinned]) -> None:
    """Nobody is in two meetings, except who receives several."""
    at_once = {d.id: max(1, d.at_once) for d in case.problem.delegates}
    for meeting in meetings:
        host = meeting.buyer_delegate_id
        together = [m for m in meetings if m.buyer_delegate_id == host]
        people = {host, meeting.supplier_delegate_id}
        rivals = [m for m in meetings if m not in together and people & _people(m)]
        same = [m for m in together if m.supplier_delegate_id == meeting.supplier_delegate_id]
        crowd = together if len(together) > at_once[host] else same if len(same) > 1 else []
        names = sorted({m.request_id for m in (*crowd, *rivals)} - {meeting.request_id})
        if names:
            raise Collision(f"{meeting.request_id} and {', '.join(names)} are pinned to {slot_id}")


def _people(meeting: Pinned) -> set[str]:
    return {meeting.buyer_delegate_id, meeting.supplier_delegate_id}


def _check_tables(case: Case, slot_id: str, meetings: list[Pinned]) -> None:
    tables = case.tables
    for one, two in combinations(meetings, 2):
        same = one.table is not None and one.table == two.table
        if same and one.buyer_delegate_id != two.buyer_delegate_id:
            raise Collision(f"{one.request_id} and {two.request_id} are pinned to {slot_id}")
    if tables is not None and len({m.buyer_delegate_id for m in meetings}) > tables:
        names = ", ".join(sorted(m.request_id for m in meetings))
        raise Collision(f"{names} are pinned to {slot_id}, which has {tables} tables")


def _check_own_tables(case: Case, day: str, meetings: list[Pinned]) -> None:
    """Nobody can be pinned to two tables of a day, nor more buyers to a day than there are tables."""
    tables: dict[str, set[int]] = defaultdict(set)
    for meeting in meetings:
        tables[meeting.buyer_delegate_id] |= {meeting.table} if meeting.table else set()
    moved = next((buyer for buyer, own in tables.items() if len(own) > 1), None)
    if moved is not None:
        names = " and ".join(sorted(m.request_id for m in meetings if m.buyer_delegate_id == moved))
        raise Collision(f"{names} are pinned to different tables on {day}")
    if case.tables is not None and len(tables) > case.tables:
        names = ", ".join(sorted(m.request_id for m in meetings))
        raise Collision(f"{names} are pinned to {day}, which has {case.tables} tables")
