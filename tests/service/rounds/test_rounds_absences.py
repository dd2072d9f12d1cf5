"""Several who come late or not at all: repaired together, with the fewest moves, told to those concerned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.service.rounds.conftest import a_plan, tell_story

if TYPE_CHECKING:
    from tests.service.rounds.conftest import Person, Rounds, Story


def publish(story: Story) -> None:
    draft = story.rounds.run_agenda(story.organizer, story.round_id)
    story.organizer.post(f"/agendas/{draft['agenda_id']}/publish")


def let_go(story: Story) -> None:
    """What was booked by hand may give way."""
    for meeting in story.organizer.get(f"/rounds/{story.round_id}/meetings")["items"]:
        story.organizer.post(f"/meetings/{meeting['meeting_id']}/lock", {"locked": False})


def registrations(story: Story, *people: Person) -> list[str]:
    rows = story.organizer.get(f"/rounds/{story.round_id}/registrations")["items"]
    ids = {row["company_id"]: row["registration_id"] for row in rows}
    return [ids[person.company_id] for person in people]


def absent(story: Story, *people: Person, until: str | None = None) -> Any:
    body = {"registration_ids": registrations(story, *people), "until": until}
    return story.organizer.post(f"/rounds/{story.round_id}/absences", body)


@pytest.fixture
def tight(rounds: Rounds) -> Story:
    """Three slots; a buyer meets suppliers 0, 1 and 2 in this order, another one stands aside."""
    day = {**a_plan()["days"][0], "ends": "15:30", "breaks": []}
    story = tell_story(rounds, 2, 3, a_plan(days=[day]))
    for supplier, slot_id in zip(story.suppliers, story.slot_ids, strict=True):
        story.agreed(story.buyers[0], supplier, slot_id)
    story.agreed(story.buyers[1], story.suppliers[2], story.slot_ids[0])
    publish(story)
    let_go(story)
    return story


def times(story: Story, person: Person) -> dict[str, int]:
    rows = person.get("/meetings")["items"]
    return {row["supplier"]["company_name"]: story.slot_ids.index(row["slot_id"]) for row in rows}


def test_two_who_come_late_change_places_with_those_who_are_there(tight: Story) -> None:
    late = tight.suppliers[:2]
    done = absent(tight, *late, until=tight.round["slots"][1]["starts_at"])
    assert done["cancelled"] == []
    after = times(tight, tight.buyers[0])
    # Supplier 0 can come second or third: of the three meetings two change places, and one stays.
    assert after["supplier 0"] > 0
    assert sorted(after.values()) == [0, 1, 2]
    assert len([m for m in done["moved"] if m["buyer"]["company_id"] == tight.buyers[0].company_id]) == 2
    # Supplier 2 is wanted in the first slot by the other buyer, too, who has to give way.
    told = {event.meeting_id for event in tight.rounds.told("rounds.meeting_moved")}
    assert told == {meeting["meeting_id"] for meeting in done["moved"]}
    assert len(told) == 3


def test_who_does_not_come_any_more_is_met_by_nobody_and_the_hours_are_offered(rounds: Rounds) -> None:
    story = tell_story(rounds, 1, 3, a_plan(days=[{**a_plan()["days"][0], "ends": "15:00", "breaks": []}]))
    for supplier, slot_id in zip(story.suppliers, [*story.slot_ids, None], strict=True):
        story.agreed(story.buyers[0], supplier, slot_id)
    publish(story)
    done = absent(story, *story.suppliers[:2])
    assert (done["moved"], len(done["cancelled"])) == ([], 2)
    assert {meeting["cancelled_because"] for meeting in done["cancelled"]} == {
        f"supplier {n} no está a esa hora y no hay otra que les sirva a los dos." for n in (0, 1)
    }
    guests = {offer["guest_id"] for offer in done["offered"]}
    assert guests == {story.suppliers[2].company_id}


def test_nobody_else_hears_of_an_absence(tight: Story) -> None:
    outbox = tight.rounds.store.db.outbox
    before = {row["_id"] for row in outbox.find()}
    absent(tight, tight.suppliers[1])
    told = [row["headers"]["ce_type"] for row in outbox.find({"_id": {"$nin": list(before)}})]
    assert told == ["rounds.meeting_cancelled"]


def test_only_the_organizer_says_who_is_absent_and_of_this_round_alone(tight: Story) -> None:
    path = f"/rounds/{tight.round_id}/absences"
    [own] = registrations(tight, tight.suppliers[0])
    assert tight.suppliers[0].send("POST", path, {"registration_ids": [own]}).status_code == 403
    there = tell_story(tight.rounds, 1, 1, a_plan())
    [foreign] = registrations(there, there.suppliers[0])
    body = {"registration_ids": [own, foreign]}
    assert tight.organizer.send("POST", path, body).status_code == 404
    assert times(tight, tight.buyers[0])["supplier 0"] == 0
