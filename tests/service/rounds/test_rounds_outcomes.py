"""What both sides expect and really sold: reconciled, asked for again, and summed up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from services.rounds.usecases.outcomes import ask_follow_ups
from services.rounds.usecases.rounds import close_rounds
from shared.contracts.catalog import CompanyChanged, Place
from tests.service.rounds.conftest import a_plan_today, tell_story
from tests.service.rounds.test_rounds_life import deal, money

if TYPE_CHECKING:
    from tests.service.rounds.conftest import Rounds, Story


def expected(amount: int) -> Any:
    return deal(amount, 50)["expected"]


@pytest.fixture
def held(rounds: Rounds) -> Story:
    """A round of today: one buyer has met four suppliers."""
    story = tell_story(rounds, 1, 4, a_plan_today())
    for supplier in story.suppliers:
        story.agreed(story.buyers[0], supplier)
    draft = rounds.run_agenda(story.organizer, story.round_id)
    story.organizer.post(f"/agendas/{draft['agenda_id']}/publish")
    for supplier in story.suppliers:
        supplier.post(f"{address(story, supplier)}/check-in")
        story.buyers[0].post(f"{address(story, supplier)}/check-in")
    return story


def address(story: Story, supplier: Any) -> str:
    return f"/meetings/{supplier.get('/meetings')['items'][0]['meeting_id']}"


def test_differences_are_shown_once_both_have_spoken_and_then_reconciled(held: Story) -> None:
    buyer, supplier = held.buyers[0], held.suppliers[0]
    path = address(held, supplier)
    buyer.post(f"{path}/outcomes", deal(300, 50))
    early = supplier.get(f"{path}/reconciliation")
    assert (early["outcomes"], early["differences"]) == ({}, [])
    supplier.post(f"{path}/outcomes", deal(500, 50))
    both = supplier.get(f"{path}/reconciliation")
    assert [(d["about"], d["buyer"], d["supplier"]) for d in both["differences"]] == [
        ("value", "300 COP", "500 COP")
    ]
    assert both["expected"]["value"] == money(300, "COP")
    supplier.post(f"{path}/reconciliation", expected(400))
    assert held.rounds.told("rounds.outcome_reconciled") == []
    settled = buyer.post(f"{path}/reconciliation", expected(400))
    assert settled["agreed"]["value"] == settled["expected"]["value"] == money(400, "COP")
    assert [event.by_organizer for event in held.rounds.told("rounds.outcome_reconciled")] == [False]
    records = held.organizer.get(f"{path}/records")
    assert [len(records[kind]) for kind in ("outcomes", "reconciliations")] == [2, 2]
    totals = held.organizer.get(f"/rounds/{held.round_id}/totals")
    assert totals["reconciled"] == totals["expected"]


def test_what_was_sold_is_asked_at_30_days_and_verified_by_both(held: Story) -> None:
    buyer, supplier = held.buyers[0], held.suppliers[0]
    held.organizer.post(f"/rounds/{held.round_id}/status", {"status": "closed"})
    ask_follow_ups(held.rounds.store, datetime.now(UTC) + timedelta(days=29))
    assert held.rounds.told("rounds.follow_up_due") == []
    for _ in range(2):
        ask_follow_ups(held.rounds.store, datetime.now(UTC) + timedelta(days=31))
    asked = held.rounds.told("rounds.follow_up_due")
    assert (len(asked), {event.days for event in asked}) == (8, {30})
    assert len(held.organizer.get(f"/rounds/{held.round_id}/follow-ups")["items"]) == 8
    path = address(held, supplier)
    assert supplier.post(f"{path}/sales", {"sold": money(900, "COP")})["verified"] is None
    said = buyer.post(f"{path}/sales", {"sold": money(800, "COP"), "note": "Factura 12"})
    assert said["verified"] == money(800, "COP")
    totals = held.organizer.get(f"/rounds/{held.round_id}/totals")
    assert totals["verified"] == [{"sold": money(800, "COP"), "meetings": 1}]
    assert [row["said"]["note"] for row in buyer.get(f"{path}/records")["sales"]] == ["", "Factura 12"]


def test_who_closes_a_round_late_asks_once_for_all_that_is_due(held: Story) -> None:
    held.organizer.post(f"/rounds/{held.round_id}/status", {"status": "closed"})
    ask_follow_ups(held.rounds.store, datetime.now(UTC) + timedelta(days=200))
    ask_follow_ups(held.rounds.store, datetime.now(UTC) + timedelta(days=201))
    assert {event.days for event in held.rounds.told("rounds.follow_up_due")} == {180}
    assert len(held.rounds.told("rounds.follow_up_due")) == 8


def test_after_a_year_a_round_is_followed_up(held: Story) -> None:
    held.organizer.post(f"/rounds/{held.round_id}/status", {"status": "closed"})
    for days in (31, 91, 181, 367, 368):
        ask_follow_ups(held.rounds.store, datetime.now(UTC) + timedelta(days=days))
    asked = [event.days for event in held.rounds.told("rounds.follow_up_due")]
    assert {days: asked.count(days) for days in asked} == {30: 8, 90: 8, 180: 8, 365: 8}
    assert held.organizer.get(f"/rounds/{held.round_id}")["status"] == "followed_up"


def test_a_round_that_nobody_closes_is_closed_and_followed_all_the_same(held: Story) -> None:
    store = held.rounds.store
    for days in (29, 31):
        close_rounds(store, datetime.now(UTC) + timedelta(days=days))
        status = held.organizer.get(f"/rounds/{held.round_id}")["status"]
        assert status == ("closed" if days == 31 else "published")
    assert len(held.rounds.told("rounds.round_closed")) == 1
    ask_follow_ups(store, datetime.now(UTC) + timedelta(days=31))
    assert len(held.rounds.told("rounds.follow_up_due")) == 8


def place(story: Story, departments: list[str]) -> None:
    for supplier, department in zip(story.suppliers, departments, strict=True):
        assert supplier.company_id
        changed = CompanyChanged(
            company_id=supplier.company_id,
            name=supplier.name,
            roles=["supplier"],
            size="micro",
            place=Place(department=department),
            ciiu=["1071"],
        )
        story.rounds.hear(changed, sequence=2)


def test_totals_are_grouped_by_sector_department_size_and_market(held: Story) -> None:
    place(held, ["17", "17", "17", "66"])
    for supplier in held.suppliers:
        supplier.post(f"{address(held, supplier)}/outcomes", deal(100, 50))
    path = f"/rounds/{held.round_id}/groups"
    found = {
        by: {
            row["name"]: row["expected"][0]["raw"]["amount"]
            for row in held.organizer.get(f"{path}?by={by}")["items"]
        }
        for by in ("sector", "department", "size", "market")
    }
    assert found == {
        "sector": {"10": 400}, "department": {"17": 300, "66": 100}, "size": {"micro": 400},
        "market": {"CO": 400},
    }  # fmt: skip
    assert held.organizer.send("GET", f"{path}?by=colour").status_code == 422


def test_public_results_show_no_figure_of_a_few(held: Story) -> None:
    place(held, ["17", "17", "17", "66"])
    for supplier in held.suppliers:
        supplier.post(f"{address(held, supplier)}/outcomes", deal(100, 50))
    path = f"/rounds/{held.round_id}/results"
    client = held.rounds.app.test_client()
    assert client.get(path).status_code == 404
    held.organizer.post(f"/rounds/{held.round_id}/status", {"status": "closed"})
    results = client.get(path).json
    # One buyer alone met everybody: each sum would be its own.
    assert (results["totals"]["held"], results["totals"]["expected"]) == (4, [])
    assert set(map(len, results["groups"].values())) == {0}


def test_public_results_show_sums_of_many(rounds: Rounds) -> None:
    story = tell_story(rounds, 3, 3, a_plan_today())
    pairs = list(zip(story.buyers, story.suppliers, strict=True))
    for number, (buyer, supplier) in enumerate(pairs):
        meeting = story.agreed(buyer, supplier, story.slot_ids[-1 - number])["meeting"]
        path = f"/meetings/{meeting['meeting_id']}"
        buyer.post(f"{path}/outcomes", deal(100, 50))
    draft = rounds.run_agenda(story.organizer, story.round_id)
    story.organizer.post(f"/agendas/{draft['agenda_id']}/publish")
    story.organizer.post(f"/rounds/{story.round_id}/status", {"status": "closed"})
    results = rounds.app.test_client().get(f"/rounds/{story.round_id}/results").json
    assert results["totals"]["expected"][0]["raw"] == money(300, "COP")
    assert [row["companies"] for row in results["groups"]["market"]] == [3]


def test_a_meeting_of_which_something_came_is_not_cancelled(rounds: Rounds) -> None:
    story = tell_story(rounds, 1, 1, a_plan_today())
    buyer, supplier = story.buyers[0], story.suppliers[0]
    meeting = story.agreed(buyer, supplier, story.slot_ids[-1])["meeting"]
    buyer.post(f"/meetings/{meeting['meeting_id']}/outcomes", deal(300, 50))
    path = f"/meetings/{meeting['meeting_id']}/cancel"
    answer = story.organizer.send("POST", path, {"reason": "Error"})
    assert (answer.status_code, answer.json["code"]) == (409, "meeting_was_held")
    own = supplier.get(f"/rounds/{story.round_id}/registrations")["items"][0]
    supplier.post(f"/registrations/{own['registration_id']}/withdraw", {"reason": "Viaje"})
    sums = story.organizer.get(f"/rounds/{story.round_id}/totals")
    assert [row["raw"] for row in sums["expected"]] == [money(300, "COP")]
