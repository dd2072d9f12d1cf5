"""What a worker does with the records that it polled: once in effect, and poison is buried."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from shared import log
from shared.bus import Received
from shared.contracts.base import Unreadable, decode, topic_of
from shared.errors import DomainError
from shared.store import Store, is_passing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from shared.contracts.base import Event

S = TypeVar("S", bound=Store)

TRIES = 5

_log = log.get(__name__)


@dataclass(frozen=True)
class Batched(Generic[S]):
    """A handler that takes consecutive events of its types together, for bulk writes."""

    function: Callable[[S, list[Event]], None]


def batched(function: Callable[[S, list[Event]], None]) -> Batched[S]:
    """Declare a handler of many events at once. It may be called with a single one."""
    return Batched(function)


class Consumption(Generic[S]):
    """What a service does with polled records: once in effect, and poison is buried."""

    def __init__(self, store: S, handlers: Mapping[str, Any]) -> None:
        self.store = store
        self.handlers = handlers

    def topics(self) -> list[str]:
        """The topics that hold the handled event types."""
        return sorted({topic_of(event_type) for event_type in self.handlers})

    def take(self, records: Sequence[Received]) -> None:
        """Handle a batch in one transaction; where that fails, one by one, which isolates the poison.

        Raises the passing faults of the database; nothing is half done then.
        """
        readable = []
        for record in records:
            if record.headers.get("ce_type", "") in self.handlers or "ce_type" not in record.headers:
                try:
                    readable.append((record, decode(record)))
                except Unreadable as error:
                    self._bury(record, f"unreadable: {error}")
        if not readable:
            return
        try:
            self._handle([event for _, event in readable])
        except Exception as error:
            if is_passing(error):
                raise
            _log.warning("batch_failed", events=len(readable), error=_brief(error))
            for record, event in readable:
                self._handle_alone(record, event)

    def replay(self) -> tuple[int, int]:
        """Handle what was buried again, oldest first. Returns (brought back, still failing)."""
        back = still = 0
        for letter in self.store.db.dead_letters.find(sort=[("topic", 1), ("partition", 1), ("offset", 1)]):
            fields = ("topic", "key", "value", "headers", "partition", "offset")
            record = Received(**{name: letter[name] for name in fields})
            try:
                self._handle([decode(record)])
            except Exception as error:
                if is_passing(error):
                    raise
                self._bury(record, f"after replay: {_brief(error)}")
                still += 1
            else:
                self.store.db.dead_letters.delete_one({"_id": letter["_id"]})
                back += 1
        return back, still

    def _handle(self, events: list[Event]) -> None:
        self.store.transact(lambda: self._apply(events))

    def _apply(self, events: list[Event]) -> None:
        fresh = self.store.admit(events, datetime.now(UTC))
        for handler, group in groupby(fresh, key=lambda event: self.handlers[event.type]):
            if isinstance(handler, Batched):
                many = list(group)
                with log.correlated(many[0].correlation_id):
                    handler.function(self.store, many)
                continue
            for event in group:
                with log.correlated(event.correlation_id):
                    handler(self.store, event)

    def _handle_alone(self, record: Received, event: Event) -> None:
        for attempt in range(1, TRIES + 1):
            try:
                self._handle([event])
            except DomainError as error:
                self._bury(record, f"refused: {error}")
                return
            except Exception as error:
                if is_passing(error):
                    raise
                _log.exception("handler_failed", event_id=event.id, attempt=attempt)
                if attempt == TRIES:
                    self._bury(record, f"failed {TRIES} times: {_brief(error)}")
                    return
                time.sleep(0.05 * 2**attempt)
            else:
                return

    def _bury(self, record: Received, reason: str) -> None:
        _log.error("event_buried", topic=record.topic, offset=record.offset, reason=reason)
        self.store.bury(record, reason, datetime.now(UTC))


def _brief(error: Exception) -> str:
    """The error, cut: that of a bulk write repeats every document of the batch."""
    return repr(error)[:500]
