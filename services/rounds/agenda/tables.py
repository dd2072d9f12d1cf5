"""Which meeting takes place at which table."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.rounds.agenda.case import Case, Plan
    from services.rounds.agenda.problem import Placed


def hosting_times(case: Case) -> list[set[int]]:
    """The slots in which each person may receive others.

    Where buyers keep a table for a whole day and are more than the tables, each day is given to as many
    of them as there are tables: to those first who need it most for what is asked of them.
    """
    times = [person.free for person in case.people]
    need = [0.0] * len(case.people)
    for meeting in case.meetings:
        for n in case.teams[meeting.buyer]:
            need[n] += 1 / len(case.teams[meeting.buyer])
    hosts = [n for n, wanted in enumerate(need) if wanted]
    if case.tables is None or not case.problem.own_table or len(hosts) <= case.tables:
        return times
    own: list[set[int]] = [set() for _ in case.people]
    given = {(buyer, case.day_of[slot]) for slot, buyer, _ in case.pinned.values()}
    left = [case.tables - sum(today == day for _, today in given) for day in range(len(case.days))]
    for person, day in given:
        own[person].update(times[person].intersection(case.days[day]))
    for _ in case.days:
        for person in sorted(hosts, key=lambda n: len(own[n]) - need[n]):
            more = [times[person].intersection(day) - own[person] for day in case.days]
            best = max(range(len(more)), key=lambda day: len(more[day]) if left[day] > 0 else 0)
            if more[best] and left[best] > 0:
                own[person] |= more[best]
                left[best] -= 1
    return own


def with_tables(case: Case, plan: Plan) -> tuple[Placed, ...]:
    """All meetings in the order of time, each with a table; a buyer stays at one wherever possible."""
    order = {slot.id: n for n, slot in enumerate(case.problem.slots)}
    placed = sorted(case.placed(plan).values(), key=lambda m: (order[m.slot_id], m.request_id))
    if case.tables is None:
        return tuple(placed)
    seating = _Seating(case)
    seating.keep(placed)
    if case.problem.own_table:
        seating.reserve(placed)
    return tuple(replace(meeting, table=seating.table_for(meeting)) for meeting in placed)


class _Seating:
    """Who sits where. A table is a home to a buyer, for a whole day where it is `reserved`."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.day = {slot.id: slot.day for slot in case.problem.slots}
        self.taken: set[tuple[str, int]] = set()
        self.seats: dict[tuple[str, str], int] = {}
        self.home: dict[str, int] = {}
        self.homes: set[int] = set()
        self.pinned: dict[str, int] = {}
        self.reserved: dict[tuple[str, str], int] = {}
        for meeting in case.problem.pinned:
            if meeting.table is not None:
                self.pinned[meeting.request_id] = meeting.table
                self._sit(meeting.buyer_delegate_id, meeting.slot_id, meeting.table)
                self.reserved[self.day[meeting.slot_id], meeting.buyer_delegate_id] = meeting.table

    def keep(self, placed: list[Placed]) -> None:
        """Leave at their published tables those who keep their time, unless somebody else is pinned there."""
        published = {meeting.request_id: meeting for meeting in self.case.problem.published}
        for meeting in placed:
            was = published.get(meeting.request_id)
            buyer, slot_id = meeting.buyer_delegate_id, meeting.slot_id
            if was is None or (was.buyer_delegate_id, was.slot_id) != (buyer, slot_id):
                continue
            if was.table is not None and self._may_sit(buyer, slot_id, was.table):
                self.pinned.setdefault(meeting.request_id, was.table)
                self._sit(buyer, slot_id, was.table)
                if self.case.problem.own_table:
                    self.reserved[self.day[slot_id], buyer] = was.table

    def _may_sit(self, buyer: str, slot_id: str, table: int) -> bool:
        """Whether a table is there and free, for the whole day where it must be, or the buyer's already."""
        if table > (self.case.tables or 0):
            return False
        if self.case.problem.own_table:
            day = self.day[slot_id]
            holders = {b for (today, b), held in self.reserved.items() if (today, held) == (day, table)}
            if holders - {buyer} or self.reserved.get((day, buyer), table) != table:
                return False
        seat = self.seats.get((slot_id, buyer))
        return seat == table or (seat is None and (slot_id, table) not in self.taken)

    def reserve(self, placed: list[Placed]) -> None:
        """Give everybody who receives on a day a table for all of it, the one they had before if possible."""
        hosts: dict[str, dict[str, None]] = {}
        for meeting in placed:
            hosts.setdefault(self.day[meeting.slot_id], {})[meeting.buyer_delegate_id] = None
        for day, buyers in hosts.items():
            taken = {table for (today, _), table in self.reserved.items() if today == day}
            waiting = sorted(
                (b for b in buyers if (day, b) not in self.reserved), key=lambda b: b not in self.home
            )
            for buyer in waiting:
                free = (t for t in range(1, (self.case.tables or 0) + 1) if t not in taken)
                usual = self.home.get(buyer)
                table = usual if usual and usual not in taken else next(free, None)
                if table:
                    self.reserved[day, buyer] = self.home[buyer] = table
                    taken.add(table)

    def table_for(self, meeting: Placed) -> int:
        """The table of a meeting; one meeting with several suppliers has one table."""
        buyer, slot_id = meeting.buyer_delegate_id, meeting.slot_id
        table = self.pinned.get(meeting.request_id) or self._theirs(buyer, slot_id) or self._free(slot_id)
        self._sit(buyer, slot_id, table)
        return table

    def _sit(self, buyer: str, slot_id: str, table: int) -> None:
        self.taken.add((slot_id, table))
        self.seats[slot_id, buyer] = table
        self.homes.add(self.home.setdefault(buyer, table))

    def _theirs(self, buyer: str, slot_id: str) -> int | None:
        usual = self.reserved.get((self.day[slot_id], buyer)) or self.home.get(buyer)
        if (slot_id, buyer) in self.seats or not usual or (slot_id, usual) in self.taken:
            return self.seats.get((slot_id, buyer))
        return usual

    def _free(self, slot_id: str) -> int:
        """A free table, rather one that is nobody's home, which keeps the others for those who return."""
        free = [t for t in range(1, (self.case.tables or 0) + 1) if (slot_id, t) not in self.taken]
        return min(free, key=lambda table: (table in self.homes, table))
