"""What organizers and people settle for the agenda holds in agendas, in bookings and in changes by hand."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from services.rounds.agenda import solve
from services.rounds.model.agendas import AgendaRun
from services.rounds.usecases.meetings import room_of
from services.rounds.usecases.problems import problem_of
from services.rounds.usecases.rounds import begin_rounds
from shared.auth import Actor
from tests.service.rounds.conftest import a_plan, tell_story

if TYPE_CHECKING:
    from tests.service.rounds.conftest import Person, Rounds, Story


def a_story(rounds: Rounds, sides: tuple[int, int], slots: int = 6, **agenda: Any) -> Story:
    """A round of so many half-hour slots, up to three before a break and three after it."""
    ends = ["14:30", "15:00", "15:30", "16:15", "16:45", "17:15"][slots - 1]
    day = {**a_plan()["days"][0], "ends": ends}
    day["breaks"] = day["breaks"] if slots > 3 else []
    return tell_story(rounds, *sides, a_plan(days=[day], agenda=agenda))


def everybody(story: Story) -> list[str]:
    """All buyers and suppliers want to meet one another."""
    return [story.agreed(b, s)["request"]["request_id"] for b in story.buyers for s in story.suppliers]


def draft_of(story: Story) -> Any:
    return story.rounds.run_agenda(story.organizer, story.round_id)


def settle(story: Story, **rules: Any) -> Any:
    read = story.organizer.send("GET", f"/rounds/{story.round_id}")
    path = f"/rounds/{story.round_id}/agenda-rules"
    return story.organizer.send("PUT", path, rules, If_Match=read.headers["ETag"])


def condition(story: Story, request_id: str, **said: Any) -> Any:
    return story.organizer.send("PUT", f"/requests/{request_id}/condition", said)


def limited(story: Story, person: Person, **limits: int) -> None:
    """The person's one delegate sets limits of its own."""
    own = person.get(f"/rounds/{story.round_id}/registrations")["items"][0]
    body = {"delegates": [{**own["delegates"][0], "limits": limits}]}
    path = f"/registrations/{own['registration_id']}"
    answer = person.send("PATCH", path, body, If_Match=f'"{own["version"]}"')
    assert answer.json["delegates"][0]["limits"]["most_a_day"] == limits.get("most_a_day")


def test_the_rules_are_in_the_plan_and_can_be_changed_until_the_round_is_closed(rounds: Rounds) -> None:
    story = a_story(rounds, (1, 1), suppliers_at_once=2, buyers={"most_a_day": 4})
    assert story.round["agenda"]["buyers"] == {
        "most": None, "most_a_day": 4, "most_in_a_row": None, "keep_free": 0,
    }  # fmt: skip
    changed = settle(story, promised=2, weights={"paid": 80})
    assert (changed.json["agenda"]["promised"], changed.json["agenda"]["suppliers_at_once"]) == (2, 1)
    assert changed.json["agenda"]["weights"] == {"match": 50, "both_ranked": 25, "paid": 80}


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        ({"promised": 7}, "promise_too_high"),
        ({"promised": 3, "suppliers": {"most": 2}}, "promise_too_high"),
        ({"buyers": {"keep_free": 6}}, "no_slot_left"),
    ],
)
def test_rules_that_the_round_can_not_keep_are_refused(rounds: Rounds, rules: Any, code: str) -> None:
    answer = settle(a_story(rounds, (1, 1)), **rules)
    assert (answer.status_code, answer.json["code"]) == (422, code)


def test_an_own_table_needs_tables(rounds: Rounds) -> None:
    organizer = rounds.person("organizer")
    plan = a_plan(modality="virtual", tables=None, room_base_url="https://meet.example")
    answer = organizer.send("POST", "/rounds", {**plan, "agenda": {"own_table": True}})
    assert (answer.status_code, answer.json["code"]) == (422, "own_table_without_tables")


def test_a_buyer_receives_several_suppliers_at_one_table(rounds: Rounds) -> None:
    story = a_story(rounds, (1, 3), slots=1, suppliers_at_once=2)
    everybody(story)
    draft = draft_of(story)
    assert [place["table"] for place in draft["placed"]] == [draft["placed"][0]["table"]] * 2
    assert [left["reason"] for left in draft["left_out"]] == ["participant_full"]
    story.organizer.post(f"/agendas/{draft['agenda_id']}/publish")
    # The buyer's delegate and the table have two meetings each, the suppliers one.
    assert Counter(len(row["meeting_ids"]) for row in rounds.store.db.seats.find()) == {1: 2, 2: 2}
    assert len(story.buyers[0].get("/meetings")["items"]) == 2


