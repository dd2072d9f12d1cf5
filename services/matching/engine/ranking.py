"""From a need to its shortlist: candidates by the index, the exact score, verdicts, order."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import msgspec

from services.matching.engine import scoring
from services.matching.engine.profiles import profile_of
from services.matching.engine.records import Match, Profile
from services.matching.engine.vectors import vector
from services.matching.engine.verdicts import judge, lacks_mandatory
from services.matching.engine.weights import LEAST_CODES, LEAST_TEXT, SHIPPED, Weights

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from services.matching.engine.index import SupplierIndex
    from services.matching.engine.records import Context, Need, Offering, Supplier, Verdict
    from services.matching.engine.vectors import Vector

SHORTLIST_SIZE = 50
ALMOST_SIZE = 20
_CANDIDATE_OFFERINGS = 150
_JUDGED = 100
_RELEVANT_SHARE = 0.5
_ROUNDING = 1e-5


class Shortlist(msgspec.Struct, frozen=True, kw_only=True):
    """The best suppliers for a need, best first, and apart those that lack something mandatory."""

    profile: Profile
    matches: list[Match]
    almost: list[Match]


class _Scored(NamedTuple):
    supplier: Supplier
    values: dict[str, float]
    fit: list[float]


class _Judged(NamedTuple):
    supplier: Supplier
    values: dict[str, float]
    verdicts: list[Verdict]
    offering: Offering
    score: float
    almost: bool


_T = TypeVar("_T", _Scored, _Judged)


def shortlist(
    index: SupplierIndex,
    need: Need,
    excluded: Collection[str] = (),
    size: int = SHORTLIST_SIZE,
    weights: Weights = SHIPPED,
) -> Shortlist:
    """The `size` best suppliers for a need and up to 20 that almost fit.

    `excluded` are suppliers that the anchor dismissed. The anchor itself and its group are never in it.
    """
    profile, texts = profile_of(index, need, weights)
    found = index.search(profile, need, texts, max(_CANDIDATE_OFFERINGS, 3 * size))
    parts = scoring.weights_for(need, profile)
    scored = (
        _scored(need, profile, each.supplier, (each.texts, each.codes))
        for each in found
        if each.supplier.company_id not in excluded and not is_own(need, each.supplier)
    )
    candidates = _in_order(need, [(scoring.total(parts, each.values), each) for each in scored])
    judged = _judged_first((need, profile), parts, candidates, size)
    ranked = [each for _, each in _in_order(need, [(each.score, each) for each in judged])]
    fitting = [each for each in ranked if not each.almost][:size]
    almost = [each for each in ranked if each.almost][:ALMOST_SIZE]
    return Shortlist(
        profile=profile,
        matches=[_match(need, parts, each) for each in fitting],
        almost=[_match(need, parts, each) for each in almost],
    )


def _judged_first(
    asked: tuple[Need, Profile],
    parts: dict[str, float],
    candidates: Sequence[tuple[float, _Scored]],
    size: int,
) -> list[_Judged]:
    """The candidates, best first, judged until no other can come among the first `size`.

    Where something is mandatory, until there are also enough that lack it, or twice `size`.
    """
    need, profile = asked
    judged: list[_Judged] = []
    # The scores of the first `size` that fit, the lowest of them first.
    fitting: list[float] = []
    almost = 0
    open_points = scoring.open_points(parts)
    mandatory = bool(need.required_certifications) or need.minimum_capacity is not None
    for total, each in candidates[: max(_JUDGED, 2 * size)]:
        enough = not mandatory or almost >= ALMOST_SIZE
        if enough and len(fitting) >= size and fitting[0] > total + open_points + _ROUNDING:
            break
        found = _judged(need, profile.context, parts, each)
        judged.append(found)
        if found.almost:
            almost += 1
        elif len(fitting) < size:
            heapq.heappush(fitting, found.score)
        else:
            heapq.heappushpop(fitting, found.score)
    return judged


def _in_order(need: Need, scored: list[tuple[float, _T]]) -> list[tuple[float, _T]]:
    """Highest score first; a seeded hash, which costs more than the score, only where some are equal."""
    scored.sort(key=lambda each: -each[0])
    for start, stop in _ties([score for score, _ in scored]):
        scored[start:stop] = sorted(
            scored[start:stop],
            key=lambda each: scoring.tie_break(need.need_id, each[1].supplier.company_id),
        )
    return scored


def _ties(scores: Sequence[float]) -> Iterator[tuple[int, int]]:
    """Where runs of equal scores begin and end."""
    start = 0
    for place in range(1, len(scores) + 1):
        if place == len(scores) or scores[place] != scores[start]:
            if place - start > 1:
                yield start, place
            start = place


def assess(
    need: Need, profile: Profile, supplier: Supplier, vectors: Sequence[Vector] | None = None
) -> Match | None:
    """One supplier measured against one need by the need's profile; None if nothing links them.

    `vectors` are those of the supplier's offerings, when they are at hand.
    """
    if is_own(need, supplier):
        return None
    known = vectors or [vector(offering) for offering in supplier.offerings]
    texts = [_dot(profile.terms, each.terms) for each in known]
    shared = [min(1.0, _dot(profile.codes, dict.fromkeys(each.branches, 1.0))) for each in known]
    if not is_linked(profile, texts, shared):
        return None
    weights = scoring.weights_for(need, profile)
    scored = _scored(need, profile, supplier, (texts, shared))
    return _match(need, weights, _judged(need, profile.context, weights, scored))


def is_linked(profile: Profile, texts: Sequence[float], shared: Sequence[float]) -> bool:
    """Whether an offering has more in common with the need than a chance word or a guessed code."""
    if max(texts, default=0.0) >= LEAST_TEXT:
        return True
    return not profile.inferred and max(shared, default=0.0) >= LEAST_CODES


def is_own(need: Need, supplier: Supplier) -> bool:
    """Whether the supplier is the anchor itself or of its declared group."""
    if supplier.company_id == need.company_id:
        return True
    return need.group is not None and need.group == supplier.group


def _dot(wanted: dict[str, float], weights: dict[str, float]) -> float:
    """Sums in the order of `wanted`, as the index does, so that both give the same number."""
    score = 0.0
    for term, value in wanted.items():
        weight = weights.get(term)
        if weight is not None:
            score += value * weight
    return score


def _scored(
    need: Need, profile: Profile, supplier: Supplier, evidence: tuple[Sequence[float], Sequence[float]]
) -> _Scored:
    weights = profile.weights
    values = scoring.values_of(need, profile, supplier, evidence)
    fit = [weights.text * text + weights.codes * code for text, code in zip(*evidence, strict=True)]
    return _Scored(supplier, values, fit)


def _relevant(supplier: Supplier, fit: Sequence[float]) -> list[Offering]:
    """The offerings that fit at least half as well as the best one, best first, then past ones that do so."""
    if len(supplier.offerings) == 1:
        return supplier.offerings
    best = max(fit)
    near = [
        (-score, offering.title, offering.past is not None, offering)
        for score, offering in zip(fit, supplier.offerings, strict=True)
        if score >= _RELEVANT_SHARE * best or offering.past is None
    ]
    near.sort(key=lambda each: each[:2])
    offered = [each for each in near if not each[2]] or near
    floor = _RELEVANT_SHARE * offered[0][0]
    past = [each[3] for each in near if each[2]][:1] if len(offered) < len(near) else []
    return [each[3] for each in offered if each[0] <= floor][:6] + past


def _judged(need: Need, context: Context, weights: dict[str, float], candidate: _Scored) -> _Judged:
    supplier, values, fit = candidate
    offerings = _relevant(supplier, fit)
    verdicts = judge(need, supplier, offerings, context)
    values = values | scoring.requirement_values(weights, verdicts)
    score = scoring.score_of(weights, values)
    return _Judged(supplier, values, verdicts, offerings[0], score, lacks_mandatory(verdicts))


def _match(need: Need, weights: dict[str, float], judged: _Judged) -> Match:
    return Match(
        need_id=need.need_id,
        supplier_id=judged.supplier.company_id,
        supplier_name=judged.supplier.name,
        score=judged.score,
        parts=scoring.parts_of(weights, judged.values),
        verdicts=judged.verdicts,
        offering_id=judged.offering.offering_id,
        offering_title=judged.offering.title,
        almost=judged.almost,
    )
