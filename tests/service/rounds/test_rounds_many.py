"""Far more requests than fit: the round goes on, and everybody is told why."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from services.rounds.model.agendas import Agenda
from services.rounds.model.registrations import Delegate, Registration
from services.rounds.model.requests import MeetingRequest
from tests.service.rounds.conftest import a_plan, tell_story

if TYPE_CHECKING:
    from tests.service.rounds.conftest import Rounds, Story

NOW = datetime.now(UTC)


def registered(story: Story, name: str, side: str) -> Registration:
    return Registration(
        id=f"r-{name}", version=1, round_id=story.round_id, company_id=name, company_name=name, side=side,
        delegates=(Delegate(delegate_id=f"d-{name}", name=name),), registered_by="x", registered_at=NOW,
    )  # fmt: skip


def asked(story: Story, buyer: str, supplier: str) -> MeetingRequest:
    return MeetingRequest(
        id=f"{buyer}-{supplier}", version=1, round_id=story.round_id, from_company_id=supplier,
        from_company_name=supplier, to_company_id=buyer, to_company_name=buyer, buyer_id=buyer,
        supplier_id=supplier, need_id=None, note="", score=None, status="accepted", created_by="x",
        created_at=NOW,
    )  # fmt: skip


def crowd(story: Story, buyers: int, suppliers: int) -> None:
    """All suppliers have asked all buyers, and all have said yes."""
    store = story.rounds.store
    sides = {"buyer": [f"b{n}" for n in range(buyers)], "supplier": [f"s{n}" for n in range(suppliers)]}
    store.add(*(registered(story, name, side) for side, names in sides.items() for name in names))
    for buyer in sides["buyer"]:
        store.add(*(asked(story, buyer, supplier) for supplier in sides["supplier"]))


def a_round_of(rounds: Rounds, slots: int, tables: int) -> Story:
    """A day of so many slots of 15 minutes."""
    ends = f"{8 + slots // 4:02}:{15 * (slots % 4):02}"
    day = {**a_plan()["days"][0], "starts": "08:00", "ends": ends, "slot_minutes": 15, "breaks": []}
    return tell_story(rounds, 0, 0, a_plan(days=[day], tables=tables))


def test_a_buyer_with_200_requests_and_14_slots_meets_14_and_is_named_as_full(rounds: Rounds) -> None:
    story = a_round_of(rounds, 14, 30)
    crowd(story, 1, 200)
    draft = story.rounds.run_agenda(story.organizer, story.round_id)
    assert len(draft["placed"]) == 14
    assert {left["reason"] for left in draft["left_out"]} == {"participant_full"}
    assert len(draft["left_out"]) == 186
    assert draft["left_out"][0]["explanation"].startswith("b0 ya tiene 14 de 14 citas posibles")
    assert draft["left_out"][0]["remedy"].startswith("Entraría con otro representante de b0")


def test_a_round_with_50_000_requests_is_listed_forecast_planned_and_published(rounds: Rounds) -> None:
    story = a_round_of(rounds, 20, 250)
    crowd(story, 250, 200)
    # Most are not answered: to say of each one why it is left out takes the engine half a minute.
    unanswered = {"buyer_id": {"$nin": [f"b{n}" for n in range(5)]}}
    rounds.store.db.requests.update_many(unanswered, {"$set": {"status": "pending"}})
    path = f"/rounds/{story.round_id}"
    assert len(story.organizer.get(f"{path}/requests?limit=100")["items"]) == 100
    assert story.organizer.get(f"{path}/forecast")["requests"] == 50_000
    draft = rounds.run_agenda(story.organizer, story.round_id)
    assert (len(draft["placed"]), len(draft["left_out"])) == (5 * 20, 5 * 180)
    story.organizer.post(f"/agendas/{draft['agenda_id']}/publish")
    assert rounds.store.db.meetings.count_documents({}) == 100


def test_lists_of_ones_own_requests_are_read_by_their_index(rounds: Rounds) -> None:
    story = a_round_of(rounds, 14, 30)
    crowd(story, 2, 100)
    requests = rounds.store.db.requests
    for field, company, count in (("to_company_id", "b0", 100), ("from_company_id", "s7", 2)):
        found = requests.find({field: company, "status": "accepted"}).sort([("created_at", 1), ("_id", 1)])
        stats = found.explain()["executionStats"]
        assert (stats["nReturned"], stats["totalDocsExamined"]) == (count, count)


def test_what_is_listed_is_read_in_the_order_of_an_index(rounds: Rounds) -> None:
    db, of_round = rounds.store.db, {"round_id": "r"}
    lists = [
        (db.agendas, of_round, ("number", -1)),
        (db.follow_ups, of_round, ("asked_at", -1)),
        (db.offers, of_round, ("created_at", -1)),
        (db.changes, of_round, ("created_at", -1)),
        (db.meetings, of_round, ("starts_at", 1)),
        (db.registrations, of_round, ("registered_at", 1)),
        (db.requests, of_round, ("created_at", 1)),
    ]
    for collection, query, (field, direction) in lists:
        found = collection.find(query).sort([(field, direction), ("_id", direction)]).limit(20)
        assert "SORT" not in str(found.explain()["queryPlanner"]["winningPlan"]), collection.name
    disputed = db.meetings.find({**of_round, "disputed.0": {"$exists": True}}).sort([("starts_at", 1)])
    assert "disputed" in str(disputed.explain()["queryPlanner"]["winningPlan"])


def test_a_page_of_versions_does_not_read_their_meetings(rounds: Rounds) -> None:
    story = a_round_of(rounds, 14, 30)
    crowd(story, 1, 20)
    draft = rounds.run_agenda(story.organizer, story.round_id)
    [page], _ = rounds.store.page(Agenda, {"round_id": story.round_id}, 10, None)
    assert (page.id, page.placed, page.left_out) == (draft["agenda_id"], (), ())
    assert len(rounds.store.get(Agenda, page.id).placed) == 14
