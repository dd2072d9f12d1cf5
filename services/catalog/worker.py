"""The catalog's worker: opens contacts to companies that will meet, closes needs in time, runs imports
and ends uploads that stopped half-way.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from services.catalog.imports.jobs import ImportWatch
from services.catalog.store import CatalogStore
from services.catalog.usecases.contacts import open_contacts
from services.catalog.usecases.needs import close_overdue_needs
from shared.worker import main

if TYPE_CHECKING:
    from collections.abc import Callable

_A_MINUTE = 60.0


def each_minute(work: Callable[[CatalogStore, datetime], int]) -> Callable[[CatalogStore], bool]:
    """A job that looks once a minute, and again at once while it finds something."""
    due = 0.0

    def job(store: CatalogStore) -> bool:
        nonlocal due
        if time.monotonic() < due:
            return False
        if work(store, datetime.now(UTC)):
            return True
        due = time.monotonic() + _A_MINUTE
        return False

    return job


HANDLERS = {"rounds.request_accepted": open_contacts}
JOBS: list[Callable[[CatalogStore], bool]] = [
    each_minute(close_overdue_needs),
    each_minute(CatalogStore.fail_silent_uploads),
    ImportWatch(),
]

if __name__ == "__main__":
    main("catalog", CatalogStore, HANDLERS, JOBS)
