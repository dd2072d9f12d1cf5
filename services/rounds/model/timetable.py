"""Who and what is taken when, and what stands in the way of a change, before it happens."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from services.rounds.agenda import Placed
from services.rounds.model.diary import Diary, Excess

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from services.rounds.model.diary import Frame
    from services.rounds.model.registrations import Delegate, Registration

Obstacle = (
    Excess
    | Literal[
        "never_free",
        "busy",
        "out_of_order",
        "table_taken",
        "tables_taken",
        "unknown_table",
        "other_table",
        "stays",
        "slot_over",
    ]
)


@dataclass(frozen=True, slots=True)
class Shift:
    """A meeting's new slot; without a table, its own or any that is free."""

    request_id: str
    slot_id: str
    table: int | None = None


@dataclass(frozen=True, slots=True)
class Clash:
    """Why a meeting can't be there: `company_id` has nobody free, is `busy` with another request's meeting or
    would break a `limit` of its own; the table is another meeting's; the other one must come before or after
    it; or (`other_table`) the buyer receives at the table `limit` then. A meeting that is locked or has
    happened `stays`.
    """

    code: Obstacle
    request_id: str
    slot_id: str
    company_id: str | None = None
    other_request_id: str | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """The two companies of a request."""

    request_id: str
    buyer_id: str
    supplier_id: str


