"""`python -m services.matching.fit`: learn the weights of the score from what people did.

Without options it fits to all decisions, requests and outcomes, keeps the result as a new version and uses
it if it orders held-out needs no worse. `--list` shows the versions, `--use N` goes back to one of them
(0 are the shipped weights). Every open need is ranked anew by the worker afterwards.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from services.matching.store import MatchingStore
from services.matching.usecases.learning import fit, use_version
from shared.config import Config
from shared.errors import ConfigError, NotFound

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 0 when it could be, else 2."""
    parser = argparse.ArgumentParser(prog="python -m services.matching.fit", description=__doc__)
    parser.add_argument("--list", action="store_true", help="show the versions, newest first")
    parser.add_argument("--use", type=int, metavar="N", help="rank by this version from now on")
    options = parser.parse_args(arguments)
    try:
        store = MatchingStore.open(Config.from_env("matching"))
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    now = datetime.now(UTC)
    try:
        if options.list:
            said: object = {"in_use": store.weights_in_use().version, "versions": store.weight_versions()}
        elif options.use is not None:
            use_version(store, options.use, now=now)
            said = {"in_use": options.use}
        else:
            said = fit(store, now=now)
    except NotFound as error:
        sys.stderr.write(f"{error}\n")
        return 2
    finally:
        store.close()
    sys.stdout.write(json.dumps(said, default=str) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
