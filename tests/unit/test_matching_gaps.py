"""Gaps and pools: what would make a match, and who could serve together."""

from __future__ import annotations

from datetime import date
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.engine import (
    Need,
    Supplier,
    SupplierIndex,
    gaps_of,
    only_closable,
    profile_of,
    shortlist,
    wants_pool,
)
from services.matching.engine.places import NEIGHBOURS
from services.matching.engine.pools import MOST_MEMBERS, Pool, pool_of
from services.matching.engine.scoring import requirement_values
from shared.contracts.catalog import Certification, Place, PriceRange, Quantity
from shared.money import Money
from tests.unit.test_matching_verdicts import a_need, a_supplier, an_offering, judged

TONS = Quantity(amount=20, unit="t")


def gaps(need: Need, supplier: Supplier) -> Any:
    return gaps_of(judged(need, supplier))


@pytest.mark.parametrize(
    ("has", "closable", "distance", "lacking"),
    [
        (Quantity(amount=12, unit="t"), True, 0.4, 8.0),
        (Quantity(amount=12_000, unit="kg"), True, 0.4, 8.0),
        (Quantity(amount=1, unit="t"), False, 0.95, 19.0),
    ],
)
def test_a_capacity_gap_says_how_far_it_is(has: Any, closable: bool, distance: float, lacking: float) -> None:
    (gap,) = gaps(a_need(minimum_capacity=TONS), a_supplier(an_offering(capacity_per_month=has)))
    assert (gap.closable, gap.distance, gap.missing) == (closable, distance, {"amount": lacking, "unit": "t"})


def test_an_expired_certificate_is_a_closable_gap_and_what_is_unknown_is_none() -> None:
    expired = Certification(standard="ISO 9001", expires_on=date(2020, 1, 1))
    need = a_need(required_certifications=["ISO 9001", "ICA"])
    (gap,) = gaps(need, a_supplier(certifications=[expired]))
    assert (gap.requirement, gap.reason, gap.closable) == ("certification", "expired", True)
    assert only_closable([gap])
    assert not only_closable([])


@pytest.mark.parametrize(
    ("asked", "stated", "expected"),
    [
        ({"delivery_days": 15}, {"lead_time_days": 20}, (True, 0.25, {"days": 5})),
        ({"delivery_days": 1}, {"lead_time_days": 20}, (False, 0.95, {"days": 19})),
        ({"payment_term_days": 60}, {"payment_term_days": 15}, (True, 0.75, {"days": 45})),
        (
            {"quantity": TONS},
            {"minimum_order": Quantity(amount=25_000, unit="kg")},
            (True, 0.2, {"amount": 5.0, "unit": "t"}),
        ),
        (
            {"quantity": TONS, "budget": Money(80, "COP")},
            {"price_range": PriceRange(low=Money(5, "COP"), high=Money(5, "COP"), unit="t")},
            (True, 0.2, {"amount": 20, "currency": "COP"}),
        ),
    ],
)
def test_a_desirable_gap_says_how_far_it_is_and_separates_nobody(
    asked: Any, stated: Any, expected: Any
) -> None:
    (gap,) = gaps(a_need(**asked), a_supplier(an_offering(**stated)))
    assert (gap.closable, gap.distance, gap.missing) == expected
    assert not gap.mandatory
    assert not only_closable([gap])


@given(st.integers(0, 720), st.none() | st.integers(0, 720), st.none() | st.integers(0, 3650))
def test_an_unmet_requirement_never_scores_above_an_unknown_one(
    days: int, waits: int | None, leads: int | None
) -> None:
    need = a_need(delivery_days=days, payment_term_days=days)
    stated = a_supplier(an_offering(lead_time_days=leads, payment_term_days=waits))
    verdicts = judged(need, stated)
    for each in verdicts:
        value = requirement_values({each.requirement: 1.0}, [each])[each.requirement]
        assert {"met": value == 1.0, "unknown": value == 0.5, "unmet": 0.0 <= value < 0.5}[each.outcome]


def pooled(need: Need, *suppliers: Supplier) -> Pool | None:
    index = SupplierIndex()
    for supplier in suppliers:
        index.put(supplier)
    return pool_of(need, profile_of(index, need)[0], suppliers)


def a_grower(name: str, tons: float, department: str = "05", **fields: Any) -> Supplier:
    offering = an_offering(offering_id=name, capacity_per_month=Quantity(amount=tons, unit="t"))
    return a_supplier(offering, company_id=name, place=Place(department=department), **fields)


def members(pool: Pool | None) -> list[str]:
    return [each.supplier_id for each in pool.members] if pool else []


def test_the_smallest_group_that_has_the_capacity_is_proposed_with_its_shares() -> None:
    need = a_need(minimum_capacity=TONS)
    found = pooled(need, a_grower("a", 12), a_grower("b", 8), a_grower("c", 5), a_grower("d", 4))
    assert found is not None
    assert {each.supplier_id: each.share for each in found.members} == {"a": 0.6, "b": 0.4}


def test_a_group_is_near_each_other() -> None:
    need = a_need(minimum_capacity=TONS)
    assert pooled(need, a_grower("a", 12, "05"), a_grower("b", 12, "91")) is None
    assert members(pooled(need, a_grower("a", 12, "05"), a_grower("b", 12, "66"))) == ["a", "b"]


