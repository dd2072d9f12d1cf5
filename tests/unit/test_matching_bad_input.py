"""Whatever comes in: no crash, no silent zero, and a verdict *unknown* that says why."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from services.matching.engine import (
    Context,
    Judge,
    Need,
    NeedBook,
    Rate,
    Supplier,
    assess,
    gaps_of,
    profile_of,
    sentences,
    shortlist,
)
from services.matching.engine.scoring import PARTS
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
    (verdict,) = Judge(a_need(minimum_capacity=asked)).all(supplier, supplier.offerings)
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
    outcomes = {each.outcome for each in Judge(a_need(place=place)).all(supplier, supplier.offerings)}
    assert outcomes <= {"unknown"}


def test_a_need_that_closed_long_ago_is_still_judged() -> None:
    held = [Certification(standard="ICA", expires_on=date(1990, 1, 1))]
    supplier = a_supplier(certifications=held)
    need = a_need(required_certifications=["ICA"], closes_on=date.min)
    assert Judge(need).all(supplier, supplier.offerings)[0].outcome == "met"


days = st.none() | st.integers(0, 3_650)
prices = st.builds(
    lambda low, currency, unit: PriceRange(low=Money(low, currency), high=Money(low, currency), unit=unit),
    st.integers(0, 10**15),
    st.sampled_from(["COP", "USD", "CLP"]),
    st.sampled_from(UNITS),
)
wanted_places = st.none() | st.builds(
    Place, country=st.sampled_from(["CO", "PE"]), department=st.sampled_from([None, "05", "88", "00"]),
    municipality=st.sampled_from([None, "05001", "99999"]),
)  # fmt: skip
standards = st.lists(st.sampled_from(["ICA", "ISO 9001", "", "🥑", "x" * 200]), max_size=4)
codes = st.lists(st.sampled_from(["50301501", "50", "5030", "0122", "9"]), max_size=3)
any_need = st.builds(
    a_need,
    title=st.sampled_from(["Aguacate Hass", *TEXTS]),
    quantity=st.none() | quantities, minimum_capacity=st.none() | quantities,
    budget=st.none() | st.builds(Money, st.integers(0, 10**15), st.sampled_from(["COP", "USD"])),
    place=wanted_places, required_certifications=standards, desirable_certifications=standards,
    payment_term_days=days, delivery_days=days, unspsc=codes, ciiu=codes,
    preferred_sizes=st.lists(st.sampled_from(["micro", "large", "enorme"]), max_size=3),
)  # fmt: skip
any_offering = st.builds(
    an_offering,
    title=st.sampled_from(["Aguacate Hass", *TEXTS]), unspsc=codes, place=wanted_places,
    capacity_per_month=st.none() | quantities, minimum_order=st.none() | quantities,
    lead_time_days=days, payment_term_days=days, price_range=st.none() | prices,
    past=st.sampled_from([None, None, "awarded", "met"]),
)  # fmt: skip
any_supplier = st.builds(
    lambda offerings, **fields: a_supplier(an_offering(offering_id="sure"), *offerings, **fields),
    st.lists(any_offering, max_size=3),
    place=wanted_places.map(lambda place: place or Place()), ciiu=codes,
    size=st.sampled_from([None, "micro", "enorme"]), regions_served=st.sampled_from([[], ["05"], ["CO"]]),
    certifications=st.lists(
        st.builds(Certification, standard=st.sampled_from(["ICA", "iso-9001", ""]), expires_on=st.none()),
        max_size=2,
    ),
)  # fmt: skip
contexts = st.builds(
    Context,
    history=st.sampled_from([{}, {"s": "met"}, {"other": "awarded"}]),
    activities=st.sampled_from([{}, {"0122": 1.0, "9": 0.5}]),
    rates=st.sampled_from([[], [Rate(base="USD", quote="COP", value="4000", on=date(2026, 1, 1))]]),
)


@settings(deadline=None, max_examples=100)
@given(any_need, any_supplier, contexts)
def test_any_need_and_any_supplier_have_a_score_and_words_for_all_that_is_unknown(
    need: Need, supplier: Supplier, context: Context
) -> None:
    index = an_index(supplier, a_named_supplier("t", "Papel"))
    need = replace(need, context=context)
    profile, _ = profile_of(index, need)
    match = assess(need, profile, supplier)
    if match is None:
        return
    assert 0.0 <= match.score <= 1.0
    assert match.score == pytest.approx(sum(part.points for part in match.parts), abs=1e-9)
    assert {part.name for part in match.parts} <= set(PARTS)
    for verdict in match.verdicts:
        for language in ("es", "en"):
            alone = replace(match, verdicts=[verdict])
            told = sentences(alone, language)
            silent = verdict.requirement in {"unspsc", "ciiu"} and verdict.outcome != "met"
            nothing_else = sentences(replace(match, verdicts=[]), language)
            assert silent == (told == nothing_else), verdict
    for gap in gaps_of(match.verdicts):
        assert 0.0 < gap.distance <= 1.0
    assert sum(len(each) for each in sentences(match, "es")) < 2_000


@settings(deadline=None, max_examples=60)
@given(any_need, any_supplier, contexts)
def test_any_need_and_any_supplier_see_the_same_match_of_each_other(
    need: Need, supplier: Supplier, context: Context
) -> None:
    need = replace(need, context=context)
    found = shortlist(an_index(supplier, a_named_supplier("t", "Papel")), need)
    listed = {match.supplier_id: match for match in (*found.matches, *found.almost)}
    book = NeedBook()
    book.put(need, found.profile)
    (seen,) = book.fitting(supplier) or [None]
    assert seen == listed.get("s") == assess(need, found.profile, supplier)
    book.ask(need.need_id, seen.score if seen else 0.0)
    assert (book.reachable(supplier) or [None]) == [seen]
