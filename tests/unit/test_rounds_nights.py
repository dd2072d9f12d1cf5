"""Days that go past midnight, also on nights on which clocks change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from services.rounds.model.plan import Day, slots_of
from shared.errors import Invalid
from tests.unit.test_rounds_model import NOW, a_day, a_plan, codes


@dataclass(frozen=True)
class Night:
    """A night in a zone, and how many hours it has from 22:00 to 04:00."""

    on: date
    zone: str
    hours: int


def a_night(on: date, starts: str = "22:00", ends: str = "04:00", *breaks: str) -> Day:
    return replace(a_day(on, starts, ends, 60, *breaks), past_midnight=True)


@pytest.mark.parametrize(
    "night",
    [
        Night(date(2027, 3, 9), "America/Bogota", 6),
        Night(date(2027, 3, 13), "America/New_York", 5),
        Night(date(2027, 11, 6), "America/New_York", 7),
    ],
)
def test_a_night_has_the_slots_it_has_time_for(night: Night) -> None:
    slots = slots_of(a_plan(a_night(night.on), zone=night.zone), NOW)
    assert len(slots) == night.hours
    assert {slot.on for slot in slots} == {night.on}
    local = [slot.starts_at.astimezone(ZoneInfo(night.zone)) for slot in slots]
    assert (local[0].hour, local[-1].hour) == (22, 3)


def test_a_break_may_lie_on_either_side_of_midnight() -> None:
    breaks = ("23:00-00:00", "01:00-02:00")
    slots = slots_of(a_plan(a_night(date(2027, 3, 9), "22:00", "04:00", *breaks)), NOW)
    bogota = ZoneInfo("America/Bogota")
    assert [slot.starts_at.astimezone(bogota).hour for slot in slots] == [22, 0, 2, 3]


def test_a_day_that_ends_before_it_starts_does_not_go_past_midnight_by_itself() -> None:
    with pytest.raises(Invalid) as caught:
        slots_of(a_plan(a_day(date(2027, 3, 9), "22:00", "02:00", 60)), NOW)
    assert codes(caught.value) == {("ends_before_it_starts", "days.0.ends")}


def test_a_night_does_not_run_into_the_next_day() -> None:
    days = [a_night(date(2027, 3, 9)), a_day(date(2027, 3, 10), "03:00", "09:00", 60)]
    with pytest.raises(Invalid) as caught:
        slots_of(a_plan(*days), NOW)
    assert codes(caught.value) == {("days_overlap", "days.1.starts")}


def test_a_break_outside_the_night_is_refused() -> None:
    with pytest.raises(Invalid) as caught:
        slots_of(a_plan(a_night(date(2027, 3, 9), "22:00", "04:00", "12:00-13:00")), NOW)
    assert codes(caught.value) == {("break_outside_the_day", "days.0.breaks.0")}
