"""Requirement by requirement: met, unmet or unknown. What is not stated is unknown, never unmet."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

from services.matching.engine import places
from services.matching.engine.codes import branches
from services.matching.engine.records import Verdict
from services.matching.engine.text import folded
from services.matching.engine.units import converted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from services.matching.engine.records import Need, Offering, Outcome, Supplier
    from shared.contracts.catalog import Place, Quantity
    from shared.money import Money

_YEAR = re.compile(r"[:/ -]\s*(19|20)\d\d\b")
_BEST_FIRST = {"met": 0, "unmet": 1, "unknown": 2}
_FAMILY_DIGITS, _CLASS_DIGITS = 4, 6


def judge(
    need: Need, supplier: Supplier, offerings: Sequence[Offering], on: date | None = None
) -> list[Verdict]:
    """All verdicts of a supplier for a need.

    `offerings` are the supplier's that fit the need, best first, at least one: a requirement is judged by
    the one that meets it best. `on` is the day that counts for certificates, by default the day on which
    the need closes.
    """
    day = on or need.closes_on
    verdicts = [_certification(name, supplier, day, True) for name in need.required_certifications]
    verdicts += [_certification(name, supplier, day, False) for name in need.desirable_certifications]
    capacity, budget, quantity = need.minimum_capacity, need.budget, need.quantity
    if capacity is not None:
        verdicts.append(_best(lambda each: _capacity(capacity, each), offerings))
    if budget is not None:
        verdicts.append(_best(lambda each: _budget(budget, quantity, each), offerings))
    if quantity is not None and any(each.minimum_order is not None for each in offerings):
        verdicts.append(_best(lambda each: _minimum_order(quantity, each), offerings))
    if need.place is not None and need.place.department is not None:
        verdicts.append(_region(need.place, supplier))
    if need.unspsc:
        verdicts.append(_best(lambda each: _unspsc(need.unspsc, each), offerings))
    return verdicts


def lacks_mandatory(verdicts: Sequence[Verdict]) -> bool:
    """Whether something that the need calls mandatory is unmet; unknown does not count."""
    return any(each.mandatory and each.outcome == "unmet" for each in verdicts)


@lru_cache(maxsize=10_000)
def standard_key(name: str) -> str:
    """A standard's name without case, accents, signs and year: `ISO 9001:2015` is `iso9001`."""
    return "".join(letter for letter in _YEAR.sub("", folded(name)) if letter.isalnum())


def _best(judge_one: Callable[[Offering], Verdict], offerings: Sequence[Offering]) -> Verdict:
    """The first verdict that is met, else the first that is unmet, else the first."""
    best = judge_one(offerings[0])
    for offering in offerings[1:]:
        if best.outcome == "met":
            break
        other = judge_one(offering)
        if _BEST_FIRST[other.outcome] < _BEST_FIRST[best.outcome]:
            best = other
    return best


def _certification(name: str, supplier: Supplier, day: date, mandatory: bool) -> Verdict:
    wanted = standard_key(name)
    held = [each for each in supplier.certifications if standard_key(each.standard) == wanted]
    outcome: Outcome = "unknown"
    reason, found = "not_stated", None
    if held:
        # The one that lasts longest counts, and one without a last day lasts longer than any other.
        lasting = max(held, key=lambda each: (each.expires_on is None, each.expires_on or day))
        expires = lasting.expires_on
        found = {"standard": lasting.standard, "expires_on": expires.isoformat() if expires else None}
        if expires is None:
            outcome, reason = "met", "held"
        else:
            outcome, reason = ("met", "valid_until") if expires >= day else ("unmet", "expired")
    return Verdict(
        requirement="certification",
        outcome=outcome,
        mandatory=mandatory,
        reason=reason,
        asked={"standard": name, "on": day.isoformat()},
        found=found,
    )