class Timetable:
    """The meetings of a round by delegate and table. People are free when they said so.

    `pick` chooses among free tables.
    """

    def __init__(
        self,
        registrations: Iterable[Registration],
        frame: Frame,
        placed: Iterable[Placed],
        pick: Callable[[Sequence[int]], int] = min,
    ) -> None:
        self.companies = {registration.company_id: registration for registration in registrations}
        self.frame, self.pick = frame, pick
        self.placed: dict[str, Placed] = {}
        self.diary = Diary(frame.slots)
        self._tables: dict[str, dict[int, list[str]]] = defaultdict(dict)
        self._before: dict[str, list[str]] = defaultdict(list)
        for later, earlier in frame.after.items():
            for request_id in earlier:
                self._before[request_id].append(later)
        for place in placed:
            self.put(place)

    def put(self, place: Placed) -> None:
        """Enter a meeting, which must fit."""
        self.placed[place.request_id] = place
        for delegate_id in (place.buyer_delegate_id, place.supplier_delegate_id):
            self.diary.add(delegate_id, place.slot_id, place.request_id)
        if place.table is not None:
            self._tables[place.slot_id].setdefault(place.table, []).append(place.request_id)

    def take_out(self, request_id: str) -> Placed | None:
        """Take a meeting out, if it is there."""
        place = self.placed.pop(request_id, None)
        if place is not None:
            for delegate_id in (place.buyer_delegate_id, place.supplier_delegate_id):
                self.diary.remove(delegate_id, place.slot_id, request_id)
            if place.table is not None:
                held = self._tables[place.slot_id][place.table]
                held.remove(request_id)
                if not held:
                    del self._tables[place.slot_id][place.table]
        return place

    def fit(self, pair: Pair, shift: Shift, before: Placed | None = None) -> Placed | list[Clash]:
        """Where the meeting would be, or all that stands in its way. Nothing is entered."""
        usual = (before.buyer_delegate_id, before.supplier_delegate_id) if before else ("", "")
        found = [
            self._sent(pair, company_id, shift.slot_id, own)
            for company_id, own in zip((pair.buyer_id, pair.supplier_id), usual, strict=True)
        ]
        host = usual[0] if isinstance(found[0], Clash) else found[0].delegate_id
        table = self._table(pair, shift, host, before)
        clashes = [clash for clash in (*found, table) if isinstance(clash, Clash)]
        clashes += self._out_of_order(shift)
        buyer, supplier = found
        if clashes or isinstance(buyer, Clash) or isinstance(supplier, Clash) or isinstance(table, Clash):
            return clashes
        return Placed(pair.request_id, shift.slot_id, buyer.delegate_id, supplier.delegate_id, table)

    def _sent(self, pair: Pair, company_id: str, slot_id: str, usual: str) -> Delegate | Clash:
        """A delegate of the company who can be there, the `usual` one if possible."""
        registration = self.companies.get(company_id)
        clash = Clash("never_free", pair.request_id, slot_id, company_id)
        if registration is None:
            return clash
        rules = self.frame.rules
        at_once = rules.at_once(registration.side)
        for delegate in sorted(registration.delegates, key=lambda d: d.delegate_id != usual):
            if not delegate.is_free(slot_id):
                continue
            held = self.diary.meetings(delegate.delegate_id, slot_id)
            limits = rules.limits(registration.side).with_(delegate.limits)
            excess = self.diary.excess(delegate, slot_id, limits)
            if len(held) < at_once and excess is None:
                return delegate
            if clash.code == "never_free" and excess is not None:
                clash = Clash(excess[0], pair.request_id, slot_id, company_id, None, excess[1])
            elif clash.code == "never_free":
                clash = Clash("busy", pair.request_id, slot_id, company_id, held[0])
        return clash

    def _out_of_order(self, shift: Shift) -> list[Clash]:
        """Requests that must come before and are not held or later, and those that must come after."""
        order, name = self.diary.order, shift.request_id
        at = order.get(shift.slot_id, -1)
        clashes = []
        for request_id in self.frame.after.get(name, ()):
            place = self.placed.get(request_id)
            if place is None or order.get(place.slot_id, -1) >= at:
                clashes.append(Clash("out_of_order", name, shift.slot_id, None, request_id))
        for request_id in self._before.get(name, ()):
            place = self.placed.get(request_id)
            if place is not None and order.get(place.slot_id, at) <= at:
                clashes.append(Clash("out_of_order", name, shift.slot_id, None, request_id))
        return clashes

    def _table(self, pair: Pair, shift: Shift, host: str, before: Placed | None) -> int | Clash | None:
        tables, wanted = self.frame.tables, shift.table
        if wanted is not None and not 1 <= wanted <= (tables or 0):
            return Clash("unknown_table", shift.request_id, shift.slot_id)
        if tables is None:
            return None
        home = self._home(host, shift.slot_id)
        if home is not None and wanted not in {None, home}:
            return Clash("other_table", shift.request_id, shift.slot_id, pair.buyer_id, None, home)
        taken = self._taken_from(host, shift.slot_id)
        wanted = home if wanted is None else wanted
        if wanted is not None:
            other = taken.get(wanted)
            return Clash("table_taken", shift.request_id, shift.slot_id, None, other) if other else wanted
        if before is not None and before.table is not None and before.table not in taken:
            return before.table
        free = [table for table in range(1, tables + 1) if table not in taken]
        return self.pick(free) if free else Clash("tables_taken", shift.request_id, shift.slot_id)

    def _home(self, host: str, slot_id: str) -> int | None:
        """The table at which a delegate already receives in a slot or, where it is their own, that day."""
        slots = [slot_id] if self.frame.rules.suppliers_at_once > 1 else []
        slots += self.diary.day(slot_id) if self.frame.rules.own_table else []
        held = (name for slot in slots for name in self.diary.meetings(host, slot))
        return next((self.placed[name].table for name in held), None)

    def _taken_from(self, host: str, slot_id: str) -> dict[int, str]:
        """The tables that a buyer's delegate can't have in a slot, each with a meeting that keeps it."""
        slots = [slot_id]
        if self.frame.rules.own_table:
            slots += self.diary.day(slot_id)
        return {
            table: name
            for slot in reversed(slots)
            for table, names in self._tables[slot].items()
            for name in names
            if self.placed[name].buyer_delegate_id != host
        }

    def seat(self, pair: Pair, place: Placed, before: Placed) -> Placed | Clash:
        """A place, whose people are free, with a table for it, its own if possible. Nothing is entered."""
        shift = Shift(place.request_id, place.slot_id)
        table = self._table(pair, shift, place.buyer_delegate_id, before)
        return table if isinstance(table, Clash) else replace(place, table=table)

    def rearrange(self, shifts: Sequence[Shift], pairs: dict[str, Pair]) -> tuple[list[Placed], list[Clash]]:
        """Make all shifts at once, so that two meetings can change places; what is new, and what clashes.

        A shift that clashes is left out, and its meeting with it.
        """
        before = {shift.request_id: self.take_out(shift.request_id) for shift in shifts}
        placed, clashes = {}, []
        # In the order of time, so that what must come before is there when what follows is tried.
        for shift in sorted(shifts, key=lambda shift: self.diary.order.get(shift.slot_id, 0)):
            found = self.fit(pairs[shift.request_id], shift, before[shift.request_id])
            if isinstance(found, Placed):
                self.put(found)
                placed[shift.request_id] = found
            else:
                clashes += found
        return [placed[shift.request_id] for shift in shifts if shift.request_id in placed], clashes
