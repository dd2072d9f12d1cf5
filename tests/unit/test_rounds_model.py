"""The rules of rounds: slots through changes of clocks, statuses, requests, and what is expected."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.rounds.model.meetings import Meeting, Side
from services.rounds.model.outcomes import ExpectedDeal, NextStep, Outcome, reconciled
from services.rounds.model.plan import Break, Day, RoundPlan, slots_of
from services.rounds.model.rounds import Round, planned
from services.rounds.model.rules import Rules
from shared.errors import Conflict, DomainError, Forbidden, Invalid
from shared.money import Money

NOW = datetime(2027, 1, 15, 15, 0, tzinfo=UTC)


def a_day(on: date, starts: str = "08:00", ends: str = "12:00", minutes: int = 30, *breaks: str) -> Day:
    pauses = [pause.split("-") for pause in breaks]
    return Day(
        on=on,
        starts=time.fromisoformat(starts),
        ends=time.fromisoformat(ends),
        slot_minutes=minutes,
        breaks=tuple(Break(starts=time.fromisoformat(a), ends=time.fromisoformat(b)) for a, b in pauses),
    )


def a_plan(*days: Day, zone: str = "America/Bogota", **changes: Any) -> RoundPlan:
    fields = {"name": "Rueda", "sector": "Alimentos", "modality": "in_person", "tables": 5, **changes}
    return RoundPlan(time_zone=zone, days=days or (a_day(date(2027, 3, 9)),), **fields)


def a_round() -> Round:
    return planned(a_plan(), "r", "o", NOW)


def a_meeting(**changes: Any) -> Meeting:
    start = datetime(2027, 3, 9, 13, 0, tzinfo=UTC)
    fields: dict[str, Any] = {
        "id": "m", "version": 1, "round_id": "r", "request_id": "q", "slot_id": "s",
        "on": date(2027, 3, 9), "starts_at": start, "ends_at": start + timedelta(minutes=30),
        "time_zone": "America/Bogota", "company_ids": ("b", "s"), "table": 1, "room_url": None,
        "buyer": Side(company_id="b", company_name="B", delegate_id="d1", delegate_name="Ana"),
        "supplier": Side(company_id="s", company_name="S", delegate_id="d2", delegate_name="Luz"),
        "status": "scheduled", "pinned": False, "present": {}, "held": False, "outcomes": {},
        "expected": None, "created_at": NOW,
    }  # fmt: skip
    return Meeting(**{**fields, **changes})


def an_outcome(amount: int, probability: int = 50, currency: str = "COP", interest: str = "high") -> Outcome:
    value = Money(amount, currency)
    return Outcome(
        interest=interest, expected=ExpectedDeal(value=value, probability=probability, horizon_months=6)
    )


def codes(error: DomainError) -> set[tuple[str, str | None]]:
    return {(fault.code, fault.field) for fault in error.faults}


def test_a_day_is_cut_into_slots_around_its_breaks() -> None:
    slots = slots_of(a_plan(a_day(date(2027, 3, 9), "08:00", "10:00", 30, "08:45-09:00")), NOW)
    bogota = ZoneInfo("America/Bogota")
    starts = [slot.starts_at.astimezone(bogota).strftime("%H:%M") for slot in slots]
    assert starts == ["08:00", "09:00", "09:30"]
    assert [slot.slot_id for slot in slots] == ["20270309T1300Z", "20270309T1400Z", "20270309T1430Z"]


@pytest.mark.parametrize(
    ("on", "hours"), [(date(2027, 3, 14), 3), (date(2027, 11, 7), 5), (date(2027, 5, 1), 4)]
)
def test_a_day_on_which_clocks_change_has_the_slots_it_has_time_for(on: date, hours: int) -> None:
    plan = a_plan(a_day(on, "00:00", "04:00", 60), zone="America/New_York")
    slots = slots_of(plan, NOW)
    assert len(slots) == hours
    assert {slot.ends_at - slot.starts_at for slot in slots} == {timedelta(hours=1)}
    assert len({slot.slot_id for slot in slots}) == hours


def test_local_hours_stay_the_same_when_clocks_change_between_two_days() -> None:
    days = [a_day(date(2027, 3, day), "09:00", "10:00", 60) for day in (13, 14)]
    first, second = slots_of(a_plan(*days, zone="America/New_York"), NOW)
    assert (first.starts_at.hour, second.starts_at.hour) == (14, 13)


def test_an_hour_that_clocks_skip_is_refused() -> None:
    with pytest.raises(Invalid) as caught:
        slots_of(a_plan(a_day(date(2027, 3, 14), "02:30", "06:00"), zone="America/New_York"), NOW)
    assert codes(caught.value) == {("no_such_local_time", "days.0.starts")}


def test_all_faults_of_a_calendar_are_named_at_once() -> None:
    days = [
        a_day(date(2027, 3, 9), "12:00", "08:00"),
        a_day(date(2027, 3, 9), "08:00", "12:00", 30, "07:00-09:00"),
    ]
    with pytest.raises(Invalid) as caught:
        slots_of(a_plan(*days), NOW)
    assert codes(caught.value) == {
        ("ends_before_it_starts", "days.0.ends"),
        ("days_out_of_order", "days.1.on"),
        ("break_outside_the_day", "days.1.breaks.0"),
    }


def test_a_day_shorter_than_a_meeting_is_refused() -> None:
    with pytest.raises(Invalid) as caught:
        slots_of(a_plan(a_day(date(2027, 3, 9), "08:00", "08:20")), NOW)
    assert codes(caught.value) == {("no_slot_fits", "days.0.slot_minutes")}


def test_a_round_may_have_begun_today_but_not_be_over() -> None:
    bogota_evening = datetime(2027, 3, 10, 4, 0, tzinfo=UTC)
    assert slots_of(a_plan(), bogota_evening)
    with pytest.raises(Invalid) as caught:
        slots_of(a_plan(), bogota_evening + timedelta(hours=1))
    assert codes(caught.value) == {("round_in_the_past", "days")}


@given(
    zone=st.sampled_from(["America/Bogota", "America/Santiago", "Europe/Madrid", "Australia/Lord_Howe"]),
    on=st.dates(date(2027, 2, 1), date(2028, 12, 31)),
    starts=st.integers(0, 20),
    hours=st.integers(1, 3),
    minutes=st.integers(5, 60),
)
def test_slots_never_overlap_and_stay_within_their_day(
    zone: str, on: date, starts: int, hours: int, minutes: int
) -> None:
    day = a_day(on, f"{starts:02}:00", f"{starts + hours:02}:00", minutes)
    try:
        slots = slots_of(a_plan(day, zone=zone), NOW)
    except Invalid:
        return  # An hour that clocks skip, or a meeting longer than the day.
    for slot in slots:
        local = slot.starts_at.astimezone(ZoneInfo(zone))
        assert (local.date(), slot.on) == (on, on)
        assert starts <= local.hour < starts + hours
        assert slot.ends_at - slot.starts_at == timedelta(minutes=minutes)
    for earlier, later in pairwise(slots):
        assert earlier.ends_at <= later.starts_at


@pytest.mark.parametrize(
    ("path", "good"),
    [
        (["announced", "registration_open", "requests_open", "agenda_draft", "published", "running", "closed",
          "followed_up"], True),
        (["registration_open", "requests_open", "agenda_draft", "published", "closed"], True),
        (["registration_open", "requests_open", "agenda_draft", "requests_open"], True),
        (["requests_open"], False),
        (["registration_open", "requests_open", "agenda_draft", "published", "requests_open"], False),
        (["registration_open", "requests_open", "agenda_draft", "running"], False),
    ],
)  # fmt: skip
def test_a_round_goes_its_way_in_order(path: list[str], good: bool) -> None:
    round_ = a_round()
    for status in path[:-1]:
        round_ = round_.moved_to(status, NOW)
    if good:
        assert round_.moved_to(path[-1], NOW).version == len(path) + 1
    else:
        with pytest.raises(Conflict):
            round_.moved_to(path[-1], NOW)


def test_a_wrong_step_is_refused_with_the_steps_that_are_right_in_words() -> None:
    with pytest.raises(Conflict) as caught:
        a_round().moved_to("closed", NOW)
    fault = caught.value.faults[0]
    assert fault.es == (
        "La rueda está en preparación y no puede quedar cerrada. Desde aquí puede quedar: anunciada o con"
        " inscripciones abiertas."
    )
    assert fault.en.endswith("From here it can be: announced or open for registration.")
    with pytest.raises(Conflict, match="this is done while it is with its agenda published or running"):
        a_round().must_be("published", "running")


def test_a_round_tells_when_it_came_to_each_status() -> None:
    later = NOW + timedelta(days=1)
    assert a_round().moved_to("announced", later).reached == {"draft": NOW, "announced": later}


def test_a_running_round_goes_on_running_under_a_new_agenda() -> None:
    round_ = a_round()
    for status in ("registration_open", "requests_open", "agenda_draft"):
        round_ = round_.moved_to(status, NOW)
    running = round_.with_published("a", NOW).moved_to("running", NOW).with_published("b", NOW)
    assert (running.status, running.published_agenda_id) == ("running", "b")


def test_deadlines_end_in_order_before_the_round_begins() -> None:
    starts_at = datetime(2027, 3, 9, 13, 0, tzinfo=UTC)
    late = Rules(registration_until=starts_at + timedelta(hours=1), requests_until=starts_at)
    with pytest.raises(Invalid) as caught:
        planned(a_plan(rules=late), "r", "o", NOW)
    assert codes(caught.value) == {
        ("after_the_round_begins", "rules.registration_until"),
        ("registration_ends_after_requests", "rules.registration_until"),
    }


def test_a_plan_is_fixed_once_registration_is_open() -> None:
    with pytest.raises(Conflict):
        a_round().moved_to("registration_open", NOW).replanned(a_plan(), NOW)


@pytest.mark.parametrize(
    ("buyer", "supplier", "expected"),
    [
        (an_outcome(300, 10), an_outcome(500, 90), an_outcome(300, 10)),
        (an_outcome(500, 90), an_outcome(300, 10), an_outcome(300, 10)),
        (an_outcome(300, 90), an_outcome(300, 10), an_outcome(300, 10)),
        (None, an_outcome(500, 90), an_outcome(500, 90)),
        (Outcome(interest="low"), an_outcome(500, 90), an_outcome(500, 90)),
        (an_outcome(900, 50, "USD"), an_outcome(500, 90), an_outcome(900, 50, "USD")),
        (an_outcome(300, interest="none"), an_outcome(500, 90), None),
        (None, None, None),
    ],
    ids=["the lower", "whichever side", "the less likely", "the only one", "the one with a figure",
         "the buyer's currency", "no interest", "nobody"],
)  # fmt: skip
def test_one_expected_deal_follows_from_what_both_said(
    buyer: Outcome | None, supplier: Outcome | None, expected: Outcome | None
) -> None:
    assert reconciled(buyer, supplier) == (expected.expected if expected else None)


def test_a_meeting_is_held_when_both_were_there() -> None:
    on_the_day = datetime(2027, 3, 9, 5, 0, tzinfo=UTC)
    one = a_meeting().with_attendance("b", True, on_the_day)
    both = one.with_attendance("s", True, on_the_day)
    corrected = both.with_attendance("b", False, on_the_day)
    assert [meeting.held for meeting in (one, both, corrected)] == [False, True, False]


def test_the_day_of_a_meeting_begins_at_local_midnight() -> None:
    midnight = datetime(2027, 3, 9, 5, 0, tzinfo=UTC)
    with pytest.raises(Conflict):
        a_meeting().with_attendance("b", True, midnight - timedelta(seconds=1))
    assert a_meeting().with_attendance("b", True, midnight).present == {"b": True}


@pytest.mark.parametrize(
    ("minutes", "is_open", "seconds_left"),
    [(-65, False, 3600), (-6, False, 60), (-5, True, 35 * 60), (0, True, 30 * 60), (29, True, 60)],
)
def test_the_address_of_a_room_is_told_only_around_its_meeting(
    minutes: int, is_open: bool, seconds_left: int
) -> None:
    meeting = a_meeting(room_url="https://meet.jit.si/x")
    room = meeting.room(meeting.starts_at + timedelta(minutes=minutes))
    assert (room.room_url, room.seconds_left) == ("https://meet.jit.si/x" if is_open else None, seconds_left)


@pytest.mark.parametrize("minutes", [30, 600])
def test_a_room_closes_when_its_meeting_is_over(minutes: int) -> None:
    meeting = a_meeting(room_url="https://meet.jit.si/x")
    with pytest.raises(Conflict, match="room_closed"):
        meeting.room(meeting.starts_at + timedelta(minutes=minutes))


def test_a_meeting_at_a_table_has_no_room() -> None:
    with pytest.raises(Conflict, match="no_room"):
        a_meeting().room(a_meeting().starts_at)


def test_a_meeting_that_was_held_is_not_cancelled() -> None:
    with pytest.raises(Conflict):
        a_meeting(held=True).cancelled("x")


def test_nobody_speaks_of_a_meeting_of_others() -> None:
    with pytest.raises(Forbidden):
        a_meeting().with_outcome("other", Outcome(interest="low"), NOW + timedelta(days=90))


def test_a_next_step_is_owned_by_one_of_the_two() -> None:
    step = NextStep(what="Enviar muestras", owner_company_id="other", due_on=date(2027, 4, 1))
    outcome = Outcome(interest="high", next_step=step)
    with pytest.raises(Invalid) as caught:
        a_meeting().with_outcome("b", outcome, NOW + timedelta(days=90))
    assert codes(caught.value) == {("owner_not_in_the_meeting", "next_step.owner_company_id")}
