"""What is unusual but real: one withdrawn while it is ranked, thousands of offerings, enormous texts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from shared.contracts.catalog import Certification, CompanyWithdrawn, OfferingWithdrawn, Quantity
from shared.money import Money
from tests.service.matching.conftest import a_company, a_need, an_offering

if TYPE_CHECKING:
    from shared.contracts.catalog import NeedPublished
    from tests.service.matching.conftest import Matching

NOW = datetime.now(UTC)
ANCHOR = a_company(name="Exportadora del Valle S. A.", roles=["anchor"])


def test_a_supplier_that_is_withdrawn_while_it_is_ranked_is_never_shown(matching: Matching) -> None:
    stays, leaves, need = a_company(), a_company(name="Se va"), a_need(ANCHOR)
    matching.hear(ANCHOR, stays, leaves, an_offering(stays), an_offering(leaves), need)
    ranker = matching.ranker
    while ranker._current is None or ranker._current.companies:
        ranker(matching.store)
    assert leaves.company_id in ranker.index
    matching.hear(CompanyWithdrawn(company_id=leaves.company_id), sequence=2)
    ranker(matching.store)
    kept = matching.store.shortlists([need.need_id])[need.need_id]
    assert leaves.company_id in {each.supplier_id for each in kept.matches}
    assert matching.suppliers(need) == [stays.company_id]
    matching.settle()
    kept = matching.store.shortlists([need.need_id])[need.need_id]
    assert [each.supplier_id for each in kept.matches] == [stays.company_id]
    assert matching.opportunities(leaves) == []


def test_a_supplier_with_five_thousand_offerings_enters_and_leaves_like_any_other(matching: Matching) -> None:
    many, other, need = a_company(name="De todo"), a_company(), a_need(ANCHOR)
    offerings = [an_offering(many, title=f"Aguacate Hass y repuesto {number}") for number in range(5_000)]
    matching.hear(ANCHOR, other, need, an_offering(other))
    matching.settle()
    matching.hear(many, *offerings)
    matching.settle()
    assert set(matching.suppliers(need)) == {many.company_id, other.company_id}
    (seen,) = matching.opportunities(many)
    listed = {item["supplier_id"]: item["score"] for item in matching.shortlist(need)["items"]}
    assert seen["score"] == listed[many.company_id]
    gone = [OfferingWithdrawn(offering_id=o.offering_id, company_id=o.company_id) for o in offerings]
    matching.hear(*gone, sequence=2)
    matching.settle()
    assert matching.suppliers(need) == [other.company_id]
    assert matching.opportunities(many) == []


def test_texts_of_a_hundred_kilobytes_are_ranked_on_both_sides(matching: Matching) -> None:
    long_text = " ".join(f"palabra{chr(97 + n % 26)}{chr(97 + n // 26 % 26)}x aguacate" for n in range(5_500))
    assert len(long_text) > 100_000
    wordy, plain, need = a_company(name="Habla mucho"), a_company(), a_need(ANCHOR, description=long_text)
    matching.hear(ANCHOR, wordy, plain, need, an_offering(plain), an_offering(wordy, description=long_text))
    matching.settle()
    listed = {item["supplier_id"]: item["score"] for item in matching.shortlist(need)["items"]}
    assert listed.keys() == {wordy.company_id, plain.company_id}
    for supplier in (wordy, plain):
        (seen,) = matching.opportunities(supplier)
        assert seen["score"] == listed[supplier.company_id]


def test_a_worker_that_had_lost_all_its_needs_reads_again_what_it_missed(matching: Matching) -> None:
    known, missed, need = a_company(), a_company(name="Mientras tanto"), a_need(ANCHOR)
    matching.hear(ANCHOR, known, an_offering(known), need)
    matching.settle()
    before = matching.ranker.index
    # Another worker takes over, follows a change and ends, while this one does not run.
    matching.store.db.leases.update_many({}, {"$set": {"holder": "elsewhere:1:x", "until": NOW}})
    matching.hear(missed, an_offering(missed))
    matching.store.db.changes.delete_many({})
    matching.ranker._shared_at = 0.0
    matching.settle()
    assert matching.ranker.index is not before
    assert missed.company_id in matching.ranker.index


SILENT = ["", "a", "á", "12345678", "🥑🚜", "\x00", "?" * 500, "de la que"]
TELLING = ["عصير برتقال", "מיץ תפוזים", "\u202eHass", "AGUACATE" * 300]


def shown(matching: Matching, need: NeedPublished) -> dict[str, Any]:
    """Whoever is in one of the need's two lists, as it is shown in both languages."""
    found = {}
    for query in ("?limit=100", "?almost=true&limit=100"):
        for item in matching.shortlist(need, query)["items"]:
            assert 0 < item["score"] <= 1
            assert item["reasons"]
            found[item["supplier_id"]] = item
    return found


