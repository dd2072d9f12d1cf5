"""One's own account: reading, changing, taking away and erasing it; and opening one from outside."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from services.portal.bootstrap import bootstrap, main
from services.portal.usecases.accounts import Profile
from shared.errors import Invalid

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from services.portal.store import PortalStore
    from shared.config import Config
    from tests.conftest import MakeToken
    from tests.service.portal.conftest import Portal

ANA = "ana@prado.co"


def test_a_change_of_name_and_language_is_published(portal: Portal) -> None:
    client = portal.signed_in(ANA)
    etag = client.get("/me").headers["ETag"]
    changed = client.patch("/me", json={"name": "Ana Ruiz", "language": "en"}, headers={"If-Match": etag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != etag
    [event] = portal.events("portal.account_changed")
    assert (event["name"], event["language"]) == ("Ana Ruiz", "en")


def test_a_change_on_an_old_copy_is_refused(portal: Portal) -> None:
    client = portal.signed_in(ANA)
    etag = client.get("/me").headers["ETag"]
    assert client.patch("/me", json={"name": "Ana"}).status_code == 422
    for name, status in (("Ana", 200), ("Eva", 412)):
        answer = client.patch("/me", json={"name": name}, headers={"If-Match": etag})
        assert answer.status_code == status
    assert client.get("/me").json["name"] == "Ana"  # type: ignore[index]  # it is a JSON object


@pytest.mark.parametrize(
    "body",
    [{"name": "a\nBcc: x"}, {"name": "x" * 201}, {"language": "fr"}, {"email": "x@y.co"}, {"name": 1}],
)
def test_a_change_that_can_not_be_is_refused(portal: Portal, body: dict[str, object]) -> None:
    client = portal.signed_in(ANA)
    etag = client.get("/me").headers["ETag"]
    assert client.patch("/me", json=body, headers={"If-Match": etag}).status_code == 422


def test_an_export_holds_everything_but_secrets(portal: Portal, store: PortalStore) -> None:
    client = portal.signed_in(ANA, name="Ana")
    company = portal.company(portal.account_id(ANA))
    secret = client.post("/api-keys", json={"name": "ERP"}).json["secret"]  # type: ignore[index]  # JSON
    export = client.get("/me/export").json
    assert export is not None
    assert export["account"]["email"] == ANA
    assert export["account"]["consent"]["purpose"]
    assert [held["company_id"] for held in export["memberships"]] == [company]
    assert len(export["sessions"]) == 1
    assert [key["name"] for key in export["api_keys"]] == ["ERP"]
    told = json.dumps(export)
    hidden = [row["_id"] for row in store.db.sessions.find()]
    hidden += [row["fingerprint"] for row in store.db.api_keys.find()]
    assert not [text for text in [*hidden, secret] if text in told]


def test_an_erased_person_leaves_nothing_behind(portal: Portal, store: PortalStore) -> None:
    client = portal.signed_in(ANA)
    ana = portal.account_id(ANA)
    portal.company(ana)
    client.post("/api-keys", json={"name": "ERP"})
    assert client.delete("/me").status_code == 204
    for collection in ("accounts", "codes", "sessions", "api_keys", "memberships"):
        assert store.db[collection].count_documents({}) == 0
    assert [event["account_id"] for event in portal.events("portal.account_erased")] == [ana]
    assert len(portal.events("portal.membership_revoked")) == 1
    assert client.get("/me").status_code == 401


def test_an_erased_address_can_open_a_new_account(portal: Portal) -> None:
    portal.signed_in(ANA).delete("/me")
    client = portal.signed_in(ANA)
    assert client.get("/me").json["companies"] == []  # type: ignore[index]  # it is a JSON object
    assert len({event["account_id"] for event in portal.events("portal.account_opened")}) == 2


def test_a_token_reads_its_own_account(portal: Portal, client: FlaskClient, token: MakeToken) -> None:
    portal.signed_in(ANA)
    bearer = {"Authorization": f"Bearer {token(account_id=portal.account_id(ANA))}"}
    assert client.get("/me", headers=bearer).json["email"] == ANA  # type: ignore[index]  # JSON
    gone = {"Authorization": f"Bearer {token(account_id='gone')}"}
    assert client.get("/me", headers=gone).status_code == 404


def test_the_command_line_makes_an_organizer_who_can_sign_in(settings: Config, client: FlaskClient) -> None:
    link = bootstrap(settings, Profile(ANA, "Ana", "en"), "organizer")
    assert link.startswith("http://portal.test/sign-in?code=")
    code = link.partition("code=")[2]
    assert client.post("/sessions", json={"code": code}).status_code == 201
    me = client.get("/me").json
    assert me is not None
    assert (me["roles"], me["name"], me["language"]) == (["organizer"], "Ana", "en")


def test_the_command_prints_the_link_alone(
    portal: Portal, environment: None, capsys: pytest.CaptureFixture[str]
) -> None:
    main([ANA, "--role", "admin", "--name", "Ana", "--language", "es"])
    link = capsys.readouterr().out
    assert link.count("\n") == 1
    client = portal.app.test_client()
    code = link.strip().partition("code=")[2]
    assert client.post("/sessions", json={"code": code}).status_code == 201
    with pytest.raises(SystemExit):
        main(["not an address"])


def test_the_command_line_adds_to_an_account_and_takes_nothing(settings: Config, portal: Portal) -> None:
    bootstrap(settings, Profile(ANA, "Ana", "en"), "organizer")
    first = bootstrap(settings, Profile(ANA), None)
    assert first != bootstrap(settings, Profile(ANA), "admin")
    account = portal.store.account_of(ANA)
    assert account is not None
    assert (account.roles, account.name, account.language) == (["admin", "organizer"], "Ana", "en")


def test_the_command_line_refuses_what_is_no_address(settings: Config, portal: Portal) -> None:
    with pytest.raises(Invalid):
        bootstrap(settings, Profile("ana"), "admin")
    assert portal.store.db.accounts.count_documents({}) == 0


def test_an_account_is_opened_at_the_time_that_is_kept(portal: Portal) -> None:
    portal.signed_in(ANA)
    account = portal.store.account_of(ANA)
    assert account is not None
    assert account.opened_at <= datetime.now(UTC)
