"""Official lists of codes, and who uses which code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from pymongo import DESCENDING, ReplaceOne

from services.matching.engine.classes import Entry
from shared.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


_CLASS_DIGITS = 6


class Taxonomies(Store):
    """The part of the store that knows the official lists."""

    def save_taxonomy(self, entries: Sequence[Entry]) -> None:
        """Replace a list by these entries, which are all of one scheme."""
        writes = [
            ReplaceOne({"_id": f"{each.scheme}:{each.code}"}, msgspec.to_builtins(each), upsert=True)
            for each in entries
        ]
        if not writes:
            return
        scheme = entries[0].scheme
        self.db.taxonomies.bulk_write(writes, ordered=False)
        codes = [each.code for each in entries]
        self.db.taxonomies.delete_many({"scheme": scheme, "code": {"$nin": codes}})
        self.db.lists.update_one({"_id": scheme}, {"$inc": {"version": 1}}, upsert=True)

    def taxonomy(self, schemes: Sequence[str]) -> list[Entry]:
        """All entries of these lists."""
        rows = self.db.taxonomies.find({"scheme": {"$in": list(schemes)}}, {"_id": 0}).sort("_id")
        return [msgspec.convert(row, Entry) for row in rows]

    def list_versions(self) -> dict[str, int]:
        """How often each list has been loaded."""
        return {row["_id"]: row["version"] for row in self.db.lists.find()}

    def coded_texts(self, limit: int) -> Iterator[tuple[str, str, str]]:
        """What companies with codes offer, as (scheme, code, title), of at most `limit` offerings."""
        rows = list(
            self.db.offerings.find({"gone": False}, {"data.title": 1, "data.unspsc": 1, "company_id": 1})
            .sort("_id", DESCENDING)
            .limit(limit)
        )
        owners = list({row["company_id"] for row in rows})
        known = self.db.companies.find({"_id": {"$in": owners}, "gone": False}, {"data.ciiu": 1})
        activities = {row["_id"]: row["data"].get("ciiu") or () for row in known}
        for row in rows:
            title = row["data"]["title"]
            for code in row["data"].get("unspsc") or ():
                yield "UNSPSC", code[:_CLASS_DIGITS], title
            for code in activities.get(row["company_id"], ()):
                yield "CIIU", code, title
