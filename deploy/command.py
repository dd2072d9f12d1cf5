"""Runs a command of a service on a system that `make run` started, as `make invite` and `make import` do:

python -m deploy.command --port 8000 services.catalog.imports FILE
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from deploy.embedded import MONGO, Place
from deploy.mongod import LocalMongod


def main() -> None:
    """Become the command, with the settings of the system at the given port."""
    parser = argparse.ArgumentParser(prog="python -m deploy.command", description=__doc__)
    parser.add_argument("--port", type=int, default=8000, help="the first of the system's ports")
    parser.add_argument("--var", type=Path, default=Path("var"), help="the system's folder")
    parser.add_argument("module", help="such as services.matching.fit")
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    place = Place(options.var.absolute(), options.port)
    settings = place.settings(LocalMongod(place.var, place.port + MONGO).url)
    command = [sys.executable, "-m", options.module, *options.arguments]
    os.execve(sys.executable, command, {**os.environ, **settings})  # noqa: S606  # no shell is wanted


if __name__ == "__main__":
    main()
