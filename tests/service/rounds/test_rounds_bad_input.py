"""What people send that can't be: each is answered in words, and the good rest goes on."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from services.rounds.agenda_run import perform
from tests.service.rounds.conftest import a_plan, tell_story

if TYPE_CHECKING:
    from tests.service.rounds.conftest import Rounds, Story


def test_zero_tables_are_refused_where_people_meet_at_tables(rounds: Rounds) -> None:
    answer = rounds.person("organizer").send("POST", "/rounds", a_plan(tables=0))
    assert (answer.status_code, answer.json["faults"][0]["field"]) == (422, "tables")


def test_who_is_never_free_is_left_out_with_the_reason_and_the_others_meet(rounds: Rounds) -> None:
    story = tell_story(rounds, 1, 2, a_plan())
    absent = story.suppliers[0]
    own = absent.get(f"/rounds/{story.round_id}/registrations")["items"][0]
    body = {"delegates": [{**own["delegates"][0], "free_slots": []}]}
    address = f"/registrations/{own['registration_id']}"
    assert absent.send("PATCH", address, body, If_Match='"1"').status_code == 200
    for supplier in story.suppliers:
        story.agreed(story.buyers[0], supplier)
    draft = rounds.run_agenda(story.organizer, story.round_id)
    assert len(draft["placed"]) == 1
    assert [left["supplier_id"] for left in draft["left_out"]] == [absent.company_id]


def test_a_request_for_the_same_pair_is_refused_from_either_side(story: Story) -> None:
    story.request(story.buyers[0], story.suppliers[0])
    path = f"/rounds/{story.round_id}/requests"
    body = {"to_company_id": story.buyers[0].company_id}
    answer = story.suppliers[0].send("POST", path, body)
    assert (answer.status_code, answer.json["code"]) == (409, "already_requested")


def test_two_locked_meetings_that_collide_are_named(story: Story) -> None:
    """A draft locks one meeting into the hour that another one has been booked into since."""
    buyer = story.buyers[0]
    one = story.agreed(buyer, story.suppliers[0])["request"]
    late = story.request(story.suppliers[1], buyer)
    draft = story.rounds.run_agenda(story.organizer, story.round_id)
    path = f"/agendas/{draft['agenda_id']}/locks"
    story.organizer.send("PUT", path, {"request_ids": [one["request_id"]]})
    taken = draft["placed"][0]["slot_id"]
    buyer.post(f"/requests/{late['request_id']}/accept", {"slot_id": taken})
    body: dict[str, Any] = {"seconds": 1, "from_agenda_id": draft["agenda_id"]}
    run = story.organizer.post(f"/rounds/{story.round_id}/agendas", body)
    claimed = story.rounds.store.claim_run(datetime.now(UTC))
    assert claimed
    perform(story.rounds.store, claimed)
    failed = story.organizer.get(f"/runs/{run['run_id']}")
    assert failed["status"] == "failed"
    assert all(name in failed["error"] for name in (one["request_id"], late["request_id"], taken))
    said, pairs = failed["explanation"].split(": ")
    assert said == "Estas citas están fijas a la misma hora y no caben a la vez"
    assert pairs == "buyer 0 – supplier 0; supplier 1 – buyer 0. Suelte una y repita."


def test_a_run_from_a_version_of_another_round_is_refused(rounds: Rounds) -> None:
    here, there = tell_story(rounds, 1, 1, a_plan()), tell_story(rounds, 1, 1, a_plan())
    draft = rounds.run_agenda(there.organizer, there.round_id)
    body = {"from_agenda_id": draft["agenda_id"]}
    assert here.organizer.send("POST", f"/rounds/{here.round_id}/agendas", body).status_code == 404