def test_one_supplier_more_than_fits_at_a_table_is_refused_and_a_place_that_comes_free_is_taken(
    rounds: Rounds,
) -> None:
    story = a_story(rounds, (2, 3), slots=1, suppliers_at_once=2)
    slot_id = story.slot_ids[0]
    meetings = [story.agreed(s, story.buyers[0], slot_id)["meeting"] for s in story.suppliers[:2]]
    assert meetings[0]["table"] == meetings[1]["table"]
    third = story.request(story.suppliers[2], story.buyers[0])
    path = f"/requests/{third['request_id']}/accept"
    refused = story.buyers[0].send("POST", path, {"slot_id": slot_id})
    assert (refused.status_code, refused.json["code"]) == (409, "no_delegate_free")
    story.organizer.post(f"/meetings/{meetings[0]['meeting_id']}/cancel", {"reason": "No viene"})
    assert story.buyers[0].post(path, {"slot_id": slot_id})["meeting"]["table"] == meetings[1]["table"]
    # The other buyer can't sit down with them, though their table has had a free chair.
    other = story.agreed(story.suppliers[0], story.buyers[1], slot_id)["meeting"]
    assert other["table"] != meetings[1]["table"]


def test_suppliers_who_are_received_together_share_a_room(rounds: Rounds) -> None:
    plan = a_plan(
        modality="virtual", tables=None, room_base_url="https://meet.example", agenda={"suppliers_at_once": 2}
    )
    story = tell_story(rounds, 1, 2, plan)
    for supplier in story.suppliers:
        story.agreed(supplier, story.buyers[0], story.slot_ids[0])
    now = rounds.store.db.meetings.find_one()["starts_at"]  # type: ignore[index]  # there are two
    rooms = {
        room_of(rounds.store, meeting["_id"], actor, now).room_url
        for meeting in rounds.store.db.meetings.find()
        for actor in [Actor("x", meeting["supplier"]["company_id"], frozenset({"supplier"}))]
    }
    assert len(rooms) == 1


def test_a_buyer_stays_at_one_table_all_day(rounds: Rounds) -> None:
    story = a_story(rounds, (3, 4), own_table=True)
    everybody(story)
    draft = draft_of(story)
    homes = {(place["buyer_delegate_id"], place["table"]) for place in draft["placed"]}
    assert len(homes) == len({buyer for buyer, _ in homes}) == 3
    place = draft["placed"][0]
    shift = {"request_id": place["request_id"], "slot_id": place["slot_id"], "table": place["table"] % 3 + 1}
    path = f"/agendas/{draft['agenda_id']}/rearrangement"
    tried = story.organizer.send("POST", path, {"shifts": [shift], "try_only": True}, If_Match='"1"').json
    assert [clash["code"] for clash in tried["clashes"]] == ["other_table"]
    assert f"en la mesa {place['table']}" in tried["clashes"][0]["explanation"]


@pytest.mark.parametrize(
    ("limits", "placed"),
    [({"most": 2}, 2), ({"most_a_day": 3}, 3), ({"most_in_a_row": 1}, 4), ({"keep_free": 4}, 2)],
)
def test_a_buyer_has_no_more_meetings_than_the_limits_allow(
    rounds: Rounds, limits: dict[str, int], placed: int
) -> None:
    story = a_story(rounds, (1, 5), buyers=limits)
    everybody(story)
    draft = draft_of(story)
    assert len(draft["placed"]) == placed
    assert len(draft["left_out"]) == 5 - placed
    times = sorted(story.slot_ids.index(place["slot_id"]) for place in draft["placed"])
    if "most_in_a_row" in limits:
        # The break lies between the third slot and the fourth, which are not in a row.
        assert not {(0, 1), (1, 2), (3, 4), (4, 5)} & set(pairwise(times))


def test_what_one_person_takes_on_counts_beside_the_rounds_rules(rounds: Rounds) -> None:
    story = a_story(rounds, (3, 1))
    limited(story, story.suppliers[0], most_a_day=1)
    everybody(story)
    draft = draft_of(story)
    assert len(draft["placed"]) == 1
    assert "1 de 1 citas" in draft["left_out"][0]["explanation"]


def test_a_limit_holds_for_a_booking_and_says_so(rounds: Rounds) -> None:
    story = a_story(rounds, (1, 2), suppliers={"most_a_day": 1}, buyers={"most": 1})
    story.agreed(story.suppliers[0], story.buyers[0], story.slot_ids[0])
    late = story.request(story.suppliers[1], story.buyers[0])
    body = {"slot_id": story.slot_ids[3]}
    answer = story.buyers[0].send("POST", f"/requests/{late['request_id']}/accept", body)
    assert (answer.status_code, answer.json["code"]) == (409, "too_many_meetings")
    assert "las 1 citas" in answer.json["detail"]


