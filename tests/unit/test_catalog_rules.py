"""The rules of companies, offerings, needs and contacts."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import asdict

from services.catalog.model import companies, contacts, needs, offerings, places, rules
from services.catalog.model.companies import Certification, Company
from services.catalog.model.contacts import Consent, Contact
from services.catalog.model.needs import Need
from services.catalog.model.offerings import Offering
from services.catalog.model.places import Place
from services.catalog.model.rules import Amount, PriceRange, Quantity
from services.catalog.model.states import today

DAY = date(2026, 11, 20)


def codes(found: list[Any]) -> dict[str, str]:
    return {fault.field: fault.code for fault in found}


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("ATLaNTICO", "08"),
        ("BOGOTa D.C.", "11"),
        ("Bogotá, D.C.", "11"),
        ("bogotá", "11"),
        ("QUINDiO", "63"),
        ("NARIÑO", "52"),
        ("  Valle  del Cauca ", "76"),
        ("SAN ANDReS, PROVIDENCIA Y SANTA CATALINA", "88"),
        ("Norte De Santander", "54"),
        ("05", "05"),
        ("No Definido", None),
        ("", None),
        ("00", None),
    ],
)
def test_a_department_is_known_however_it_is_written(written: str, code: str | None) -> None:
    assert places.department_code(written) == code


def test_there_are_33_departments_and_each_is_known_by_its_name() -> None:
    assert len(places.DEPARTMENTS) == 33
    for code, name in places.DEPARTMENTS.items():
        assert places.department_code(name.upper()) == code


def test_a_municipality_lies_in_its_department() -> None:
    assert places.place_faults(Place(department="05", municipality="05001"), "place") == []
    found = places.place_faults(Place(department="05", municipality="08001"), "place")
    assert codes(found) == {"place.municipality": "municipality_elsewhere"}
    assert places.normalized(Place(municipality="08001")).department == "08"


@pytest.mark.parametrize("municipality", ["0800", "080011", "00001", "0800a", "٠٨٠٠١"])
def test_a_municipality_has_five_digits_of_a_department(municipality: str) -> None:
    found = places.place_faults(Place(municipality=municipality), "place")
    assert codes(found) == {"place.municipality": "wrong_municipality"}


def test_divipola_is_for_colombia_alone() -> None:
    assert places.place_faults(Place(country="PE"), "place") == []
    found = places.place_faults(Place(country="PE", department="05"), "place")
    assert codes(found) == {"place": "divipola_abroad"}
    assert codes(places.place_faults(Place(country="EU"), "place")) == {"place.country": "unknown_country"}


@pytest.mark.parametrize("code", ["1410", "C1410", "c1410"])
def test_an_activity_is_kept_as_its_four_digits(code: str) -> None:
    company = Company(name="La Aguja", roles=["supplier"], ciiu=[code, "1410"])
    assert companies.faults(asdict(company)) == []
    assert companies.normalized(company).ciiu == ["1410"]


@pytest.mark.parametrize("code", ["", "141", "14100", "Z1410", "1410\n", "٠١٢٣"])
def test_what_is_no_activity_is_refused(code: str) -> None:
    assert codes(companies.faults({"ciiu": [code]})) == {"ciiu.0": "wrong_ciiu"}


def test_a_certificate_expires_after_it_is_issued() -> None:
    held = Certification(standard="BPM", issued_on=DAY, expires_on=date(2026, 11, 19))
    found = companies.certification_faults(held, "certifications.0")
    assert codes(found) == {"certifications.0.expires_on": "expires_before_issued"}


@pytest.mark.parametrize("url", ["ejemplo.co", "javascript:alert(1)", "https://", "http://a b"])
def test_evidence_is_a_web_address(url: str) -> None:
    found = companies.certification_faults(Certification(standard="BPM", evidence_url=url), "c")
    assert codes(found) == {"c.evidence_url": "wrong_url"}


@given(st.from_regex(r"([0-9]{2}){1,4}", fullmatch=True))
def test_a_unspsc_code_has_an_even_number_of_digits(code: str) -> None:
    ascii_only = code.isascii()
    assert (rules.unspsc(code, "unspsc") == []) is ascii_only
    assert rules.unspsc(code[:-1], "unspsc") != []


@given(
    low=st.integers(-(10**16), 10**16),
    high=st.integers(-(10**16), 10**16),
    currencies=st.tuples(st.sampled_from(["COP", "USD"]), st.sampled_from(["COP", "USD", "XYZ"])),
)
def test_a_price_range_is_sound_or_refused(low: int, high: int, currencies: tuple[str, str]) -> None:
    value = PriceRange(low=Amount(low, currencies[0]), high=Amount(high, currencies[1]), unit="kg")
    sound = 0 <= low <= high <= rules.LARGEST and currencies[0] == currencies[1]
    assert (rules.price_range(value, "price_range") == []) is sound


@given(st.floats())
def test_a_quantity_is_above_zero_and_finite(amount: float) -> None:
    found = rules.quantity(Quantity(amount=amount, unit="kg"), "quantity")
    assert (found == []) is (0 < amount <= rules.LARGEST)


@given(st.text(max_size=50))
def test_text_is_accepted_in_any_alphabet_if_it_can_be_stored(value: str) -> None:
    accepted = rules.text(40)(value, "title") == []
    if accepted:
        assert value.encode().decode() == value
        assert "\0" not in value
    if value.strip() and len(value) <= 40 and value.isprintable():
        assert accepted


def test_a_day_is_a_day_in_colombia() -> None:
    assert today(datetime(2026, 11, 21, 4, 59, tzinfo=UTC)) == DAY
    assert today(datetime(2026, 11, 21, 5, 0, tzinfo=UTC)) == date(2026, 11, 21)


def test_a_need_may_close_today_and_not_yesterday() -> None:
    assert needs.faults(asdict(Need(title="Dotación", closes_on=DAY)), DAY) == []
    late = Need(title="Dotación", closes_on=date(2026, 11, 19))
    assert codes(needs.faults(asdict(late), DAY)) == {"closes_on": "closes_in_the_past"}


def test_a_contact_needs_consent_with_a_purpose_from_the_past() -> None:
    person = Contact(name="Luz", email="luz@ejemplo.co")
    assert codes(contacts.faults(asdict(person), DAY)) == {"consent": "consent_missing"}
    blank = Consent(given_on=date(2026, 11, 21), purpose=" ")
    found = contacts.faults({**asdict(person), "consent": blank}, DAY)
    assert codes(found) == {
        "consent.purpose": "empty",
        "consent.given_on": "consent_in_the_future",
    }


@pytest.mark.parametrize("email", ["luz", "luz@", "luz@ejemplo", "a b@c.co", "luz@ejemplo..co", "@b.co"])
def test_an_email_looks_like_one(email: str) -> None:
    assert "email" in codes(
        contacts.faults({"email": email, "consent": Consent(given_on=DAY, purpose="x")}, DAY)
    )


def test_a_contact_can_be_reached() -> None:
    found = contacts.faults({"name": "Luz", "consent": Consent(given_on=DAY, purpose="Ruedas")}, DAY)
    assert codes(found) == {"email": "unreachable"}


@given(st.builds(Offering, title=st.text(min_size=1), unspsc=st.lists(st.sampled_from(["10", "1010", "7"]))))
def test_what_is_kept_of_an_offering_keeps_the_rules_and_stays_as_it_is(offering: Offering) -> None:
    if offerings.faults(asdict(offering)) == []:
        kept = offerings.normalized(offering)
        assert offerings.faults(asdict(kept)) == []
        assert offerings.normalized(kept) == kept
        assert msgspec.convert(msgspec.to_builtins(kept), Offering) == kept
