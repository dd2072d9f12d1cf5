"""Repairs keep everybody in one place at a time and move as few meetings as can be."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from services.rounds.agenda import Placed
from services.rounds.model.repair import Repair
from services.rounds.model.timetable import Pair, Timetable
from tests.unit.test_rounds_timetable import company, frame

SLOTS = ["s1", "s2", "s3"]


def a_repair(places: list[Placed], displaced: list[Placed], tables: int | None = None) -> Repair:
    """Companies A, B (buyers) and X, Y, Z (suppliers), all free in all slots, one delegate each."""
    people = [company(n, "buyer") for n in "AB"] + [company(n, "supplier") for n in "XYZ"]
    pairs = {f"{b}{s}": Pair(f"{b}{s}", b, s) for b, s in product("AB", "XYZ")}
    timetable = Timetable(people, frame(tables), [p for p in places if p not in displaced])
    return Repair(timetable, pairs, SLOTS, frozenset(pairs))


def at(request_id: str, slot_id: str, table: int | None = None) -> Placed:
    return Placed(request_id, slot_id, f"{request_id[0]}0", f"{request_id[1]}0", table)


def test_a_displaced_meeting_goes_to_the_nearest_free_slot() -> None:
    moved, lost = a_repair([at("AX", "s1")], [at("AX", "s1")]).put_back([at("AX", "s1")])
    assert (moved, lost) == ([], [])
    repair = a_repair([at("AY", "s1"), at("AX", "s2")], [at("AX", "s2")])
    repair.timetable.put(at("BX", "s2"))
    moved, lost = repair.put_back([at("AX", "s2")])
    assert (moved, lost) == ([at("AX", "s3")], [])


def test_one_other_meeting_gives_way_where_no_slot_is_free() -> None:
    # X can only come in s1, where A meets Y; Y has time in s3, and A too.
    people = [company("A", "buyer"), company("X", "supplier", ("s1",)), company("Y", "supplier")]
    pairs = {"AX": Pair("AX", "A", "X"), "AY": Pair("AY", "A", "Y")}
    timetable = Timetable(people, frame(), [at("AY", "s1")])
    moved, lost = Repair(timetable, pairs, SLOTS, frozenset(pairs)).put_back([at("AX", "s0")])
    assert ({p.request_id: p.slot_id for p in moved}, lost) == ({"AX": "s1", "AY": "s2"}, [])


def test_a_locked_meeting_does_not_give_way() -> None:
    people = [company("A", "buyer"), company("X", "supplier", ("s1",)), company("Y", "supplier")]
    pairs = {"AX": Pair("AX", "A", "X"), "AY": Pair("AY", "A", "Y")}
    timetable = Timetable(people, frame(), [at("AY", "s1")])
    moved, lost = Repair(timetable, pairs, SLOTS, frozenset()).put_back([at("AX", "s0")])
    assert (moved, lost) == ([], [at("AX", "s0")])
    assert timetable.placed == {"AY": at("AY", "s1")}


@st.composite
def agendas(draw: st.DrawFn) -> list[Placed]:
    """Any agenda without a person in two places, of up to six meetings."""
    taken: set[tuple[str, str]] = set()
    places = []
    for b, s in product("AB", "XYZ"):
        slot_id = draw(st.none() | st.sampled_from(SLOTS))
        seats = {(b, slot_id), (s, slot_id)}
        if slot_id is not None and not seats & taken:
            taken |= seats
            places.append(at(f"{b}{s}", slot_id))
    return places


@settings(deadline=None)
@given(agendas(), st.data())
def test_a_repair_loses_nothing_else_and_puts_nobody_into_two_meetings(
    places: list[Placed], data: st.DataObject
) -> None:
    displaced = data.draw(st.lists(st.sampled_from(places), unique=True, max_size=3)) if places else []
    repair = a_repair(places, displaced)
    moved, lost = repair.put_back(displaced)
    after = repair.timetable.placed
    seats = Counter(
        (person, p.slot_id)
        for p in after.values()
        for person in (p.buyer_delegate_id, p.supplier_delegate_id)
    )
    assert set(seats.values()) <= {1}
    assert set(after) | {p.request_id for p in lost} == {p.request_id for p in places}
    assert not set(after) & {p.request_id for p in lost}
    before = {p.request_id: p for p in places}
    assert {p.request_id for p in moved} == {n for n, p in after.items() if before[n] != p}


@settings(deadline=None)
@given(agendas(), st.data())
def test_no_other_meeting_is_touched_for_one_that_has_a_free_slot(
    places: list[Placed], data: st.DataObject
) -> None:
    if not places:
        return
    place = data.draw(st.sampled_from(places))
    repair = a_repair(places, [place])
    moved, lost = repair.put_back([place])
    assert lost == []  # Its own slot is free, if no other.
    assert moved == []


@st.composite
def accidents(draw: st.DrawFn) -> tuple[Repair, list[Placed], list[Placed]]:
    """An agenda, with people who are not always free, and the meetings of one or two who come late."""
    places = draw(agendas())
    tables = draw(st.none() | st.integers(max(Counter(p.slot_id for p in places).values(), default=1), 3))
    if tables is not None:
        seated = Counter[str]()
        for n, place in enumerate(places):
            seated[place.slot_id] += 1
            places[n] = replace(place, table=seated[place.slot_id])
    late = draw(st.lists(st.sampled_from("AXYZ"), unique=True, min_size=1, max_size=2))
    people, displaced = [], []
    for name in "ABXYZ":
        met = {p.slot_id for p in places if name in p.request_id}
        free = met | draw(st.sets(st.sampled_from(SLOTS)))
        if name in late:
            free -= {"s1"}
        side = "buyer" if name in "AB" else "supplier"
        people.append(company(name, side, tuple(sorted(free))))
    displaced = [p for p in places if p.slot_id == "s1" and set(late) & set(p.request_id)]
    pairs = {f"{b}{s}": Pair(f"{b}{s}", b, s) for b, s in product("AB", "XYZ")}
    timetable = Timetable(people, frame(tables), [p for p in places if p not in displaced])
    repair = Repair(timetable, pairs, SLOTS, frozenset(pairs))
    if tables is None and draw(st.booleans()):
        # Two others have met through people whom their companies name no more.
        timetable.companies |= {"C": company("C", "buyer"), "W": company("W", "supplier")}
        timetable.put(Placed("CW", "s1", "C9", "W9", None))
        pairs["CW"] = Pair("CW", "C", "W")
    return repair, places, displaced


def least(repair: Repair, places: list[Placed], displaced: list[Placed]) -> tuple[int, int]:
    """The fewest left out and, with these, the fewest others moved, by trying every slot for every one."""
    free = {c: r.delegates[0] for c, r in repair.timetable.companies.items()}
    tables = repair.timetable.frame.tables
    best = (len(displaced) + 1, 0)
    options = [[*SLOTS, None] if place in displaced else SLOTS for place in places]
    for slots in product(*options):
        held = [(p.request_id, s) for p, s in zip(places, slots, strict=True) if s is not None]
        seats = [(who, s) for name, s in held for who in name]
        load = Counter(s for _, s in held)
        fits = len(set(seats)) == len(seats) and all(free[who].is_free(s) for who, s in seats)
        if fits and all(tables is None or load[s] <= tables for s in load):
            moved = sum(s != p.slot_id for p, s in zip(places, slots, strict=True) if p not in displaced)
            best = min(best, (len(places) - len(held), moved))
    return best


@settings(deadline=None, max_examples=60)
@given(accidents())
def test_a_repair_of_several_absences_leaves_out_and_moves_as_few_as_can_be(
    accident: tuple[Repair, list[Placed], list[Placed]],
) -> None:
    repair, places, displaced = accident
    fewest = least(repair, places, displaced)
    moved, lost = repair.put_back(displaced)
    others = [place for place in moved if place.request_id not in {p.request_id for p in displaced}]
    assert (len(lost), len(others)) == fewest
