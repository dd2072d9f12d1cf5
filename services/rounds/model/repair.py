"""Putting displaced meetings back with the fewest moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.rounds.agenda import Placed
from services.rounds.model.timetable import Shift

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from services.rounds.model.timetable import Clash, Pair, Timetable

# How many other meetings may give way for one, and how many places are tried in all: about a second.
LONGEST_CHAIN = 2
TRIES = 60_000


class Repair:
    """Finds places in a timetable for meetings that were taken out of it.

    Each goes to the free slot nearest to its old one; where there is none, the shortest chain of other
    meetings gives way, each to a slot of its own (iterative deepening: Korf, Artificial Intelligence 27,
    1985). Only the `movable` requests may give way, and only the `slots`, in the order of time, are used.
    """

    def __init__(
        self, timetable: Timetable, pairs: Mapping[str, Pair], slots: Sequence[str], movable: frozenset[str]
    ) -> None:
        self.timetable, self.pairs, self.slots, self.movable = timetable, pairs, slots, movable
        self.order = {slot_id: number for number, slot_id in enumerate(slots)}
        self.tries = 0

    def put_back(self, displaced: Sequence[Placed]) -> tuple[list[Placed], list[Placed]]:
        """All places that are new, and the meetings for which there is none.

        Those with the fewest places of their own go first.
        """
        before = dict(self.timetable.placed)
        old = {place.request_id: place for place in displaced}
        lost = []
        for place in sorted(displaced, key=lambda p: (len(self._direct(p)), p.request_id)):
            if not any(self._place(place, depth, frozenset()) for depth in range(LONGEST_CHAIN + 1)):
                lost.append(place)
        after = self.timetable.placed
        moved = [p for name, p in after.items() if before.get(name, old.get(name)) != p]
        return moved, lost

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
