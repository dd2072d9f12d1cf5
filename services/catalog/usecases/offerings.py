"""Offerings: written as drafts, published, changed and withdrawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import asdict

from services.catalog.model import offerings
from services.catalog.model.offerings import Offering
from services.catalog.model.states import OFFERING_STEPS, after, must_be_editable
from services.catalog.usecases import must_be_active, must_write_for
from shared.contracts import catalog as events
from shared.errors import Invalid
from shared.store import new_id, transactional

if TYPE_CHECKING:
    from datetime import datetime

    from services.catalog.store import CatalogStore
    from shared.auth import Actor
    from shared.store import Document


def published_payload(document_id: str, company_id: str, offering: Offering) -> events.OfferingPublished:
    """What is told when an offering is published."""
    return events.OfferingPublished(offering_id=document_id, company_id=company_id, **asdict(offering))


def changed_payload(document_id: str, company_id: str, offering: Offering) -> events.OfferingChanged:
    """What is told when a published offering has changed."""
    return events.OfferingChanged(offering_id=document_id, company_id=company_id, **asdict(offering))


def _checked(offering: Offering) -> Offering:
    found = offerings.faults(asdict(offering))
    if found:
        raise Invalid.of(found)
    return offerings.normalized(offering)


@transactional
def draft_offering(
    store: CatalogStore, company_id: str, offering: Offering, *, actor: Actor, now: datetime
) -> Document:
    """Write down what a supplier offers, for nobody else to see yet. Raises Invalid or Conflict."""
    must_write_for(actor, company_id)
    must_be_active(store.get("companies", company_id), "supplier")
    document = {
        "_id": new_id(),
        "version": 1,
        "status": "draft",
        "company_id": company_id,
        "created_at": now,
        "updated_at": now,
        "data": msgspec.to_builtins(_checked(offering)),
    }
    return store.add("offerings", document)


@transactional
def change_offering(
    store: CatalogStore, document: Document, offering: Offering, *, actor: Actor, now: datetime
) -> Document:
    """Replace an offering as the caller has read it. Raises Invalid, Conflict or Stale."""
    must_write_for(actor, document["company_id"])
    must_be_editable(document["status"])
    offering = _checked(offering)
    changes = {"data": msgspec.to_builtins(offering), "updated_at": now}
    saved = store.save("offerings", document, changes)
    if saved["status"] == "published":
        told = changed_payload(saved["_id"], saved["company_id"], offering)
        store.publish(told, saved["version"], now)
    return saved


@transactional
def publish_offering(store: CatalogStore, offering_id: str, *, actor: Actor, now: datetime) -> Document:
    """Let everybody see an offering. Raises Conflict unless it is a draft."""
    document = store.get("offerings", offering_id)
    must_write_for(actor, document["company_id"])
    status = after(OFFERING_STEPS, document["status"], "publish")
    must_be_active(store.get("companies", document["company_id"]), "supplier")
    saved = store.save("offerings", document, {"status": status, "updated_at": now})
    offering = msgspec.convert(saved["data"], Offering)
    store.publish(published_payload(saved["_id"], saved["company_id"], offering), saved["version"], now)
    return saved


@transactional
def withdraw_offering(store: CatalogStore, offering_id: str, *, actor: Actor, now: datetime) -> Document:
    """Take an offering back for good. Raises Conflict when it is withdrawn already."""
    document = store.get("offerings", offering_id)
    must_write_for(actor, document["company_id"])
    status = after(OFFERING_STEPS, document["status"], "withdraw")
    saved = store.save("offerings", document, {"status": status, "updated_at": now})
    if document["status"] == "published":
        told = events.OfferingWithdrawn(offering_id=saved["_id"], company_id=saved["company_id"])
        store.publish(told, saved["version"], now)
    return saved
