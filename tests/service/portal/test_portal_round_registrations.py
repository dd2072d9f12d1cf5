"""Registrations that an organizer decides on a page, and the rules of a round."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from services.portal.usecases.members import copy_companies as copy_into_portal
from services.rounds.usecases.copies import copy_companies
from shared.contracts.base import Event
from shared.contracts.catalog import CompanyRegistered
from shared.store import new_id
from tests.service.portal.organizing import Office, hall

if TYPE_CHECKING:
    from tests.service.portal.test_portal_numbers import Town

__all__ = ["hall"]


@pytest.fixture
def office(hall: Town) -> Office:
    """A round in which two buyers and four suppliers wait for the organizer's word."""
    office = Office(hall)
    office.make(needs_approval="yes")
    office.lead("announced", "registration_open")
    for number in range(2):
        office.join(f"Compra {number}", "buyer")
    for number in range(4):
        office.join(f"Panela Ñame {number}", "supplier")
    return office


def boxes(text: str) -> list[str]:
    return re.findall(r'name="registration" value="([^"]+)"', text)


def statuses(office: Office) -> list[str]:
    return sorted(row["status"] for row in office.all("registrations"))


def test_many_are_approved_at_once_and_one_is_refused_with_a_reason(office: Office) -> None:
    waiting = boxes(office.see("/registrations?status=pending&side=supplier"))
    assert len(waiting) == 4
    form = {"registration": waiting[:3], "act": "accept", "status": "pending"}
    assert office.said("/registrations", form) == "Inscripciones aprobadas: 3. Ya les avisamos."
    form = {"registration": waiting[3:], "act": "refuse", "reason": "No es del sector"}
    assert office.said("/registrations", form) == "Inscripciones rechazadas: 1. Ya les avisamos."
    assert "rechazada: No es del sector" in office.see("/registrations?status=refused")
    form = {"undecided": boxes(office.see("/registrations?status=pending")), "act": "accept_all"}
    office.done("/registrations", form)
    assert statuses(office) == ["accepted"] * 5 + ["refused"]


def test_who_finds_no_place_waits_and_the_organizer_hears_so(office: Office) -> None:
    version = office.round["version"]
    form = {"version": str(version), "rules_needs_approval": "yes", "rules_supplier_places": "1"}
    office.done("/rules", form)
    waiting = boxes(office.see("/registrations?side=supplier"))
    said = office.said("/registrations", {"registration": waiting[:2], "act": "accept"})
    assert said.startswith("No quedan cupos para 1")
    assert len(boxes(office.see("/registrations?status=waiting"))) == 1


def test_what_could_not_be_done_is_told_and_stays_marked(office: Office) -> None:
    first, second, *_ = boxes(office.see("/registrations?side=supplier"))
    office.done("/registrations", {"registration": [first], "act": "accept"})
    answer = office.send("/registrations", {"registration": [first, second], "act": "accept"})
    assert answer.status_code == 409
    assert "Esta inscripción ya está en" in answer.text
    assert re.findall(r'value="([^"]+)" checked', answer.text) == [first]
    missing = office.send("/registrations", {"registration": [first], "act": "withdraw"})
    assert missing.status_code == 422
    assert "Escriba el motivo" in missing.text
    form = {"registration": [first], "act": "withdraw", "reason": "Pidió retirarse"}
    assert office.said("/registrations", form).startswith("Empresas retiradas: 1.")
    assert statuses(office).count("withdrawn") == 1
    assert office.send("/registrations", {"act": "accept"}).status_code == 422


def test_a_company_is_found_without_accents_and_capitals(office: Office) -> None:
    found = office.see("/registrations?q=name 2")
    assert "Panela Ñame 2" in found
    assert "Panela Ñame 1" not in found


def test_rules_are_kept_in_the_rounds_own_time_and_shown_again(office: Office) -> None:
    form = {
        "version": str(office.round["version"]), "rules_buyer_places": "1.200",
        "rules_answer_minutes": "3", "unit": "hours",
    }  # fmt: skip
    office.done("/rules", form)
    rules = office.round["plan"]["rules"]
    assert (rules["buyer_places"], rules["answer_minutes"], rules["needs_approval"]) == (1200, 180, False)
    seen = office.see("/rules")
    assert '<option value="hours" selected>' in seen
    late = office.send("/rules", form)
    assert late.status_code == 412
    assert f'name="version" value="{office.round["version"]}"' in late.text


