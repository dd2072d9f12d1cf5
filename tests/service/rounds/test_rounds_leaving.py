"""A company that leaves the directory leaves its rounds; and why a meeting does not take place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.contracts.catalog import CompanyRegistered, CompanyWithdrawn
from tests.service.rounds.conftest import a_plan, a_plan_today, tell_story

if TYPE_CHECKING:
    from tests.service.rounds.conftest import Person, Rounds, Story


def publish(story: Story) -> None:
    draft = story.rounds.run_agenda(story.organizer, story.round_id)
    story.organizer.post(f"/agendas/{draft['agenda_id']}/publish")


def leaves(rounds: Rounds, person: Person, sequence: int = 2) -> None:
    assert person.company_id
    rounds.hear(CompanyWithdrawn(company_id=person.company_id), sequence=sequence)


def registration_of(story: Story, person: Person) -> dict[str, object]:
    rows = story.organizer.get(f"/rounds/{story.round_id}/registrations")["items"]
    return next(row for row in rows if row["company_id"] == person.company_id)


def test_who_leaves_the_directory_leaves_the_round_and_all_concerned_are_told(rounds: Rounds) -> None:
    story = tell_story(rounds, 1, 2, a_plan())
    buyer, gone = story.buyers[0], story.suppliers[0]
    story.agreed(buyer, gone, story.slot_ids[0])
    publish(story)
    leaves(rounds, gone)
    assert registration_of(story, gone)["status"] == "withdrawn"
    [cancelled] = rounds.told("rounds.meeting_cancelled")
    assert (cancelled.cause, cancelled.company_name) == ("left_directory", gone.name)
    [told] = rounds.told("rounds.registration_withdrawn")
    assert (told.cause, told.company_name, told.cancelled_meetings) == ("directory", gone.name, 1)
    assert told.organizer_id == story.organizer.account_id
    assert buyer.get("/meetings")["items"] == []
    assert rounds.store.db.seats.count_documents({}) == 0
    assert {row["status"] for row in rounds.store.db.requests.find()} == {"cancelled"}


def test_a_place_that_comes_free_so_goes_to_the_next_who_waits(rounds: Rounds) -> None:
    organizer = rounds.person("organizer")
    made = organizer.post("/rounds", a_plan(rules={"supplier_places": 1}))
    path = f"/rounds/{made['round_id']}"
    organizer.post(f"{path}/status", {"status": "registration_open"})
    people = [rounds.company(name, "supplier") for name in ("Uno", "Dos")]
    for person in people:
        person.post(f"{path}/registrations", {"side": "supplier", "delegates": [{"name": "Ana"}]})
    leaves(rounds, people[0])
    own = people[1].get(f"{path}/registrations")["items"][0]
    assert own["status"] == "accepted"


def test_what_has_happened_stays_when_a_company_leaves_the_directory(rounds: Rounds) -> None:
    story = tell_story(rounds, 1, 1, a_plan_today())
    meeting = story.agreed(story.buyers[0], story.suppliers[0], story.slot_ids[-1])["meeting"]
    for person in (story.buyers[0], story.suppliers[0]):
        person.post(f"/meetings/{meeting['meeting_id']}/attendance", {"present": True})
    leaves(rounds, story.suppliers[0])
    assert story.organizer.get(f"/meetings/{meeting['meeting_id']}")["status"] == "scheduled"
    assert rounds.told("rounds.meeting_cancelled") == []


def test_a_round_that_is_closed_is_left_as_it_is(rounds: Rounds) -> None:
    story = tell_story(rounds, 1, 1, a_plan_today())
    story.agreed(story.buyers[0], story.suppliers[0])
    publish(story)
    story.organizer.post(f"/rounds/{story.round_id}/status", {"status": "closed"})
    leaves(rounds, story.suppliers[0])
    assert registration_of(story, story.suppliers[0])["status"] == "accepted"


def test_who_has_come_back_meanwhile_stays(rounds: Rounds) -> None:
    story = tell_story(rounds, 1, 1, a_plan())
    back = story.suppliers[0]
    assert back.company_id
    again = CompanyRegistered(company_id=back.company_id, name=back.name, roles=["supplier"])
    rounds.hear(again, sequence=3)
    leaves(rounds, back, sequence=2)
    assert registration_of(story, back)["status"] == "accepted"


def test_the_organizer_hears_who_left_by_itself_and_a_company_that_it_was_taken_out(rounds: Rounds) -> None:
    story = tell_story(rounds, 1, 2, a_plan())
    for person, speaker in zip(story.suppliers, (story.suppliers[0], story.organizer), strict=True):
        path = f"/registrations/{registration_of(story, person)['registration_id']}/withdraw"
        speaker.post(path, {"reason": "Viaje"})
    causes = {event.company_id: event.cause for event in rounds.told("rounds.registration_withdrawn")}
    assert [causes[str(person.company_id)] for person in story.suppliers] == ["company", "organizer"]


def test_why_a_meeting_is_cancelled_is_said_in_the_readers_language(rounds: Rounds) -> None:
    story = tell_story(rounds, 1, 1, a_plan())
    meeting = story.agreed(story.buyers[0], story.suppliers[0], story.slot_ids[0])["meeting"]
    path = f"/registrations/{registration_of(story, story.suppliers[0])['registration_id']}/withdraw"
    story.suppliers[0].post(path, {"reason": "Viaje"})
    address = f"/meetings/{meeting['meeting_id']}"
    said = {
        language: story.buyers[0].send("GET", address, Accept_Language=language).json["cancelled_because"]
        for language in ("es", "en")
    }
    assert said == {
        "es": "supplier 0 se retiró de la rueda. Viaje",
        "en": "supplier 0 has withdrawn from the round. Viaje",
    }


def test_the_word_that_ends_a_dispute_says_so_to_both(rounds: Rounds) -> None:
    story = tell_story(rounds, 1, 1, a_plan_today())
    buyer, supplier = story.buyers[0], story.suppliers[0]
    meeting = story.agreed(buyer, supplier, story.slot_ids[-1])["meeting"]
    path = f"/meetings/{meeting['meeting_id']}/attendance"
    buyer.post(path, {"company_id": supplier.company_id, "present": False})
    assert rounds.told("rounds.attendance_disputed")[0].organizer_id == story.organizer.account_id
    story.organizer.post(path, {"company_id": supplier.company_id, "present": True})
    [word] = rounds.told("rounds.attendance_recorded")
    assert word.decision.counterpart_name == buyer.name
    story.organizer.post(path, {"company_id": buyer.company_id, "present": True})
    assert rounds.told("rounds.attendance_recorded")[1].decision is None
