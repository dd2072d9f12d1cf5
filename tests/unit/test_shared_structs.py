"""Structs are ready before threads use them."""

from __future__ import annotations

import subprocess
import sys

# In a process of its own, since what it guards against is a crash of the whole process.
RACE = """
import sys, threading, msgspec
from shared import structs

sys.setswitchinterval(1e-6)
for number in range(200):
    inner = msgspec.defstruct(f"Inner{number}", [("x", int), ("y", list[int] | None, None)])
    outer = msgspec.defstruct(f"Outer{number}", [("one", inner), ("many", list[inner], [])])
    structs.prepare()
    ready = threading.Barrier(8)
    def convert():
        ready.wait()
        msgspec.convert({"one": {"x": 1}, "many": [{"x": 2}]}, outer)
    threads = [threading.Thread(target=convert) for _ in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
"""


def test_threads_that_use_a_struct_first_and_at_once_do_not_crash_the_process() -> None:
    done = subprocess.run(
        [sys.executable, "-c", RACE], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
