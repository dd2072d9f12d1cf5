"""One-time links and sessions."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import TYPE_CHECKING

import pytest

from services.portal.model import (
    LINKS_AN_HOUR,
    LINKS_AN_HOUR_FROM_ONE_PLACE,
    SESSION_LIFE,
)
from services.portal.usecases import accounts
from shared.errors import Conflict, Unauthenticated

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from services.portal.store import PortalStore
    from tests.service.portal.conftest import Portal

ANA = "ana@prado.co"


def ask(client: FlaskClient, email: str = ANA, **more: str) -> int:
    return client.post("/sign-in-links", json={"email": email, **more}).status_code


def test_the_first_link_opens_the_account_and_is_sent(client: FlaskClient, portal: Portal) -> None:
    assert ask(client, language="en") == 202
    [opened] = portal.events("portal.account_opened")
    [asked] = portal.events("portal.sign_in_requested")
    assert opened == {
        "account_id": opened["account_id"], "email": ANA, "name": "", "language": "en",
    }  # fmt: skip
    assert asked["account_id"] == opened["account_id"]
    assert asked["link"].startswith("http://portal.test/sign-in?code=")


def test_the_answer_is_the_same_for_a_new_and_a_known_address(client: FlaskClient) -> None:
    first = client.post("/sign-in-links", json={"email": ANA})
    second = client.post("/sign-in-links", json={"email": "  ANA@prado.co"})
    assert (first.status_code, first.json) == (second.status_code, second.json)


def test_eight_first_requests_at_once_open_one_account(portal: Portal, store: PortalStore) -> None:
    together = Barrier(8)

    def request(email: str) -> None:
        together.wait()
        now = datetime.now(UTC)
        accounts.request_link(store, accounts.Profile(email), portal_url="http://p", now=now)

    # The first wave makes the collections, whose making would keep the second one from a real race.
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(request, [f"n{n}@prado.co" for n in range(8)]))
        list(pool.map(request, [ANA] * 8))
    assert store.db.accounts.count_documents({"email": ANA}) == 1
    letters = [e for e in portal.events("portal.sign_in_requested") if e["email"] == ANA]
    assert len(letters) == LINKS_AN_HOUR


def test_an_address_has_one_account(store: PortalStore) -> None:
    now = datetime.now(UTC)
    account = accounts.open_account(store, accounts.Profile(ANA), now=now)
    with pytest.raises(Conflict):
        store.add_account(replace(account, id="another"))


def test_no_more_than_five_letters_an_hour_reach_an_address(client: FlaskClient, portal: Portal) -> None:
    answers = {ask(client) for _ in range(LINKS_AN_HOUR + 2)}
    assert answers == {202}
    assert len(portal.events("portal.sign_in_requested")) == LINKS_AN_HOUR


def test_an_hour_later_a_link_is_sent_again(store: PortalStore, portal: Portal) -> None:
    now = datetime.now(UTC)
    for moment in [now] * (LINKS_AN_HOUR + 1) + [now + timedelta(minutes=61)]:
        profile = accounts.Profile(ANA)
        accounts.request_link(store, profile, portal_url="http://portal.test", now=moment)
    assert len(portal.events("portal.sign_in_requested")) == LINKS_AN_HOUR + 1


def test_a_flood_from_one_place_is_told_to_wait(client: FlaskClient, store: PortalStore) -> None:
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    for start in (hour, hour + timedelta(hours=1)):  # the hour may end while this runs
        store.count_from_place("127.0.0.1", start)
    store.db.places.update_many({}, {"$set": {"count": LINKS_AN_HOUR_FROM_ONE_PLACE}})
    assert ask(client) == 429
    other = client.post("/sign-in-links", json={"email": ANA}, headers={"X-Forwarded-For": "203.0.113.9"})
    assert other.status_code == 202


@pytest.mark.parametrize(
    "body", [{}, {"email": "ana"}, {"email": 5}, {"email": ANA, "language": "fr"}, {"mail": ANA}]
)
def test_a_request_that_can_not_be_right_is_refused(
    client: FlaskClient, store: PortalStore, body: dict[str, object]
) -> None:
    assert client.post("/sign-in-links", json=body).status_code == 422
    assert store.db.accounts.count_documents({}) == 0


def test_a_code_signs_in_once(client: FlaskClient, portal: Portal) -> None:
    ask(client)
    code = portal.mailed_code(ANA)
    assert client.get("/me").status_code == 401
    assert client.post("/sessions", json={"code": code}).status_code == 201
    assert client.get("/me").json["email"] == ANA  # type: ignore[index]  # it is a JSON object
    again = portal.app.test_client().post("/sessions", json={"code": code})
    assert again.status_code == 401
    assert again.json["code"] == "link_not_valid"  # type: ignore[index]  # it is a JSON object


def test_a_code_used_twenty_times_at_once_signs_in_once(client: FlaskClient, portal: Portal) -> None:
    ask(client)
    code = portal.mailed_code(ANA)

    def use(_: int) -> int:
        return portal.app.test_client().post("/sessions", json={"code": code}).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(use, range(20)))
    assert answers == [201] + [401] * 19
    assert portal.store.db.sessions.count_documents({}) == 1


def test_a_code_ends_after_a_quarter_of_an_hour(
    client: FlaskClient, portal: Portal, store: PortalStore
) -> None:
    ask(client)
    later = datetime.now(UTC) + timedelta(minutes=15, seconds=1)
    with pytest.raises(Unauthenticated):
        accounts.sign_in(store, portal.mailed_code(ANA), now=later)


def test_neither_code_nor_session_is_kept_in_the_clear(client: FlaskClient, portal: Portal) -> None:
    ask(client)
    code = portal.mailed_code(ANA)
    client.post("/sessions", json={"code": code})
    cookie = client.get_cookie("encadena_session", domain="localhost")
    assert cookie is not None
    kept = str(list(portal.store.db.codes.find())) + str(list(portal.store.db.sessions.find()))
    assert code not in kept
    assert cookie.value not in kept


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(portal: Portal) -> None:
    client = portal.app.test_client()
    ask(client)
    answer = client.post("/sessions", json={"code": portal.mailed_code(ANA)})
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie


def test_signing_in_the_first_time_is_the_consent(client: FlaskClient, portal: Portal) -> None:
    ask(client)
    account = portal.store.account_of(ANA)
    assert account is not None
    assert account.consent is None
    client.post("/sessions", json={"code": portal.mailed_code(ANA)})
    consent = client.get("/me").json["consent"]  # type: ignore[index]  # it is a JSON object
    assert "Ley 1581" in consent["purpose"]
    assert datetime.fromisoformat(consent["given_at"]) <= datetime.now(UTC)


def test_signing_out_ends_the_session_itself(portal: Portal) -> None:
    client = portal.signed_in(ANA)
    cookie = client.get_cookie("encadena_session", domain="localhost")
    assert cookie is not None
    assert client.delete("/sessions/current").status_code == 204
    client.set_cookie("encadena_session", cookie.value)
    assert client.get("/me").status_code == 401


def test_a_session_ends_when_it_is_not_used_for_a_month(portal: Portal, store: PortalStore) -> None:
    now = datetime.now(UTC)
    account = accounts.open_account(store, accounts.Profile(ANA), now=now)
    store.add_session("fingerprint", account.id, now)
    used = now + SESSION_LIFE - timedelta(days=1)
    assert store.use_session("fingerprint", used) == account.id
    assert store.use_session("fingerprint", used + SESSION_LIFE) is None


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
     {"Sec-Fetch-Site": "same-site"}],
)  # fmt: skip
def test_another_site_can_not_act_with_a_persons_cookie(portal: Portal, headers: dict[str, str]) -> None:
    client = portal.signed_in(ANA)
    assert client.post("/tokens", json={}, headers=headers).status_code == 403
    assert client.delete("/me", headers=headers).status_code == 403
    assert client.get("/me", headers=headers).status_code == 200


def test_the_portals_own_pages_can_act_with_the_cookie(portal: Portal) -> None:
    client = portal.signed_in(ANA)
    here = {"Origin": "http://portal.test", "Sec-Fetch-Site": "same-origin"}
    assert client.post("/tokens", json={}, headers=here).status_code == 201


def test_an_account_that_nobody_signs_in_to_is_forgotten(
    client: FlaskClient, portal: Portal, store: PortalStore
) -> None:
    ask(client)
    portal.signed_in("eva@prado.co")
    now = datetime.now(UTC)
    accounts.erase_unused_accounts(store, now=now + timedelta(days=29))
    assert store.account_of(ANA) is not None
    accounts.erase_unused_accounts(store, now=now + timedelta(days=31))
    assert store.account_of(ANA) is None
    assert store.account_of("eva@prado.co") is not None
    assert len(portal.events("portal.account_erased")) == 1
