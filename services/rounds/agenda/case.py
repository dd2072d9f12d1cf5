"""A problem in numbers: people, companies, meetings and slots counted from 0, bad requests put aside."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from services.rounds.agenda.problem import LeftOut, Placed

if TYPE_CHECKING:
    from services.rounds.agenda.problem import Delegate, Problem, Request

# A meeting's number -> its slot, the buyer's delegate and the supplier's.
Plan = dict[int, tuple[int, int, int]]


@dataclass(slots=True)
class Person:
    """A delegate. `most` is a limit that always holds: nobody has more meetings than free slots.

    `most_if_freer` is what it would be with one more free slot.
    """

    company: int
    free: set[int]
    most: int
    most_if_freer: int
    most_a_day: int | None
    most_in_a_row: int | None
    at_once: int


@dataclass(slots=True)
class Meeting:
    """A request, the slots where both sides have somebody free, and where it is pinned, if it is."""

    buyer: int
    supplier: int
    weight: int
    slots: list[int]
    after: list[int]
    pinned: bool = False


@dataclass(slots=True)
class Case:
    """The problem's content; `days` lists the slots of each day, `teams` the people of each company.

    `linked[n]` says that slot n + 1 follows slot n on the same day without a break.
    """

    problem: Problem
    requests: list[Request]
    refused: list[LeftOut]
    companies: dict[str, int]
    people: list[Person]
    meetings: list[Meeting]
    teams: list[list[int]]
    days: list[list[int]]
    day_of: list[int]
    linked: list[bool]
    minimum: dict[int, int] = field(default_factory=dict)
    pinned: Plan = field(default_factory=dict)
    home: Plan = field(default_factory=dict)

    @property
    def possible(self) -> list[int]:
        """The meetings that could be held if there were no others."""
        return [n for n, meeting in enumerate(self.meetings) if meeting.slots and self.tables != 0]

    @property
    def tables(self) -> int | None:
        """How many meetings a slot holds; None without limit."""
        return self.problem.tables

    def placed(self, plan: Plan) -> dict[str, Placed]:
        """The plan in the problem's own words, without tables."""
        slots, people = self.problem.slots, self.problem.delegates
        found = {}
        for number, (slot, buyer, supplier) in plan.items():
            request_id = self.requests[number].id
            found[request_id] = Placed(
                request_id, slots[slot].id, people[buyer].id, people[supplier].id, None
            )
        return found

    def weight(self, plan: Plan) -> int:
        """What the plan's meetings weigh."""
        return sum(self.meetings[number].weight for number in plan)

    def times(self, plan: Plan) -> list[set[int]]:
        """The slots in which each person meets somebody."""
        times: list[set[int]] = [set() for _ in self.people]
        for slot, buyer, supplier in plan.values():
            times[buyer].add(slot)
            times[supplier].add(slot)
        return times

    def holes(self, plan: Plan) -> list[int]:
        """The holes of each person."""
        found = []
        for times in self.times(plan):
            starts = sum(t - 1 not in times or self.day_of[t - 1] != self.day_of[t] for t in times)
            found.append(starts - len({self.day_of[t] for t in times}))
        return found

    def moves(self, plan: Plan) -> int:
        """How many published meetings are elsewhere or gone."""
        return sum(plan.get(number) != place for number, place in self.home.items())

    def missing(self, plan: Plan) -> int:
        """How many promised meetings are not held."""
        held = dict.fromkeys(self.minimum, 0)
        for number in plan:
            for company in {self.meetings[number].buyer, self.meetings[number].supplier} & held.keys():
                held[company] += 1
        return sum(max(0, least - held[company]) for company, least in self.minimum.items())


def case_of(problem: Problem) -> Case:
    """Number a problem's parts."""
    requests, refused = _sound(problem)
    place = {slot.id: n for n, slot in enumerate(problem.slots)}
    names = [d.company_id for d in problem.delegates]
    names += [company for r in requests for company in (r.buyer_id, r.supplier_id)]
    companies = {company: n for n, company in enumerate(dict.fromkeys(names))}
    days: dict[str, list[int]] = {}
    for n, slot in enumerate(problem.slots):
        days.setdefault(slot.day, []).append(n)
    case = Case(
        problem=problem,
        requests=requests,
        refused=refused,
        companies=companies,
        people=[_person(d, companies, place) for d in problem.delegates],
        meetings=[],
        teams=[[] for _ in companies],
        days=list(days.values()),
        day_of=[list(days).index(slot.day) for slot in problem.slots],
        linked=[
            (a.day, a.session) == (b.day, b.session)
            for a, b in zip(problem.slots, problem.slots[1:], strict=False)
        ],
    )
    for n, person in enumerate(case.people):
        case.teams[person.company].append(n)
    _add_pinned(case, place)
    _make_room(case)
    _add_meetings(case, place)
    _drop_hopeless(case)
    case.minimum = {
        companies[p.company_id]: p.meetings for p in problem.promised if p.company_id in companies
    }
    return case


