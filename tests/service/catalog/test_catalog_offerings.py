"""Offerings over HTTP, on a real database."""

from __future__ import annotations

import pytest

from shared.contracts.catalog import OfferingChanged, OfferingPublished
from shared.money import Money
from tests.service.catalog.conftest import AN_OFFERING, Catalog


def test_a_draft_is_seen_by_its_company_alone_and_told_to_nobody(catalog: Catalog) -> None:
    owner, other = catalog.company(), catalog.company()
    answer = owner.post("/offerings", AN_OFFERING)
    assert answer.status_code == 201
    address = answer.headers["Location"]
    assert owner.get(address).get_json()["status"] == "draft"
    assert other.get(address).status_code == 404
    assert other.get("/offerings").get_json()["items"] == []
    assert other.get("/offerings?status=draft").get_json()["items"] == []
    assert other.get(f"/offerings?status=draft&company_id={owner.company_id}").get_json()["items"] == []
    assert len(owner.get(f"/offerings?company_id={owner.company_id}").get_json()["items"]) == 1
    assert len(owner.get("/offerings?status=draft").get_json()["items"]) == 1
    assert catalog.told(answer.get_json()["id"]) == []


def test_a_published_offering_is_seen_and_told_with_all_its_data(catalog: Catalog) -> None:
    owner = catalog.company()
    offering_id = catalog.offering(owner)
    assert catalog.caller().get(f"/offerings/{offering_id}").get_json()["status"] == "published"
    (event,) = catalog.events(offering_id)
    assert isinstance(event.data, OfferingPublished)
    assert event.sequence == 2
    assert event.data.company_id == owner.company_id
    assert event.data.price_range is not None
    assert event.data.price_range.low == Money(4500000, "COP")


def test_a_change_of_a_published_offering_is_told_and_one_of_a_draft_is_not(catalog: Catalog) -> None:
    owner = catalog.company()
    offering_id = catalog.offering(owner)
    assert owner.put(f"/offerings/{offering_id}", {"title": "Otra cosa"}, 2).status_code == 200
    event = catalog.events(offering_id)[-1]
    assert isinstance(event.data, OfferingChanged)
    assert (event.data.title, event.sequence) == ("Otra cosa", 3)
    draft_id = owner.post("/offerings", AN_OFFERING).get_json()["id"]
    assert owner.put(f"/offerings/{draft_id}", {"title": "Otra cosa"}, 1).status_code == 200
    assert catalog.told(draft_id) == []


def test_a_withdrawn_offering_is_over(catalog: Catalog) -> None:
    owner = catalog.company()
    offering_id = catalog.offering(owner)
    assert owner.post(f"/offerings/{offering_id}/withdraw").status_code == 200
    assert catalog.told(offering_id)[-1] == "catalog.offering_withdrawn"
    assert owner.post(f"/offerings/{offering_id}/withdraw").status_code == 409
    assert owner.post(f"/offerings/{offering_id}/publish").status_code == 409
    assert owner.put(f"/offerings/{offering_id}", AN_OFFERING, 3).status_code == 409
    assert catalog.caller().get(f"/offerings/{offering_id}").status_code == 404


def test_a_negative_price_is_refused(catalog: Catalog) -> None:
    money = {"amount": -1, "currency": "COP"}
    body = {**AN_OFFERING, "price_range": {"low": money, "high": money, "unit": "unidad"}}
    answer = catalog.company().post("/offerings", body)
    assert answer.status_code == 422
    assert {fault["field"] for fault in answer.get_json()["faults"]} == {
        "price_range.low.amount",
        "price_range.high.amount",
    }


def test_a_low_price_above_the_high_one_and_two_currencies_are_refused(catalog: Catalog) -> None:
    owner = catalog.company()
    cop, cheaper = {"amount": 200, "currency": "COP"}, {"amount": 100, "currency": "COP"}
    turned = {"low": cop, "high": cheaper, "unit": "kg"}
    answer = owner.post("/offerings", {**AN_OFFERING, "price_range": turned})
    assert answer.get_json()["code"] == "low_above_high"
    mixed = {"low": cop, "high": {"amount": 300, "currency": "USD"}, "unit": "kg"}
    answer = owner.post("/offerings", {**AN_OFFERING, "price_range": mixed})
    assert answer.get_json()["code"] == "two_currencies"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", 5),
        ("unspsc", ["123"]),
        ("unspsc", "53102710"),
        ("lead_time_days", "20"),
        ("lead_time_days", 1.5),
        ("lead_time_days", -1),
        ("payment_term_days", 721),
        ("capacity_per_month", {"amount": True, "unit": "kg"}),
        ("capacity_per_month", {"amount": 0, "unit": "kg"}),
        ("capacity_per_month", {"amount": 1e300, "unit": "kg"}),
        ("price_range", 12),
        ("place", {"country": "XX"}),
        ("place", {"country": "PE", "department": "05"}),
        ("status", "published"),
        ("id", "mine"),
    ],
)
def test_a_wrong_field_is_named(catalog: Catalog, field: str, value: object) -> None:
    answer = catalog.company().post("/offerings", {**AN_OFFERING, field: value})
    assert answer.status_code == 422
    assert [fault["field"].split(".")[0] for fault in answer.get_json()["faults"]] == [field]
    assert catalog.store.db.offerings.count_documents({}) == 0


def test_10000_offerings_in_one_call_are_refused(catalog: Catalog) -> None:
    owner = catalog.company()
    small = owner.post("/offerings", [{"title": "a"}] * 10_000)
    assert small.status_code == 422
    assert small.get_json()["faults"][0]["code"] == "wrong_type"
    large = owner.post("/offerings", [AN_OFFERING] * 10_000)
    assert large.status_code == 413
    assert "importación" in large.get_json()["detail"]
    assert catalog.store.db.offerings.count_documents({}) == 0


def test_a_supplier_writes_for_its_own_company_and_an_organizer_for_any(catalog: Catalog) -> None:
    owner, other = catalog.company(), catalog.company()
    body = {**AN_OFFERING, "company_id": owner.company_id}
    assert other.post("/offerings", body).status_code == 403
    assert catalog.caller("organizer").post("/offerings", body).status_code == 201
    assert catalog.caller("organizer").post("/offerings", AN_OFFERING).status_code == 422
    assert catalog.caller("anchor", company_id=owner.company_id).post("/offerings", body).status_code == 403
    offering_id = catalog.offering(owner)
    assert other.put(f"/offerings/{offering_id}", AN_OFFERING, 2).status_code == 403
    assert other.post(f"/offerings/{offering_id}/withdraw").status_code == 403


def test_a_company_that_is_no_supplier_offers_nothing(catalog: Catalog) -> None:
    owner = catalog.company(roles=["anchor"])
    answer = owner.post("/offerings", AN_OFFERING)
    assert (answer.status_code, answer.get_json()["code"]) == (409, "company_without_role")


def test_offerings_are_searched_by_words_code_and_department(catalog: Catalog) -> None:
    owner = catalog.company()
    wanted = catalog.offering(owner)
    catalog.offering(owner, title="Refrigerios", description="", unspsc=["90101603"])
    for query in ("q=uniforme industrial", "unspsc=5310", "department=05&unspsc=53102710"):
        found = catalog.caller().get(f"/offerings?{query}").get_json()["items"]
        assert [item["id"] for item in found] == [wanted], query
