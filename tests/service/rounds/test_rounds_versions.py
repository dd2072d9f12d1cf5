"""Versions of an agenda: compared, locked, changed by hand after a trial, and brought back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from services.rounds.usecases.rounds import begin_rounds
from services.rounds.usecases.versions import restore
from shared.auth import Actor
from tests.service.rounds.conftest import a_plan, a_plan_today, tell_story

if TYPE_CHECKING:
    from tests.service.rounds.conftest import Rounds, Story


@pytest.fixture
def agreed(story: Story) -> Story:
    """Everybody wants to meet everybody: six requests."""
    for buyer in story.buyers:
        for supplier in story.suppliers:
            story.agreed(buyer, supplier)
    return story


def draft_of(story: Story, **effort: Any) -> Any:
    return story.rounds.run_agenda(story.organizer, story.round_id, **effort)


def publish(story: Story, draft: Any) -> Any:
    return story.organizer.post(f"/agendas/{draft['agenda_id']}/publish")


def where(agenda: Any) -> dict[str, tuple[str, int]]:
    return {place["request_id"]: (place["slot_id"], place["table"]) for place in agenda["placed"]}


def meetings(story: Story) -> dict[str, Any]:
    rows = story.organizer.get(f"/rounds/{story.round_id}/meetings?limit=100")["items"]
    return {row["request_id"]: row for row in rows if row["status"] == "scheduled"}


def free_slot(story: Story, place: Any, agenda: Any) -> str:
    """A slot in which neither delegate of a meeting meets anybody."""
    people = {place["buyer_delegate_id"], place["supplier_delegate_id"]}
    busy = {
        other["slot_id"]
        for other in agenda["placed"]
        if people & {other["buyer_delegate_id"], other["supplier_delegate_id"]}
    }
    return next(slot for slot in story.slot_ids if slot not in busy)


def test_a_draft_is_compared_with_what_stands(agreed: Story) -> None:
    draft = draft_of(agreed)
    path = f"/agendas/{draft['agenda_id']}/changes"
    found = agreed.organizer.get(path)
    assert (len(found["new"]), found["gone"], found["moved"], found["kept"]) == (6, [], [], 0)
    publish(agreed, draft)
    assert agreed.organizer.get(path)["kept"] == 6
    empty = agreed.organizer.get(f"{path}?against={draft['agenda_id']}")
    assert (empty["new"], empty["kept"]) == ([], 6)


def test_a_move_in_a_draft_is_tried_before_it_is_made(agreed: Story) -> None:
    draft = draft_of(agreed)
    place = draft["placed"][0]
    path, slot_id = f"/agendas/{draft['agenda_id']}/rearrangement", free_slot(agreed, place, draft)
    body = {"shifts": [{"request_id": place["request_id"], "slot_id": slot_id}], "try_only": True}
    tried = agreed.organizer.send("POST", path, body, If_Match='"1"')
    assert (tried.json["changed"], tried.json["placed"][0]["slot_id"]) == (False, slot_id)
    assert where(agreed.organizer.get(f"/agendas/{draft['agenda_id']}")) == where(draft)
    made = agreed.organizer.send("POST", path, {**body, "try_only": False}, If_Match='"1"')
    assert (made.json["changed"], made.headers["ETag"]) == (True, '"2"')
    publish(agreed, draft)
    assert meetings(agreed)[place["request_id"]]["slot_id"] == slot_id


def test_a_conflict_is_shown_in_words_and_nothing_is_changed(agreed: Story) -> None:
    draft = draft_of(agreed)
    place, other = next(
        (one, two)
        for one in draft["placed"]
        for two in draft["placed"]
        if one["buyer_delegate_id"] == two["buyer_delegate_id"]
        and one["supplier_delegate_id"] != two["supplier_delegate_id"]
    )
    path = f"/agendas/{draft['agenda_id']}/rearrangement"
    body = {"shifts": [{"request_id": place["request_id"], "slot_id": other["slot_id"]}]}
    found = agreed.organizer.send("POST", path, body, If_Match='"1"').json
    busy = next(clash for clash in found["clashes"] if clash["other_request_id"] == other["request_id"])
    assert (found["changed"], busy["code"]) == (False, "busy")
    assert "tiene en ese horario la cita de buyer" in busy["explanation"]
    assert agreed.organizer.get(f"/agendas/{draft['agenda_id']}")["version"] == 1


def test_two_meetings_of_the_agenda_that_holds_change_places(rounds: Rounds) -> None:
    story = tell_story(rounds, 2, 2, a_plan(tables=1))
    for buyer, supplier in zip(story.buyers, story.suppliers, strict=True):
        story.agreed(buyer, supplier)
    draft = draft_of(story)
    publish(story, draft)
    one, other = draft["placed"]
    body = {"swap": [one["request_id"], other["request_id"]]}
    assert story.organizer.post(f"/rounds/{story.round_id}/rearrangement", body)["changed"]
    found = {name: meeting["slot_id"] for name, meeting in meetings(story).items()}
    assert found == {one["request_id"]: other["slot_id"], other["request_id"]: one["slot_id"]}
    assert len(rounds.told("rounds.meeting_moved")) == 2
    assert rounds.store.db.seats.count_documents({}) == 6


def test_locked_meetings_of_a_draft_stay_in_the_next_run_from_it(agreed: Story) -> None:
    draft = draft_of(agreed)
    place = draft["placed"][0]
    path = f"/agendas/{draft['agenda_id']}"
    slot_id = free_slot(agreed, place, draft)
    body = {"shifts": [{"request_id": place["request_id"], "slot_id": slot_id}]}
    assert agreed.organizer.send("POST", f"{path}/rearrangement", body, If_Match='"1"').json["changed"]
    locked = agreed.organizer.send("PUT", f"{path}/locks", {"request_ids": [place["request_id"], "nobody"]})
    assert locked.json["locked"] == [place["request_id"]]
    again = draft_of(agreed, from_agenda_id=draft["agenda_id"])
    assert where(again)[place["request_id"]][0] == slot_id


def test_only_what_was_left_out_is_placed_anew(rounds: Rounds) -> None:
    story = tell_story(rounds, 2, 3, a_plan())
    story.agreed(story.buyers[0], story.suppliers[0])
    late = story.request(story.buyers[0], story.suppliers[1])
    publish(story, draft_of(story))
    [before] = meetings(story).values()
    story.suppliers[1].post(f"/requests/{late['request_id']}/accept", {})
    draft = draft_of(story, only_unplaced=True, seed=99)
    assert len(draft["placed"]) == 2
    assert where(draft)[before["request_id"]] == (before["slot_id"], before["table"])


def test_a_run_after_publication_moves_nothing_that_can_stay(rounds: Rounds) -> None:
    story = tell_story(rounds, 3, 3, a_plan())
    pairs = [(buyer, supplier) for buyer in story.buyers for supplier in story.suppliers]
    for buyer, supplier in pairs[:-1]:
        story.agreed(buyer, supplier)
    late = story.request(*pairs[-1])
    publish(story, draft_of(story))
    pairs[-1][1].post(f"/requests/{late['request_id']}/accept", {})
    again = draft_of(story, seed=99)
    found = story.organizer.get(f"/agendas/{again['agenda_id']}/changes")
    assert (len(found["new"]), found["moved"], found["gone"], found["kept"]) == (1, [], [], 8)


def test_a_locked_meeting_stays_and_can_be_let_go(agreed: Story) -> None:
    publish(agreed, draft_of(agreed))
    meeting = next(iter(meetings(agreed).values()))
    path = f"/meetings/{meeting['meeting_id']}/lock"
    assert agreed.organizer.post(path, {"locked": True})["pinned"] is True
    assert agreed.organizer.post(path, {"locked": False})["pinned"] is False


def test_an_earlier_version_comes_back_and_everybody_is_told_what_changes(agreed: Story) -> None:
    first = draft_of(agreed)
    publish(agreed, first)
    one = first["placed"][0]
    body = {"shifts": [{"request_id": one["request_id"], "slot_id": free_slot(agreed, one, first)}]}
    assert agreed.organizer.post(f"/rounds/{agreed.round_id}/rearrangement", body)["changed"]
    gone = meetings(agreed)[first["placed"][1]["request_id"]]
    agreed.organizer.post(f"/meetings/{gone['meeting_id']}/cancel", {"reason": "Viaje"})
    back = agreed.organizer.post(f"/agendas/{first['agenda_id']}/restore")
    assert (back["number"], back["restores"], back["status"]) == (2, first["agenda_id"], "published")
    expected = {name: place for name, place in where(first).items() if name != gone["request_id"]}
    found = {name: (m["slot_id"], m["table"]) for name, m in meetings(agreed).items()}
    assert found == expected
    told = max(agreed.rounds.told("rounds.agenda_published"), key=lambda event: event.version)
    assert [(c.scheduled, c.moved, c.cancelled) for c in told.changes] == [(0, 1, 0)] * 2
    seats = agreed.rounds.store.db.seats.count_documents({})
    assert seats == 3 * len(expected)


def test_going_back_leaves_alone_what_has_happened(rounds: Rounds) -> None:
    story = tell_story(rounds, 1, 2, a_plan_today())
    for supplier in story.suppliers:
        story.agreed(story.buyers[0], supplier)
    first = draft_of(story)
    publish(story, first)
    one = first["placed"][0]
    moved_to = story.slot_ids[-1]
    body = {"shifts": [{"request_id": one["request_id"], "slot_id": moved_to}]}
    assert story.organizer.post(f"/rounds/{story.round_id}/rearrangement", body)["changed"]
    meeting = meetings(story)[one["request_id"]]
    for company_id in (meeting["buyer"]["company_id"], meeting["supplier"]["company_id"]):
        word = {"company_id": company_id, "present": True}
        story.organizer.post(f"/meetings/{meeting['meeting_id']}/attendance", word)
    story.organizer.post(f"/agendas/{first['agenda_id']}/restore")
    assert meetings(story)[one["request_id"]]["slot_id"] == moved_to


def test_a_draft_is_not_gone_back_to(agreed: Story) -> None:
    publish(agreed, draft_of(agreed))
    draft = draft_of(agreed)
    answer = agreed.organizer.send("POST", f"/agendas/{draft['agenda_id']}/restore")
    assert (answer.status_code, answer.json["code"]) == (409, "agenda_never_held")


@pytest.mark.parametrize("body", [{}, {"shifts": [], "swap": None}, {"swap": ["a"]}])
def test_a_change_that_says_nothing_is_refused(agreed: Story, body: Any) -> None:
    answer = agreed.organizer.send("POST", f"/rounds/{agreed.round_id}/rearrangement", body)
    assert answer.status_code == 422


def test_going_back_moves_no_meeting_into_an_hour_that_is_over(agreed: Story) -> None:
    first = draft_of(agreed)
    publish(agreed, first)
    one = min(first["placed"], key=lambda place: agreed.slot_ids.index(place["slot_id"]))
    moved_to = free_slot(agreed, one, first)
    body = {"shifts": [{"request_id": one["request_id"], "slot_id": moved_to}]}
    assert agreed.organizer.post(f"/rounds/{agreed.round_id}/rearrangement", body)["changed"]
    begun = datetime.fromisoformat(agreed.round["slots"][0]["starts_at"]) + timedelta(minutes=1)
    organizer = Actor(agreed.organizer.account_id, None, frozenset({"organizer"}))
    restore(agreed.rounds.store, first["agenda_id"], actor=organizer, now=begun)
    assert meetings(agreed)[one["request_id"]]["slot_id"] == moved_to
    assert len(meetings(agreed)) == 6


def test_a_meeting_that_is_over_stays_when_its_company_leaves_and_a_new_agenda_comes(rounds: Rounds) -> None:
    story = tell_story(rounds, 1, 2, a_plan_today())
    gone = story.suppliers[0]
    name = story.agreed(story.buyers[0], gone)["request"]["request_id"]
    publish(story, draft_of(story))
    begin_rounds(rounds.store, datetime.now(UTC))
    own = gone.get(f"/rounds/{story.round_id}/registrations")["items"][0]
    gone.post(f"/registrations/{own['registration_id']}/withdraw", {"reason": "Viaje"})
    late = draft_of(story)
    publish(story, late)
    assert name in meetings(story)
    story.organizer.post(f"/agendas/{late['agenda_id']}/restore")
    assert name in meetings(story)
    assert rounds.told("rounds.meeting_cancelled") == []


def test_who_has_met_may_be_replaced_without_harm_to_the_next_run(rounds: Rounds) -> None:
    story = tell_story(rounds, 1, 2, a_plan_today())
    story.agreed(story.buyers[0], story.suppliers[0])
    publish(story, draft_of(story))
    begin_rounds(rounds.store, datetime.now(UTC))
    own = story.buyers[0].get(f"/rounds/{story.round_id}/registrations")["items"][0]
    body = {"delegates": [{"name": "Otra persona"}]}
    path = f"/registrations/{own['registration_id']}"
    assert story.buyers[0].send("PATCH", path, body, If_Match='"1"').status_code == 200
    assert len(draft_of(story)["placed"]) == 1


def test_a_draft_shows_that_a_locked_meeting_stays_before_it_is_moved(agreed: Story) -> None:
    publish(agreed, draft_of(agreed))
    meeting = next(iter(meetings(agreed).values()))
    agreed.organizer.post(f"/meetings/{meeting['meeting_id']}/lock", {"locked": True})
    draft = draft_of(agreed)
    place = next(p for p in draft["placed"] if p["request_id"] == meeting["request_id"])
    shift = {"request_id": place["request_id"], "slot_id": free_slot(agreed, place, draft)}
    path = f"/agendas/{draft['agenda_id']}/rearrangement"
    found = agreed.organizer.send("POST", path, {"shifts": [shift]}, If_Match='"1"').json
    assert (found["changed"], [clash["code"] for clash in found["clashes"]]) == (False, ["stays"])
    assert "fija" in found["clashes"][0]["explanation"]


def test_neither_what_has_happened_is_moved_nor_anything_into_the_past(rounds: Rounds) -> None:
    story = tell_story(rounds, 1, 2, a_plan_today())
    both = [
        story.agreed(story.buyers[0], s, story.slot_ids[-n])["meeting"]
        for n, s in enumerate(story.suppliers, 1)
    ]
    publish(story, draft_of(story))
    for person in (story.buyers[0], story.suppliers[0]):
        person.post(f"/meetings/{both[0]['meeting_id']}/check-in")
    codes = []
    for meeting, slot_id in ((both[0], story.slot_ids[-3]), (both[1], story.slot_ids[0])):
        body = {"shifts": [{"request_id": meeting["request_id"], "slot_id": slot_id}], "try_only": True}
        found = story.organizer.post(f"/rounds/{story.round_id}/rearrangement", body)
        codes += [clash["code"] for clash in found["clashes"]]
        path, tag = (
            f"/meetings/{meeting['meeting_id']}",
            story.organizer.get(f"/meetings/{meeting['meeting_id']}"),
        )
        answer = story.organizer.send("PATCH", path, {"slot_id": slot_id}, If_Match=f'"{tag["version"]}"')
        codes.append(answer.json["code"])
    assert codes == ["stays", "meeting_has_happened", "slot_over", "slot_over"]
