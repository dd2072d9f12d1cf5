"""What would make a match of an "almost", or a better one of a match: closable or not, and how far it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.matching.engine.records import Verdict

# The largest distance that a supplier can be expected to close; what is not here can't be closed at all, as
# where a company is or how large. Who has less than a quarter of the capacity would have to become another
# company (a pool may serve then); a quarter is what a price gives way to negotiation and better processes.
CLOSABLE = {
    "certification": 1.0,
    "capacity": 0.75,
    "budget": 0.25,
    "minimum_order": 0.75,
    "lead_time": 0.75,
    "payment_term": 1.0,
}
# The codes only classify; another one is not something that a supplier lacks.
_NO_GAPS = frozenset({"unspsc", "ciiu"})


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """A requirement that is unmet; only mandatory ones separate a supplier from a need.

    `distance` is the share that is missing, 0 to 1: of a capacity or a term what lacks of it, of a price,
    a lead time or a minimum order what is too much of it, of a certificate 1. `missing` is that in units
    where there are any: {"amount", "unit"}, {"amount", "currency"}, {"days"}, {"kilometres"}.
    """

    requirement: str
    reason: str
    closable: bool
    distance: float
    asked: dict[str, Any]
    found: dict[str, Any] | None = None
    missing: dict[str, Any] | None = None
    mandatory: bool = True


def gaps_of(verdicts: Sequence[Verdict]) -> list[Gap]:
    """The gaps among a supplier's verdicts, in their order."""
    return [_gap(each) for each in verdicts if each.outcome == "unmet" and each.requirement not in _NO_GAPS]


def only_closable(gaps: Sequence[Gap]) -> bool:
    """Whether mandatory gaps are all that separates the two, and all of them can be closed."""
    separating = [each for each in gaps if each.mandatory]
    return bool(separating) and all(each.closable for each in separating)


def shortfall(verdict: Verdict) -> float:
    """The distance of an unmet requirement."""
    measured = verdict.measured
    if measured is None or verdict.requirement == "region":
        return 1.0
    asked: float = _asked(verdict)
    return round(abs(asked - measured) / max(asked, measured), 6)


def _asked(verdict: Verdict) -> Any:
    """The number that something measured is compared with."""
    return verdict.asked["amount" if "amount" in verdict.asked else "days"]


def _missing(verdict: Verdict) -> dict[str, Any] | None:
    """What is missing in its unit."""
    if verdict.measured is None:
        return None
    if verdict.requirement == "region":
        return {"kilometres": verdict.measured}
    unit = {name: value for name, value in verdict.asked.items() if name in {"unit", "currency"}}
    missing = abs(_asked(verdict) - verdict.measured)
    if not unit or "currency" in unit:
        missing = round(missing)
    return {"amount": round(missing, 6), **unit} if unit else {"days": missing}


def _gap(verdict: Verdict) -> Gap:
    distance = shortfall(verdict)
    return Gap(
        requirement=verdict.requirement,
        reason=verdict.reason,
        closable=distance <= CLOSABLE.get(verdict.requirement, -1.0),
        distance=distance,
        asked=verdict.asked,
        found=verdict.found,
        missing=_missing(verdict),
        mandatory=verdict.mandatory,
    )
