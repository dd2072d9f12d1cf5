"""From a need to its shortlist: candidates by the index, the exact score, verdicts, order."""

from __future__ import annotations

import heapq
import math
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from services.matching.engine import scoring
from services.matching.engine.index import Evidence
from services.matching.engine.profiles import profile_of
from services.matching.engine.records import Match, Need, Profile
from services.matching.engine.text import folded
from services.matching.engine.vectors import Offered
from services.matching.engine.verdicts import Judge, lacks_mandatory
from services.matching.engine.weights import LEAST_CODES, LEAST_TEXT, SHIPPED, Weights

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from services.matching.engine.index import SupplierIndex
    from services.matching.engine.records import Offering, Supplier, Verdict

SHORTLIST_SIZE = 50
ALMOST_SIZE = 20
_CANDIDATE_OFFERINGS = 120
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
    evidence: Evidence
    total: float


class _Judged(NamedTuple):
    supplier: Supplier
    values: dict[str, float]
    verdicts: list[Verdict]
    offering: Offering
    score: float
    almost: bool


def shortlist(
    index: SupplierIndex,
    need: Need,
    excluded: Collection[str] = (),
    size: int = SHORTLIST_SIZE,
    weights: Weights = SHIPPED,
) -> Shortlist:
    """The `size` best suppliers for a need and two fifths as many that almost fit.

    `excluded` are suppliers that the anchor dismissed. The anchor itself and its group are never in it.
    """
    profile, texts = profile_of(index, need, weights)
    found, is_all = index.search(profile, need, texts, max(_CANDIDATE_OFFERINGS, 2 * size))
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
        matches=[_match(need, parts, each) for each in fitting.in_order(need)],
        almost=[_match(need, parts, each) for each in almost.in_order(need)],
        reach=0.0 if is_all or not candidates else min(1.0, candidates[-1].total),
    )


def almost_size(size: int) -> int:
    """How many that almost fit go with so many that do."""
    return ALMOST_SIZE * size // SHORTLIST_SIZE


def has_mandatory(need: Need) -> bool:
    """Whether the need calls something mandatory, so that there can be suppliers who lack it."""
    return bool(need.required_certifications) or need.minimum_capacity is not None