def test_two_who_book_at_once_do_not_break_a_limit_together(rounds: Rounds) -> None:
    story = a_story(rounds, (1, 10), buyers={"most": 2})
    asked = [
        (story.request(s, story.buyers[0]), slot) for s, slot in zip(story.suppliers, range(10), strict=True)
    ]

    def accept(call: Any) -> int:
        request, number = call
        body = {"slot_id": story.slot_ids[number % 6]}
        path = f"/requests/{request['request_id']}/accept"
        return story.buyers[0].send("POST", path, body).status_code

    with ThreadPoolExecutor(10) as pool:
        statuses = Counter(pool.map(accept, asked))
    assert statuses == {200: 2, 409: 8}


def test_a_change_by_hand_shows_the_limit_that_it_would_break(rounds: Rounds) -> None:
    story = a_story(rounds, (1, 3), buyers={"most_in_a_row": 2})
    everybody(story)
    draft = draft_of(story)
    assert len(draft["placed"]) == 3
    shifts = [
        {"request_id": place["request_id"], "slot_id": slot_id}
        for place, slot_id in zip(draft["placed"], story.slot_ids, strict=False)
    ]
    path = f"/agendas/{draft['agenda_id']}/rearrangement"
    found = story.organizer.send("POST", path, {"shifts": shifts}, If_Match='"1"').json
    assert (found["changed"], [clash["code"] for clash in found["clashes"]]) == (False, ["too_many_in_a_row"])
    assert "más de 2 citas seguidas" in found["clashes"][0]["explanation"]


def test_a_draft_that_was_made_by_other_rules_is_not_published(rounds: Rounds) -> None:
    story = a_story(rounds, (1, 2), buyers={"most": 1})
    everybody(story)
    draft = draft_of(story)
    assert draft["rules"]["buyers"]["most"] == 1
    settle(story)
    answer = story.organizer.send("POST", f"/agendas/{draft['agenda_id']}/publish")
    assert (answer.status_code, answer.json["code"]) == (409, "agenda_outdated")
    again = draft_of(story)
    assert (again["rules"]["buyers"]["most"], len(again["placed"])) == (None, 2)
    assert story.organizer.get(f"/agendas/{draft['agenda_id']}")["rules"]["buyers"]["most"] == 1


def test_a_draft_does_not_put_a_limit_aside_for_what_was_booked_since(rounds: Rounds) -> None:
    story = a_story(rounds, (1, 3), buyers={"most": 2})
    for supplier in story.suppliers[:2]:
        story.agreed(story.buyers[0], supplier)
    late = story.request(story.suppliers[2], story.buyers[0])
    draft = draft_of(story)
    free = next(s for s in story.slot_ids if s not in {place["slot_id"] for place in draft["placed"]})
    story.buyers[0].post(f"/requests/{late['request_id']}/accept", {"slot_id": free})
    answer = story.organizer.send("POST", f"/agendas/{draft['agenda_id']}/publish")
    assert (answer.status_code, answer.json["code"]) == (409, "agenda_outdated")


def test_an_hour_is_not_offered_to_one_who_has_enough(rounds: Rounds) -> None:
    story = a_story(rounds, (2, 2), slots=2)
    limited(story, story.suppliers[0], most_a_day=1)
    story.agreed(story.buyers[0], story.suppliers[0], story.slot_ids[0])
    story.agreed(story.buyers[1], story.suppliers[0])
    story.agreed(story.buyers[1], story.suppliers[1], story.slot_ids[1])
    story.organizer.post(f"/agendas/{draft_of(story)['agenda_id']}/publish")
    own = story.suppliers[1].get(f"/rounds/{story.round_id}/registrations")["items"][0]
    story.suppliers[1].post(f"/registrations/{own['registration_id']}/withdraw", {"reason": "Viaje"})
    assert rounds.told("rounds.slot_offered") == []


def test_what_has_been_held_counts_for_a_limit_while_the_round_runs(rounds: Rounds) -> None:
    story = a_story(rounds, (1, 4), buyers={"most": 2})
    story.agreed(story.suppliers[0], story.buyers[0], story.slot_ids[0])
    for supplier in story.suppliers[1:]:
        story.agreed(story.buyers[0], supplier)
    story.organizer.post(f"/agendas/{draft_of(story)['agenda_id']}/publish")
    later = datetime.fromisoformat(story.round["slots"][2]["starts_at"])
    begin_rounds(rounds.store, later)
    run = AgendaRun(
        id="r", round_id=story.round_id, seconds=1, seed=1, status="running", active=True, requested_by="x",
        created_at=later, heartbeat_at=later,
    )  # fmt: skip
    problem, _ = problem_of(rounds.store, run, later)
    placed = solve(problem, seconds=1).placed
    assert [place.slot_id for place in placed].count(story.slot_ids[0]) == 1
    assert len(placed) == 2
