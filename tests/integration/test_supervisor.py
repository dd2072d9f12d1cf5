"""The processes of `make run`: kept running, restarted, and gone in the end."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import uuid
from typing import TYPE_CHECKING

import psutil
import pytest

from deploy.supervisor import Supervisor, holder_of, stop_marked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SLEEPER = ["/bin/sh", "-c", "echo begun; exec sleep 600"]


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(tmp_path: Path, said: list[str]) -> Iterator[Supervisor]:
    made = Supervisor(tmp_path, said.append)
    yield made
    made.stop()


def until(supervisor: Supervisor, condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        supervisor.tick()


def test_a_killed_process_is_started_again_and_the_person_is_told(supervisor, said) -> None:
    supervisor.start("worker", SLEEPER)
    first = supervisor.kept["worker"].process
    os.kill(first.pid, signal.SIGKILL)
    until(supervisor, lambda: supervisor.kept["worker"].process.pid != first.pid)
    assert supervisor.kept["worker"].process.poll() is None
    assert "worker terminó (señal SIGKILL)" in said[0]


def test_each_restart_of_a_process_that_dies_at_once_waits_longer(supervisor, said) -> None:
    supervisor.start("worker", ["/bin/sh", "-c", "exit 3"])
    until(supervisor, lambda: len(said) == 2)
    assert "código 3" in said[0]
    assert "en 0.5 s" in said[0]
    assert "en 1 s" in said[1]


def test_what_a_process_prints_is_in_its_log_and_the_last_run_is_kept(supervisor, tmp_path) -> None:
    (tmp_path / "worker.log").write_text("earlier\n")
    supervisor.start("worker", SLEEPER)
    until(supervisor, lambda: (tmp_path / "worker.log").read_text() == "begun\n")
    assert (tmp_path / "worker.log.1").read_text() == "earlier\n"


def test_stopping_ends_every_process(supervisor) -> None:
    supervisor.start("one", SLEEPER)
    supervisor.start("two", SLEEPER)
    processes = [kept.process for kept in supervisor.kept.values()]
    supervisor.stop()
    assert all(process.returncode is not None for process in processes)


def test_what_a_killed_run_left_behind_is_stopped_and_nothing_else() -> None:
    mark = uuid.uuid4().hex
    left = subprocess.Popen(SLEEPER, env={**os.environ, "MARK": mark}, stdout=subprocess.DEVNULL)
    other = subprocess.Popen(SLEEPER, env={**os.environ, "MARK": mark + "2"}, stdout=subprocess.DEVNULL)
    try:
        assert stop_marked("MARK", mark) == 1
        assert not psutil.pid_exists(left.pid)
        assert other.poll() is None
    finally:
        left.wait(5)
        other.kill()
        other.wait()


def test_the_holder_of_a_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        holder = holder_of(server.getsockname()[1]) or ""
    assert holder.startswith(f"{os.getpid()} (")
