"""What people did after a match, and the weights that were learned from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from pymongo import DESCENDING, ReplaceOne

from services.matching.engine.weights import SHIPPED, Weights
from shared.store import Document, Store

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

_ACTIVE = "active"


class Feedback(Store):
    """The part of the store that learning needs.

    `feedback` is {_id, companies, need_id | None, said}, with the supplier of a meeting or a sale, the round
    of a meeting and the value of a deal; `weights` has a document for each fitted version and one that says
    which is used.
    """

    def save_feedback(self, rows: Sequence[Document]) -> None:
        """Keep what was said; the same id again replaces it."""
        writes = [ReplaceOne({"_id": row["_id"]}, row, upsert=True) for row in rows]
        if writes:
            self.db.feedback.bulk_write(writes, ordered=True)

    def mark_meeting(self, meeting_id: str, said: str) -> list[str]:
        """Note what became of a meeting, and which need it was about. Returns the two companies, if known."""
        row = self.db.feedback.find_one({"_id": f"meeting:{meeting_id}"})
        if row is None:
            return []
        asked = {"companies": row["companies"], "round_id": row["round_id"], "said": "accepted"}
        request = self.db.feedback.find_one({**asked, "need_id": {"$type": "string"}}, sort=[("_id", 1)])
        about = request["need_id"] if request else None
        self.db.feedback.update_one({"_id": row["_id"]}, {"$set": {"said": said, "need_id": about}})
        companies: list[str] = row["companies"]
        return companies

    def feedback(self) -> list[Document]:
        """All that was said."""
        return list(self.db.feedback.find().sort("_id"))

    def weights_in_use(self) -> Weights:
        """The weights that needs are ranked by."""
        row = self.db.weights.find_one({"_id": _ACTIVE})
        return self.weights_of(row["version"]) or SHIPPED if row else SHIPPED

    def weights_of(self, version: int) -> Weights | None:
        """The weights of a version; 0 are the shipped ones. None if there is no such version."""
        if version == 0:
            return SHIPPED
        row = self.db.weights.find_one({"_id": version})
        return msgspec.convert(row["weights"], Weights) if row else None

    def weight_versions(self) -> list[Document]:
        """All fitted versions with their figures, newest first."""
        return list(self.db.weights.find({"_id": {"$ne": _ACTIVE}}).sort("_id", DESCENDING))

    def add_weights(self, weights: Weights, figures: Document, now: datetime) -> int:
        """Keep fitted weights as the next version. Returns its number."""
        known = self.weight_versions()
        version: int = known[0]["_id"] + 1 if known else 1
        numbered = msgspec.structs.replace(weights, version=version)
        row = {"_id": version, "weights": msgspec.to_builtins(numbered), "figures": figures, "fitted_at": now}
        self.db.weights.insert_one(row)
        return version

    def use_weights(self, version: int, now: datetime) -> None:
        """Rank by a version from now on."""
        row = {"_id": _ACTIVE, "version": version, "since": now}
        self.db.weights.replace_one({"_id": _ACTIVE}, row, upsert=True)