def _sound(problem: Problem) -> tuple[list[Request], list[LeftOut]]:
    """The requests that can be held at all, and those that can't, with the reason."""
    pinned = {meeting.request_id for meeting in problem.pinned}
    circle = _circles({r.id: r.after for r in problem.requests})
    pairs: set[frozenset[str]] = {
        frozenset((r.buyer_id, r.supplier_id)) for r in problem.requests if r.id in pinned
    }
    sound, refused = [], []
    for request in problem.requests:
        pair = frozenset((request.buyer_id, request.supplier_id))
        if request.buyer_id == request.supplier_id:
            refused.append(LeftOut(request.id, "with_oneself", request.buyer_id))
        elif request.id in circle:
            refused.append(LeftOut(request.id, "in_a_circle"))
        elif pair in pairs and request.id not in pinned and not problem.repeats:
            refused.append(LeftOut(request.id, "asked_twice"))
        else:
            sound.append(request)
            pairs.add(pair)
    return sound, refused


def _circles(after: dict[str, tuple[str, ...]]) -> set[str]:
    """All requests that wait for themselves, or stand between two circles of such."""
    stuck = _stuck({name: {e for e in earlier if e in after} for name, earlier in after.items()})
    later: dict[str, set[str]] = {name: set() for name in stuck}
    for name in stuck:
        for earlier in stuck.intersection(after[name]):
            later[earlier].add(name)
    return _stuck(later)


def _stuck(after: dict[str, set[str]]) -> set[str]:
    """Who is left when all are taken away who wait for nobody that is left (Kahn 1962)."""
    waiting = {name: len(earlier) for name, earlier in after.items()}
    later: dict[str, list[str]] = defaultdict(list)
    for name, earlier in after.items():
        for other in earlier:
            later[other].append(name)
    ready = [name for name, count in waiting.items() if not count]
    while ready:
        done = ready.pop()
        del waiting[done]
        for name in later[done]:
            waiting[name] -= 1
            if not waiting[name]:
                ready.append(name)
    return set(waiting)


def _person(delegate: Delegate, companies: dict[str, int], place: dict[str, int]) -> Person:
    free = {place[slot_id] for slot_id in delegate.free if slot_id in place}
    room, freer = (
        max(0, min(count if delegate.most is None else delegate.most, count - delegate.keep_free))
        for count in (len(free), len(free) + 1)
    )
    return Person(
        company=companies[delegate.company_id],
        free=free,
        most=room,
        most_if_freer=freer,
        most_a_day=delegate.most_a_day,
        most_in_a_row=delegate.most_in_a_row,
        at_once=max(1, delegate.at_once),
    )


def _add_pinned(case: Case, place: dict[str, int]) -> None:
    """Note where meetings are pinned and were published."""
    number = {request.id: n for n, request in enumerate(case.requests)}
    person = {delegate.id: n for n, delegate in enumerate(case.problem.delegates)}
    for kept, wanted in ((case.pinned, case.problem.pinned), (case.home, case.problem.published)):
        for meeting in wanted:
            people = person.get(meeting.buyer_delegate_id), person.get(meeting.supplier_delegate_id)
            known = meeting.request_id in number and meeting.slot_id in place
            if known and people[0] is not None and people[1] is not None:
                kept[number[meeting.request_id]] = (place[meeting.slot_id], people[0], people[1])


def _make_room(case: Case) -> None:
    """Pinned meetings stay whatever the free times and limits say, so these give way to them."""
    times: list[set[int]] = [set() for _ in case.people]
    for slot, *people in case.pinned.values():
        for n in people:
            times[n].add(slot)
    for person, slots in zip(case.people, times, strict=True):
        person.most = max(person.most + len(slots - person.free), len(slots))
        person.most_if_freer = max(person.most_if_freer + len(slots - person.free), len(slots))
        if person.most_a_day is not None:
            most = max(
                (sum(case.day_of[t] == day for t in slots) for day in range(len(case.days))), default=0
            )
            person.most_a_day = max(person.most_a_day, most)
        if person.most_in_a_row is not None and len(slots) > person.most_in_a_row:
            person.most_in_a_row = len(slots)


def _add_meetings(case: Case, place: dict[str, int]) -> None:
    number = {request.id: n for n, request in enumerate(case.requests)}
    free = [set().union(*(case.people[n].free for n in team)) for team in case.teams]
    for request in case.requests:
        buyer, supplier = case.companies[request.buyer_id], case.companies[request.supplier_id]
        slots = free[buyer] & free[supplier]
        if request.slots is not None:
            slots &= {place[slot_id] for slot_id in request.slots if slot_id in place}
        if any(name not in number for name in request.after):
            slots = set()
        after = [number[name] for name in request.after if name in number]
        case.meetings.append(Meeting(buyer, supplier, request.weight, sorted(slots), after))
    for n, (slot, *_) in case.pinned.items():
        case.meetings[n].slots, case.meetings[n].pinned = [slot], True


def _drop_hopeless(case: Case) -> None:
    """What waits for a meeting that can't be held can't be held either."""
    later = defaultdict(list)
    for n, meeting in enumerate(case.meetings):
        for earlier in meeting.after:
            later[earlier].append(n)
    hopeless = [n for n, meeting in enumerate(case.meetings) if not meeting.slots]
    while hopeless:
        for n in later.pop(hopeless.pop(), ()):
            if case.meetings[n].slots and not case.meetings[n].pinned:
                case.meetings[n].slots = []
                hopeless.append(n)
