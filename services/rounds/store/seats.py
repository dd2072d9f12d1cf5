"""Who and what is taken in a slot: one row for each delegate and table, which an index keeps single."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pymongo import ASCENDING, IndexModel, UpdateOne
from pymongo.errors import BulkWriteError, DuplicateKeyError

from services.rounds.store.refusals import SEAT_TAKEN, conflict
from shared.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from services.rounds.model.meetings import Meeting


class Seats(Store):
    """The `seats` collection. A buyer's delegate and the table may hold several `meeting_ids` in a slot, all
    of them the delegate's own: `host`.
    """

    SEAT_INDEXES: ClassVar[dict[str, list[IndexModel]]] = {
        "seats": [
            IndexModel([("round_id", ASCENDING), ("slot_id", ASCENDING), ("holder", ASCENDING)], unique=True),
            IndexModel([("meeting_ids", ASCENDING)]),
        ],
    }

    def take_seats(self, meetings: Iterable[Meeting], at_once: int = 1) -> None:
        """Reserve delegates and tables; a buyer's delegate for up to `at_once` meetings in a slot.

        Raises Conflict when one is taken: the filter then finds nothing, and the upsert meets the index.
        """
        writes = []
        for meeting in meetings:
            place = {"round_id": meeting.round_id, "slot_id": meeting.slot_id}
            for holder, room in _holders(meeting, at_once):
                seat = {**place, "holder": holder, "host": meeting.buyer.delegate_id}
                free = {**seat, f"meeting_ids.{room - 1}": {"$exists": False}}
                writes.append(UpdateOne(free, {"$push": {"meeting_ids": meeting.id}}, upsert=True))
        if writes:
            try:
                self.db.seats.bulk_write(writes)
            except (DuplicateKeyError, BulkWriteError) as error:
                raise conflict(error, SEAT_TAKEN) from error

    def leave_seats(self, meetings: Iterable[Meeting]) -> None:
        """Give the delegates and tables of meetings free."""
        ids = {"$in": [meeting.id for meeting in meetings]}
        if ids["$in"]:
            held = [row["_id"] for row in self.db.seats.find({"meeting_ids": ids}, {"_id": 1})]
            self.db.seats.update_many({"_id": {"$in": held}}, {"$pull": {"meeting_ids": ids}})
            self.db.seats.delete_many({"_id": {"$in": held}, "meeting_ids": []})


def _holders(meeting: Meeting, at_once: int) -> Iterator[tuple[str, int]]:
    """What a meeting takes up in its slot, and for how many meetings of the same host there is room."""
    yield f"delegate:{meeting.supplier.delegate_id}", 1
    yield f"delegate:{meeting.buyer.delegate_id}", at_once
    if meeting.table is not None:
        yield f"table:{meeting.table}", at_once
