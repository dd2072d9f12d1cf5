"""The portal's worker: copies of companies, and the forgetting of accounts that nobody used."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from services.portal.store import PortalStore
from services.portal.usecases import accounts, members
from shared.consumption import batched
from shared.worker import main

if TYPE_CHECKING:
    from typing import Any

copied = batched(members.copy_companies)

HANDLERS: dict[str, Any] = {
    "catalog.company_registered": copied,
    "catalog.company_changed": copied,
    "catalog.company_withdrawn": copied,
}


class Forgetting:
    """Erases, once an hour, the accounts that were opened long ago and never used."""

    def __init__(self) -> None:
        self._next_at = datetime.min.replace(tzinfo=UTC)

    def __call__(self, store: PortalStore) -> bool:
        """True when there may be more to erase at once."""
        now = datetime.now(UTC)
        if now < self._next_at:
            return False
        more = accounts.erase_unused_accounts(store, now=now)
        if not more:
            self._next_at = now + timedelta(hours=1)
        return more


JOBS = [Forgetting()]

if __name__ == "__main__":
    main("portal", PortalStore, HANDLERS, JOBS)
