"""Agendas: made in a process of their own, reviewed as drafts, published, made again."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from services.rounds.agenda_run import perform
from services.rounds.usecases.agendas import end_run
from services.rounds.worker import AgendaProcesses
from tests.service.rounds.conftest import a_plan, tell_story

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from services.rounds.model.agendas import AgendaRun
    from tests.service.rounds.conftest import Person, Rounds, Story


@pytest.fixture
def processes(rounds: Rounds, monkeypatch: pytest.MonkeyPatch) -> Iterator[AgendaProcesses]:
    """The worker's job; the processes that it starts find this test's database."""
    settings = {
        "MONGO_URL": rounds.config.mongo_url,
        "BUS_URL": rounds.config.bus_url,
        "PORTAL_URL": rounds.config.portal_url,
        "DATABASE_PREFIX": rounds.config.database_prefix,
    }
    for name, value in settings.items():
        monkeypatch.setenv(f"ENCADENA_{name}", value)
    job = AgendaProcesses()
    yield job
    if job.child:
        job.child[1].kill()
        job.child[1].wait()


def until(condition: Callable[[], Any], seconds: float = 60) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("it did not happen in time")


def watched(story: Story, processes: AgendaProcesses, run_id: str, status: str) -> Any:
    def look() -> Any:
        processes(story.rounds.store)
        run = story.organizer.get(f"/runs/{run_id}")
        return run if run["status"] == status else None

    return until(look)


def all_agreed(story: Story) -> None:
    for buyer in story.buyers:
        for supplier in story.suppliers:
            story.agreed(buyer, supplier)


def published(story: Story) -> Any:
    draft = story.rounds.run_agenda(story.organizer, story.round_id)
    return story.organizer.post(f"/agendas/{draft['agenda_id']}/publish")


def code_of(story: Story, path: str) -> tuple[int, str]:
    answer = story.organizer.send("POST", path, {})
    return answer.status_code, answer.json["code"]


def claimed(story: Story) -> AgendaRun:
    story.organizer.post(f"/rounds/{story.round_id}/agendas", {"seconds": 1})
    run = story.rounds.store.claim_run(datetime.now(UTC))
    assert run
    return run


def test_the_worker_makes_an_agenda_in_a_process_of_its_own(story: Story, processes: AgendaProcesses) -> None:
    all_agreed(story)
    run = story.organizer.post(f"/rounds/{story.round_id}/agendas", {"seconds": 30})
    assert run["status"] == "queued"
    done = watched(story, processes, run["run_id"], "done")
    draft = story.organizer.get(f"/agendas/{done['agenda_id']}")
    assert (draft["status"], len(draft["placed"]), draft["holes"]) == ("draft", 6, 0)
    assert story.organizer.get(f"/rounds/{story.round_id}/meetings")["items"] == []


def test_a_killed_run_is_marked_and_the_last_agenda_stays(rounds: Rounds, processes: AgendaProcesses) -> None:
    story = tell_story(rounds, 8, 8, a_plan())
    all_agreed(story)
    good = published(story)
    run = story.organizer.post(f"/rounds/{story.round_id}/agendas", {"seconds": 300})

    def progress() -> Any:
        processes(rounds.store)
        return story.organizer.get(f"/runs/{run['run_id']}")["progress"]

    until(progress)
    assert processes.child
    processes.child[1].kill()
    watched(story, processes, run["run_id"], "interrupted")
    agendas = story.organizer.get(f"/rounds/{story.round_id}/agendas")["items"]
    assert [(a["agenda_id"], a["status"]) for a in agendas] == [(good["agenda_id"], "published")]
    # The way is free for another run.
    again = story.organizer.post(f"/rounds/{story.round_id}/agendas", {"seconds": 1})
    watched(story, processes, again["run_id"], "done")


def test_a_run_that_is_stopped_keeps_the_best_agenda_so_far(
    rounds: Rounds, processes: AgendaProcesses
) -> None:
    story = tell_story(rounds, 8, 8, a_plan())
    all_agreed(story)
    run = story.organizer.post(f"/rounds/{story.round_id}/agendas", {"seconds": 300})

    def weight() -> Any:
        processes(rounds.store)
        return story.organizer.get(f"/runs/{run['run_id']}")["progress"].get("weight")

    until(weight)
    assert 0 < weight()["best"] <= weight()["bound"]
    assert story.organizer.post(f"/runs/{run['run_id']}/stop")["stopping"] is True
    done = watched(story, processes, run["run_id"], "done")
    assert len(story.organizer.get(f"/agendas/{done['agenda_id']}")["placed"]) >= 16
    assert code_of(story, f"/runs/{run['run_id']}/stop") == (409, "run_has_ended")


def test_a_run_that_is_stopped_before_it_begins_leaves_no_agenda(story: Story) -> None:
    run = story.organizer.post(f"/rounds/{story.round_id}/agendas", {"seconds": 300})
    assert story.organizer.post(f"/runs/{run['run_id']}/stop")["status"] == "interrupted"
    assert story.rounds.store.claim_run(datetime.now(UTC)) is None
    assert story.organizer.get(f"/rounds/{story.round_id}/agendas")["items"] == []


@pytest.mark.usefixtures("processes")
def test_a_run_ends_with_the_worker_that_started_it(rounds: Rounds) -> None:
    story = tell_story(rounds, 8, 8, a_plan())
    all_agreed(story)
    run = story.organizer.post(f"/rounds/{story.round_id}/agendas", {"seconds": 300})
    worker = subprocess.Popen([sys.executable, "-m", "services.rounds.worker"])
    try:
        until(lambda: story.organizer.get(f"/runs/{run['run_id']}")["progress"])
        children = psutil.Process(worker.pid).children()
    finally:
        worker.kill()
        worker.wait()
    assert len(children) == 1
    _, alive = psutil.wait_procs(children, timeout=60)
    assert not alive


def test_a_run_whose_worker_died_is_marked_after_its_silence(story: Story) -> None:
    run = claimed(story)
    processes = AgendaProcesses()
    processes(story.rounds.store)
    assert story.organizer.get(f"/runs/{run.id}")["status"] == "running"
    long_ago = datetime.now(UTC) - timedelta(minutes=1)
    story.rounds.store.update_run(run.id, {"heartbeat_at": long_ago})
    AgendaProcesses()(story.rounds.store)
    assert story.organizer.get(f"/runs/{run.id}")["status"] == "interrupted"


def test_a_run_that_was_given_up_leaves_no_agenda(story: Story) -> None:
    run = claimed(story)
    end_run(story.rounds.store, run.id, "interrupted", now=datetime.now(UTC))
    perform(story.rounds.store, run)
    assert story.organizer.get(f"/rounds/{story.round_id}/agendas")["items"] == []


def test_one_run_at_a_time(story: Story) -> None:
    story.organizer.post(f"/rounds/{story.round_id}/agendas", {})
    assert code_of(story, f"/rounds/{story.round_id}/agendas") == (409, "run_in_progress")


def test_a_round_without_requests_gets_an_empty_agenda(story: Story) -> None:
    draft = story.rounds.run_agenda(story.organizer, story.round_id)
    assert (draft["placed"], draft["left_out"], draft["proved"]) == ([], [], True)


def test_each_request_left_out_has_a_reason_in_the_readers_language(rounds: Rounds) -> None:
    story = tell_story(rounds, 1, 8, a_plan())
    all_agreed(story)
    draft = rounds.run_agenda(story.organizer, story.round_id)
    assert [left["reason"] for left in draft["left_out"]] == ["participant_full"] * 2
    assert draft["left_out"][0]["explanation"].startswith("buyer 0 ya tiene 6 de 6 citas posibles")
    assert draft["left_out"][0]["remedy"].startswith("Entraría con ")
    path = f"/agendas/{draft['agenda_id']}"
    english = story.organizer.send("GET", path, Accept_Language="en").json["left_out"]
    assert english[0]["explanation"].startswith("buyer 0 has 6 of 6 possible meetings")


def test_a_meeting_booked_by_hand_stays_in_later_agendas(story: Story) -> None:
    booked = story.agreed(story.buyers[0], story.suppliers[0], story.slot_ids[3])["meeting"]
    story.agreed(story.buyers[0], story.suppliers[1])
    draft = story.rounds.run_agenda(story.organizer, story.round_id)
    kept = next(p for p in draft["placed"] if p["request_id"] == booked["request_id"])
    assert (kept["slot_id"], kept["table"]) == (booked["slot_id"], booked["table"])
    story.organizer.post(f"/agendas/{draft['agenda_id']}/publish")
    assert story.organizer.get(f"/meetings/{booked['meeting_id']}")["version"] == 1
    assert len(story.rounds.told("rounds.meeting_scheduled")) == 2


def test_publishing_again_tells_only_what_changed(story: Story) -> None:
    story.agreed(story.buyers[0], story.suppliers[0])
    late = story.request(story.buyers[0], story.suppliers[1])
    published(story)
    story.suppliers[1].post(f"/requests/{late['request_id']}/accept", {})
    published(story)
    told = {kind: len(story.rounds.told(f"rounds.meeting_{kind}")) for kind in ("scheduled", "cancelled")}
    assert told == {"scheduled": 2, "cancelled": 0}
    numbers = [(event.version, event.meetings) for event in story.rounds.told("rounds.agenda_published")]
    assert sorted(numbers) == [(1, 1), (2, 2)]


def test_a_draft_that_the_round_has_outgrown_is_not_published(story: Story) -> None:
    story.agreed(story.buyers[0], story.suppliers[0])
    old = story.rounds.run_agenda(story.organizer, story.round_id)
    new = story.rounds.run_agenda(story.organizer, story.round_id)
    story.organizer.post(f"/agendas/{new['agenda_id']}/publish")
    assert code_of(story, f"/agendas/{old['agenda_id']}/publish") == (409, "agenda_outdated")
    assert code_of(story, f"/agendas/{new['agenda_id']}/publish") == (409, "agenda_not_a_draft")


def test_a_seat_booked_since_the_draft_makes_it_outdated(story: Story) -> None:
    story.agreed(story.buyers[0], story.suppliers[0])
    waiting = story.request(story.buyers[0], story.suppliers[1])
    draft = story.rounds.run_agenda(story.organizer, story.round_id)
    slot_id = draft["placed"][0]["slot_id"]
    story.suppliers[1].post(f"/requests/{waiting['request_id']}/accept", {"slot_id": slot_id})
    assert code_of(story, f"/agendas/{draft['agenda_id']}/publish") == (409, "agenda_outdated")
    assert story.organizer.get(f"/rounds/{story.round_id}")["status"] == "agenda_draft"


def test_a_delegate_who_is_no_longer_free_makes_a_draft_outdated(story: Story) -> None:
    story.agreed(story.buyers[0], story.suppliers[0])
    draft = story.rounds.run_agenda(story.organizer, story.round_id)
    path = f"/rounds/{story.round_id}/registrations"
    own = story.buyers[0].get(path)["items"][0]
    free = [slot for slot in story.slot_ids if slot != draft["placed"][0]["slot_id"]]
    delegates = [{**own["delegates"][0], "free_slots": free}]
    address = f"/registrations/{own['registration_id']}"
    story.buyers[0].send("PATCH", address, {"delegates": delegates}, If_Match='"1"')
    assert code_of(story, f"/agendas/{draft['agenda_id']}/publish") == (409, "agenda_outdated")


def narrowed(story: Story, person: Person, free_slots: list[str]) -> None:
    """The person is free only then from now on, which the service refuses while there are meetings."""
    own = person.get(f"/rounds/{story.round_id}/registrations")["items"][0]
    address = f"/registrations/{own['registration_id']}"
    body = {"delegates": [{**own["delegates"][0], "free_slots": free_slots}]}
    refused = person.send("PATCH", address, body, If_Match='"1"')
    assert (refused.status_code, refused.json["code"]) == (409, "delegate_has_meetings")
    changes = {"$set": {"delegates.0.free_slots": free_slots}}
    story.rounds.store.db.registrations.update_one({"_id": own["registration_id"]}, changes)


def test_a_meeting_that_finds_no_place_any_more_is_cancelled(story: Story) -> None:
    buyer, supplier = story.buyers[0], story.suppliers[0]
    story.agreed(buyer, supplier)
    published(story)
    meeting = buyer.get("/meetings")["items"][0]
    narrowed(story, buyer, [])
    published(story)
    assert buyer.get(f"/meetings/{meeting['meeting_id']}")["status"] == "cancelled"
    assert len(story.rounds.told("rounds.meeting_cancelled")) == 1
    assert story.rounds.store.db.seats.count_documents({}) == 0


def test_a_meeting_that_a_new_agenda_moves_keeps_its_name(story: Story) -> None:
    buyer, supplier = story.buyers[0], story.suppliers[0]
    story.agreed(buyer, supplier)
    published(story)
    before = buyer.get("/meetings")["items"][0]
    narrowed(story, buyer, [slot for slot in story.slot_ids if slot != before["slot_id"]])
    published(story)
    after = buyer.get(f"/meetings/{before['meeting_id']}")
    assert (after["status"], after["version"]) == ("scheduled", 2)
    assert after["slot_id"] != before["slot_id"]
    told = story.rounds.told("rounds.meeting_moved")
    assert [event.previous_starts_at.isoformat() for event in told] == [before["starts_at"]]
    taken = {seat["slot_id"] for seat in story.rounds.store.db.seats.find()}
    assert taken == {after["slot_id"]}
