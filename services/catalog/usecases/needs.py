"""Needs: written as drafts, opened, changed, and closed, awarded or cancelled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import asdict

from services.catalog.model import needs
from services.catalog.model.needs import Need
from services.catalog.model.states import NEED_STEPS, after, must_be_editable, today
from services.catalog.usecases import must_be_active, must_write_for
from shared.contracts import catalog as events
from shared.errors import Invalid
from shared.store import new_id, transactional

if TYPE_CHECKING:
    from datetime import datetime

    from services.catalog.store import CatalogStore
    from shared.auth import Actor
    from shared.store import Document

# As many as the worker's loop can close without keeping others waiting.
_AT_ONCE = 200


def published_payload(need_id: str, company_id: str, need: Need) -> events.NeedPublished:
    """What is told when a need is opened."""
    return events.NeedPublished(need_id=need_id, company_id=company_id, **asdict(need))


def changed_payload(need_id: str, company_id: str, need: Need) -> events.NeedChanged:
    """What is told when an open need has changed."""
    return events.NeedChanged(need_id=need_id, company_id=company_id, **asdict(need))


def closed_payload(document: Document, status: str, awarded_to: str | None = None) -> events.NeedClosed:
    """What is told when a need is no longer open."""
    return events.NeedClosed(
        need_id=document["_id"],
        company_id=document["company_id"],
        status=status,
        awarded_to=awarded_to,
    )


def _checked(need: Need, now: datetime) -> Need:
    found = needs.faults(asdict(need), today(now))
    if found:
        raise Invalid.of(found)
    return needs.normalized(need)


@transactional
def draft_need(store: CatalogStore, company_id: str, need: Need, *, actor: Actor, now: datetime) -> Document:
    """Write down what a company needs, for nobody else to see yet. Raises Invalid or Conflict."""
    must_write_for(actor, company_id)
    must_be_active(store.get("companies", company_id), "anchor")
    document = {
        "_id": new_id(),
        "version": 1,
        "status": "draft",
        "company_id": company_id,
        "awarded_to": None,
        "created_at": now,
        "updated_at": now,
        "data": msgspec.to_builtins(_checked(need, now)),
    }
    return store.add("needs", document)


@transactional
def change_need(
    store: CatalogStore, document: Document, need: Need, *, actor: Actor, now: datetime
) -> Document:
    """Replace a need as the caller has read it. Raises Invalid, Conflict or Stale."""
    must_write_for(actor, document["company_id"])
    must_be_editable(document["status"])
    need = _checked(need, now)
    saved = store.save("needs", document, {"data": msgspec.to_builtins(need), "updated_at": now})
    if saved["status"] == "open":
        store.publish(changed_payload(saved["_id"], saved["company_id"], need), saved["version"], now)
    return saved


@transactional
def publish_need(store: CatalogStore, need_id: str, *, actor: Actor, now: datetime) -> Document:
    """Open a need to all suppliers. Raises Conflict unless it is a draft, Invalid if it is out of date."""
    document = store.get("needs", need_id)
    must_write_for(actor, document["company_id"])
    status = after(NEED_STEPS, document["status"], "publish")
    must_be_active(store.get("companies", document["company_id"]), "anchor")
    need = _checked(msgspec.convert(document["data"], Need), now)
    saved = store.save("needs", document, {"status": status, "updated_at": now})
    store.publish(published_payload(saved["_id"], saved["company_id"], need), saved["version"], now)
    return saved


@transactional
def end_need(store: CatalogStore, need_id: str, step: str, *, actor: Actor, now: datetime) -> Document:
    """Close or cancel a need. Raises Conflict when its state does not permit it."""
    document = store.get("needs", need_id)
    must_write_for(actor, document["company_id"])
    return _end(store, document, step, now)


@transactional
def award_need(
    store: CatalogStore, need_id: str, supplier_id: str, *, actor: Actor, now: datetime
) -> Document:
    """Give the contract to a supplier of the directory. Raises Conflict or Invalid."""
    document = store.get("needs", need_id)
    must_write_for(actor, document["company_id"])
    must_be_active(store.get("companies", supplier_id), "supplier")
    return _end(store, document, "award", now, supplier_id)


def close_overdue_needs(store: CatalogStore, now: datetime) -> int:
    """Close needs whose closing date is over; returns how many there were."""

    def work() -> int:
        overdue = store.overdue_needs(today(now), _AT_ONCE)
        store.move_all("needs", overdue, {"status": "closed", "updated_at": now})
        store.publish_all(
            [(closed_payload(document, "closed"), document["version"] + 1) for document in overdue], now
        )
        return len(overdue)

    return store.transact(work)


def _end(
    store: CatalogStore, document: Document, step: str, now: datetime, awarded_to: str | None = None
) -> Document:
    status = after(NEED_STEPS, document["status"], step)
    changes = {"status": status, "awarded_to": awarded_to, "updated_at": now}
    saved = store.save("needs", document, changes)
    if document["status"] != "draft":
        store.publish(closed_payload(saved, status, awarded_to), saved["version"], now)
    return saved
