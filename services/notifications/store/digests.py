"""New matches on their way to people: gathered by need and company, told by company once in a while."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from pymongo import ASCENDING, IndexModel, UpdateMany, UpdateOne

from services.notifications.model import BETWEEN_DIGESTS, GATHERING, Kind
from shared.store import Store

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

CLOSED_NEEDS_SECONDS = 90 * 24 * 3600
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Shortlist:
    """What became of a need's shortlist: who is in it now, and who came in since the last look."""

    need_id: str
    need_title: str
    anchor_id: str
    present: list[str]
    entered: list[str]


class Digests(Store):
    """`gathered`: for a need and a company, which suppliers are yet to be told and which were told.
    `digests`: for a company and a kind, when it is told next and when it was told last.
    """

    INDEXES: ClassVar[dict[str, list[IndexModel]]] = {
        "gathered": [
            IndexModel([("company_id", ASCENDING), ("kind", ASCENDING)]),
            IndexModel([("need_id", ASCENDING), ("kind", ASCENDING)]),
        ],
        "digests": [
            IndexModel([("due_at", ASCENDING)], sparse=True),
            IndexModel([("company_id", ASCENDING)]),
        ],
        "closed_needs": [IndexModel([("at", ASCENDING)], expireAfterSeconds=CLOSED_NEEDS_SECONDS)],
    }

    def gather(self, shortlists: Collection[Shortlist], now: datetime) -> None:
        """Note what entered, for the anchor and for each supplier, and let go of who left unannounced."""
        writes: list[UpdateOne | UpdateMany] = []
        touched: set[tuple[Kind, str]] = set()
        for shortlist in shortlists:
            writes += _gathering(shortlist)
            if shortlist.entered:
                touched.add((Kind.NEW_SUPPLIERS, shortlist.anchor_id))
                touched |= {(Kind.NEW_OPPORTUNITIES, company) for company in shortlist.entered}
        if writes:
            self.db.gathered.bulk_write(writes)
        self._arm(touched, now)

    def close_need(self, need_id: str, now: datetime) -> None:
        """Nothing more is told about a need, not even what arrives late."""
        self.db.gathered.delete_many({"need_id": need_id})
        self.db.closed_needs.replace_one({"_id": need_id}, {"_id": need_id, "at": now}, upsert=True)

    def closed_among(self, need_ids: Collection[str]) -> set[str]:
        """Those of the needs that are known to be closed."""
        rows = self.db.closed_needs.find({"_id": {"$in": list(need_ids)}}, {"_id": 1})
        return {row["_id"] for row in rows}

    def forget_company(self, company_id: str) -> None:
        """Nothing is told to or about a company that left the directory."""
        self.db.gathered.delete_many({"company_id": company_id})
        self.db.digests.delete_many({"company_id": company_id})

    def wake_digests(self, company_ids: Collection[str], now: datetime) -> None:
        """Somebody acts for these companies now: what was kept for them falls due."""
        self.db.digests.update_many(
            {"company_id": {"$in": list(company_ids)}, "asleep": True},
            {"$set": {"due_at": now + GATHERING}, "$unset": {"asleep": ""}},
        )

    def due_digests(self, now: datetime, limit: int) -> list[dict[str, Any]]:
        """The digests that are to be told, oldest first: `{_id, kind, company_id, due_at}`."""
        return list(self.db.digests.find({"due_at": {"$lte": now}}, sort=[("due_at", 1)], limit=limit))

    def put_digests_to_sleep(self, digest_ids: Collection[str], until: datetime) -> None:
        """Nobody acts for these companies; `wake_digests` brings them back, or they are looked at again."""
        self.db.digests.update_many(
            {"_id": {"$in": list(digest_ids)}}, {"$set": {"asleep": True, "due_at": until}}
        )

    def take_gathered(self, digest: dict[str, Any], now: datetime) -> list[dict[str, Any]]:
        """What is yet to be told in a digest, which counts as told from now on; newest needs last."""
        query = {
            "company_id": digest["company_id"],
            "kind": digest["kind"],
            "pending": {"$exists": True, "$ne": []},
        }
        rows = list(self.db.gathered.find(query, sort=[("_id", 1)]))
        told = {"told": {"$setUnion": ["$told", "$pending"]}, "pending": []}
        self.db.gathered.update_many({"_id": {"$in": [row["_id"] for row in rows]}}, [{"$set": told}])
        told_at = {"told_at": now} if rows else {}
        self.db.digests.update_one(
            {"_id": digest["_id"]}, {"$unset": {"due_at": ""}, "$set": {"asleep": False, **told_at}}
        )
        return rows

    def _arm(self, touched: Iterable[tuple[Kind, str]], now: datetime) -> None:
        """Set when these digests are due, as `model.digest_due` says, where they are not armed yet."""
        again = {"$add": [{"$ifNull": ["$told_at", _LONG_AGO]}, int(BETWEEN_DIGESTS.total_seconds() * 1000)]}
        due_at = {"$ifNull": ["$due_at", {"$max": [now + GATHERING, again]}]}
        writes = [
            UpdateOne(
                {"_id": f"{kind}:{company_id}"},
                [
                    {
                        "$set": {
                            "kind": {"$literal": str(kind)},
                            "company_id": {"$literal": company_id},
                            "due_at": due_at,
                        }
                    }
                ],
                upsert=True,
            )
            for kind, company_id in sorted(touched)
        ]
        if writes:
            self.db.digests.bulk_write(writes, ordered=False)


def _gathering(shortlist: Shortlist) -> list[UpdateOne | UpdateMany]:
    present = shortlist.present
    left = {"need_id": shortlist.need_id, "kind": str(Kind.NEW_OPPORTUNITIES), "pending": {"$ne": []}}
    writes: list[UpdateOne | UpdateMany] = [
        UpdateMany({**left, "company_id": {"$nin": present}}, {"$set": {"pending": []}}),
        _noting(shortlist, Kind.NEW_SUPPLIERS, shortlist.anchor_id, shortlist.entered),
    ]
    for supplier in shortlist.entered:
        writes.append(_noting(shortlist, Kind.NEW_OPPORTUNITIES, supplier, [supplier]))
    return writes


def _noting(shortlist: Shortlist, kind: Kind, company_id: str, entered: list[str]) -> UpdateOne:
    before = {"$ifNull": ["$pending", []]}
    told = {"$ifNull": ["$told", []]}
    candidates = {"$setUnion": [before, {"$literal": entered}]}
    present = {"$setIntersection": [candidates, {"$literal": shortlist.present}]}
    about = {
        "need_id": shortlist.need_id,
        "need_title": shortlist.need_title,
        "anchor_id": shortlist.anchor_id,
        "kind": str(kind),
        "company_id": company_id,
    }
    fields: dict[str, Any] = {name: {"$literal": value} for name, value in about.items()}
    fields |= {"told": told, "pending": {"$setDifference": [present, told]}}
    return UpdateOne({"_id": f"{shortlist.need_id}:{company_id}"}, [{"$set": fields}], upsert=True)
