"""The sentences: what a person would say of a supplier, in both languages, made from codes."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from services.matching.engine import Need, Supplier, SupplierIndex, assess, gaps_of, profile_of, sentences
from services.matching.engine.phrases import MET, UNKNOWN, UNMET
from shared.contracts.catalog import Certification, Place, PriceRange, Quantity
from shared.money import Money
from tests.unit.test_matching_verdicts import a_need, a_supplier, an_offering

GAP = Certification(standard="GlobalG.A.P.", expires_on=date(2027, 3, 31))


def told(need: Need, supplier: Supplier, language: str = "es") -> list[str]:
    index = SupplierIndex()
    index.put(supplier)
    match = assess(need, profile_of(index, need)[0], supplier)
    assert match is not None
    return sentences(match, language)


def a_grower(**fields: Any) -> Supplier:
    offering = an_offering(capacity_per_month=Quantity(amount=12, unit="t"))
    return a_supplier(offering, **{"certifications": [GAP], **fields})


def test_what_fits_and_what_is_missing_is_one_sentence() -> None:
    need = a_need(required_certifications=["GlobalG.A.P."], minimum_capacity=Quantity(amount=20, unit="t"))
    assert told(need, a_grower()) == [
        "Ofrece aguacate Hass con GlobalG.A.P. vigente hasta marzo de 2027; "
        "le falta capacidad: 12 t de 20 t al mes."
    ]
    assert told(need, a_grower(), "en") == [
        "Offers aguacate Hass with GlobalG.A.P. valid until March 2027; lacks capacity: 12 t of 20 t a month."
    ]


def test_a_day_inside_a_month_is_told_as_a_day() -> None:
    held = Certification(standard="ICA", expires_on=date(2027, 5, 10))
    need = a_need(required_certifications=["ICA"])
    assert told(need, a_grower(certifications=[held])) == [
        "Ofrece aguacate Hass con ICA vigente hasta el 10 de mayo de 2027."
    ]


def test_several_things_that_are_missing_are_told_in_one_sentence_with_their_distance() -> None:
    slow = a_supplier(an_offering(lead_time_days=20, payment_term_days=30), size="medium")
    need = a_need(delivery_days=15, payment_term_days=45, preferred_sizes=["micro", "small"])
    assert told(need, slow) == [
        "Ofrece aguacate Hass; le falta: entregar en 15 días (tarda 20 días), aceptar el pago a 45 días "
        "(espera hasta 30 días) y el tamaño preferido (es mediana y se prefiere micro o pequeña)."
    ]
    assert told(need, slow, "en") == [
        "Offers aguacate Hass; lacks: delivery in 15 days (it takes 20 days), accepting payment "
        "after 45 days "
        "(it waits up to 30 days) and the preferred size (it is medium, and micro or small is preferred)."
    ]


UNITS = Quantity(amount=3, unit="unidades")


@pytest.mark.parametrize(
    ("asked", "stated", "spanish", "english"),
    [
        (
            {"required_certifications": ["GlobalG.A.P."]},
            {"certifications": [Certification(standard="GLOBALGAP")]},
            "Ofrece aguacate Hass con GlobalG.A.P.", "Offers aguacate Hass with GlobalG.A.P.",
        ),
        (
            {"required_certifications": ["ICA"]},
            {"certifications": [Certification(standard="ICA", expires_on=date(2025, 2, 28))]},
            "Ofrece aguacate Hass; le falta ICA: vigente solo hasta febrero de 2025, antes del cierre.",
            "Offers aguacate Hass; lacks ICA: valid only until February 2025, before the closing date.",
        ),
        (
            {"minimum_capacity": UNITS}, {"capacity_per_month": Quantity(amount=1, unit="UNIDADES")},
            "Ofrece aguacate Hass; le falta capacidad: 1 unidad de 3 unidades al mes.",
            "Offers aguacate Hass; lacks capacity: 1 unit of 3 units a month.",
        ),
        (
            {"minimum_capacity": UNITS},
            {"capacity_per_month": Quantity(amount=0.0004, unit="bultos de 40 kg")},
            "Ofrece aguacate Hass. Por confirmar: su capacidad, que está en otra unidad "
            "(0,0004 bultos de 40 kg).",
            "Offers aguacate Hass. To be confirmed: its capacity, stated in another unit "
            "(0.0004 bultos de 40 kg).",
        ),
        (
            {"quantity": Quantity(amount=4, unit="kg"), "minimum_capacity": Quantity(amount=1, unit="kg"),
             "budget": Money(100_00, "COP")},
            {"price_range": PriceRange(low=Money(1, "USD"), high=Money(1, "USD"), unit="kg"),
             "capacity_per_month": Quantity(amount=5, unit="kg")},
            "Ofrece aguacate Hass y su capacidad alcanza (5 kg al mes). Por confirmar: su precio, "
            "que está en "
            "USD y no hay tasa de cambio.",
            "Offers aguacate Hass and its capacity is enough (5 kg a month). To be confirmed: its price, "
            "stated in USD without an exchange rate.",
        ),
        (
            {"quantity": Quantity(amount=4, unit="kg"), "budget": Money(100_00, "COP")},
            {"price_range": PriceRange(low=Money(30_50, "COP"), high=Money(99_00, "COP"), unit="kg"),
             "capacity_per_month": Quantity(amount=1, unit="kg")},
            "Ofrece aguacate Hass; le falta: capacidad para todo a tiempo (1 kg al mes para 4 kg) y "
            "un precio de "
            "hasta COP 100 (pide al menos COP 122).",
            "Offers aguacate Hass; lacks: capacity for all of it in time (1 kg a month for 4 kg) "
            "and a price of "
            "up to COP 100 (it asks at least COP 122).",
        ),
        (
            {"quantity": Quantity(amount=4, unit="kg"), "budget": Money(100_00, "COP")},
            {"price_range": PriceRange(low=Money(5, "COP"), high=Money(5, "COP"), unit="unidades"),
             "capacity_per_month": Quantity(amount=4, unit="kg")},
            "Ofrece aguacate Hass y su capacidad alcanza para todo (4 kg al mes). Por confirmar: su precio, "
            "que es por unidad.",
            "Offers aguacate Hass and its capacity is enough for all of it (4 kg a month). To be confirmed: "
            "its price, which is per unit.",
        ),
        (
            {"delivery_days": 0}, {"lead_time_days": 1},
            "Ofrece aguacate Hass; le falta entregar el mismo día: tarda 1 día.",
            "Offers aguacate Hass; lacks delivery on the same day: it takes 1 day.",
        ),
        (
            {"delivery_days": 1}, {"lead_time_days": 0},
            "Ofrece aguacate Hass y entrega a tiempo (el mismo día).",
            "Offers aguacate Hass and delivers on time (on the same day).",
        ),
        (
            {"payment_term_days": 30}, {"payment_term_days": 0},
            "Ofrece aguacate Hass; le falta aceptar el pago a 30 días: vende solo de contado.",
            "Offers aguacate Hass; lacks accepting payment after 30 days: it sells for cash only.",
        ),
        (
            {"place": Place(department="52")},
            {"place": Place(department="05"), "regions_served": ["05", "EC"]},
            "Ofrece aguacate Hass; le falta atender Nariño: atiende Antioquia y Ecuador.",
            "Offers aguacate Hass; lacks serving Nariño: it serves Antioquia and Ecuador.",
        ),
        (
            {"required_certifications": ["ICA"], "desirable_certifications": ["ICA"]}, {},
            "Ofrece aguacate Hass. Por confirmar: si tiene ICA.",
            "Offers aguacate Hass. To be confirmed: whether it has ICA.",
        ),
    ],
)  # fmt: skip
def test_it_is_said_as_a_person_would(asked: Any, stated: Any, spanish: str, english: str) -> None:
    of_company = {
        name: stated[name] for name in ("certifications", "place", "regions_served") if name in stated
    }
    of_offering = {name: value for name, value in stated.items() if name not in of_company}
    supplier = a_supplier(an_offering(**of_offering), **of_company)
    assert " ".join(told(a_need(**asked), supplier)) == spanish
    assert " ".join(told(a_need(**asked), supplier, "en")) == english


def test_whatever_is_asked_is_told_in_two_sentences_at_the_most_and_in_both_languages() -> None:
    for phrases in (MET, UNMET, UNKNOWN):
        assert phrases["es"].keys() == phrases["en"].keys()
    slow = a_supplier(an_offering(lead_time_days=20, payment_term_days=30), certifications=[GAP])
    need = a_need(
        delivery_days=15, payment_term_days=45, required_certifications=["ICA", "Global GAP"],
        preferred_sizes=["micro"], minimum_capacity=Quantity(amount=20, unit="t"),
    )  # fmt: skip
    assert len(told(need, slow)) == len(told(need, slow, "en")) == 2


def test_spanish_says_e_before_an_i() -> None:
    held = [GAP, Certification(standard="ICA")]
    need = a_need(required_certifications=["Global GAP", "ICA"])
    assert told(need, a_grower(certifications=held)) == [
        "Ofrece aguacate Hass con Global GAP vigente hasta marzo de 2027 e ICA."
    ]


def test_several_certificates_and_one_other_thing_are_kept_apart() -> None:
    need = a_need(required_certifications=["Global GAP", "ICA"], place=Place(department="05"))
    grower = a_grower(certifications=[GAP, Certification(standard="ICA")], place=Place(department="05"))
    assert told(need, grower)[0].endswith("hasta marzo de 2027 e ICA, y trabaja en Antioquia.")
    assert told(need, grower, "en")[0].endswith("until March 2027 and ICA, and works in Antioquia.")


def test_of_many_things_only_the_first_are_told_and_the_rest_counted() -> None:
    need = a_need(required_certifications=[f"Norma {number}" for number in range(200)])
    assert told(need, a_supplier())[-1].endswith("si tiene Norma 3 y 196 más.")


@pytest.mark.parametrize("title", ["AGUACATE HASS", "x" * 2_000, "Aguacate <b>Hass</b>", "🥑 palta", "ICA"])
def test_a_title_that_can_not_stand_in_a_sentence_is_quoted_and_short(title: str) -> None:
    supplier = a_supplier(an_offering(title=title, unspsc=["50301501"]))
    (said,) = told(a_need(unspsc=["50301501"]), supplier)
    assert said.startswith("Ofrece «")
    assert len(said) < 150


def test_a_supplier_elsewhere_lacks_the_place_and_it_is_told_how_far() -> None:
    supplier = a_supplier(place=Place(department="05"), regions_served=["05"])
    need = a_need(place=Place(department="52"))
    assert told(need, supplier) == ["Ofrece aguacate Hass; le falta atender Nariño: atiende Antioquia."]
    index = SupplierIndex()
    index.put(supplier)
    match = assess(need, profile_of(index, need)[0], supplier)
    assert match is not None
    (gap,) = gaps_of(match.verdicts)
    assert (gap.closable, gap.mandatory, gap.missing) == (False, False, {"kilometres": 592})
