"""Small suppliers who sell as one: the smallest group, near each other, that has the capacity together."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from services.matching.engine import places
from services.matching.engine.ranking import assess
from services.matching.engine.scoring import tie_break

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from services.matching.engine.records import Match, Need, Profile, Supplier

MOST_MEMBERS = 10


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A supplier of a pool: what it has a month, and the share of the need that falls on it."""

    supplier_id: str
    supplier_name: str
    department: str | None
    capacity: float
    share: float


class Pool(msgspec.Struct, frozen=True, kw_only=True):
    """A group that together meets every requirement. Amounts are in `unit`; shares add up to 1."""

    unit: str
    asked: float
    members: list[Member]


class _Candidate(NamedTuple):
    supplier: Supplier
    match: Match
    capacity: float


def pool_of(need: Need, profile: Profile, suppliers: Iterable[Supplier]) -> Pool | None:
    """The smallest pool for a need's minimum capacity, or None if no group of up to ten near ones has it.

    A member lacks nothing mandatory but capacity. Near means the same department or a neighbouring one.
    Of groups of one size the better matching one is taken; each member's share is by its capacity.
    """
    asked = need.minimum_capacity
    if asked is None or asked.amount <= 0:
        return None
    candidates = _candidates(need, profile, suppliers)
    best: list[_Candidate] = []
    for seed in candidates:
        group = _group(seed, candidates, asked.amount)
        if group and (not best or _order(group, need) < _order(best, need)):
            best = group
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
        )
        for each in best
    ]
    return Pool(unit=asked.unit, asked=asked.amount, members=members)


def _candidates(need: Need, profile: Profile, suppliers: Iterable[Supplier]) -> list[_Candidate]:
    """Those whose capacity is known and too small, and who lack nothing else, the largest first."""
    found = []
    for supplier in suppliers:
        match = assess(need, profile, supplier)
        lacking = [v for v in match.verdicts if v.mandatory and v.outcome == "unmet"] if match else []
        if match is None or [each.requirement for each in lacking] != ["capacity"]:
            continue
        capacity = lacking[0].measured
        if capacity:
            found.append(_Candidate(supplier, match, capacity))
    found.sort(key=lambda each: (-each.capacity, tie_break(need.need_id, each.supplier.company_id)))
    return found


def _group(seed: _Candidate, candidates: Sequence[_Candidate], asked: float) -> list[_Candidate]:
    """The seed and the largest ones near it until they have enough; empty if they never have."""
    group, total = [seed], seed.capacity
    for each in candidates:
        if total >= asked or len(group) == MOST_MEMBERS:
            break
        if each is not seed and _is_near(seed.supplier, each.supplier):
            group.append(each)
            total += each.capacity
    return group if total >= asked else []


def _is_near(one: Supplier, other: Supplier) -> bool:
    if one.place.country != other.place.country or one.place.department is None:
        return False
    if one.place.department == other.place.department:
        return True
    return places.elsewhere(one.place, other.place) >= places.NEIGHBOUR


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
