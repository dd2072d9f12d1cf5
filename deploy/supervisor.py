"""Keeps processes running: starts them, restarts those that die, stops them all.

A restart waits longer each time a process dies soon after its start, up to `LONGEST_WAIT`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FIRST_WAIT = 0.5
LONGEST_WAIT = 30.0
STEADY_SECONDS = 30.0
STOP_SECONDS = 20.0


@dataclass
class Kept:
    """One process that is kept running, and when it may be started again."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes]
    started: float
    deaths_in_a_row: int = 0
    restart_at: float | None = None


class Supervisor:
    """Runs processes with their output in `logs`; call `tick` often, and `stop` in the end.

    `say` is told of every death and restart. The processes get the environment of this one.
    """

    def __init__(self, logs: Path, say: Callable[[str], None]) -> None:
        self.logs = logs
        self.say = say
        self.kept: dict[str, Kept] = {}

    def start(self, name: str, command: list[str]) -> None:
        """Start a process and keep it running; its output of an earlier run is kept as `.1`."""
        log = self.logs / f"{name}.log"
        if log.exists():
            log.replace(log.with_suffix(".log.1"))
        self.kept[name] = Kept(name, command, self._run(name, command), time.monotonic())

    def tick(self) -> None:
        """Look after the processes once; takes no time."""
        now = time.monotonic()
        for kept in self.kept.values():
            if kept.restart_at is None and kept.process.poll() is not None:
                steady = now - kept.started > STEADY_SECONDS
                kept.deaths_in_a_row = 1 if steady else kept.deaths_in_a_row + 1
                wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** (kept.deaths_in_a_row - 1))
                kept.restart_at = now + wait
                self.say(
                    f"{kept.name} terminó ({ending(kept.process.returncode)});"
                    f" se reinicia en {wait:g} s. Ver {self.logs / kept.name}.log"
                )
            elif kept.restart_at is not None and now >= kept.restart_at:
                kept.process = self._run(kept.name, kept.command)
                kept.started, kept.restart_at = now, None

    def stop(self) -> None:
        """Ask all of them to end, and after `STOP_SECONDS` end them with what they started."""
        running = [kept.process for kept in self.kept.values() if kept.process.poll() is None]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process in running:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self.kept.clear()

    def _run(self, name: str, command: list[str]) -> subprocess.Popen[bytes]:
        with (self.logs / f"{name}.log").open("ab") as output:
            return subprocess.Popen(
                command,
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                # Ctrl-C is for the supervisor alone, which stops everything in order.
                start_new_session=True,
            )


def ending(returncode: int) -> str:
    """How a process ended, in words."""
    if returncode < 0:
        return f"señal {signal.Signals(-returncode).name}"
    return f"código {returncode}"


def stop_marked(variable: str, value: str) -> int:
    """Stop every process that has `variable=value` in its environment, save this one's own line.

    These are what an earlier run left behind when it was killed. Returns how many there were.
    """
    own = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    left = []
    for process in psutil.process_iter():
        try:
            if process.pid not in own and process.environ().get(variable) == value:
                left.append(process)
        except (psutil.AccessDenied, psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
    for process in left:
        _end(process.terminate)
    _, alive = psutil.wait_procs(left, timeout=STOP_SECONDS)
    for process in alive:
        _end(process.kill)
    psutil.wait_procs(alive, timeout=STOP_SECONDS)
    return len(left)


def _end(how: Callable[[], None]) -> None:
    try:
        how()
    except psutil.NoSuchProcess:
        return


def holder_of(port: int) -> str | None:
    """Who listens on a port of this machine, as far as it may be seen: "1234 (python -m …)"."""
    try:
        connections = psutil.net_connections("tcp")
    except psutil.AccessDenied:
        return None
    for connection in connections:
        if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port:
            if connection.pid is None:
                return None
            try:
                command = " ".join(psutil.Process(connection.pid).cmdline())[:80]
            except psutil.Error:
                command = "?"
            return f"{connection.pid} ({command})"
    return None
