"""What people see of themselves on their page, beside the real services that it asks."""

from __future__ import annotations

import re
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
import requests
from werkzeug.serving import make_server

from services.catalog.api import create_app as create_catalog
from services.matching.api import create_app as create_matching
from services.notifications.api import create_app as create_notifications
from services.portal.api import create_app
from services.rounds.api import create_app as create_rounds
from services.rounds.usecases.copies import copy_companies
from tests.backing import free_port
from tests.service.portal.conftest import Portal, page, registered

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flask import Flask
    from flask.testing import FlaskClient

    from shared.config import Config
    from tests.conftest import MakeConfig

ANA, EVA, LUIS = "ana@prado.co", "eva@prado.co", "luis@prado.co"
OTHERS = {
    "catalog": create_catalog,
    "matching": create_matching,
    "rounds": create_rounds,
    "notifications": create_notifications,
}


@contextmanager
def served(app: Flask, port: int = 0) -> Iterator[str]:
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()
    app.extensions["encadena.store"].close()


class Town(Portal):
    """The portal and the other services, all of them real, at addresses of their own."""

    urls: dict[str, str]
    apps: dict[str, Flask]

    def call(self, client: FlaskClient, company: str | None, path: str, body: Any = None) -> Any:
        """Ask another service, `rounds/rounds`, with a token of whoever signed in with `client`."""
        token = client.post("/tokens", json={"company_id": company}).json["token"]  # type: ignore[index]  # JSON
        service, _, rest = path.partition("/")
        answer = requests.post(
            f"{self.urls[service]}/{rest}",
            json={} if body is None else body,
            headers={"Authorization": f"Bearer {token}"},
            timeout=10,
        )
        assert answer.ok, answer.text
        return answer.json()


@pytest.fixture
def town(config: MakeConfig) -> Iterator[Town]:
    with running_town(config) as made:
        yield made


@contextmanager
def running_town(config: MakeConfig, others: Iterable[str] = OTHERS) -> Iterator[Town]:
    """The portal before the other services, all of them or those that are named."""
    port = free_port()
    jwks = f"http://127.0.0.1:{port}/.well-known/jwks.json"
    with ExitStack() as stack:
        apps = {name: OTHERS[name](config(name, jwks_url=jwks)) for name in others}
        urls = {name: stack.enter_context(served(app)) for name, app in apps.items()}
        portal = create_app(
            config("portal", portal_url="http://portal.test", jwks_url=jwks, service_urls=urls)
        )
        stack.enter_context(served(portal, port))
        store = portal.extensions["encadena.store"]
        store.ensure_indexes()
        made = Town(portal, store)
        made.urls, made.apps = urls, apps
        yield made


def figure(text: str, name: str) -> list[str]:
    """What stands under a name in the figures of a page."""
    found = re.search(rf"<dt>{name}</dt>(.*?)</div>", text, re.DOTALL)
    assert found, f"{name} is not on the page"
    return [" ".join(value.split()) for value in re.findall(r"<dd[^>]*>(.*?)</dd>", found[1])]


def test_a_service_that_does_not_answer_spoils_nothing_else(portal: Portal, settings: Config) -> None:
    nowhere = {name: f"http://127.0.0.1:{free_port()}" for name in OTHERS}
    portal.app.extensions["encadena.config"] = replace(settings, service_urls=nowhere)
    client = portal.signed_in(ANA, name="Ana Ruiz", role="organizer")
    portal.company(portal.account_id(ANA), roles=("supplier", "anchor"))
    text = page(client)
    assert "Ana Ruiz" in text
    assert "Lácteos El Prado" in text
    missing = ["No disponible en este momento. Vuelva a cargar la página en un minuto."]
    for name in ("Próximas citas", "Oportunidades", "Necesidades abiertas", "Negocio esperado"):
        assert figure(text, name) == missing