def test_nobody_who_lacks_a_certificate_or_fits_alone_is_in_a_group() -> None:
    need = a_need(minimum_capacity=TONS, required_certifications=["ICA"])
    expired = [Certification(standard="ICA", expires_on=date(2020, 1, 1))]
    assert pooled(need, a_grower("a", 12), a_grower("b", 12, certifications=expired)) is None
    assert pooled(need, a_grower("a", 12), a_grower("alone", 30)) is None
    assert pooled(a_need(), a_grower("a", 12), a_grower("b", 12)) is None


@given(st.lists(st.floats(0.1, 19.9), min_size=1, max_size=25))
def test_a_pool_has_enough_and_its_shares_add_up(capacities: list[float]) -> None:
    found = pooled(a_need(minimum_capacity=TONS), *(a_grower(f"g{n}", t) for n, t in enumerate(capacities)))
    largest = sorted(capacities, reverse=True)
    needed = next((n for n in range(1, len(largest) + 1) if sum(largest[:n]) >= 20), None)
    if found is None:
        assert needed is None or needed > MOST_MEMBERS
    else:
        assert sum(each.capacity for each in found.members) >= 20
        assert sum(each.share for each in found.members) == pytest.approx(1)
        assert len(found.members) == needed


def test_all_of_a_group_are_near_each_other_and_not_only_near_one_of_them() -> None:
    need = a_need(minimum_capacity=TONS)
    # Antioquia borders on both Chocó and Santander, which are far from one another.
    assert pooled(need, a_grower("a", 8, "05"), a_grower("b", 8, "27"), a_grower("c", 8, "68")) is None
    together = pooled(need, a_grower("a", 8, "05"), a_grower("b", 8, "17"), a_grower("c", 8, "66"))
    assert set(members(together)) == {"a", "b", "c"}


def test_a_group_that_is_sure_comes_before_a_smaller_one_that_is_to_be_confirmed() -> None:
    need = a_need(minimum_capacity=TONS, required_certifications=["ICA"])
    held = [Certification(standard="ICA")]
    silent = [a_grower(f"silent{n}", 15) for n in range(2)]
    sure = [a_grower(f"sure{n}", 8, certifications=held) for n in range(3)]
    assert set(members(pooled(need, *silent, *sure))) == {"sure0", "sure1", "sure2"}
    found = pooled(need, *silent)
    assert found is not None
    assert [each.to_confirm for each in found.members] == [["ICA"], ["ICA"]]


def test_of_two_that_must_not_be_together_one_is_in_the_group() -> None:
    need = a_need(minimum_capacity=TONS)
    suppliers = [a_grower("a", 12), a_grower("b", 11), a_grower("c", 9)]
    index = SupplierIndex()
    for supplier in suppliers:
        index.put(supplier)
    profile = profile_of(index, need)[0]
    assert members(pool_of(need, profile, suppliers, {"a": {"b"}, "b": {"a"}})) == ["a", "c"]


def test_a_pool_is_called_for_where_nobody_is_known_to_have_the_capacity() -> None:
    need = a_need(minimum_capacity=TONS)

    def is_wanted(*suppliers: Supplier) -> bool:
        index = SupplierIndex()
        for supplier in suppliers:
            index.put(supplier)
        return wants_pool(need, shortlist(index, need).matches)

    assert is_wanted(a_grower("a", 12), a_supplier())
    assert not is_wanted(a_grower("a", 12), a_grower("b", 20))
    assert not wants_pool(a_need(), [])


def test_a_group_that_meets_the_wishes_too_comes_before_a_smaller_one_that_does_not() -> None:
    need = a_need(minimum_capacity=TONS, place=Place(department="52"))
    elsewhere = [a_grower(f"elsewhere{n}", 15, regions_served=["05"]) for n in range(2)]
    everywhere = [a_grower(f"everywhere{n}", 8, regions_served=["CO"]) for n in range(3)]
    assert set(members(pooled(need, *elsewhere, *everywhere))) == {
        "everywhere0",
        "everywhere1",
        "everywhere2",
    }
    assert set(members(pooled(need, *elsewhere))) == {"elsewhere0", "elsewhere1"}


growers = st.lists(
    st.tuples(st.integers(1, 19), st.sampled_from(["05", "17", "66", "11", "91"])), min_size=1, max_size=7
)


@settings(deadline=None, max_examples=60)
@given(growers, st.randoms())
def test_the_pool_is_the_smallest_of_all_groups_whatever_the_order(
    market: list[tuple[int, str]], random: Any
) -> None:
    need = a_need(minimum_capacity=TONS)
    suppliers = [a_grower(f"g{n}", tons, where) for n, (tons, where) in enumerate(market)]
    shuffled = list(suppliers)
    random.shuffle(shuffled)
    found = members(pooled(need, *suppliers))
    assert found == members(pooled(need, *shuffled))

    def fits(group: tuple[int, ...]) -> bool:
        places_of = [market[n][1] for n in group]
        near = all(
            one == other or other in NEIGHBOURS[one].split() for one in places_of for other in places_of
        )
        return near and sum(market[n][0] for n in group) >= TONS.amount

    smallest = next(
        (
            size
            for size in range(1, len(market) + 1)
            if any(map(fits, combinations(range(len(market)), size)))
        ),
        0,
    )
    assert len(found) == smallest
    assert not found or fits(tuple(int(name[1:]) for name in found))
