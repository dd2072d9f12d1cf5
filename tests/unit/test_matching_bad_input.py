"""Whatever comes in: no crash, no silent zero, and a verdict *unknown* that says why."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.engine import NeedBook, assess, gaps_of, judge, sentences, shortlist
from services.matching.engine.text import stems
from shared.contracts.catalog import Certification, Place, PriceRange, Quantity
from shared.money import Money
from tests.unit.test_matching_engine import a_need as a_plain_need
from tests.unit.test_matching_engine import a_supplier as a_named_supplier
from tests.unit.test_matching_engine import an_index
from tests.unit.test_matching_verdicts import a_need, a_supplier, an_offering

TEXTS = [
    *("", "a", "á", "x" * 100_000, "ab " * 33_334, "1234567890", "🥑🚜🇨🇴", "שלום עולם", "مرحبا بالعالم"),
    *("\u202eabc", "\x00\x01", "?" * 500, "ã" * 50, "Ã³Ã±" * 20, "%$#@!", "\ufffd", "and of the"),
]
UNITS = ["t", "kg", "unidades", "cajas", "", "🥑", "m3", "bultos de 50 kg"]
quantities = st.builds(Quantity, amount=st.floats(0, 1e12), unit=st.sampled_from(UNITS))


@pytest.mark.parametrize("title", TEXTS)
@pytest.mark.parametrize("offered", ["Aguacate Hass", *TEXTS[:8]])
def test_any_text_of_a_need_is_ranked_against_any_text_of_an_offering(title: str, offered: str) -> None:
    index = an_index(a_named_supplier("s", offered), a_named_supplier("t", "Papel"))
    found = shortlist(index, a_plain_need(title=title))
    for match in found.matches:
        assert 0 < match.score <= 1
        assert sentences(match, "es")
        assert sentences(match, "en")


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text_gives_short_folded_stems(text: str) -> None:
    assert all(0 < len(stem) <= 6 or not stem.isascii() for stem in stems(text))


@settings(deadline=None, max_examples=50)
@given(st.text(max_size=60), st.text(max_size=60))
def test_any_two_texts_give_the_same_score_both_ways(asked: str, offered: str) -> None:
    supplier = a_named_supplier("s", offered, "papel")
    need = a_plain_need(title=asked)
    found = shortlist(an_index(supplier, a_named_supplier("t", "otra cosa")), need)
    book = NeedBook()
    book.put(need, found.profile)
    listed = {match.supplier_id: match for match in found.matches}
    assert (book.fitting(supplier) or [None])[0] == listed.get("s")


@given(quantities, quantities)
def test_capacity_in_any_units_is_met_unmet_or_unknown_with_its_reason(
    asked: Quantity, has: Quantity
) -> None:
    supplier = a_supplier(an_offering(capacity_per_month=has))
    (verdict,) = judge(a_need(minimum_capacity=asked), supplier, supplier.offerings)
    assert (verdict.outcome == "unknown") == (verdict.reason == "units_differ")
    assert (verdict.outcome == "unmet") == bool(gaps_of([verdict]))


def test_two_hundred_requirements_are_judged_and_told() -> None:
    names = [f"Norma {number}" for number in range(200)]
    held = [Certification(standard=name) for name in names[:100]]
    supplier = a_supplier(certifications=held)
    need = a_need(required_certifications=names)
    (match,) = shortlist(an_index(supplier), need).matches
    outcomes = [verdict.outcome for verdict in match.verdicts]
    assert (outcomes.count("met"), outcomes.count("unknown")) == (100, 100)
    assert len(sentences(match, "es")) == 2


def test_contradictory_requirements_leave_nobody_out_without_a_reason() -> None:
    need = a_need(
        quantity=Quantity(amount=1, unit="t"), minimum_capacity=Quantity(amount=500, unit="t"),
        budget=Money(1, "COP"), required_certifications=["ICA"], desirable_certifications=["ICA"],
    )  # fmt: skip
    prices = PriceRange(low=Money(10, "COP"), high=Money(20, "COP"), unit="kg")
    supplier = a_supplier(an_offering(price_range=prices, capacity_per_month=Quantity(amount=400, unit="t")))
    found = shortlist(an_index(supplier), need)
    (match,) = found.almost
    found_gaps = [(gap.requirement, gap.mandatory) for gap in gaps_of(match.verdicts)]
    assert found_gaps == [("capacity", True), ("budget", False)]
    assert found.matches == []


def test_a_certificate_that_nobody_has_is_unknown_for_all_and_excludes_nobody() -> None:
    need = a_plain_need(title="aguacate", required_certifications=["Sello de la Luna 2099"])
    found = shortlist(an_index(*(a_named_supplier(f"s{n}", "aguacate") for n in range(5))), need)
    assert {match.verdicts[0].reason for match in found.matches} == {"not_stated"}
    assert len(found.matches) == 5


def test_a_supplier_that_is_withdrawn_while_it_is_ranked_is_only_gone() -> None:
    supplier, need = a_named_supplier("s", "aguacate"), a_plain_need(title="aguacate")
    index = an_index(supplier, a_named_supplier("t", "aguacate"))
    profile = shortlist(index, need).profile
    index.remove("s")
    assert [match.supplier_id for match in shortlist(index, need).matches] == ["t"]
    assert assess(need, profile, supplier) is not None


@pytest.mark.parametrize("place", [Place(), Place(department="00"), Place(country="ZZ", department="05")])
def test_an_unknown_place_is_judged_unknown_or_not_at_all(place: Place) -> None:
    supplier = a_supplier(place=Place(department="05"))
    outcomes = {each.outcome for each in judge(a_need(place=place), supplier, supplier.offerings)}
    assert outcomes <= {"unknown"}


def test_a_need_that_closed_long_ago_is_still_judged() -> None:
    held = [Certification(standard="ICA", expires_on=date(1990, 1, 1))]
    supplier = a_supplier(certifications=held)
    need = a_need(required_certifications=["ICA"], closes_on=date.min)
    assert judge(need, supplier, supplier.offerings)[0].outcome == "met"
