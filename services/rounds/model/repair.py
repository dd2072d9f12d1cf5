"""Putting displaced meetings back with the fewest moves."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from services.rounds.agenda import Collision, Delegate, Pinned, Placed, Problem, Request, solve
from services.rounds.model.timetable import Clash, Shift

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from services.rounds.model.timetable import Pair, Timetable

# How many other meetings may give way for one, and how many places are tried in all: about a second.
LONGEST_CHAIN = 2
TRIES = 60_000
# What the engine then looks at: so many places of meetings around the displaced ones, for so long.
PLACES = 300
SECONDS = 0.8


def slots_of(places: Iterable[Placed]) -> Mapping[str, frozenset[str]]:
    """The slots in which each person meets somebody; none for everybody else."""
    busy: dict[str, frozenset[str]] = defaultdict(frozenset)
    for place in places:
        for person in (place.buyer_delegate_id, place.supplier_delegate_id):
            busy[person] |= {place.slot_id}
    return busy


def _time(place: Placed | None) -> tuple[str, ...]:
    """When and for whom a meeting is, wherever they sit."""
    return (place.slot_id, place.buyer_delegate_id, place.supplier_delegate_id) if place else ()


class Repair:
    """Finds places in a timetable for meetings that were taken out of it.

    Each goes to the free slot nearest to its old one; where there is none, the shortest chain of other
    meetings gives way, each to a slot of its own (iterative deepening: Korf, Artificial Intelligence 27,
    1985). Where that leaves something out or moves others, the engine solves what lies around, exactly in
    small rounds, and the better answer counts. Only the `movable` requests may give way, and only the
    `slots`, in the order of time, are used.
    """

    def __init__(
        self, timetable: Timetable, pairs: Mapping[str, Pair], slots: Sequence[str], movable: frozenset[str]
    ) -> None:
        self.timetable, self.pairs, self.slots, self.movable = timetable, pairs, slots, movable
        self.order = {slot_id: number for number, slot_id in enumerate(slots)}
        self.tries = 0

    def put_back(self, displaced: Sequence[Placed]) -> tuple[list[Placed], list[Placed]]:
        """All places that are new, and the meetings for which there is none.

        As few as can be are left out, and then as few others as can be are moved.
        """
        before, old = dict(self.timetable.placed), {place.request_id: place for place in displaced}
        self._by_chains(displaced)
        found = dict(self.timetable.placed)
        if self._cost(before, old, found) > (0, 0):
            self._reset(before)
            if not self._by_engine(before, old) or self._cost(
                before, old, self.timetable.placed
            ) >= self._cost(before, old, found):
                self._reset(found)
        after = self.timetable.placed
        moved = [place for name, place in after.items() if before.get(name, old.get(name)) != place]
        return moved, [place for name, place in old.items() if name not in after]

    @staticmethod
    def _cost(
        before: Mapping[str, Placed], old: Mapping[str, Placed], after: Mapping[str, Placed]
    ) -> tuple[int, int]:
        """How many of the displaced are left out, and how many others are moved."""
        return sum(name not in after for name in old), sum(after[name] != before[name] for name in before)

    def _reset(self, places: Mapping[str, Placed]) -> None:
        for name in list(self.timetable.placed):
            self.timetable.take_out(name)
        for place in places.values():
            self.timetable.put(place)

    def _by_chains(self, displaced: Sequence[Placed]) -> None:
        """Those with the fewest places of their own go first."""
        for place in sorted(displaced, key=lambda p: (len(self._direct(p)), p.request_id)):
            any(self._place(place, depth, frozenset()) for depth in range(LONGEST_CHAIN + 1))

    def _direct(self, place: Placed) -> list[str]:
        return [slot_id for slot_id in self._nearest(place) if isinstance(self._fit(place, slot_id), Placed)]

    def _place(self, place: Placed, depth: int, giving_way: frozenset[str]) -> bool:
        """Enter a meeting, with up to `depth` others giving way. False, and all as it was, if it can't be."""
        blocked: list[tuple[str, str]] = []
        for slot_id in self._nearest(place):
            found = self._fit(place, slot_id)
            if isinstance(found, Placed):
                self.timetable.put(found)
                return True
            blockers = {clash.other_request_id for clash in found}
            if len(blockers) == 1 and (blocker := blockers.pop()) is not None:
                blocked.append((slot_id, blocker))
        path = giving_way | {place.request_id}
        return depth > 0 and any(
            self._give_way(place, slot_id, blocker, depth, path)
            for slot_id, blocker in blocked
            if blocker in self.movable and blocker not in path
        )

    def _give_way(self, place: Placed, slot_id: str, blocker: str, depth: int, path: frozenset[str]) -> bool:
        other = self.timetable.take_out(blocker)
        if other is None:
            return False
        found = self._fit(place, slot_id)
        if isinstance(found, Placed):
            self.timetable.put(found)
            if self._place(other, depth - 1, path):
                return True
            self.timetable.take_out(place.request_id)
        self.timetable.put(other)
        return False

    def _fit(self, place: Placed, slot_id: str) -> Placed | list[Clash]:
        self.tries += 1
        return self.timetable.fit(self.pairs[place.request_id], Shift(place.request_id, slot_id), place)

    def _nearest(self, place: Placed) -> list[str]:
        """The slots by their distance from a meeting's own; none once too many places were tried."""
        if self.tries > TRIES:
            return []
        own = self.order.get(place.slot_id, 0)
        return sorted(self.slots, key=lambda slot_id: (abs(self.order[slot_id] - own), slot_id))

    def _by_engine(self, before: Mapping[str, Placed], old: Mapping[str, Placed]) -> bool:
        """Enter what the engine finds. False, and all as it was, where that can't be used."""
        around = self._around(before, old)
        try:
            answer = solve(self._problem({**before, **old}, around), seconds=SECONDS)
        except Collision:
            return False
        places = {place.request_id: place for place in answer.placed if place.request_id in around}
        if any(name not in places for name in around if name in before):
            return False
        kept = {name for name, place in places.items() if _time(place) == _time(before.get(name))}
        for name in around - kept:
            self.timetable.take_out(name)
        for name in sorted(places.keys() - kept):
            was = before.get(name) or old[name]
            seated = self.timetable.seat(self.pairs[name], places[name], was)
            if isinstance(seated, Clash):
                return False
            self.timetable.put(seated)
        return True

    def _around(self, before: Mapping[str, Placed], old: Mapping[str, Placed]) -> set[str]:
        """The displaced, the movable meetings of their companies, of those these meet, and so on."""
        most = PLACES // max(1, len(self.slots))
        found, companies = set(old), {c for name in old for c in self._companies(name)}
        left = [name for name in before if name in self.movable]
        while left and len(found) < most:
            near = [name for name in left if companies & self._companies(name)]
            # Tables join even those who have nobody in common.
            near = (near or left)[: most - len(found)]
            found.update(near)
            companies.update(c for name in near for c in self._companies(name))
            left = [name for name in left if name not in found]
        return found

    def _companies(self, name: str) -> set[str]:
        pair = self.pairs.get(name)
        return {pair.buyer_id, pair.supplier_id} if pair else set()

    def _problem(self, places: Mapping[str, Placed], around: set[str]) -> Problem:
        """What lies around, with all other meetings where they are. That nothing else is lost counts most."""
        frame = self.timetable.frame
        # Who has met and is named no more keeps nobody else from anything.
        people = {d.delegate_id for r in self.timetable.companies.values() for d in r.delegates}
        known = [
            place
            for name, place in places.items()
            if name in around
            or (name in self.pairs and {place.buyer_delegate_id, place.supplier_delegate_id} <= people)
        ]
        names = {place.request_id for place in known}
        return Problem(
            slots=frame.slots,
            delegates=tuple(self._delegates(slots_of(p for p in known if p.request_id not in around))),
            requests=tuple(
                Request(
                    id=place.request_id,
                    buyer_id=self.pairs[place.request_id].buyer_id,
                    supplier_id=self.pairs[place.request_id].supplier_id,
                    weight=1 + len(known) * (place.request_id in self.timetable.placed),
                    after=tuple(n for n in frame.after.get(place.request_id, ()) if n in names),
                )
                for place in known
            ),
            tables=frame.tables,
            pinned=tuple(
                Pinned(p.request_id, p.slot_id, p.buyer_delegate_id, p.supplier_delegate_id, p.table)
                for p in known
                if p.request_id not in around
            ),
            published=tuple(place for place in known if place.request_id in self.timetable.placed),
            own_table=frame.rules.own_table,
            objectives=("weight", "moves"),
        )

    def _delegates(self, busy: Mapping[str, frozenset[str]]) -> Iterable[Delegate]:
        """All people, free in the slots that are used and, that these count, in those of fixed meetings."""
        frame = self.timetable.frame
        rules = frame.rules
        for registration in self.timetable.companies.values():
            for person in registration.delegates:
                limits = rules.limits(registration.side).with_(person.limits)
                ahead = (slot_id for slot_id in self.slots if person.is_free(slot_id))
                left = sum(person.is_free(slot.id) for slot in frame.slots) - limits.keep_free
                yield Delegate(
                    id=person.delegate_id,
                    company_id=registration.company_id,
                    free=busy[person.delegate_id].union(ahead),
                    most=max(0, left if limits.most is None else min(left, limits.most)),
                    most_a_day=limits.most_a_day,
                    most_in_a_row=limits.most_in_a_row,
                    at_once=rules.at_once(registration.side),
                )
