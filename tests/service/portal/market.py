"""A market for the pages about matching: the real portal, catalog and matching, and what their workers do."""

from __future__ import annotations

import re
import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from services.matching.usecases.fairness import Spreader
from services.matching.usecases.ranking import Ranker
from services.matching.worker import HANDLERS as HEARD_BY_MATCHING
from services.portal.worker import HANDLERS as HEARD_BY_PORTAL
from shared.bus import Received
from shared.consumption import Consumption
from shared.store import new_id
from tests.backing import free_port
from tests.conftest import configurations, own_databases
from tests.service.portal.conftest import HTML
from tests.service.portal.test_portal_numbers import running_town

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.testing import FlaskClient
    from pymongo import MongoClient
    from werkzeug.test import TestResponse

    from tests.service.portal.test_portal_numbers import Town

CLOSES_ON = (datetime.now(UTC) + timedelta(days=60)).date().isoformat()
HASS = {"title": "Aguacate Hass tipo exportación", "lead_time_days": 5}


@dataclass
class Firm:
    """A company, and the browser of its person."""

    id: str
    email: str
    client: FlaskClient


@dataclass
class Market:
    """Companies come in through the catalog's door, people through the portal's."""

    town: Town
    ranker: Ranker = field(default_factory=Ranker)
    spreader: Spreader = field(default_factory=Spreader)

    def store(self, service: str) -> Any:
        """A service's store."""
        return self.town.apps[service].extensions["encadena.store"]

    def firm(self, role: str, *offered: dict[str, Any], **fields: Any) -> Firm:
        """A company in the directory with a person of its own, and what it offers."""
        email, language = f"{new_id()}@prado.co", fields.pop("language", "es")
        client = self.town.signed_in(email, language=language)
        body = {"name": "Lácteos El Prado", "place": {"department": "05"}, "roles": [role], **fields}
        company = self.town.call(client, None, "catalog/companies", body)
        firm = Firm(company["id"], email, client)
        self.settle()
        for each in offered:
            made = self.town.call(client, firm.id, "catalog/offerings", each)
            self.town.call(client, firm.id, f"catalog/offerings/{made['id']}/publish")
        self.settle()
        return firm

    def need(self, anchor: Firm, **fields: Any) -> str:
        """An open need, ranked; returns its id."""
        body = {"title": "Compra de aguacate Hass", "closes_on": CLOSES_ON, **fields}
        made = self.town.call(anchor.client, anchor.id, "catalog/needs", body)
        self.town.call(anchor.client, anchor.id, f"catalog/needs/{made['id']}/publish")
        self.settle()
        return str(made["id"])

    def settle(self) -> None:
        """Do what the workers do, until everybody has heard of everything and the lists follow."""
        rows = self.store("catalog").pending(1000).values()
        records = [Received(row.topic, row.key, row.value, row.headers) for row in rows]
        Consumption(self.town.store, HEARD_BY_PORTAL).take(records)
        matching = self.store("matching")
        Consumption(matching, HEARD_BY_MATCHING).take(records)
        deadline = time.monotonic() + 20
        while self.ranker(matching) or not matching.ranked():
            assert time.monotonic() < deadline, "the shortlists do not follow"
        while self.spreader(matching):
            pass

    @contextmanager
    def without(self, service: str) -> Iterator[None]:
        """Inside the block a service does not answer the portal."""
        settings = self.town.app.extensions
        known = settings["encadena.config"]
        nowhere = {**known.service_urls, service: f"http://127.0.0.1:{free_port()}"}
        settings["encadena.config"] = replace(known, service_urls=nowhere)
        yield
        settings["encadena.config"] = known


def post(client: FlaskClient, path: str, **form: Any) -> TestResponse:
    """Send a form as a browser does."""
    return client.post(path, data=form, headers=HTML)


def hidden(text: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'<input type="hidden" name="{name}" value="([^"]*)"', text)
    assert found, f"{name} is not on the page"
    return found[1]


def plain(text: str) -> str:
    """What a reader sees of a page, with ordinary blanks."""
    shown = re.sub(r"<(script|style|svg).*?</\1>|<[^>]+>", " ", text, flags=re.DOTALL)
    return re.sub(r"\s+([.,;:])", r"\1", " ".join(shown.split()))


@pytest.fixture(scope="module")
def market(
    mongo_url: str, mongo_client: MongoClient[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Market]:
    """One market for a file of tests, each of which brings companies and words of its own."""
    with own_databases(mongo_client) as prefix:
        folder = tmp_path_factory.mktemp("market")
        with running_town(configurations(mongo_url, prefix, folder, "")) as town:
            for app in town.apps.values():
                app.extensions["encadena.store"].ensure_indexes()
            yield Market(town)
