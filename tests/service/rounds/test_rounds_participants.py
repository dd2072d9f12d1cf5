"""Planning, registering, suggestions and requests: who may do what, and what is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from shared.contracts.catalog import CompanyChanged, CompanyRegistered, CompanyWithdrawn, NeedClosed
from shared.contracts.matching import CandidateDismissed, CandidateShortlisted, InterestDeclared
from shared.contracts.portal import AccountErased
from shared.store import new_id
from tests.service.rounds.conftest import a_plan, tell_story

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

    from shared.contracts.matching import ShortlistUpdated
    from tests.service.rounds.conftest import Person, Rounds, Story

ONE_DELEGATE = [{"name": "Ana Ruiz"}]


def refused(answer: TestResponse) -> tuple[int, str, str | None]:
    return answer.status_code, answer.json["code"], answer.json["field"]


def said(kind: type[Any], shortlist: ShortlistUpdated, supplier: Person, **fields: Any) -> Any:
    about = {
        "need_id": shortlist.need_id,
        "need_title": shortlist.need_title,
        "anchor_id": shortlist.anchor_id,
    }
    fields = {"match_id": new_id(), "decided_by": "x", **about, **fields}
    return kind(supplier_id=str(supplier.company_id), **fields)


def suggested(story: Story, person: Person) -> list[Any]:
    items: list[Any] = person.get(f"/rounds/{story.round_id}/suggestions")["items"]
    return items


def test_a_draft_is_seen_by_its_organizer_alone(rounds: Rounds) -> None:
    organizer, stranger = rounds.person("organizer"), rounds.person("organizer")
    path = f"/rounds/{organizer.post('/rounds', a_plan())['round_id']}"
    assert organizer.send("GET", path).status_code == 200
    assert stranger.send("GET", path).status_code == 404
    assert stranger.get("/rounds")["items"] == []
    assert rounds.person("admin").send("GET", path).status_code == 200


def test_a_draft_is_changed_only_as_it_was_read(rounds: Rounds) -> None:
    organizer = rounds.person("organizer")
    path = f"/rounds/{organizer.post('/rounds', a_plan())['round_id']}"
    changed = organizer.send("PUT", path, a_plan(tables=7), If_Match='"1"')
    late = organizer.send("PUT", path, a_plan(tables=8), If_Match='"1"')
    assert (changed.status_code, changed.json["tables"]) == (200, 7)
    assert (late.status_code, late.json["code"]) == (412, "changed_meanwhile")


def test_a_plan_with_faults_names_them_all_and_saves_nothing(rounds: Rounds) -> None:
    organizer = rounds.person("organizer")
    plan = a_plan(modality="hybrid", tables=None, time_zone="America/Macondo")
    answer = organizer.send("POST", "/rounds", plan)
    faults = {fault["code"] for fault in answer.json["faults"]}
    assert (answer.status_code, faults) == (
        422,
        {"tables_missing", "room_base_url_missing", "unknown_time_zone"},
    )
    assert rounds.store.db.rounds.count_documents({}) == 0


def test_rounds_are_listed_page_by_page(rounds: Rounds) -> None:
    organizer = rounds.person("organizer")
    made = {organizer.post("/rounds", a_plan(name=f"Rueda {n}"))["round_id"] for n in range(5)}
    seen, cursor = [], ""
    while True:
        page = organizer.get(f"/rounds?limit=2{cursor}")
        seen += [item["round_id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert (len(seen), set(seen)) == (5, made)


def test_a_company_registers_once(story: Story) -> None:
    body = {"side": "buyer", "delegates": ONE_DELEGATE}
    answer = story.buyers[0].send("POST", f"/rounds/{story.round_id}/registrations", body)
    assert refused(answer) == (409, "already_registered", None)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"side": "buyer", "delegates": ONE_DELEGATE}, (422, "company_lacks_role", "side")),
        ({"side": "supplier", "delegates": []}, (422, "wrong_length", "delegates")),
        (
            {"side": "supplier", "delegates": [{"name": "Ana", "free_slots": ["20200101T0000Z"]}]},
            (422, "unknown_slot", "delegates.0.free_slots"),
        ),
        (
            {"side": "supplier", "delegates": [{"name": "A", "account_id": "1"}] * 2},
            (422, "delegate_twice", "delegates.0.account_id"),
        ),
    ],
)
def test_a_wrong_registration_is_refused(story: Story, body: Any, expected: tuple[int, str, str]) -> None:
    newcomer = story.rounds.company("Quesos del Sur", "supplier")
    answer = newcomer.send("POST", f"/rounds/{story.round_id}/registrations", body)
    assert refused(answer) == expected


def test_only_the_organizer_registers_others(story: Story) -> None:
    newcomer = story.rounds.company("Quesos del Sur", "supplier")
    path = f"/rounds/{story.round_id}/registrations"
    body = {"company_id": newcomer.company_id, "side": "supplier", "delegates": ONE_DELEGATE}
    assert story.suppliers[0].send("POST", path, body).status_code == 403
    assert story.organizer.post(path, body)["company_name"] == "Quesos del Sur"


def test_a_company_that_the_directory_lacks_can_not_register(story: Story) -> None:
    stranger = story.rounds.person("supplier", company="Nadie")
    body = {"side": "supplier", "delegates": ONE_DELEGATE}
    answer = stranger.send("POST", f"/rounds/{story.round_id}/registrations", body)
    assert refused(answer) == (404, "unknown_company", "company_id")


def test_an_older_event_does_not_undo_a_newer_one(rounds: Rounds) -> None:
    company_id = new_id()
    rounds.hear(CompanyChanged(company_id=company_id, name="Nuevo", roles=["anchor"]), sequence=2)
    rounds.hear(CompanyRegistered(company_id=company_id, name="Viejo", roles=[]), sequence=1)
    assert (rounds.store.company(company_id) or {})["name"] == "Nuevo"
    rounds.hear(CompanyWithdrawn(company_id=company_id), sequence=3)
    assert rounds.store.company(company_id) is None


def test_people_are_shown_to_their_company_and_the_organizer_alone(story: Story) -> None:
    path = f"/rounds/{story.round_id}"
    assert len(story.organizer.get(f"{path}/registrations")["items"]) == 5
    assert len(story.buyers[0].get(f"{path}/registrations")["items"]) == 1
    others = story.buyers[0].get(f"{path}/participants?side=supplier")["items"]
    shown = frozenset({"company_id", "company_name", "side", "seeks", "offers"})
    assert {frozenset(other) for other in others} == {shown}
    theirs = story.organizer.get(f"{path}/registrations")["items"][0]["registration_id"]
    assert story.suppliers[0].send("GET", f"/registrations/{theirs}").status_code == 403


def test_suggestions_come_by_match_score_and_only_from_the_round(story: Story) -> None:
    buyer, (first, second, third) = story.buyers[0], story.suppliers
    absent = story.rounds.company("Ausente", "supplier")
    story.rounds.hear(story.rounds.shortlist(buyer, {first: 0.4, absent: 0.99, second: 0.8}))
    assert [s["company_id"] for s in suggested(story, buyer)] == [second.company_id, first.company_id]
    assert [(s["company_id"], s["score"]) for s in suggested(story, first)] == [(buyer.company_id, 0.4)]
    assert suggested(story, third) == []


def test_decisions_of_both_sides_show_in_the_suggestions(story: Story) -> None:
    buyer, (first, second, third) = story.buyers[0], story.suppliers
    top = story.rounds.shortlist(buyer, {first: 0.4, second: 0.8})
    story.rounds.hear(top, said(CandidateDismissed, top, second), said(CandidateShortlisted, top, third))
    story.rounds.hear(said(InterestDeclared, top, first, interested=True))
    found = {
        s["company_id"]: (s["score"], s["shortlisted"], s["interested"]) for s in suggested(story, buyer)
    }
    assert found == {first.company_id: (0.4, False, True), third.company_id: (None, True, None)}


def test_a_closed_need_is_no_longer_suggested(story: Story) -> None:
    top = story.rounds.shortlist(story.buyers[0], {story.suppliers[0]: 0.4})
    story.rounds.hear(top, NeedClosed(need_id=top.need_id, company_id=top.anchor_id, status="closed"))
    assert suggested(story, story.buyers[0]) == []


def test_a_request_from_a_suggestion_carries_its_score(story: Story) -> None:
    buyer, supplier = story.buyers[0], story.suppliers[0]
    top = story.rounds.shortlist(buyer, {supplier: 0.4})
    story.rounds.hear(top)
    body = {"to_company_id": supplier.company_id, "need_id": top.need_id}
    request = buyer.post(f"/rounds/{story.round_id}/requests", body)
    assert (request["score"], request["need_id"]) == (0.4, top.need_id)
    assert suggested(story, buyer)[0]["request_id"] == request["request_id"]


def test_a_need_of_somebody_else_is_refused(story: Story) -> None:
    top = story.rounds.shortlist(story.buyers[1], {story.suppliers[0]: 0.4})
    story.rounds.hear(top)
    body = {"to_company_id": story.suppliers[0].company_id, "need_id": top.need_id}
    answer = story.buyers[0].send("POST", f"/rounds/{story.round_id}/requests", body)
    assert refused(answer) == (422, "need_of_another_company", "need_id")


def test_wrong_requests_are_refused(story: Story) -> None:
    path, buyer = f"/rounds/{story.round_id}/requests", story.buyers[0]
    outsider = story.rounds.company("Ausente", "supplier")

    def ask(to: Person) -> tuple[int, str, str | None]:
        return refused(buyer.send("POST", path, {"to_company_id": to.company_id}))

    assert ask(buyer) == (422, "request_to_oneself", "to_company_id")
    assert ask(story.buyers[1]) == (422, "same_side", "to_company_id")
    assert ask(outsider) == (409, "not_registered", None)


def test_a_pair_has_one_request_whichever_side_asks(story: Story) -> None:
    story.request(story.buyers[0], story.suppliers[0])
    body = {"to_company_id": story.buyers[0].company_id}
    answer = story.suppliers[0].send("POST", f"/rounds/{story.round_id}/requests", body)
    assert refused(answer) == (409, "already_requested", None)


def test_only_the_company_that_was_asked_decides(story: Story) -> None:
    path = f"/requests/{story.request(story.buyers[0], story.suppliers[0])['request_id']}"
    for person in (story.buyers[0], story.suppliers[1]):
        assert person.send("POST", f"{path}/accept", {}).status_code == 403
    assert story.suppliers[1].send("GET", path).status_code == 404
    assert story.suppliers[0].post(f"{path}/accept", {})["request"]["status"] == "accepted"
    assert refused(story.suppliers[0].send("POST", f"{path}/decline"))[:2] == (409, "already_decided")


def test_a_refusal_can_be_turned_into_a_yes(story: Story) -> None:
    path = f"/requests/{story.request(story.buyers[0], story.suppliers[0])['request_id']}"
    story.suppliers[0].post(f"{path}/decline")
    assert story.suppliers[0].post(f"{path}/accept", {})["request"]["status"] == "accepted"


def test_requests_are_listed_by_direction_and_status(story: Story) -> None:
    story.agreed(story.buyers[0], story.suppliers[0])
    story.request(story.suppliers[1], story.buyers[0])
    path = f"/rounds/{story.round_id}/requests"
    counts = [
        len(person.get(f"{path}?{query}")["items"])
        for person, query in (
            (story.buyers[0], "direction=sent"),
            (story.buyers[0], "direction=received"),
            (story.buyers[0], "status=accepted"),
            (story.suppliers[2], ""),
            (story.organizer, ""),
        )
    ]
    assert counts == [1, 1, 1, 0, 2]


def test_a_virtual_meeting_has_a_room_that_nobody_guesses_nor_is_told_before_its_time(rounds: Rounds) -> None:
    plan = a_plan(modality="virtual", tables=None, room_base_url="https://salas.example/rueda/")
    story = tell_story(rounds, 1, 2, plan)
    meetings = [
        story.agreed(story.buyers[0], supplier, story.slot_ids[n])["meeting"]
        for n, supplier in enumerate(story.suppliers)
    ]
    rooms = [row["room_url"] for row in rounds.store.db.meetings.find()]
    assert len(set(rooms)) == 2
    assert all(room.startswith("https://salas.example/rueda/") and len(room) >= 50 for room in rooms)
    pages = [f"{rounds.config.portal_url}/rooms/{meeting['meeting_id']}" for meeting in meetings]
    assert [meeting["room_url"] for meeting in meetings] == pages
    early = story.buyers[0].get(f"/meetings/{meetings[0]['meeting_id']}/room")
    assert early["room_url"] is None
    assert early["seconds_left"] > 6 * 24 * 3600
    outbox = str(list(rounds.store.db.outbox.find({"headers.ce_type": "rounds.meeting_scheduled"})))
    assert "virtual" in outbox
    assert "salas.example" not in outbox


def test_a_person_who_leaves_is_erased_everywhere(story: Story) -> None:
    newcomer = story.rounds.company("Quesos del Sur", "supplier")
    people = [{"name": "Ana Ruiz", "account_id": "ana"}, {"name": "Luz Gil", "account_id": "luz"}]
    body = {"side": "supplier", "delegates": people}
    own = newcomer.post(f"/rounds/{story.round_id}/registrations", body)
    story.agreed(story.buyers[0], newcomer, story.slot_ids[0])
    story.rounds.hear(AccountErased(account_id="ana"))
    kept = newcomer.get(f"/registrations/{own['registration_id']}")["delegates"]
    assert [(d["name"], d["account_id"]) for d in kept] == [("(persona borrada)", None), ("Luz Gil", "luz")]
    meeting = newcomer.get("/meetings")["items"][0]["supplier"]
    assert (meeting["delegate_name"], meeting["account_id"]) == ("(persona borrada)", None)


def test_the_round_that_is_announced_says_when_it_is(story: Story) -> None:
    event = story.rounds.told("rounds.registration_opened")[0]
    assert event.starts_on == event.ends_on == date.fromisoformat(a_plan()["days"][0]["on"])
    assert event.starts_on >= datetime.now(UTC).date()
