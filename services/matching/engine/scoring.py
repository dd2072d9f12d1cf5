"""The one score of a need and a supplier: 0 to 1, the sum of named parts.

Both directions use these functions on the same numbers, so both sides see the same score.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

from services.matching.engine import places
from services.matching.engine.records import Part
from services.matching.engine.weights import BREADTH_OFFERINGS, TIE_SEED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.matching.engine.records import Need, Profile, Supplier, Verdict

_VALUES = {"met": 1.0, "unknown": 0.5, "unmet": 0.0}
# Requirements that have a part of the score of their own are not counted a second time.
_COUNTED_ELSEWHERE = frozenset({"region", "unspsc"})
_DIGITS = 6


def breadth(texts: Sequence[float], share: float) -> float:
    """The text score of a supplier from its offerings': the best one, and `share` of the rest for others."""
    ranked = sorted(texts, reverse=True)[:BREADTH_OFFERINGS]
    if not ranked:
        return 0.0
    further = sum(score * 0.5**place for place, score in enumerate(ranked[1:]))
    best = min(1.0, ranked[0])
    return min(1.0, best + (1.0 - best) * share * further)


def weights_for(need: Need, profile: Profile) -> dict[str, float]:
    """The weights of the parts that this need asks about, scaled to add up to 1."""
    asked = {"text": True, "place": asks_place(need), "codes": bool(profile.codes)}
    asked["requirements"] = asks_requirements(need)
    weights = {name: getattr(profile.weights, name) for name, is_asked in asked.items() if is_asked}
    total = sum(weights.values())
    return {name: weight / total for name, weight in weights.items()}


def asks_place(need: Need) -> bool:
    """Whether the need says in which department it is to be served."""
    return need.place is not None and need.place.department is not None


def asks_requirements(need: Need) -> bool:
    """Whether the need has requirements that a supplier's capacity, prices or certificates can meet."""
    stated = (need.required_certifications, need.desirable_certifications, need.minimum_capacity)
    return any(stated) or need.budget is not None or need.quantity is not None


def values_of(
    need: Need, supplier: Supplier, evidence: tuple[Sequence[float], Sequence[float]], share: float
) -> dict[str, float]:
    """The values of all parts but the requirements'; `evidence` is (texts, codes) by offering,
    `share` what further ones add."""
    texts, codes = evidence
    values = {"text": breadth(texts, share), "codes": max(codes, default=0.0), "place": 0.0}
    if need.place is not None and asks_place(need):
        values["place"] = places.nearness(supplier, need.place)
    return values


def requirements_value(verdicts: Sequence[Verdict]) -> float:
    """The share of requirements met; an unknown one counts half."""
    counted = [_VALUES[each.outcome] for each in verdicts if each.requirement not in _COUNTED_ELSEWHERE]
    return sum(counted) / len(counted) if counted else 0.5


def total(weights: dict[str, float], values: dict[str, float]) -> float:
    """The score of the parts that have a value."""
    return sum(weight * values.get(name, 0.0) for name, weight in weights.items())


def parts_of(weights: dict[str, float], values: dict[str, float]) -> list[Part]:
    """The parts in words and numbers, rounded; their points are what the score is made of."""
    return [
        Part(
            name=name,
            weight=round(weight, _DIGITS),
            value=round(values[name], _DIGITS),
            points=round(weight * values[name], _DIGITS),
        )
        for name, weight in weights.items()
    ]


def score_of(parts: Sequence[Part]) -> float:
    """The score: the sum of the parts' points."""
    return round(min(1.0, sum(part.points for part in parts)), _DIGITS)


def tie_break(need_id: str, supplier_id: str) -> bytes:
    """A seeded order for equal scores: another one for each need, so that no name or id is favoured."""
    return blake2b(f"{need_id}|{supplier_id}".encode(), key=TIE_SEED, digest_size=8).digest()
