"""Who is taken when: the book on which first-fit and the reasons are worked out, rule by rule."""

from __future__ import annotations

from collections import defaultdict
from itertools import product
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from services.rounds.agenda.case import Case, Plan

Obstacle = Literal["slot", "order", "time", "taken", "limit", "tables"]


class Excess(NamedTuple):
    """A limit of somebody's meetings in all, a day or in a row, and how many `reached` it with one more."""

    rule: Literal["all", "day", "row"]
    limit: int
    reached: int


class Book:
    """A case with some meetings placed, the pinned ones first."""

    def __init__(self, case: Case, plan: Plan | None = None) -> None:
        self.case = case
        self.plan: Plan = {}
        self.taken: dict[tuple[int, int], list[int]] = defaultdict(list)
        self.times: list[set[int]] = [set() for _ in case.people]
        self.receiving: list[set[int]] = [set() for _ in case.day_of]
        self.waiting: dict[int, list[int]] = defaultdict(list)
        for number, meeting in enumerate(case.meetings):
            for earlier in meeting.after:
                self.waiting[earlier].append(number)
        for number, place in (case.pinned if plan is None else plan).items():
            self.put(number, place)

    def put(self, number: int, place: tuple[int, int, int]) -> None:
        """Enter a meeting."""
        slot, buyer, supplier = self.plan[number] = place
        for person in (buyer, supplier):
            self.taken[person, slot].append(number)
            self.times[person].add(slot)
        self.receiving[slot].add(buyer)

    def take(self, number: int) -> tuple[int, int, int]:
        """Take a meeting out; where it was."""
        slot, buyer, supplier = place = self.plan.pop(number)
        for person in (buyer, supplier):
            self.taken[person, slot].remove(number)
            if not self.taken[person, slot]:
                self.times[person].discard(slot)
        if not any(self.plan[n][1] == buyer for n in self.taken[buyer, slot]):
            self.receiving[slot].discard(buyer)
        return place

    def obstacles(self, number: int, place: tuple[int, int, int]) -> set[Obstacle]:
        """What stands in the way of a meeting at a place."""
        slot, buyer, supplier = place
        found: set[Obstacle] = set()
        if slot not in self.case.meetings[number].slots:
            found.add("slot")
        if not self.in_order(number, slot):
            found.add("order")
        for person in (buyer, supplier):
            if slot not in self.case.people[person].free:
                found.add("time")
            elif self._is_taken(person, slot, buyer):
                found.add("taken")
            elif any(self.excesses(person, slot)):
                found.add("limit")
        if not self.has_table(slot, buyer):
            found.add("tables")
        return found

    def in_order(self, number: int, slot: int) -> bool:
        """Whether a meeting in this slot keeps the order with those that come before and after it."""
        return next(self.out_of_order(number, slot), None) is None

    def out_of_order(self, number: int, slot: int) -> Iterator[int]:
        """Those that would not come before a meeting in this slot, though they must, or not after it."""
        for other in self.case.meetings[number].after:
            if other not in self.plan or self.plan[other][0] >= slot:
                yield other
        for other in self.waiting.get(number, ()):
            if other in self.plan and self.plan[other][0] <= slot:
                yield other

    def _is_taken(self, person: int, slot: int, buyer: int) -> bool:
        meetings = self.taken.get((person, slot), [])
        if person != buyer:
            return bool(meetings)
        as_host = all(self.plan[n][1] == person for n in meetings)
        return not as_host or len(meetings) >= self.case.people[person].at_once

    def excesses(self, person: int, slot: int) -> Iterator[Excess]:
        """Each limit of a person's that a meeting more in a slot would break."""
        times, limits = self.times[person], self.case.people[person]
        if slot in times:
            return
        if len(times) >= limits.most:
            yield Excess("all", limits.most, len(times) + 1)
        if limits.most_a_day is None and limits.most_in_a_row is None:
            return
        today = {t for t in times if self.case.day_of[t] == self.case.day_of[slot]}
        if limits.most_a_day is not None and len(today) >= limits.most_a_day:
            yield Excess("day", limits.most_a_day, len(today) + 1)
        if limits.most_in_a_row is not None and (row := self._row(today, slot)) > limits.most_in_a_row:
            yield Excess("row", limits.most_in_a_row, row)

    def is_unused(self, person: int, slot: int) -> bool:
        """Whether a person who is not free in a slot could meet somebody then, if they were."""
        limits, times = self.case.people[person], self.times[person]
        if slot in times or slot in limits.free or len(times) >= limits.most_if_freer:
            return False
        return all(excess.rule == "all" for excess in self.excesses(person, slot))

    def takes_another_day(self, person: int) -> bool:
        """Whether a person could meet somebody on a day more."""
        limits = self.case.people[person]
        fewest = min(n for n in (limits.most_a_day, limits.most_in_a_row, 1) if n is not None)
        return fewest > 0 and len(self.times[person]) < limits.most_if_freer

    def is_open(self, person: int, slot: int) -> bool:
        """Whether a person is free in a slot and could take a meeting more."""
        free = slot in self.case.people[person].free and slot not in self.times[person]
        return free and not any(self.excesses(person, slot))

    def _row(self, times: set[int], slot: int) -> int:
        """How many meetings follow one another without a break when this slot is added."""
        first = last = slot
        while first - 1 in times and self.case.linked[first - 1]:
            first -= 1
        while last + 1 in times and self.case.linked[last]:
            last += 1
        return last - first + 1

    def has_table(self, slot: int, buyer: int | None) -> bool:
        """Whether a slot has a table for a buyer's delegate (None: for one who meets nobody yet)."""
        tables = self.case.tables
        if tables is None or buyer in self.receiving[slot]:
            return True
        if not self.case.problem.own_table:
            return len(self.receiving[slot]) < tables
        hosts: set[int | None] = {buyer}.union(
            *(self.receiving[t] for t in self.case.days[self.case.day_of[slot]])
        )
        return len(hosts) <= tables

    def places(self, number: int) -> list[tuple[int, int, int]]:
        """Every slot and pair of people that a meeting could have, in the order of time."""
        meeting = self.case.meetings[number]
        pairs = list(product(self.case.teams[meeting.buyer], self.case.teams[meeting.supplier]))
        return [(slot, *pair) for slot in meeting.slots for pair in pairs]

    def fill(self) -> None:
        """Place what is not placed, the heaviest first, each in the first place that takes it."""
        meetings = self.case.meetings
        order = sorted(range(len(meetings)), key=lambda n: (-meetings[n].weight, len(meetings[n].slots)))
        before = -1
        while len(self.plan) > before:
            # What waits for another one may find its place in the next round.
            before = len(self.plan)
            for number in order:
                if number not in self.plan and (place := self._open_place(number)):
                    self.put(number, place)
            if not self.waiting:
                return

    def _open_place(self, number: int) -> tuple[int, int, int] | None:
        meeting = self.case.meetings[number]
        if any(all(map(self._is_full, self.case.teams[c])) for c in (meeting.buyer, meeting.supplier)):
            return None
        return next((place for place in self.places(number) if not self.obstacles(number, place)), None)

    def _is_full(self, person: int) -> bool:
        limits = self.case.people[person]
        return limits.at_once == 1 and len(self.times[person]) >= limits.most

    def make_way(self, left: Callable[[], float]) -> None:
        """Place what is left over by moving one other meeting out of its way, while there is time left."""
        for number in range(len(self.case.meetings)):
            if number not in self.plan and left():
                any(self._push_in(number, place) for place in self.places(number))

    def _push_in(self, number: int, place: tuple[int, int, int]) -> bool:
        """Hold a meeting at a place if the only one that is in its way can be held elsewhere."""
        slot, *people = place
        rivals = {n for person in people for n in self.taken.get((person, slot), ())}
        if len(rivals) != 1 or (rival := rivals.pop()) in self.case.pinned:
            return False
        before = self.take(rival)
        if not self.obstacles(number, place):
            self.put(number, place)
            if elsewhere := self._open_place(rival):
                self.put(rival, elsewhere)
                return True
            self.take(number)
        self.put(rival, before)
        return False
