"""Rounds in any zone: over the change of clocks, over midnight, and with people who are elsewhere."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from tests.service.rounds.conftest import a_plan, tell_story

if TYPE_CHECKING:
    from tests.service.rounds.conftest import Rounds, Story

NEW_YORK = "America/New_York"


def change_of_clocks(zone: str, hours: int) -> date:
    """The next day, from next week on, that is so many hours long in a zone."""
    on = datetime.now(UTC).date() + timedelta(days=7)
    while True:
        begin, end = (
            datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
            for day in (on, on + timedelta(days=1))
        )
        if end - begin == timedelta(hours=hours):
            return on
        on += timedelta(days=1)


def a_round(rounds: Rounds, zone: str, *days: dict[str, Any]) -> Story:
    plan = a_plan(time_zone=zone, days=[{"slot_minutes": 60, **day} for day in days])
    return tell_story(rounds, 1, 6, plan)


def publish(story: Story) -> Any:
    for supplier in story.suppliers:
        story.agreed(story.buyers[0], supplier)
    draft = story.rounds.run_agenda(story.organizer, story.round_id)
    story.organizer.post(f"/agendas/{draft['agenda_id']}/publish")
    return draft


def table(story: Story) -> list[list[str]]:
    """The agenda as the organizer downloads it."""
    text = story.organizer.send("GET", f"/rounds/{story.round_id}/agenda.csv").text
    return list(csv.reader(text.splitlines()))


@pytest.mark.parametrize(("hours", "slots"), [(23, 3), (25, 5)])
def test_a_night_in_which_clocks_change_has_as_many_meetings_as_hours(
    rounds: Rounds, hours: int, slots: int
) -> None:
    on = change_of_clocks(NEW_YORK, hours).isoformat()
    story = a_round(rounds, NEW_YORK, {"on": on, "starts": "00:00", "ends": "04:00"})
    starts = [datetime.fromisoformat(slot["starts_at"]) for slot in story.round["slots"]]
    assert len(starts) == slots
    assert {later - earlier for earlier, later in pairwise(starts)} == {timedelta(hours=1)}
    assert len(publish(story)["placed"]) == min(slots, 6)
    held = sorted(m["starts_at"] for m in story.buyers[0].get("/meetings")["items"])
    assert [datetime.fromisoformat(at) for at in held] == starts


def test_days_on_either_side_of_a_change_of_clocks_keep_their_local_hours(rounds: Rounds) -> None:
    on = change_of_clocks(NEW_YORK, 25)
    day = {"starts": "09:00", "ends": "12:00"}
    days = [{**day, "on": (on + timedelta(days=n)).isoformat()} for n in (-1, 1)]
    story = a_round(rounds, NEW_YORK, *days)
    publish(story)
    rows = table(story)
    assert [row[1] for row in rows[1:]] == ["09:00", "10:00", "11:00"] * 2
    hours = {datetime.fromisoformat(slot["starts_at"]).hour for slot in story.round["slots"]}
    assert len(hours) == 4  # 13 to 15 UTC before, 14 to 16 UTC after.


def test_an_hour_that_clocks_skip_is_refused_with_its_field(rounds: Rounds) -> None:
    on = change_of_clocks(NEW_YORK, 23).isoformat()
    day = {"on": on, "starts": "02:30", "ends": "06:00", "slot_minutes": 30}
    answer = rounds.person("organizer").send("POST", "/rounds", a_plan(time_zone=NEW_YORK, days=[day]))
    assert (answer.status_code, answer.json["code"]) == (422, "no_such_local_time")
    assert answer.json["field"] == "days.0.starts"


def test_a_round_over_midnight_is_one_day(rounds: Rounds) -> None:
    on = (datetime.now(UTC).date() + timedelta(days=7)).isoformat()
    night = {"on": on, "starts": "21:00", "ends": "03:00", "past_midnight": True}
    story = a_round(rounds, "America/Bogota", night)
    draft = publish(story)
    assert (len(draft["placed"]), draft["holes"]) == (6, 0)
    assert {meeting["on"] for meeting in story.buyers[0].get("/meetings")["items"]} == {on}
    rows = table(story)
    dates = {row[1]: row[0] for row in rows[1:]}
    morrow = (date.fromisoformat(on) + timedelta(days=1)).isoformat()
    assert [dates[hour] for hour in ("21:00", "23:00", "00:00", "02:00")] == [on, on, morrow, morrow]


def test_a_limit_for_a_day_counts_a_night_as_one(rounds: Rounds) -> None:
    on = (datetime.now(UTC).date() + timedelta(days=7)).isoformat()
    night = {"on": on, "starts": "21:00", "ends": "03:00", "past_midnight": True, "slot_minutes": 60}
    story = tell_story(rounds, 1, 6, a_plan(days=[night], agenda={"buyers": {"most_a_day": 4}}))
    assert len(publish(story)["placed"]) == 4


def test_who_is_elsewhere_reads_the_same_moment_in_a_calendar(rounds: Rounds) -> None:
    on = (datetime.now(UTC).date() + timedelta(days=7)).isoformat()
    story = a_round(rounds, "Asia/Kolkata", {"on": on, "starts": "10:00", "ends": "16:00"})
    publish(story)
    address = story.suppliers[0].post("/feed")["address"]
    path = address.removeprefix(rounds.config.portal_url)
    calendar = Calendar.from_ical(rounds.app.test_client().get(path).data)
    [event] = calendar.walk("VEVENT")
    meeting = story.suppliers[0].get("/meetings")["items"][0]
    assert event["DTSTART"].dt == datetime.fromisoformat(meeting["starts_at"])
    assert event["DTSTART"].dt.utcoffset() == timedelta(0)
    assert meeting["time_zone"] == "Asia/Kolkata"


@pytest.mark.parametrize(
    ("day", "code"),
    [
        ({"starts": "08:00", "ends": "08:20", "slot_minutes": 30}, "no_slot_fits"),
        ({"starts": "08:00", "ends": "10:00", "slot_minutes": 240}, "no_slot_fits"),
        ({"starts": "10:00", "ends": "08:00", "slot_minutes": 30}, "ends_before_it_starts"),
    ],
)
def test_a_slot_length_that_does_not_fit_is_refused_with_what_to_do(
    rounds: Rounds, day: dict[str, Any], code: str
) -> None:
    on = (datetime.now(UTC).date() + timedelta(days=7)).isoformat()
    answer = rounds.person("organizer").send("POST", "/rounds", a_plan(days=[{"on": on, **day}]))
    assert (answer.status_code, answer.json["code"]) == (422, code)
    assert answer.json["field"].startswith("days.0.")


def test_what_is_left_of_a_day_after_the_last_whole_slot_is_not_used(rounds: Rounds) -> None:
    on = (datetime.now(UTC).date() + timedelta(days=7)).isoformat()
    story = a_round(rounds, "America/Bogota", {"on": on, "starts": "08:00", "ends": "10:50"})
    assert len(story.slot_ids) == 2