class _Best:
    """What was judged for one of the two lists, of which the best `size` are wanted.

    Whoever scores less than its `floor` would come too late.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.floor = 0.0 if size else math.inf
        self._judged: list[_Judged] = []
        self._scores: list[float] = []

    def add(self, judged: _Judged) -> None:
        self._judged.append(judged)
        if len(self._scores) < self.size:
            heapq.heappush(self._scores, judged.score)
        else:
            heapq.heappushpop(self._scores, judged.score)
        if len(self._scores) == self.size:
            self.floor = self._scores[0] - _ROUNDING

    def in_order(self, need: Need) -> list[_Judged]:
        """The best, best first; equal scores by a seeded hash, which costs more than the score itself."""
        ranked = sorted(self._judged, key=lambda each: -each.score)
        found: list[_Judged] = []
        for _, equal in groupby(ranked, key=lambda each: each.score):
            ties = list(equal)
            if len(ties) > 1:
                ties.sort(key=lambda each: scoring.tie_break(need.need_id, each.supplier.company_id))
            found += ties
            if len(found) >= self.size:
                break
        return found[: self.size]


def _judged_first(
    asked: tuple[Need, Profile], parts: dict[str, float], candidates: Sequence[_Scored], size: int
) -> tuple[_Best, _Best]:
    """The candidates that fit and those that almost do, judged until no other can come among the first."""
    need, profile = asked
    fitting, almost = _Best(size), _Best(almost_size(size) if has_mandatory(need) else 0)
    judge = Judge(need, profile.context)
    known_first = _QUICK if need.minimum_capacity is not None else _QUICK - {"capacity"}
    quick = {name: value for name, value in parts.items() if name in known_first}
    open_points = scoring.open_points(parts)
    others = open_points - sum(quick.values())
    for each in candidates:
        most = each.total + open_points
        if most < fitting.floor and most < almost.floor:
            break
        offerings = _relevant(profile, each.evidence)
        # What is mandatory is quickly judged, and mostly says that the other verdicts are not wanted.
        verdicts = judge.first(each.supplier, offerings)
        lacks = lacks_mandatory(verdicts)
        one = almost if lacks else fitting
        if most < one.floor:
            continue
        if one.floor > 0.0:
            known = scoring.total(quick, scoring.requirement_values(quick, verdicts))
            if each.total + others + known < one.floor:
                continue
        verdicts = judge.all(each.supplier, offerings, verdicts)
        one.add(_judged(parts, each, (offerings[0], verdicts, lacks)))
    return fitting, almost


def assess(need: Need, profile: Profile, supplier: Supplier, offered: Offered | None = None) -> Match | None:
    """One supplier measured against one need by the need's profile; None if nothing links them.

    `offered` are the vectors of the supplier's offerings, when they are at hand.
    """
    if is_own(need, supplier):
        return None
    known = offered or Offered(supplier.offerings)
    texts, shared = known.texts(profile.terms), known.shared(profile.codes)
    if not is_linked(profile, texts, shared):
        return None
    parts = scoring.weights_for(need, profile)
    candidate = _scored(need, profile, parts, Evidence(supplier, texts, shared))
    offerings = _relevant(profile, candidate.evidence)
    verdicts = Judge(need, profile.context).all(supplier, offerings)
    judged = (offerings[0], verdicts, lacks_mandatory(verdicts))
    return _match(need, parts, _judged(parts, candidate, judged))


def is_linked(profile: Profile, texts: Sequence[float], shared: Sequence[float]) -> bool:
    """Whether an offering has more in common with the need than a chance word or a guessed code."""
    if max(texts, default=0.0) >= LEAST_TEXT:
        return True
    return not profile.inferred and max(shared, default=0.0) >= LEAST_CODES


def is_own(need: Need, supplier: Supplier) -> bool:
    """Whether the supplier is the anchor itself or of its declared group."""
    if supplier.company_id == need.company_id:
        return True
    if need.group is None or supplier.group is None:
        return False
    return _group(need.group) == _group(supplier.group)


@lru_cache(maxsize=10_000)
def _group(name: str) -> str:
    """A group's name however it is written: `Grupo Éxito S.A.` and `GRUPO EXITO SA` are one."""
    return " ".join(folded(name).replace(".", "").split())


def _scored(need: Need, profile: Profile, parts: dict[str, float], found: Evidence) -> _Scored:
    values = scoring.values_of(need, profile, found.supplier, (found.texts, found.codes))
    return _Scored(found.supplier, values, found, scoring.total(parts, values))


def _relevant(profile: Profile, found: Evidence) -> list[Offering]:
    """The offerings that fit at least half as well as the best one, best first, then past ones that do so."""
    supplier, texts, codes = found
    if len(texts) == 1:
        return supplier.offerings
    weight, other = profile.weights.text, profile.weights.codes
    fit = [weight * text + other * code for text, code in zip(texts, codes, strict=True)]
    fitting = list(zip(fit, supplier.offerings, strict=True))
    past = [each for each in fitting if each[1].past is not None]
    if not past or len(past) == len(fitting):
        return _nearest(fitting, max(fit))[:6]
    offered = [each for each in fitting if each[1].past is None]
    return _nearest(offered, max(score for score, _ in offered))[:6] + _nearest(past, max(fit))[:1]


def _nearest(fitting: Sequence[tuple[float, Offering]], most: float) -> list[Offering]:
    """Those that fit at least half as well as `most`, best first."""
    floor = _RELEVANT_SHARE * most
    near = [each for each in fitting if each[0] >= floor]
    if len(near) > 1:
        near.sort(key=lambda each: (-each[0], each[1].title))
    return [offering for _, offering in near]


def _judged(
    weights: dict[str, float], candidate: _Scored, judged: tuple[Offering, list[Verdict], bool]
) -> _Judged:
    """`judged` are the offering that fits best, the verdicts, and whether something mandatory lacks."""
    offering, verdicts, lacks = judged
    values = candidate.values | scoring.requirement_values(weights, verdicts)
    return _Judged(candidate.supplier, values, verdicts, offering, scoring.score_of(weights, values), lacks)


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
