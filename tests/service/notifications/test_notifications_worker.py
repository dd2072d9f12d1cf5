"""The worker as a process of its own: events come off the bus, mails go out, and a kill loses nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from services.notifications.store import NotificationsStore
from shared import bus
from shared.contracts import portal
from shared.contracts.base import Event, encode
from tests.service.notifications.conftest import NOW, request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from shared.config import Config
    from shared.contracts.base import Payload
    from tests.conftest import MakeConfig
    from tests.service.notifications.conftest import Mailbox, Town

MAILS = 120


@contextmanager
def worker(config: Config, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The worker process with this configuration; killed at the end."""
    settings = {
        "ENCADENA_MONGO_URL": config.mongo_url,
        "ENCADENA_BUS_URL": config.bus_url,
        "ENCADENA_PORTAL_URL": config.portal_url,
        "ENCADENA_DATABASE_PREFIX": config.database_prefix,
        "ENCADENA_SMTP_URL": config.smtp_url,
    }
    command = [sys.executable, "-m", "services.notifications.worker"]
    with (
        log.open("ab") as errors,
        subprocess.Popen(command, env={**os.environ, **settings}, stderr=errors) as process,
    ):
        try:
            yield process
        finally:
            process.send_signal(signal.SIGKILL)


def publish(config: Config, *payloads: Payload) -> None:
    producer = bus.connect(config).producer()
    producer.publish([encode(Event(payload, 1, NOW, "story")) for payload in payloads])
    producer.close()


def until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def test_a_worker_that_is_killed_while_it_sends_loses_no_mail(
    town: Town, running: Mailbox, config: MakeConfig, tmp_path: Path
) -> None:
    settings = config("notifications", smtp_url=running.url)
    ana = {"account_id": "ana", "email": "ana@mail.example", "name": "Ana", "language": "es"}
    publish(
        settings,
        portal.AccountOpened(**ana),
        portal.MembershipGranted(membership_id="m", account_id="ana", company_id="tubos"),
        *[request(number) for number in range(MAILS)],
    )
    with worker(settings, tmp_path / "log"):
        until(lambda: len(running.taken) >= 10, "the first worker sends")
    left = town.store.db.deliveries.count_documents({"state": "pending", "lease": {"$exists": True}})
    with worker(settings, tmp_path / "log"):
        until(lambda: len(town.mails("ana", "sent")) >= MAILS - left, "the second worker goes on")
        # The lease of the killed worker runs out.
        town.pause_is_over()
        until(lambda: len(town.mails("ana", "sent")) == MAILS, "the claims of the first are freed")
    identifiers = [str(mail["Message-ID"]) for mail in running.taken]
    assert len(set(identifiers)) == MAILS
    assert len(identifiers) <= MAILS + 1
    assert len(town.told("ana")) == MAILS


def test_the_worker_knows_every_index_of_its_store() -> None:
    named = {name for base in NotificationsStore.__mro__ for name in vars(base).get("INDEXES", {})}
    assert named == set(NotificationsStore.INDEXES)
