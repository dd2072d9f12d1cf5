"""A person's own calendar feed."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from services.rounds.model.meetings import Meeting
from shared.errors import Forbidden, NotFound
from shared.store import transactional

if TYPE_CHECKING:
    from datetime import datetime

    from services.rounds.store import RoundsStore
    from shared.auth import Actor


@transactional
def open_feed(store: RoundsStore, language: str, *, actor: Actor, now: datetime) -> str:
    """A new secret key (192 bits) for the actor's feed in `es` or `en`; an earlier one opens it no more.

    Raises Forbidden.
    """
    company_id = _company_of(actor)
    key = secrets.token_urlsafe(24)
    whose = {"account_id": actor.account_id, "company_id": company_id, "language": language, "at": now}
    store.keep_feed(key, whose)
    return key


@transactional
def close_feed(store: RoundsStore, *, actor: Actor) -> None:
    """End the actor's feed; its key opens nothing any more. Raises Forbidden."""
    store.drop_feed(actor.account_id, _company_of(actor))


def _company_of(actor: Actor) -> str:
    if actor.company_id is None:
        raise Forbidden("no_company", "Elija una empresa.", "Choose a company.")
    return actor.company_id


def meetings_of_feed(store: RoundsStore, key: str) -> tuple[str, str, list[Meeting]]:
    """The company, the language and the meetings of the person whose key it is; those of nameless colleagues
    as well.

    Raises NotFound.
    """
    row = store.feed(key)
    if row is None:
        raise NotFound("not_found", "No existe o no es para usted.", "It does not exist, or is not for you.")
    company_id = str(row["company_id"])
    meetings = store.find(Meeting, {"company_ids": company_id, "status": "scheduled"})
    mine = {row["account_id"], None}
    return company_id, str(row["language"]), [m for m in meetings if m.side_of(company_id).account_id in mine]
