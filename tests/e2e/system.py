"""The whole system as `make run` starts it, in a process of its own, with hands on its processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import psutil
import requests

from deploy.embedded import MARK, ROOT, WEB, Place
from deploy.mongod import port_is_free
from tests.backing import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

T = TypeVar("T")

START_SECONDS = 240


def eventually(what: str, look: Callable[[], T | None], seconds: float = 60) -> T:
    """What `look` gives once it gives something true. Fails the test after a deadline."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        time.sleep(0.1)


def free_base() -> int:
    """The first of a run of ports that are all free."""
    while True:
        base = free_port()
        if all(port_is_free(base + n) for n in range(14)):
            return base


class System:
    """One copy of the system; `start` may be called again after `stop`."""

    def __init__(self, folder: Path, bus: str = "embedded") -> None:
        self.place = Place(folder / "var", free_base(), bus)
        self.output = folder / "output.txt"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *, demo: bool) -> None:
        """Start it and return once every service is ready (and the story is told)."""
        command = [sys.executable, "-m", "deploy.embedded", "--port", str(self.place.port)]
        command += ["--var", str(self.place.var), "--bus", self.place.bus, "--demo", "yes" if demo else "no"]
        environment = {n: v for n, v in os.environ.items() if not n.startswith("ENCADENA_")}
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT,
                start_new_session=True,
            )  # fmt: skip

    def tell(self) -> None:
        """Tell the demo story on the running system. Fails the test when it can't be told."""
        mongo_url = f"mongodb://127.0.0.1:{self.place.port + 10}/?replicaSet=rs0"
        story = [sys.executable, "-m", "deploy.demo", "--port", str(self.place.port), "--var"]
        told = subprocess.run(
            [*story, str(self.place.var)],
            cwd=ROOT,
            env={**os.environ, **self.place.settings(mongo_url)},
            capture_output=True,
            text=True,
            timeout=2 * START_SECONDS,
            check=False,
        )
        assert told.returncode == 0, told.stdout + told.stderr

    def await_running(self) -> str:
        """Wait until it says that it is running; returns all that it said."""

        def look() -> str | None:
            said = self.output.read_text()
            assert self.process is not None
            assert self.process.poll() is None, said
            return said if "Encadena está en marcha" in said else None

        return eventually("the system to run", look, START_SECONDS)

    def stop(self) -> int:
        """Stop it as Ctrl-C does; returns its exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(90)

    def processes(self, *words: str) -> list[psutil.Process]:
        """The running processes of this copy whose command line has all of `words`."""
        found = []
        for process in psutil.process_iter():
            try:
                mine = process.environ().get(MARK) == str(self.place.var)
                line = " ".join(process.cmdline())
            except psutil.Error:
                continue
            if mine and process.status() != psutil.STATUS_ZOMBIE and all(word in line for word in words):
                found.append(process)
        return found

    @contextmanager
    def frozen(self, *words: str) -> Iterator[None]:
        """Inside the block a process neither answers nor refuses, as one that went away."""
        [process] = self.processes(*words)
        process.suspend()
        try:
            yield
        finally:
            process.resume()

    def is_ready(self) -> bool:
        """Whether every service answers and reaches its database."""
        try:
            return all(requests.get(f"{self.place.url(s)}/readyz", timeout=5).ok for s in WEB)
        except requests.RequestException:
            return False

    def figures(self) -> dict[str, Any]:
        """What the demo story left."""
        kept: dict[str, Any] = json.loads((self.place.var / "demo.json").read_text())
        return kept


@contextmanager
def running(system: System, *, demo: bool = True) -> Iterator[System]:
    """The system, started and ready inside the block, and stopped after it whatever happens."""
    system.start(demo=demo)
    try:
        system.await_running()
        yield system
    finally:
        system.stop()
