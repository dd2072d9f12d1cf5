"""While a round is running: late arrivals, no-shows, disputes, and free hours that find somebody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from services.rounds.usecases.offers import expire_offers
from tests.service.rounds.conftest import a_plan, a_plan_today, tell_story

if TYPE_CHECKING:
    from tests.service.rounds.conftest import Person, Rounds, Story


def publish(story: Story) -> None:
    draft = story.rounds.run_agenda(story.organizer, story.round_id)
    story.organizer.post(f"/agendas/{draft['agenda_id']}/publish")


@pytest.fixture
def full(rounds: Rounds) -> Story:
    """A buyer with two slots who meets suppliers 0 and 1, while suppliers 2 and 3 stand by."""
    day = {**a_plan()["days"][0], "ends": "15:00", "breaks": []}
    story = tell_story(rounds, 1, 4, a_plan(days=[day]))
    for number, supplier in enumerate(story.suppliers):
        story.agreed(story.buyers[0], supplier, story.slot_ids[number] if number < 2 else None)
    publish(story)
    return story


def registration(story: Story, person: Person) -> str:
    return str(person.get(f"/rounds/{story.round_id}/registrations")["items"][0]["registration_id"])


def leave(story: Story, person: Person) -> None:
    person.post(f"/registrations/{registration(story, person)}/withdraw", {"reason": "Enfermedad"})


def offers_to(person: Person, story: Story) -> list[Any]:
    items: list[Any] = person.get(f"/rounds/{story.round_id}/offers")["items"]
    return items


def test_the_hour_of_who_drops_out_is_offered_to_one_who_wants_it(full: Story) -> None:
    leave(full, full.suppliers[0])
    [told] = full.rounds.told("rounds.slot_offered")
    guest = next(s for s in full.suppliers if s.company_id == told.guest_id)
    assert guest in full.suppliers[2:]
    [offer] = offers_to(guest, full)
    taken = guest.post(f"/offers/{offer['offer_id']}/take")
    assert (taken["meeting"]["slot_id"], taken["offer"]["status"]) == (full.slot_ids[0], "taken")
    assert [m["slot_id"] for m in full.buyers[0].get("/meetings")["items"]] == full.slot_ids


def test_an_hour_that_nobody_takes_goes_to_the_next_and_to_nobody_twice(full: Story) -> None:
    leave(full, full.suppliers[0])
    [first] = full.rounds.told("rounds.slot_offered")
    guest = next(s for s in full.suppliers if s.company_id == first.guest_id)
    guest.post(f"/offers/{first.offer_id}/decline")
    told = full.rounds.told("rounds.slot_offered")
    assert {event.guest_id for event in told} == {s.company_id for s in full.suppliers[2:]}
    expire_offers(full.rounds.store, datetime.now(UTC) + timedelta(minutes=11))
    assert len(full.rounds.told("rounds.slot_offered")) == 2
    late = next(event for event in told if event.guest_id != first.guest_id)
    other = next(s for s in full.suppliers if s.company_id == late.guest_id)
    answer = other.send("POST", f"/offers/{late.offer_id}/take")
    assert (answer.status_code, answer.json["code"]) == (409, "offer_over")


def test_an_offer_is_for_its_guest_alone(full: Story) -> None:
    leave(full, full.suppliers[0])
    [told] = full.rounds.told("rounds.slot_offered")
    stranger = next(s for s in full.suppliers[1:] if s.company_id != told.guest_id)
    assert stranger.send("POST", f"/offers/{told.offer_id}/take").status_code == 403
    assert offers_to(stranger, full) == []


def test_only_those_concerned_hear_of_a_drop_out(full: Story) -> None:
    outbox = full.rounds.store.db.outbox
    before = {row["_id"] for row in outbox.find()}
    leave(full, full.suppliers[0])
    told = sorted(row["headers"]["ce_type"] for row in outbox.find({"_id": {"$nin": list(before)}}))
    assert told == ["rounds.meeting_cancelled", "rounds.registration_withdrawn", "rounds.slot_offered"]


def test_who_comes_late_meets_later_with_one_move_each(rounds: Rounds) -> None:
    story = tell_story(rounds, 1, 2, a_plan())
    for supplier, slot_id in zip(story.suppliers, story.slot_ids, strict=False):
        story.agreed(story.buyers[0], supplier, slot_id)
    publish(story)
    late = story.suppliers[0]
    arrives_at = story.round["slots"][2]["starts_at"]
    done = late.post(f"/registrations/{registration(story, late)}/late", {"arrives_at": arrives_at})
    assert [meeting["slot_id"] for meeting in done["moved"]] == [story.slot_ids[2]]
    assert (done["cancelled"], len(rounds.told("rounds.meeting_moved"))) == ([], 1)
    draft = rounds.run_agenda(story.organizer, story.round_id)
    assert len(draft["placed"]) == 2


def test_a_meeting_that_who_comes_late_can_not_hold_any_more_is_cancelled_and_offered(full: Story) -> None:
    late = full.suppliers[0]
    ends_at = full.round["slots"][-1]["ends_at"]
    done = late.post(f"/registrations/{registration(full, late)}/late", {"arrives_at": ends_at})
    assert (done["moved"], len(done["cancelled"]), len(done["offered"])) == ([], 1, 1)
    assert done["offered"][0]["host_id"] == full.buyers[0].company_id


@pytest.fixture
def today_full(rounds: Rounds) -> Story:
    """A round of today: the buyer meets supplier 0 in the last slot, and supplier 1 stands by."""
    story = tell_story(rounds, 1, 2, a_plan_today())
    story.agreed(story.buyers[0], story.suppliers[0], story.slot_ids[-1])
    late = story.request(story.buyers[0], story.suppliers[1])
    publish(story)
    story.suppliers[1].post(f"/requests/{late['request_id']}/accept", {})
    return story


def attendance(story: Story, speaker: Person, about: Person, present: bool) -> Any:
    meeting = story.buyers[0].get("/meetings")["items"][0]
    body = {"company_id": about.company_id, "present": present}
    return speaker.post(f"/meetings/{meeting['meeting_id']}/attendance", body)


def test_what_one_side_says_of_the_other_is_a_dispute_until_the_organizer_decides(today_full: Story) -> None:
    story, buyer, supplier = today_full, today_full.buyers[0], today_full.suppliers[0]
    attendance(story, buyer, buyer, present=True)
    said = attendance(story, buyer, supplier, present=False)
    assert (said["disputed"], said["present"]) == ([supplier.company_id], {buyer.company_id: True})
    assert [event.company_id for event in story.rounds.told("rounds.attendance_disputed")] == [
        supplier.company_id
    ]
    disputes = story.organizer.get(f"/rounds/{story.round_id}/disputes")["items"]
    assert [meeting["meeting_id"] for meeting in disputes] == [said["meeting_id"]]
    checked_in = supplier.post(f"/meetings/{said['meeting_id']}/check-in")
    assert (checked_in["held"], checked_in["disputed"]) == (False, [supplier.company_id])
    decided = attendance(story, story.organizer, supplier, present=True)
    assert (decided["held"], decided["disputed"]) == (True, [])
    assert story.organizer.get(f"/rounds/{story.round_id}/disputes")["items"] == []


def test_a_no_show_that_is_decided_gives_the_hour_to_another(today_full: Story) -> None:
    story, buyer, (absent, waiting) = today_full, today_full.buyers[0], today_full.suppliers
    attendance(story, buyer, absent, present=False)
    assert story.rounds.told("rounds.slot_offered") == []
    missed = attendance(story, story.organizer, absent, present=False)
    assert missed["gave_way"] is True
    [told] = story.rounds.told("rounds.slot_offered")
    assert (told.host_id, told.guest_id) == (buyer.company_id, waiting.company_id)
    taken = waiting.post(f"/offers/{told.offer_id}/take")
    assert taken["meeting"]["slot_id"] == story.slot_ids[-1]
    draft = story.rounds.run_agenda(story.organizer, story.round_id)
    assert [place["request_id"] for place in draft["placed"]] == [taken["meeting"]["request_id"]]
    story.organizer.post(f"/agendas/{draft['agenda_id']}/publish")
    statuses = {m["request_id"]: m["status"] for m in buyer.get("/meetings")["items"]}
    assert set(statuses.values()) == {"scheduled"}


def test_who_admits_to_be_absent_needs_no_decision(today_full: Story) -> None:
    story, supplier = today_full, today_full.suppliers[0]
    said = attendance(story, supplier, supplier, present=False)
    assert (said["disputed"], said["gave_way"]) == ([], True)


def test_each_word_on_attendance_is_kept_with_who_said_it(today_full: Story) -> None:
    story, buyer, supplier = today_full, today_full.buyers[0], today_full.suppliers[0]
    meeting = attendance(story, buyer, supplier, present=False)
    attendance(story, supplier, supplier, present=True)
    attendance(story, story.organizer, supplier, present=True)
    records = story.organizer.get(f"/meetings/{meeting['meeting_id']}/records")["attendance"]
    assert [(row["said"]["said_by"], row["said"]["present"]) for row in records] == [
        (buyer.company_id, False), (supplier.company_id, True), ("organizer", True),
    ]  # fmt: skip


def test_who_has_checked_in_early_is_told_when_the_other_side_does_not_come(today_full: Story) -> None:
    story, buyer, supplier = today_full, today_full.buyers[0], today_full.suppliers[0]
    meeting = buyer.get("/meetings")["items"][0]
    supplier.post(f"/meetings/{meeting['meeting_id']}/check-in")
    absent = {"registration_ids": [registration(story, buyer)]}
    done = story.organizer.post(f"/rounds/{story.round_id}/absences", absent)
    assert [m["meeting_id"] for m in done["cancelled"]] == [meeting["meeting_id"]]


def test_the_hour_of_a_meeting_that_the_organizer_cancels_is_offered(full: Story) -> None:
    meeting = full.suppliers[0].get("/meetings")["items"][0]
    full.organizer.post(f"/meetings/{meeting['meeting_id']}/cancel", {"reason": "Cambio"})
    [told] = full.rounds.told("rounds.slot_offered")
    assert told.host_id == full.buyers[0].company_id
    assert told.guest_id in {s.company_id for s in full.suppliers[2:]}
