"""Brokerage events as they stand in .dzn files: each line is a meeting, and all are held.

The checks are written from the definitions of Bofill et al. (JAIR 2022), on the events' own numbers.
"""

from __future__ import annotations

import tempfile
import threading
from dataclasses import dataclass
from itertools import pairwise, product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.agenda_files import BadFile, problem_of
from services.rounds.agenda import Agenda, Problem, solve
from services.rounds.agenda.case import case_of
from services.rounds.agenda.proof import all_held, climb
from services.rounds.agenda.run import Run


@dataclass
class Event:
    """An event as a file tells it, all counted from 1; `planted` is one agenda that keeps every rule."""

    slots: int
    morning: int
    tables: int
    meetings: list[tuple[int, int, int]]
    forbidden: list[set[int]]
    fixed: list[int]
    earlier: list[set[int]]
    planted: list[int]

    def text(self) -> str:
        """The file."""
        return "\n".join(
            [
                f"nEmpreses = {len(self.forbidden)}; % comment; with = signs",
                f"nReunions = {len(self.meetings)};",
                f"nTaules = {self.tables};",
                f"nFrangesTotal = {self.slots};",
                f"nFrangesMati = {self.morning};",
                f"demanades = [|{'|'.join(f'{a}, {b}, {s}' for a, b, s in self.meetings)}|];",
                f"prohibides = [{', '.join(map(_braces, self.forbidden))}];",
                f"fixat = [{', '.join(map(str, self.fixed))}];",
                f"precedences = [{', '.join(map(_braces, self.earlier))}];",
            ]
        )

    def faults(self, held: list[int | None]) -> list[str]:
        """What is wrong with an agenda: the slot of each meeting."""
        found = [f"{n} is not held" for n, slot in enumerate(held, 1) if slot is None]
        times = [(n, slot) for n, slot in enumerate(held, 1) if slot is not None]
        busy: set[tuple[int, int]] = set()
        for n, slot in times:
            one, two, session = self.meetings[n - 1]
            if (session == 1 and slot > self.morning) or (session == 2 and slot <= self.morning):
                found.append(f"{n} is in the wrong session")
            if self.fixed[n - 1] not in (0, slot):
                found.append(f"{n} is not where it is fixed")
            found += [f"{person} is taken in {slot}" for person in (one, two) if (person, slot) in busy]
            found += [
                f"{person} may not in {slot}" for person in (one, two) if slot in self.forbidden[person - 1]
            ]
            found += [f"{m} is not before {n}" for m in self.earlier[n - 1] if (held[m - 1] or slot) >= slot]
            busy |= {(one, slot), (two, slot)}
        loads = [sum(slot == there for _, there in times) for slot in range(1, self.slots + 1)]
        if self.tables and max(loads) > self.tables:
            found.append("more meetings than tables")
        return found

    def holes(self, held: list[int]) -> list[int]:
        """The holes of each participant."""
        found = []
        for person in range(1, len(self.forbidden) + 1):
            own = sorted(slot for slot, m in zip(held, self.meetings, strict=True) if person in m[:2])
            found.append(sum(later > earlier + 1 for earlier, later in pairwise(own)))
        return found


def _braces(numbers: set[int]) -> str:
    return "{" + ", ".join(map(str, sorted(numbers))) + "}"


@st.composite
def events(draw: st.DrawFn, people: int = 8, slots: int = 10, meetings: int = 25) -> Event:
    """Events with a known agenda: repeated pairs, fixed and forbidden slots, an order, sessions, tables."""
    slots = draw(st.integers(3, slots))
    morning = draw(st.integers(1, slots - 1))
    count = draw(st.integers(3, people))
    persons = st.integers(1, count)
    pairs = st.tuples(persons, persons, st.integers(1, slots)).filter(lambda t: t[0] != t[1])
    planted: list[int] = []
    found: list[tuple[int, int, int]] = []
    busy: list[set[int]] = [set() for _ in range(count)]
    for one, two, slot in draw(st.lists(pairs, min_size=1, max_size=3 * meetings)):
        if slot not in busy[one - 1] | busy[two - 1] and len(found) < meetings:
            busy[one - 1].add(slot)
            busy[two - 1].add(slot)
            session = draw(st.sampled_from([3, 3, 1 if slot <= morning else 2]))
            found.append((one, two, session))
            planted.append(slot)
    load = max(planted.count(slot) for slot in planted)
    everything = range(1, slots + 1)
    return Event(
        slots=slots,
        morning=morning,
        tables=draw(st.sampled_from([0, load, load, load + 1])),
        meetings=found,
        forbidden=[draw(st.sets(st.sampled_from(everything))) - own for own in busy],
        fixed=[draw(st.sampled_from([0, 0, 0, 0, slot])) for slot in planted],
        earlier=[
            {
                n
                for n in draw(st.sets(st.integers(1, len(found)), max_size=1))
                if planted[n - 1] < slot and draw(st.booleans())
            }
            for slot in planted
        ],
        planted=planted,
    )


