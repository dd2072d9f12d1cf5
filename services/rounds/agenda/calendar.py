"""Who is taken when: the book that first-fit, repair and the reasons are worked out on."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from services.rounds.agenda.problem import Collision, LeftOut, Placed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.rounds.agenda.problem import Delegate, Problem, Request


class Calendar:
    """A problem with the meetings placed so far, the pinned ones first.

    Raises Collision where pinned meetings exclude one another or name what the problem does not have.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.requests = {request.id: request for request in problem.requests}
        self.placed: dict[str, Placed] = {}
        self.by_company: dict[str, list[Delegate]] = defaultdict(list)
        for delegate in problem.delegates:
            self.by_company[delegate.company_id].append(delegate)
        self._taken: dict[tuple[str, str], str] = {}
        self._load: dict[str, int] = {slot.id: 0 for slot in problem.slots}
        self._tables: dict[tuple[str, int], str] = {}
        for meeting in problem.pinned:
            self._pin(meeting)

    def _pin(self, meeting: Placed) -> None:
        if meeting.slot_id not in self._load or meeting.request_id not in self.requests:
            raise Collision(f"{meeting.request_id} is pinned to {meeting.slot_id}, which is unknown")
        if meeting.request_id in self.placed:
            raise Collision(f"{meeting.request_id} is pinned twice")
        rivals = {
            self._taken.get((meeting.buyer_delegate_id, meeting.slot_id)),
            self._taken.get((meeting.supplier_delegate_id, meeting.slot_id)),
            self._tables.get((meeting.slot_id, meeting.table)) if meeting.table else None,
        } - {None}
        if rivals:
            names = ", ".join(sorted(str(rival) for rival in rivals))
            raise Collision(f"{meeting.request_id} and {names} are pinned to {meeting.slot_id}")
        self.put(meeting)

    def put(self, meeting: Placed) -> None:
        """Enter a meeting, which must fit."""
        self.placed[meeting.request_id] = meeting
        for delegate_id in (meeting.buyer_delegate_id, meeting.supplier_delegate_id):
            self._taken[delegate_id, meeting.slot_id] = meeting.request_id
        self._load[meeting.slot_id] += 1
        if meeting.table is not None:
            self._tables[meeting.slot_id, meeting.table] = meeting.request_id

    def available(self, company_id: str, slot_id: str) -> list[Delegate]:
        """The company's delegates who are free in the slot and not yet taken."""
        return [
            delegate
            for delegate in self.by_company.get(company_id, ())
            if slot_id in delegate.free and (delegate.id, slot_id) not in self._taken
        ]

    def tables_left(self, slot_id: str) -> int:
        """How many more meetings the slot holds."""
        if self.problem.tables is None:
            return len(self.requests)
        return self.problem.tables - self._load[slot_id]

    def open_slots(self, request: Request) -> list[str]:
        """The slots where both sides have a delegate left, tables aside, in the order of time."""
        return [
            slot.id
            for slot in self.problem.slots
            if self.available(request.buyer_id, slot.id) and self.available(request.supplier_id, slot.id)
        ]

    def fill(self, requests: Iterable[Request]) -> None:
        """Place each request in the first slot that takes it, where there is one."""
        for request in requests:
            slots = [slot for slot in self.open_slots(request) if self.tables_left(slot) > 0]
            if request.id not in self.placed and slots:
                buyer = self.available(request.buyer_id, slots[0])[0]
                supplier = self.available(request.supplier_id, slots[0])[0]
                self.put(Placed(request.id, slots[0], buyer.id, supplier.id, None))

    def reason(self, request: Request) -> LeftOut:
        """Why the request has no place among these meetings."""
        companies = (request.buyer_id, request.supplier_id)
        common = [slot.id for slot in self.problem.slots if self._both_free(request, slot.id)]
        if not common:
            return LeftOut(request.id, "no_common_slot")
        left = self.open_slots(request)
        if left:
            return LeftOut(request.id, "tables_taken", None, len(left), self.problem.tables or 0)
        for company_id in companies:
            used, limit = self._use(company_id)
            if used == limit:
                return LeftOut(request.id, "participant_full", company_id, used, limit)
        return LeftOut(request.id, "beaten_by_others", None, 0, len(common))

    def _both_free(self, request: Request, slot_id: str) -> bool:
        return all(
            any(slot_id in delegate.free for delegate in self.by_company.get(company_id, ()))
            for company_id in (request.buyer_id, request.supplier_id)
        )

    def _use(self, company_id: str) -> tuple[int, int]:
        """How many of the company's delegate-and-slot places are taken, and how many there are."""
        places = {
            (delegate.id, slot.id)
            for delegate in self.by_company[company_id]
            for slot in self.problem.slots
            if slot.id in delegate.free or (delegate.id, slot.id) in self._taken
        }
        return sum(place in self._taken for place in places), len(places)

    def holes(self) -> int:
        """Maximal runs of free slots between two meetings of a delegate on one day."""
        blocks = days = 0
        for delegate in self.problem.delegates:
            busy_before, day_before, met_today = False, "", False
            for slot in self.problem.slots:
                if slot.day != day_before:
                    busy_before, day_before, met_today = False, slot.day, False
                busy = (delegate.id, slot.id) in self._taken
                blocks += busy and not busy_before
                days += busy and not met_today
                busy_before, met_today = busy, met_today or busy
        return blocks - days

    def with_tables(self) -> list[Placed]:
        """All meetings in the order of time, each with a table; a buyer stays at one if possible."""
        if self.problem.tables is None:
            return self._in_order()
        home: dict[str, int] = {}
        seated: list[Placed] = []
        for meeting in self._in_order():
            table = meeting.table or self._table_for(meeting, home)
            self._tables[meeting.slot_id, table] = meeting.request_id
            home.setdefault(meeting.buyer_delegate_id, table)
            buyer, supplier = meeting.buyer_delegate_id, meeting.supplier_delegate_id
            seated.append(Placed(meeting.request_id, meeting.slot_id, buyer, supplier, table))
        return seated

    def _table_for(self, meeting: Placed, home: dict[str, int]) -> int:
        usual = home.get(meeting.buyer_delegate_id)
        if usual and (meeting.slot_id, usual) not in self._tables:
            return usual
        free = [
            table
            for table in range(1, (self.problem.tables or 0) + 1)
            if (meeting.slot_id, table) not in self._tables
        ]
        # A table that is nobody's home yet keeps the others free for those who return to theirs.
        return min(free, key=lambda table: (table in home.values(), table))

    def _in_order(self) -> list[Placed]:
        order = {slot.id: position for position, slot in enumerate(self.problem.slots)}
        return sorted(self.placed.values(), key=lambda m: (order[m.slot_id], m.request_id))
