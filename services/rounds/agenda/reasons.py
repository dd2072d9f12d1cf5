"""Why a request has no meeting, and what would let it in, found on the book of the finished agenda."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from services.rounds.agenda.problem import LeftOut

if TYPE_CHECKING:
    from services.rounds.agenda.book import Book


def reason(book: Book, number: int) -> LeftOut:
    """Why a meeting is not held in this agenda, with a remedy that was tried on it."""
    found = _reason(book, number)
    if found.reason == "waits_for_another":
        return found
    return (
        _with_table(book, number, found) or _with_person(book, number, found) or replace(found, remedy="slot")
    )


def _reason(book: Book, number: int) -> LeftOut:
    case = book.case
    meeting, request = case.meetings[number], case.requests[number]
    if any(n not in book.plan for n in meeting.after) or len(meeting.after) < len(request.after):
        return LeftOut(request.id, "waits_for_another")
    if not meeting.slots:
        return LeftOut(request.id, "no_common_slot")
    obstacles = {place: book.obstacles(number, place) for place in book.places(number)}
    for_want_of_tables = {slot for (slot, _, _), found in obstacles.items() if found == {"tables"}}
    if for_want_of_tables:
        return LeftOut(request.id, "tables_taken", None, len(for_want_of_tables), case.tables or 0)
    for company, company_id in ((meeting.buyer, request.buyer_id), (meeting.supplier, request.supplier_id)):
        used = sum(len(book.times[n]) for n in case.teams[company])
        limit = sum(case.people[n].most for n in case.teams[company])
        if used >= limit:
            return LeftOut(request.id, "participant_full", company_id, used, limit)
    if any(found == {"order"} for found in obstacles.values()):
        return LeftOut(request.id, "waits_for_another")
    return LeftOut(request.id, "beaten_by_others", None, 0, len(meeting.slots))


def _with_table(book: Book, number: int, left: LeftOut) -> LeftOut | None:
    for place in book.places(number):
        if book.obstacles(number, place) == {"tables"}:
            return replace(left, remedy="table", remedy_slot_id=book.case.problem.slots[place[0]].id)
    return None


def _with_person(book: Book, number: int, left: LeftOut) -> LeftOut | None:
    """One side could meet if the other had time then or, if nobody could, somebody else to send."""
    case, request = book.case, book.case.requests[number]
    meeting = case.meetings[number]
    sides = ((meeting.buyer, request.buyer_id), (meeting.supplier, request.supplier_id))
    delegate: LeftOut | None = None
    for slot, named in enumerate(case.problem.slots):
        asked = request.slots is None or named.id in request.slots
        if not asked or not book.in_order(number, slot) or not book.has_table(slot, None):
            continue
        ready = [any(book.is_open(n, slot) for n in case.teams[company]) for company, _ in sides]
        for side, (company, company_id) in enumerate(sides):
            if ready[side] or not ready[1 - side]:
                continue
            found = replace(left, remedy_company_id=company_id, remedy_slot_id=named.id)
            if any(book.is_unused(n, slot) for n in case.teams[company]):
                return replace(found, remedy="free_time")
            delegate = delegate or replace(found, remedy="second_delegate")
    return delegate
