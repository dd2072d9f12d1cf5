"""What an organizer settles for those who take part: places, approval, limits and dates."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from shared.errors import Conflict, Fault, Invalid

if TYPE_CHECKING:
    from collections.abc import Iterable

_IN_ORDER = (
    ("registration_from", "registration_until"),
    ("registration_from", "requests_from"),
    ("requests_from", "requests_until"),
)
# The range that makes sense for an answer: within a running event, or over a week with its weekends.
SHORTEST_ANSWER, LONGEST_ANSWER = 15, 10 * 24 * 60


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """None is without limit. `answer_minutes` is how long a request waits before it expires.

    An announced round opens its registration, and one that registers its requests, by itself at `…_from`.
    """

    needs_approval: bool = False
    buyer_places: int | None = None
    supplier_places: int | None = None
    requests_per_company: int | None = None
    answer_minutes: int | None = None
    registration_from: datetime | None = None
    registration_until: datetime | None = None
    requests_from: datetime | None = None
    requests_until: datetime | None = None

    def places(self, side: str) -> int | None:
        """How many companies of a side can take part."""
        return self.buyer_places if side == "buyer" else self.supplier_places

    def expiry(self, asked_at: datetime) -> datetime | None:
        """When a request of that time expires."""
        return None if self.answer_minutes is None else asked_at + timedelta(minutes=self.answer_minutes)

    def must_admit(self, now: datetime) -> None:
        """Raise Conflict when the time to register is over."""
        if self.registration_until and now >= self.registration_until:
            raise Conflict(
                "registration_over",
                "El plazo de inscripción terminó. Escriba a quien organiza la rueda.",
                "The time to register is over. Write to the round's organizer.",
            )

    def must_take_requests(self, now: datetime) -> None:
        """Raise Conflict when the time of requests is over."""
        if self.requests_until and now >= self.requests_until:
            raise Conflict(
                "requests_over",
                "El plazo para pedir citas terminó.",
                "The time to ask for meetings is over.",
            )


def check_rules(rules: Rules, starts_at: datetime) -> None:
    """Raise Invalid with every fault of the dates, for a round that starts then."""
    faults = list(_date_faults(rules, starts_at))
    if faults:
        raise Invalid.of(faults)


def _date_faults(rules: Rules, starts_at: datetime) -> Iterable[Fault]:
    for field in ("registration_from", "registration_until", "requests_from", "requests_until"):
        until = getattr(rules, field)
        if until and until > starts_at:
            yield Fault(
                "after_the_round_begins",
                "Esta fecha debe ser anterior al comienzo de la rueda.",
                "This must be before the round begins.",
                f"rules.{field}",
            )
    for early, late in _IN_ORDER:
        first, then = getattr(rules, early), getattr(rules, late)
        if first and then and first >= then:
            yield Fault(
                "dates_out_of_order",
                "Esta fecha debe ser posterior a la de apertura.",
                "This must be after the date on which it opens.",
                f"rules.{late}",
            )
    if rules.registration_until and rules.requests_until and rules.registration_until > rules.requests_until:
        yield Fault(
            "registration_ends_after_requests",
            "La inscripción no puede terminar después del plazo para pedir citas.",
            "Registration can't end after the time of requests.",
            "rules.registration_until",
        )
