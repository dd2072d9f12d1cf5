"""Notices: what is to be told to companies, before it is known to whom; and the meetings they are about."""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from pymongo import ASCENDING, IndexModel, ReplaceOne, UpdateOne

from services.notifications.model import Notice, NoticeState, Settled, State, Wording
from shared.store import Store

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

_KEPT = timedelta(days=30)
_STORED = [field.name for field in fields(Notice) if field.name != "id"]


class Notices(Store):
    """A notice waits until it is due, is told to who is there, and stays open a while for late readers."""

    INDEXES: ClassVar[dict[str, list[IndexModel]]] = {
        "notices": [
            IndexModel([("state", ASCENDING), ("due_at", ASCENDING)]),
            IndexModel([("company_id", ASCENDING), ("state", ASCENDING)]),
            IndexModel([("subject", ASCENDING)]),
            IndexModel([("forget_at", ASCENDING)], expireAfterSeconds=0),
        ],
    }

    def add_notices(self, notices: Iterable[Notice]) -> None:
        """Put notices up. The same id twice is a programming error."""
        rows = []
        for notice in notices:
            row = asdict(notice)
            row["_id"] = row.pop("id")
            row["wording"] = str(notice.wording)
            row["forget_at"] = notice.open_until + _KEPT
            rows.append({**row, "state": str(NoticeState.DUE), "told": []})
        if rows:
            self.db.notices.insert_many(rows, ordered=False)

    def take_back(self, subjects: Collection[str], **more: Any) -> None:
        """Remove the notices about these and the mails that are not sent yet; `more` narrows it."""
        about = {"subject": {"$in": list(subjects)}, **more}
        self.db.notices.delete_many(about)
        self.db.deliveries.delete_many({**about, "state": str(State.PENDING)})

    def due_notices(self, now: datetime, limit: int) -> list[tuple[Notice, frozenset[str]]]:
        """Notices that are to be told now, each with the accounts that were told before."""
        states = [str(NoticeState.DUE), str(NoticeState.NOBODY)]
        query = {"state": {"$in": states}, "due_at": {"$lte": now}}
        rows = self.db.notices.find(query, sort=[("due_at", 1)], limit=limit)
        return [(_notice(row), frozenset(row["told"])) for row in rows]

    def settle_notices(self, settled: Iterable[Settled]) -> None:
        """Save what became of notices."""
        writes = [
            UpdateOne(
                {"_id": one.notice.id},
                {
                    "$set": {
                        "state": str(one.state),
                        "due_at": one.again_at,
                        "late_until": one.late_until,
                    },
                    "$addToSet": {"told": {"$each": one.told}},
                },
            )
            for one in settled
        ]
        if writes:
            self.db.notices.bulk_write(writes, ordered=False)

    def wake_notices(self, company_ids: Collection[str], now: datetime) -> None:
        """Somebody new acts for these companies: what is still open is told to them as well."""
        states = [str(NoticeState.NOBODY), str(NoticeState.TOLD)]
        self.db.notices.update_many(
            {
                "company_id": {"$in": list(company_ids)},
                "state": {"$in": states},
                "late_until": {"$gt": now},
            },
            {"$set": {"state": str(NoticeState.DUE), "due_at": now}},
        )

    def count_untold(self) -> int:
        """How many notices wait for somebody to act for their company."""
        return self.db.notices.count_documents({"state": str(NoticeState.NOBODY)})

    def meetings(self, meeting_ids: Collection[str]) -> dict[str, dict[str, Any]]:
        """The copies of those meetings that are known, by id: `{_id, sequence, change, reported}`."""
        rows = self.db.meetings.find({"_id": {"$in": list(meeting_ids)}})
        return {row["_id"]: row for row in rows}

    def save_meetings(self, meetings: Iterable[dict[str, Any]]) -> None:
        """Keep meetings' copies."""
        writes = [ReplaceOne({"_id": one["_id"]}, one, upsert=True) for one in meetings]
        if writes:
            self.db.meetings.bulk_write(writes, ordered=False)

    def note_presence(self, meeting_id: str, company_id: str, present: bool) -> None:
        """Somebody said whether a company was at a meeting; the last word counts."""
        change = "$pull" if present else "$addToSet"
        self.db.meetings.update_one({"_id": meeting_id}, {change: {"absent": company_id}})

    def missed_meetings(self, meeting_ids: Collection[str]) -> set[str]:
        """Those of the meetings at which a company was missing."""
        query = {"_id": {"$in": list(meeting_ids)}, "absent": {"$exists": True, "$ne": []}}
        return {row["_id"] for row in self.db.meetings.find(query, {"_id": 1})}

    def note_outcome(self, meeting_id: str, company_id: str) -> None:
        """A company said what it takes from a meeting."""
        self.db.meetings.update_one({"_id": meeting_id}, {"$addToSet": {"reported": company_id}})


def _notice(row: dict[str, Any]) -> Notice:
    values = {name: row[name] for name in _STORED}
    return Notice(**{**values, "id": row["_id"], "wording": Wording(row["wording"])})
