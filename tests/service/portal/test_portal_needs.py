"""An anchor posts a need in its own words, on pages before the real catalog and matching."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from services.matching.taxonomies import read_list
from services.matching.usecases.codes import load_list
from tests.service.portal.conftest import page
from tests.service.portal.market import CLOSES_ON, HASS, hidden, market, plain, post

if TYPE_CHECKING:
    from tests.service.portal.market import Firm, Market

__all__ = ["market"]

UNSPSC = """segmento,segmento_nombre,familia,familia_nombre,clase,clase_nombre,producto,producto_nombre
50,Alimentos,5030,Fruta fresca,503050,Aguacates,50305008,Aguacate hass
44,Equipos de oficina,4412,Suministros de oficina,441215,Suministros de correo,44121503,Sobres
"""
WORDS = {"title": "Aguacate Hass para exportar", "closes_on": CLOSES_ON}


def stored(market: Market, anchor: Firm) -> list[dict[str, Any]]:
    """A company's needs in the catalog."""
    return list(market.store("catalog").db.needs.find({"company_id": anchor.id}))


def test_a_need_in_its_own_words_leads_to_its_suppliers(market: Market) -> None:
    anchor = market.firm("anchor")
    market.firm("supplier", HASS, name="Aguacateros de Urrao")
    form = page(anchor.client, "/needs/new")
    answer = post(anchor.client, "/needs", key=hidden(form, "key"), **WORDS)
    assert answer.status_code == 303
    waiting = anchor.client.get(answer.location)
    assert "Estamos buscando proveedores" in waiting.text
    assert waiting.headers["Refresh"] == f"1;url={answer.location}?look=1"
    market.settle()
    ready = anchor.client.get(answer.location)
    assert "Refresh" not in ready.headers
    assert "1. Aguacateros de Urrao" in plain(ready.text)
    assert f'href="{answer.location}"' in page(anchor.client)


def test_the_page_stops_looking_by_itself_when_the_search_takes_too_long(market: Market) -> None:
    anchor = market.firm("anchor")
    where = post(anchor.client, "/needs", **WORDS).location
    late = anchor.client.get(f"{where}?look=15")
    assert "Refresh" not in late.headers
    assert "tardando más de lo normal" in late.text


def test_all_that_is_typed_reaches_the_catalog_in_the_readers_format(market: Market) -> None:
    anchor = market.firm("anchor")
    post(
        anchor.client, "/needs", **WORDS, description=" Calibre 16 ", quantity="12,5", quantity_unit="t",
        minimum_capacity="1.500", minimum_capacity_unit="kg", budget="$ 160.000.000", budget_currency="COP",
        place="11", delivery_days="7", payment_term_days="30", required_certifications="ISO 9001\r\n\r\nBPM",
        preferred_sizes=["micro", "small"], unspsc="503050, 50300000",
    )  # fmt: skip
    (need,) = stored(market, anchor)
    assert need["status"] == "open"
    kept = need["data"]
    assert kept["quantity"] == {"amount": 12.5, "unit": "t"}
    assert kept["minimum_capacity"] == {"amount": 1500, "unit": "kg"}
    assert kept["budget"] == {"amount": 160_000_000_00, "currency": "COP"}
    assert kept["place"]["department"] == "11"
    assert (kept["delivery_days"], kept["payment_term_days"]) == (7, 30)
    assert kept["required_certifications"] == ["ISO 9001", "BPM"]
    assert kept["preferred_sizes"] == ["micro", "small"]
    assert kept["unspsc"] == ["503050", "50300000"]


def test_what_is_refused_stands_at_its_field_and_what_was_typed_stays(market: Market) -> None:
    anchor = market.firm("anchor")
    answer = post(
        anchor.client, "/needs", **{**WORDS, "closes_on": "2020-01-01"}, description="Calibre 16",
        unspsc="123", budget="1.000", key="once",
    )  # fmt: skip
    assert answer.status_code == 422
    assert re.search(r'<a href="#closes_on">Último día[^<]*</a>: La fecha de cierre ya pasó', answer.text)
    assert re.search(r'id="unspsc-fault">«123» no es un código', answer.text)
    assert re.search(r'name="unspsc"[^>]*aria-invalid="true"[^>]*value="123"', answer.text)
    assert "Calibre 16</textarea>" in answer.text
    assert hidden(answer.text, "key") == "once"
    assert "<details open>" in answer.text
    assert stored(market, anchor) == []


def test_a_number_that_can_be_read_in_two_ways_is_asked_for_again(market: Market) -> None:
    anchor = market.firm("anchor")
    answer = post(anchor.client, "/needs", **WORDS, quantity="12.5", quantity_unit="t", budget="1E99999999")
    assert answer.status_code == 422
    assert re.search(r'id="quantity-fault">No se entiende el número', answer.text)
    assert re.search(r'id="budget-fault">No se entiende el número', answer.text)
    assert stored(market, anchor) == []


def test_an_amount_without_its_unit_is_asked_for(market: Market) -> None:
    anchor = market.firm("anchor", language="en")
    answer = post(anchor.client, "/needs", **WORDS, quantity="12.5", minimum_capacity_unit="t")
    assert re.search(r'id="quantity_unit-fault">The unit is missing', answer.text)
    assert re.search(r'id="minimum_capacity-fault">The amount is missing', answer.text)


