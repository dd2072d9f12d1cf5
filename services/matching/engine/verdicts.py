"""Requirement by requirement: met, unmet or unknown. What is not stated is unknown, never unmet."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from services.matching.engine import places
from services.matching.engine.codes import ACTIVITY, branches
from services.matching.engine.conditions import (
    judge_budget,
    judge_capacity,
    judge_days,
    judge_minimum_order,
    judge_output,
    verdict_on,
)
from services.matching.engine.gaps import shortfall
from services.matching.engine.records import Context, Verdict
from services.matching.engine.text import folded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date

    from services.matching.engine.records import Need, Offering, Outcome, Supplier
    from shared.contracts.catalog import Place

_YEAR = re.compile(r"[:/ -]\s*(19|20)\d\d\b")
_BEST_FIRST = {"met": 0, "unmet": 1, "unknown": 2}
_FAMILY_DIGITS, _CLASS_DIGITS = 4, 6
_NO_CONTEXT = Context()


class Judge:
    """Judges suppliers by what one need asks; what is the same for all of them is prepared once."""

    def __init__(self, need: Need, context: Context = _NO_CONTEXT) -> None:
        self._need = need
        self._context = context
        # One that is named twice is judged once, and is mandatory if one of the two is.
        names: dict[str, tuple[str, bool]] = {}
        for name in need.required_certifications:
            names.setdefault(standard_key(name), (name, True))
        for name in need.desirable_certifications:
            names.setdefault(standard_key(name), (name, False))
        self._standards = list(names)
        self._unstated = [
            _certification_unstated(name, need.closes_on, is_must) for name, is_must in names.values()
        ]
        self._codes = tuple(need.unspsc)
        self._by_offering = list(_conditions(need, context))
        self._by_supplier = list(_traits(need))

    def first(self, supplier: Supplier, offerings: Sequence[Offering]) -> list[Verdict]:
        """The verdicts on certificates and on the minimum capacity: what can be mandatory, and soon told."""
        verdicts = list(self._unstated)
        if supplier.certifications:
            for number, key in enumerate(self._standards):
                verdicts[number] = _certification(key, supplier, verdicts[number], self._need.closes_on)
        capacity = self._need.minimum_capacity
        if capacity is not None:
            verdicts.append(_best(lambda each: judge_capacity(capacity, each), _offered(offerings)))
        return verdicts

    def all(
        self, supplier: Supplier, offerings: Sequence[Offering], first: list[Verdict] | None = None
    ) -> list[Verdict]:
        """All verdicts on a supplier; `first` are those of `Judge.first`, when they are at hand.

        `offerings` are the supplier's that fit the need, best first, at least one of them no past award or
        meeting: a requirement is judged by the one that meets it best, a certificate on the day on which the
        need closes, an amount in another currency by the rates of the context alone.
        """
        offered = _offered(offerings)
        verdicts = list(self.first(supplier, offerings) if first is None else first)
        verdicts += [_best(judge_one, offered) for judge_one in self._by_offering]
        quantity = self._need.quantity
        if quantity is not None and any(each.minimum_order is not None for each in offered):
            verdicts.append(_best(lambda each: judge_minimum_order(quantity, each), offered))
        verdicts += [judge_one(supplier) for judge_one in self._by_supplier]
        if self._codes:
            verdicts.append(_best(lambda each: _unspsc(self._codes, each), offered))
        if self._context.history or len(offered) < len(offerings):
            verdicts += _past(supplier, offerings, self._context)
        return verdicts


def lacks_mandatory(verdicts: Sequence[Verdict]) -> bool:
    """Whether something that the need calls mandatory is unmet; unknown does not count."""
    return "unmet" in [each.outcome for each in verdicts if each.mandatory]


@lru_cache(maxsize=10_000)
def standard_key(name: str) -> str:
    """A standard's name without case, accents, signs and year: `ISO 9001:2015` is `iso9001`."""
    plain = folded(name)
    return "".join(letter for letter in _YEAR.sub("", plain) if letter.isalnum()) or plain.strip()


def _offered(offerings: Sequence[Offering]) -> Sequence[Offering]:
    """Those that are no past award or meeting."""
    return [each for each in offerings if each.past is None] or offerings


def _conditions(need: Need, context: Context) -> Iterator[Callable[[Offering], Verdict]]:
    """What else is judged by one offering at a time."""
    budget, quantity = need.budget, need.quantity
    if quantity is not None and need.minimum_capacity is None:
        yield lambda each: judge_output(quantity, need.delivery_days, each)
    if budget is not None:
        yield lambda each: judge_budget(budget, quantity, each, context.rates)
    if need.delivery_days is not None:
        within = need.delivery_days
        yield lambda each: judge_days("lead_time", within, each.lead_time_days, each)
    # Whoever pays at once asks nobody to wait.
    if need.payment_term_days:
        term = need.payment_term_days
        yield lambda each: judge_days("payment_term", term, each.payment_term_days, each)


def _traits(need: Need) -> Iterator[Callable[[Supplier], Verdict]]:
    """What is judged by the supplier itself."""
    if need.place is not None and need.place.department is not None:
        place = need.place
        yield lambda supplier: _region(place, supplier)
    if need.preferred_sizes:
        sizes = tuple(need.preferred_sizes)
        yield lambda supplier: _size(sizes, supplier.size)
    if need.ciiu:
        codes = tuple(need.ciiu)
        yield lambda supplier: _activity(codes, tuple(supplier.ciiu))


