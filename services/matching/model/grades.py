"""How good what happened between an anchor and a supplier was, for learning from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.matching.model.decisions import DISMISSED, SHORTLISTED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LISTED = "listed"
# Who was only listed is between those who were wanted and those who were not.
GRADES = {
    DISMISSED: 0.0, "declined": 0.0, "not_interested": 0.0, LISTED: 1.0,
    "interested": 2.0, SHORTLISTED: 2.0, "accepted": 2.5, "met": 2.75,
}  # fmt: skip
# What came of a meeting counts instead of all that led to it.
OUTCOMES = {"none": 0.5, "low": 1.5, "medium": 3.0, "high": 3.5, "expected": 4.0, "sold": 5.0}


def grade(said: Sequence[str]) -> float:
    """A sale, else the mean of the sides' outcomes; without any a clear no, or the best that happened."""
    outcomes = [OUTCOMES[each] for each in said if each in OUTCOMES]
    if "sold" in said:
        return OUTCOMES["sold"]
    if outcomes:
        return sum(outcomes) / len(outcomes)
    grades = [GRADES.get(each, GRADES[LISTED]) for each in said]
    return 0.0 if min(grades) == 0.0 else max(grades)


def by_value(values: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
    """What each supplier's deal adds to its grade: 1 for the largest in its currency, less for the others."""
    largest: dict[str, float] = {}
    for each in values.values():
        largest[each["currency"]] = max(largest.get(each["currency"], 0.0), each["amount"])
    return {
        supplier_id: each["amount"] / largest[each["currency"]]
        for supplier_id, each in values.items()
        if largest[each["currency"]] > 0
    }
