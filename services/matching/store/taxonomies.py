"""Official lists of codes, and who uses which code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from pymongo import ReplaceOne

from services.matching.engine.suggest import Entry
from shared.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shared.store import Document

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
        self.db.taxonomies.bulk_write(writes, ordered=False)
        codes = [each.code for each in entries]
        self.db.taxonomies.delete_many({"scheme": entries[0].scheme, "code": {"$nin": codes}})

    def taxonomy(self) -> list[Entry]:
        """All entries of all lists."""
        return [msgspec.convert(row, Entry) for row in self.db.taxonomies.find({}, {"_id": 0})]

    def taxonomy_size(self) -> int:
        """How many entries there are."""
        return self.db.taxonomies.estimated_document_count()

    def coded_texts(self, limit: int) -> Iterator[tuple[str, str, str]]:
        """What companies with codes offer, as (scheme, code, title), of at most `limit` offerings."""
        company = {
            "$lookup": {"from": "companies", "localField": "company_id", "foreignField": "_id", "as": "by"}
        }
        shown = {"title": "$data.title", "unspsc": "$data.unspsc", "ciiu": {"$first": "$by.data.ciiu"}}
        steps: list[Document] = [{"$match": {"gone": False}}, {"$limit": limit}, company, {"$project": shown}]
        for row in self.db.offerings.aggregate(steps):
            for code in row.get("unspsc") or ():
                yield "UNSPSC", code[:_CLASS_DIGITS], row["title"]
            for code in row.get("ciiu") or ():
                yield "CIIU", code, row["title"]
