"""What is unusual but real: one withdrawn while it is ranked, thousands of offerings, enormous texts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from shared.contracts.catalog import CompanyWithdrawn, OfferingWithdrawn
from tests.service.matching.conftest import a_company, a_need, an_offering

if TYPE_CHECKING:
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
