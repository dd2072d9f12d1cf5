"""The service's own copies of companies, offerings and needs, kept up with the catalog's events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from shared.contracts.catalog import (
    CompanyChanged,
    CompanyRegistered,
    CompanyWithdrawn,
    NeedChanged,
    NeedClosed,
    NeedPublished,
    OfferingChanged,
    OfferingPublished,
    OfferingWithdrawn,
)

if TYPE_CHECKING:
    from services.matching.store import MatchingStore
    from shared.contracts.base import Event
    from shared.store import Document

_COMPANIES = (CompanyRegistered, CompanyChanged)
_OFFERINGS = (OfferingPublished, OfferingChanged)
_NEEDS = (NeedPublished, NeedChanged)


def copy_catalog(store: MatchingStore, events: list[Event]) -> None:
    """Bring the copies up to these events, and note what the shortlists must follow.

    A few bulk writes whatever the number of events. Runs in the transaction of the batch.
    """
    copies: dict[str, dict[str, Document]] = {"companies": {}, "offerings": {}, "needs": {}}
    companies: set[str] = set()
    needs: set[str] = set()
    for event in sorted(events, key=lambda each: each.sequence):
        collection, document = _copy_of(event)
        merged = copies[collection].setdefault(event.subject, {"_id": event.subject})
        merged.update(document, sequence=event.sequence)
        if collection == "needs":
            needs.add(event.subject)
            if document.get("awarded_to"):
                # An award is evidence for its supplier, and for the other needs of its anchor.
                companies |= {document["awarded_to"], document["company_id"]}
        else:
            companies.add(document["company_id"])
    for collection, documents in copies.items():
        if documents:
            store.copy(collection, documents)
    store.note_change(companies, needs)


def _copy_of(event: Event) -> tuple[str, Document]:
    """The collection and the fields that an event sets."""
    payload = event.data
    if isinstance(payload, _COMPANIES):
        return "companies", _present(event, payload.company_id)
    if isinstance(payload, _OFFERINGS):
        return "offerings", _present(event, payload.company_id)
    if isinstance(payload, _NEEDS):
        dates = {"closes_on": payload.closes_on.isoformat(), "status": "open"}
        return "needs", {**_present(event, payload.company_id), **dates}
    if isinstance(payload, CompanyWithdrawn):
        return "companies", {"company_id": payload.company_id, "gone": True, "data": {}}
    if isinstance(payload, OfferingWithdrawn):
        return "offerings", {"company_id": payload.company_id, "gone": True, "data": {}}
    if isinstance(payload, NeedClosed):
        # Its data stay: the anchor still reads the shortlist of a need that is closed.
        closed: Document = {"company_id": payload.company_id, "gone": True, "status": payload.status}
        return "needs", closed | ({"awarded_to": payload.awarded_to} if payload.awarded_to else {})
    raise TypeError(f"{event.type} is not copied")


def _present(event: Event, company_id: str) -> Document:
    return {"company_id": company_id, "gone": False, "data": msgspec.to_builtins(event.data)}
