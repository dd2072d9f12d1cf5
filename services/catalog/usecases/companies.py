"""Companies enter the directory, change and leave it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import asdict

from services.catalog.model import companies
from services.catalog.usecases import must_be_active, must_write_for
from services.catalog.usecases.needs import closed_payload
from shared.contracts import catalog as events
from shared.errors import Invalid
from shared.store import new_id, transactional

if TYPE_CHECKING:
    from datetime import datetime

    from services.catalog.model.companies import Company
    from services.catalog.store import CatalogStore
    from shared.auth import Actor
    from shared.contracts.base import Payload
    from shared.store import Document


def registered_payload(company_id: str, company: Company, by: str | None) -> events.CompanyRegistered:
    """What is told when a company enters the directory."""
    return events.CompanyRegistered(company_id=company_id, registered_by=by, **_told(company))


def changed_payload(company_id: str, company: Company, by: str | None) -> events.CompanyChanged:
    """What is told when a company's data have changed."""
    return events.CompanyChanged(company_id=company_id, registered_by=by, **_told(company))


def _told(company: Company) -> dict[str, Any]:
    told = asdict(company)
    del told["tax_number"]
    told["certifications"] = [
        events.Certification(**{f: getattr(held, f) for f in events.Certification.__struct_fields__})
        for held in company.certifications
    ]
    return told


def _checked(company: Company) -> Company:
    found = companies.faults(asdict(company))
    if found:
        raise Invalid.of(found)
    return companies.normalized(company)


@transactional
def register_company(store: CatalogStore, company: Company, *, actor: Actor, now: datetime) -> Document:
    """Put a company into the directory, on behalf of any signed-in account.

    The event names the account, which thereby becomes the company's first person.
    Raises Invalid, or Conflict when the tax number is taken.
    """
    company = _checked(company)
    document = store.add(
        "companies",
        {
            "_id": new_id(),
            "version": 1,
            "status": "active",
            "registered_by": actor.account_id,
            "created_at": now,
            "updated_at": now,
            "data": msgspec.to_builtins(company),
        },
    )
    store.publish(registered_payload(document["_id"], company, actor.account_id), 1, now)
    return document


@transactional
def change_company(
    store: CatalogStore, document: Document, company: Company, *, actor: Actor, now: datetime
) -> Document:
    """Replace the data of a company as the caller has read it. Raises Invalid, Conflict or Stale."""
    must_write_for(actor, document["_id"])
    must_be_active(document)
    company = _checked(company)
    saved = store.save("companies", document, {"data": msgspec.to_builtins(company), "updated_at": now})
    store.publish(changed_payload(saved["_id"], company, saved["registered_by"]), saved["version"], now)
    return saved


@transactional
def withdraw_company(store: CatalogStore, company_id: str, *, actor: Actor, now: datetime) -> Document:
    """Take a company out of the directory, with all it offers and needs and its people's data.

    Doing it again changes nothing. Raises NotFound.
    """
    must_write_for(actor, company_id)
    document = store.get("companies", company_id)
    if document["status"] == "withdrawn":
        return document
    saved = store.save("companies", document, {"status": "withdrawn", "updated_at": now})
    gone: list[tuple[Payload, int]] = []
    for offering in _moved(store, "offerings", company_id, ("draft", "published", "withdrawn"), now):
        told = events.OfferingWithdrawn(offering_id=offering["_id"], company_id=company_id)
        gone.append((told, offering["version"] + 1))
    for need in _moved(store, "needs", company_id, ("draft", "open", "cancelled"), now):
        gone.append((closed_payload(need, "cancelled"), need["version"] + 1))
    store.remove_contacts(company_id)
    gone.append((events.CompanyWithdrawn(company_id=company_id), saved["version"]))
    store.publish_all(gone, now)
    return saved


def _moved(
    store: CatalogStore, collection: str, company_id: str, states: tuple[str, str, str], now: datetime
) -> list[Document]:
    """End all drafts and public things; returns the public ones, of which others must be told."""
    draft, public, over = states
    live = store.live_of(collection, company_id, [draft, public])
    store.move_all(collection, live, {"status": over, "updated_at": now})
    return [document for document in live if document["status"] == public]
