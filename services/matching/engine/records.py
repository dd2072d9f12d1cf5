"""The plain data that the engine works on. Quantities, places and certificates are the catalog's own."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

import msgspec

from services.matching.engine.weights import SHIPPED, Weights
from shared.contracts.catalog import Certification, Place, PriceRange, Quantity
from shared.money import Money

Outcome = Literal["met", "unmet", "unknown"]


class Offering(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One thing that a supplier offers. `unspsc` codes have 2, 4, 6 or 8 digits.

    With `past` it is no offer but what shows that the supplier can do it: a need that it was `awarded`, or
    about which it has `met` an anchor; its words count, and no requirement is judged by it.
    """

    offering_id: str
    title: str
    description: str = ""
    unspsc: list[str] = []
    place: Place | None = None
    capacity_per_month: Quantity | None = None
    minimum_order: Quantity | None = None
    lead_time_days: int | None = None
    price_range: PriceRange | None = None
    payment_term_days: int | None = None
    past: Literal["awarded", "met"] | None = None


class Supplier(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A company with all that it offers. `group` is the declared group of companies it belongs to."""

    company_id: str
    name: str
    place: Place = Place()
    certifications: list[Certification] = []
    regions_served: list[str] = []
    group: str | None = None
    size: str | None = None
    ciiu: list[str] = []
    offerings: list[Offering] = []


class Rate(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What `given_by` said that one unit of `base` was worth in `quote` on a day; a decimal as text."""

    base: str
    quote: str
    value: str
    on: date
    given_by: str = ""


class Context(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is known around a need, beside its own words and the market's.

    `history` says of suppliers what they and the anchor have had with each other (`HISTORY` in the
    weights); `activities` are CIIU codes with how sure it is that they are the right ones; `rates` turn
    other currencies into the budget's.
    """

    history: dict[str, str] = {}
    activities: dict[str, float] = {}
    rates: list[Rate] = []


class Need(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What an anchor looks for until the end of `closes_on`; `group` is the anchor's declared group.

    It pays after `payment_term_days`, and the goods must come within `delivery_days`.
    """

    need_id: str
    company_id: str
    title: str
    description: str = ""
    unspsc: list[str] = []
    quantity: Quantity | None = None
    budget: Money | None = None
    place: Place | None = None
    required_certifications: list[str] = []
    desirable_certifications: list[str] = []
    minimum_capacity: Quantity | None = None
    payment_term_days: int | None = None
    delivery_days: int | None = None
    preferred_sizes: list[str] = []
    ciiu: list[str] = []
    closes_on: date
    group: str | None = None
    context: Context = Context()


class Profile(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A need made comparable: with it the score of any supplier follows from that supplier's data alone.

    `terms` are stems with their share of the need's weight (they add up to 1), in the need's order;
    `codes` are UNSPSC prefixes with what sharing each is worth; `inferred` says that the codes are those
    of the offerings nearest in text, because the need states none; `corpus` is how many offerings there
    were when it was made; `weights` are those that the parts of the score have; `context` is the need's.
    """

    terms: dict[str, float] = {}
    codes: dict[str, float] = {}
    inferred: bool = False
    corpus: int = 0
    weights: Weights = SHIPPED
    context: Context = Context()


class Verdict(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How a supplier stands to one requirement.

    `reason` is a code that `reasons.py` puts into words. `asked` and `found` are what was compared, as
    plain data: `{"standard"}`, `{"amount", "unit"}`, `{"amount", "currency"}`, `{"days"}`, `{"department"}`,
    `{"codes"}`, `{"sizes"}`; `offering` is the title of the offering that it was found in; `measured` is what
    was found in the unit of what was asked: a capacity, a price for all of it, days, kilometres.
    """

    requirement: str
    outcome: Outcome
    mandatory: bool
    reason: str
    asked: dict[str, Any]
    found: dict[str, Any] | None = None
    offering: str | None = None
    offering_id: str | None = None
    measured: float | None = None


class Part(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A named part of the score: `points` = weight x value; the points of all parts are the score."""

    name: str
    weight: float
    value: float
    points: float


class Match(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A supplier measured against a need. `almost` says that a mandatory requirement is unmet."""

    need_id: str
    supplier_id: str
    supplier_name: str
    score: float
    parts: list[Part]
    verdicts: list[Verdict]
    offering_id: str
    offering_title: str
    almost: bool
