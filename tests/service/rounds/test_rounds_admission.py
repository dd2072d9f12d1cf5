"""Who gets a place in a round: approval, the waiting list, deadlines, and those who leave."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from services.rounds.usecases.rounds import begin_rounds, open_rounds
from tests.service.rounds.conftest import a_plan, a_plan_today, tell_story

if TYPE_CHECKING:
    from tests.service.rounds.conftest import Person, Rounds, Story

ONE_DELEGATE = [{"name": "Ana Ruiz"}]


def opened(rounds: Rounds, **rules: Any) -> tuple[Person, str]:
    organizer = rounds.person("organizer")
    round_id = organizer.post("/rounds", a_plan(rules=rules))["round_id"]
    organizer.post(f"/rounds/{round_id}/status", {"status": "registration_open"})
    return organizer, f"/rounds/{round_id}"


def join(rounds: Rounds, path: str, name: str, **fields: Any) -> tuple[Person, Any]:
    person = rounds.company(name, "supplier")
    body = {"side": "supplier", "delegates": ONE_DELEGATE, **fields}
    return person, person.post(f"{path}/registrations", body)


def statuses(person: Person, path: str) -> list[str]:
    return [item["status"] for item in person.get(f"{path}/registrations?limit=100")["items"]]


def test_a_company_takes_part_only_after_the_organizer_says_yes(rounds: Rounds) -> None:
    organizer, path = opened(rounds, needs_approval=True)
    _, asked = join(rounds, path, "Quesos del Sur")
    assert asked["status"] == "pending"
    assert organizer.get(f"{path}/participants")["items"] == []
    address = f"/registrations/{asked['registration_id']}/decision"
    assert organizer.post(address, {"accept": True})["status"] == "accepted"
    assert [p["company_name"] for p in organizer.get(f"{path}/participants")["items"]] == ["Quesos del Sur"]
    assert [event.waited for event in rounds.told("rounds.registration_made")] == [True]
    again = organizer.send("POST", address, {"accept": False})
    assert (again.status_code, again.json["code"]) == (409, "registration_decided")


def test_a_refused_company_hears_why(rounds: Rounds) -> None:
    organizer, path = opened(rounds, needs_approval=True)
    person, asked = join(rounds, path, "Ferretería Norte")
    address = f"/registrations/{asked['registration_id']}/decision"
    organizer.post(address, {"accept": False, "reason": "Es una rueda de alimentos"})
    assert [event.reason for event in rounds.told("rounds.registration_refused")] == [
        "Es una rueda de alimentos"
    ]
    assert person.get(f"{path}/registrations")["items"][0]["status"] == "refused"
    assert rounds.told("rounds.registration_made") == []


def test_whom_the_organizer_registers_needs_no_approval(rounds: Rounds) -> None:
    organizer, path = opened(rounds, needs_approval=True)
    invited = rounds.company("Invitada", "supplier")
    body = {"company_id": invited.company_id, "side": "supplier", "delegates": ONE_DELEGATE}
    assert organizer.post(f"{path}/registrations", body)["status"] == "accepted"


def test_a_place_that_comes_free_goes_to_the_first_who_waits(rounds: Rounds) -> None:
    organizer, path = opened(rounds, supplier_places=1)
    first, in_ = join(rounds, path, "Primera")
    _, second = join(rounds, path, "Segunda")
    _, third = join(rounds, path, "Tercera")
    assert [in_["status"], second["status"], third["status"]] == ["accepted", "waiting", "waiting"]
    first.post(f"/registrations/{in_['registration_id']}/withdraw", {"reason": "No podemos viajar"})
    assert statuses(organizer, path) == ["withdrawn", "accepted", "waiting"]
    assert sorted(event.waited for event in rounds.told("rounds.registration_made")) == [False, True]


def test_more_places_let_in_those_who_wait(rounds: Rounds) -> None:
    organizer, path = opened(rounds, supplier_places=1)
    for name in ("Primera", "Segunda", "Tercera"):
        join(rounds, path, name)
    version = organizer.get(path)["version"]
    changed = organizer.send("PUT", f"{path}/rules", {"supplier_places": 2}, If_Match=f'"{version}"')
    assert (changed.status_code, changed.json["rules"]["supplier_places"]) == (200, 2)
    assert statuses(organizer, path) == ["accepted", "accepted", "waiting"]


def test_of_40_who_register_at_once_as_many_get_in_as_there_are_places(rounds: Rounds) -> None:
    organizer, path = opened(rounds, supplier_places=7)
    people = [rounds.company(f"Proveedora {n}", "supplier") for n in range(40)]
    body = {"side": "supplier", "delegates": ONE_DELEGATE}
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda p: p.send("POST", f"{path}/registrations", body), people))
    assert {answer.status_code for answer in answers} == {201}
    found = statuses(organizer, path)
    assert (found.count("accepted"), found.count("waiting")) == (7, 33)


def test_who_waits_for_a_word_can_not_ask_for_meetings(rounds: Rounds) -> None:
    organizer, path = opened(rounds, needs_approval=True)
    person, _ = join(rounds, path, "Quesos del Sur")
    organizer.post(f"{path}/status", {"status": "requests_open"})
    answer = person.send("POST", f"{path}/requests", {"to_company_id": "x"})
    assert (answer.status_code, answer.json["code"]) == (409, "not_registered")


def test_a_company_that_leaves_takes_its_requests_and_meetings_with_it(story: Story) -> None:
    leaver = story.suppliers[0]
    story.agreed(story.buyers[0], leaver, story.slot_ids[0])
    story.request(story.buyers[1], leaver)
    own = leaver.get(f"/rounds/{story.round_id}/registrations")["items"][0]
    leaver.post(f"/registrations/{own['registration_id']}/withdraw", {"reason": "Cerramos la planta"})
    requests = story.organizer.get(f"/rounds/{story.round_id}/requests")["items"]
    assert [request["status"] for request in requests] == ["cancelled", "cancelled"]
    assert story.rounds.told("rounds.meeting_cancelled")[0].reason == "Cerramos la planta"
    assert story.rounds.store.db.seats.count_documents({}) == 0
    assert len(story.rounds.told("rounds.registration_withdrawn")) == 1


def test_a_company_that_left_may_come_back(rounds: Rounds) -> None:
    _, path = opened(rounds)
    person, made = join(rounds, path, "Indecisa")
    person.post(f"/registrations/{made['registration_id']}/withdraw", {"reason": "No vamos"})
    back = person.post(f"{path}/registrations", {"side": "supplier", "delegates": ONE_DELEGATE})
    assert (back["registration_id"], back["version"], back["status"]) == (
        made["registration_id"], 3, "accepted",
    )  # fmt: skip


def test_registration_ends_with_its_time_but_not_for_the_organizer(rounds: Rounds) -> None:
    organizer, path = opened(rounds, registration_until=datetime.now(UTC).isoformat())
    late = rounds.company("Tardía", "supplier")
    body: dict[str, Any] = {"side": "supplier", "delegates": ONE_DELEGATE}
    answer = late.send("POST", f"{path}/registrations", body)
    assert (answer.status_code, answer.json["code"]) == (409, "registration_over")
    organizer.post(f"{path}/registrations", {**body, "company_id": late.company_id})


def test_what_a_company_seeks_and_offers_is_shown_but_not_whom_it_avoids(rounds: Rounds) -> None:
    _, path = opened(rounds)
    words = {"seeks": "Panela en polvo", "offers": "Empaques compostables"}
    person, made = join(rounds, path, "Empaques", **words, never_meet=["rival"])
    assert made["never_meet"] == ["rival"]
    [shown] = rounds.person("supplier").get(f"{path}/participants")["items"]
    assert shown == {"company_id": person.company_id, "company_name": "Empaques", "side": "supplier", **words}


def test_two_who_must_not_meet_are_neither_suggested_nor_asked_nor_in_an_agenda(story: Story) -> None:
    buyer, (avoided, other, _) = story.buyers[0], story.suppliers
    story.rounds.hear(story.rounds.shortlist(buyer, {avoided: 0.9, other: 0.4}))
    agreed = story.agreed(buyer, avoided)
    own = avoided.get(f"/rounds/{story.round_id}/registrations")["items"][0]
    body = {"delegates": own["delegates"], "never_meet": [buyer.company_id]}
    address = f"/registrations/{own['registration_id']}"
    assert avoided.send("PATCH", address, body, If_Match='"1"').status_code == 200
    suggested = buyer.get(f"/rounds/{story.round_id}/suggestions")["items"]
    assert [row["company_id"] for row in suggested] == [other.company_id]
    again = buyer.send("POST", f"/rounds/{story.round_id}/requests", {"to_company_id": avoided.company_id})
    assert (again.status_code, again.json["code"]) == (409, "never_meet")
    assert story.rounds.run_agenda(story.organizer, story.round_id)["placed"] == []
    booked = avoided.send(
        "POST", f"/requests/{agreed['request']['request_id']}/accept", {"slot_id": story.slot_ids[0]}
    )
    assert (booked.status_code, booked.json["code"]) == (409, "already_decided")


def test_a_round_is_running_from_its_first_slot_on(rounds: Rounds) -> None:
    organizer, path = opened(rounds)
    organizer.post(f"{path}/status", {"status": "requests_open"})
    draft = rounds.run_agenda(organizer, path.removeprefix("/rounds/"))
    organizer.post(f"/agendas/{draft['agenda_id']}/publish")
    assert begin_rounds(rounds.store, datetime.now(UTC)) == 0
    assert begin_rounds(rounds.store, datetime.now(UTC) + timedelta(days=8)) == 1
    round_ = organizer.get(path)
    assert (round_["status"], "running" in round_["reached"]) == ("running", True)
    organizer.post(f"{path}/status", {"status": "closed"})
    assert organizer.post(f"{path}/status", {"status": "followed_up"})["status"] == "followed_up"


def test_the_clock_opens_registration_and_requests_on_their_dates(rounds: Rounds) -> None:
    organizer = rounds.person("organizer")
    now = datetime.now(UTC)
    dates = {"registration_from": now + timedelta(days=1), "requests_from": now + timedelta(days=2)}
    rules = {name: at.isoformat() for name, at in dates.items()}
    made = organizer.post("/rounds", a_plan(rules=rules))
    path = f"/rounds/{made['round_id']}"
    open_rounds(rounds.store, now + timedelta(days=9))
    assert organizer.get(path)["status"] == "draft"
    organizer.post(f"{path}/status", {"status": "announced"})
    seen = []
    for hours in (23, 25, 47, 49):
        open_rounds(rounds.store, now + timedelta(hours=hours))
        seen.append(organizer.get(path)["status"])
    assert seen == ["announced", "registration_open", "registration_open", "requests_open"]
    assert len(rounds.told("rounds.registration_opened")) == 1


def test_dates_that_go_backwards_are_refused(rounds: Rounds) -> None:
    now = datetime.now(UTC)
    rules = {"requests_from": now + timedelta(days=3), "requests_until": now + timedelta(days=2)}
    plan = a_plan(rules={name: at.isoformat() for name, at in rules.items()})
    answer = rounds.person("organizer").send("POST", "/rounds", plan)
    assert (answer.status_code, answer.json["code"]) == (422, "dates_out_of_order")
    assert answer.json["field"] == "rules.requests_until"


def test_an_announced_round_is_seen_by_all_and_not_yet_open(rounds: Rounds) -> None:
    organizer = rounds.person("organizer")
    made = organizer.post("/rounds", a_plan_today())
    path = f"/rounds/{made['round_id']}"
    organizer.post(f"{path}/status", {"status": "announced"})
    person = rounds.company("Curiosa", "supplier")
    assert person.get(path)["status"] == "announced"
    answer = person.send("POST", f"{path}/registrations", {"side": "supplier", "delegates": ONE_DELEGATE})
    assert (answer.status_code, answer.json["code"]) == (409, "wrong_round_status")


def test_nobody_meets_for_two_companies(rounds: Rounds) -> None:
    organizer, path = opened(rounds)
    both = [{"name": "Ana Ruiz", "account_id": "ana"}]
    _, first = join(rounds, path, "Quesos del Sur", delegates=both)
    second = rounds.company("Arepas Doña Luz", "supplier")
    body = {"side": "supplier", "delegates": both}
    answer = second.send("POST", f"{path}/registrations", body)
    assert (answer.status_code, answer.json["code"]) == (422, "delegate_elsewhere")
    assert "Quesos del Sur" in answer.json["detail"]
    own = second.post(f"{path}/registrations", {"side": "supplier", "delegates": ONE_DELEGATE})
    changed = second.send(
        "PATCH", f"/registrations/{own['registration_id']}", {"delegates": both}, If_Match='"1"'
    )
    assert (changed.status_code, changed.json["code"]) == (422, "delegate_elsewhere")
    organizer.post(f"/registrations/{first['registration_id']}/withdraw", {"reason": "Viaje"})
    changed = second.send(
        "PATCH", f"/registrations/{own['registration_id']}", {"delegates": both}, If_Match='"1"'
    )
    assert changed.status_code == 200


def test_of_two_companies_that_name_the_same_person_at_once_one_does(rounds: Rounds) -> None:
    _, path = opened(rounds)
    people = [rounds.company(f"Empresa {n}", "supplier") for n in range(12)]
    body = {"side": "supplier", "delegates": [{"name": "Ana Ruiz", "account_id": "ana"}]}
    with ThreadPoolExecutor(12) as pool:
        codes = list(pool.map(lambda p: p.send("POST", f"{path}/registrations", body).status_code, people))
    assert sorted(codes) == [201] + [422] * 11


def test_nobody_is_let_in_nor_changes_anything_once_the_round_is_over(rounds: Rounds) -> None:
    story = tell_story(rounds, 1, 1, a_plan_today(rules={"needs_approval": True}))
    open_ = story.organizer.get(f"/rounds/{story.round_id}/registrations")["items"]
    waiting = open_[0]["registration_id"]
    rounds.store.db.rounds.update_one({"_id": story.round_id}, {"$set": {"status": "closed"}})
    decided = story.organizer.send("POST", f"/registrations/{waiting}/decision", {"accept": True})
    assert (decided.status_code, decided.json["code"]) == (409, "wrong_round_status")
    body = {"delegates": ONE_DELEGATE}
    changed = story.organizer.send("PATCH", f"/registrations/{waiting}", body, If_Match='"1"')
    assert (changed.status_code, changed.json["code"]) == (409, "wrong_round_status")
