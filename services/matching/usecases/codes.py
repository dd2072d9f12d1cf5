"""Codes for a text, from the official lists and from companies that are coded already."""

from __future__ import annotations

import time
from threading import Lock
from typing import TYPE_CHECKING

from services.matching.engine.suggest import SCHEMES, CodeBook
from shared.store import transactional

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date

    from services.matching.engine.classes import Entry
    from services.matching.engine.suggest import Suggestion
    from services.matching.store import MatchingStore

# Of companies that are coded so many offerings are read, and again after an hour.
MOST_EXAMPLES = 5_000
REFRESH_SECONDS = 3_600.0
_MOST_REMEMBERED = 20_000


class Codes:
    """The code book of a process; it is read again when a list was loaded, and every hour."""

    def __init__(self) -> None:
        self._book = CodeBook(())
        self._versions: dict[str, int] = {}
        self._read_at = 0.0
        self._activities: dict[str, dict[str, float]] = {}
        self._lock = Lock()

    def suggest(
        self, store: MatchingStore, text: str, limit: int, schemes: Sequence[str] = SCHEMES
    ) -> list[Suggestion]:
        """The best codes of each list. Without a loaded list there are none."""
        with self._lock:
            self._refresh(store)
            return self._book.suggest_codes(text, limit, schemes)

    def activities(self, store: MatchingStore, texts: Collection[str]) -> dict[str, dict[str, float]]:
        """The CIIU classes that each text speaks of, with how sure each is beside the surest."""
        if not texts:
            return {}
        with self._lock:
            self._refresh(store)
            return {text: self._activities_in(text) for text in texts}

    def _activities_in(self, text: str) -> dict[str, float]:
        known = self._activities.get(text)
        if known is None:
            found = self._book.suggest_codes(text, 3, ("CIIU",))
            surest = found[0].confidence if found else 1.0
            known = {each.code: round(each.confidence / surest, 3) for each in found}
            if len(self._activities) >= _MOST_REMEMBERED:
                self._activities.clear()
            self._activities[text] = known
        return known

    def _refresh(self, store: MatchingStore) -> None:
        versions = {scheme: n for scheme, n in store.list_versions().items() if scheme in SCHEMES}
        is_old = bool(versions) and time.monotonic() - self._read_at > REFRESH_SECONDS
        if versions == self._versions and not is_old:
            return
        self._book = CodeBook(store.taxonomy(SCHEMES), store.coded_texts(MOST_EXAMPLES))
        self._versions, self._read_at = versions, time.monotonic()
        self._activities.clear()


@transactional
def load_list(store: MatchingStore, entries: Sequence[Entry], day: date) -> None:
    """Replace an official list by these entries of one scheme, and have every open need ranked by it."""
    store.save_taxonomy(entries)
    store.note_change(needs=store.open_need_ids(day))
