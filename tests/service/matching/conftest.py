"""A matching service on a real database: events go in as the worker takes them, people come by HTTP."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from services.matching.api import create_app
from services.matching.store import MatchingStore
from services.matching.usecases.ranking import Ranker
from services.matching.worker import HANDLERS
from shared.bus import Received
from shared.consumption import Consumption
from shared.contracts.base import Event, Payload, encode
from shared.contracts.catalog import CompanyRegistered, NeedPublished, OfferingPublished, Place
from shared.store import new_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from tests.conftest import MakeConfig, MakeToken

CLOSES_ON = datetime.now(UTC).date() + timedelta(days=60)
ANTIOQUIA, NARINO = Place(department="05"), Place(department="52")


def a_company(**fields: Any) -> CompanyRegistered:
    plausible = {"company_id": new_id(), "name": "Asociación de Aguacateros de Urrao", "place": ANTIOQUIA}
    return CompanyRegistered(**{**plausible, "roles": ["supplier"], **fields})


def an_offering(company: CompanyRegistered, **fields: Any) -> OfferingPublished:
    plausible = {"offering_id": new_id(), "title": "Aguacate Hass tipo exportación"}
    return OfferingPublished(**{**plausible, "company_id": company.company_id, **fields})


def a_need(anchor: CompanyRegistered, **fields: Any) -> NeedPublished:
    plausible = {"need_id": new_id(), "title": "Compra de aguacates Hass", "place": ANTIOQUIA}
    return NeedPublished(**{**plausible, "company_id": anchor.company_id, "closes_on": CLOSES_ON, **fields})


class Matching:
    """The worker's two halves, driven by hand, and the HTTP door."""

    def __init__(self, store: MatchingStore, client: FlaskClient, token: MakeToken) -> None:
        self.store, self.client, self.token = store, client, token
        self.consumption = Consumption(store, HANDLERS)
        self.ranker = Ranker()

    def hear(self, *payloads: Payload, sequence: int = 1) -> None:
        """Take the events in one batch, as from the bus."""
        now = datetime.now(UTC)
        records = [encode(Event(payload, sequence, now, "test")) for payload in payloads]
        self.consumption.take([Received(r.topic, r.key, r.value, r.headers) for r in records])

    def settle(self) -> None:
        """Run the job until the shortlists follow every change."""
        deadline = time.monotonic() + 20
        while self.ranker(self.store) or not self.store.ranked():
            assert time.monotonic() < deadline, "the shortlists do not follow"

    def call(self, method: str, path: str, company_id: str | None, role: str, **options: Any) -> TestResponse:
        sent = {"Authorization": f"Bearer {self.token(roles=[role], company_id=company_id)}"}
        sent |= options.pop("headers", {})
        return self.client.open(path, method=method, headers=sent, **options)

    def shortlist(self, need: NeedPublished, query: str = "") -> Any:
        answer = self.call("GET", f"/needs/{need.need_id}/shortlist{query}", need.company_id, "anchor")
        assert answer.status_code == 200, answer.json
        return answer.json

    def suppliers(self, need: NeedPublished, query: str = "") -> list[str]:
        return [item["supplier_id"] for item in self.shortlist(need, query)["items"]]

    def opportunities(self, company: CompanyRegistered) -> list[Any]:
        answer = self.call("GET", "/opportunities", company.company_id, "supplier")
        assert answer.status_code == 200, answer.json
        found: list[Any] = answer.json["items"]
        return found

    def decide(self, need: NeedPublished, supplier_id: str, what: str) -> TestResponse:
        path = f"/needs/{need.need_id}/candidates/{supplier_id}/{what}"
        return self.call("POST", path, need.company_id, "anchor")

    def published(self, event_type: str) -> list[Any]:
        """Payloads that wait in the outbox, oldest first."""
        rows = self.store.db.outbox.find().sort("headers.ce_sequence")
        return [json.loads(row["value"]) for row in rows if row["headers"]["ce_type"] == event_type]


@pytest.fixture
def matching(config: MakeConfig, token: MakeToken) -> Iterator[Matching]:
    app = create_app(config("matching"))
    store = MatchingStore.open(config("matching"))
    store.ensure_indexes()
    yield Matching(store, app.test_client(), token)
    store.close()
    app.extensions["encadena.store"].close()
