"""From a need to its shortlist: candidates by the index, the exact score, verdicts, order."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from services.matching.engine import scoring
from services.matching.engine.index import Evidence
from services.matching.engine.profiles import profile_of
from services.matching.engine.records import Match, Need, Profile
from services.matching.engine.vectors import vector
from services.matching.engine.verdicts import judge, lacks_mandatory
from services.matching.engine.weights import LEAST_CODES, LEAST_TEXT, SHIPPED, Weights

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from services.matching.engine.index import SupplierIndex
    from services.matching.engine.records import Offering, Supplier
    from services.matching.engine.vectors import Vector

SHORTLIST_SIZE = 50
ALMOST_SIZE = 20
_CANDIDATE_OFFERINGS = 150
_RELEVANT_SHARE = 0.5
_ROUNDING = 1e-5
# The requirements that can be mandatory.
_QUICK = frozenset({"certification", "capacity"})


class Shortlist(msgspec.Struct, frozen=True, kw_only=True):
    """The best suppliers for a need, best first, and apart those that lack something mandatory.

    With a `reach` above 0 there were more suppliers that have something to do with the need than were looked
    at: about those that score less nothing is known.
    """

    profile: Profile
    matches: list[Match]
    almost: list[Match]
    reach: float = 0.0


class _Scored(NamedTuple):
    supplier: Supplier
    values: dict[str, float]
    fit: list[float]
    total: float


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
    found, is_all = index.search(profile, need, texts, max(_CANDIDATE_OFFERINGS, 3 * size))
    parts = scoring.weights_for(need, profile)
    candidates = [
        _scored(need, profile, parts, each)
        for each in found
        if each.supplier.company_id not in excluded and not is_own(need, each.supplier)
    ]
    candidates.sort(key=lambda each: -each.total)
    fitting, almost = _judged_first((need, profile), parts, candidates, size)
    return Shortlist(
        profile=profile,
        matches=sorted(fitting, key=_order)[:size],
        almost=sorted(almost, key=_order)[:ALMOST_SIZE],
        reach=0.0 if is_all or not candidates else min(1.0, candidates[-1].total),
    )


def mandatory_of(need: Need) -> Need | None:
    """The need with its certificates and capacity alone; None if nothing of them is mandatory."""
    if not need.required_certifications and need.minimum_capacity is None:
        return None
    return Need(
        need_id=need.need_id,
        company_id=need.company_id,
        title="",
        required_certifications=need.required_certifications,
        desirable_certifications=need.desirable_certifications,
        minimum_capacity=need.minimum_capacity,
        closes_on=need.closes_on,
    )


class _Best:
    """The matches of one of the two lists, of which `size` are wanted."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.matches: list[Match] = []
        self._scores: list[float] = []

    @property
    def is_full(self) -> bool:
        return len(self._scores) == self.size

    def is_closed(self, most: float) -> bool:
        """Whether one that scores no more than `most` would come too late."""
        return self.is_full and (not self.size or self._scores[0] > most + _ROUNDING)

    def add(self, match: Match) -> None:
        self.matches.append(match)
        (heapq.heappush if len(self._scores) < self.size else heapq.heappushpop)(self._scores, match.score)


def _judged_first(
    asked: tuple[Need, Profile], parts: dict[str, float], candidates: Sequence[_Scored], size: int
) -> tuple[list[Match], list[Match]]:
    """The candidates that fit and those that almost do, judged until no other can come among the first."""
    need, profile = asked
    mandatory = mandatory_of(need)
    lists = {False: _Best(size), True: _Best(ALMOST_SIZE if mandatory else 0)}
    quick = {name: value for name, value in parts.items() if mandatory and name in _QUICK}
    others = scoring.open_points(parts) - sum(quick.values())
    for each in candidates:
        most = each.total + others + sum(quick.values())
        if all(one.is_closed(most) for one in lists.values()):
            break
        offerings = _relevant(each.supplier, each.fit)
        if mandatory and any(one.is_full for one in lists.values()):
            # What is mandatory is quickly judged, and mostly says that the other verdicts are not wanted.
            verdicts = judge(mandatory, each.supplier, offerings, profile.context)
            one = lists[lacks_mandatory(verdicts)]
            if one.is_full:
                known = scoring.total(quick, scoring.requirement_values(quick, verdicts))
                if one.is_closed(each.total + others + known):
                    continue
        match = _judged((need, profile), parts, each, offerings)
        lists[match.almost].add(match)
    return lists[False].matches, lists[True].matches


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
    parts = scoring.weights_for(need, profile)
    candidate = _scored(need, profile, parts, Evidence(supplier, texts, shared))
    return _judged((need, profile), parts, candidate, _relevant(supplier, candidate.fit))


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


def _scored(need: Need, profile: Profile, parts: dict[str, float], found: Evidence) -> _Scored:
    weights = profile.weights
    supplier, texts, codes = found
    values = scoring.values_of(need, profile, supplier, (texts, codes))
    fit = [weights.text * text + weights.codes * code for text, code in zip(texts, codes, strict=True)]
    return _Scored(supplier, values, fit, scoring.total(parts, values))


def _relevant(supplier: Supplier, fit: Sequence[float]) -> list[Offering]:
    """The offerings that fit at least half as well as the best one, best first, then past ones that do so."""
    ranked = sorted(zip(fit, supplier.offerings, strict=True), key=lambda each: (-each[0], each[1].title))
    offered = [each for each in ranked if each[1].past is None] or ranked
    found = [offering for score, offering in offered if score >= _RELEVANT_SHARE * offered[0][0]][:6]
    past = [each for each in ranked if each[1].past is not None]
    return found + [offering for score, offering in past if score >= _RELEVANT_SHARE * ranked[0][0]][:1]


def _judged(
    asked: tuple[Need, Profile], weights: dict[str, float], candidate: _Scored, offerings: list[Offering]
) -> Match:
    need, profile = asked
    supplier, values = candidate.supplier, candidate.values
    verdicts = judge(need, supplier, offerings, profile.context)
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
