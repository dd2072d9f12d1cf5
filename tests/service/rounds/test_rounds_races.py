"""Many people at once on one round: the invariants hold, whatever comes first."""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from services.rounds.agenda import solve
from services.rounds.agenda_run import perform
from services.rounds.model.agendas import Agenda, AgendaRun
from services.rounds.model.meetings import Meeting
from services.rounds.model.registrations import Registration
from services.rounds.usecases.problems import problem_of
from tests.service.rounds.conftest import a_plan, tell_story
from tests.unit.rounds_agenda_checker import check

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.test import TestResponse

    from tests.service.rounds.conftest import Rounds, Story

PEOPLE = 20
TABLES = 12
# What may be answered when others were faster; anything else is a fault.
FINE = {200, 202, 409, 412}


def crowded(rounds: Rounds) -> tuple[Story, list[Any]]:
    """Twenty buyers and suppliers, a day of 30 slots with twelve tables, and a request for each pair."""
    day = {**a_plan()["days"][0], "starts": "07:00", "ends": "17:00", "slot_minutes": 20, "breaks": []}
    story = tell_story(rounds, PEOPLE, PEOPLE, a_plan(days=[day], tables=TABLES))
    requests = [(story.request(s, b), b) for b in story.buyers for s in story.suppliers]
    for request, buyer in requests[:60]:
        buyer.post(f"/requests/{request['request_id']}/accept", {})
    draft = rounds.run_agenda(story.organizer, story.round_id)
    story.organizer.post(f"/agendas/{draft['agenda_id']}/publish")
    return story, requests


def accept(story: Story, request: Any, buyer: Any, slot_id: str) -> int:
    answer = buyer.send("POST", f"/requests/{request['request_id']}/accept", {"slot_id": slot_id})
    return int(answer.status_code)


def move(story: Story, names: list[str], chance: random.Random) -> int:
    body: dict[str, Any] = {"swap": chance.sample(names, 2)}
    if chance.random() < 0.7:
        body = {"shifts": [{"request_id": chance.choice(names), "slot_id": chance.choice(story.slot_ids)}]}
    answer = story.organizer.send("POST", f"/rounds/{story.round_id}/rearrangement", body)
    return 409 if answer.status_code == 422 else int(answer.status_code)


def run_again(story: Story) -> int:
    """Make and publish another agenda; another run, or a change meanwhile, may be in the way."""
    started = story.organizer.send("POST", f"/rounds/{story.round_id}/agendas", {"seconds": 0.1})
    if started.status_code != 202:
        return int(started.status_code)
    claimed = story.rounds.store.claim_run(datetime.now(UTC))
    if claimed is None:
        return 409
    perform(story.rounds.store, claimed)
    agenda_id = story.organizer.get(f"/runs/{claimed.id}")["agenda_id"]
    answer = story.organizer.send("POST", f"/agendas/{agenda_id}/publish")
    return int(answer.status_code)


def verify(story: Story) -> None:
    """The meetings that stand, from the database alone; and the engine's answer beside them, checked anew."""
    store = story.rounds.store
    meetings = list(store.db.meetings.find({"round_id": story.round_id, "status": "scheduled"}))
    people = Counter(
        (m["slot_id"], m[side]["delegate_id"]) for m in meetings for side in ("buyer", "supplier")
    )
    tables = Counter((m["slot_id"], m["table"]) for m in meetings)
    assert set(people.values()) <= {1}
    assert set(tables.values()) <= {1}
    wanted = {r["_id"]: r for r in store.db.requests.find({"status": "accepted"})}
    assert set(Counter(m["request_id"] for m in meetings).values()) <= {1}
    for meeting in meetings:
        request = wanted[meeting["request_id"]]
        assert meeting["company_ids"] == [request["buyer_id"], request["supplier_id"]]
    seats = {
        (s["slot_id"], s["holder"], meeting_id)
        for s in store.db.seats.find({"round_id": story.round_id})
        for meeting_id in s["meeting_ids"]
    }
    held = {(m["slot_id"], f"table:{m['table']}", m["_id"]) for m in meetings}
    held |= {
        (m["slot_id"], f"delegate:{m[side]['delegate_id']}", m["_id"])
        for m in meetings
        for side in ("buyer", "supplier")
    }
    assert seats == held
    run = AgendaRun(
        id="r", round_id=story.round_id, seconds=1, seed=1, status="running", active=True, requested_by="x",
        created_at=datetime.now(UTC), heartbeat_at=datetime.now(UTC), only_unplaced=True,
    )  # fmt: skip
    problem, _ = problem_of(store, run, datetime.now(UTC))
    assert len(problem.pinned) == len(meetings)
    check(problem, solve(problem, seconds=1))


