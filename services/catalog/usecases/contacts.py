"""People to reach at a company: kept apart, told to nobody, shown to whom both sides have accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import msgspec
from msgspec.structs import asdict

from services.catalog.model import contacts
from services.catalog.model.states import today
from services.catalog.usecases import must_be_active, must_write_for
from shared.errors import Forbidden, Invalid
from shared.store import new_id, transactional

if TYPE_CHECKING:
    from datetime import datetime

    from services.catalog.model.contacts import Contact
    from services.catalog.store import CatalogStore
    from shared.auth import Actor
    from shared.contracts.base import Event
    from shared.contracts.rounds import RequestAccepted
    from shared.store import Document


@transactional
def add_contact(
    store: CatalogStore, company_id: str, contact: Contact, *, actor: Actor, now: datetime
) -> Document:
    """Keep a person's data. Raises Invalid when the person has not consented, NotFound or Conflict."""
    must_write_for(actor, company_id)
    must_be_active(store.get("companies", company_id))
    found = contacts.faults(asdict(contact), today(now))
    if found:
        raise Invalid.of(found)
    document = {
        "_id": new_id(),
        "company_id": company_id,
        "created_at": now,
        "data": msgspec.to_builtins(contact),
    }
    return store.add("contacts", document)


@transactional
def remove_contact(store: CatalogStore, company_id: str, contact_id: str, *, actor: Actor) -> None:
    """Erase a person's data, as the person may always ask. Raises NotFound."""
    must_write_for(actor, company_id)
    store.remove_contact(company_id, contact_id)


def contacts_for(store: CatalogStore, company_id: str, *, actor: Actor) -> list[Document]:
    """A company's people, for itself, for an admin, and for a company that it has agreed to meet.

    Raises Forbidden for everybody else, NotFound.
    """
    store.get("companies", company_id)
    own = actor.company_id == company_id or "admin" in actor.roles
    if not own and not (actor.company_id and store.is_granted(company_id, actor.company_id)):
        raise Forbidden(
            "contacts_hidden",
            "Los contactos se ven cuando ambas empresas aceptan reunirse. Pida una cita en una rueda.",
            "Contacts can be seen once both companies have agreed to meet. Ask for a meeting in a round.",
        )
    return store.contacts_of(company_id)


def open_contacts(store: CatalogStore, event: Event) -> None:
    """Two companies have agreed to meet: each may see whom to reach at the other."""
    accepted = cast("RequestAccepted", event.data)
    store.grant(accepted.from_company_id, accepted.to_company_id)
