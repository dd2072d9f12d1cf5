"""A supplier keeps what it offers, and what of its company counts for all of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tests.service.portal.conftest import page
from tests.service.portal.market import hidden, market, plain, post

if TYPE_CHECKING:
    from tests.service.portal.market import Firm, Market

__all__ = ["market"]

PULP = {
    "title": "Pulpa de mora congelada", "capacity_per_month": "2,5", "capacity_per_month_unit": "t",
    "price_range_low": "18.000", "price_range_currency": "COP", "price_range_unit": "kg",
    "lead_time_days": "5",
}  # fmt: skip


def offered(market: Market, firm: Firm) -> list[dict[str, Any]]:
    return list(market.store("catalog").db.offerings.find({"company_id": firm.id}))


def company(market: Market, firm: Firm) -> dict[str, Any]:
    kept: dict[str, Any] = market.store("catalog").get("companies", firm.id)["data"]
    return kept


def test_an_offering_is_published_and_found_by_a_need(market: Market) -> None:
    firm = market.firm("supplier")
    form = page(firm.client, "/offerings/new")
    answer = post(firm.client, "/offerings", key=hidden(form, "key"), **PULP)
    assert answer.status_code == 303
    (kept,) = offered(market, firm)
    assert kept["status"] == "published"
    assert kept["data"]["capacity_per_month"] == {"amount": 2.5, "unit": "t"}
    price = {"amount": 18_000_00, "currency": "COP"}
    assert kept["data"]["price_range"] == {"low": price, "high": price, "unit": "kg"}
    shown = plain(page(firm.client, answer.location)).replace("\N{NO-BREAK SPACE}", " ")
    assert "Publicada · Al mes: 2,5 t · Precio: COP 18.000 por kg · Entrega en: 5 días" in shown
    need_id = market.need(market.firm("anchor"), title="Pulpa de mora")
    assert "Pulpa de mora" in page(firm.client, f"/opportunities/{need_id}")


def test_a_price_is_for_the_unit_of_the_capacity_unless_another_is_named(market: Market) -> None:
    firm = market.firm("supplier")
    post(firm.client, "/offerings", **{**PULP, "price_range_unit": "", "price_range_high": "20.000"})
    (kept,) = offered(market, firm)
    assert kept["data"]["price_range"]["unit"] == "t"
    assert kept["data"]["price_range"]["high"]["amount"] == 20_000_00


def test_a_refused_offering_stands_on_the_page_with_what_was_typed(market: Market) -> None:
    firm = market.firm("supplier")
    answer = post(firm.client, "/offerings", **{**PULP, "price_range_high": "1.000", "unspsc": "5"})
    assert answer.status_code == 422
    assert re.search(r'id="price_range_low-fault">El precio menor pasa del mayor', answer.text)
    assert re.search(r'id="unspsc-fault">«5» no es un código', answer.text)
    assert 'value="Pulpa de mora congelada"' in answer.text
    assert offered(market, firm) == []


def test_an_offering_is_changed_and_what_the_form_lacks_stays(market: Market) -> None:
    place = {"country": "CO", "department": "05", "municipality": "05847"}
    firm = market.firm(
        "supplier", {"title": "Mora", "place": place, "minimum_order": {"amount": 0.1234567, "unit": "t"}}
    )
    (before,) = offered(market, firm)
    form = page(firm.client, f"/offerings/{before['_id']}/edit")
    assert re.search(r'name="minimum_order"[^>]*value="0,1234567"', form)
    sent = {"title": "Mora de Castilla", "place": "05", "version": hidden(form, "version")}
    assert post(firm.client, f"/offerings/{before['_id']}/edit", **sent).status_code == 303
    (after,) = offered(market, firm)
    assert (after["data"]["title"], after["data"]["place"]) == ("Mora de Castilla", place)
    late = post(firm.client, f"/offerings/{before['_id']}/edit", **sent)
    assert "Alguien lo cambió después de que usted lo leyó" in late.text


def test_a_withdrawn_offering_stays_on_the_list_and_can_not_be_changed(market: Market) -> None:
    firm = market.firm("supplier", {"title": "Mora"})
    (kept,) = offered(market, firm)
    answer = post(firm.client, f"/offerings/{kept['_id']}/status", do="withdraw")
    text = page(firm.client, answer.location)
    assert "La oferta quedó retirada." in text
    assert "Retirada" in text
    assert f"/offerings/{kept['_id']}/edit" not in text


def test_an_offering_of_others_is_not_for_me(market: Market) -> None:
    (theirs,) = offered(market, other := market.firm("supplier", {"title": "Mora"}))
    firm = market.firm("supplier")
    page(firm.client, f"/offerings/{theirs['_id']}/edit", 404)
    for path in ("edit", "status"):
        assert post(firm.client, f"/offerings/{theirs['_id']}/{path}", title="X").status_code == 404
    assert offered(market, other)[0]["status"] == "published"


def test_certificates_are_added_with_their_day_and_removed(market: Market) -> None:
    firm = market.firm("supplier", certifications=[{"standard": "BPM", "expires_on": "2020-01-31"}])
    assert "BPM · vigente hasta el 31 ene 2020 (vencido)" in plain(page(firm.client, "/company"))
    added = {"standard": "ISO 9001", "expires_on": "2040-03-31"}
    assert post(firm.client, "/company/certificates", **added).status_code == 303
    assert [each["standard"] for each in company(market, firm)["certifications"]] == ["BPM", "ISO 9001"]
    assert "ISO 9001, vigente hasta el 31 mar 2040" in plain(page(firm.client, "/offerings"))
    post(firm.client, "/company/certificates", remove="0 BPM")
    post(firm.client, "/company/certificates", remove="0 BPM")
    assert [each["standard"] for each in company(market, firm)["certifications"]] == ["ISO 9001"]


def test_a_refused_certificate_stands_at_its_field(market: Market) -> None:
    firm = market.firm("supplier", certifications=[{"standard": "BPM"}])
    long = post(firm.client, "/company/certificates", standard="x" * 201)
    assert re.search(r'id="standard-fault">Tiene 201 caracteres', long.text)
    day = post(firm.client, "/company/certificates", standard="ISO 9001", expires_on="mañana")
    assert re.search(r'id="expires_on-fault">Escriba la fecha', day.text)
    assert 'value="ISO 9001"' in day.text
    assert len(company(market, firm)["certifications"]) == 1


def test_size_and_regions_are_changed_and_the_rest_of_the_company_stays(market: Market) -> None:
    tax = {"scheme": "CO-NIT", "number": "9990001010"}
    firm = market.firm("supplier", tax_number=tax, ciiu=["1030"], certifications=[{"standard": "BPM"}])
    version = hidden(page(firm.client, "/company"), "version")
    sent = {"size": "micro", "place": "05", "regions_served": ["05", "11"], "version": version}
    assert post(firm.client, "/company", **sent).status_code == 303
    kept = company(market, firm)
    assert (kept["size"], kept["regions_served"]) == ("micro", ["05", "11"])
    assert (kept["ciiu"], kept["certifications"][0]["standard"]) == (["1030"], "BPM")
    assert kept["tax_number"]["number"]
    assert re.search(r'name="regions_served" value="11" checked', page(firm.client, "/company"))
    assert "Alguien lo cambió" in post(firm.client, "/company", **sent).text
