"""Who meets when, and which limit one meeting more would break."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from services.rounds.model.limits import AgendaRules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.rounds.agenda import Slot
    from services.rounds.model.limits import Limits
    from services.rounds.model.registrations import Delegate

Excess = Literal["too_many", "too_many_a_day", "too_many_in_a_row", "keeps_free"]


@dataclass(frozen=True)
class Frame:
    """What a round sets for its timetables: `slots` in the order of time, as the engine has them; `after`
    has, for each request that waits for others, these others.
    """

    slots: tuple[Slot, ...]
    tables: int | None = None
    rules: AgendaRules = field(default_factory=AgendaRules)
    after: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class Diary:
    """The meetings of each person by slot, and of each day."""

    def __init__(self, slots: tuple[Slot, ...]) -> None:
        self.slots = slots
        self.order = {slot.id: number for number, slot in enumerate(slots)}
        self._meetings: dict[tuple[str, str], list[str]] = defaultdict(list)
        self._times: dict[str, set[int]] = defaultdict(set)

    def add(self, person: str, slot_id: str, request_id: str) -> None:
        """Enter a person's meeting."""
        self._meetings[person, slot_id].append(request_id)
        if slot_id in self.order:
            self._times[person].add(self.order[slot_id])

    def remove(self, person: str, slot_id: str, request_id: str) -> None:
        """Take a person's meeting out."""
        held = self._meetings[person, slot_id]
        held.remove(request_id)
        if not held:
            del self._meetings[person, slot_id]
            self._times[person].discard(self.order.get(slot_id, -1))

    def meetings(self, person: str, slot_id: str) -> list[str]:
        """The requests that a person meets for in a slot."""
        return self._meetings.get((person, slot_id), [])

    def day(self, slot_id: str) -> list[str]:
        """All slots of a slot's day."""
        on = self.slots[self.order[slot_id]].day
        return [slot.id for slot in self.slots if slot.day == on]

    def excess(self, delegate: Delegate, slot_id: str, limits: Limits) -> tuple[Excess, int] | None:
        """The limit that a meeting in one slot more would break, and its value."""
        if not limits.any or slot_id not in self.order:
            return None
        number, times = self.order[slot_id], self._times[delegate.delegate_id]
        if number in times:
            return None
        free = sum(delegate.is_free(slot.id) for slot in self.slots)
        on = self.slots[number].day
        today = sum(self.slots[time].day == on for time in times)
        checks: list[tuple[Excess, int | None, int]] = [
            ("too_many", limits.most, len(times)),
            ("too_many_a_day", limits.most_a_day, today),
            ("too_many_in_a_row", limits.most_in_a_row, self._row(times, number) - 1),
        ]
        for code, limit, held in checks:
            if limit is not None and held >= limit:
                return code, limit
        return ("keeps_free", limits.keep_free) if len(times) >= free - limits.keep_free else None

    def _row(self, times: set[int], number: int) -> int:
        """How many meetings follow one another without a break when this slot is added."""
        first = last = number
        while first - 1 in times and self._linked(first - 1):
            first -= 1
        while last + 1 in times and self._linked(last):
            last += 1
        return last - first + 1

    def _linked(self, number: int) -> bool:
        one, next_ = self.slots[number], self.slots[number + 1]
        return (one.day, one.session) == (next_.day, next_.session)
