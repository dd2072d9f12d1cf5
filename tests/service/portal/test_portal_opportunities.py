"""A supplier sees the needs that fit it on its telephone: why, what it lacks, and where to mend it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.service.portal.conftest import HTML, make_code, page
from tests.service.portal.market import CLOSES_ON, market, plain, post

if TYPE_CHECKING:
    from tests.service.portal.market import Market

__all__ = ["market"]


def test_a_need_that_fits_is_listed_with_its_buyer_its_reasons_and_its_day(market: Market) -> None:
    anchor = market.firm("anchor", name="Exportadora del Valle")
    supplier = market.firm("supplier", {"title": "Pulpa de mora congelada"})
    need_id = market.need(anchor, title="Pulpa de mora", closes_on="2040-03-31")
    assert f'href="/opportunities/{need_id}?' in page(supplier.client)
    text = page(supplier.client, "/opportunities")
    assert f'href="/opportunities/{need_id}?' in text
    words = plain(text)
    assert "Exportadora del Valle · Cierra 31 mar 2040" in words
    assert "Ofrece pulpa de mora congelada" in words
    assert re.search(r"Ajuste \d+\s?%", words)


def test_an_opportunity_says_what_is_missing_and_leads_to_where_it_is_mended(market: Market) -> None:
    anchor = market.firm("anchor")
    offered = {"title": "Jabón en barra", "capacity_per_month": {"amount": 15, "unit": "t"}}
    supplier = market.firm("supplier", offered)
    need_id = market.need(
        anchor, title="Jabón en barra", minimum_capacity={"amount": 20, "unit": "t"},
        required_certifications=["INVIMA"], place={"department": "11"}, description="Para hoteles",
    )  # fmt: skip
    text = page(supplier.client, f"/opportunities/{need_id}")
    words = plain(text)
    assert "Casi encaja" in words
    assert re.search(
        r"Capacidad \(requisito obligatorio\) Faltan 5 t al mes \(25\s?%\). Se puede cerrar.", words
    )
    offering = market.store("catalog").db.offerings.find_one({"company_id": supplier.id})
    assert f'href="/offerings/{offering["_id"]}/edit#capacity_per_month">Mejorar la oferta' in text
    assert f'href="/company?company={supplier.id}#certificates">Completar los datos' in text
    assert f'href="/company?company={supplier.id}#regions_served">Completar los datos' in text
    assert "Para hoteles" in words
    assert "Capacidad mínima al mes (obligatoria) 20 t" in words


def test_what_cannot_be_closed_leads_nowhere(market: Market) -> None:
    anchor = market.firm("anchor")
    supplier = market.firm("supplier", {"title": "Guantes de nitrilo"}, size="large")
    need_id = market.need(anchor, title="Guantes de nitrilo", preferred_sizes=["micro"])
    text = page(supplier.client, f"/opportunities/{need_id}")
    missing = text.partition('id="missing"')[2].partition("</section>")[0]
    assert "No se puede cerrar." in missing
    assert "href" not in missing


def test_a_supplier_says_that_a_need_does_not_interest_it_and_takes_it_back(market: Market) -> None:
    anchor = market.firm("anchor")
    supplier = market.firm("supplier", {"title": "Cajas de madera"})
    need_id = market.need(anchor, title="Cajas de madera")
    answer = post(supplier.client, f"/opportunities/{need_id}/interest", interested="no", company=supplier.id)
    assert answer.status_code == 303
    text = page(supplier.client, answer.location)
    assert "Quedó dicho" in text
    assert 'value="no"' not in text
    listed = plain(page(supplier.client, "/opportunities"))
    assert "Usted dijo que no le interesa." in listed
    assert "Ofrece" not in listed
    post(supplier.client, f"/opportunities/{need_id}/interest", interested="yes")
    assert "Usted dijo que le interesa." in page(supplier.client, "/opportunities")


def test_the_supplier_is_told_that_the_buyer_shortlisted_it(market: Market) -> None:
    anchor = market.firm("anchor")
    supplier = market.firm("supplier", {"title": "Sillas plásticas"})
    need_id = market.need(anchor, title="Sillas plásticas")
    market.town.call(anchor.client, anchor.id, f"matching/needs/{need_id}/candidates/{supplier.id}/shortlist")
    assert "El comprador lo preseleccionó." in page(supplier.client, f"/opportunities/{need_id}")


def test_opportunities_are_paged_and_none_is_cut(market: Market) -> None:
    anchor = market.firm("anchor", language="en")
    supplier = market.firm("supplier", {"title": "Velas aromáticas"}, language="en")
    for number in range(11):
        body = {"title": f"Velas aromáticas {number}", "closes_on": CLOSES_ON}
        made = market.town.call(anchor.client, anchor.id, "catalog/needs", body)
        market.town.call(anchor.client, anchor.id, f"catalog/needs/{made['id']}/publish")
    market.settle()
    first = page(supplier.client, "/opportunities")
    following = re.findall(r'href="(\?company=[^"]*cursor=[^"]+)">Next', first)[0].replace("&amp;", "&")
    second = page(supplier.client, f"/opportunities{following}")
    assert len(set(re.findall(r"Velas aromáticas \d+", first + second))) == 11
    assert "200" not in second
    last = page(supplier.client, re.sub(r"shown=\d+", "shown=199", f"/opportunities{following}"))
    assert "These are the 200 best fits" in last


def test_a_need_that_nothing_links_to_the_supplier_is_not_for_it(market: Market) -> None:
    need_id = market.need(market.firm("anchor"), title="Licencias de software")
    supplier = market.firm("supplier", {"title": "Trucha ahumada"})
    assert "nada de lo que ofrece se relaciona con ella" in page(
        supplier.client, f"/opportunities/{need_id}", 404
    )


def test_who_acts_for_several_suppliers_is_shown_the_one_that_fits(market: Market) -> None:
    need_id = market.need(market.firm("anchor"), title="Lana virgen de oveja")
    supplier = market.firm("supplier", {"title": "Arepas precocidas"}, name="Primera")
    body = {"name": "Segunda", "place": {"department": "05"}, "roles": ["supplier"]}
    second = market.town.call(supplier.client, None, "catalog/companies", body)["id"]
    market.settle()
    made = market.town.call(supplier.client, second, "catalog/offerings", {"title": "Lana virgen de oveja"})
    market.town.call(supplier.client, second, f"catalog/offerings/{made['id']}/publish")
    market.settle()
    assert "Segunda" in page(supplier.client, f"/opportunities/{need_id}")
    assert 'aria-current="page">Segunda' in page(supplier.client, f"/opportunities?company={second}")


def test_who_is_not_signed_in_is_led_on_to_the_need_after_signing_in(market: Market) -> None:
    supplier = market.firm("supplier")
    need_id = market.need(market.firm("anchor"), title="Abono orgánico")
    browser = market.town.app.test_client()
    assert browser.get(f"/opportunities/{need_id}", headers=HTML).location == "/sign-in"
    code = make_code(market.town.store, market.town.account_id(supplier.email))
    assert browser.post("/sign-in", data={"code": code}, headers=HTML).location == f"/opportunities/{need_id}"
