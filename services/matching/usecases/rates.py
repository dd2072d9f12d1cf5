"""Rates of exchange: given by an organizer for a day, kept for good, and the only ones that count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from services.matching.model.decisions import today
from shared.errors import Invalid
from shared.money import minor_digits
from shared.store import transactional

if TYPE_CHECKING:
    from datetime import datetime

    from services.matching.engine import Rate
    from services.matching.store import MatchingStore
    from shared.auth import Actor


@transactional
def give_rate(store: MatchingStore, rate: Rate, *, actor: Actor, now: datetime) -> Rate:
    """Keep what one unit of a currency was worth in another one on a day, as the actor says.

    Needs with a budget in one of them are ranked anew. Raises Invalid (unknown or equal currencies, a day
    that is yet to come).
    """
    minor_digits(rate.base)
    minor_digits(rate.quote)
    if rate.base == rate.quote:
        raise Invalid(
            "same_currency",
            "Las dos monedas son la misma; una tasa une dos distintas.",
            "Both currencies are the same; a rate joins two different ones.",
            "quote",
        )
    if rate.on > today(now):
        raise Invalid(
            "rate_in_the_future",
            "La tasa no puede ser de un día que aún no llega; ponga hoy o uno anterior.",
            "A rate can't be of a day that is yet to come; use today or an earlier one.",
            "on",
        )
    given = replace(rate, given_by=actor.account_id)
    store.add_rate(given, now)
    store.note_change(needs=store.needs_priced_in((rate.base, rate.quote)))
    return given
