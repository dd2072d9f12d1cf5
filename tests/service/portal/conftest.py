"""The portal with a real database, and people who are signed in to it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from services.portal.api import create_app
from services.portal.model import LINK_LIFE
from services.portal.usecases.accounts import Profile, make_link, prepare_account
from services.portal.usecases.members import copy_companies
from shared.contracts.base import Event
from shared.contracts.catalog import CompanyRegistered
from shared.store import new_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from flask.testing import FlaskClient

    from services.portal.store import PortalStore
    from shared.config import Config
    from tests.conftest import MakeConfig

PORTAL = "http://portal.test"
HTML = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.fixture
def settings(config: MakeConfig) -> Config:
    return config("portal", portal_url=PORTAL)


@pytest.fixture
def app(settings: Config) -> Iterator[Flask]:
    made = create_app(settings)
    made.extensions["encadena.store"].ensure_indexes()
    yield made
    made.extensions["encadena.store"].close()


@pytest.fixture
def store(app: Flask) -> PortalStore:
    found: PortalStore = app.extensions["encadena.store"]
    return found


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser that nobody has signed in with."""
    return app.test_client()


@pytest.fixture
def environment(settings: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings as the commands read them."""
    monkeypatch.setenv("ENCADENA_MONGO_URL", settings.mongo_url)
    monkeypatch.setenv("ENCADENA_BUS_URL", settings.bus_url)
    monkeypatch.setenv("ENCADENA_PORTAL_URL", settings.portal_url)
    monkeypatch.setenv("ENCADENA_DATABASE_PREFIX", settings.database_prefix)


@dataclass
class Portal:
    """What the tests see of the portal from outside."""

    app: Flask
    store: PortalStore

    def events(self, event_type: str) -> list[dict[str, Any]]:
        """Payloads of the published events of a type, by aggregate and version."""
        rows = self.store.pending(1000).values()
        return [json.loads(row.value) for row in rows if row.headers["ce_type"] == event_type]

    def mailed_code(self, email: str) -> str:
        """The code in the newest link that was to be mailed to that address."""
        links = [e["link"] for e in self.events("portal.sign_in_requested") if e["email"] == email]
        return str(links[-1].partition("code=")[2])

    def signed_in(self, email: str, **prepared: Any) -> FlaskClient:
        """A browser in which the person of that address has signed in; `role`, `name`, `language`."""
        now = datetime.now(UTC)
        role = prepared.pop("role", None)
        account = prepare_account(self.store, Profile(email, **prepared), role, now=now)
        client = self.app.test_client()
        code = make_code(self.store, account.id)
        assert client.post("/sessions", json={"code": code}).status_code == 201
        return client

    def account_id(self, email: str) -> str:
        """Id of an account that exists."""
        account = self.store.account_of(email)
        assert account is not None
        return account.id

    def company(self, owner: str | None = None, roles: tuple[str, ...] = ("supplier",)) -> str:
        """A company in the directory, registered by the account `owner`; returns its id."""
        company_id = new_id()
        copy_companies(self.store, [registered(company_id, owner, roles)])
        return company_id


def make_code(store: PortalStore, account_id: str) -> str:
    account = store.account(account_id)
    assert account is not None
    now = datetime.now(UTC)
    link = make_link(store, account, life=LINK_LIFE, portal_url=PORTAL, now=now)
    return link.partition("code=")[2]


def registered(
    company_id: str,
    owner: str | None = None,
    roles: tuple[str, ...] = ("supplier",),
    sequence: int = 1,
) -> Event:
    payload = CompanyRegistered(
        company_id=company_id, name="Lácteos El Prado", roles=list(roles), registered_by=owner
    )
    return Event(payload, sequence, datetime.now(UTC), "story")


@pytest.fixture
def portal(app: Flask, store: PortalStore) -> Portal:
    return Portal(app, store)


def page(client: FlaskClient, path: str = "/", status: int = 200) -> str:
    """A page as a browser gets it."""
    answer = client.get(path, headers=HTML)
    assert answer.status_code == status, answer.text
    return answer.text
