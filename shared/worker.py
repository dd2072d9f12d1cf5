"""The loop of every worker process: poll → handle → commit → relay, then the service's own jobs.

There are no threads. Effects, the inbox and outgoing events are one transaction for each polled batch;
positions are committed after it, and the outbox is relayed last, so a kill at any instruction only leads
to work being offered again, which the inbox refuses.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from shared import bus, log
from shared.bus import BusUnavailable, Received
from shared.config import Config
from shared.contracts.base import Unreadable, decode, topic_of
from shared.errors import DomainError
from shared.store import Store, is_passing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from shared.contracts.base import Event

S = TypeVar("S", bound=Store)

BATCH = 500
IDLE_SECONDS = 0.1
TRIES = 5
HEARTBEAT_SECONDS = 5.0
LONGEST_PAUSE = 10.0
# A fault that lasts ends the process uncommitted: whoever supervises it starts a fresh one.
PATIENCE_SECONDS = 300.0

_log = log.get(__name__)


@dataclass(frozen=True)
class Batched(Generic[S]):
    """A handler that takes consecutive events of its types together, for bulk writes."""

    function: Callable[[S, list[Event]], None]


def batched(function: Callable[[S, list[Event]], None]) -> Batched[S]:
    """Declare a handler of many events at once. It may be called with a single one."""
    return Batched(function)


Handler = "Callable[[S, Event], None] | Batched[S]"


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
            _log.warning("batch_failed", events=len(readable), error=repr(error))
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
                self._bury(record, f"after replay: {error!r}")
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
                    self._bury(record, f"failed {TRIES} times: {error!r}")
                    return
                time.sleep(0.05 * 2**attempt)
            else:
                return

    def _bury(self, record: Received, reason: str) -> None:
        _log.error("event_buried", topic=record.topic, offset=record.offset, reason=reason)
        self.store.bury(record, reason, datetime.now(UTC))


class Worker(Generic[S]):
    """One worker process of a service."""

    def __init__(
        self,
        config: Config,
        store: S,
        handlers: Mapping[str, Any],
        jobs: Sequence[Callable[[S], bool]] = (),
    ) -> None:
        self.config = config
        self.store = store
        self.consumption = Consumption(store, handlers)
        self.jobs = list(jobs)
        self.stopping = False
        self._paused_until: dict[int, float] = {}
        self._job_faults: dict[int, int] = {}
        self._next_heartbeat = 0.0
        connection = bus.connect(config)
        self._producer = connection.producer()
        topics = self.consumption.topics()
        self._consumer = connection.consumer(config.service, topics) if topics else None

    def run(self) -> None:
        """Work until told to stop. Faults that pass are waited out; one that lasts is raised."""
        well_since, pause = time.monotonic(), 0.1
        busy = True
        while not self.stopping:
            try:
                busy = self.step(0.0 if busy else IDLE_SECONDS)
                well_since, pause = time.monotonic(), 0.1
            except Exception as error:
                lasts = time.monotonic() - well_since > PATIENCE_SECONDS
                if lasts or not (is_passing(error) or isinstance(error, BusUnavailable)):
                    raise
                _log.warning("waiting", error=repr(error), seconds=pause)
                time.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
                self._rewind()

    def step(self, wait: float) -> bool:
        """One round of the loop; waits up to `wait` seconds for events. True when there was work.

        The outbox is relayed and the jobs run even while the bus can't be read, and the reverse.
        """
        fault: Exception | None = None
        taken = sent = 0
        try:
            taken = self._consume(wait)
        except BusUnavailable as error:
            fault = error
        try:
            sent = self._relay()
        except BusUnavailable as error:
            fault = error
        more = [self._do(number, job) for number, job in enumerate(self.jobs)]
        self._beat()
        if fault is not None:
            raise fault
        return bool(taken or sent or any(more))

    def close(self) -> None:
        """Leave the consumer group, so that a standby takes over at once."""
        if self._consumer is not None:
            self._consumer.close()
        self._producer.close()

    def _consume(self, wait: float) -> int:
        if self._consumer is None:
            time.sleep(wait)
            return 0
        records = self._consumer.poll(BATCH, wait)
        if records:
            self.consumption.take(records)
            self._consumer.commit()
        return len(records)

    def _rewind(self) -> None:
        if self._consumer is not None:
            try:
                self._consumer.rewind()
            except BusUnavailable as error:
                _log.warning("rewind_failed", error=repr(error))

    def _relay(self) -> int:
        pending = self.store.pending(BATCH)
        if pending:
            self._producer.publish(list(pending.values()))
            self.store.mark_sent(pending)
        return len(pending)

    def _do(self, number: int, job: Callable[[S], bool]) -> bool:
        """Run a job; one that fails is left alone for a growing while, and the events go on."""
        if time.monotonic() < self._paused_until.get(number, 0.0):
            return False
        try:
            more = job(self.store)
        except Exception as error:
            faults = self._job_faults[number] = self._job_faults.get(number, 0) + 1
            self._paused_until[number] = time.monotonic() + min(0.1 * 2**faults, LONGEST_PAUSE)
            _log.error("job_failed", job=number, faults=faults, exc_info=error)
            return False
        self._job_faults.pop(number, None)
        return more

    def _beat(self) -> None:
        if time.monotonic() >= self._next_heartbeat:
            self._next_heartbeat = time.monotonic() + HEARTBEAT_SECONDS
            name = f"{socket.gethostname()}:{os.getpid()}"
            self.store.db.worker_status.update_one(
                {"_id": name}, {"$set": {"at": datetime.now(UTC)}}, upsert=True
            )


def main(
    service: str,
    store_class: type[S],
    handlers: Mapping[str, Any],
    jobs: Sequence[Callable[[S], bool]] = (),
) -> None:
    """Entry point of `python -m services.<service>.worker`; `--replay` handles what was buried."""
    parser = argparse.ArgumentParser(description=f"Worker of the {service} service.")
    parser.add_argument("--replay", action="store_true", help="handle the buried events once more, then end")
    replay = parser.parse_args().replay
    config = Config.from_env(service)
    log.configure(service, config.log_level)
    store = store_class.open(config)
    _when_reachable(store.ensure_indexes)
    if replay:
        back, still = Consumption(store, handlers).replay()
        sys.stdout.write(f"{back} brought back, {still} still failing\n")
        store.close()
        sys.exit(1 if still else 0)
    worker = Worker(config, store, handlers, jobs)

    def stop(*_: object) -> None:
        worker.stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        worker.run()
    finally:
        worker.close()
        store.close()


def _when_reachable(work: Callable[[], None]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return work()
        except Exception as error:
            if not is_passing(error) or time.monotonic() > deadline:
                raise
            _log.warning("waiting_for_database", error=repr(error))
            time.sleep(1)
