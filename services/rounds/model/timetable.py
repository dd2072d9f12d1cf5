"""Who and what is taken when, and what stands in the way of a change, before it happens."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from services.rounds.agenda import Placed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from services.rounds.model.registrations import Delegate, Registration

Obstacle = Literal["never_free", "busy", "table_taken", "tables_taken", "unknown_table"]


@dataclass(frozen=True, slots=True)
class Shift:
    """A meeting's new slot; without a table, its own or any that is free."""

    request_id: str
    slot_id: str
    table: int | None = None


@dataclass(frozen=True, slots=True)
class Clash:
    """Why a meeting can't be there: `company_id` has nobody free or is `busy` with another request's meeting,
    or the table is that one's.
    """

    code: Obstacle
    request_id: str
    slot_id: str
    company_id: str | None = None
    other_request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """The two companies of a request."""

    request_id: str
    buyer_id: str
    supplier_id: str


class Timetable:
    """The meetings of a round by delegate and table. People are free when they said so."""

    def __init__(
        self, registrations: Iterable[Registration], tables: int | None, placed: Iterable[Placed]
    ) -> None:
        self.delegates = {r.company_id: r.delegates for r in registrations}
        self.tables = tables
        self.placed: dict[str, Placed] = {}
        self._people: dict[tuple[str, str], str] = {}
        self._tables: dict[str, dict[int, str]] = defaultdict(dict)
        for place in placed:
            self.put(place)

    def put(self, place: Placed) -> None:
        """Enter a meeting, which must fit."""
        self.placed[place.request_id] = place
        for delegate_id in (place.buyer_delegate_id, place.supplier_delegate_id):
            self._people[delegate_id, place.slot_id] = place.request_id
        if place.table is not None:
            self._tables[place.slot_id][place.table] = place.request_id

    def take_out(self, request_id: str) -> Placed | None:
        """Take a meeting out, if it is there."""
        place = self.placed.pop(request_id, None)
        if place is not None:
            for delegate_id in (place.buyer_delegate_id, place.supplier_delegate_id):
                self._people.pop((delegate_id, place.slot_id), None)
            self._tables[place.slot_id].pop(place.table or 0, None)
        return place

    def holder(self, delegate_id: str, slot_id: str) -> str | None:
        """The request that a delegate meets for in a slot."""
        return self._people.get((delegate_id, slot_id))

    def free_delegate(self, company_id: str, slot_id: str, usual: str = "") -> Delegate | None:
        """A delegate of the company who is free and not taken then, the `usual` one if possible."""
        for delegate in sorted(self.delegates.get(company_id, ()), key=lambda d: d.delegate_id != usual):
            if delegate.is_free(slot_id) and self.holder(delegate.delegate_id, slot_id) is None:
                return delegate
        return None

    def fit(self, pair: Pair, shift: Shift, before: Placed | None = None) -> Placed | list[Clash]:
        """Where the meeting would be, or all that stands in its way. Nothing is entered."""
        usual = (before.buyer_delegate_id, before.supplier_delegate_id) if before else ("", "")
        sides = list(zip((pair.buyer_id, pair.supplier_id), usual, strict=True))
        found = [self.free_delegate(company_id, shift.slot_id, own) for company_id, own in sides]
        clashes = [
            self._missing(pair, company_id, shift.slot_id)
            for (company_id, _), delegate in zip(sides, found, strict=True)
            if delegate is None
        ]
        table = self._table(shift, before)
        if isinstance(table, Clash):
            return [*clashes, table]
        buyer, supplier = found
        if buyer is None or supplier is None:
            return clashes
        return Placed(pair.request_id, shift.slot_id, buyer.delegate_id, supplier.delegate_id, table)

    def _missing(self, pair: Pair, company_id: str, slot_id: str) -> Clash:
        willing = [d for d in self.delegates.get(company_id, ()) if d.is_free(slot_id)]
        if not willing:
            return Clash("never_free", pair.request_id, slot_id, company_id)
        other = self.holder(willing[0].delegate_id, slot_id)
        return Clash("busy", pair.request_id, slot_id, company_id, other)

    def _table(self, shift: Shift, before: Placed | None) -> int | Clash | None:
        if self.tables is None:
            return None if shift.table is None else Clash("unknown_table", shift.request_id, shift.slot_id)
        taken = self._tables[shift.slot_id]
        if shift.table is not None:
            if not 1 <= shift.table <= self.tables:
                return Clash("unknown_table", shift.request_id, shift.slot_id)
            if shift.table in taken:
                other = taken[shift.table]
                return Clash("table_taken", shift.request_id, shift.slot_id, None, other)
            return shift.table
        own = before.table if before else None
        if own is not None and own not in taken:
            return own
        free = (table for table in range(1, self.tables + 1) if table not in taken)
        return next(free, None) or Clash("tables_taken", shift.request_id, shift.slot_id)

    def rearrange(self, shifts: Sequence[Shift], pairs: dict[str, Pair]) -> tuple[list[Placed], list[Clash]]:
        """Make all shifts at once, so that two meetings can change places; what is new, and what clashes.

        A shift that clashes is left out, and its meeting with it.
        """
        before = {shift.request_id: self.take_out(shift.request_id) for shift in shifts}
        placed, clashes = [], []
        for shift in shifts:
            found = self.fit(pairs[shift.request_id], shift, before[shift.request_id])
            if isinstance(found, Placed):
                self.put(found)
                placed.append(found)
            else:
                clashes += found
        return placed, clashes