def read(text: str, spread: int | None = None) -> Problem:
    """What a file with this text asks."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "event.dzn"
        path.write_bytes(text.encode())
        return problem_of(path, spread)


def solved(event: Event, spread: int | None = None) -> tuple[Agenda, list[int | None]]:
    """The engine's agenda of the event's file, and the slot of each meeting in it."""
    agenda = solve(read(event.text(), spread), seconds=5)
    times = {meeting.request_id: int(meeting.slot_id) for meeting in agenda.placed}
    return agenda, [times.get(f"m{n}") for n in range(1, len(event.meetings) + 1)]


@settings(max_examples=60, deadline=None)
@given(events())
def test_every_line_of_a_file_is_held_by_every_rule(event: Event) -> None:
    agenda, held = solved(event)
    assert event.faults(held) == []
    slots = [slot for slot in held if slot is not None]
    assert agenda.holes == sum(event.holes(slots)) >= agenda.holes_bound
    assert agenda.holes <= sum(event.holes(event.planted)) or not agenda.holes_proved


@settings(max_examples=25, deadline=None)
@given(events(), st.integers(0, 2))
def test_a_file_is_solved_within_the_difference_that_is_asked(event: Event, more: int) -> None:
    known = event.holes(event.planted)
    allowed = max(known) - min(known) + more
    agenda, held = solved(event, allowed)
    assert event.faults(held) == []
    found = event.holes([slot for slot in held if slot is not None])
    assert agenda.spread == max(found) - min(found) <= allowed


@settings(max_examples=40, deadline=None)
@given(events(people=4, slots=4, meetings=5), st.none() | st.integers(0, 1))
def test_what_is_proved_of_a_file_is_what_trying_everything_finds(event: Event, spread: int | None) -> None:
    agenda, held = solved(event, spread)
    fewest = agendas(event)
    fair = [sum(holes) for holes in fewest if spread is None or max(holes) - min(holes) <= spread]
    if fair:
        assert event.faults(held) == []
        assert (agenda.holes, agenda.holes_bound, agenda.holes_proved) == (min(fair), min(fair), True)
    else:
        assert None in held


def agendas(event: Event) -> list[list[int]]:
    """The holes of each participant in every agenda that there is."""
    return [
        event.holes(list(slots))
        for slots in product(range(1, event.slots + 1), repeat=len(event.meetings))
        if not event.faults(list(slots))
    ]


@settings(max_examples=40, deadline=None)
@given(events(people=4, slots=5, meetings=5))
def test_holes_asked_for_one_by_one_are_the_fewest(event: Event) -> None:
    run = Run(case_of(read(event.text())), 10, threading.Event(), lambda _: None)
    all_held(run, 1, 5)
    climb(run, 1)
    assert run.all_held
    assert sum(run.case.holes(run.best)) == min(map(sum, agendas(event)))


def test_a_file_may_be_written_in_other_ways() -> None:
    plain = Event(4, 2, 2, [(1, 2, 3), (2, 3, 1)], [set(), {2, 3}, set()], [0, 0], [set(), set()], [])
    other = """% an event = a file
        nBusiness=3;nTotalSlots = 4 ;/* nTables = 9; */ nMorningSlots\r\n= 2; nTables = 2; nMeetings = 2;
        requested = array2d(1..2, 1..3, [1,2,3,
            2,3,1,]); forbidden = [{}, 2..3, {0,}]"""
    assert read(plain.text()) == read(other) == read(other.replace("\n", "\r\n"))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("demanades", "x", "does not say requested"),
        ("nReunions = 2", "nReunions = 3", "not 3 for each"),
        ("1, 2, 3", "1, 9, 3", r"meeting 1 is \(1, 9, 3\)"),
        ("prohibides = [{}, ", "prohibides = [", "3 participants, 2 in forbidden"),
        ("fixat = [0, 0]", "fixat = [2, 0]", "m1 is fixed to slot 2, which is forbidden"),
        ("fixat = [0, 0]", "fixat = [0]", "1 in fixed"),
    ],
)
def test_a_file_that_contradicts_itself_is_named(old: str, new: str, told: str) -> None:
    plain = Event(4, 2, 2, [(1, 2, 3), (2, 3, 1)], [set(), {2, 3}, set()], [0, 0], [set(), set()], [])
    assert old in plain.text()
    with pytest.raises(BadFile, match=told):
        read(plain.text().replace(old, new))
