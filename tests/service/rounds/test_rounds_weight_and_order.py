"""Which meetings are held where not all can be, and in which order."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from tests.service.rounds.conftest import a_plan, tell_story
from tests.service.rounds.test_rounds_agenda_rules import a_story, condition, draft_of, everybody, settle

if TYPE_CHECKING:
    from tests.service.rounds.conftest import Rounds


def test_a_meeting_comes_after_those_that_it_waits_for(rounds: Rounds) -> None:
    story = a_story(rounds, (1, 3))
    first, second, third = everybody(story)
    assert condition(story, first, after=[second, third]).status_code == 200
    draft = draft_of(story)
    times = {place["request_id"]: story.slot_ids.index(place["slot_id"]) for place in draft["placed"]}
    assert max(times[second], times[third]) < times[first]
    free = next(n for n in range(6) if n not in times.values() and n > times[second])
    if free < times[first]:
        free = 5
    shift = {"request_id": second, "slot_id": story.slot_ids[free]}
    path = f"/agendas/{draft['agenda_id']}/rearrangement"
    tried = story.organizer.send("POST", path, {"shifts": [shift], "try_only": True}, If_Match='"1"').json
    assert [(c["code"], c["other_request_id"]) for c in tried["clashes"]] == [("out_of_order", first)]


def test_a_meeting_that_waits_for_one_that_is_not_held_is_left_out_and_says_so(rounds: Rounds) -> None:
    story = a_story(rounds, (1, 2))
    first = story.agreed(story.buyers[0], story.suppliers[0])["request"]["request_id"]
    pending = story.request(story.buyers[0], story.suppliers[1])["request_id"]
    condition(story, first, after=[pending])
    [left] = draft_of(story)["left_out"]
    assert left["reason"] == "waits_for_another"
    assert left["explanation"].startswith("Debe ir después de otra cita")


def test_an_order_in_a_circle_is_refused(rounds: Rounds) -> None:
    story = a_story(rounds, (1, 3))
    names = everybody(story)
    for one, other in pairwise(names):
        assert condition(story, one, after=[other]).status_code == 200
    answer = condition(story, names[2], after=[names[0]])
    assert (answer.status_code, answer.json["code"]) == (422, "order_in_a_circle")
    assert condition(story, names[0], after=[names[0]]).json["code"] == "order_in_a_circle"
    assert condition(story, names[0], after=["nobody"]).json["code"] == "unknown_request"


def test_of_two_requests_the_one_that_both_ranked_or_that_was_paid_for_is_held(rounds: Rounds) -> None:
    for wanted in (0, 1):
        story = a_story(rounds, (1, 2), slots=1)
        names = everybody(story)
        chosen = names[wanted]
        for person in (story.buyers[0], story.suppliers[wanted]):
            ranked = person.send("PUT", f"/requests/{chosen}/rank", {"rank": 1})
            assert ranked.json["ranks"] == {person.company_id: 1}
        assert [place["request_id"] for place in draft_of(story)["placed"]] == [chosen]
        other = names[1 - wanted]
        condition(story, other, paid=True)
        settle(story, weights={"both_ranked": 10, "paid": 30})
        assert [place["request_id"] for place in draft_of(story)["placed"]] == [other]


def test_a_rank_is_for_its_own_company_and_the_organizer(rounds: Rounds) -> None:
    story = a_story(rounds, (1, 2))
    [first, _] = everybody(story)
    story.buyers[0].send("PUT", f"/requests/{first}/rank", {"rank": 3})
    condition(story, first, paid=True)
    seen = story.suppliers[0].get(f"/requests/{first}")
    assert (seen["ranks"], "paid" in seen) == ({}, False)
    told = story.organizer.get(f"/requests/{first}")
    assert (told["ranks"], told["paid"]) == ({story.buyers[0].company_id: 3}, True)
    assert story.suppliers[1].send("PUT", f"/requests/{first}/rank", {"rank": 1}).status_code == 404
    gone = story.buyers[0].send("PUT", f"/requests/{first}/rank", {"rank": None})
    assert gone.json["ranks"] == {}


def test_each_supplier_gets_what_was_promised_where_that_costs_nothing(rounds: Rounds) -> None:
    story = a_story(rounds, (2, 3), promised=1)
    for buyer, slot_id in zip(story.buyers, story.slot_ids, strict=False):
        own = buyer.get(f"/rounds/{story.round_id}/registrations")["items"][0]
        body = {"delegates": [{**own["delegates"][0], "free_slots": [slot_id]}]}
        buyer.send("PATCH", f"/registrations/{own['registration_id']}", body, If_Match='"1"')
    for buyer, supplier in ((0, 0), (1, 0), (0, 1)):
        story.agreed(story.buyers[buyer], story.suppliers[supplier])
    draft = draft_of(story)
    assert len({place["supplier_delegate_id"] for place in draft["placed"]}) == 2
    assert [(s["company_name"], s["promised"], s["held"]) for s in draft["short"]] == [("supplier 2", 1, 0)]
    assert draft["missing"] == 1


def test_what_is_off_for_good_does_not_take_along_what_was_to_follow_it(rounds: Rounds) -> None:
    story = a_story(rounds, (1, 2))
    first, second = everybody(story)
    condition(story, second, after=[first])
    story.organizer.post(f"/agendas/{draft_of(story)['agenda_id']}/publish")
    meetings = {m["request_id"]: m for m in story.buyers[0].get("/meetings")["items"]}
    story.organizer.post(f"/meetings/{meetings[first]['meeting_id']}/cancel", {"reason": "Viaje"})
    # It still stands, can be moved, and has its place in the next agenda.
    body = {"shifts": [{"request_id": second, "slot_id": story.slot_ids[5]}]}
    assert story.organizer.post(f"/rounds/{story.round_id}/rearrangement", body)["changed"]
    meeting = story.buyers[0].send("GET", f"/meetings/{meetings[second]['meeting_id']}")
    moved = story.organizer.send(
        "PATCH", f"/meetings/{meetings[second]['meeting_id']}", {"slot_id": story.slot_ids[0]},
        If_Match=meeting.headers["ETag"],
    )  # fmt: skip
    assert moved.status_code == 200
    draft = draft_of(story)
    assert [place["request_id"] for place in draft["placed"]] == [second]
    assert draft["left_out"] == []


def test_what_was_booked_since_a_draft_keeps_the_order_with_it(rounds: Rounds) -> None:
    story = a_story(rounds, (1, 2))
    first = story.agreed(story.buyers[0], story.suppliers[0])["request"]["request_id"]
    late = story.request(story.buyers[0], story.suppliers[1])["request_id"]
    draft = draft_of(story)
    condition(story, first, after=[late])
    story.suppliers[1].post(f"/requests/{late}/accept", {"slot_id": story.slot_ids[-1]})
    answer = story.organizer.send("POST", f"/agendas/{draft['agenda_id']}/publish")
    assert (answer.status_code, answer.json["code"]) == (409, "agenda_outdated")


def test_what_was_booked_since_a_draft_keeps_its_own_table(rounds: Rounds) -> None:
    story = tell_story(rounds, 2, 2, a_plan(tables=1, agenda={"own_table": True}))
    story.agreed(story.buyers[0], story.suppliers[0])
    late = story.request(story.buyers[1], story.suppliers[1])["request_id"]
    draft = draft_of(story)
    other = next(slot for slot in story.slot_ids if slot != draft["placed"][0]["slot_id"])
    story.suppliers[1].post(f"/requests/{late}/accept", {"slot_id": other})
    answer = story.organizer.send("POST", f"/agendas/{draft['agenda_id']}/publish")
    assert (answer.status_code, answer.json["code"]) == (409, "agenda_outdated")