def test_a_rule_that_can_not_be_kept_is_told_at_its_field(office: Office) -> None:
    form = {"version": str(office.round["version"]), "agenda_promised": "9", "agenda_buyers_keep_free": "1"}
    answer = office.send("/rules/agenda", form)
    assert answer.status_code == 422
    assert 'id="agenda_promised-fault"' in answer.text
    assert 'value="9"' in answer.text
    form |= {"agenda_promised": "2", "agenda_suppliers_at_once": "2", "agenda_suppliers_most": "3"}
    assert office.said("/rules/agenda", form) == "Quedó guardado."
    rules = office.round["plan"]["agenda"]
    assert (rules["promised"], rules["suppliers_at_once"], rules["suppliers"]["most"]) == (2, 2, 3)


def test_two_companies_that_never_meet_are_put_on_the_list_and_taken_off(office: Office) -> None:
    pair = {"one": "compra 1", "other": "Panela Name 3"}
    assert office.said("/rules/never", pair) == "Quedó guardado."
    ids = office.companies
    [row] = office.all("registrations", **{"never_meet.0": {"$exists": True}})
    assert (row["company_id"], row["never_meet"]) == (ids["Compra 1"], [ids["Panela Ñame 3"]])
    assert "Compra 1 – Panela Ñame 3" in office.see("/rules")
    unknown = office.send("/rules/never", {"one": "Compra 1", "other": "Nadie"})
    assert unknown.status_code == 422
    assert 'id="other-fault"' in unknown.text
    off = {"one": ids["Compra 1"], "other": ids["Panela Ñame 3"], "take_off": "yes"}
    office.done("/rules/never", off)
    assert office.all("registrations", **{"never_meet.0": {"$exists": True}}) == []


def test_an_organizer_registers_a_company_that_called(office: Office) -> None:
    company_id, name = new_id(), f"Piñón Dulce {office.round_id[:8]}"
    known = CompanyRegistered(company_id=company_id, name=name, roles=["supplier", "anchor"])
    heard = [Event(known, 1, datetime.now(UTC), "story")]
    copy_companies(office.store, heard)
    copy_into_portal(office.town.store, heard)
    assert "No hay una empresa con ese nombre" in office.see("/registrations/new?q=nadie sabe")
    seen = office.see("/registrations/new?q=PINON dulce")
    assert f'value="{company_id}"' in seen
    form = {"company": company_id, "side": "buyer", "q": "piñón"}
    missing = office.send("/registrations/new", form)
    assert (missing.status_code, "Escriba al menos un nombre." in missing.text) == (422, True)
    assert office.said("/registrations/new", {**form, "people": "Rosa, Iván"}) == "La empresa quedó inscrita."
    [row] = office.all("registrations", company_id=company_id)
    assert ([one["name"] for one in row["delegates"]], row["side"]) == (["Rosa", "Iván"], "buyer")
    twice = office.send("/registrations/new", {**form, "people": "Rosa"})
    assert twice.status_code == 409


def test_people_of_a_company_are_added_changed_and_taken_out(office: Office) -> None:
    [row] = office.all("registrations", company_id=office.companies["Panela Ñame 0"])
    path = f"/registrations/{row['_id']}"
    assert "libre en todos los horarios" in office.see(path)
    office.done(path, {"version": "1", "act": "add", "name": "Rosa"})
    stale = office.send(path, {"version": "1", "act": "add", "name": "Iván"})
    assert stale.status_code == 412
    assert 'value="Iván"' in stale.text
    slots = [slot["slot_id"] for slot in office.round["slots"]]
    [row] = office.all("registrations", _id=row["_id"])
    first, rosa = row["delegates"]
    form = {"version": "2", "person": rosa["delegate_id"], "name": "Rosa Díaz", "slot": slots[:2]}
    office.done(path, {**form, "act": "save"})
    assert "Rosa Díaz · libre en 2 horarios" in office.see(path)
    office.done(path, {"version": "3", "person": first["delegate_id"], "act": "remove"})
    [row] = office.all("registrations", _id=row["_id"])
    assert [(one["name"], one["free_slots"]) for one in row["delegates"]] == [("Rosa Díaz", slots[:2])]
    office.done(path, {**form, "version": "4", "slot": slots, "act": "save"})
    [row] = office.all("registrations", _id=row["_id"])
    assert row["delegates"][0]["free_slots"] is None
    office.make()
    office.see(path, 404)