def _best(judge_one: Callable[[Offering], Verdict], offerings: Sequence[Offering]) -> Verdict:
    """The first verdict that is met, else of those that are unmet the nearest, else the first."""
    best = judge_one(offerings[0])
    for offering in offerings[1:]:
        if best.outcome == "met":
            break
        other = judge_one(offering)
        if _closeness(other) < _closeness(best):
            best = other
    return best


def _closeness(verdict: Verdict) -> tuple[int, float]:
    return _BEST_FIRST[verdict.outcome], shortfall(verdict) if verdict.outcome == "unmet" else 0.0


def _certification(wanted: str, supplier: Supplier, unstated: Verdict, day: date) -> Verdict:
    """The verdict on a standard by its key, or `unstated` where the supplier says nothing of it."""
    held = [each for each in supplier.certifications if wanted and standard_key(each.standard) == wanted]
    if not held:
        return unstated
    # The one that lasts longest counts, and one without a last day lasts longer than any other.
    lasting = max(held, key=lambda each: (each.expires_on is None, each.expires_on or day))
    expires = lasting.expires_on
    outcome: Outcome = "met"
    reason = "held"
    if expires is not None:
        outcome, reason = ("met", "valid_until") if expires >= day else ("unmet", "expired")
    return Verdict(
        requirement="certification",
        outcome=outcome,
        mandatory=unstated.mandatory,
        reason=reason,
        asked=unstated.asked,
        found={"standard": lasting.standard, "expires_on": expires.isoformat() if expires else None},
    )


@lru_cache(maxsize=10_000)
def _certification_unstated(name: str, day: date, mandatory: bool) -> Verdict:
    """What most suppliers get, made once."""
    return Verdict(
        requirement="certification",
        outcome="unknown",
        mandatory=mandatory,
        reason="not_stated",
        asked={"standard": name, "on": day.isoformat()},
    )


def _region(wanted: Place, supplier: Supplier) -> Verdict:
    outcome: Outcome = "unknown"
    reason = "not_stated"
    found: dict[str, Any] | None = None
    if places.is_located(supplier, wanted):
        outcome, reason, found = "met", "located_there", {"department": places.name_of(wanted)}
    elif places.serves(supplier, wanted):
        outcome, reason, found = "met", "serves_there", {"regions": supplier.regions_served}
    elif supplier.regions_served:
        outcome, reason, found = "unmet", "serves_elsewhere", {"regions": supplier.regions_served}
    elif supplier.place.department is not None:
        found = {"department": places.name_of(supplier.place)}
    km = places.between(supplier.place, wanted) if outcome == "unmet" else None
    return Verdict(
        requirement="region",
        outcome=outcome,
        mandatory=False,
        reason=reason,
        asked={"department": places.name_of(wanted)},
        found=found,
        measured=km,
    )


def _unspsc(asked: tuple[str, ...], offering: Offering) -> Verdict:
    outcome, reason = _common_branch(asked, tuple(offering.unspsc))
    found = {"codes": offering.unspsc} if offering.unspsc else None
    return verdict_on(offering, "unspsc", (outcome, reason, None), {"codes": list(asked)}, found)


@lru_cache(maxsize=10_000)
def _common_branch(asked: tuple[str, ...], held: tuple[str, ...]) -> tuple[Outcome, str]:
    """How near an offering's codes are to those that a need asks for."""
    if not held:
        return "unknown", "not_stated"
    wanted = {branch for code in asked for branch in branches(code)}
    shared = {branch for code in held for branch in branches(code) if branch in wanted}
    depth = max(map(len, shared), default=0)
    if depth >= _CLASS_DIGITS or any(code in shared for code in asked):
        return "met", "same_class"
    return "unmet", "same_family" if depth == _FAMILY_DIGITS else "other_codes"


@lru_cache(maxsize=10_000)
def _size(preferred: tuple[str, ...], size: str | None) -> Verdict:
    outcome: Outcome = "unknown"
    reason = "not_stated"
    if size is not None:
        outcome, reason = ("met", "preferred") if size in preferred else ("unmet", "other_size")
    return Verdict(
        requirement="size",
        outcome=outcome,
        mandatory=False,
        reason=reason,
        asked={"sizes": list(preferred)},
        found=None if size is None else {"size": size},
    )


@lru_cache(maxsize=10_000)
def _activity(asked: tuple[str, ...], held: tuple[str, ...]) -> Verdict:
    shared = {code[:digits] for code in asked for digits in ACTIVITY}
    shared &= {code[:digits] for code in held for digits in ACTIVITY}
    depth = max(map(len, shared), default=0)
    outcome: Outcome = "unknown"
    if not held:
        reason = "not_stated"
    elif depth == max(ACTIVITY):
        outcome, reason = "met", "same_activity"
    else:
        outcome, reason = "unmet", "related_activity" if depth else "other_activity"
    return Verdict(
        requirement="ciiu",
        outcome=outcome,
        mandatory=False,
        reason=reason,
        asked={"codes": list(asked)},
        found={"codes": list(held)} if held else None,
    )


def _past(supplier: Supplier, offerings: Sequence[Offering], context: Context) -> Iterator[Verdict]:
    """What speaks for the supplier beside what it says of itself; nobody is asked for it.

    What it did with others is not named: it is not this anchor's business whom they bought from.
    """
    said = context.history.get(supplier.company_id)
    if said is not None:
        yield Verdict(requirement="history", outcome="met", mandatory=False, reason=said, asked={})
    best = next((each for each in offerings if each.past is not None), None)
    if best is not None and best.past is not None:
        yield Verdict(requirement="experience", outcome="met", mandatory=False, reason=best.past, asked={})
