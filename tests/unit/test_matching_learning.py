"""Weights learned from preferences stay sane, and follow what people did when there is enough of it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.engine.learning import LEAST_PAIRS, PARTS, Preference, fitted, ordered_right
from services.matching.engine.weights import SHIPPED
from services.matching.model.grades import by_value, grade

values = st.fixed_dictionaries({part: st.floats(0, 1) for part in PARTS})
pairs = st.lists(st.builds(Preference, values, values), max_size=80)


def total(weights: object) -> float:
    return sum(getattr(weights, part) for part in PARTS)


@settings(deadline=None, max_examples=40)
@given(pairs)
def test_fitted_weights_stay_positive_and_keep_their_sum(preferences: list[Preference]) -> None:
    found = fitted(preferences, SHIPPED)
    assert all(getattr(found, part) > 0 for part in PARTS)
    assert total(found) == pytest.approx(total(SHIPPED), abs=1e-4)


def test_people_who_choose_by_place_raise_its_weight() -> None:
    near_but_vague = Preference({"text": 0.4, "place": 1.0}, {"text": 0.6, "place": 0.0})
    many = [near_but_vague] * 300
    found = fitted(many, SHIPPED)
    assert found.place > SHIPPED.place
    assert ordered_right(many, SHIPPED) == 1.0 or ordered_right(many, found) > ordered_right(many, SHIPPED)


def test_without_enough_feedback_the_weights_stay() -> None:
    few = [Preference({"place": 1.0}, {"place": 0.0})] * (LEAST_PAIRS - 1)
    assert fitted(few, SHIPPED) is SHIPPED
    assert fitted([], SHIPPED) is SHIPPED


def test_the_order_of_the_pairs_changes_nothing() -> None:
    mixed = [
        Preference({"text": n / 50, "place": 1 - n / 50}, {"text": 0.5, "codes": n / 60}) for n in range(50)
    ]
    assert fitted(mixed, SHIPPED) == fitted(mixed[::-1], SHIPPED)


def test_a_preference_that_weighs_three_times_counts_as_three() -> None:
    near = ({"text": 0.4, "place": 1.0}, {"text": 0.6, "place": 0.0})
    apt = ({"text": 0.9, "place": 0.0}, {"text": 0.2, "place": 1.0})
    weighed = [Preference(*near, 3.0)] * 40 + [Preference(*apt)] * 40
    repeated = [Preference(*near)] * 120 + [Preference(*apt)] * 40
    assert fitted(weighed, SHIPPED) == fitted(repeated, SHIPPED)
    assert fitted(weighed, SHIPPED) != fitted([Preference(*near)] * 40 + [Preference(*apt)] * 40, SHIPPED)


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (["shortlisted"], ["listed"]),
        (["listed"], ["dismissed"]),
        (["accepted"], ["shortlisted"]),
        (["accepted", "met"], ["accepted"]),
        (["accepted", "met", "medium"], ["accepted", "met"]),
        (["met", "expected"], ["met", "high"]),
        (["met", "expected", "sold"], ["met", "expected"]),
        (["met"], ["met", "none"]),
        (["met", "expected", "high"], ["met", "expected", "none"]),
        (["declined", "met", "expected"], ["accepted"]),
        (["listed"], ["accepted", "declined"]),
    ],
)
def test_what_came_of_it_counts_more_than_what_led_to_it(better: list[str], worse: list[str]) -> None:
    assert grade(better) > grade(worse)


def test_the_larger_deal_of_a_need_counts_more_and_currencies_are_not_compared() -> None:
    deals = {
        "a": {"amount": 100, "currency": "COP"}, "b": {"amount": 25, "currency": "COP"},
        "c": {"amount": 1, "currency": "USD"}, "d": {"amount": 0, "currency": "EUR"},
    }  # fmt: skip
    assert by_value(deals) == {"a": 1.0, "b": 0.25, "c": 1.0}
