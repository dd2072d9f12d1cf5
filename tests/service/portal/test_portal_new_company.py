"""A person who has just signed in brings a company into the directory."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from shared.store import new_id
from tests.service.portal.conftest import page
from tests.service.portal.market import hidden, market, post

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from tests.service.portal.market import Market

__all__ = ["market"]


def newcomer(market: Market) -> FlaskClient:
    return market.town.signed_in(f"{new_id()}@prado.co")


def named(market: Market, name: str) -> list[dict[str, Any]]:
    return list(market.store("catalog").db.companies.find({"data.name": name}))


def test_a_newcomer_registers_a_company_and_is_led_to_the_first_offering(market: Market) -> None:
    client = newcomer(market)
    assert 'href="/company/new"' in page(client)
    key = hidden(page(client, "/company/new"), "key")
    form = {"name": "Mieles del Páramo", "roles": ["supplier"], "tax_number": "999.000.101-0", "place": "15"}
    answer = post(client, "/company/new", **form, key=key)
    assert post(client, "/company/new", **form, key=key).location == answer.location
    waiting = client.get(answer.location)
    assert waiting.headers["Refresh"].startswith(f"1;url={answer.location}?look=1")
    market.settle()
    assert client.get(answer.location).location.startswith("/offerings/new?company=")
    (company,) = named(market, "Mieles del Páramo")
    assert company["data"]["tax_number"] == {"scheme": "CO-NIT", "number": "9990001010"}
    assert company["data"]["place"]["department"] == "15"


def test_a_company_that_only_buys_is_led_to_its_first_need(market: Market) -> None:
    client = newcomer(market)
    where = post(client, "/company/new", name="Hoteles del Mar", roles=["anchor"]).location
    market.settle()
    assert client.get(where).location.startswith("/needs/new?company=")


def test_what_is_refused_stands_at_its_field(market: Market) -> None:
    client = newcomer(market)
    answer = post(client, "/company/new", name="Panadería", roles=["supplier"], tax_number="999000101-1")
    assert answer.status_code == 422
    assert re.search(r'id="tax_number-fault">El dígito de verificación', answer.text)
    assert 'value="Panadería"' in answer.text
    assert 'id="roles-fault">Marque al menos una' in post(client, "/company/new", name="Panadería").text
    assert named(market, "Panadería") == []


def test_a_tax_number_that_is_taken_is_told_at_its_field(market: Market) -> None:
    form = {"name": "Primera", "roles": ["supplier"], "tax_number": "9990001028"}
    post(newcomer(market), "/company/new", **form)
    answer = post(newcomer(market), "/company/new", **{**form, "name": "Segunda"})
    assert 'id="tax_number-fault">Ya hay una empresa registrada' in answer.text
