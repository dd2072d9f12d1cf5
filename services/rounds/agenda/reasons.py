"""Why a request has no meeting, and what would let it in, found on the book of the finished agenda."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from services.rounds.agenda.problem import LeftOut, Reason, Remedy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.rounds.agenda.book import Book, Excess, Obstacle

    Obstacles = dict[tuple[int, int, int], set[Obstacle]]

_REASONS: dict[str, Reason] = {"all": "delegate_full", "day": "day_full", "row": "row_full"}
_LIMITS: dict[str, Remedy] = {"all": "more_meetings", "day": "more_a_day", "row": "more_in_a_row"}


def reason(book: Book, number: int) -> LeftOut:
    """Why a meeting is not held in this agenda, with a remedy that lets it in, if a single one does."""
    waits_for = _not_held(book, number)
    if waits_for:
        return LeftOut(book.case.requests[number].id, "waits_for_another", waits_for=waits_for)
    obstacles = {place: book.obstacles(number, place) for place in book.places(number)}
    found = _reason(book, number, obstacles)
    return (
        _with_table(book, found, obstacles)
        or _with_limit(book, number, found, obstacles)
        or _with_person(book, number, found)
        or _with_slot(book, number, found)
        or _with_two(book, number, found)
        or found
    )


def _not_held(book: Book, number: int) -> str | None:
    """The first request that must come before and has no meeting."""
    held = {book.case.requests[n].id for n in book.case.meetings[number].after if n in book.plan}
    return next((name for name in book.case.requests[number].after if name not in held), None)


def _reason(book: Book, number: int, obstacles: Obstacles) -> LeftOut:
    case = book.case
    meeting, request = case.meetings[number], case.requests[number]
    if not meeting.slots:
        return LeftOut(request.id, "no_common_slot")
    for_want_of_tables = {slot for (slot, _, _), found in obstacles.items() if found == {"tables"}}
    if for_want_of_tables:
        return LeftOut(request.id, "tables_taken", None, len(for_want_of_tables), case.tables or 0)
    for company, company_id in ((meeting.buyer, request.buyer_id), (meeting.supplier, request.supplier_id)):
        used = sum(len(book.times[n]) for n in case.teams[company])
        limit = sum(case.people[n].most for n in case.teams[company])
        if used >= limit:
            return LeftOut(request.id, "participant_full", company_id, used, limit)
    # Where both have time: with the fewest things in the way.
    free = [place for place, found in obstacles.items() if not found & {"slot", "time", "taken"}]
    for place in sorted(free, key=lambda place: len(obstacles[place])):
        for company_id, excess in _excesses(book, number, place):
            return LeftOut(request.id, _REASONS[excess.rule], company_id, excess.reached, excess.limit)
        for other in book.out_of_order(number, place[0]):
            return LeftOut(request.id, "waits_for_another", waits_for=case.requests[other].id)
    return LeftOut(request.id, "beaten_by_others", None, 0, len(meeting.slots))


def _excesses(book: Book, number: int, place: tuple[int, int, int]) -> Iterator[tuple[str, Excess]]:
    """The limits that a meeting at a place would break, and whose they are."""
    request = book.case.requests[number]
    slot, *people = place
    for person, company_id in zip(people, (request.buyer_id, request.supplier_id), strict=True):
        for excess in book.excesses(person, slot):
            yield company_id, excess


def _with_table(book: Book, left: LeftOut, obstacles: Obstacles) -> LeftOut | None:
    for (slot, _, _), found in obstacles.items():
        if found == {"tables"}:
            return replace(left, remedy="table", remedy_slot_id=book.case.problem.slots[slot].id)
    return None


def _with_limit(book: Book, number: int, left: LeftOut, obstacles: Obstacles) -> LeftOut | None:
    """Somebody could meet if a single limit of theirs were higher."""
    for place, found in obstacles.items():
        excesses = list(_excesses(book, number, place)) if found == {"limit"} else []
        if len(excesses) == 1:
            (company_id, excess), slot = excesses[0], book.case.problem.slots[place[0]]
            return replace(
                left,
                remedy=_LIMITS[excess.rule],
                remedy_company_id=company_id,
                remedy_slot_id=slot.id,
                remedy_limit=excess.reached,
            )
    return None


def _open_slots(book: Book, number: int) -> Iterator[tuple[int, str]]:
    """The slots where a meeting may be and has a table for somebody who meets nobody yet."""
    request = book.case.requests[number]
    for slot, named in enumerate(book.case.problem.slots):
        asked = request.slots is None or named.id in request.slots
        if asked and book.in_order(number, slot) and book.has_table(slot, None):
            yield slot, named.id


def _with_person(book: Book, number: int, left: LeftOut) -> LeftOut | None:
    """One side could meet if the other had time then or, if nobody could, somebody else to send."""
    case, request = book.case, book.case.requests[number]
    meeting = case.meetings[number]
    sides = ((meeting.buyer, request.buyer_id), (meeting.supplier, request.supplier_id))
    delegate: LeftOut | None = None
    for slot, slot_id in _open_slots(book, number):
        ready = [any(book.is_open(n, slot) for n in case.teams[company]) for company, _ in sides]
        for side, (company, company_id) in enumerate(sides):
            if ready[side] or not ready[1 - side]:
                continue
            found = replace(left, remedy_company_id=company_id, remedy_slot_id=slot_id)
            if any(book.is_unused(n, slot) for n in case.teams[company]):
                return replace(found, remedy="free_time")
            delegate = delegate or replace(found, remedy="second_delegate")
    return delegate


def _with_slot(book: Book, number: int, left: LeftOut) -> LeftOut | None:
    """Both could meet if there were one more slot, after all others where an order is asked for."""
    case, meeting = book.case, book.case.meetings[number]
    teams = (case.teams[company] for company in (meeting.buyer, meeting.supplier))
    if case.tables == 0 or not all(any(map(book.takes_another_day, team)) for team in teams):
        return None
    return replace(left, remedy="later_slot" if meeting.after else "slot")


def _with_two(book: Book, number: int, left: LeftOut) -> LeftOut | None:
    """Nobody of either side can meet more: two others could, while there is a table."""
    for _, slot_id in _open_slots(book, number):
        return replace(left, remedy="delegates_of_both", remedy_slot_id=slot_id)
    return None
