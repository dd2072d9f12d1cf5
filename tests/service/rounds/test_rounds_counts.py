"""What an organizer looks after, counted; and lists that show a part of a round."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from services.rounds.usecases.outcomes import ask_follow_ups
from tests.service.rounds.conftest import a_plan, a_plan_today, tell_story
from tests.service.rounds.test_rounds_life import money

if TYPE_CHECKING:
    from tests.service.rounds.conftest import Rounds, Story


def published(rounds: Rounds, plan: dict[str, Any]) -> Story:
    """One buyer is to meet two suppliers; a third one was asked and has not answered."""
    story = tell_story(rounds, 1, 3, plan)
    for supplier in story.suppliers[:2]:
        story.agreed(story.buyers[0], supplier)
    story.request(story.buyers[0], story.suppliers[2])
    draft = rounds.run_agenda(story.organizer, story.round_id)
    story.organizer.post(f"/agendas/{draft['agenda_id']}/publish")
    return story


def test_registrations_requests_and_arrivals_are_counted(rounds: Rounds) -> None:
    story = published(rounds, a_plan_today())
    meeting = story.suppliers[0].get("/meetings")["items"][0]
    story.suppliers[0].post(f"/meetings/{meeting['meeting_id']}/check-in")
    found = story.organizer.get(f"/rounds/{story.round_id}/counts")
    assert found["registrations"] == {"accepted": 4}
    assert found["requests"] == {"accepted": 2, "pending": 1}
    assert (found["meetings"], found["expected"], found["arrived"]) == (2, 3, 1)
    path = f"/rounds/{story.round_id}/counts"
    assert rounds.person("organizer").send("GET", path).status_code == 403


def test_follow_ups_name_both_sides_and_those_without_an_answer_are_found(rounds: Rounds) -> None:
    story = published(rounds, a_plan_today())
    buyer, supplier = story.buyers[0], story.suppliers[0]
    path = f"/meetings/{supplier.get('/meetings')['items'][0]['meeting_id']}"
    for person in (buyer, supplier):
        person.post(f"{path}/check-in")
    story.organizer.post(f"/rounds/{story.round_id}/status", {"status": "closed"})
    ask_follow_ups(rounds.store, datetime.now(UTC) + timedelta(days=31))
    supplier.post(f"{path}/sales", {"sold": money(100, "COP")})
    own = f"/rounds/{story.round_id}"
    every = story.organizer.get(f"{own}/follow-ups")["items"]
    assert {(row["company_id"], row["answered"]) for row in every} == {
        (buyer.company_id, False),
        (supplier.company_id, True),
    }
    assert {(row["buyer_name"], row["supplier_name"]) for row in every} == {(buyer.name, supplier.name)}
    silent = story.organizer.get(f"{own}/follow-ups?unanswered=true")["items"]
    assert [row["company_id"] for row in silent] == [buyer.company_id]
    counts = story.organizer.get(f"{own}/counts")
    assert (counts["follow_ups"], counts["unanswered"]) == (2, 1)


def test_meetings_are_listed_by_slot_by_day_and_by_company(rounds: Rounds) -> None:
    story = published(rounds, a_plan())
    path = f"/rounds/{story.round_id}/meetings"
    meeting = story.organizer.get(path)["items"][0]

    def found(query: str) -> set[str]:
        return {row["slot_id"] for row in story.organizer.get(f"{path}?{query}")["items"]}

    assert found(f"slot_id={meeting['slot_id']}") == {meeting["slot_id"]}
    assert len(found(f"on={meeting['on']}")) == 2
    assert found("on=2020-01-01") == found("status=cancelled") == set()
    assert found(f"company_id={meeting['supplier']['company_id']}") == {meeting["slot_id"]}


def test_an_organizer_lists_the_own_rounds_alone_and_the_runs_of_each(rounds: Rounds) -> None:
    story = published(rounds, a_plan())
    tell_story(rounds, 0, 0, a_plan())
    own = [row["round_id"] for row in story.organizer.get("/rounds?managed=true")["items"]]
    assert own == [story.round_id]
    assert len(story.organizer.get("/rounds")["items"]) == 2
    [run] = story.organizer.get(f"/rounds/{story.round_id}/runs")["items"]
    assert (run["status"], run["round_id"]) == ("done", story.round_id)