def test_500_accepts_moves_and_runs_at_once_break_nothing(rounds: Rounds) -> None:
    story, requests = crowded(rounds)
    chance = random.Random(7)
    names = [request["request_id"] for request, _ in requests[:60]]
    calls: list[Callable[[], int]] = []
    for request, buyer in requests[60:]:
        slot_id = chance.choice(story.slot_ids)
        calls.append(lambda r=request, b=buyer, s=slot_id: accept(story, r, b, s))
    calls += [lambda seed=n: move(story, names, random.Random(seed)) for n in range(152)]
    calls += [lambda: run_again(story)] * 8
    chance.shuffle(calls)
    assert len(calls) == 500
    with ThreadPoolExecutor(12) as pool:
        statuses = Counter(pool.map(lambda call: call(), calls))
    assert set(statuses) <= FINE, statuses
    assert statuses[200] > 100
    verify(story)
    # Nobody's agenda changed without a notice: what was told last of each meeting is what stands.
    told: dict[str, tuple[int, str]] = {}
    for row in rounds.store.db.outbox.find({"headers.ce_type": {"$regex": "^rounds.meeting_[scm]"}}):
        version, kind = int(row["headers"]["ce_sequence"]), row["headers"]["ce_type"]
        told[row["key"]] = max(told.get(row["key"], (0, "")), (version, kind))
    for meeting in rounds.store.db.meetings.find():
        assert told[meeting["_id"]][0] == meeting["version"]
        cancelled = told[meeting["_id"]][1] == "rounds.meeting_cancelled"
        assert cancelled == (meeting["status"] == "cancelled")


def test_of_two_organizers_who_publish_at_once_one_is_told_that_the_other_was_first(rounds: Rounds) -> None:
    for _ in range(5):
        story = tell_story(rounds, 2, 2, a_plan())
        for buyer in story.buyers:
            for supplier in story.suppliers:
                story.agreed(buyer, supplier)
        drafts = [rounds.run_agenda(story.organizer, story.round_id, seed=seed) for seed in (1, 2)]
        admin = rounds.person("admin")

        def publish(call: tuple[Any, Any]) -> TestResponse:
            person, draft = call
            return person.send("POST", f"/agendas/{draft['agenda_id']}/publish")

        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(publish, zip((story.organizer, admin), drafts, strict=True)))
        codes = sorted(str(answer.json.get("code", answer.status_code)) for answer in answers)
        assert codes[0] == "200"
        assert codes[1] in {"agenda_outdated", "changed_meanwhile"}
        statuses = Counter(
            agenda.status for agenda in rounds.store.find(Agenda, {"round_id": story.round_id})
        )
        assert statuses == {"published": 1, "draft": 1}
        verify(story)


def test_who_leaves_or_has_no_time_has_no_meeting_then_however_close_the_booking(rounds: Rounds) -> None:
    """For each supplier: a booking, and beside it a change of free times or a withdrawal."""
    day = {**a_plan()["days"][0], "starts": "07:00", "ends": "17:00", "slot_minutes": 20, "breaks": []}
    story = tell_story(rounds, 1, 28, a_plan(days=[day]))
    [buyer] = story.buyers
    calls: list[Callable[[], TestResponse]] = []
    for number, supplier in enumerate(story.suppliers):
        slot_id = story.slot_ids[number]
        path = f"/requests/{story.request(supplier, buyer)['request_id']}/accept"
        calls.append(lambda p=path, s=slot_id: buyer.send("POST", p, {"slot_id": s}))
        own = supplier.get(f"/rounds/{story.round_id}/registrations")["items"][0]
        path = f"/registrations/{own['registration_id']}"
        others = [slot for slot in story.slot_ids if slot != slot_id]
        body = {"delegates": [{**own["delegates"][0], "free_slots": others}]}
        if number % 2:
            calls.append(lambda s=supplier, p=path, b=body: s.send("PATCH", p, b, If_Match='"1"'))
        else:
            calls.append(lambda s=supplier, p=path: s.send("POST", f"{p}/withdraw", {"reason": "Viaje"}))
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda call: call(), calls))
    assert {answer.status_code for answer in answers} <= FINE
    registered = {r.company_id: r for r in rounds.store.find(Registration, {"round_id": story.round_id})}
    for meeting in rounds.store.find(Meeting, {"round_id": story.round_id, "status": "scheduled"}):
        supplier_side = registered[meeting.supplier.company_id]
        assert supplier_side.status == "accepted"
        assert supplier_side.can_meet(meeting.supplier.delegate_id, meeting.slot_id)
