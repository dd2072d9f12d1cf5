"""The sentences: what a person would say of a supplier, in both languages, made from codes."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from services.matching.engine import Need, Supplier, SupplierIndex, assess, gaps_of, profile_of, sentences
from shared.contracts.catalog import Certification, Place, Quantity
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


def test_several_things_that_are_missing_are_told_apart_with_their_distance() -> None:
    slow = a_supplier(an_offering(lead_time_days=20, payment_term_days=30), size="medium")
    need = a_need(delivery_days=15, payment_term_days=45, preferred_sizes=["micro", "small"])
    assert told(need, slow)[1] == (
        "Le faltan entregar más rápido (20 días, se piden 15 días), aceptar el plazo de pago (espera hasta "
        "30 días, se paga a 45 días) y el tamaño preferido (es mediana, se prefiere micro o pequeña)."
    )
    assert told(need, slow, "en")[1].startswith("Lacks faster delivery (20 days, asked are 15 days), ")


def test_spanish_says_e_before_an_i() -> None:
    held = [GAP, Certification(standard="ICA")]
    need = a_need(required_certifications=["Global GAP", "ICA"])
    assert told(need, a_grower(certifications=held)) == [
        "Ofrece aguacate Hass con Global GAP vigente hasta marzo de 2027 e ICA."
    ]


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
