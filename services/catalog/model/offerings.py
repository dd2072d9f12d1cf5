"""Offerings: what a supplier has to sell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from services.catalog.model import places
from services.catalog.model.rules import (
    PriceRange,
    Quantity,
    Rule,
    each,
    faults_of,
    price_range,
    quantity,
    text,
    unspsc,
    whole,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from shared.errors import Fault

TITLE = text(2000)
DESCRIPTION = text(10_000, may_be_empty=True)
# In days: ten years to deliver, two to pay.
LONGEST_LEAD, LONGEST_TERM = 3650, 720


class Offering(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A good or service that a supplier offers; it can wait `payment_term_days` for its money."""

    title: str
    description: str = ""
    unspsc: list[str] = []
    place: places.Place | None = None
    capacity_per_month: Quantity | None = None
    minimum_order: Quantity | None = None
    lead_time_days: int | None = None
    price_range: PriceRange | None = None
    payment_term_days: int | None = None


RULES: dict[str, Rule] = {
    "title": TITLE,
    "description": DESCRIPTION,
    "unspsc": each(unspsc, most=50),
    "place": places.place_faults,
    "capacity_per_month": quantity,
    "minimum_order": quantity,
    "lead_time_days": whole(0, LONGEST_LEAD),
    "price_range": price_range,
    "payment_term_days": whole(0, LONGEST_TERM),
}


def faults(values: Mapping[str, Any]) -> list[Fault]:
    """All that is wrong with an offering's fields, of which some may be missing."""
    return faults_of(RULES, values)


def normalized(offering: Offering) -> Offering:
    """The same offering as it is kept."""
    return replace(
        offering,
        title=offering.title.strip(),
        unspsc=list(dict.fromkeys(offering.unspsc)),
        place=offering.place and places.normalized(offering.place),
    )
