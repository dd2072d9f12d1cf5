"""Requirement by requirement: met, unmet, or unknown, and the words for it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matching.engine import Judge, Need, Offering, Supplier, Verdict, assess, gaps_of, sentences
from services.matching.engine.index import SupplierIndex
from services.matching.engine.profiles import profile_of
from services.matching.engine.verdicts import standard_key
from shared.contracts.catalog import Certification, Place, PriceRange, Quantity
from shared.money import Money

CLOSES_ON = date(2027, 3, 31)
TON, KILO, UNIT = "t", "kg", "unidades"


def a_need(**fields: Any) -> Need:
    plausible = {"need_id": "n", "company_id": "anchor", "title": "Aguacate Hass", "closes_on": CLOSES_ON}
    return Need(**{**plausible, **fields})


def an_offering(**fields: Any) -> Offering:
    return Offering(**{"offering_id": "o", "title": "Aguacate Hass", **fields})


def a_supplier(*offerings: Offering, **fields: Any) -> Supplier:
    offered = list(offerings) or [an_offering()]
    return Supplier(**{"company_id": "s", "name": "Asoagro", "offerings": offered, **fields})


def judged(need: Need, supplier: Supplier) -> list[Verdict]:
    return Judge(need).all(supplier, supplier.offerings)


def verdict(need: Need, supplier: Supplier, requirement: str | None = None) -> Verdict:
    (found,) = [each for each in judged(need, supplier) if requirement in {None, each.requirement}]
    return found


def outcome(need: Need, supplier: Supplier, requirement: str | None = None) -> tuple[str, str]:
    found = verdict(need, supplier, requirement)
    return found.outcome, found.reason


@pytest.mark.parametrize(
    ("expires_on", "expected"),
    [
        (date(2027, 3, 31), ("met", "valid_until")),
        (date(2027, 3, 30), ("unmet", "expired")),
        (None, ("met", "held")),
    ],
)
def test_a_certificate_counts_on_the_day_the_need_closes(expires_on: date | None, expected: Any) -> None:
    held = Certification(standard="GlobalG.A.P.", expires_on=expires_on)
    need = a_need(required_certifications=["Global GAP"])
    assert outcome(need, a_supplier(certifications=[held])) == expected


def test_of_two_certificates_the_one_that_lasts_longer_counts() -> None:
    held = [
        Certification(standard="ISO 9001", expires_on=date(2020, 1, 1)),
        Certification(standard="ISO 9001:2015", expires_on=date(2028, 1, 1)),
    ]
    assert outcome(a_need(required_certifications=["iso-9001"]), a_supplier(certifications=held))[0] == "met"


def test_a_standard_is_known_by_its_name_whatever_the_spelling() -> None:
    assert len({standard_key(name) for name in ("ISO 9001", "iso-9001", "ISO 9001:2015")}) == 1
    assert standard_key("ISO 14001") != standard_key("ISO 9001")
    assert standard_key("🥑") != standard_key("⭐")


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        (Quantity(amount=20_000, unit="kg"), ("met", "enough")),
        (Quantity(amount=12, unit="toneladas"), ("unmet", "too_little")),
        (Quantity(amount=900, unit="cajas"), ("unknown", "units_differ")),
        (None, ("unknown", "not_stated")),
    ],
)
def test_capacity_is_compared_in_convertible_units_alone(stated: Quantity | None, expected: Any) -> None:
    need = a_need(minimum_capacity=Quantity(amount=20, unit="t"))
    assert outcome(need, a_supplier(an_offering(capacity_per_month=stated))) == expected


def test_the_offering_that_meets_the_requirement_counts_and_is_named() -> None:
    little = an_offering(offering_id="a", title="Poco", capacity_per_month=Quantity(amount=1, unit="t"))
    plenty = an_offering(offering_id="b", title="Mucho", capacity_per_month=Quantity(amount=30, unit="t"))
    found = verdict(
        a_need(minimum_capacity=Quantity(amount=20, unit="t")), a_supplier(little, an_offering(), plenty)
    )
    assert (found.outcome, found.offering_id, found.offering) == ("met", "b", "Mucho")


def prices(low: int, currency: str = "COP", unit: str = KILO) -> PriceRange:
    return PriceRange(low=Money(low, currency), high=Money(2 * low, currency), unit=unit)


@pytest.mark.parametrize(
    ("stated", "quantity", "expected"),
    [
        (prices(500_000), Quantity(amount=2, unit="t"), ("met", "within_budget")),
        (prices(600_000), Quantity(amount=2, unit="t"), ("unmet", "over_budget")),
        (prices(500_000, "USD"), Quantity(amount=2, unit="t"), ("unknown", "currencies_differ")),
        (prices(500_000, unit="caja"), Quantity(amount=2, unit="t"), ("unknown", "units_differ")),
        (prices(500_000), None, ("unknown", "quantity_missing")),
        (None, None, ("unknown", "not_stated")),
    ],
)
def test_a_price_is_compared_with_the_budget_in_one_currency_alone(
    stated: PriceRange | None, quantity: Quantity | None, expected: Any
) -> None:
    need = a_need(budget=Money(1_000_000_000, "COP"), quantity=quantity)
    assert outcome(need, a_supplier(an_offering(price_range=stated)), "budget") == expected


@pytest.mark.parametrize(
    ("least", "expected"),
    [(500, ("met", "order_large_enough")), (5_000, ("unmet", "order_too_small"))],
)
def test_a_minimum_order_is_compared_with_the_quantity(least: float, expected: Any) -> None:
    need = a_need(quantity=Quantity(amount=2, unit="t"))
    offering = an_offering(minimum_order=Quantity(amount=least, unit="kg"))
    assert outcome(need, a_supplier(offering), "minimum_order") == expected


@pytest.mark.parametrize(
    ("makes", "days", "expected"),
    [
        (Quantity(amount=20_000, unit="kg"), None, ("met", "makes_all")),
        (Quantity(amount=12, unit="t"), None, ("unmet", "makes_part")),
        (Quantity(amount=12, unit="t"), 60, ("met", "makes_all")),
        (Quantity(amount=12, unit="t"), 10, ("unmet", "makes_part")),
        (Quantity(amount=12, unit="cajas"), 10, ("unknown", "units_differ")),
        (None, 10, ("unknown", "not_stated")),
    ],
)
def test_without_a_minimum_capacity_it_is_compared_with_the_quantity_and_leaves_nobody_out(
    makes: Quantity | None, days: int | None, expected: Any
) -> None:
    need = a_need(quantity=Quantity(amount=20, unit="t"), delivery_days=days)
    supplier = a_supplier(an_offering(capacity_per_month=makes))
    found = verdict(need, supplier, "capacity")
    assert ((found.outcome, found.reason), found.mandatory) == (expected, False)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"place": Place(department="52")}, ("met", "located_there")),
        ({"place": Place(department="05"), "regions_served": ["52", "19"]}, ("met", "serves_there")),
        ({"regions_served": ["CO"]}, ("met", "serves_there")),
        ({"regions_served": ["19"]}, ("unmet", "serves_elsewhere")),
        ({"place": Place(department="05")}, ("unknown", "not_stated")),
    ],
)
def test_a_region_is_met_by_who_is_there_or_serves_it(fields: Any, expected: Any) -> None:
    assert outcome(a_need(place=Place(department="52")), a_supplier(**fields)) == expected


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        (["50301599"], ("met", "same_class")),
        (["50309999"], ("unmet", "same_family")),
        (["10101501"], ("unmet", "other_codes")),
        ([], ("unknown", "not_stated")),
    ],
)
def test_a_code_is_judged_by_its_class(codes: list[str], expected: Any) -> None:
    assert outcome(a_need(unspsc=["50301501"]), a_supplier(an_offering(unspsc=codes))) == expected


@pytest.mark.parametrize(
    ("asked", "stated", "expected"),
    [
        ({"delivery_days": 15}, {"lead_time_days": 15}, ("met", "in_time")),
        ({"delivery_days": 15}, {"lead_time_days": 16}, ("unmet", "too_slow")),
        ({"delivery_days": 0}, {}, ("unknown", "not_stated")),
        ({"payment_term_days": 45}, {"payment_term_days": 45}, ("met", "can_wait")),
        ({"payment_term_days": 45}, {"payment_term_days": 44}, ("unmet", "cannot_wait")),
        ({"payment_term_days": 45}, {}, ("unknown", "not_stated")),
    ],
)
def test_days_to_deliver_and_to_be_paid_are_compared(asked: Any, stated: Any, expected: Any) -> None:
    assert outcome(a_need(**asked), a_supplier(an_offering(**stated))) == expected


@pytest.mark.parametrize(
    ("size", "expected"),
    [("micro", ("met", "preferred")), ("large", ("unmet", "other_size")), (None, ("unknown", "not_stated"))],
)
def test_a_size_is_preferred_and_never_mandatory(size: str | None, expected: Any) -> None:
    need = a_need(preferred_sizes=["micro", "small"])
    assert outcome(need, a_supplier(size=size)) == expected
    assert not verdict(need, a_supplier(size=size)).mandatory


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        (["0122"], ("met", "same_activity")),
        (["0121"], ("unmet", "related_activity")),
        (["4923"], ("unmet", "other_activity")),
        ([], ("unknown", "not_stated")),
    ],
)
def test_an_activity_is_judged_by_its_class_and_excludes_nobody(codes: list[str], expected: Any) -> None:
    assert outcome(a_need(ciiu=["0122"]), a_supplier(ciiu=codes)) == expected
    assert gaps_of([verdict(a_need(ciiu=["0122"]), a_supplier(ciiu=codes))]) == []


def test_of_several_offerings_that_fall_short_the_nearest_is_named() -> None:
    tiny = an_offering(offering_id="a", capacity_per_month=Quantity(amount=1, unit="t"))
    near = an_offering(offering_id="b", capacity_per_month=Quantity(amount=18, unit="t"))
    found = verdict(a_need(minimum_capacity=Quantity(amount=20, unit="t")), a_supplier(tiny, near))
    assert (found.outcome, found.offering_id) == ("unmet", "b")


quantities = st.none() | st.builds(
    Quantity, amount=st.floats(0, 1e9), unit=st.sampled_from(["t", "kg", "unidades", "cajas", "", "🥑"])
)


@given(quantities, quantities, st.none() | st.just(Money(5, "COP")), st.sampled_from([None, "05"]))
def test_what_is_not_stated_is_never_unmet(
    capacity: Quantity | None, quantity: Quantity | None, budget: Money | None, department: str | None
) -> None:
    need = a_need(
        minimum_capacity=capacity, quantity=quantity, budget=budget, place=Place(department=department),
        required_certifications=["ISO 9001"], desirable_certifications=["FSSC 22000"], unspsc=["50301501"],
        delivery_days=5, payment_term_days=60, preferred_sizes=["micro"], ciiu=["0122"],
    )  # fmt: skip
    silent = a_supplier()
    assert {each.outcome for each in judged(need, silent)} == {"unknown"}


def test_two_hundred_requirements_are_all_judged() -> None:
    need = a_need(required_certifications=[f"Norma {n}" for n in range(200)])
    assert len(judged(need, a_supplier())) == 200


def test_the_reasons_say_what_fits_what_is_missing_and_what_is_to_be_asked() -> None:
    supplier = a_supplier(
        an_offering(capacity_per_month=Quantity(amount=12, unit="t")),
        certifications=[Certification(standard="GlobalG.A.P.", expires_on=date(2027, 12, 31))],
        place=Place(department="05"),
    )
    need = a_need(
        minimum_capacity=Quantity(amount=20, unit="t"),
        required_certifications=["GlobalG.A.P.", "ICA"],
        place=Place(department="05"),
    )
    index = SupplierIndex()
    index.put(supplier)
    match = assess(need, profile_of(index, need)[0], supplier)
    assert match is not None
    assert sentences(match, "es") == [
        "Ofrece aguacate Hass con GlobalG.A.P. vigente hasta diciembre de 2027 y trabaja en Antioquia; "
        "le falta capacidad: 12 t de 20 t al mes.",
        "Por confirmar: si tiene ICA.",
    ]
    assert sentences(match, "en") == [
        "Offers aguacate Hass with GlobalG.A.P. valid until December 2027 and works in Antioquia; "
        "lacks capacity: 12 t of 20 t a month.",
        "To be confirmed: whether it has ICA.",
    ]


def test_a_certificate_that_is_named_twice_is_judged_once_and_is_mandatory_if_one_of_the_two_is() -> None:
    need = a_need(required_certifications=["ISO 9001:2015", "iso 9001"], desirable_certifications=["ISO9001"])
    (one,) = judged(need, a_supplier())
    assert (one.requirement, one.mandatory, one.asked["standard"]) == ("certification", True, "ISO 9001:2015")


def test_who_pays_at_once_asks_nobody_to_wait() -> None:
    supplier = a_supplier(an_offering(payment_term_days=30))
    assert judged(a_need(payment_term_days=0), supplier) == []
