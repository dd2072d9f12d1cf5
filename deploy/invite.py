"""Opens an account on a system that `make run` started, and prints a one-time link to sign in.

It is how the first person gets into a system without the demo story: there are no default passwords.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from deploy.embedded import MONGO, Place
from deploy.mongod import LocalMongod
from services.portal import bootstrap


def main() -> None:
    """Read the command line; the link alone goes to standard output."""
    parser = argparse.ArgumentParser(prog="make invite", description=__doc__)
    parser.add_argument("--port", type=int, default=8000, help="the first of the system's ports")
    parser.add_argument("--role", default="organizer", help="organizer or admin")
    parser.add_argument("email")
    options = parser.parse_args()
    place = Place(Path(), options.port)
    os.environ.update(place.settings(LocalMongod(place.var, place.port + MONGO).url))
    bootstrap.main([options.email, "--role", options.role])


if __name__ == "__main__":
    main()
