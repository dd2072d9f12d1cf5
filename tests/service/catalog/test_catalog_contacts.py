"""Contacts: with consent, hidden, and shown once both companies have agreed to meet."""

from __future__ import annotations

from datetime import UTC, datetime

from services.catalog.worker import HANDLERS
from shared.contracts.base import Event
from shared.contracts.rounds import RequestAccepted
from tests.service.catalog.conftest import A_CONTACT, Caller, Catalog


def with_contact(catalog: Catalog) -> Caller:
    owner = catalog.company()
    answer = owner.post(f"/companies/{owner.company_id}/contacts", A_CONTACT)
    assert answer.status_code == 201
    return owner


def names(caller: Caller, owner: Caller) -> list[str]:
    answer = caller.get(f"/companies/{owner.company_id}/contacts")
    assert answer.status_code == 200
    return [item["name"] for item in answer.get_json()["items"]]


def accept(catalog: Catalog, asking: Caller, asked: Caller) -> None:
    payload = RequestAccepted(
        request_id="r1",
        round_id="ronda",
        round_name="Rueda textil",
        from_company_id=str(asking.company_id),
        from_company_name="Una",
        to_company_id=str(asked.company_id),
        to_company_name="Otra",
    )
    event = Event(payload, 2, datetime.now(UTC), "")
    catalog.store.transact(lambda: HANDLERS["rounds.request_accepted"](catalog.store, event))


def test_a_contact_without_consent_is_refused_with_the_reason(catalog: Catalog) -> None:
    owner = catalog.company()
    body = {name: value for name, value in A_CONTACT.items() if name != "consent"}
    answer = owner.post(f"/companies/{owner.company_id}/contacts", body)
    assert answer.status_code == 422
    assert answer.get_json()["code"] == "consent_missing"
    assert "Ley 1581" in answer.get_json()["detail"]
    assert catalog.store.db.contacts.count_documents({}) == 0


def test_consent_from_the_future_is_refused(catalog: Catalog) -> None:
    owner = catalog.company()
    body = {**A_CONTACT, "consent": {"given_on": "2999-01-01", "purpose": "Ruedas"}}
    answer = owner.post(f"/companies/{owner.company_id}/contacts", body)
    assert answer.get_json()["code"] == "consent_in_the_future"


def test_the_companys_own_people_and_an_admin_see_its_contacts(catalog: Catalog) -> None:
    owner = with_contact(catalog)
    assert names(owner, owner) == ["Luz Marina Ospina"]
    assert names(catalog.caller("admin"), owner) == ["Luz Marina Ospina"]


def test_others_are_told_how_to_get_to_see_the_contacts(catalog: Catalog) -> None:
    owner, other = with_contact(catalog), catalog.company()
    for stranger in (other, catalog.caller("organizer"), catalog.caller()):
        answer = stranger.get(f"/companies/{owner.company_id}/contacts")
        assert answer.status_code == 403
        assert answer.get_json()["code"] == "contacts_hidden"
        assert "rueda" in answer.get_json()["detail"]


def test_companies_that_agreed_to_meet_see_each_others_contacts(catalog: Catalog) -> None:
    asking, asked, third = with_contact(catalog), with_contact(catalog), with_contact(catalog)
    accept(catalog, asking, asked)
    accept(catalog, asking, asked)
    assert names(asking, asked) == names(asked, asking) == ["Luz Marina Ospina"]
    assert third.get(f"/companies/{asked.company_id}/contacts").status_code == 403


def test_a_person_is_erased_on_request(catalog: Catalog) -> None:
    owner = with_contact(catalog)
    address = f"/companies/{owner.company_id}/contacts"
    contact_id = owner.get(address).get_json()["items"][0]["id"]
    assert catalog.company().send("DELETE", f"{address}/{contact_id}").status_code == 403
    assert owner.send("DELETE", f"{address}/{contact_id}").status_code == 204
    assert names(owner, owner) == []
    assert owner.send("DELETE", f"{address}/{contact_id}").status_code == 404


def test_contacts_are_in_no_event_and_in_no_answer_about_the_company(catalog: Catalog) -> None:
    owner = with_contact(catalog)
    assert "Ospina" not in owner.get(f"/companies/{owner.company_id}").text
    assert all(b"Ospina" not in row["value"] for row in catalog.store.db.outbox.find())
