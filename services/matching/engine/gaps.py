"""What would turn an "almost" into a match, whether it can be closed, and how far it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.matching.engine.records import Verdict

# Who has less than a quarter of the capacity would have to become another company; a pool may serve then.
LEAST_CAPACITY = 0.25


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """A mandatory requirement that is unmet.

    `distance` is the share that is missing, 0 to 1: of a capacity what lacks of it, of a certificate 1.
    `missing` is that in units where there are any: {"amount", "unit"}.
    """

    requirement: str
    reason: str
    closable: bool
    distance: float
    asked: dict[str, Any]
    found: dict[str, Any] | None = None
    missing: dict[str, Any] | None = None


def gaps_of(verdicts: Sequence[Verdict]) -> list[Gap]:
    """The gaps among a supplier's verdicts, in their order; none for a match."""
    return [_gap(each) for each in verdicts if each.mandatory and each.outcome == "unmet"]


def only_closable(gaps: Sequence[Gap]) -> bool:
    """Whether gaps are all that separates the two, and all of them can be closed."""
    return bool(gaps) and all(each.closable for each in gaps)


def _gap(verdict: Verdict) -> Gap:
    distance, missing = 1.0, None
    closable = verdict.requirement == "certification"
    if verdict.requirement == "capacity" and verdict.measured is not None:
        asked = verdict.asked["amount"]
        missing = {"amount": round(asked - verdict.measured, 6), "unit": verdict.asked["unit"]}
        distance = round(missing["amount"] / asked, 6)
        closable = distance <= 1.0 - LEAST_CAPACITY
    return Gap(
        requirement=verdict.requirement,
        reason=verdict.reason,
        closable=closable,
        distance=distance,
        asked=verdict.asked,
        found=verdict.found,
        missing=missing,
    )
