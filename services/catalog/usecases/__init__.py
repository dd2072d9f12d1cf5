"""What people can do in the catalog, by subject."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.errors import Conflict, Invalid

if TYPE_CHECKING:
    from shared.auth import Actor
    from shared.store import Document

STAFF = frozenset({"organizer", "admin"})


def must_write_for(actor: Actor, company_id: str) -> None:
    """Raise Forbidden unless the actor acts for the company, or helps companies as an organizer does."""
    if not actor.roles & STAFF:
        actor.must_act_for(company_id)


def sees_all_of(actor: Actor, company_id: str) -> bool:
    """Whether the actor also sees what the company has not published."""
    return actor.company_id == company_id or bool(actor.roles & STAFF)


def company_for(actor: Actor, company_id: str | None) -> str:
    """The company that a new offering or need is for: the one named, or the actor's own."""
    chosen = company_id or actor.company_id
    if chosen is None:
        raise Invalid(
            "company_missing",
            "Diga de qué empresa es, o entre con una cuenta que actúe por una.",
            "Say which company it is for, or sign in with an account that acts for one.",
            "company_id",
        )
    return chosen


def must_be_active(document: Document, role: str | None = None) -> None:
    """Raise Conflict unless the company is in the directory and has the role."""
    if document["status"] != "active":
        raise Conflict(
            "company_withdrawn",
            "La empresa se retiró del directorio. Regístrela de nuevo si vuelve.",
            "The company has left the directory. Register it again if it comes back.",
        )
    if role and role not in document["data"]["roles"]:
        raise Conflict(
            "company_without_role",
            f"La empresa no está registrada como {role}; agregue ese papel a sus datos.",
            f"The company is not registered as {role}; add that role to its data.",
            "company_id",
        )
