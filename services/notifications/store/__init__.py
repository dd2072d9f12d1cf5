"""The only place of this service that knows MongoDB."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from services.notifications.store.deliveries import Deliveries
from services.notifications.store.digests import Digests, Shortlist
from services.notifications.store.notices import Notices
from services.notifications.store.people import People

if TYPE_CHECKING:
    from pymongo import IndexModel

__all__ = ["NotificationsStore", "Shortlist"]


class NotificationsStore(People, Digests, Notices, Deliveries):
    """The address book, gathered matches, notices, messages and mails."""

    INDEXES: ClassVar[dict[str, list[IndexModel]]] = {
        **People.INDEXES,
        **Digests.INDEXES,
        **Notices.INDEXES,
        **Deliveries.INDEXES,
    }
