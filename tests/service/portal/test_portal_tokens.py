"""Tokens, API keys and the published key set."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.serving import make_server

from services.portal import keys
from shared.auth import TokenChecker
from shared.errors import Unauthenticated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from services.portal.store import PortalStore
    from shared.auth import Actor
    from shared.config import Config
    from tests.conftest import MakeToken
    from tests.service.portal.conftest import Portal

ANA = "ana@prado.co"


def token(client: FlaskClient, company_id: str | None = None, **headers: str) -> str:
    answer = client.post("/tokens", json={"company_id": company_id}, headers=headers)
    assert answer.status_code == 201, answer.text
    return str(answer.json["token"])  # type: ignore[index]  # it is a JSON object


def refused(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, answer.json["code"]  # type: ignore[index]  # it is a JSON object


def new_key(client: FlaskClient, company_id: str | None = None) -> dict[str, Any]:
    answer = client.post("/api-keys", json={"name": "ERP", "company_id": company_id})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json  # type: ignore[assignment]  # it is a JSON object
    return made


class Reader:
    """Another service, which has nothing but the address of the key set."""

    def __init__(self, jwks_url: str) -> None:
        self.jwks_url = jwks_url

    def check(self, token: str) -> Actor:
        return TokenChecker(self.jwks_url).check(token)


@pytest.fixture
def reader(app: Flask) -> Iterator[Reader]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Reader(f"http://127.0.0.1:{server.port}/.well-known/jwks.json")
    server.shutdown()
    thread.join()
    server.server_close()


def test_other_services_accept_the_token(portal: Portal, reader: Reader) -> None:
    client = portal.signed_in(ANA, role="organizer")
    company = portal.company(portal.account_id(ANA), roles=("supplier", "anchor"))
    alone, acting = reader.check(token(client)), reader.check(token(client, company))
    assert alone.account_id == acting.account_id == portal.account_id(ANA)
    assert (alone.company_id, set(alone.roles)) == (None, {"organizer"})
    assert acting.company_id == company
    assert set(acting.roles) == {"organizer", "supplier", "anchor"}


def test_nobody_gets_a_token_of_a_company_that_is_not_theirs(portal: Portal) -> None:
    client = portal.signed_in(ANA, role="organizer")
    for company in (portal.company(), "no-such-company"):
        answer = client.post("/tokens", json={"company_id": company})
        assert refused(answer) == (403, "not_a_member")


def test_a_token_does_not_get_another_one(portal: Portal, client: FlaskClient, token: MakeToken) -> None:
    bearer = {"Authorization": f"Bearer {token(roles=['admin'])}"}
    answer = client.post("/tokens", json={}, headers=bearer)
    assert refused(answer) == (401, "sign_in_needed")


def test_eight_processes_at_once_make_one_first_key(portal: Portal) -> None:
    now = datetime.now(UTC)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: keys.signing_keys(portal.store, now), range(8)))
    assert {tuple(key.id for key in each) for each in found} == {(found[0][0].id,)}


def test_a_rotation_disturbs_nobody(portal: Portal, reader: Reader, store: PortalStore) -> None:
    client = portal.signed_in(ANA)
    before = token(client)
    new = keys.rotate(store, datetime.now(UTC))
    assert [key["kid"] for key in published(client)] == [store.signing_keys()[0].id, new.id]
    reader.check(token(client))
    store.db.signing_keys.update_one({"_id": new.id}, {"$set": {"signs_from": datetime.now(UTC)}})
    reader.check(before)
    reader.check(token(client))


def published(client: FlaskClient) -> list[dict[str, str]]:
    answer = client.get("/.well-known/jwks.json")
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    found: list[dict[str, str]] = answer.json["keys"]  # type: ignore[index]  # it is a JSON object
    return found


def test_a_rotation_forgets_what_nobody_needs(store: PortalStore) -> None:
    now = datetime.now(UTC)
    first = keys.signing_keys(store, now)[0]
    second = keys.rotate(store, now)
    third = keys.rotate(store, now + timedelta(hours=1))
    assert [key.id for key in store.signing_keys()] == [second.id, third.id]
    assert first.id not in {key["kid"] for key in keys.published(store.signing_keys(), now)["keys"]}


def test_a_key_works_for_its_company_alone(portal: Portal, reader: Reader) -> None:
    person = portal.signed_in(ANA, role="organizer")
    dairy, bakery = (portal.company(portal.account_id(ANA)) for _ in range(2))
    secret = new_key(person, dairy)["secret"]
    machine = portal.app.test_client()
    for headers in ({"Authorization": f"Bearer {secret}"}, {"X-API-Key": secret}):
        actor = reader.check(token(machine, **headers))
        assert (actor.company_id, set(actor.roles)) == (dairy, {"supplier"})
    answer = machine.post("/tokens", json={"company_id": bakery}, headers={"X-API-Key": secret})
    assert refused(answer) == (403, "other_company")


def test_the_secret_of_a_key_is_shown_once(portal: Portal, store: PortalStore) -> None:
    client = portal.signed_in(ANA)
    made = new_key(client)
    listed = client.get("/api-keys").json["items"]  # type: ignore[index]  # it is a JSON object
    assert [key["key_id"] for key in listed] == [made["key_id"]]
    assert made["secret"] not in str(listed)
    assert made["secret"] not in str(list(store.db.api_keys.find()))


def test_using_a_key_is_noted(portal: Portal) -> None:
    client = portal.signed_in(ANA)
    made = new_key(client)
    assert made["last_used_at"] is None
    token(portal.app.test_client(), **{"X-API-Key": made["secret"]})
    listed = client.get("/api-keys").json["items"]  # type: ignore[index]  # it is a JSON object
    assert datetime.fromisoformat(listed[0]["last_used_at"]) <= datetime.now(UTC)


def test_a_revoked_key_is_useless(portal: Portal) -> None:
    client, machine = portal.signed_in(ANA), portal.app.test_client()
    made = new_key(client)
    assert client.delete(f"/api-keys/{made['key_id']}").status_code == 204
    answer = machine.post("/tokens", json={}, headers={"X-API-Key": made["secret"]})
    assert refused(answer) == (401, "key_unknown")
    assert client.delete(f"/api-keys/{made['key_id']}").status_code == 404


def test_nobody_revokes_the_key_of_another(portal: Portal) -> None:
    made = new_key(portal.signed_in(ANA))
    other = portal.signed_in("eva@prado.co")
    assert other.delete(f"/api-keys/{made['key_id']}").status_code == 404


def test_a_key_can_neither_make_keys_nor_erase_its_person(portal: Portal) -> None:
    made, machine = new_key(portal.signed_in(ANA)), portal.app.test_client()
    headers = {"X-API-Key": made["secret"]}
    answer = machine.post("/api-keys", json={"name": "more"}, headers=headers)
    assert refused(answer) == (403, "person_needed")
    assert refused(machine.delete("/me", headers=headers)) == (403, "person_needed")


def test_a_key_for_a_company_of_others_is_refused(portal: Portal) -> None:
    client = portal.signed_in(ANA)
    answer = client.post("/api-keys", json={"name": "ERP", "company_id": portal.company()})
    assert refused(answer) == (403, "not_a_member")


def test_an_account_has_twenty_keys_at_most(portal: Portal) -> None:
    client = portal.signed_in(ANA)
    for _ in range(20):
        new_key(client)
    assert refused(client.post("/api-keys", json={"name": "ERP"})) == (409, "too_many_keys")


def test_no_secret_is_stored_to_be_answered_again(portal: Portal, store: PortalStore) -> None:
    client, again = portal.signed_in(ANA), {"Idempotency-Key": "k-1"}
    assert client.post("/api-keys", json={"name": "ERP"}, headers=again).status_code == 422
    assert client.post("/tokens", json={}, headers=again).status_code == 422
    assert store.db.idempotency.count_documents({}) == 0
    assert store.db.api_keys.count_documents({}) == 0


def test_a_token_that_the_portal_did_not_sign_is_refused(reader: Reader, token: MakeToken) -> None:
    with pytest.raises(Unauthenticated):
        reader.check(token(roles=["admin"]))


def test_keys_are_rotated_from_the_command_line(
    settings: Config, store: PortalStore, environment: None, capsys: pytest.CaptureFixture[str]
) -> None:
    keys.main(["rotate"])
    first, second = store.signing_keys()
    assert second.generation == first.generation + 1
    assert capsys.readouterr().out.startswith(f"{second.id} signs from ")
