"""The catalog with a real database, and the people who call it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from services.catalog.api import create_app
from services.catalog.model.states import today
from shared.bus import Received
from shared.contracts.base import decode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from services.catalog.store import CatalogStore
    from shared.contracts.base import Event
    from tests.conftest import MakeConfig, MakeToken

A_COMPANY = {
    "name": "Confecciones La Aguja S.A.S.",
    "tax_number": {"scheme": "CO-NIT", "number": "890.903.938-8"},
    "size": "small",
    "roles": ["supplier", "anchor"],
    "place": {"department": "05", "municipality": "05001"},
    "ciiu": ["C1410"],
    "certifications": [
        {
            "standard": "ISO 9001:2015",
            "scope": "Confección de uniformes",
            "issuer": "ICONTEC",
            "issued_on": "2025-02-01",
            "expires_on": "2028-01-31",
            "evidence_url": "https://ejemplo.co/iso9001.pdf",
        }
    ],
    "regions_served": ["05", "66"],
    "group": "Grupo Textil del Aburrá",
}
AN_OFFERING = {
    "title": "Uniformes industriales",
    "description": "Confección de overoles y camisas de dril",
    "unspsc": ["53102710"],
    "place": {"department": "05"},
    "capacity_per_month": {"amount": 5000, "unit": "unidades"},
    "minimum_order": {"amount": 50, "unit": "unidades"},
    "lead_time_days": 20,
    "price_range": {
        "low": {"amount": 4500000, "currency": "COP"},
        "high": {"amount": 8000000, "currency": "COP"},
        "unit": "unidad",
    },
}
A_CONTACT = {
    "name": "Luz Marina Ospina",
    "role": "Gerente comercial",
    "email": "luz@ejemplo.co",
    "phone": "+57 300 123 4567",
    "consent": {"given_on": "2026-01-15", "purpose": "Ser contactada por compradores de las ruedas"},
}


def a_need(**changed: Any) -> dict[str, Any]:
    """The body of a need that closes in a month."""
    return {
        "title": "Dotación para 300 operarios",
        "description": "Dos entregas al año",
        "unspsc": ["5310"],
        "quantity": {"amount": 600, "unit": "unidades"},
        "budget": {"amount": 6_000_000_000, "currency": "COP"},
        "place": {"department": "08", "municipality": "08001"},
        "required_certifications": ["ISO 9001"],
        "desirable_certifications": ["ISO 14001"],
        "minimum_capacity": {"amount": 200, "unit": "unidades"},
        "payment_term_days": 45,
        "closes_on": (today(datetime.now(UTC)) + timedelta(days=30)).isoformat(),
        **changed,
    }


@dataclass
class Caller:
    """Somebody with a token: `call.post("/needs", body)` and so on."""

    client: FlaskClient
    token: str
    company_id: str | None = None
    language: str = "es"
    headers: dict[str, str] = field(default_factory=dict)

    def send(self, method: str, address: str, body: Any = None, **headers: str) -> TestResponse:
        sent = {"Accept-Language": self.language, "Authorization": f"Bearer {self.token}", **headers}
        return self.client.open(address, method=method, json=body, headers=sent)

    def get(self, address: str) -> TestResponse:
        return self.send("GET", address)

    def post(self, address: str, body: Any = None) -> TestResponse:
        return self.send("POST", address, body)

    def put(self, address: str, body: Any, version: int) -> TestResponse:
        return self.send("PUT", address, body, **{"If-Match": f'"{version}"'})


@dataclass
class Catalog:
    """The catalog as its callers see it, and its outbox as the bus sees it."""

    app: Flask
    sign: MakeToken

    @property
    def store(self) -> CatalogStore:
        store: CatalogStore = self.app.extensions["encadena.store"]
        return store

    def caller(self, *roles: str, company_id: str | None = None, **claims: Any) -> Caller:
        token = self.sign(roles=roles, company_id=company_id, **claims)
        return Caller(self.app.test_client(), token, company_id)

    def company(self, **changed: Any) -> Caller:
        """Registers a company (an informal one, unless a tax number is given); its own person."""
        body = {**A_COMPANY, "tax_number": None, **changed}
        answer = self.caller().post("/companies", body)
        assert answer.status_code == 201, answer.text
        return self.caller("supplier", "anchor", company_id=answer.get_json()["id"])

    def offering(self, owner: Caller, **changed: Any) -> str:
        """The id of a published offering."""
        made = owner.post("/offerings", {**AN_OFFERING, **changed})
        assert made.status_code == 201, made.text
        answer = owner.post(f"/offerings/{made.get_json()['id']}/publish")
        assert answer.status_code == 200, answer.text
        return str(answer.get_json()["id"])

    def need(self, owner: Caller, **changed: Any) -> str:
        """The id of an open need."""
        made = owner.post("/needs", a_need(**changed))
        assert made.status_code == 201, made.text
        answer = owner.post(f"/needs/{made.get_json()['id']}/publish")
        assert answer.status_code == 200, answer.text
        return str(answer.get_json()["id"])

    def events(self, *about: str) -> list[Event]:
        """What was told so far, of some aggregates or of all, in the order of each one's changes."""
        rows = self.store.db.outbox.find(sort=[("_id", 1)])
        fields = ("topic", "key", "value", "headers")
        records = [Received(*(row[name] for name in fields), partition=0, offset=0) for row in rows]
        return [event for event in map(decode, records) if not about or event.subject in about]

    def told(self, *about: str) -> list[str]:
        """The types of what was told so far."""
        return [event.type for event in self.events(*about)]


@pytest.fixture
def catalog(config: MakeConfig, token: MakeToken) -> Iterator[Catalog]:
    app = create_app(config("catalog"))
    app.extensions["encadena.store"].ensure_indexes()
    yield Catalog(app, token)
    app.extensions["encadena.store"].close()
