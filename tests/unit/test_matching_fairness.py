"""Fairness: how unevenly places fall on suppliers, in totals that show nobody, and spreading them."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matching.engine.fairness import (
    LEAST_TOLD,
    OTHER,
    TOLERANCE,
    Trait,
    drawn,
    gini,
    give_places,
    report,
    spread,
)


def test_gini_is_zero_for_equal_and_high_for_one_who_has_all() -> None:
    assert gini([3, 3, 3]) == gini([]) == gini([0, 0]) == 0.0
    assert gini([0] * 99 + [50]) == pytest.approx(0.99)


@given(st.lists(st.integers(0, 50), max_size=40))
def test_gini_is_between_0_and_1(counts: list[int]) -> None:
    assert -1e-6 <= gini(counts) < 1


def test_the_report_counts_who_fits_and_gets_no_place() -> None:
    micro = {f"m{n}": {"size": "micro"} for n in range(6)}
    small = {f"s{n}": {"size": "small"} for n in range(5)}
    found = report([["m0", *micro], ["m0", *small]], micro | small, top=1)
    assert (found.viable, found.unlisted, found.places) == (11, 10, 2)
    assert found.by["size"]["micro"] == Trait(suppliers=6, listed=1, places=2, gini=gini([2, 0, 0, 0, 0, 0]))
    assert found.by["size"]["small"] == Trait(suppliers=5, listed=0, places=0, gini=0.0)


@given(st.lists(st.sampled_from(["05", "11", "91", "97", "unknown"]), min_size=1, max_size=40))
def test_nothing_is_said_of_so_few_that_one_could_be_told(departments: list[str]) -> None:
    traits = {f"s{n}": {"department": department} for n, department in enumerate(departments)}
    told = report([list(traits)], traits, top=10).by["department"]
    assert sum(each.suppliers for each in told.values()) == len(departments)
    assert sum(each.places for each in told.values()) == min(10, len(departments))
    if len(departments) >= LEAST_TOLD:
        assert all(each.suppliers >= LEAST_TOLD for each in told.values())
    for value, each in told.items():
        assert value == OTHER or each.suppliers == departments.count(value)


@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=30),
    st.dictionaries(st.integers(0, 30).map(str), st.integers(0, 9)),
)
def test_spreading_only_changes_the_order_of_equal_quality(
    scores: list[float], places: dict[str, int]
) -> None:
    ranked = [(str(n), score) for n, score in enumerate(sorted(scores, reverse=True))]
    again = spread("n", ranked, places)
    score = dict(ranked)
    assert sorted(again) == sorted(score)
    for here, there in pairwise(again):
        assert score[here] > score[there] - TOLERANCE


def test_of_equal_ones_who_has_fewer_places_comes_first() -> None:
    assert spread("n", [("a", 0.9), ("b", 0.9), ("c", 0.5)], {"a": 4}) == ["b", "a", "c"]


@given(st.lists(st.lists(st.floats(0.4, 0.6), min_size=1, max_size=12), min_size=1, max_size=6), st.randoms())
def test_spreading_places_depends_on_no_order_of_arrival_and_loses_nobody(
    market: list[list[float]], random: Any
) -> None:
    lists = {
        f"n{number}": sorted(((f"s{n}", score) for n, score in enumerate(scores)), key=lambda each: -each[1])
        for number, scores in enumerate(market)
    }
    again = list(lists)
    random.shuffle(again)
    orders = give_places([(name, lists[name]) for name in drawn(lists)], {}, 3)
    assert orders == give_places([(name, lists[name]) for name in drawn(again)], {}, 3)
    for name, order in orders.items():
        assert sorted(order) == sorted(supplier for supplier, _ in lists[name])


def test_at_equal_quality_spread_places_are_as_even_as_they_can_be() -> None:
    ranked = [(f"s{n}", 0.5) for n in range(12)]
    lists = [(name, ranked) for name in drawn(f"n{n}" for n in range(6))]
    counts = Counter(s for order in give_places(lists, {}, 2).values() for s in order[:2])
    assert set(counts.values()) == {1}
    assert gini(counts.values()) == 0.0
