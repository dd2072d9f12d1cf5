"""What the service keeps of companies and of shortlists, from the events of others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pymongo import ASCENDING, IndexModel, UpdateOne

from shared.store import Document, Store

if TYPE_CHECKING:
    from collections.abc import Iterable


class Copies(Store):
    """`companies`, `shortlists` and `decisions` by the id of what they copy, each with its `sequence`.

    `closed_needs` holds the ids of needs that no longer look for anybody.
    """

    COPY_INDEXES: ClassVar[dict[str, list[IndexModel]]] = {
        "shortlists": [
            IndexModel([("anchor_id", ASCENDING)]),
            IndexModel([("entries.supplier_id", ASCENDING)]),
        ],
        "decisions": [IndexModel([("anchor_id", ASCENDING)]), IndexModel([("supplier_id", ASCENDING)])],
    }

    def keep_newer(self, collection: str, rows: Iterable[Document]) -> None:
        """Write each row (with `_id` and `sequence`) unless a newer one is there already."""
        # A plain upsert with a filter would run into the key of a newer copy and abort the transaction.
        writes = []
        for row in rows:
            newer = {"$gt": [row["sequence"], {"$ifNull": ["$sequence", 0]}]}
            step = {"$replaceWith": {"$cond": [newer, {"$literal": row}, "$$ROOT"]}}
            writes.append(UpdateOne({"_id": row["_id"]}, [step], upsert=True))
        if writes:
            self.db[collection].bulk_write(writes)

    def close_needs(self, need_ids: Iterable[str]) -> None:
        """Note that needs are closed."""
        self.db.closed_needs.bulk_write(
            [UpdateOne({"_id": need_id}, {"$set": {"closed": True}}, upsert=True) for need_id in need_ids]
        )

    def company(self, company_id: str) -> Document | None:
        """The copy of a company that is in the directory: name, roles, place, sectors."""
        return self.db.companies.find_one({"_id": company_id, "withdrawn": False})

    def companies(self, company_ids: Iterable[str]) -> list[Document]:
        """The copies of these companies, also of those that have left the directory, as they were then."""
        query = {"_id": {"$in": list(company_ids)}, "name": {"$exists": True}}
        return list(self.db.companies.find(query))

    def shortlist(self, need_id: str) -> Document | None:
        """The copy of a need's shortlist."""
        return self.db.shortlists.find_one({"_id": need_id})

    def open_shortlists(self, company_id: str, side: str) -> list[Document]:
        """The shortlists of a buyer's open needs, or those that a supplier is on."""
        field = "anchor_id" if side == "buyer" else "entries.supplier_id"
        found = list(self.db.shortlists.find({field: company_id}))
        ids = [row["_id"] for row in found]
        closed = {row["_id"] for row in self.db.closed_needs.find({"_id": {"$in": ids}})}
        return [row for row in found if row["_id"] not in closed]

    def decisions(self, company_id: str, side: str) -> dict[tuple[str, str], dict[str, Any]]:
        """What both sides said of a company's matches, by need and supplier."""
        field = "anchor_id" if side == "buyer" else "supplier_id"
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for row in self.db.decisions.find({field: company_id}, sort=[("sequence", ASCENDING)]):
            found.setdefault((row["need_id"], row["supplier_id"]), {}).update(row["said"])
        return found
