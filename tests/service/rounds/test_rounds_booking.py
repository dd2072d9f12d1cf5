"""Double booking is refused, whoever is first, however many try."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from services.rounds.model.meetings import Meeting
from services.rounds.model.requests import MeetingRequest
from shared.errors import Conflict
from tests.service.rounds.conftest import a_plan, tell_story

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.test import TestResponse

    from tests.service.rounds.conftest import Person, Rounds, Story

ROUNDS_OF_THE_RACE = 200


def a_wide_day(slots: int) -> dict[str, Any]:
    day = a_plan()["days"][0]
    return {**day, "starts": "00:00", "ends": "23:59", "slot_minutes": 5, "breaks": []} if slots > 6 else day


def at_once(calls: list[Callable[[], TestResponse]]) -> list[TestResponse]:
    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(call) for call in calls]]


def accepting(person: Person, request: Any, slot_id: str) -> Callable[[], TestResponse]:
    path = f"/requests/{request['request_id']}/accept"
    return lambda: person.send("POST", path, {"slot_id": slot_id})


def test_two_who_accept_into_the_same_slot_get_one_meeting_200_times(rounds: Rounds) -> None:
    story = tell_story(rounds, 20, 20, a_plan(days=[a_wide_day(200)], tables=40))
    buyers, suppliers = story.buyers, story.suppliers
    requests = {}
    for b, buyer in enumerate(buyers):
        for s, supplier in enumerate(suppliers):
            requests[b, s] = story.request(supplier, buyer)
    # In each of the 200 races a supplier asked two buyers, and both say yes to the same slot at once.
    races = []
    for number in range(ROUNDS_OF_THE_RACE):
        s, pair = number % 20, number // 20
        rivals = [(2 * pair, s), (2 * pair + 1, s)]
        slot_id = story.slot_ids[number]
        races.append([accepting(buyers[b], requests[b, s], slot_id) for b, s in rivals])
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(at_once, races))
    for first, second in answers:
        assert sorted([first.status_code, second.status_code]) == [200, 409], (first.text, second.text)
        refused = first if first.status_code == 409 else second
        assert refused.json["code"] == "no_delegate_free"
        assert refused.json["detail"].endswith("no tiene a nadie libre en ese horario. Elija otro.")
    assert rounds.store.db.meetings.count_documents({}) == ROUNDS_OF_THE_RACE
    assert len(rounds.told("rounds.meeting_scheduled")) == ROUNDS_OF_THE_RACE
    # The loser of a race has changed nothing: its request is still to be decided.
    assert rounds.store.count_by(MeetingRequest, {"round_id": story.round_id}, "status") == {
        "accepted": 200,
        "pending": 200,
    }


def test_of_200_who_want_the_last_table_one_gets_it(rounds: Rounds) -> None:
    story = tell_story(rounds, 20, 10, a_plan(tables=1), people=20)
    slot_id = story.slot_ids[0]
    pairs = [(buyer, supplier) for buyer in story.buyers for supplier in story.suppliers]
    calls = [accepting(buyer, story.request(supplier, buyer), slot_id) for buyer, supplier in pairs]
    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(lambda call: call(), calls))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 199
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert refused.json["code"] == "tables_taken"
    assert rounds.store.db.seats.count_documents({}) == 3


@pytest.mark.parametrize("people", [1, 2])
def test_a_company_meets_as_often_in_a_slot_as_it_has_delegates(rounds: Rounds, people: int) -> None:
    story = tell_story(rounds, 3, 1, a_plan(), people)
    calls = [
        accepting(buyer, story.request(story.suppliers[0], buyer), story.slot_ids[0])
        for buyer in story.buyers
    ]
    answers = at_once(calls)
    assert sorted(answer.status_code for answer in answers) == [200] * people + [409] * (3 - people)


def test_the_database_itself_refuses_a_seat_that_is_taken(story: Story) -> None:
    meeting = story.agreed(story.buyers[0], story.suppliers[0], story.slot_ids[0])["meeting"]
    seats = story.rounds.store.db.seats
    seat = seats.find_one({"meeting_ids": meeting["meeting_id"]}, {"_id": 0})
    assert seat
    with pytest.raises(Exception, match="duplicate key"):
        seats.insert_one({**seat, "meeting_ids": ["another"]})


def test_a_meeting_is_moved_only_to_where_both_are_free(story: Story) -> None:
    buyer, supplier = story.buyers[0], story.suppliers[0]
    meeting = story.agreed(buyer, supplier, story.slot_ids[0])["meeting"]
    story.agreed(buyer, story.suppliers[1], story.slot_ids[1])
    address = f"/meetings/{meeting['meeting_id']}"

    def move(slot_id: str, version: int) -> TestResponse:
        return story.organizer.send("PATCH", address, {"slot_id": slot_id}, If_Match=f'"{version}"')

    refused, moved = move(story.slot_ids[1], 1), move(story.slot_ids[2], 1)
    assert (refused.status_code, refused.json["code"]) == (409, "no_delegate_free")
    assert (moved.status_code, moved.json["slot_id"], moved.headers["ETag"]) == (
        200,
        story.slot_ids[2],
        '"2"',
    )
    assert move(story.slot_ids[3], 1).status_code == 412
    assert len(story.rounds.told("rounds.meeting_moved")) == 1
    # The slot that it left is free again.
    story.agreed(story.buyers[1], supplier, story.slot_ids[0])


def test_a_cancelled_meeting_gives_its_seats_free_and_stays_out_of_agendas(story: Story) -> None:
    buyer, supplier = story.buyers[0], story.suppliers[0]
    meeting = story.agreed(buyer, supplier, story.slot_ids[0])["meeting"]
    address = f"/meetings/{meeting['meeting_id']}/cancel"
    story.organizer.post(address, {"reason": "El comprador no viaja"})
    assert story.rounds.store.db.seats.count_documents({}) == 0
    assert story.rounds.told("rounds.meeting_cancelled")[0].reason == "El comprador no viaja"
    assert story.organizer.send("POST", address, {"reason": "otra vez"}).status_code == 409
    assert story.rounds.run_agenda(story.organizer, story.round_id)["placed"] == []


def test_a_pair_meets_once(story: Story) -> None:
    booked = story.agreed(story.buyers[0], story.suppliers[0], story.slot_ids[0])
    path = f"/requests/{booked['request']['request_id']}/accept"
    answer = story.suppliers[0].send("POST", path, {"slot_id": story.slot_ids[1]})
    assert (answer.status_code, answer.json["code"]) == (409, "already_scheduled")


def test_an_accepted_request_can_still_be_booked(story: Story) -> None:
    agreed = story.agreed(story.buyers[0], story.suppliers[0])
    path = f"/requests/{agreed['request']['request_id']}/accept"
    booked = story.suppliers[0].post(path, {"slot_id": story.slot_ids[1]})
    assert (agreed["meeting"], booked["meeting"]["slot_id"]) == (None, story.slot_ids[1])


def test_a_slot_that_the_round_lacks_is_refused(story: Story) -> None:
    request = story.request(story.buyers[0], story.suppliers[0])
    path = f"/requests/{request['request_id']}/accept"
    answer = story.suppliers[0].send("POST", path, {"slot_id": "20200101T0000Z"})
    assert (answer.status_code, answer.json["code"], answer.json["field"]) == (422, "unknown_slot", "slot_id")


def test_the_database_seats_as_many_at_a_table_as_there_may_be_and_one_host_alone(story: Story) -> None:
    booked = story.agreed(story.buyers[0], story.suppliers[0], story.slot_ids[0])["meeting"]
    store = story.rounds.store
    meeting = store.get(Meeting, booked["meeting_id"])

    def seated(name: str, at_once: int, host: str | None = None) -> None:
        supplier = replace(meeting.supplier, delegate_id=f"of {name}")
        buyer = replace(meeting.buyer, delegate_id=host or meeting.buyer.delegate_id)
        store.take_seats([replace(meeting, id=name, supplier=supplier, buyer=buyer)], at_once)

    with pytest.raises(Conflict):
        seated("second", 1)
    store.db.seats.delete_one({"holder": "delegate:of second"})
    seated("second", 2)
    with pytest.raises(Conflict):
        seated("third", 2)
    with pytest.raises(Conflict):
        seated("fourth", 9, host="somebody else")
