"""What a person reads and chooses: their own messages, and which of them also come by mail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.notifications.model import OPTIONAL_KINDS
from services.notifications.texts import known_language, with_room, write
from shared.errors import NotFound
from shared.store import transactional

if TYPE_CHECKING:
    from datetime import datetime

    from services.notifications.store import NotificationsStore
    from shared.auth import Actor


def list_messages(
    store: NotificationsStore,
    actor: Actor,
    page: tuple[bool, tuple[datetime, str] | None, int],
    portal_url: str,
) -> list[dict[str, Any]]:
    """The actor's messages, newest first, written in the actor's language.

    `page`: unread ones alone, those before a time and id, and how many.
    """
    language = _language(store, actor)
    rows = store.messages(actor.account_id, *page)
    return [_written(row, language, portal_url) for row in rows]


@transactional
def read_message(
    store: NotificationsStore, message_id: str, actor: Actor, portal_url: str, now: datetime
) -> dict[str, Any]:
    """Note that the actor has read a message; the first time counts. Raises NotFound."""
    row = store.mark_read(actor.account_id, message_id, now)
    if row is None:
        raise NotFound(
            "message_not_found",
            "Ese mensaje no existe o no es suyo. Vuelva a su lista de mensajes.",
            "There is no such message, or it is not yours. Go back to your messages.",
        )
    return _written(row, _language(store, actor), portal_url)


def preferences(store: NotificationsStore, actor: Actor) -> tuple[int, dict[str, bool]]:
    """The version of the actor's choices, and for each kind whether it also comes by mail."""
    version, switched_off = store.preferences(actor.account_id)
    return version, {str(kind): kind not in switched_off for kind in OPTIONAL_KINDS}


@transactional
def choose(store: NotificationsStore, actor: Actor, version: int, by_mail: dict[str, bool]) -> int:
    """Save for each kind whether it also comes by mail; returns the new version. Raises Stale."""
    switched_off = [kind for kind, wanted in by_mail.items() if not wanted]
    return store.save_preferences(actor.account_id, version, switched_off)


def summary(store: NotificationsStore) -> dict[str, Any]:
    """How many mails of each kind are in each state, and how many notices nobody was there for yet."""
    return {"deliveries": store.count_deliveries(), "waiting_for_people": store.count_untold()}


def _language(store: NotificationsStore, actor: Actor) -> str:
    account = store.account(actor.account_id)
    return known_language(account["language"] if account else "es")


def _written(row: dict[str, Any], language: str, portal_url: str) -> dict[str, Any]:
    text = write(row["wording"], with_room(row["facts"], portal_url), language)
    return {
        "id": row["_id"],
        "kind": row["kind"],
        "company_id": row["company_id"],
        "about": row["subject"],
        "title": text.title,
        "text": text.plain,
        "language": language,
        "created_at": row["created_at"],
        "read_at": row["read_at"],
    }
