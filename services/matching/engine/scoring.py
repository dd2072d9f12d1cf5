"""The one score of a need and a supplier: 0 to 1, the sum of named parts.

Both directions use these functions on the same numbers, so both sides see the same score.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING

from services.matching.engine import places
from services.matching.engine.codes import kinship
from services.matching.engine.gaps import shortfall
from services.matching.engine.records import Part
from services.matching.engine.weights import BREADTH_OFFERINGS, HISTORY, TIE_SEED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.matching.engine.records import Need, Profile, Supplier, Verdict

# The requirements that are parts of the score; region and codes count by what they are worth, above.
REQUIREMENTS = (
    *("certification", "capacity", "budget", "minimum_order", "lead_time", "payment_term"),
    "size",
)
_REQUIREMENTS = frozenset(REQUIREMENTS)
PARTS = ("text", "place", "codes", "activity", "history", *REQUIREMENTS)

_UNKNOWN = 0.5
_DIGITS, _UNITS = 6, 10**6


def breadth(texts: Sequence[float], share: float) -> float:
    """The text score of a supplier from its offerings': the best one, and `share` of the rest for others."""
    if len(texts) < 2:
        return min(1.0, max(texts, default=0.0))
    ranked = sorted(texts, reverse=True)[:BREADTH_OFFERINGS]
    further, each = 0.0, 1.0
    for score in ranked[1:]:
        further += score * each
        each *= 0.5
    best = min(1.0, ranked[0])
    return min(1.0, best + (1.0 - best) * share * further)


def weights_for(need: Need, profile: Profile) -> dict[str, float]:
    """The weights of the parts that this need asks about, scaled to add up to 1, and rounded."""
    asked = {
        "text": True,
        "place": asks_place(need),
        "codes": profile.codes,
        "activity": profile.context.activities,
        "history": profile.context.history,
        "certification": need.required_certifications or need.desirable_certifications,
        "capacity": need.minimum_capacity is not None or need.quantity is not None,
        "budget": need.budget is not None,
        "minimum_order": need.quantity is not None,
        "lead_time": need.delivery_days is not None,
        "payment_term": need.payment_term_days,
        "size": need.preferred_sizes,
    }
    weights = {name: getattr(profile.weights, name) for name, is_asked in asked.items() if is_asked}
    total = sum(weights.values())
    return {name: round(weight / total, _DIGITS) for name, weight in weights.items()}


def asks_place(need: Need) -> bool:
    """Whether the need says in which department it is to be served."""
    return need.place is not None and need.place.department is not None


def open_points(weights: dict[str, float]) -> float:
    """The most that the requirements can add to a score before they have been judged."""
    return sum(weights.get(name, 0.0) for name in REQUIREMENTS)


def values_of(
    need: Need, profile: Profile, supplier: Supplier, evidence: tuple[Sequence[float], Sequence[float]]
) -> dict[str, float]:
    """The values of all parts but the requirements'; `evidence` is (texts, codes) by offering."""
    texts, codes = evidence
    values = {"text": breadth(texts, profile.weights.breadth), "codes": max(codes, default=0.0), "place": 0.0}
    if need.place is not None and asks_place(need):
        values["place"] = places.nearness(supplier, need.place)
    if profile.context.activities:
        values["activity"] = kinship(profile.context.activities, supplier.ciiu)
    if profile.context.history:
        values["history"] = HISTORY.get(profile.context.history.get(supplier.company_id, ""), 0.0)
    return values


def requirement_values(weights: dict[str, float], verdicts: Sequence[Verdict]) -> dict[str, float]:
    """The value of each requirement that is asked: 1 if met, half if unknown, less the farther it is.

    Of several, as certificates, the mean.
    """
    found: dict[str, float] = {}
    several: dict[str, int] = {}
    for each in verdicts:
        name = each.requirement
        if name not in weights or name not in _REQUIREMENTS:
            continue
        if name in found:
            several[name] = several.get(name, 1) + 1
            found[name] += _value(each)
        else:
            found[name] = _value(each)
    for name, count in several.items():
        found[name] /= count
    for name in weights:
        if name not in found and name in _REQUIREMENTS:
            found[name] = _UNKNOWN
    return found


def _value(verdict: Verdict) -> float:
    if verdict.outcome == "unmet":
        return _UNKNOWN * (1.0 - shortfall(verdict))
    return 1.0 if verdict.outcome == "met" else _UNKNOWN


def total(weights: dict[str, float], values: dict[str, float]) -> float:
    """The score of the parts that have a value."""
    found = 0.0
    for name, value in values.items():
        if name in weights:
            found += weights[name] * value
    return found


def parts_of(weights: dict[str, float], values: dict[str, float]) -> list[Part]:
    """The parts in words and numbers, rounded; their points are what the score is made of."""
    return [_part(name, weight, values[name]) for name, weight in weights.items()]


@lru_cache(maxsize=10_000)
def _part(name: str, weight: float, value: float) -> Part:
    return Part(
        name=name,
        weight=weight,
        value=round(value, _DIGITS),
        points=int(weight * value * _UNITS + 0.5) / _UNITS,
    )


def score_of(weights: dict[str, float], values: dict[str, float]) -> float:
    """The score: the sum of the points that `parts_of` shows, added as whole millionths."""
    found = 0
    for name, weight in weights.items():
        found += int(weight * values[name] * _UNITS + 0.5)
    return min(found, _UNITS) / _UNITS


def tie_break(need_id: str, supplier_id: str) -> bytes:
    """A seeded order for equal scores: another one for each need, so that no name or id is favoured."""
    return blake2b(f"{need_id}|{supplier_id}".encode(), key=TIE_SEED, digest_size=8).digest()
