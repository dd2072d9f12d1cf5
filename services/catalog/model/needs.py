"""Needs: what an anchor company looks for."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from services.catalog.model import places
from services.catalog.model.companies import SIZES, ciiu_faults, plain_ciiu
from services.catalog.model.offerings import DESCRIPTION, LONGEST_LEAD, LONGEST_TERM, TITLE
from services.catalog.model.rules import (
    Amount,
    Quantity,
    Rule,
    each,
    faults_of,
    money,
    one_of,
    quantity,
    text,
    unspsc,
    whole,
)
from shared.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class Need(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A good or service that an anchor company wants to buy; it is open until the end of `closes_on`.

    It pays after `payment_term_days` and can wait `delivery_days` for the goods; `preferred_sizes` are of
    companies, `ciiu` the activities that its supplier should have.
    """

    title: str
    closes_on: date
    description: str = ""
    unspsc: list[str] = []
    quantity: Quantity | None = None
    budget: Amount | None = None
    place: places.Place | None = None
    required_certifications: list[str] = []
    desirable_certifications: list[str] = []
    minimum_capacity: Quantity | None = None
    payment_term_days: int | None = None
    delivery_days: int | None = None
    preferred_sizes: list[str] = []
    ciiu: list[str] = []


RULES: dict[str, Rule] = {
    "title": TITLE,
    "description": DESCRIPTION,
    "unspsc": each(unspsc, most=50),
    "quantity": quantity,
    "budget": money,
    "place": places.place_faults,
    "required_certifications": each(text(200), most=50),
    "desirable_certifications": each(text(200), most=50),
    "minimum_capacity": quantity,
    "payment_term_days": whole(0, LONGEST_TERM),
    "delivery_days": whole(0, LONGEST_LEAD),
    "preferred_sizes": each(one_of(*SIZES), most=len(SIZES)),
    "ciiu": each(ciiu_faults, most=50),
}


def faults(values: Mapping[str, Any], today: date) -> list[Fault]:
    """All that is wrong with a need's fields, of which some may be missing."""
    found = faults_of(RULES, values)
    closes_on = values.get("closes_on")
    if closes_on is not None and closes_on < today:
        found.append(
            Fault(
                "closes_in_the_past",
                "La fecha de cierre ya pasó; ponga hoy o un día que venga.",
                "The closing date is over; use today or a day to come.",
                "closes_on",
            )
        )
    return found


def normalized(need: Need) -> Need:
    """The same need as it is kept."""
    return replace(
        need,
        title=need.title.strip(),
        unspsc=list(dict.fromkeys(need.unspsc)),
        preferred_sizes=list(dict.fromkeys(need.preferred_sizes)),
        ciiu=plain_ciiu(need.ciiu),
        place=need.place and places.normalized(need.place),
        required_certifications=_tidy(need.required_certifications),
        desirable_certifications=_tidy(need.desirable_certifications),
    )


def _tidy(names: list[str]) -> list[str]:
    return list(dict.fromkeys(name.strip() for name in names))
