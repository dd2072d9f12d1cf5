"""Blocks are absolute, gaps are proposed as linkages, pools and fairness can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.contracts.catalog import OfferingChanged, Quantity
from tests.service.matching.conftest import a_company, a_need, an_offering
from tests.service.matching.test_matching_story import changed

if TYPE_CHECKING:
    from tests.service.matching.conftest import Matching

ANCHOR = a_company(name="Exportadora del Valle S. A.", roles=["anchor"])
TWENTY, TWELVE, NINE = (Quantity(amount=amount, unit="t") for amount in (20, 12, 9))


def test_a_block_of_either_side_is_absolute_until_it_is_taken_back(matching: Matching) -> None:
    supplier, need = a_company(), a_need(ANCHOR)
    matching.hear(ANCHOR, supplier, an_offering(supplier), need)
    matching.settle()
    for mine, other, role in ((ANCHOR, supplier, "anchor"), (supplier, ANCHOR, "supplier")):
        path = f"/blocks/{other.company_id}"
        for _ in range(2):
            assert matching.call("PUT", path, mine.company_id, role).status_code == 204
        assert matching.suppliers(need) == matching.opportunities(supplier) == []
        matching.settle()
        assert matching.suppliers(need) == matching.opportunities(supplier) == []
        answer = matching.decide(need, supplier.company_id, "shortlist")
        assert (answer.status_code, answer.json["code"]) == (409, "blocked")
        (listed,) = matching.call("GET", "/blocks", mine.company_id, role).json["items"]
        assert listed["other_id"] == other.company_id
        assert matching.call("DELETE", path, mine.company_id, role).status_code == 204
        matching.settle()
        assert matching.suppliers(need) == [supplier.company_id]
        assert len(matching.opportunities(supplier)) == 1


def test_a_changed_supplier_that_is_blocked_stays_out(matching: Matching) -> None:
    supplier, need = a_company(), a_need(ANCHOR)
    offering = an_offering(supplier)
    matching.hear(ANCHOR, supplier, offering, need)
    matching.settle()
    matching.call("PUT", f"/blocks/{supplier.company_id}", ANCHOR.company_id, "anchor")
    matching.settle()
    matching.hear(changed(offering, OfferingChanged, title="Aguacates Hass"), sequence=2)
    matching.settle()
    assert matching.suppliers(need) == []


def test_nobody_blocks_itself_or_who_is_not_there(matching: Matching) -> None:
    matching.hear(ANCHOR)
    path = f"/blocks/{ANCHOR.company_id}"
    assert matching.call("PUT", path, ANCHOR.company_id, "anchor").status_code == 409
    assert matching.call("PUT", "/blocks/nobody", ANCHOR.company_id, "anchor").status_code == 404


def test_a_pair_that_only_closable_gaps_separate_is_proposed_once(matching: Matching) -> None:
    near, far = a_company(), a_company(name="Pequeña")
    need = a_need(ANCHOR, minimum_capacity=TWENTY)
    offering = an_offering(near, capacity_per_month=TWELVE)
    tiny = an_offering(far, capacity_per_month=Quantity(amount=1, unit="t"))
    matching.hear(ANCHOR, near, far, offering, tiny, need)
    matching.settle()
    matching.hear(a_company(name="Otra"))
    matching.settle()
    (told,) = matching.published("matching.linkage_proposed")
    assert (told["supplier_id"], told["gaps"][0]["distance"]) == (near.company_id, 0.4)
    shown = {each["supplier_id"]: each for each in matching.shortlist(need, "?almost=true")["items"]}
    assert shown[near.company_id]["gaps"][0]["missing"] == {"amount": 8.0, "unit": "t"}
    assert not shown[far.company_id]["gaps"][0]["closable"]
    matching.hear(changed(offering, OfferingChanged, capacity_per_month=NINE), sequence=2)
    matching.settle()
    assert [each["gaps"][0]["distance"] for each in matching.published("matching.linkage_proposed")] == [
        0.4,
        0.55,
    ]


def test_small_suppliers_are_proposed_as_a_group(matching: Matching) -> None:
    first, second = a_company(), a_company(name="Segunda")
    need = a_need(ANCHOR, minimum_capacity=TWENTY)
    offerings = [an_offering(each, capacity_per_month=TWELVE) for each in (first, second)]
    matching.hear(ANCHOR, first, second, *offerings, need)
    matching.settle()
    path = f"/needs/{need.need_id}/pool"
    pool = matching.call("GET", path, ANCHOR.company_id, "anchor").json
    assert {each["supplier_id"] for each in pool["members"]} == {first.company_id, second.company_id}
    assert sum(each["share"] for each in pool["members"]) == 1
    assert matching.call("GET", path, first.company_id, "anchor").status_code == 403


def test_fairness_is_reported_as_totals(matching: Matching) -> None:
    suppliers = [a_company(name=f"Finca {n}", size="micro") for n in range(12)]
    need = a_need(ANCHOR)
    matching.hear(ANCHOR, *suppliers, *(an_offering(each) for each in suppliers), need)
    matching.settle()
    found = matching.call("GET", "/fairness", None, "organizer").json
    assert (found["needs"], found["now"]["viable"], found["now"]["unlisted"]) == (1, 12, 2)
    assert found["now"]["by"]["size"]["micro"] == {"suppliers": 12, "listed": 10, "places": 10}
    assert 0 < found["now"]["gini"] < 1
