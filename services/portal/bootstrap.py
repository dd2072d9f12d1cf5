"""Opens an account for somebody from the command line and prints a one-time sign-in link.

    python -m services.portal.bootstrap EMAIL [--role organizer|admin] [--name NAME] [--language es|en]

It is how the first administrator gets in: there are no default passwords. For an account that exists it
adds the role, changes what is given, and prints a fresh link.
"""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from services.portal.model import GRANTABLE_ROLES, LANGUAGES, LINK_LIFE
from services.portal.store import PortalStore
from services.portal.usecases.accounts import Profile, make_link, prepare_account
from shared.config import Config
from shared.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Sequence


def bootstrap(config: Config, profile: Profile, role: str | None) -> str:
    """Make the account ready and return a link that signs in once. Raises Invalid."""
    now = datetime.now(UTC)
    store = PortalStore.open(config)
    try:
        store.ensure_indexes()
        account = prepare_account(store, profile, role, now=now)
        return make_link(store, account, life=LINK_LIFE, portal_url=config.portal_url, now=now)
    finally:
        store.close()


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line; the link alone goes to standard output."""
    parser = argparse.ArgumentParser(
        prog="python -m services.portal.bootstrap",
        description="Open an account, or find it, and print a one-time sign-in link.",
    )
    parser.add_argument("email")
    parser.add_argument("--role", choices=GRANTABLE_ROLES, help="grant this role to the person")
    parser.add_argument("--name", default="", help="the person's name")
    parser.add_argument("--language", choices=LANGUAGES, help="the person's language")
    given = parser.parse_args(arguments)
    profile = Profile(given.email, given.name, given.language)
    try:
        link = bootstrap(Config.from_env("portal"), profile, given.role)
    except Invalid as error:
        parser.error("; ".join(fault.en for fault in error.faults))
    sys.stdout.write(f"{link}\n")


if __name__ == "__main__":
    main()
