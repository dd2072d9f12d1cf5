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
    """One thing that a supplier offers. `unspsc` codes have 2, 4, 6 or 8 digits."""

    offering_id: str
    title: str
    description: str = ""
    unspsc: list[str] = []
    place: Place | None = None
    capacity_per_month: Quantity | None = None
    minimum_order: Quantity | None = None
    lead_time_days: int | None = None
    price_range: PriceRange | None = None


class Supplier(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A company with all that it offers. `group` is the declared group of companies it belongs to."""

    company_id: str
    name: str
    place: Place = Place()
    certifications: list[Certification] = []
    regions_served: list[str] = []
    group: str | None = None
    size: str | None = None
    offerings: list[Offering] = []


class Need(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What an anchor looks for until the end of `closes_on`; `group` is the anchor's declared group."""

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
    closes_on: date
    group: str | None = None


class Profile(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A need made comparable: with it the score of any supplier follows from that supplier's data alone.

    `terms` are stems with their share of the need's weight (they add up to 1), in the need's order;
    `codes` are UNSPSC prefixes with what sharing each is worth; `inferred` says that the codes are those
    of the offerings nearest in text, because the need states none; `corpus` is how many offerings there
    were when it was made; `weights` are those that the parts of the score have.
    """

    terms: dict[str, float] = {}
    codes: dict[str, float] = {}
    inferred: bool = False
    corpus: int = 0
    weights: Weights = SHIPPED


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """How a supplier stands to one requirement.

    `reason` is a code that `reasons.py` puts into words. `asked` and `found` are what was compared, as
    plain data: `{"standard"}`, `{"amount", "unit"}`, `{"amount", "currency"}`, `{"department"}`, `{"codes"}`;
    `offering` is the title of the offering that it was found in; `measured` a capacity in the unit asked for.
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


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A named part of the score: `points` = weight x value; the points of all parts are the score."""

    name: str
    weight: float
    value: float
    points: float


class Match(msgspec.Struct, frozen=True, kw_only=True):
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
