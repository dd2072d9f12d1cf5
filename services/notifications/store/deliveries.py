"""What people receive: messages inside Encadena, and the mails that are on their way or were sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pymongo import ASCENDING, DESCENDING, IndexModel, ReturnDocument

from services.notifications.model import DELIVERIES_KEPT, LEASE, State
from shared.store import Store, new_id

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

# What a mail was made of is not needed once it is sent, and some of it is secret.
_CONTENT = {"facts": "", "link": "", "email": "", "name": "", "lease": ""}


class Deliveries(Store):
    """A delivery is claimed with a lease, so that two workers never send it and a crash frees it."""

    INDEXES: ClassVar[dict[str, list[IndexModel]]] = {
        "deliveries": [
            IndexModel([("state", ASCENDING), ("urgency", ASCENDING), ("due_at", ASCENDING)]),
            IndexModel([("kind", ASCENDING), ("state", ASCENDING)]),
            IndexModel([("lease", ASCENDING)], sparse=True),
            IndexModel([("account_id", ASCENDING), ("company_id", ASCENDING)]),
            IndexModel([("subject", ASCENDING)]),
            IndexModel([("forget_at", ASCENDING)], expireAfterSeconds=0),
        ],
        "messages": [
            IndexModel([("account_id", ASCENDING), ("created_at", DESCENDING), ("_id", DESCENDING)]),
            IndexModel([("account_id", ASCENDING), ("read_at", ASCENDING)]),
            IndexModel([("forget_at", ASCENDING)], expireAfterSeconds=0),
        ],
    }

    def add_deliveries(self, deliveries: Collection[dict[str, Any]]) -> None:
        """Put mails up to be sent."""
        if deliveries:
            self.db.deliveries.insert_many(deliveries, ordered=False)

    def claim_deliveries(self, now: datetime, limit: int) -> list[dict[str, Any]]:
        """Take up to `limit` due mails for oneself, the urgent first; each counts as one more try."""
        due = {"state": str(State.PENDING), "due_at": {"$lte": now}}
        order = [("urgency", ASCENDING), ("due_at", ASCENDING)]
        found = [row["_id"] for row in self.db.deliveries.find(due, {"_id": 1}, sort=order, limit=limit)]
        if not found:
            return []
        lease = new_id()
        self.db.deliveries.update_many(
            {"_id": {"$in": found}, **due},
            {"$set": {"lease": lease, "due_at": now + LEASE}, "$inc": {"tries": 1}},
        )
        return list(self.db.deliveries.find({"lease": lease}, sort=order[:1]))

    def release_deliveries(self, deliveries: Collection[dict[str, Any]], now: datetime) -> None:
        """Give back mails that were not tried."""
        for lease in {delivery["lease"] for delivery in deliveries}:
            ids = [delivery["_id"] for delivery in deliveries if delivery["lease"] == lease]
            self.db.deliveries.update_many(
                {"_id": {"$in": ids}, "lease": lease},
                {"$set": {"due_at": now}, "$unset": {"lease": ""}, "$inc": {"tries": -1}},
            )

    def retry_delivery(self, delivery: dict[str, Any], due_at: datetime, error: str) -> None:
        """Try a mail again later."""
        self._settle(delivery, {"$set": {"due_at": due_at, "error": error}, "$unset": {"lease": ""}})

    def finish_delivery(
        self, delivery: dict[str, Any], state: State, now: datetime, error: str | None = None
    ) -> None:
        """Nothing more is done about a mail; what it was made of is deleted."""
        ended = {"state": str(state), "ended_at": now, "forget_at": now + DELIVERIES_KEPT}
        told = {"error": error} if error else {}
        self._settle(delivery, {"$set": {**ended, **told}, "$unset": _CONTENT})

    def expire_deliveries(self, now: datetime) -> None:
        """End the mails that are of no use any more, and with them every secret they carry."""
        ended = {"state": str(State.EXPIRED), "ended_at": now, "forget_at": now + DELIVERIES_KEPT}
        self.db.deliveries.update_many(
            {"state": str(State.PENDING), "expires_at": {"$lte": now}}, {"$set": ended, "$unset": _CONTENT}
        )

    def count_deliveries(self) -> list[dict[str, Any]]:
        """How many mails of each kind are in each state: `{kind, state, count}`."""
        both = {"kind": "$kind", "state": "$state"}
        rows = self.db.deliveries.aggregate(
            [{"$group": {"_id": both, "count": {"$sum": 1}}}, {"$sort": {"_id": 1}}]
        )
        return [{**row["_id"], "count": row["count"]} for row in rows]

    def drop_for(self, account_id: str, company_id: str) -> None:
        """What a person was to be told, or was told, as somebody who acted for a company."""
        theirs = {"account_id": account_id, "company_id": company_id}
        self.db.messages.delete_many(theirs)
        self.db.deliveries.delete_many({**theirs, "state": str(State.PENDING)})

    def add_messages(self, messages: Collection[dict[str, Any]]) -> None:
        """Put messages into people's boxes."""
        if messages:
            self.db.messages.insert_many(messages, ordered=False)

    def messages(
        self, account_id: str, unread: bool, before: tuple[datetime, str] | None, limit: int
    ) -> list[dict[str, Any]]:
        """A person's messages, newest first, older than the position `before`."""
        query: dict[str, Any] = {"account_id": account_id}
        if unread:
            query["read_at"] = None
        if before:
            moment, last = before
            query["$or"] = [
                {"created_at": {"$lt": moment}},
                {"created_at": moment, "_id": {"$lt": last}},
            ]
        order = [("created_at", DESCENDING), ("_id", DESCENDING)]
        return list(self.db.messages.find(query, sort=order, limit=limit))

    def count_unread(self, account_id: str) -> int:
        """How many messages a person has not read."""
        return self.db.messages.count_documents({"account_id": account_id, "read_at": None})

    def mark_read(self, account_id: str, message_id: str, now: datetime) -> dict[str, Any] | None:
        """Note when a message was first read, and return it; None when it is not this person's."""
        mine = {"_id": message_id, "account_id": account_id}
        first = [{"$set": {"read_at": {"$ifNull": ["$read_at", now]}}}]
        return self.db.messages.find_one_and_update(mine, first, return_document=ReturnDocument.AFTER)

    def _settle(self, delivery: dict[str, Any], change: dict[str, Any]) -> None:
        # A mail that was erased or taken back meanwhile, or whose lease ran out, is no longer ours.
        self.db.deliveries.update_one({"_id": delivery["_id"], "lease": delivery["lease"]}, change)
