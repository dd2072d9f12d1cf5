"""Who acts for which company."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from services.portal.usecases.members import companies_of, copy_companies
from shared.contracts.base import Event
from shared.contracts.catalog import CompanyChanged, CompanyRegistered, CompanyWithdrawn
from shared.store import new_id

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from services.portal.store import PortalStore
    from shared.contracts.base import Payload
    from tests.service.portal.conftest import Portal

ANA, EVA, LUIS = "ana@prado.co", "eva@prado.co", "luis@prado.co"


def event(payload: Payload, sequence: int) -> Event:
    return Event(payload, sequence, datetime.now(UTC), "story")


def mine(client: FlaskClient) -> list[dict[str, object]]:
    found: list[dict[str, object]] = client.get("/me").json["companies"]  # type: ignore[index]  # JSON
    return found


def members(client: FlaskClient, company: str) -> list[tuple[str, str]]:
    answer = client.get(f"/companies/{company}/members")
    assert answer.status_code == 200, answer.text
    items = answer.json["items"]  # type: ignore[index]  # it is a JSON object
    return [(item["email"], item["membership"]) for item in items]


def invite(client: FlaskClient, company: str, email: str) -> int:
    return client.post(f"/companies/{company}/members", json={"email": email}).status_code


def test_whoever_registers_a_company_owns_it(portal: Portal) -> None:
    client = portal.signed_in(ANA)
    company = portal.company(portal.account_id(ANA))
    assert mine(client) == [
        {"company_id": company, "name": "Lácteos El Prado", "roles": ["supplier"],
         "membership": "owner"}
    ]  # fmt: skip
    [granted] = portal.events("portal.membership_granted")
    assert (granted["account_id"], granted["company_id"]) == (portal.account_id(ANA), company)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_events_of_a_company_may_come_in_any_order(
    portal: Portal, store: PortalStore, order: tuple[int, int]
) -> None:
    portal.signed_in(ANA)
    company, ana = new_id(), portal.account_id(ANA)
    old = CompanyRegistered(company_id=company, name="Prado", roles=["supplier"], registered_by=ana)
    new = CompanyChanged(company_id=company, name="Lácteos El Prado", roles=["anchor"])
    events = [event(old, 1), event(new, 2)]
    for number in order:
        copy_companies(store, [events[number]])
    [(membership, copied)] = companies_of(store, ana)
    assert (copied.name, copied.roles, membership.role) == ("Lácteos El Prado", ["anchor"], "owner")


def test_many_events_at_once_leave_the_newest_state(store: PortalStore) -> None:
    company = new_id()
    states = [CompanyRegistered(company_id=company, name="1", roles=[])]
    later = [CompanyChanged(company_id=company, name=str(n), roles=[]) for n in (2, 3)]
    copy_companies(store, [event(p, n) for n, p in reversed(list(enumerate(states + later, 1)))])  # type: ignore[operator]  # both are payloads
    assert store.companies([company])[company].name == "3"


def test_an_account_that_was_erased_meanwhile_owns_nothing(portal: Portal) -> None:
    portal.company("no-such-account")
    assert portal.events("portal.membership_granted") == []


def test_a_removed_owner_is_not_brought_back_by_the_event(portal: Portal, store: PortalStore) -> None:
    client = portal.signed_in(ANA)
    ana = portal.account_id(ANA)
    company = portal.company(ana)
    assert client.delete(f"/companies/{company}/members/{ana}").status_code == 204
    again = CompanyRegistered(company_id=company, name="x", roles=[], registered_by=ana)
    copy_companies(store, [event(again, 1)])
    assert mine(client) == []


def test_a_withdrawn_company_is_nobodys(portal: Portal, store: PortalStore) -> None:
    client = portal.signed_in(ANA)
    company = portal.company(portal.account_id(ANA))
    copy_companies(store, [event(CompanyWithdrawn(company_id=company), 2)])
    assert mine(client) == []
    assert client.post("/tokens", json={"company_id": company}).status_code == 403
    assert invite(client, company, EVA) == 404


def test_an_owner_invites_and_the_invited_gets_a_link(portal: Portal) -> None:
    client = portal.signed_in(ANA)
    company = portal.company(portal.account_id(ANA))
    assert invite(client, company, EVA) == 201
    assert members(client, company) == [(ANA, "owner"), (EVA, "member")]
    invited = portal.app.test_client()
    assert invited.post("/sessions", json={"code": portal.mailed_code(EVA)}).status_code == 201
    assert [company_["company_id"] for company_ in mine(invited)] == [company]


def test_somebody_with_an_account_is_added_without_a_letter(portal: Portal) -> None:
    client = portal.signed_in(ANA)
    portal.signed_in(EVA, name="Eva")
    company = portal.company(portal.account_id(ANA))
    before = len(portal.events("portal.sign_in_requested"))
    assert invite(client, company, EVA) == invite(client, company, EVA) == 201
    assert len(portal.events("portal.sign_in_requested")) == before
    assert len(portal.events("portal.membership_granted")) == 2


def test_a_member_who_is_not_owner_only_looks_and_leaves(portal: Portal) -> None:
    owner, member = portal.signed_in(ANA), portal.signed_in(EVA)
    ana, eva = portal.account_id(ANA), portal.account_id(EVA)
    company = portal.company(ana)
    invite(owner, company, EVA)
    assert len(members(member, company)) == 2
    assert invite(member, company, LUIS) == 403
    assert member.delete(f"/companies/{company}/members/{ana}").status_code == 403
    assert member.delete(f"/companies/{company}/members/{eva}").status_code == 204
    assert len(portal.events("portal.membership_revoked")) == 1
    assert member.get(f"/companies/{company}/members").status_code == 403


def test_the_last_owner_can_not_leave_the_others_alone(portal: Portal) -> None:
    client = portal.signed_in(ANA)
    ana = portal.account_id(ANA)
    company = portal.company(ana)
    invite(client, company, EVA)
    assert client.delete(f"/companies/{company}/members/{ana}").status_code == 409


def test_a_person_who_left_can_be_invited_again(portal: Portal) -> None:
    client = portal.signed_in(ANA)
    portal.signed_in(EVA)
    company, eva = portal.company(portal.account_id(ANA)), portal.account_id(EVA)
    invite(client, company, EVA)
    client.delete(f"/companies/{company}/members/{eva}")
    assert invite(client, company, EVA) == 201
    assert members(client, company) == [(ANA, "owner"), (EVA, "member")]


def test_an_organizer_gives_an_imported_company_its_owner(portal: Portal) -> None:
    organizer = portal.signed_in(LUIS, role="organizer")
    company = portal.company()
    assert invite(organizer, company, ANA) == 201
    assert members(organizer, company) == [(ANA, "owner")]


def test_strangers_learn_nothing_of_a_company(portal: Portal) -> None:
    client = portal.signed_in(ANA)
    company = portal.company()
    assert client.get(f"/companies/{company}/members").status_code == 403
    assert invite(client, company, ANA) == 403


def test_inviting_does_not_tell_who_has_an_account(portal: Portal) -> None:
    client = portal.signed_in(ANA)
    portal.signed_in(EVA, name="Eva Ríos")
    company = portal.company(portal.account_id(ANA))
    url = f"/companies/{company}/members"
    known = client.post(url, json={"email": EVA, "name": "x"}).json
    unknown = client.post(url, json={"email": LUIS, "name": "x"}).json
    assert known is not None
    assert unknown is not None
    assert known.keys() == unknown.keys()
    assert "Ríos" not in str(known)


def test_fifty_invitations_an_hour_are_enough(portal: Portal) -> None:
    client = portal.signed_in(ANA)
    company = portal.company(portal.account_id(ANA))
    answers = [invite(client, company, f"n{n}@prado.co") for n in range(50)]
    assert answers == [201] * 49 + [429]
