"""Events of the catalog: companies, offerings and needs, each with the whole state after the change."""

from __future__ import annotations

from datetime import date

import msgspec

from shared.contracts.base import Payload, contract
from shared.money import Money


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Country by ISO 3166-1 alpha-2; department (2 digits) and municipality (5 digits) by DIVIPOLA."""

    country: str = "CO"
    department: str | None = None
    municipality: str | None = None


class Certification(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate that a company holds; `expires_on` is its last good day."""

    standard: str
    scope: str | None = None
    issuer: str | None = None
    issued_on: date | None = None
    expires_on: date | None = None


class Quantity(msgspec.Struct, frozen=True, kw_only=True):
    """An amount of a unit, as its owner wrote the unit (`t`, `kg`, `unidades`)."""

    amount: float
    unit: str


class PriceRange(msgspec.Struct, frozen=True, kw_only=True):
    """Lowest and highest price for one `unit`."""

    low: Money
    high: Money
    unit: str


class _Company(Payload, frozen=True, kw_only=True):
    company_id: str
    name: str
    roles: list[str]
    size: str | None = None
    place: Place = Place()
    ciiu: list[str] = []
    certifications: list[Certification] = []
    regions_served: list[str] = []
    group: str | None = None
    registered_by: str | None = None


@contract("catalog.company_registered", key="company_id")
class CompanyRegistered(_Company, frozen=True, kw_only=True):
    """A company is in the directory. `registered_by` is the account that did it, if a person did."""


@contract("catalog.company_changed", key="company_id")
class CompanyChanged(_Company, frozen=True, kw_only=True):
    """A company's data have changed; the payload is the new state."""


@contract("catalog.company_withdrawn", key="company_id")
class CompanyWithdrawn(Payload, frozen=True, kw_only=True):
    """A company left the directory; what it offered and needed is out as well."""

    company_id: str


class _Offering(Payload, frozen=True, kw_only=True):
    """`payment_term_days` is how long the supplier can wait for its money."""

    offering_id: str
    company_id: str
    title: str
    description: str = ""
    unspsc: list[str] = []
    place: Place | None = None
    capacity_per_month: Quantity | None = None
    minimum_order: Quantity | None = None
    lead_time_days: int | None = None
    price_range: PriceRange | None = None
    payment_term_days: int | None = None


@contract("catalog.offering_published", key="offering_id")
class OfferingPublished(_Offering, frozen=True, kw_only=True):
    """A supplier offers something."""


@contract("catalog.offering_changed", key="offering_id")
class OfferingChanged(_Offering, frozen=True, kw_only=True):
    """A published offering has changed; the payload is the new state."""


@contract("catalog.offering_withdrawn", key="offering_id")
class OfferingWithdrawn(Payload, frozen=True, kw_only=True):
    """An offering is no longer to be had."""

    offering_id: str
    company_id: str


class _Need(Payload, frozen=True, kw_only=True):
    """`payment_term_days` is when the anchor pays, `delivery_days` the longest lead time that serves it."""

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


@contract("catalog.need_published", key="need_id")
class NeedPublished(_Need, frozen=True, kw_only=True):
    """An anchor company looks for suppliers until the end of `closes_on`."""


@contract("catalog.need_changed", key="need_id")
class NeedChanged(_Need, frozen=True, kw_only=True):
    """An open need has changed; the payload is the new state."""


@contract("catalog.need_closed", key="need_id")
class NeedClosed(Payload, frozen=True, kw_only=True):
    """A need is no longer open. `status` is closed, awarded or cancelled."""

    need_id: str
    company_id: str
    status: str
    awarded_to: str | None = None
