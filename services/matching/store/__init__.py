"""The matching service's database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from pymongo import ASCENDING, DESCENDING, IndexModel, UpdateOne
from pymongo.errors import DuplicateKeyError

from services.matching.engine import Need, Supplier
from services.matching.model.decisions import DISMISSED, Decision
from services.matching.store.evidence import Evidence
from services.matching.store.fairness import Fairness
from services.matching.store.feedback import Feedback
from services.matching.store.leases import LEASE_SECONDS, PARTS, LeaseLost, Leases, new_holder, part_of
from services.matching.store.shortlists import Shortlists
from services.matching.store.taxonomies import Taxonomies
from shared.errors import Conflict, NotFound
from shared.store import transactional

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import date, datetime

    from shared.store import Document

__all__ = ["LEASE_SECONDS", "LeaseLost", "MatchingStore", "new_holder", "part_of"]


class MatchingStore(Leases, Shortlists, Taxonomies, Feedback, Evidence, Fairness):
    """Copies of the catalog's `companies`, `offerings` and `needs` are `{_id, sequence, gone, data, …}`.

    A document of `changes` names the companies and needs that a batch of events touched, and in `done` the
    parts of the needs whose shortlists follow; it is removed when all do. `decisions` hold what people said.
    """

    INDEXES: ClassVar[dict[str, list[IndexModel]]] = {
        "offerings": [IndexModel([("company_id", ASCENDING)])],
        "shortlists": [IndexModel([("version", ASCENDING)])],
        "needs": [
            IndexModel([("gone", ASCENDING), ("closes_on", ASCENDING)]),
            IndexModel([("company_id", ASCENDING)]),
            IndexModel([("awarded_to", ASCENDING)], sparse=True),
        ],
        "feedback": [
            IndexModel([("companies", ASCENDING)]),
            IndexModel([("supplier_id", ASCENDING), ("said", ASCENDING)], sparse=True),
        ],
        "blocks": [
            IndexModel([("company_id", ASCENDING), ("blocked_at", DESCENDING)]),
            IndexModel([("other_id", ASCENDING)]),
        ],
        "decisions": [
            IndexModel([("need_id", ASCENDING), ("by_anchor", ASCENDING), ("_id", ASCENDING)]),
            IndexModel([("supplier_id", ASCENDING), ("decided_at", DESCENDING)]),
        ],
    }

    # Copies of the catalog.

    def copy(self, collection: str, documents: dict[str, Document]) -> None:
        """Keep the documents, by id, that are newer than what is stored, by their `sequence`."""
        table = self.db[collection]
        stored = {
            row["_id"]: row["sequence"]
            for row in table.find({"_id": {"$in": list(documents)}}, {"sequence": 1})
        }
        new = [document for name, document in documents.items() if name not in stored]
        newer = [
            UpdateOne({"_id": name}, {"$set": documents[name]})
            for name, sequence in stored.items()
            if sequence < documents[name]["sequence"]
        ]
        if new:
            table.insert_many(new, ordered=False)
        if newer:
            table.bulk_write(newer, ordered=False)

    def note_change(self, companies: Iterable[str] = (), needs: Iterable[str] = ()) -> None:
        """Note what the shortlists must follow, in the transaction of the change itself."""
        self.db.changes.insert_one({"companies": sorted(companies), "needs": sorted(needs)})

    def changes(self, parts: Collection[int], known: Collection[Any], limit: int) -> list[Document]:
        """Noted changes, other than the known ones, that not all of these parts follow.

        Never by "greater than the last": ids are given before the commit.
        """
        query = {"_id": {"$nin": list(known)}, "done": {"$not": {"$all": sorted(parts)}}}
        return list(self.db.changes.find(query).limit(limit))

    @transactional
    def settle_changes(self, me: str, ids: Collection[Any], parts: Collection[int]) -> None:
        """The shortlists of these parts follow the changes. Raises LeaseLost when others hold them now."""
        self.must_hold(me, parts)
        those: Document = {"_id": {"$in": list(ids)}}
        if len(parts) < PARTS:
            self.db.changes.update_many(those, {"$addToSet": {"done": {"$each": sorted(parts)}}})
            those["done"] = {"$size": PARTS}
        self.db.changes.delete_many(those)

    def ranked(self) -> bool:
        """Whether every shortlist follows every change."""
        return self.db.changes.find_one({}, {"_id": 1}) is None

    def suppliers(self, company_ids: Collection[str]) -> dict[str, Supplier]:
        """The companies of these that are there and offer something, with what they won and met about."""
        query = {"company_id": {"$in": list(company_ids)}, "gone": False}
        offered: dict[str, list[Document]] = {}
        for row in self.db.offerings.find(query, {"company_id": 1, "data": 1}, batch_size=5_000):
            offered.setdefault(row["company_id"], []).append(row["data"])
        for company_id, past in self.past_offerings(offered).items():
            offered[company_id] += past
        companies = self.db.companies.find({"_id": {"$in": list(offered)}, "gone": False}, {"data": 1})
        return {
            row["_id"]: msgspec.convert({**row["data"], "offerings": offered[row["_id"]]}, Supplier)
            for row in companies
        }

    def company_ids_after(self, last: str, limit: int) -> list[str]:
        """Ids of companies in order, for reading all of them in steps."""
        rows = self.db.companies.find({"_id": {"$gt": last}}, {"_id": 1}).sort("_id").limit(limit)
        return [row["_id"] for row in rows]

    def company_names(self, company_ids: Collection[str]) -> dict[str, str]:
        """Names of the companies of these that are known."""
        rows = self.db.companies.find({"_id": {"$in": list(company_ids)}, "gone": False}, {"data.name": 1})
        return {row["_id"]: row["data"]["name"] for row in rows}

    def traits(self, company_ids: Collection[str]) -> dict[str, dict[str, str]]:
        """The size, the department and whether a group is declared, of these companies."""
        shown = {"data.size": 1, "data.place.department": 1, "data.group": 1}
        found = {}
        for row in self.db.companies.find({"_id": {"$in": list(company_ids)}}, shown):
            data = row.get("data", {})
            department = (data.get("place") or {}).get("department")
            found[row["_id"]] = {
                "size": data.get("size") or "unknown",
                "department": department or "unknown",
                "group": "declared" if data.get("group") else "none",
            }
        return found

    def groups(self, company_ids: Collection[str]) -> dict[str, str]:
        """The declared groups of those of these companies that have one."""
        query = {"_id": {"$in": list(company_ids)}, "data.group": {"$type": "string"}}
        return {row["_id"]: row["data"]["group"] for row in self.db.companies.find(query, {"data.group": 1})}

    def has_company(self, company_id: str) -> bool:
        """Whether the company is in the directory."""
        return bool(self.company_names([company_id]))

    def need(self, need_id: str) -> tuple[Need, str]:
        """The need and its status. Raises NotFound."""
        row = self.db.needs.find_one({"_id": need_id, "data": {"$exists": True}})
        if row is None:
            raise NotFound(
                "need_unknown",
                "No existe esa necesidad, o no está publicada. Revise la dirección.",
                "There is no such need, or it has not been published. Check the address.",
            )
        return msgspec.convert(row["data"], Need), row["status"]

    def open_need_ids(self, today: date) -> list[str]:
        """Ids of the needs that are open on that day."""
        query = {"gone": False, "closes_on": {"$gte": today.isoformat()}}
        return [row["_id"] for row in self.db.needs.find(query, {"_id": 1})]

    def open_need_count(self, today: date) -> int:
        """How many needs are open on that day."""
        return self.db.needs.count_documents({"gone": False, "closes_on": {"$gte": today.isoformat()}})

    def open_needs(self, need_ids: Collection[str], today: date) -> dict[str, tuple[Need, int]]:
        """The needs of these that are open, with their sequence and the group of their company."""
        query = {"_id": {"$in": list(need_ids)}, "gone": False, "closes_on": {"$gte": today.isoformat()}}
        rows = list(self.db.needs.find(query, {"sequence": 1, "data": 1}))
        owners = {row["data"]["company_id"] for row in rows}
        known = self.db.companies.find({"_id": {"$in": list(owners)}}, {"data.group": 1, "gone": 1})
        companies = {row["_id"]: row for row in known}
        found = {}
        for row in rows:
            # The events of a company and of its need may come in either order.
            company = companies.get(row["data"]["company_id"], {"gone": False})
            if not company["gone"]:
                data = {**row["data"], "group": company.get("data", {}).get("group")}
                found[row["_id"]] = (msgspec.convert(data, Need), row["sequence"])
        return found

    def anchors_of(self, need_ids: Collection[str]) -> dict[str, str]:
        """Whose each of these needs is, of those that are known."""
        rows = self.db.needs.find({"_id": {"$in": list(need_ids)}}, {"company_id": 1})
        return {row["_id"]: row["company_id"] for row in rows}

    def needs_of(self, company_ids: Collection[str]) -> list[str]:
        """Ids of the open needs of companies."""
        query = {"company_id": {"$in": list(company_ids)}, "gone": False}
        return [row["_id"] for row in self.db.needs.find(query, {"_id": 1})]

    # Decisions.

    def decision(self, match_id: str) -> Decision | None:
        """What was said of a pair, if anything."""
        row = self.db.decisions.find_one({"_id": match_id})
        return None if row is None else _decision(row)

    def save_decision(self, decision: Decision) -> None:
        """Keep a decision that follows the stored one. Raises Conflict when somebody was faster."""
        fields = msgspec.structs.asdict(decision)
        query = {"_id": fields.pop("match_id"), "version": decision.version - 1}
        try:
            self.db.decisions.replace_one(query, fields, upsert=decision.version == 1)
        except DuplicateKeyError as error:
            raise Conflict(
                "decided_meanwhile",
                "La otra parte decidió en este mismo momento. Repita su decisión.",
                "The other side decided at this very moment. Repeat your decision.",
            ) from error

    def decisions(self, pairs: Document) -> list[Decision]:
        """All decisions with the given fields, such as `need_id` or `supplier_id`."""
        return [_decision(row) for row in self.db.decisions.find(pairs).sort("_id", ASCENDING)]

    def excluded(self, anchors: Mapping[str, str]) -> dict[str, set[str]]:
        """Whom a need's lists must not have: dismissed, not interested, or blocked by either side.

        `anchors` says whose each need is.
        """
        vetoes = [{"by_anchor": DISMISSED}, {"interested": False}]
        query = {"need_id": {"$in": list(anchors)}, "$or": vetoes}
        found: dict[str, set[str]] = {need_id: set() for need_id in anchors}
        for row in self.db.decisions.find(query, {"need_id": 1, "supplier_id": 1}):
            found[row["need_id"]].add(row["supplier_id"])
        blocked = self.blocked(set(anchors.values()))
        for need_id, anchor_id in anchors.items():
            found[need_id] |= blocked.get(anchor_id, set())
        return found

    def dismissing(self, supplier_id: str) -> set[str]:
        """Ids of the needs whose anchors have dismissed the supplier."""
        query = {"supplier_id": supplier_id, "by_anchor": DISMISSED}
        return {row["need_id"] for row in self.db.decisions.find(query, {"need_id": 1})}

    # Blocks: who never wants to be matched with whom.

    def blocked(self, company_ids: Collection[str]) -> dict[str, set[str]]:
        """Of each company those it is never matched with, whichever side said so."""
        ids = list(company_ids)
        found: dict[str, set[str]] = {}
        query = {"$or": [{"company_id": {"$in": ids}}, {"other_id": {"$in": ids}}]}
        for row in self.db.blocks.find(query):
            found.setdefault(row["company_id"], set()).add(row["other_id"])
            found.setdefault(row["other_id"], set()).add(row["company_id"])
        return found

    def blocks_by(self, company_id: str) -> list[Document]:
        """The blocks that a company has set, newest first."""
        return list(self.db.blocks.find({"company_id": company_id}).sort("blocked_at", DESCENDING))

    def save_block(self, company_id: str, other_id: str, now: datetime) -> bool:
        """Keep a block. False when it was there already."""
        fields = {"company_id": company_id, "other_id": other_id, "blocked_at": now}
        query = {"_id": f"{company_id}:{other_id}"}
        done = self.db.blocks.update_one(query, {"$setOnInsert": fields}, upsert=True)
        return done.upserted_id is not None

    def drop_block(self, company_id: str, other_id: str) -> bool:
        """Forget a block. False when there was none."""
        return bool(self.db.blocks.delete_one({"_id": f"{company_id}:{other_id}"}).deleted_count)


def _decision(row: Document) -> Decision:
    fields = dict(row)
    return Decision(match_id=fields.pop("_id"), **fields)
