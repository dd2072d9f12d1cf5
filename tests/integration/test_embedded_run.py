"""What `make run` refuses before it starts anything, with what to do about it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

from deploy.embedded import Place, alone

if TYPE_CHECKING:
    from pathlib import Path


def run(place: Place) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "deploy.embedded", "--port", str(place.port), "--var", str(place.var)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_second_copy_on_the_same_folder_is_refused_and_the_first_is_named(tmp_path: Path) -> None:
    place = Place(tmp_path / "var", 8000)
    with alone(place):
        refused = run(place)
    assert refused.returncode == 1
    assert f"proceso {os.getpid()}" in refused.stderr
    assert "make run VAR=otra" in refused.stderr


def test_a_folder_is_free_again_after_its_run(tmp_path: Path) -> None:
    place = Place(tmp_path / "var", 8000)
    with alone(place):
        pass
    with alone(place):
        assert (place.var / "run.pid").read_text().strip() == str(os.getpid())


def test_a_taken_port_is_refused_and_its_holder_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        refused = run(Place(tmp_path / "var", port))
    assert refused.returncode == 1
    assert f"El puerto {port} (portal)" in refused.stderr
    assert f"proceso {os.getpid()}" in refused.stderr
