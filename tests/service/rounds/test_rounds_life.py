"""The whole life of a round, as its people live it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.service.rounds.conftest import Person, Story


def money(amount: int, currency: str) -> dict[str, Any]:
    return {"amount": amount, "currency": currency}


def deal(amount: int, probability: int, currency: str = "COP") -> dict[str, Any]:
    expected = {"value": money(amount, currency), "probability": probability, "horizon_months": 6}
    return {"interest": "high", "expected": expected}


def hold(story: Story, meeting: dict[str, Any]) -> None:
    for person in (*story.buyers, *story.suppliers):
        if person.company_id in (meeting["buyer"]["company_id"], meeting["supplier"]["company_id"]):
            person.post(f"/meetings/{meeting['meeting_id']}/attendance", {"present": True})


def sides(story: Story, meeting: dict[str, Any]) -> tuple[Person, Person]:
    def find(people: list[Person], side: str) -> Person:
        return next(p for p in people if p.company_id == meeting[side]["company_id"])

    return find(story.buyers, "buyer"), find(story.suppliers, "supplier")


def test_a_round_is_led_from_the_first_draft_to_its_totals(story_today: Story) -> None:
    story, path = story_today, f"/rounds/{story_today.round_id}"
    for buyer in story.buyers:
        for supplier in story.suppliers:
            story.agreed(buyer, supplier)
    draft = story.rounds.run_agenda(story.organizer, story.round_id)
    assert (len(draft["placed"]), draft["left_out"], draft["proved"]) == (6, [], True)
    story.organizer.post(f"/agendas/{draft['agenda_id']}/publish")
    meetings = story.organizer.get(f"{path}/meetings?limit=100")["items"]
    for meeting in meetings[:4]:
        hold(story, meeting)
    buyer, supplier = sides(story, meetings[0])
    address = f"/meetings/{meetings[0]['meeting_id']}/outcomes"
    buyer.post(address, deal(900_000_00, 10))
    buyer.post(address, deal(300_000_00, 50))
    supplier.post(address, deal(500_000_00, 80))
    buyer, supplier = sides(story, meetings[1])
    supplier.post(f"/meetings/{meetings[1]['meeting_id']}/outcomes", deal(1_000_00, 25, "USD"))
    story.organizer.post(f"{path}/status", {"status": "closed"})
    totals = story.organizer.get(f"{path}/totals")
    cop = {"raw": money(300_000_00, "COP"), "weighted": money(150_000_00, "COP"), "meetings": 1}
    usd = {"raw": money(1_000_00, "USD"), "weighted": money(250_00, "USD"), "meetings": 1}
    assert totals == {
        "buyers": 2, "suppliers": 3, "requested": 6, "accepted": 6, "scheduled": 6, "held": 4,
        "expected": [cop, usd], "reconciled": [], "verified": [],
    }  # fmt: skip


def test_everything_that_happens_is_told(story_today: Story) -> None:
    story = story_today
    story.agreed(story.buyers[0], story.suppliers[0])
    declined = story.request(story.suppliers[1], story.buyers[0])
    story.buyers[0].post(f"/requests/{declined['request_id']}/decline")
    draft = story.rounds.run_agenda(story.organizer, story.round_id)
    story.organizer.post(f"/agendas/{draft['agenda_id']}/publish")
    meeting = story.organizer.get(f"/rounds/{story.round_id}/meetings")["items"][0]
    hold(story, meeting)
    story.buyers[0].post(f"/meetings/{meeting['meeting_id']}/outcomes", {"interest": "low"})
    story.organizer.post(f"/rounds/{story.round_id}/status", {"status": "closed"})
    types = Counter(row["headers"]["ce_type"] for row in story.rounds.store.db.outbox.find())
    assert types == {
        "rounds.registration_opened": 1,
        "rounds.registration_made": 5,
        "rounds.meeting_requested": 2,
        "rounds.request_accepted": 1,
        "rounds.request_declined": 1,
        "rounds.agenda_published": 1,
        "rounds.meeting_scheduled": 1,
        "rounds.attendance_recorded": 2,
        "rounds.outcome_recorded": 1,
        "rounds.round_closed": 1,
    }


def test_each_word_on_a_meeting_is_kept(story_today: Story) -> None:
    story = story_today
    meeting = story.agreed(story.buyers[0], story.suppliers[0], story.slot_ids[-1])["meeting"]
    address = f"/meetings/{meeting['meeting_id']}"
    for probability in (10, 20, 30):
        story.buyers[0].post(f"{address}/outcomes", deal(100, probability))
    records = story.organizer.get(f"{address}/records")["outcomes"]
    assert [row["said"]["expected"]["probability"] for row in records] == [10, 20, 30]


def test_a_company_does_not_see_what_the_other_side_expects(story_today: Story) -> None:
    story = story_today
    meeting = story.agreed(story.buyers[0], story.suppliers[0], story.slot_ids[-1])["meeting"]
    address = f"/meetings/{meeting['meeting_id']}"
    story.buyers[0].post(f"{address}/outcomes", deal(100, 10))
    seen = story.suppliers[0].get(address)
    assert (seen["outcomes"], seen["expected"]) == ({}, None)
    assert story.suppliers[0].get(f"{address}/records")["outcomes"] == []
    assert list(story.organizer.get(address)["outcomes"]) == [story.buyers[0].company_id]


def test_nothing_is_recorded_before_the_day_of_the_meeting(story: Story) -> None:
    meeting = story.agreed(story.buyers[0], story.suppliers[0], story.slot_ids[0])["meeting"]
    address = f"/meetings/{meeting['meeting_id']}"
    for path, body in (("attendance", {"present": True}), ("outcomes", {"interest": "high"})):
        answer = story.buyers[0].send("POST", f"{address}/{path}", body)
        assert (answer.status_code, answer.json["code"]) == (409, "meeting_not_begun")


def test_a_meeting_is_held_when_the_organizer_says_so_of_both(story_today: Story) -> None:
    story = story_today
    meeting = story.agreed(story.buyers[0], story.suppliers[0], story.slot_ids[-1])["meeting"]
    address = f"/meetings/{meeting['meeting_id']}/attendance"
    buyer, supplier = story.buyers[0].company_id, story.suppliers[0].company_id
    first = story.organizer.post(address, {"company_id": buyer, "present": True})
    second = story.organizer.post(address, {"company_id": supplier, "present": True})
    assert (first["held"], second["held"]) == (False, True)


def test_nobody_speaks_of_a_meeting_of_others(story_today: Story) -> None:
    story = story_today
    meeting = story.agreed(story.buyers[0], story.suppliers[0], story.slot_ids[-1])["meeting"]
    address = f"/meetings/{meeting['meeting_id']}/attendance"
    assert story.buyers[1].send("POST", address, {"present": True}).status_code == 404


def test_a_round_needs_its_organizer(story: Story) -> None:
    stranger = story.rounds.person("organizer")
    for path, body in (
        ("status", {"status": "agenda_draft"}),
        ("agendas", {}),
    ):
        answer = stranger.send("POST", f"/rounds/{story.round_id}/{path}", body)
        assert (answer.status_code, answer.json["code"]) == (403, "not_your_round")
    assert stranger.send("GET", f"/rounds/{story.round_id}/totals").status_code == 403


def test_a_status_out_of_order_is_refused(story: Story) -> None:
    answer = story.organizer.send("POST", f"/rounds/{story.round_id}/status", {"status": "closed"})
    assert (answer.status_code, answer.json["code"]) == (409, "wrong_round_status")
