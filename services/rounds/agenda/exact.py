"""The model for CP-SAT (OR-Tools): which meetings are held when and by whom, proved best possible."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from ortools.sat.python import cp_model

from services.rounds.agenda.blocks import Stay, by_blocks

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.rounds.agenda.case import Case, Plan


class Model:
    """Literals for every meeting in every slot with everybody who can hold it, and what rules them.

    With `all_held` every meeting must be held, which the solver uses well. With `least`, the holes of
    each person, no agenda with more is looked for.
    """

    def __init__(self, case: Case, *, all_held: bool = False, least: list[int] | None = None) -> None:
        self.case, self.all_held = case, all_held
        self.model: Any = cp_model.CpModel()
        self.meets: dict[tuple[int, int], Any] = {}
        self.seats: dict[tuple[int, int, int], Any] = {}
        self.in_slot: dict[int, list[Any]] = defaultdict(list)
        self.hosting: dict[tuple[int, int], list[Any]] = defaultdict(list)
        self.visiting: dict[tuple[int, int], list[Any]] = defaultdict(list)
        self.held: list[Any] = [self._add_meeting(number) for number in range(len(case.meetings))]
        self.busy = self._add_busy()
        self.certain = self._certain()
        self._add_order()
        self._add_tables()
        self._add_limits()
        self.holes = [self._holes(n, least[n] if least else None) for n in range(len(case.people))]
        self._add_spread()

    def _add_meeting(self, number: int) -> Any:
        meeting = self.case.meetings[number]
        literals = []
        for slot in meeting.slots:
            literal = self.model.new_bool_var("")
            literals.append(literal)
            self.meets[number, slot] = literal
            self.in_slot[slot].append(literal)
            for side, company in enumerate((meeting.buyer, meeting.supplier)):
                self._add_seats(number, slot, side, company)
        if not literals:
            return 0
        if self.all_held or meeting.pinned:
            self.model.add_exactly_one(literals)
            return 1
        self.model.add_at_most_one(literals)
        return sum(literals)

    def _add_seats(self, number: int, slot: int, side: int, company: int) -> None:
        place = self.case.pinned.get(number)
        able = [n for n in self.case.teams[company] if slot in self.case.people[n].free]
        people = [place[1 + side]] if place else able
        literals = [self.meets[number, slot]]
        if len(people) > 1:
            literals = [self.model.new_bool_var("") for _ in people]
            self.model.add(sum(literals) == self.meets[number, slot])
        role = self.hosting if side == 0 else self.visiting
        for person, literal in zip(people, literals, strict=True):
            self.seats[number, slot, person] = literal
            role[person, slot].append(literal)

    def _add_busy(self) -> dict[tuple[int, int], Any]:
        """For each person and slot whether they meet: nobody meets twice, except who receives several."""
        busy = {}
        for person, slot in dict.fromkeys((*self.hosting, *self.visiting)):
            hosting, visiting = self.hosting.get((person, slot), []), self.visiting.get((person, slot), [])
            literal = busy[person, slot] = self.model.new_bool_var("")
            many = self.case.people[person].at_once
            if many == 1 or len(hosting) < 2:
                self.model.add(sum(hosting) + sum(visiting) == literal)
                continue
            host = self.model.new_bool_var("")
            self.model.add_max_equality(host, hosting)
            self.model.add(sum(hosting) <= many)
            self.model.add(host + sum(visiting) == literal)
            self.hosting[person, slot] = [host]
        return busy

    def _certain(self) -> list[int]:
        """For each person the meetings they will have; 0 where that is open."""
        wanted = Counter(c for m in self.case.meetings if m.slots for c in (m.buyer, m.supplier))
        alone = [len(self.case.teams[p.company]) == 1 and p.at_once == 1 for p in self.case.people]
        return [
            wanted[person.company] if self.all_held and single else 0
            for person, single in zip(self.case.people, alone, strict=True)
        ]

    def _add_order(self) -> None:
        for number, meeting in enumerate(self.case.meetings):
            for earlier in meeting.after:
                for slot in meeting.slots:
                    times = {t: self.meets[earlier, t] for t in self.case.meetings[earlier].slots}
                    if meeting.pinned:
                        # It stays, even if the other one is not held; but if it is, it comes before.
                        self.model.add(sum(times[t] for t in times if t >= slot) == 0)
                    else:
                        before = [literal for t, literal in times.items() if t < slot]
                        self.model.add(sum(before) >= self.meets[number, slot])

    def _add_tables(self) -> None:
        """No more meetings than tables; and what the solver does not see: people are twice the meetings."""
        tables, alone = self.case.tables, all(person.at_once == 1 for person in self.case.people)
        people: dict[int, list[Any]] = defaultdict(list)
        hosts: dict[int, list[Any]] = defaultdict(list)
        for (_, slot), literal in self.busy.items():
            people[slot].append(literal)
        for (_, slot), literals in self.hosting.items():
            hosts[slot] += literals
        for slot, literals in self.in_slot.items():
            if alone:
                self.model.add(sum(people[slot]) == 2 * sum(literals))
                if tables is not None:
                    self.model.add(sum(people[slot]) <= 2 * tables)
            if tables is not None and len(literals) > tables:
                self.model.add(sum(hosts[slot]) <= tables)
        if tables is not None and self.case.problem.own_table:
            self._add_own_tables(tables)

    def _add_own_tables(self, tables: int) -> None:
        there: dict[tuple[int, int], Any] = {}
        for (person, slot), literals in self.hosting.items():
            day = self.case.day_of[slot]
            if (person, day) not in there:
                there[person, day] = self.model.new_bool_var("")
            for literal in literals:
                self.model.add_implication(literal, there[person, day])
        for day in range(len(self.case.days)):
            self.model.add(sum(literal for (_, today), literal in there.items() if today == day) <= tables)

    def _add_limits(self) -> None:
        for n, person in enumerate(self.case.people):
            times = {
                slot: self.busy[n, slot] for slot in range(len(self.case.day_of)) if (n, slot) in self.busy
            }
            if self.certain[n] and times:
                self.model.add(sum(times.values()) == self.certain[n])
            if len(times) > person.most:
                self.model.add(sum(times.values()) <= person.most)
            for day in self.case.days:
                today = [times[slot] for slot in day if slot in times]
                if person.most_a_day is not None and len(today) > person.most_a_day:
                    self.model.add(sum(today) <= person.most_a_day)
                if person.most_in_a_row is not None:
                    self._add_rows(times, day, person.most_in_a_row)

    def _add_rows(self, times: dict[int, Any], day: list[int], most: int) -> None:
        for n in range(len(day) - most):
            window = day[n : n + most + 1]
            if all(self.case.linked[a] for a, _ in pairwise(window)) and all(t in times for t in window):
                self.model.add(sum(times[t] for t in window) <= most)

    def _holes(self, person: int, least: int | None) -> Any:
        """A person's holes; with `least` no more than so many."""
        count, days = self.certain[person], self.case.days
        if count == 1:
            return 0
        if count and len(days) == 1:
            times = [self.busy.get((person, slot)) for slot in days[0]]
            return sum(Stay(self.model, times, count, least).holes)
        terms: list[Any] = []
        for day in days:
            times = [self.busy.get((person, slot)) for slot in day]
            if sum(literal is not None for literal in times) > 1:
                terms.append(by_blocks(self.model, times, none=least == 0))
        found = sum(terms)
        if least is not None and terms:
            self.model.add(found <= least)
        return found

    def _add_spread(self) -> None:
        if self.case.problem.spread is not None:
            self.model.add(self.spread() <= self.case.problem.spread)

    def spread(self) -> Any:
        """The difference in holes between the people who have most and fewest."""
        longest = max((len(day) for day in self.case.days), default=0) * len(self.case.days)
        most, fewest = (self.model.new_int_var(0, longest, "") for _ in range(2))
        for found in self.holes:
            self.model.add(most >= found)
            self.model.add(fewest <= found)
        return most - fewest

    def weight(self) -> Any:
        """What is held weighs."""
        return sum(meeting.weight * held for meeting, held in zip(self.case.meetings, self.held, strict=True))

    def missing(self) -> Any:
        """The promised meetings that are not held."""
        terms = []
        for company, least in self.case.minimum.items():
            own = [n for n, m in enumerate(self.case.meetings) if company in (m.buyer, m.supplier)]
            short = self.model.new_int_var(0, max(0, least), "")
            self.model.add(short + sum(self.held[n] for n in own) >= least)
            terms.append(short)
        return sum(terms)

    def moves(self) -> Any:
        """The published meetings that are elsewhere or gone."""
        terms = []
        for number, (slot, buyer, supplier) in self.case.home.items():
            places = [self.seats.get((number, slot, person)) for person in (buyer, supplier)]
            stays = self.model.new_bool_var("")
            for literal in places:
                self.model.add_implication(stays, literal) if literal is not None else self.model.add(
                    stays == 0
                )
            terms.append(1 - stays)
        return sum(terms)

    def hint(self, plan: Plan) -> None:
        """Tell the solver of an agenda to begin with."""
        self.model.clear_hints()
        for (number, slot), literal in self.meets.items():
            self.model.add_hint(literal, number in plan and plan[number][0] == slot)
        for (number, slot, person), literal in self.seats.items():
            if literal is not self.meets[number, slot]:
                place = plan.get(number)
                self.model.add_hint(literal, bool(place and place[0] == slot and person in place[1:]))

    def plan(self, value: Callable[[Any], bool]) -> Plan:
        """The agenda that a solution stands for."""
        found: Plan = {}
        for (number, slot), literal in self.meets.items():
            if value(literal):
                meeting = self.case.meetings[number]
                people = [
                    next(
                        person
                        for person in (*self.case.teams[company],)
                        if (seat := self.seats.get((number, slot, person))) is not None and value(seat)
                    )
                    for company in (meeting.buyer, meeting.supplier)
                ]
                found[number] = (slot, people[0], people[1])
        return found
