"""An organizer's browser and a round with companies, for the tests of the organizer's pages."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest

from services.rounds.agenda_run import perform
from services.rounds.usecases.copies import copy_companies
from shared.contracts.base import Event
from shared.contracts.catalog import CompanyRegistered, Place
from shared.store import new_id
from tests.conftest import configurations, own_databases
from tests.service.portal.conftest import HTML
from tests.service.portal.test_portal_numbers import running_town

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask.testing import FlaskClient
    from pymongo import MongoClient
    from werkzeug.test import TestResponse

    from tests.service.portal.test_portal_numbers import Town


@pytest.fixture(scope="module")
def hall(mongo_url: str, mongo_client: MongoClient[Any], tmp_path_factory: Any) -> Iterator[Town]:
    """The portal and the rounds service, all that these pages ask; started once, for each test has a round
    and people of its own.
    """
    folder: Path = tmp_path_factory.mktemp("hall")
    with own_databases(mongo_client) as prefix:
        made = configurations(mongo_url, prefix, folder, "")
        with running_town(made, ["rounds"]) as town:
            town.apps["rounds"].extensions["encadena.store"].ensure_indexes()
            yield town


class Office:
    """An organizer who runs a round from the browser, and the people of its companies."""

    def __init__(self, town: Town, language: str = "es") -> None:
        self.town = town
        self.emails = {name: f"{name}-{new_id()}@prado.co" for name in ("organizer", "buyer", "supplier")}
        self.organizer = town.signed_in(self.emails["organizer"], role="organizer", language=language)
        self.buyer, self.supplier = (town.signed_in(self.emails[side]) for side in ("buyer", "supplier"))
        self.round_id = ""
        self.companies: dict[str, str] = {}

    @property
    def store(self) -> Any:
        return self.town.apps["rounds"].extensions["encadena.store"]

    @property
    def round(self) -> Any:
        return self.store.db.rounds.find_one({"_id": self.round_id})

    def all(self, kind: str, **wanted: Any) -> list[Any]:
        """The round's documents of a kind."""
        return list(self.store.db[kind].find({"round_id": self.round_id, **wanted}))

    def see(self, path: str = "", status: int = 200, client: FlaskClient | None = None) -> str:
        """A page about the round as text, without the breaks of lines."""
        answer = (client or self.organizer).get(f"/rounds/{self.round_id}{path}", headers=HTML)
        assert answer.status_code == status, answer.text
        return " ".join(unescape(answer.text).replace("\N{NO-BREAK SPACE}", " ").split())

    def send(self, path: str, form: dict[str, Any] | None = None) -> TestResponse:
        """A form of a page about the round, sent."""
        return self.organizer.post(f"/rounds/{self.round_id}{path}", data=form or {}, headers=HTML)

    def done(self, path: str, form: dict[str, Any] | None = None) -> str:
        """A form that is taken; returns where it leads."""
        answer = self.send(path, form)
        assert answer.status_code == 303, answer.text
        return str(answer.headers["Location"])

    def said(self, path: str, form: dict[str, Any] | None = None) -> str:
        """What the page says to which a form leads."""
        page = self.organizer.get(self.done(path, form), headers=HTML)
        assert page.status_code == 200, page.text
        found = re.search(r'role="status">(.*?)</p>', page.text)
        return unescape(found[1]) if found else ""

    def lead(self, *statuses: str) -> None:
        for status in statuses:
            self.done(f"/status/{status}")

    def make(self, **changes: Any) -> None:
        """A round in draft, planned on the page."""
        answer = self.organizer.post("/rounds/new", data=plan(**changes), headers=HTML)
        assert answer.status_code == 303, answer.text
        self.round_id = answer.headers["Location"].split("/")[2].partition("?")[0]

    def join(self, name: str, side: str) -> str:
        """A company of the directory registers; returns its id."""
        role, client = ("anchor", self.buyer) if side == "buyer" else ("supplier", self.supplier)
        owner = self.town.account_id(self.emails[side])
        company_id = self.town.company(owner, (role,))
        known = {"size": "micro", "ciiu": ["1040"], "place": Place(department="05")}
        payload = CompanyRegistered(company_id=company_id, name=name, roles=[role], **known)
        copy_companies(self.store, [Event(payload, 1, datetime.now(UTC), new_id())])
        body = {"side": side, "delegates": [{"name": f"Persona de {name}"}]}
        self.town.call(client, company_id, f"rounds/rounds/{self.round_id}/registrations", body)
        self.companies[name] = company_id
        return company_id

    def agreed(self, buyer: str, supplier: str) -> str:
        """A request that both want; returns its id."""
        path = f"rounds/rounds/{self.round_id}/requests"
        wish = {"to_company_id": self.companies[supplier]}
        asked = self.town.call(self.buyer, self.companies[buyer], path, wish)
        answer = f"rounds/requests/{asked['request_id']}/accept"
        self.town.call(self.supplier, self.companies[supplier], answer)
        return str(asked["request_id"])

    def run(self, **form: str) -> str:
        """An agenda that is started on the page and made as the worker's process does; returns its id."""
        self.done("/agenda", {"seconds": "10", **form})
        claimed = self.store.claim_run(datetime.now(UTC))
        assert claimed
        perform(self.store, claimed)
        return str(self.store.db.runs.find_one({"_id": claimed.id})["agenda_id"])


def plan(**changes: Any) -> dict[str, Any]:
    """The form of a round in a week, with what is usual."""
    day = (datetime.now(UTC) + timedelta(days=7)).date().isoformat()
    return {
        "name": "Rueda láctea", "sector": "Lácteos", "modality": "in_person", "first_day": day,
        "time_zone": "America/Bogota", "morning_from": "08:00", "morning_to": "10:00", "slot_minutes": "30",
        "tables": "2", "room_base_url": "https://meet.jit.si", **changes,
    }  # fmt: skip


def plan_now(**changes: Any) -> dict[str, Any]:
    """The form of a round that is on now: slots of four hours, all day and night in UTC."""
    now = datetime.now(UTC)
    offset = 9 - now.hour if now.hour <= 21 else 33 - now.hour
    zone = f"Etc/GMT{-offset:+d}" if offset else "UTC"
    on = (now + timedelta(hours=offset)).date().isoformat()
    return plan(
        first_day=on, time_zone=zone, morning_from="00:00", morning_to="23:59", slot_minutes="60", **changes
    )
