"""What stands in the way of a change by hand, and two versions side by side."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.rounds.agenda import Placed
from services.rounds.agenda import Slot as EngineSlot
from services.rounds.model.diary import Frame
from services.rounds.model.registrations import Delegate, Registration
from services.rounds.model.timetable import Clash, Pair, Shift, Timetable
from services.rounds.model.versions import compare

NOW = datetime(2027, 1, 15, 15, 0, tzinfo=UTC)
SLOTS = ["s1", "s2", "s3"]


def frame(tables: int | None = None, **fields: Any) -> Frame:
    """Three slots of one day, without a break."""
    return Frame(tuple(EngineSlot(name, "day") for name in SLOTS), tables, **fields)


def company(name: str, side: str, free: tuple[str, ...] | None = None, people: int = 1) -> Registration:
    delegates = tuple(Delegate(delegate_id=f"{name}{n}", name=name, free_slots=free) for n in range(people))
    return Registration(
        id=name, version=1, round_id="r", company_id=name, company_name=name, side=side,
        delegates=delegates, registered_by="x", registered_at=NOW,
    )  # fmt: skip


def a_timetable(tables: int | None = 2) -> tuple[Timetable, dict[str, Pair]]:
    """A meets X in s1 at table 1, B meets Y in s2 at table 1."""
    people = [company(n, "buyer") for n in "AB"] + [company(n, "supplier") for n in "XY"]
    table = 1 if tables else None
    places = [Placed("ax", "s1", "A0", "X0", table), Placed("by", "s2", "B0", "Y0", table)]
    pairs = {f"{b}{s}".lower(): Pair(f"{b}{s}".lower(), b, s) for b in "AB" for s in "XY"}
    return Timetable(people, frame(tables), places), pairs


def codes(found: Placed | list[Clash]) -> list[str]:
    assert not isinstance(found, Placed)
    return [clash.code for clash in found]


def test_a_meeting_goes_to_a_free_slot_and_keeps_its_table() -> None:
    timetable, pairs = a_timetable()
    placed, clashes = timetable.rearrange([Shift("ax", "s3")], pairs)
    assert (placed, clashes) == ([Placed("ax", "s3", "A0", "X0", 1)], [])


def test_who_is_busy_is_named_with_the_meeting_that_is_in_the_way() -> None:
    timetable, pairs = a_timetable()
    _, clashes = timetable.rearrange([Shift("ay", "s1")], pairs)
    assert clashes == [Clash("busy", "ay", "s1", "A", "ax")]


def test_a_table_is_named_with_the_meeting_that_has_it() -> None:
    timetable, pairs = a_timetable()
    _, clashes = timetable.rearrange([Shift("ax", "s2", 1)], pairs)
    assert clashes == [Clash("table_taken", "ax", "s2", None, "by")]
    _, clashes = a_timetable(tables=1)[0].rearrange([Shift("ax", "s2")], pairs)
    assert [clash.code for clash in clashes] == ["tables_taken"]
    assert codes(timetable.fit(pairs["ay"], Shift("ay", "s3", 9))) == ["unknown_table"]


def test_two_meetings_change_places_though_each_is_in_the_others_way() -> None:
    timetable, pairs = a_timetable(tables=1)
    placed, clashes = timetable.rearrange([Shift("ax", "s2", 1), Shift("by", "s1", 1)], pairs)
    assert ([(p.request_id, p.slot_id) for p in placed], clashes) == ([("ax", "s2"), ("by", "s1")], [])


def test_who_did_not_say_to_be_free_is_named() -> None:
    timetable = Timetable([company("A", "buyer", ("s1",)), company("X", "supplier", ())], frame(), [])
    found = timetable.fit(Pair("ax", "A", "X"), Shift("ax", "s2"))
    assert codes(found) == ["never_free", "never_free"]


def test_a_colleague_goes_where_the_usual_delegate_is_taken() -> None:
    people = [company("A", "buyer", people=2), company("X", "supplier"), company("Y", "supplier")]
    timetable = Timetable(people, frame(), [Placed("ax", "s1", "A0", "X0", None)])
    found = timetable.fit(Pair("ay", "A", "Y"), Shift("ay", "s1"))
    assert isinstance(found, Placed)
    assert found.buyer_delegate_id == "A1"


_shifts = st.lists(
    st.builds(
        Shift,
        st.sampled_from(["ax", "ay", "bx", "by"]),
        st.sampled_from(SLOTS),
        st.none() | st.integers(0, 3),
    ),
    unique_by=lambda shift: shift.request_id,
)


@given(_shifts, st.none() | st.integers(1, 2))
def test_no_change_puts_anybody_or_a_table_into_two_meetings(shifts: list[Shift], tables: int | None) -> None:
    timetable, pairs = a_timetable(tables)
    before = set(timetable.placed)
    placed, clashes = timetable.rearrange(shifts, pairs)
    people = Counter(
        (delegate, place.slot_id)
        for place in timetable.placed.values()
        for delegate in (place.buyer_delegate_id, place.supplier_delegate_id)
    )
    seats = Counter((p.slot_id, p.table) for p in timetable.placed.values() if p.table is not None)
    assert set(people.values()) | set(seats.values()) <= {1}
    assert {p.request_id for p in placed} | {c.request_id for c in clashes} == {s.request_id for s in shifts}
    assert set(timetable.placed) >= before - {shift.request_id for shift in shifts}


_places = st.lists(
    st.builds(
        Placed, st.sampled_from("abcdef"), st.sampled_from(SLOTS), st.just("x"), st.just("y"), st.none()
    ),
    unique_by=lambda place: place.request_id,
)


@given(_places, _places)
def test_a_comparison_leads_from_one_version_to_the_other(before: list[Placed], after: list[Placed]) -> None:
    found = compare(before, after)
    reached = {p.request_id: p for p in before}
    for place in found.gone:
        del reached[place.request_id]
    reached |= {p.request_id: p for p in found.new}
    for was, is_ in found.moved:
        assert reached[was.request_id] == was
        assert was != is_
        reached[is_.request_id] = is_
    assert reached == {p.request_id: p for p in after}
    assert found.kept == len(after) - len(found.new) - len(found.moved)
