"""Whether places are spread among suppliers of equal quality, and in which order they then are."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from pymongo import DESCENDING, ReplaceOne

from shared.store import Document, Store

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """Scores that differ by less than `tolerance` are of equal quality; at 0 nothing is spread."""

    tolerance: float = 0.0
    set_by: str | None = None
    set_at: datetime | None = None


class Fairness(Store):
    """The part of the store that spreads places.

    `spreads` are only added to, and the newest holds; `spread_orders` are {_id: need, version, tolerance,
    order} with the version of the shortlist that was put in order.
    """

    def spread(self) -> Spread:
        """What holds now; off where nobody has said anything."""
        row = self.db.spreads.find_one({}, {"_id": 0}, sort=[("set_at", DESCENDING), ("_id", DESCENDING)])
        return msgspec.convert(row, Spread) if row else Spread()

    def set_spread(self, spread: Spread) -> None:
        """Let another tolerance hold from now on."""
        self.db.spreads.insert_one(msgspec.structs.asdict(spread))

    def placings(self, need_ids: Collection[str]) -> dict[str, tuple[int, list[tuple[str, float]]]]:
        """Of each need's shortlist the version, and its matches as (supplier, score), best first."""
        shown = {"version": 1, "matches.supplier_id": 1, "matches.score": 1}
        return {
            row["_id"]: (row["version"], [(each["supplier_id"], each["score"]) for each in row["matches"]])
            for row in self.db.shortlists.find({"_id": {"$in": list(need_ids)}}, shown)
        }

    def shortlists_state(self) -> tuple[int, int]:
        """Two numbers that change whenever a shortlist does."""
        # Every version is above zero: so asked, the index of versions alone is read.
        steps: list[Document] = [
            {"$match": {"version": {"$gt": 0}}},
            {"$group": {"_id": None, "count": {"$sum": 1}, "versions": {"$sum": "$version"}}},
        ]
        for row in self.db.shortlists.aggregate(steps):
            return row["count"], row["versions"]
        return 0, 0

    def save_orders(
        self, orders: Mapping[str, list[str]], versions: Mapping[str, int], tolerance: float
    ) -> None:
        """Keep the orders in which shortlists of these versions are shown."""
        writes = [
            ReplaceOne(
                {"_id": name},
                {"version": versions[name], "tolerance": tolerance, "order": order},
                upsert=True,
            )
            for name, order in orders.items()
        ]
        if writes:
            self.db.spread_orders.bulk_write(writes, ordered=False)

    def order_of(self, need_id: str, version: int) -> list[str] | None:
        """The order in which a need's shortlist is to be shown, if it is spread and has not changed since."""
        tolerance = self.spread().tolerance
        if not tolerance:
            return None
        query = {"_id": need_id, "version": version, "tolerance": tolerance}
        row = self.db.spread_orders.find_one(query, {"order": 1})
        return row["order"] if row else None
