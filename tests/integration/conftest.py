"""Fixtures for the bus: each test that asks for `bus` runs on the embedded log and on Kafka."""

from __future__ import annotations

import gc
import logging
import subprocess
import sys
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from deploy.topics import make_topics
from shared.bus import connect
from tests.integration.bus_member import config_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from shared.bus import Bus


@pytest.fixture(params=["embedded", "kafka"])
def bus_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of a bus: a fresh folder, or the session's Kafka."""
    if request.param == "embedded":
        return f"embedded://{tmp_path / 'bus'}"
    return f"kafka://{request.getfixturevalue('kafka_address')}"


@pytest.fixture
def collect_refused_sockets(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Collects them while the test's filter of warnings is in force."""
    # The records of what is logged hold the sockets by their tracebacks.
    caplog.set_level(logging.CRITICAL, logger="kafka")
    yield
    gc.collect()


@pytest.fixture
def bus(bus_url: str) -> Bus:
    """The bus itself."""
    return connect(config_for(bus_url))


@pytest.fixture
def make_topic(bus_url: str) -> Callable[[int], str]:
    """Makes topics of a new name; the embedded log has one partition whatever is asked."""

    def make(partitions: int) -> str:
        topic = f"t{uuid.uuid4().hex[:12]}.events"
        if bus_url.startswith("kafka:"):
            make_topics(config_for(bus_url), [topic], partitions, replication=1)
        return topic

    return make


@pytest.fixture
def topic(make_topic: Callable[[int], str]) -> str:
    """A topic of this test alone, with one partition, so that one member of a group is active."""
    return make_topic(1)


@pytest.fixture
def opened() -> Iterator[Callable[[Any], Any]]:
    """Registers producers and consumers, which are closed at the end."""
    clients: list[Any] = []

    def register(client: Any) -> Any:
        clients.append(client)
        return client

    yield register
    for client in clients:
        client.close()


@pytest.fixture
def run_member() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts `tests/integration/bus_member.py` as a process, which is killed at the end."""
    processes: list[subprocess.Popen[str]] = []

    def run(*arguments: object) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.integration.bus_member", *map(str, arguments)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        processes.append(process)
        return process

    yield run
    for process in processes:
        process.kill()
        process.communicate()