def _capacity(asked: Quantity, offering: Offering) -> Verdict:
    stated = offering.capacity_per_month
    amount = None if stated is None else converted(stated, asked.unit)
    outcome: Outcome = "unknown"
    if amount is not None:
        outcome, reason = ("met", "enough") if amount >= asked.amount else ("unmet", "too_little")
    else:
        reason = "not_stated" if stated is None else "units_differ"
    verdict = _in(offering, "capacity", (outcome, reason), asked, stated)
    return verdict if amount is None else msgspec.structs.replace(verdict, measured=amount)


def _budget(budget: Money, quantity: Quantity | None, offering: Offering) -> Verdict:
    prices = offering.price_range
    outcome: Outcome = "unknown"
    if prices is None:
        reason = "not_stated"
    elif prices.low.currency != budget.currency:
        reason = "currencies_differ"
    elif quantity is None:
        reason = "quantity_missing"
    else:
        amount = converted(quantity, prices.unit)
        if amount is None:
            reason = "units_differ"
        else:
            affordable = prices.low.amount * amount <= budget.amount
            outcome, reason = ("met", "within_budget") if affordable else ("unmet", "over_budget")
    return _in(offering, "budget", (outcome, reason), budget, prices)


def _minimum_order(quantity: Quantity, offering: Offering) -> Verdict:
    least = offering.minimum_order
    amount = None if least is None else converted(least, quantity.unit)
    outcome: Outcome = "unknown"
    if amount is not None:
        outcome, reason = (
            ("met", "order_large_enough") if amount <= quantity.amount else ("unmet", "order_too_small")
        )
    else:
        reason = "not_stated" if least is None else "units_differ"
    return _in(offering, "minimum_order", (outcome, reason), quantity, least)


def _region(wanted: Place, supplier: Supplier) -> Verdict:
    outcome: Outcome = "unknown"
    reason = "not_stated"
    found: dict[str, Any] | None = None
    if any(_same_department(seat, wanted) for seat in places.seats(supplier)):
        outcome, reason, found = "met", "located_there", {"department": places.name_of(wanted)}
    elif places.serves(supplier, wanted):
        outcome, reason, found = "met", "serves_there", {"regions": supplier.regions_served}
    elif supplier.regions_served:
        outcome, reason, found = "unmet", "serves_elsewhere", {"regions": supplier.regions_served}
    elif supplier.place.department is not None:
        found = {"department": places.name_of(supplier.place)}
    return Verdict(
        requirement="region",
        outcome=outcome,
        mandatory=False,
        reason=reason,
        asked={"department": places.name_of(wanted)},
        found=found,
    )


def _same_department(seat: Place, wanted: Place) -> bool:
    return seat.country == wanted.country and seat.department == wanted.department


def _unspsc(asked: list[str], offering: Offering) -> Verdict:
    shared = {branch for code in asked for branch in branches(code)}
    shared &= {branch for code in offering.unspsc for branch in branches(code)}
    depth = max(map(len, shared), default=0)
    outcome: Outcome = "unknown"
    if not offering.unspsc:
        reason = "not_stated"
    elif depth >= _CLASS_DIGITS or any(code in shared for code in asked):
        outcome, reason = "met", "same_class"
    else:
        outcome, reason = "unmet", "same_family" if depth == _FAMILY_DIGITS else "other_codes"
    found = {"codes": offering.unspsc} if offering.unspsc else None
    return _in(offering, "unspsc", (outcome, reason), {"codes": asked}, found)


def _in(offering: Offering, requirement: str, judged: tuple[Outcome, str], asked: Any, found: Any) -> Verdict:
    """A verdict on an offering. Of these only the minimum capacity is mandatory."""
    outcome, reason = judged
    return Verdict(
        requirement=requirement,
        outcome=outcome,
        mandatory=requirement == "capacity",
        reason=reason,
        asked=msgspec.to_builtins(asked),
        found=None if found is None else msgspec.to_builtins(found),
        offering=None if found is None else offering.title,
        offering_id=None if found is None else offering.offering_id,
    )
