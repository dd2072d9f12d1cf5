"""Small suppliers who sell as one: the smallest group, near each other, that has the capacity together."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from services.matching.engine import places
from services.matching.engine.gaps import gaps_of
from services.matching.engine.ranking import assess
from services.matching.engine.scoring import tie_break
from shared.divipola import DEPARTMENTS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from services.matching.engine.records import Match, Need, Profile, Supplier

MOST_MEMBERS = 30
# Where only a pool may serve, a shortlist is made of so many, and of the number of almosts that goes with it.
LOOKED_AT = 250
# Who fits a need's words and codes less than half as well as the best candidate sells something else.
_RELEVANT_SHARE = 0.5
_NOBODY: Mapping[str, Collection[str]] = {}


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A supplier of a pool: what it has a month, and the share of the need that falls on it.

    `to_confirm` names what else is mandatory and the supplier has not stated.
    """

    supplier_id: str
    supplier_name: str
    department: str | None
    capacity: float
    share: float
    to_confirm: list[str] = []


class Pool(msgspec.Struct, frozen=True, kw_only=True):
    """A group that together meets every mandatory requirement, but for what is to be confirmed.

    Amounts are in `unit`; shares add up to 1.
    """

    unit: str
    asked: float
    members: list[Member]


class _Candidate(NamedTuple):
    supplier: Supplier
    match: Match
    capacity: float
    to_confirm: list[str]
    meets_wishes: bool


def wants_pool(need: Need, matches: Iterable[Match]) -> bool:
    """Whether the need names a capacity that none of those who fit it is known to have alone."""
    verdicts = (each for match in matches for each in match.verdicts if each.requirement == "capacity")
    return need.minimum_capacity is not None and all(each.outcome != "met" for each in verdicts)


def pool_of(
    need: Need,
    profile: Profile,
    suppliers: Iterable[Supplier],
    apart: Mapping[str, Collection[str]] = _NOBODY,
) -> Pool | None:
    """The smallest pool for a need's minimum capacity, or None if no group of up to 30 near ones has it.

    A member lacks nothing mandatory but capacity and sells what is asked for; who does not meet a mere wish
    comes in only where there is no group without, and who has not stated something mandatory only where there
    is none with all the rest. Near is who is in the same department as all others or in
    a neighbouring one. Of groups of one size that in fewer departments is taken, then the better matching
    one; each member's share is by its capacity. `apart` says of suppliers with whom they must not be
    together.
    """
    asked = need.minimum_capacity
    if asked is None or asked.amount <= 0:
        return None
    candidates = _candidates(need, profile, suppliers)
    sure = [each for each in candidates if not each.to_confirm]
    perfect = [each for each in sure if each.meets_wishes]
    best = next(
        (group for some in (perfect, sure, candidates) if (group := _smallest(need, some, apart))), []
    )
    if not best:
        return None
    total = sum(each.capacity for each in best)
    members = [
        Member(
            supplier_id=each.supplier.company_id,
            supplier_name=each.supplier.name,
            department=each.supplier.place.department,
            capacity=each.capacity,
            share=each.capacity / total,
            to_confirm=each.to_confirm,
        )
        for each in best
    ]
    return Pool(unit=asked.unit, asked=asked.amount, members=members)


def _candidates(need: Need, profile: Profile, suppliers: Iterable[Supplier]) -> list[_Candidate]:
    """Those whose capacity is known and too small, and who lack nothing else, the largest first."""
    found = []
    for supplier in suppliers:
        match = assess(need, profile, supplier)
        mandatory = [each for each in match.verdicts if each.mandatory] if match else []
        lacking = [each for each in mandatory if each.outcome == "unmet"]
        if match is None or [each.requirement for each in lacking] != ["capacity"]:
            continue
        unknown = [
            str(each.asked.get("standard", each.requirement))
            for each in mandatory
            if each.outcome == "unknown"
        ]
        if lacking[0].measured:
            wishes = all(gap.mandatory for gap in gaps_of(match.verdicts))
            found.append(_Candidate(supplier, match, lacking[0].measured, unknown, wishes))
    least = _RELEVANT_SHARE * max((_fit(each.match) for each in found), default=0.0)
    found = [each for each in found if _fit(each.match) >= least]
    found.sort(key=lambda each: (-each.capacity, tie_break(need.need_id, each.supplier.company_id)))
    return found


def _fit(match: Match) -> float:
    """How much of the score says that the supplier sells what is asked for."""
    return sum(part.points for part in match.parts if part.name in {"text", "codes"})


def _smallest(
    need: Need, candidates: Sequence[_Candidate], apart: Mapping[str, Collection[str]]
) -> list[_Candidate]:
    """The best group; empty if there is none.

    In a set of departments that are all near each other the largest ones are the smallest group, so that
    going through the sets finds the smallest of all.
    """
    asked = need.minimum_capacity.amount if need.minimum_capacity else 0.0
    present = frozenset(
        each.supplier.place.department
        for each in candidates
        if each.supplier.place.country == "CO" and each.supplier.place.department
    )
    best: list[_Candidate] = []
    for near in _near_each_other():
        if near <= present:
            here = [each for each in candidates if _department(each.supplier) in near]
            group = _largest(here, asked, apart)
            if group and (not best or _order(group, need) < _order(best, need)):
                best = group
    return best


def _department(supplier: Supplier) -> str | None:
    return supplier.place.department if supplier.place.country == "CO" else None


def _largest(
    candidates: Sequence[_Candidate], asked: float, apart: Mapping[str, Collection[str]]
) -> list[_Candidate]:
    """The largest ones until they have enough; empty if as many as there may be never have."""
    group: list[_Candidate] = []
    barred: set[str] = set()
    total = 0.0
    for each in candidates:
        company_id = each.supplier.company_id
        if company_id in barred:
            continue
        group.append(each)
        barred.update(apart.get(company_id, ()))
        total += each.capacity
        if total >= asked:
            return group
        if len(group) == MOST_MEMBERS:
            break
    return []


@cache
def _near_each_other() -> list[frozenset[str]]:
    """All sets of departments of which each borders on all the others, and each department alone."""
    borders = {each: frozenset(places.NEIGHBOURS.get(each, "").split()) for each in DEPARTMENTS}
    found: list[frozenset[str]] = []
    grown = [frozenset({department}) for department in borders]
    while grown:
        found += grown
        # Whoever is in a set does not border on itself, so that only others come in.
        grown = list({near | {each} for near in grown for each in borders if near <= borders[each]})
    return found


def _order(group: Sequence[_Candidate], need: Need) -> tuple[int, int, float, bytes]:
    """Fewer members first, then fewer departments, then the better match."""
    departments = {each.supplier.place.department for each in group}
    score = sum(each.match.score for each in group) / len(group)
    return (
        len(group),
        len(departments),
        -score,
        min(tie_break(need.need_id, each.supplier.company_id) for each in group),
    )
