"""What people ask to change after publication, and what a change of availability breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.service.rounds.conftest import a_plan, tell_story

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

    from tests.service.rounds.conftest import Person, Rounds, Story


@pytest.fixture
def booked(rounds: Rounds) -> Story:
    """A published round: buyer 0 meets supplier 0 in the first slot; everybody has two delegates."""
    story = tell_story(rounds, 2, 3, a_plan(), people=2)
    story.agreed(story.buyers[0], story.suppliers[0], story.slot_ids[0])
    draft = rounds.run_agenda(story.organizer, story.round_id)
    story.organizer.post(f"/agendas/{draft['agenda_id']}/publish")
    return story


def meeting_of(person: Person) -> Any:
    return person.get("/meetings")["items"][0]


def ask(person: Person, **wish: Any) -> TestResponse:
    return person.send("POST", f"/meetings/{meeting_of(person)['meeting_id']}/changes", wish)


def own(story: Story, person: Person) -> Any:
    return person.get(f"/rounds/{story.round_id}/registrations")["items"][0]


def test_another_time_is_asked_for_and_the_other_side_agrees(booked: Story) -> None:
    buyer, supplier = booked.buyers[0], booked.suppliers[0]
    change = ask(supplier, kind="time", slot_id=booked.slot_ids[3], note="El vuelo llega tarde").json
    assert change["status"] == "open"
    assert meeting_of(buyer)["slot_id"] == booked.slot_ids[0]
    [told] = booked.rounds.told("rounds.change_requested")
    assert (told.counterpart_id, told.note) == (buyer.company_id, "El vuelo llega tarde")
    buyer.post(f"/changes/{change['change_id']}/decision", {"accept": True})
    assert meeting_of(buyer)["slot_id"] == booked.slot_ids[3]
    assert [event.accepted for event in booked.rounds.told("rounds.change_decided")] == [True]
    assert len(booked.rounds.told("rounds.meeting_moved")) == 1


def test_a_no_leaves_everything_as_it_is(booked: Story) -> None:
    change = ask(booked.suppliers[0], kind="cancel").json
    booked.buyers[0].post(f"/changes/{change['change_id']}/decision", {"accept": False})
    assert meeting_of(booked.buyers[0])["status"] == "scheduled"
    again = booked.buyers[0].send("POST", f"/changes/{change['change_id']}/decision", {"accept": True})
    assert (again.status_code, again.json["code"]) == (409, "change_decided")


def test_the_organizer_may_answer_but_not_who_asked(booked: Story) -> None:
    change = ask(booked.suppliers[0], kind="cancel", note="Viaje").json
    path = f"/changes/{change['change_id']}/decision"
    assert booked.suppliers[0].send("POST", path, {"accept": True}).status_code == 403
    booked.organizer.post(path, {"accept": True})
    assert booked.buyers[0].get("/meetings")["items"] == []
    [told] = booked.rounds.told("rounds.meeting_cancelled")
    assert (told.cause, told.company_name, told.reason) == ("asked", "supplier 0", "Viaje")


def test_a_colleague_goes_without_asking(booked: Story) -> None:
    buyer = booked.buyers[0]
    usual = meeting_of(buyer)["buyer"]["delegate_id"]
    other = next(d for d in own(booked, buyer)["delegates"] if d["delegate_id"] != usual)
    assert ask(buyer, kind="colleague", delegate_id=other["delegate_id"]).json["status"] == "accepted"
    assert meeting_of(buyer)["buyer"]["delegate_id"] == other["delegate_id"]
    refused = ask(buyer, kind="colleague", delegate_id=other["delegate_id"])
    assert (refused.status_code, refused.json["code"]) == (409, "colleague_not_free")


def test_a_time_that_can_not_be_is_refused_at_once(booked: Story) -> None:
    for slot_id in (booked.slot_ids[0], "20200101T0000Z"):
        answer = ask(booked.suppliers[0], kind="time", slot_id=slot_id)
        assert answer.status_code in {409, 422}
    assert booked.rounds.told("rounds.change_requested") == []


def test_one_request_for_a_change_is_open_at_a_time_and_can_be_taken_back(booked: Story) -> None:
    change = ask(booked.suppliers[0], kind="cancel").json
    answer = ask(booked.suppliers[0], kind="cancel")
    assert (answer.status_code, answer.json["code"]) == (409, "change_already_asked")
    path = f"/changes/{change['change_id']}/withdraw"
    assert booked.suppliers[0].post(path)["status"] == "withdrawn"
    assert ask(booked.suppliers[0], kind="cancel").status_code == 201
    listed = booked.buyers[0].get(f"/rounds/{booked.round_id}/changes?status=open")["items"]
    assert len(listed) == 1
    assert booked.buyers[1].get(f"/rounds/{booked.round_id}/changes")["items"] == []


def narrow(story: Story, person: Person, free_slots: list[str], **more: Any) -> TestResponse:
    """Make every delegate of a company free only then."""
    registration = own(story, person)
    delegates = [{**d, "free_slots": free_slots} for d in registration["delegates"]]
    body = {"delegates": delegates, **more}
    address = f"/registrations/{registration['registration_id']}"
    return person.send("PATCH", address, body, If_Match=f'"{registration["version"]}"')


def test_a_change_of_free_times_warns_of_each_meeting_that_it_breaks(booked: Story) -> None:
    answer = narrow(booked, booked.suppliers[0], booked.slot_ids[1:])
    assert (answer.status_code, answer.json["code"]) == (409, "delegate_has_meetings")
    assert "La cita con buyer 0" in answer.json["detail"]
    assert own(booked, booked.suppliers[0])["version"] == 1


def test_a_confirmed_change_moves_what_it_breaks_with_one_move(booked: Story) -> None:
    answer = narrow(booked, booked.suppliers[0], booked.slot_ids[1:], although_broken=True)
    assert answer.status_code == 200
    assert meeting_of(booked.buyers[0])["slot_id"] == booked.slot_ids[1]
    assert len(booked.rounds.told("rounds.meeting_moved")) == 1


def test_a_confirmed_change_cancels_what_fits_nowhere(booked: Story) -> None:
    narrow(booked, booked.suppliers[0], [], although_broken=True)
    assert booked.buyers[0].get("/meetings")["items"] == []
    assert len(booked.rounds.told("rounds.meeting_cancelled")) == 1
    assert booked.rounds.store.db.seats.count_documents({}) == 0


def test_who_has_no_meeting_is_on_the_stand_by_list_with_the_times_that_fit(booked: Story) -> None:
    path = f"/rounds/{booked.round_id}/standby"
    assert booked.organizer.get(path)["items"] == []
    narrow(booked, booked.suppliers[0], [], although_broken=True)
    [waiting] = booked.organizer.get(path)["items"]
    assert (waiting["request"]["to_company_id"], waiting["slots"]) == (booked.suppliers[0].company_id, [])
    narrow(booked, booked.suppliers[0], booked.slot_ids[4:])
    [waiting] = booked.buyers[0].get(path)["items"]
    assert waiting["slots"] == booked.slot_ids[4:]
    assert booked.buyers[1].get(path)["items"] == []


def shun(story: Story, person: Person, other: Person, **more: Any) -> TestResponse:
    """Say that a company must never meet another one."""
    registration = own(story, person)
    body = {"delegates": registration["delegates"], "never_meet": [other.company_id], **more}
    address = f"/registrations/{registration['registration_id']}"
    return person.send("PATCH", address, body, If_Match=f'"{registration["version"]}"')


def test_who_must_never_meet_is_warned_of_the_meeting_that_stands_and_then_has_none(booked: Story) -> None:
    buyer, supplier = booked.buyers[0], booked.suppliers[0]
    warned = shun(booked, supplier, buyer)
    assert (warned.status_code, warned.json["code"]) == (409, "never_meet_has_meeting")
    assert meeting_of(buyer)["status"] == "scheduled"
    assert shun(booked, supplier, buyer, although_broken=True).status_code == 200
    [told] = booked.rounds.told("rounds.meeting_cancelled")
    # Who of the two wishes so is not told.
    assert (told.cause, told.company_name) == ("never_meet", "")
    cancelled = buyer.get(f"/rounds/{booked.round_id}/meetings")["items"][0]
    assert cancelled["cancelled_because"] == "Estas dos empresas no se reúnen en esta rueda."
    assert booked.rounds.store.db.seats.count_documents({}) == 0
    assert booked.organizer.get(f"/rounds/{booked.round_id}/standby")["items"] == []


def test_a_request_between_two_who_must_never_meet_ends(rounds: Rounds) -> None:
    story = tell_story(rounds, 2, 1, a_plan())
    shunned = story.request(story.buyers[0], story.suppliers[0])["request_id"]
    other = story.request(story.buyers[1], story.suppliers[0])["request_id"]
    assert shun(story, story.suppliers[0], story.buyers[0]).status_code == 200
    found = {name: story.organizer.get(f"/requests/{name}")["status"] for name in (shunned, other)}
    assert found == {shunned: "cancelled", other: "pending"}
    answer = story.suppliers[0].send("POST", f"/requests/{shunned}/accept", {})
    assert (answer.status_code, answer.json["code"]) == (409, "already_decided")
