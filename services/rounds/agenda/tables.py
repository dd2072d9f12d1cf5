"""Which meeting takes place at which table."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.rounds.agenda.case import Case, Plan
    from services.rounds.agenda.problem import Placed


def with_tables(case: Case, plan: Plan) -> tuple[Placed, ...]:
    """All meetings in the order of time, each with a table; a buyer stays at one wherever possible."""
    order = {slot.id: n for n, slot in enumerate(case.problem.slots)}
    placed = sorted(case.placed(plan).values(), key=lambda m: (order[m.slot_id], m.request_id))
    if case.tables is None:
        return tuple(placed)
    seating = _Seating(case)
    return tuple(replace(meeting, table=seating.table_for(meeting)) for meeting in placed)


class _Seating:
    """Who sits where. A table is a home to a buyer for a day, or for all of them."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.day = {slot.id: slot.day for slot in case.problem.slots}
        self.taken: dict[tuple[str, int], str] = {}
        self.home: dict[str, int] = {}
        self.pinned: dict[str, int] = {}
        for meeting in case.problem.pinned:
            if meeting.table is not None:
                self.pinned[meeting.request_id] = meeting.table
                self.taken[meeting.slot_id, meeting.table] = meeting.buyer_delegate_id
                self.home.setdefault(meeting.buyer_delegate_id, meeting.table)

    def table_for(self, meeting: Placed) -> int:
        """The table of a meeting; one meeting with several suppliers has one table."""
        buyer, slot_id = meeting.buyer_delegate_id, meeting.slot_id
        table = self.pinned.get(meeting.request_id) or self._theirs(buyer, slot_id) or self._free(slot_id)
        self.taken[slot_id, table] = buyer
        self.home[buyer] = table if self.case.problem.own_table else self.home.get(buyer, table)
        return table

    def _theirs(self, buyer: str, slot_id: str) -> int | None:
        now = (table for (slot, table), who in self.taken.items() if slot == slot_id and who == buyer)
        at_once = next(now, None)
        usual = self.home.get(buyer)
        if at_once is None and usual and (slot_id, usual) not in self.taken:
            return usual
        return at_once

    def _free(self, slot_id: str) -> int:
        """A free table, rather one that is nobody's home, which keeps the others for those who return."""
        homes = set(self.home.values())
        free = [t for t in range(1, (self.case.tables or 0) + 1) if (slot_id, t) not in self.taken]
        return min(free, key=lambda table: (table in homes, table))
