"""What of offerings and needs each reader may see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.catalog.usecases import sees_all_of
from shared.errors import NotFound

if TYPE_CHECKING:
    from services.catalog.store import CatalogStore
    from shared.auth import Actor
    from shared.store import Document

_SHOWN = {"offerings": ["published"], "needs": ["open", "closed", "awarded"]}
_LISTED = {"offerings": ["published"], "needs": ["open"]}


def read(store: CatalogStore, collection: str, document_id: str, actor: Actor) -> Document:
    """One document. Raises NotFound, also for another company's drafts."""
    document = store.get(collection, document_id)
    if document["status"] not in _SHOWN[collection] and not sees_all_of(actor, document["company_id"]):
        raise NotFound(
            "not_found",
            "No existe, o no está a su alcance. Revise la dirección.",
            "It does not exist, or it is not for you to see. Check the address.",
        )
    return document


def listed(
    store: CatalogStore, collection: str, query: dict[str, Any], actor: Actor
) -> tuple[list[Document], str | None]:
    """A page of what the actor may see of what is asked for."""
    criteria = {name: value for name, value in query.items() if name not in {"limit", "cursor"}}
    owner, status = query.get("company_id"), query.get("status")
    sees_all = sees_all_of(actor, owner or "")
    if status is None and not (owner and sees_all):
        criteria["status"] = _LISTED[collection]
    elif status is not None and status not in _SHOWN[collection] and not sees_all:
        # Nobody's drafts but one's own: the question is answered, for the own company.
        criteria["company_id"] = actor.company_id if owner is None else ""
    return store.page(collection, criteria, query["limit"], query["cursor"])
