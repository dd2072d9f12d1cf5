"""A round planned and led through its life from the browser, through the portal and the real services."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.service.portal.conftest import HTML, make_code, page
from tests.service.portal.organizing import Office, hall, plan, plan_now
from tests.service.portal.test_portal_numbers import figure

if TYPE_CHECKING:
    from tests.service.portal.test_portal_numbers import Town

__all__ = ["hall"]


@pytest.fixture
def office(hall: Town) -> Office:
    return Office(hall)


def test_a_round_is_made_on_one_form_and_found_on_the_first_page(office: Office) -> None:
    form = page(office.organizer, "/rounds/new")
    assert 'value="08:00"' in form
    assert "hora de Colombia · America/Bogota" in form
    office.make(afternoon_from="14:00", afternoon_to="15:00")
    told = office.see("?done=made")
    assert "Solo usted la ve hasta que la anuncie." in told
    assert "6 horarios en un día." in told
    assert "Con 2 mesas caben hasta 12 citas." in told
    assert office.round["plan"]["days"][0]["breaks"] == [{"starts": "10:00:00", "ends": "14:00:00"}]
    assert f'href="/rounds/{office.round_id}"' in page(office.organizer)
    assert "Rueda láctea" in page(office.organizer, "/rounds")


def test_the_last_day_may_end_earlier(office: Office) -> None:
    first = date.fromisoformat(plan()["first_day"])
    times = {"afternoon_from": "14:00", "afternoon_to": "16:00", "last_day_to": "09:00"}
    office.make(last_day=(first + timedelta(days=2)).isoformat(), **times)
    days = office.round["plan"]["days"]
    assert [(day["ends"], len(day["breaks"])) for day in days] == [("16:00:00", 1)] * 2 + [("09:00:00", 0)]
    form = office.see("/plan")
    assert 'value="09:00"' in form
    assert 'value="16:00"' in form
    late = plan(last_day=(first + timedelta(days=1)).isoformat(), **{**times, "last_day_to": "07:00"})
    answer = office.send("/plan", {**late, "version": "1"})
    assert 'id="last_day_to-fault"' in answer.text


def test_a_form_that_is_sent_twice_makes_one_round(office: Office) -> None:
    key = re.findall(r'name="key" value="([^"]+)"', page(office.organizer, "/rounds/new"))[0]
    made = [
        office.organizer.post("/rounds/new", data=plan(key=key), headers=HTML).headers["Location"]
        for _ in range(2)
    ]
    assert made[0] == made[1]


def test_what_is_wrong_with_a_plan_stands_at_its_field_with_what_was_typed(office: Office) -> None:
    wrong = plan(name="Rueda de prueba", morning_to="07:00", tables="", slot_minutes="dos")
    answer = office.organizer.post("/rounds/new", data=wrong, headers=HTML)
    assert answer.status_code == 422
    assert 'value="Rueda de prueba"' in answer.text
    assert 'id="slot_minutes-fault"' in answer.text
    wrong |= {"slot_minutes": "30", "modality": "virtual", "room_base_url": "salas"}
    answer = office.organizer.post("/rounds/new", data=wrong, headers=HTML)
    assert re.search(r'<a href="#room_base_url">Dirección de las salas virtuales</a>', answer.text)
    wrong |= {"modality": "in_person"}
    answer = office.organizer.post("/rounds/new", data=wrong, headers=HTML)
    faults = set(re.findall(r'id="(\w+)-fault"', answer.text))
    assert faults == {"tables", "morning_to"}
    assert "Rueda de prueba" not in page(office.organizer, "/rounds")


def test_a_plan_is_changed_until_it_is_announced_and_never_over_somebody_elses_change(office: Office) -> None:
    office.make()
    form = office.see("/plan")
    version = re.findall(r'name="version" value="(\d+)"', form)[0]
    assert office.done("/plan", plan(tables="7", version=version)).endswith("?done=saved")
    assert office.round["plan"]["tables"] == 7
    late = office.send("/plan", plan(tables="9", version=version))
    assert late.status_code == 422
    assert office.round["plan"]["tables"] == 7
    assert f'name="version" value="{int(version) + 1}"' in late.text
    office.lead("announced")
    assert office.send("/plan", plan(version=int(version) + 2)).status_code == 422


def test_one_button_leads_a_round_on_and_what_people_hear_of_is_asked_twice(office: Office) -> None:
    office.make(**plan_now())
    assert "Anunciar la rueda" in office.see()
    office.lead("announced")
    assert "Abrir las inscripciones" in office.see()
    office.lead("registration_open")
    assert f'href="/rounds/{office.round_id}/status/requests_open"' in office.see()
    assert "¿Está seguro?" in office.see("/status/requests_open")
    office.lead("requests_open")
    assert "Preparar la agenda" in office.see()
    for company, side in (("Compra", "buyer"), ("Vende", "supplier")):
        office.join(company, side)
    office.agreed("Compra", "Vende")
    office.done(f"/agenda/{office.run()}/publish")
    assert "no se puede volver a abrir" in office.see("/status/closed")
    office.lead("closed")
    assert "Ver los resultados" in office.see()
    refused = office.send("/status/running")
    assert refused.status_code == 409
    assert 'role="alert"' in refused.text
    assert office.round["status"] == "closed"


def test_the_page_counts_what_there_is_to_look_after(office: Office) -> None:
    office.make(needs_approval="yes")
    office.lead("announced", "registration_open")
    for number in range(3):
        office.join(f"Vende {number}", "supplier")
    assert figure(office.see(), '<a href="[^"]+">Inscripciones por aprobar</a>') == ["3"]


def test_the_dates_that_come_by_themselves_are_told_in_the_rounds_own_time(office: Office) -> None:
    office.make()
    office.lead("announced")
    day = office.round["plan"]["days"][0]["on"]
    form = {"version": "2", "rules_requests_from": f"{day}T07:30"}
    assert office.said("/rules", form) == "Quedó guardado."
    office.lead("registration_open")
    assert "Las solicitudes se abren solas: " in office.see()
    assert "7:30 a. m." in office.see()


def test_a_round_is_for_its_organizer_alone(office: Office) -> None:
    office.make()
    office.lead("announced")
    other = office.town.signed_in(f"rosa-{office.round_id}@prado.co", role="organizer")
    for path in ("", "/registrations", "/agenda", "/live", "/results", "/rules", "/plan"):
        office.see(path, 404, other)
        office.see(path, 404, office.buyer)
    answer = other.post(f"/rounds/{office.round_id}/status/registration_open", headers=HTML)
    assert answer.status_code == 404
    assert office.buyer.post("/rounds/new", data=plan(), headers=HTML).status_code == 403
    for path in ("/rounds", "/rounds/new"):
        page(office.buyer, path, 404)
    assert office.round["status"] == "announced"


def test_who_is_not_signed_in_is_led_on_to_the_round_after_signing_in(office: Office) -> None:
    office.make()
    browser = office.town.app.test_client()
    path = f"/rounds/{office.round_id}/live"
    asked = browser.get(path, headers=HTML)
    assert (asked.status_code, asked.headers["Location"]) == (303, "/sign-in")
    code = make_code(office.town.store, office.town.account_id(office.emails["organizer"]))
    entered = browser.post("/sign-in", data={"code": code}, headers=HTML)
    assert entered.headers["Location"] == path


def test_the_pages_are_in_english_for_who_reads_english(hall: Town) -> None:
    office = Office(hall, language="en")
    office.make()
    assert "Announce the round" in office.see()
    assert "New round" in page(office.organizer, "/rounds/new")
    assert "Lo que sigue" not in office.see()