def test_an_organizer_and_both_sides_see_their_own_numbers(town: Town) -> None:
    organizer = town.signed_in(LUIS, role="organizer")
    buyer, supplier = town.signed_in(ANA), town.signed_in(EVA)
    anchor_id = town.company(town.account_id(ANA), ("anchor",))
    supplier_id = town.company(town.account_id(EVA), ("supplier",))
    hold_a_round(town, organizer, (buyer, anchor_id), (supplier, supplier_id))

    seen = page(organizer)
    assert figure(seen, "Compradores") == figure(seen, "Proveedores") == ["1"]
    assert figure(seen, "Citas pedidas") == figure(seen, "Citas en agenda") == ["1"]
    assert figure(seen, "Negocio esperado") == ["COP 12.000.000"]
    assert figure(seen, "Según su probabilidad") == ["COP 6.000.000"]
    assert 'aria-label="Negocio esperado: COP 12.000.000.' in seen.replace("\N{NO-BREAK SPACE}", " ")

    bought = page(buyer)
    assert figure(bought, "Próximas citas") == ["1"]
    assert figure(bought, "Negocio esperado") == ["COP 12.000.000"]
    assert figure(bought, "Necesidades abiertas") == ["0"]
    assert "hora de Colombia" in bought
    assert 'href="/meetings/' in bought

    sold = page(supplier)
    assert figure(sold, "Próximas citas") == ["1"]
    assert figure(sold, "Negocio esperado") == ["COP 0"]
    assert figure(sold, "Oportunidades") == ["0"]
    assert "No tiene mensajes." in sold


def test_a_request_waits_on_the_page_of_the_company_that_was_asked(town: Town) -> None:
    organizer = town.signed_in(LUIS, role="organizer")
    buyer, supplier = town.signed_in(ANA), town.signed_in(EVA)
    anchor_id = town.company(town.account_id(ANA), ("anchor",))
    supplier_id = town.company(town.account_id(EVA), ("supplier",))
    ask_in_a_round(town, organizer, (buyer, anchor_id), (supplier, supplier_id))
    asked = page(supplier)
    assert figure(asked, "Solicitudes por responder") == ["1"]
    assert "Queremos conocerlos" in asked
    assert figure(page(buyer), "Solicitudes por responder") == ["0"]


Side = "tuple[FlaskClient, str]"


def ask_in_a_round(town: Town, organizer: FlaskClient, buyer: Side, supplier: Side) -> dict[str, Any]:
    """A round of today in which the buyer has asked the supplier; returns the request."""
    events = [registered(buyer[1], roles=("anchor",)), registered(supplier[1])]
    copy_companies(town.apps["rounds"].extensions["encadena.store"], events)
    # Its last slot is ahead at any hour at which this runs, and its day has begun.
    day = (datetime.now(UTC) - timedelta(hours=5)).date().isoformat()
    hours = {"on": day, "starts": "00:00", "ends": "00:00", "past_midnight": True, "slot_minutes": 30}
    plan = {
        "name": "Rueda láctea",
        "sector": "Lácteos",
        "modality": "in_person",
        "time_zone": "America/Bogota",
        "days": [hours],
        "tables": 2,
    }
    round_ = town.call(organizer, None, "rounds/rounds", plan)
    path = f"rounds/rounds/{round_['round_id']}"
    town.call(organizer, None, f"{path}/status", {"status": "registration_open"})
    for (client, company), side in ((buyer, "buyer"), (supplier, "supplier")):
        body = {"side": side, "delegates": [{"name": "Ana"}]}
        town.call(client, company, f"{path}/registrations", body)
    town.call(organizer, None, f"{path}/status", {"status": "requests_open"})
    wish = {"to_company_id": supplier[1], "note": "Queremos conocerlos"}
    request: dict[str, Any] = town.call(*buyer, f"{path}/requests", wish)
    return {**request, "slots": round_["slots"]}


def hold_a_round(town: Town, organizer: FlaskClient, buyer: Side, supplier: Side) -> None:
    """A round in which the two have a meeting today, of which the buyer expects 12 million pesos."""
    request = ask_in_a_round(town, organizer, buyer, supplier)
    slot = request["slots"][-1]["slot_id"]
    accepted = town.call(*supplier, f"rounds/requests/{request['request_id']}/accept", {"slot_id": slot})
    value = {"amount": 12_000_000_00, "currency": "COP"}
    outcome = {
        "interest": "high",
        "expected": {"value": value, "probability": 50, "horizon_months": 6},
    }
    town.call(*buyer, f"rounds/meetings/{accepted['meeting']['meeting_id']}/outcomes", outcome)
