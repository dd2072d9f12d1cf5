"""Blocks are absolute, gaps are proposed as linkages, pools and fairness can be read."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from services.matching.engine.fairness import gini
from services.matching.usecases.fairness import Spreader
from shared.contracts.catalog import CompanyChanged, OfferingChanged, Quantity
from tests.service.matching.conftest import NARINO, a_company, a_need, an_offering
from tests.service.matching.test_matching_story import changed

if TYPE_CHECKING:
    from shared.contracts.catalog import NeedPublished
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


def test_a_sister_that_is_in_no_shortlist_does_not_see_the_need_either(matching: Matching) -> None:
    anchor, sister = a_company(name="Exportadora", roles=["anchor"]), a_company(name="Hermana")
    need = a_need(anchor)
    better = [a_company(name=f"Finca {number}") for number in range(50)]
    offered = [an_offering(each, title="Compra de aguacates Hass") for each in better]
    matching.hear(anchor, sister, *better, *offered, an_offering(sister), need)
    matching.settle()
    assert len(matching.opportunities(sister)) == 1
    for company in (sister, anchor):
        matching.hear(changed(company, CompanyChanged, group="Grupo Verde"), sequence=2)
    matching.settle()
    assert matching.opportunities(sister) == []


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


def a_pool(matching: Matching, need: NeedPublished) -> dict[str, float]:
    answer = matching.call("GET", f"/needs/{need.need_id}/pool", ANCHOR.company_id, "anchor")
    assert answer.status_code == 200, answer.json
    return {each["supplier_id"]: each["share"] for each in answer.json["members"]}


def test_more_small_producers_than_almosts_are_shown_serve_as_one(matching: Matching) -> None:
    need = a_need(ANCHOR, minimum_capacity=Quantity(amount=25, unit="t"))
    near = [a_company(name=f"Parcela {n}") for n in range(30)]
    far = [a_company(name=f"Lejana {n}", place=NARINO) for n in range(10)]
    one_ton = Quantity(amount=1, unit="t")
    offerings = [an_offering(each, capacity_per_month=one_ton) for each in (*near, *far)]
    matching.hear(ANCHOR, *near, *far, *offerings, need)
    matching.settle()
    found = a_pool(matching, need)
    assert len(found) == 25
    assert found.keys() <= {each.company_id for each in near}
    assert set(found.values()) == {0.04}
    # Who comes later comes in, too.
    late = a_company(name="La mayor")
    matching.hear(late, an_offering(late, capacity_per_month=Quantity(amount=2, unit="t")))
    matching.settle()
    assert len(a_pool(matching, need)) == 24
    assert late.company_id in a_pool(matching, need)
    # Where somebody has it all alone nobody need be joined.
    able = a_company(name="Le alcanza")
    matching.hear(able, an_offering(able, capacity_per_month=Quantity(amount=25, unit="t")))
    matching.settle()
    assert a_pool(matching, need) == {}


def test_who_sells_something_else_or_has_blocked_a_member_is_in_no_pool(matching: Matching) -> None:
    need = a_need(ANCHOR, minimum_capacity=TWENTY)
    companies = [a_company(name=f"Finca {n}") for n in range(3)]
    other = a_company(name="Otra")
    offerings = [an_offering(each, capacity_per_month=NINE) for each in companies]
    unlike = an_offering(other, title="Cosecha de aguacates y mucho más", capacity_per_month=TWELVE)
    matching.hear(ANCHOR, *companies, other, *offerings, unlike, need)
    matching.settle()
    assert other.company_id in matching.suppliers(need, "?almost=true")
    assert a_pool(matching, need).keys() == {each.company_id for each in companies}
    first, second, _ = companies
    matching.call("PUT", f"/blocks/{first.company_id}", second.company_id, "supplier")
    assert a_pool(matching, need) == {}


def test_what_closing_its_gaps_would_not_bring_into_the_shortlist_is_no_linkage(matching: Matching) -> None:
    need = a_need(ANCHOR, minimum_capacity=TWENTY)
    able = [a_company(name=f"Finca {n}") for n in range(50)]
    near, unlike = a_company(name="Casi"), a_company(name="Otra cosa")
    enough = [an_offering(each, title="Aguacates Hass", capacity_per_month=TWENTY) for each in able]
    almost = an_offering(near, title="Aguacates Hass", capacity_per_month=TWELVE)
    vague = an_offering(unlike, title="Transporte de aguacates y plátano", capacity_per_month=TWELVE)
    matching.hear(ANCHOR, *able, near, unlike, *enough, almost, vague, need)
    matching.settle()
    assert set(matching.suppliers(need, "?almost=true")) == {near.company_id, unlike.company_id}
    (told,) = matching.published("matching.linkage_proposed")
    assert told["supplier_id"] == near.company_id


def test_a_linkage_is_not_proposed_again_to_one_that_was_away(matching: Matching) -> None:
    supplier, need = a_company(), a_need(ANCHOR, minimum_capacity=TWENTY)
    matching.hear(ANCHOR, supplier, an_offering(supplier, capacity_per_month=TWELVE), need)
    matching.settle()
    path = f"/blocks/{supplier.company_id}"
    for method in ("PUT", "DELETE"):
        matching.call(method, path, ANCHOR.company_id, "anchor")
        matching.settle()
    assert matching.suppliers(need, "?almost=true") == [supplier.company_id]
    assert len(matching.published("matching.linkage_proposed")) == 1


def test_fairness_is_reported_as_totals(matching: Matching) -> None:
    suppliers = [a_company(name=f"Finca {n}", size="micro") for n in range(11)]
    suppliers.append(a_company(name="La única grande", size="large"))
    need = a_need(ANCHOR)
    matching.hear(ANCHOR, *suppliers, *(an_offering(each) for each in suppliers), need)
    matching.settle()
    found = matching.call("GET", "/fairness", None, "organizer").json
    assert (found["needs"], found["now"]["viable"], found["now"]["unlisted"]) == (1, 12, 2)
    assert list(found["now"]["by"]["size"]) == ["other"]
    totals = {"suppliers": 12, "listed": 10, "places": 10, "gini": found["now"]["gini"]}
    assert found["now"]["by"]["department"] == {"05": totals}
    assert 0 < found["now"]["gini"] < 1


def spread(matching: Matching, tolerance: float, role: str = "organizer") -> Any:
    return matching.call("PUT", "/fairness", None, role, json={"tolerance": tolerance})


def test_places_are_spread_only_while_an_organizer_wants_it(matching: Matching) -> None:
    suppliers = [a_company(name=f"Finca {n}") for n in range(14)]
    needs = [a_need(ANCHOR, title="Aguacates Hass") for _ in range(6)]
    matching.hear(ANCHOR, *suppliers, *(an_offering(each) for each in suppliers), *needs)
    matching.settle()
    by_score = [matching.suppliers(need, "?limit=10") for need in needs]
    Spreader()(matching.store)
    assert matching.store.db.spread_orders.count_documents({}) == 0
    answer = spread(matching, 0.02)
    assert answer.status_code == 200, answer.json
    found = answer.json
    assert (found["tolerance"], found["in_force"]) == (0.02, True)
    assert found["set_by"]
    assert found["spread"]["gini"] < found["now"]["gini"]
    # Nothing is shown in another order before the worker has put all needs in order.
    assert [matching.suppliers(need, "?limit=10") for need in needs] == by_score
    Spreader()(matching.store)
    shown = [matching.suppliers(need, "?limit=10") for need in needs]
    assert shown != by_score
    assert [sorted(each) for each in shown] != [sorted(each) for each in by_score]
    places = Counter(supplier for each in shown for supplier in each)
    assert gini(places[each.company_id] for each in suppliers) == found["spread"]["gini"]
    page = matching.shortlist(needs[0], "?limit=20")["items"]
    assert [each["rank"] for each in page] == list(range(1, 15))
    assert spread(matching, 0.0).json["in_force"] is False
    assert [matching.suppliers(need, "?limit=10") for need in needs] == by_score


def test_a_shortlist_that_changed_is_shown_by_score_until_it_is_in_order_again(
    matching: Matching,
) -> None:
    suppliers = [a_company(name=f"Finca {n}") for n in range(12)]
    needs = [a_need(ANCHOR, title="Aguacates Hass") for _ in range(3)]
    matching.hear(ANCHOR, *suppliers, *(an_offering(each) for each in suppliers), *needs)
    matching.settle()
    spread(matching, 0.05)
    Spreader()(matching.store)
    gone = matching.suppliers(needs[0])[0]
    matching.decide(needs[0], gone, "dismiss")
    assert gone not in matching.suppliers(needs[0], "?limit=20")
    assert len(matching.suppliers(needs[0], "?limit=20")) == 11
    matching.settle()
    Spreader()(matching.store)
    assert gone not in matching.suppliers(needs[0], "?limit=20")


def test_a_tolerance_can_be_tried_and_a_wrong_one_is_refused(matching: Matching) -> None:
    tried = matching.call("GET", "/fairness?tolerance=0.03", None, "admin").json
    assert (tried["tolerance"], tried["in_force"]) == (0.03, False)
    for wrong in (-0.1, 0.5, "mucho"):
        assert spread(matching, wrong).status_code == 422
    assert spread(matching, 0.01, "anchor").status_code == 403