def test_texts_that_say_nothing_and_any_script_are_ranked_and_shown(matching: Matching) -> None:
    titles = [*SILENT, *TELLING]
    suppliers = [a_company(name=title or "-") for title in titles]
    offered = [an_offering(each, title=title) for each, title in zip(suppliers, titles, strict=True)]
    plain = a_company()
    needs = [a_need(ANCHOR, title=title) for title in titles]
    matching.hear(ANCHOR, plain, *suppliers, an_offering(plain), *offered, *needs)
    matching.settle()
    for need, supplier in zip(needs, suppliers, strict=True):
        found = shown(matching, need)
        assert (supplier.company_id in found) == (need.title in TELLING), need.title
        seen = {each["need_id"]: each["score"] for each in matching.opportunities(supplier)}
        listed = {name: item["score"] for name, item in found.items()}
        assert seen.get(need.need_id) == listed.get(supplier.company_id)


def verdicts(item: Any) -> dict[str, tuple[str, str]]:
    return {each["requirement"]: (each["outcome"], each["reason"]) for each in item["verdicts"]}


@pytest.mark.parametrize(
    ("asked", "requirement", "reason", "told"),
    [
        (
            {"required_certifications": ["Sello de la Luna 2099"]}, "certification", "not_stated",
            "si tiene Sello de la Luna 2099",
        ),
        (
            {"minimum_capacity": Quantity(amount=5, unit="unidades")}, "capacity", "units_differ",
            "su capacidad, que está en otra unidad (12 t)",
        ),
        (
            {"budget": Money(100, "EUR"), "quantity": Quantity(amount=1, unit="t")}, "budget", "not_stated",
            "su precio",
        ),
        ({"budget": Money(0, "COP")}, "budget", "not_stated", "su precio"),
    ],
)  # fmt: skip
def test_what_can_not_be_compared_is_unknown_with_its_reason_and_excludes_nobody(
    matching: Matching, asked: Any, requirement: str, reason: str, told: str
) -> None:
    supplier, need = a_company(), a_need(ANCHOR, **asked)
    offering = an_offering(supplier, capacity_per_month=Quantity(amount=12, unit="t"))
    matching.hear(ANCHOR, supplier, offering, need)
    matching.settle()
    (item,) = matching.shortlist(need)["items"]
    assert verdicts(item)[requirement] == ("unknown", reason)
    assert told in item["reasons"][-1]
    assert item["gaps"] == []
    (part,) = [each for each in item["parts"] if each["name"] == requirement]
    assert part["value"] == 0.5


def test_two_hundred_requirements_have_a_verdict_each(matching: Matching) -> None:
    names = [f"Norma {number}" for number in range(200)]
    supplier = a_company(certifications=[Certification(standard=name) for name in names[:100]])
    need = a_need(ANCHOR, required_certifications=names)
    matching.hear(ANCHOR, supplier, an_offering(supplier), need)
    matching.settle()
    (item,) = matching.shortlist(need)["items"]
    outcomes = [each["outcome"] for each in item["verdicts"] if each["requirement"] == "certification"]
    assert (outcomes.count("met"), outcomes.count("unknown")) == (100, 100)
    assert len(item["reasons"]) == 2
    assert matching.opportunities(supplier)[0]["score"] == item["score"]


def test_requirements_that_contradict_one_another_are_judged_each_for_itself(matching: Matching) -> None:
    # More capacity than anybody has for a single kilo, at a price of nothing, and a certificate named twice.
    need = a_need(
        ANCHOR, quantity=Quantity(amount=1, unit="kg"), minimum_capacity=Quantity(amount=1e15, unit="t"),
        budget=Money(0, "COP"), delivery_days=0, payment_term_days=3_650,
        required_certifications=["ICA", "ica"], desirable_certifications=["ICA"],
    )  # fmt: skip
    supplier = a_company(certifications=[Certification(standard="ICA")])
    offering = an_offering(supplier, capacity_per_month=Quantity(amount=12, unit="t"), lead_time_days=1)
    matching.hear(ANCHOR, supplier, offering, need)
    matching.settle()
    assert matching.suppliers(need) == []
    (item,) = matching.shortlist(need, "?almost=true")["items"]
    gaps = {each["requirement"]: (each["mandatory"], each["closable"]) for each in item["gaps"]}
    assert gaps == {"capacity": (True, False), "lead_time": (False, False)}
    assert " con ICA y trabaja en Antioquia; le falta: " in item["reasons"][0]
    assert matching.published("matching.linkage_proposed") == []


@pytest.mark.parametrize("text", ["a", "12345", "🥑", "עברית", "x" * 5_000])
def test_codes_are_asked_for_with_any_text(matching: Matching, text: str) -> None:
    assert matching.call("GET", "/codes", None, "supplier", query_string={"text": text}).status_code == 200


@pytest.mark.parametrize("text", ["", "x" * 5_001])
def test_codes_for_no_text_or_too_long_a_one_are_refused(matching: Matching, text: str) -> None:
    answer = matching.call("GET", "/codes", None, "supplier", query_string={"text": text})
    assert (answer.status_code, answer.json["faults"][0]["field"]) == (422, "text")