def test_a_form_that_is_sent_twice_posts_one_need(market: Market) -> None:
    anchor = market.firm("anchor")
    form = {**WORDS, "key": "the-same"}
    first, second = (post(anchor.client, "/needs", **form) for _ in range(2))
    assert first.location == second.location
    changed = post(anchor.client, "/needs", **{**form, "title": "Aguacate Papelillo"})
    assert changed.location.startswith("/needs?company=")
    assert len(stored(market, anchor)) == 1


def test_a_need_is_changed_and_nothing_that_the_form_lacks_is_lost(market: Market) -> None:
    anchor = market.firm("anchor")
    place = {"country": "CO", "department": "05", "municipality": "05847"}
    need_id = market.need(anchor, place=place, ciiu=["0122"], budget={"amount": 150, "currency": "COP"})
    form = page(anchor.client, f"/needs/{need_id}/edit")
    assert re.search(r'name="budget"[^>]*value="1,5"', form)
    sent = {
        "title": "Aguacate Hass",
        "closes_on": CLOSES_ON,
        "place": "05",
        "version": hidden(form, "version"),
    }
    answer = post(anchor.client, f"/needs/{need_id}/edit", **sent)
    assert answer.status_code == 303
    (need,) = stored(market, anchor)
    kept = need["data"]
    assert (kept["title"], kept["budget"]) == ("Aguacate Hass", None)
    assert (kept["place"], kept["ciiu"]) == (place, ["0122"])


def test_a_change_to_an_old_version_is_told_before_it_is_made(market: Market) -> None:
    anchor = market.firm("anchor")
    need_id = market.need(anchor)
    form = page(anchor.client, f"/needs/{need_id}/edit")
    sent = {**WORDS, "version": hidden(form, "version")}
    post(anchor.client, f"/needs/{need_id}/edit", **{**sent, "title": "La otra"})
    late = post(anchor.client, f"/needs/{need_id}/edit", **sent)
    assert late.status_code == 422
    assert "Alguien lo cambió después de que usted lo leyó" in late.text
    assert re.search(r'name="title"[^>]*value="Aguacate Hass para exportar"', late.text)
    again = post(anchor.client, f"/needs/{need_id}/edit", **{**sent, "version": hidden(late.text, "version")})
    assert again.status_code == 303


def test_a_refused_change_does_not_move_on_to_somebody_elses_version(market: Market) -> None:
    anchor = market.firm("anchor")
    need_id = market.need(anchor)
    version = hidden(page(anchor.client, f"/needs/{need_id}/edit"), "version")
    post(anchor.client, f"/needs/{need_id}/edit", **WORDS, version=version)
    refused = post(anchor.client, f"/needs/{need_id}/edit", **WORDS, version=version, quantity="x")
    assert hidden(refused.text, "version") == version


def test_codes_are_suggested_from_the_words_and_nothing_is_posted(market: Market) -> None:
    anchor = market.firm("anchor")
    load_list(market.store("matching"), read_list(UNSPSC.encode()), datetime.now(UTC).date())
    answer = post(anchor.client, "/needs", **WORDS, do="suggest")
    assert answer.status_code == 200
    assert re.search(r'name="suggested" value="503050"', answer.text)
    assert stored(market, anchor) == []
    post(anchor.client, "/needs", **WORDS, unspsc="50300000", suggested=["503050"], do="save")
    (need,) = stored(market, anchor)
    assert need["data"]["unspsc"] == ["50300000", "503050"]


def test_all_needs_are_listed_page_by_page(market: Market) -> None:
    anchor = market.firm("anchor")
    for number in range(21):
        body = {"title": f"Necesidad {number}", "closes_on": CLOSES_ON}
        market.town.call(anchor.client, anchor.id, "catalog/needs", body)
    first = page(anchor.client, "/needs")
    following = re.findall(r'href="(\?company=[^"]*cursor=[^"]+)"', first)
    second = page(anchor.client, "/needs" + following[0].replace("&amp;", "&"))
    titles = re.findall(r"Necesidad \d+", first + second)
    assert len(set(titles)) == 21
    assert re.findall(r"Necesidad \d+", page(anchor.client, "/needs?cursor=wrong")) == titles[:20]
    assert "Borrador" in first


def test_a_catalog_that_does_not_answer_loses_nothing_that_was_typed(market: Market) -> None:
    anchor = market.firm("anchor")
    with market.without("catalog"):
        answer = post(anchor.client, "/needs", **WORDS, description="Calibre 16")
    assert "Esto no está disponible en este momento" in answer.text
    assert "Calibre 16</textarea>" in answer.text


def test_needs_are_for_anchors_and_each_sees_its_own(market: Market) -> None:
    anchor, supplier = market.firm("anchor"), market.firm("supplier")
    need_id = market.need(anchor)
    assert "no actúa por una empresa compradora" in page(supplier.client, "/needs", 403)
    other = market.firm("anchor")
    for path in (f"/needs/{need_id}", f"/needs/{need_id}/edit"):
        page(other.client, path, 404)
    assert post(other.client, f"/needs/{need_id}/edit", **WORDS, version="2").status_code == 404
    assert post(other.client, f"/needs/{need_id}/status", do="cancel").status_code == 404
    assert stored(market, anchor)[0]["status"] == "open"
