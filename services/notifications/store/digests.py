"""New matches on their way to people: gathered by need, told by company once in a while."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from pymongo import ASCENDING, IndexModel, UpdateOne

from services.notifications.model import BETWEEN_DIGESTS, GATHERING, Kind
from shared.store import Store

if TYPE_CHECKING:
    from collections.abc import Collection

CLOSED_NEEDS_SECONDS = 90 * 24 * 3600
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
# Which list of a gathered need holds whom a digest of this kind is to tell, or to tell of.
_PENDING = {Kind.NEW_SUPPLIERS: "for_anchor", Kind.NEW_OPPORTUNITIES: "for_suppliers"}
_TOLD = {Kind.NEW_SUPPLIERS: "anchor_knows", Kind.NEW_OPPORTUNITIES: "suppliers_know"}


@dataclass(frozen=True, kw_only=True)
class Shortlist:
    """What became of a need's shortlist: who is in it now, and who came in since the last look."""

    need_id: str
    need_title: str
    anchor_id: str
    present: list[str]
    entered: list[str]


class Digests(Store):
    """`gathered`: for a need, the suppliers that its anchor is to be told of (`for_anchor`) and that are to
    be told themselves (`for_suppliers`), and who knows already. One document a need, for a bulk import
    changes a hundred thousand places. `digests`: when a company that has people is told next, by kind.
    """

    INDEXES: ClassVar[dict[str, list[IndexModel]]] = {
        "gathered": [
            IndexModel([("anchor_id", ASCENDING)]),
            IndexModel([("for_suppliers", ASCENDING)]),
        ],
        "digests": [IndexModel([("due_at", ASCENDING)], sparse=True)],
        "closed_needs": [IndexModel([("at", ASCENDING)], expireAfterSeconds=CLOSED_NEEDS_SECONDS)],
    }

    def gather(self, shortlists: Collection[Shortlist]) -> None:
        """Note who entered, once for each reader, and let go of who left before it was told."""
        writes = [_noting(shortlist) for shortlist in shortlists]
        if writes:
            self.db.gathered.bulk_write(writes, ordered=False)

    def arm_digests(self, digests: Collection[tuple[Kind, str]], now: datetime) -> None:
        """Set when these companies are told, as `model.digest_due` says, where it is not set yet."""
        told_at = {"$ifNull": ["$told_at", _LONG_AGO]}
        hour = int(BETWEEN_DIGESTS.total_seconds() * 1000)
        due_at = {"$ifNull": ["$due_at", {"$max": [now + GATHERING, {"$add": [told_at, hour]}]}]}
        writes = []
        for kind, company_id in sorted(set(digests)):
            fields = {
                "kind": {"$literal": str(kind)},
                "company_id": {"$literal": company_id},
                "due_at": due_at,
            }
            writes.append(UpdateOne({"_id": f"{kind}:{company_id}"}, [{"$set": fields}], upsert=True))
        if writes:
            self.db.digests.bulk_write(writes, ordered=False)

    def close_need(self, need_id: str, now: datetime) -> None:
        """Nothing more is told about a need, not even what arrives late."""
        self.db.gathered.delete_one({"_id": need_id})
        self.db.closed_needs.replace_one({"_id": need_id}, {"_id": need_id, "at": now}, upsert=True)

    def closed_among(self, need_ids: Collection[str]) -> set[str]:
        """Those of the needs that are known to be closed."""
        rows = self.db.closed_needs.find({"_id": {"$in": list(need_ids)}}, {"_id": 1})
        return {row["_id"] for row in rows}

    def forget_company(self, company_id: str) -> None:
        """Nothing is told to or about a company that left the directory."""
        self.db.gathered.delete_many({"anchor_id": company_id})
        self.db.gathered.update_many(
            {"for_suppliers": company_id}, {"$pull": {"for_suppliers": company_id, "for_anchor": company_id}}
        )
        self.db.digests.delete_many({"_id": {"$in": [f"{kind}:{company_id}" for kind in _PENDING]}})

    def due_digests(self, now: datetime, limit: int) -> list[dict[str, Any]]:
        """The digests that are to be told, oldest first: `{_id, kind, company_id, due_at}`."""
        return list(self.db.digests.find({"due_at": {"$lte": now}}, sort=[("due_at", 1)], limit=limit))

    def take_gathered(self, kind: Kind, company_id: str, now: datetime) -> list[dict[str, Any]]:
        """What is to be told to a company, which counts as told from now on, by need in a fixed order.

        Rows are `{need_id, need_title, anchor_id, suppliers}`.
        """
        pending, told = _PENDING[kind], _TOLD[kind]
        if kind is Kind.NEW_SUPPLIERS:
            query = {"anchor_id": company_id, pending: {"$ne": []}}
            taken: Any = f"${pending}"
        else:
            query = {pending: company_id}
            taken = {"$literal": [company_id]}
        rows = list(self.db.gathered.find(query, sort=[("_id", ASCENDING)]))
        noted = {
            told: {"$setUnion": [f"${told}", taken]},
            pending: {"$setDifference": [f"${pending}", taken]},
        }
        self.db.gathered.update_many({"_id": {"$in": [row["_id"] for row in rows]}}, [{"$set": noted}])
        change: dict[str, Any] = {"$unset": {"due_at": ""}}
        if rows:
            change["$set"] = {"told_at": now}
        self.db.digests.update_one({"_id": f"{kind}:{company_id}"}, change)
        return [
            {
                "need_id": row["_id"],
                "need_title": row["need_title"],
                "anchor_id": row["anchor_id"],
                "suppliers": row[pending] if kind is Kind.NEW_SUPPLIERS else [company_id],
            }
            for row in rows
        ]


def _noting(shortlist: Shortlist) -> UpdateOne:
    fields: dict[str, Any] = {
        "need_title": {"$literal": shortlist.need_title},
        "anchor_id": {"$literal": shortlist.anchor_id},
    }
    for kind, pending in _PENDING.items():
        told = {"$ifNull": [f"${_TOLD[kind]}", []]}
        before = {"$ifNull": [f"${pending}", []]}
        candidates = {"$setUnion": [before, {"$literal": shortlist.entered}]}
        present = {"$setIntersection": [candidates, {"$literal": shortlist.present}]}
        fields[pending] = {"$setDifference": [present, told]}
        fields[_TOLD[kind]] = told
    return UpdateOne({"_id": shortlist.need_id}, [{"$set": fields}], upsert=True)
