"""What one offering says of a requirement: capacity, price, minimum order, days to deliver and to be paid."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

from services.matching.engine.records import Verdict
from services.matching.engine.units import converted
from shared.money import minor_digits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.matching.engine.records import Offering, Outcome, Rate
    from shared.contracts.catalog import Quantity
    from shared.money import Money

_DAYS_A_MONTH = 30
# By requirement: the reasons for met and for unmet, and whether more days than asked are better.
_DAYS = {"lead_time": ("in_time", "too_slow", False), "payment_term": ("can_wait", "cannot_wait", True)}


def judge_capacity(asked: Quantity, offering: Offering) -> Verdict:
    """Whether an offering's capacity a month is enough."""
    stated = offering.capacity_per_month
    amount = None if stated is None else converted(stated, asked.unit)
    outcome: Outcome = "unknown"
    if amount is not None:
        outcome, reason = ("met", "enough") if amount >= asked.amount else ("unmet", "too_little")
    else:
        reason = "not_stated" if stated is None else "units_differ"
    return verdict_on(offering, "capacity", (outcome, reason, amount), _plain(asked), _found(stated))


def judge_output(quantity: Quantity, days: int | None, offering: Offering) -> Verdict:
    """Whether all that is needed can be made in time: in `days`, or in a month where nothing is said.

    For needs that name no minimum capacity; nobody is left out for it.
    """
    stated = offering.capacity_per_month
    amount = None if stated is None else converted(stated, quantity.unit)
    outcome: Outcome = "unknown"
    if amount is None:
        reason = "not_stated" if stated is None else "units_differ"
    else:
        amount *= max(1.0, (days or 0) / _DAYS_A_MONTH)
        outcome, reason = ("met", "makes_all") if amount >= quantity.amount else ("unmet", "makes_part")
    judged = (outcome, reason, amount)
    verdict = verdict_on(offering, "capacity", judged, _plain(quantity), _found(stated))
    return msgspec.structs.replace(verdict, mandatory=False)


def judge_budget(
    budget: Money, quantity: Quantity | None, offering: Offering, rates: Sequence[Rate]
) -> Verdict:
    """Whether the lowest price of all that is needed is within the budget.

    A price in another currency is compared only by one of the rates, and says by which.
    """
    prices = offering.price_range
    outcome: Outcome = "unknown"
    total, rate, suffix = None, None, ""
    if prices is None:
        reason = "not_stated"
    elif quantity is None:
        reason = "quantity_missing"
    elif (amount := converted(quantity, prices.unit)) is None:
        reason = "units_differ"
    else:
        total = prices.low.amount * amount
        if prices.low.currency != budget.currency:
            suffix = "_at_rate"
            rate = _rate(prices.low.currency, budget.currency, rates)
            total = None if rate is None else total * _factor(rate, prices.low.currency)
        if total is None:
            reason = "currencies_differ"
        elif total <= budget.amount:
            outcome, reason = "met", f"within_budget{suffix}"
        else:
            outcome, reason = "unmet", f"over_budget{suffix}"
    found = None if prices is None else msgspec.to_builtins(prices)
    if found is not None and rate is not None:
        found["rate"] = msgspec.to_builtins(rate)
    asked = {"amount": budget.amount, "currency": budget.currency}
    return verdict_on(offering, "budget", (outcome, reason, total), asked, found)


def _rate(one: str, other: str, rates: Sequence[Rate]) -> Rate | None:
    """The newest rate between two currencies, whichever way it was given."""
    given = [each for each in rates if {each.base, each.quote} == {one, other}]
    return max(given, key=lambda each: each.on, default=None)


def _factor(rate: Rate, currency: str) -> float:
    """What one minor unit of the currency is in minor units of the rate's other one."""
    digits = minor_digits(rate.quote) - minor_digits(rate.base)
    factor = Decimal(rate.value).scaleb(digits)
    return float(factor if currency == rate.base else 1 / factor)


def judge_minimum_order(quantity: Quantity, offering: Offering) -> Verdict:
    """Whether the offering is sold in so small a quantity."""
    least = offering.minimum_order
    amount = None if least is None else converted(least, quantity.unit)
    outcome: Outcome = "unknown"
    if amount is None:
        reason = "not_stated" if least is None else "units_differ"
    elif amount <= quantity.amount:
        outcome, reason = "met", "order_large_enough"
    else:
        outcome, reason = "unmet", "order_too_small"
    return verdict_on(offering, "minimum_order", (outcome, reason, amount), _plain(quantity), _found(least))


def judge_days(requirement: str, asked: int, stated: int | None, offering: Offering) -> Verdict:
    """Whether it comes soon enough (`lead_time`), or the supplier can wait for its money (`payment_term`)."""
    if stated is None:
        return _days_unstated(requirement, asked)
    good, bad, more_is_better = _DAYS[requirement]
    outcome: Outcome = "unmet"
    reason = bad
    if stated >= asked if more_is_better else stated <= asked:
        outcome, reason = "met", good
    return verdict_on(offering, requirement, (outcome, reason, stated), {"days": asked}, {"days": stated})


@lru_cache(maxsize=10_000)
def _days_unstated(requirement: str, asked: int) -> Verdict:
    """What most suppliers get, made once."""
    return Verdict(
        requirement=requirement,
        outcome="unknown",
        mandatory=False,
        reason="not_stated",
        asked={"days": asked},
    )


def _plain(quantity: Quantity) -> dict[str, Any]:
    return {"amount": quantity.amount, "unit": quantity.unit}


def _found(stated: Quantity | None) -> dict[str, Any] | None:
    return None if stated is None else _plain(stated)


def verdict_on(
    offering: Offering,
    requirement: str,
    judged: tuple[Outcome, str, float | None],
    asked: dict[str, Any],
    found: dict[str, Any] | None,
) -> Verdict:
    """A verdict on an offering; `judged` are outcome, reason and what was measured.

    Of these only the minimum capacity is mandatory.
    """
    outcome, reason, measured = judged
    return Verdict(
        requirement=requirement,
        outcome=outcome,
        mandatory=requirement == "capacity",
        reason=reason,
        asked=asked,
        found=found,
        offering=None if found is None else offering.title,
        offering_id=None if found is None else offering.offering_id,
        measured=measured,
    )
