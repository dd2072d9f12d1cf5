"""The calendar feeds of people: known by a digest, so that nobody who reads the database can open one."""

from __future__ import annotations

import hashlib

from shared.store import Document, Store


class Feeds(Store):
    """The `feeds` collection: one for each person and company."""

    def keep_feed(self, key: str, feed: Document) -> None:
        """Let a secret key open a feed from now on, and no earlier one.

        `feed` holds `account_id`, `company_id`, `language` and `at`.
        """
        name = f"{feed['account_id']}:{feed['company_id']}"
        self.db.feeds.update_one({"_id": name}, {"$set": {**feed, "digest": _digest(key)}}, upsert=True)

    def drop_feed(self, account_id: str, company_id: str) -> None:
        """Let no key open a person's feed."""
        self.db.feeds.delete_one({"_id": f"{account_id}:{company_id}"})

    def feed(self, key: str) -> Document | None:
        """Whose feed a key opens."""
        return self.db.feeds.find_one({"digest": _digest(key)})


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
