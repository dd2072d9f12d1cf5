"""From a need to its shortlist: candidates by the index, the exact score, verdicts, order."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from services.matching.engine import scoring
from services.matching.engine.profiles import profile_of
from services.matching.engine.records import Match, Profile
from services.matching.engine.vectors import vector
from services.matching.engine.verdicts import judge, lacks_mandatory
from services.matching.engine.weights import LEAST_CODES, LEAST_TEXT, SHIPPED, Weights

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from services.matching.engine.index import SupplierIndex
    from services.matching.engine.records import Context, Need, Offering, Supplier
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
    candidates = [
        _scored(need, profile, each.supplier, (each.texts, each.codes))
        for each in found
        if each.supplier.company_id not in excluded and not is_own(need, each.supplier)
    ]
    candidates.sort(
        key=lambda each: (
            -scoring.total(parts, each.values),
            scoring.tie_break(need.need_id, each.supplier.company_id),
        )
    )
    judged = sorted(_judged_first((need, profile), parts, candidates, size), key=_order)
    return Shortlist(
        profile=profile,
        matches=[each for each in judged if not each.almost][:size],
        almost=[each for each in judged if each.almost][:ALMOST_SIZE],
    )


def _judged_first(
    asked: tuple[Need, Profile], parts: dict[str, float], candidates: Sequence[_Scored], size: int
) -> list[Match]:
    """The candidates, best first, judged until no other can come among the first `size`.

    Where something is mandatory, until there are also enough that lack it, or twice `size`.
    """
    need, profile = asked
    judged: list[Match] = []
    fitting: list[float] = []
    open_points = scoring.open_points(parts)
    mandatory = bool(need.required_certifications) or need.minimum_capacity is not None
    for each in candidates[: max(_JUDGED, 2 * size)]:
        best_left = scoring.total(parts, each.values) + open_points
        enough = not mandatory or len(judged) - len(fitting) >= ALMOST_SIZE
        if enough and len(fitting) >= size and heapq.nlargest(size, fitting)[-1] > best_left + _ROUNDING:
            break
        match = _judged(need, profile.context, parts, each)
        judged.append(match)
        if not match.almost:
            fitting.append(match.score)
    return judged


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
    candidate = _scored(need, profile, supplier, (texts, shared))
    return _judged(need, profile.context, scoring.weights_for(need, profile), candidate)


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
    ranked = sorted(zip(fit, supplier.offerings, strict=True), key=lambda each: (-each[0], each[1].title))
    offered = [each for each in ranked if each[1].past is None] or ranked
    found = [offering for score, offering in offered if score >= _RELEVANT_SHARE * offered[0][0]][:6]
    past = [each for each in ranked if each[1].past is not None]
    return found + [offering for score, offering in past if score >= _RELEVANT_SHARE * ranked[0][0]][:1]


def _judged(need: Need, context: Context, weights: dict[str, float], candidate: _Scored) -> Match:
    supplier, values, fit = candidate
    offerings = _relevant(supplier, fit)
    verdicts = judge(need, supplier, offerings, context)
    parts = scoring.parts_of(weights, values | scoring.requirement_values(weights, verdicts))
    return Match(
        need_id=need.need_id,
        supplier_id=supplier.company_id,
        supplier_name=supplier.name,
        score=scoring.score_of(parts),
        parts=parts,
        verdicts=verdicts,
        offering_id=offerings[0].offering_id,
        offering_title=offerings[0].title,
        almost=lacks_mandatory(verdicts),
    )


def _order(match: Match) -> tuple[float, bytes]:
    return -match.score, scoring.tie_break(match.need_id, match.supplier_id)
