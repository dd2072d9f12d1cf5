"""Codes for a text, from the official lists and from companies that are coded already."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from services.matching.engine.suggest import CodeBook

if TYPE_CHECKING:
    from services.matching.engine.suggest import Suggestion
    from services.matching.store import MatchingStore

MOST_EXAMPLES = 20_000


class Codes:
    """The code book of a web process; it is read again when a list was loaded."""

    def __init__(self) -> None:
        self._book = CodeBook(())
        self._lock = Lock()

    def suggest(self, store: MatchingStore, text: str, limit: int) -> list[Suggestion]:
        """The best codes of each list. Without a loaded list there are none."""
        with self._lock:
            if store.taxonomy_size() != len(self._book):
                self._book = CodeBook(store.taxonomy(), store.coded_texts(MOST_EXAMPLES))
            return self._book.suggest_codes(text, limit)
