"""Limits of requests, and requests that nobody answers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from services.rounds.usecases.expiry import expire_requests
from tests.service.rounds.conftest import a_plan, tell_story

if TYPE_CHECKING:
    from tests.service.rounds.conftest import Rounds, Story


@pytest.fixture
def hasty(rounds: Rounds) -> Story:
    """A buyer and four suppliers in a round in which requests expire after an hour."""
    return tell_story(rounds, 1, 4, a_plan(rules={"answer_minutes": 60}))


def after(minutes: int) -> datetime:
    return datetime.now(UTC) + timedelta(minutes=minutes)


def test_an_unanswered_request_expires_and_the_next_candidate_is_offered(hasty: Story) -> None:
    buyer, (first, second, third, _) = hasty.buyers[0], hasty.suppliers
    hasty.rounds.hear(hasty.rounds.shortlist(buyer, {first: 0.9, third: 0.3, second: 0.6}))
    hasty.request(buyer, first)
    expire_requests(hasty.rounds.store, after(59))
    assert hasty.rounds.told("rounds.request_expired") == []
    expire_requests(hasty.rounds.store, after(61))
    [told] = hasty.rounds.told("rounds.request_expired")
    assert (told.to_company_id, told.next_company_id) == (first.company_id, second.company_id)
    assert (told.next_company_name, told.next_need_title) == ("supplier 1", "Panela orgánica")


def test_nobody_is_offered_twice(hasty: Story) -> None:
    buyer, (first, second, third, fourth) = hasty.buyers[0], hasty.suppliers
    hasty.rounds.hear(hasty.rounds.shortlist(buyer, {first: 0.9, second: 0.8, third: 0.7, fourth: 0.6}))
    for supplier in (first, second):
        hasty.request(buyer, supplier)
    expire_requests(hasty.rounds.store, after(61))
    offered = {event.next_company_id for event in hasty.rounds.told("rounds.request_expired")}
    assert offered == {third.company_id, fourth.company_id}


def test_an_expired_request_is_accepted_no_more(hasty: Story) -> None:
    request = hasty.request(hasty.buyers[0], hasty.suppliers[0])
    expire_requests(hasty.rounds.store, after(61))
    answer = hasty.suppliers[0].send("POST", f"/requests/{request['request_id']}/accept", {})
    assert (answer.status_code, answer.json["code"]) == (409, "already_decided")


def test_an_answered_request_does_not_expire(hasty: Story) -> None:
    hasty.agreed(hasty.buyers[0], hasty.suppliers[0])
    expire_requests(hasty.rounds.store, after(61))
    assert hasty.organizer.get(f"/rounds/{hasty.round_id}/requests")["items"][0]["status"] == "accepted"


def test_without_a_time_to_answer_requests_wait(story: Story) -> None:
    request = story.request(story.buyers[0], story.suppliers[0])
    assert request["expires_at"] is None
    expire_requests(story.rounds.store, after(60 * 24 * 365))
    assert story.rounds.told("rounds.request_expired") == []


def test_all_that_is_due_expires_however_much_it_is(rounds: Rounds) -> None:
    story = tell_story(rounds, 8, 8, a_plan(rules={"answer_minutes": 15}))
    for buyer in story.buyers:
        for supplier in story.suppliers:
            story.request(buyer, supplier)
    while expire_requests(rounds.store, after(16)):
        pass
    assert len(rounds.told("rounds.request_expired")) == 64


@pytest.mark.parametrize(("minutes", "status"), [(14, 422), (15, 201), (14_400, 201), (14_401, 422)])
def test_the_time_to_answer_is_between_15_minutes_and_10_days(
    rounds: Rounds, minutes: int, status: int
) -> None:
    plan = a_plan(rules={"answer_minutes": minutes})
    assert rounds.person("organizer").send("POST", "/rounds", plan).status_code == status


def test_a_company_asks_as_often_as_the_round_allows(rounds: Rounds) -> None:
    story = tell_story(rounds, 1, 20, a_plan(rules={"requests_per_company": 5}))
    path = f"/rounds/{story.round_id}/requests"

    def ask(company_id: str | None) -> str:
        answer = story.buyers[0].send("POST", path, {"to_company_id": company_id})
        return str(answer.json.get("code", answer.status_code))

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, [supplier.company_id for supplier in story.suppliers]))
    assert sorted(answers) == ["201"] * 5 + ["too_many_requests"] * 15
    declined = story.buyers[0].get(f"{path}?status=pending")["items"][0]
    asked = next(s for s in story.suppliers if s.company_id == declined["to_company_id"])
    asked.post(f"/requests/{declined['request_id']}/decline")
    never_asked = story.suppliers[answers.index("too_many_requests")]
    assert ask(never_asked.company_id) == "201"


def test_requests_end_with_their_time(rounds: Rounds) -> None:
    story = tell_story(rounds, 1, 1, a_plan(rules={"requests_until": datetime.now(UTC).isoformat()}))
    body = {"to_company_id": story.suppliers[0].company_id}
    answer = story.buyers[0].send("POST", f"/rounds/{story.round_id}/requests", body)
    assert (answer.status_code, answer.json["code"]) == (409, "requests_over")


def test_who_let_a_request_expire_may_ask_in_turn_but_not_who_sent_it(hasty: Story) -> None:
    buyer, supplier = hasty.buyers[0], hasty.suppliers[0]
    first = hasty.request(buyer, supplier)
    expire_requests(hasty.rounds.store, after(61))
    path = f"/rounds/{hasty.round_id}/requests"
    again = buyer.send("POST", path, {"to_company_id": supplier.company_id})
    assert (again.status_code, again.json["code"]) == (409, "already_requested")
    turned = hasty.request(supplier, buyer)
    assert (turned["request_id"], turned["status"]) == (first["request_id"], "pending")
    assert buyer.post(f"/requests/{turned['request_id']}/accept", {})["request"]["status"] == "accepted"
    asked = [
        (event.from_company_id, event.to_company_id)
        for event in hasty.rounds.told("rounds.meeting_requested")
    ]
    assert asked == [(buyer.company_id, supplier.company_id), (supplier.company_id, buyer.company_id)]


def test_a_company_that_has_come_back_may_be_asked_again(hasty: Story) -> None:
    buyer, supplier = hasty.buyers[0], hasty.suppliers[0]
    hasty.rounds.hear(hasty.rounds.shortlist(buyer, {supplier: 0.9}))
    request = hasty.request(buyer, supplier)
    own = supplier.get(f"/rounds/{hasty.round_id}/registrations")["items"][0]
    supplier.post(f"/registrations/{own['registration_id']}/withdraw", {"reason": "Viaje"})
    body = {"side": "supplier", "delegates": [{"name": "Ana Ruiz"}]}
    supplier.post(f"/rounds/{hasty.round_id}/registrations", body)
    [suggested] = buyer.get(f"/rounds/{hasty.round_id}/suggestions")["items"]
    assert suggested["request_id"] is None
    again = hasty.request(buyer, supplier)
    assert (again["request_id"], again["status"], again["version"]) == (request["request_id"], "pending", 3)


def test_nobody_decides_once_the_round_is_over(hasty: Story) -> None:
    request = hasty.request(hasty.buyers[0], hasty.suppliers[0])
    hasty.rounds.store.db.rounds.update_one({"_id": hasty.round_id}, {"$set": {"status": "closed"}})
    for word in ("accept", "decline"):
        answer = hasty.suppliers[0].send("POST", f"/requests/{request['request_id']}/{word}", {})
        assert (answer.status_code, answer.json["code"]) == (409, "wrong_round_status")
