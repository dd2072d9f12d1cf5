"""The database of rounds: every rule across documents is a unique index here."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from pymongo import ASCENDING, DESCENDING, IndexModel, ReplaceOne
from pymongo.errors import BulkWriteError, DuplicateKeyError

from services.rounds.store.copies import Copies
from services.rounds.store.documents import KEPT, NOT_IN_PAGES, A, Aggregate, aggregate, document
from services.rounds.store.feeds import Feeds
from services.rounds.store.refusals import TAKEN, conflict, stale
from services.rounds.store.runs import Runs
from services.rounds.store.seats import Seats
from shared.errors import NotFound
from shared.paging import decode_cursor, encode_cursor

if TYPE_CHECKING:
    from services.rounds.model.meetings import Meeting
    from shared.store import Document


class RoundsStore(Copies, Runs, Feeds, Seats):
    """Aggregates as documents of their own shape, and the records of what people said."""

    INDEXES: ClassVar[dict[str, list[IndexModel]]] = {
        **Copies.COPY_INDEXES,
        "rounds": [
            IndexModel([("organizer_id", ASCENDING), ("starts_at", DESCENDING), ("_id", DESCENDING)]),
            IndexModel([("starts_at", DESCENDING), ("_id", DESCENDING)]),
            IndexModel([("status", ASCENDING), ("starts_at", ASCENDING)]),
        ],
        "registrations": [
            IndexModel([("round_id", ASCENDING), ("company_id", ASCENDING)], unique=True),
            IndexModel([("round_id", ASCENDING), ("registered_at", ASCENDING), ("_id", ASCENDING)]),
            IndexModel([("delegates.account_id", ASCENDING)]),
            IndexModel([("company_id", ASCENDING)]),
        ],
        "requests": [
            IndexModel(
                [("round_id", ASCENDING), ("buyer_id", ASCENDING), ("supplier_id", ASCENDING)], unique=True
            ),
            IndexModel([("round_id", ASCENDING), ("supplier_id", ASCENDING)]),
            IndexModel([("round_id", ASCENDING), ("created_at", ASCENDING), ("_id", ASCENDING)]),
            IndexModel([("status", ASCENDING), ("expires_at", ASCENDING)]),
            *(
                IndexModel([(side, ASCENDING), ("created_at", ASCENDING), ("_id", ASCENDING)])
                for side in ("from_company_id", "to_company_id")
            ),
            # Few requests wait for others.
            IndexModel(
                [("round_id", ASCENDING), ("after", ASCENDING)],
                partialFilterExpression={"after.0": {"$exists": True}},
            ),
        ],
        "meetings": [
            IndexModel(
                [("request_id", ASCENDING)], unique=True, partialFilterExpression={"status": "scheduled"}
            ),
            IndexModel([("round_id", ASCENDING), ("starts_at", ASCENDING), ("_id", ASCENDING)]),
            IndexModel([("company_ids", ASCENDING), ("starts_at", ASCENDING), ("_id", ASCENDING)]),
            # Few meetings are disputed.
            IndexModel(
                [("round_id", ASCENDING), ("disputed", ASCENDING)],
                partialFilterExpression={"disputed.0": {"$exists": True}},
            ),
        ],
        **Seats.SEAT_INDEXES,
        "agendas": [
            IndexModel([("round_id", ASCENDING), ("number", DESCENDING)], unique=True),
            IndexModel([("round_id", ASCENDING), ("number", DESCENDING), ("_id", DESCENDING)]),
        ],
        "runs": [
            IndexModel([("round_id", ASCENDING)], unique=True, partialFilterExpression={"active": True}),
            IndexModel([("status", ASCENDING), ("created_at", ASCENDING)]),
            IndexModel([("round_id", ASCENDING), ("created_at", DESCENDING), ("_id", DESCENDING)]),
        ],
        "changes": [
            # One open request for each side of a meeting.
            IndexModel(
                [("meeting_id", ASCENDING), ("company_id", ASCENDING)],
                unique=True,
                partialFilterExpression={"status": "open"},
            ),
            IndexModel([("round_id", ASCENDING), ("created_at", DESCENDING), ("_id", DESCENDING)]),
        ],
        "offers": [
            # A free hour is offered to one candidate at a time, and to nobody twice.
            IndexModel(
                [("round_id", ASCENDING), ("slot_id", ASCENDING), ("host_id", ASCENDING)],
                unique=True,
                partialFilterExpression={"status": "open"},
            ),
            IndexModel([("request_id", ASCENDING), ("slot_id", ASCENDING)], unique=True),
            IndexModel([("status", ASCENDING), ("expires_at", ASCENDING)]),
            IndexModel([("round_id", ASCENDING), ("created_at", DESCENDING), ("_id", DESCENDING)]),
        ],
        "follow_ups": [IndexModel([("round_id", ASCENDING), ("asked_at", DESCENDING), ("_id", DESCENDING)])],
        "feeds": [
            IndexModel([("digest", ASCENDING)], unique=True),
            IndexModel([("account_id", ASCENDING)]),
        ],
        "records": [IndexModel([("meeting_id", ASCENDING), ("kind", ASCENDING), ("at", ASCENDING)])],
    }

    def get(self, kind: type[A], aggregate_id: str) -> A:
        """Raises NotFound."""
        found = self.db[KEPT[kind][0]].find_one({"_id": aggregate_id})
        if found is None:
            raise NotFound(
                "not_found", "No existe o no es para usted.", "It does not exist, or is not for you."
            )
        return aggregate(kind, found)

    def find(self, kind: type[A], query: Document, limit: int = 0) -> list[A]:
        """All that match (or `limit` of them), in the order of their lists."""
        collection, field, direction = KEPT[kind]
        rows = self.db[collection].find(query).sort([(field, direction), ("_id", direction)]).limit(limit)
        return [aggregate(kind, row) for row in rows]

    def first(self, kind: type[A], query: Document) -> A | None:
        """The first that matches, or None."""
        found = self.db[KEPT[kind][0]].find_one(query)
        return None if found is None else aggregate(kind, found)

    def count(self, kind: type[Any], query: Document) -> int:
        """How many match."""
        return self.db[KEPT[kind][0]].count_documents(query)

    def page(
        self, kind: type[A], query: Document, limit: int, cursor: str | None
    ) -> tuple[list[A], str | None]:
        """Up to `limit` that match, without NOT_IN_PAGES, and the cursor of the next page. Raises Invalid."""
        collection, field, direction = KEPT[kind]
        after = decode_cursor(cursor, 2)
        if after:
            beyond = "$gt" if direction == ASCENDING else "$lt"
            value = after[0] if field == "number" else datetime.fromisoformat(str(after[0]))
            later = [{field: {beyond: value}}, {field: value, "_id": {beyond: after[1]}}]
            query = {"$and": [query, {"$or": later}]}
        order = [(field, direction), ("_id", direction)]
        heads = self.db[collection].find(query, NOT_IN_PAGES.get(kind))
        rows = list(heads.sort(order).limit(limit + 1))
        if len(rows) <= limit:
            return [aggregate(kind, row) for row in rows], None
        last = rows[limit - 1]
        position = last[field] if field == "number" else last[field].isoformat()
        return [aggregate(kind, row) for row in rows[:limit]], encode_cursor(position, last["_id"])

    def add(self, *aggregates: Aggregate) -> None:
        """Store new aggregates of one kind. Raises Conflict when a unique index says no."""
        if not aggregates:
            return
        try:
            self.db[KEPT[type(aggregates[0])][0]].insert_many([document(a) for a in aggregates])
        except (DuplicateKeyError, BulkWriteError) as error:
            raise conflict(error, TAKEN[type(aggregates[0])]) from error

    def save(self, *aggregates: Any) -> None:
        """Store the next versions of aggregates of one kind. Raises Stale when one was changed meanwhile."""
        if not aggregates:
            return
        writes = [ReplaceOne({"_id": a.id, "version": a.version - 1}, document(a)) for a in aggregates]
        result = self.db[KEPT[type(aggregates[0])][0]].bulk_write(writes)
        if result.matched_count != len(aggregates):
            raise stale()

    def take_turn(self, kind: type[Any], *aggregate_ids: str) -> None:
        """Make transactions that count the same thing take turns: of two at once the later one runs again."""
        if aggregate_ids:
            chosen = {"_id": {"$in": sorted(aggregate_ids)}}
            self.db[KEPT[kind][0]].update_many(chosen, {"$inc": {"turn": 1}})

    def append(self, kind: str, meeting: Meeting, said: Document, by: str, now: datetime) -> None:
        """Keep what somebody said of a meeting; records are never changed."""
        row = {"kind": kind, "meeting_id": meeting.id, "at": now, "by": by, "said": said}
        self.db.records.insert_one({"_id": f"{meeting.id}:{meeting.version:06d}", **row})

    def records(self, kind: str, meeting_id: str) -> list[Document]:
        """All that was said, oldest first."""
        return list(self.db.records.find({"kind": kind, "meeting_id": meeting_id}).sort("_id", ASCENDING))

    def count_by(self, kind: type[Any], query: Document, field: str) -> dict[str, int]:
        """How many of those that match there are for each value of a field."""
        steps: list[Document] = [
            {"$match": query},
            {"$group": {"_id": f"${field}", "n": {"$sum": 1}}},
        ]
        return {row["_id"]: row["n"] for row in self.db[KEPT[kind][0]].aggregate(steps)}

    def forget_people(self, account_ids: list[str], instead: str) -> None:
        """Replace the names of people in registrations and meetings, and take their accounts out."""
        known = {"$in": account_ids}
        self.db.feeds.delete_many({"account_id": known})
        registrations, meetings = self.db.registrations, self.db.meetings
        company_ids = registrations.distinct("company_id", {"delegates.account_id": known})
        erased = {"delegates.$[d].name": instead, "delegates.$[d].account_id": None}
        filters = [{"d.account_id": known}]
        registrations.update_many({"delegates.account_id": known}, {"$set": erased}, array_filters=filters)
        for side in ("buyer", "supplier"):
            query = {"company_ids": {"$in": company_ids}, f"{side}.account_id": known}
            changes = {f"{side}.delegate_name": instead, f"{side}.account_id": None}
            meetings.update_many(query, {"$set": changes})
