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
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from shared import bus, log
from shared.bus import BusUnavailable
from shared.config import Config
from shared.consumption import Consumption
from shared.store import Store, is_passing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

S = TypeVar("S", bound=Store)

BATCH = 500
IDLE_SECONDS = 0.1
HEARTBEAT_SECONDS = 5.0
LONGEST_PAUSE = 10.0
# A fault that lasts ends the process uncommitted: whoever supervises it starts a fresh one.
PATIENCE_SECONDS = 300.0

_log = log.get(__name__)


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
    at_end: Callable[[S], None] = lambda _: None,
) -> None:
    """Entry point of `python -m services.<service>.worker`; `--replay` handles what was buried.

    `at_end` is done when the worker is told to stop, to give back what other workers may have.
    """
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
        at_end(store)
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
