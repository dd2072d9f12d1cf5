"""The shortlists that are kept, and the linkages that have been proposed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from pymongo import ReplaceOne

from services.matching.engine import Profile
from services.matching.model.shortlists import Shortlisted
from shared.store import Store

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from services.matching.engine import Gap


class Shortlists(Store):
    """The part of the store that keeps rankings.

    `shortlists` hold rankings by the need's id; `linkages` are {_id, gaps} as they were proposed last.
    """

    def shortlists(self, need_ids: Collection[str]) -> dict[str, Shortlisted]:
        """The stored shortlists of these needs."""
        rows = self.db.shortlists.find({"_id": {"$in": list(need_ids)}})
        return {row["_id"]: msgspec.convert({**row, "need_id": row["_id"]}, Shortlisted) for row in rows}

    def shortlist_versions(self, need_ids: Collection[str]) -> dict[str, int]:
        """The versions of the stored shortlists of these needs."""
        rows = self.db.shortlists.find({"_id": {"$in": list(need_ids)}}, {"version": 1})
        return {row["_id"]: row["version"] for row in rows}

    def profiles(self, need_ids: Collection[str]) -> dict[str, Profile]:
        """The profiles by which these needs were ranked."""
        rows = self.db.shortlists.find({"_id": {"$in": list(need_ids)}}, {"profile": 1})
        return {row["_id"]: msgspec.convert(row["profile"], Profile) for row in rows}

    def save_shortlists(self, shortlists: Sequence[Shortlisted]) -> None:
        """Keep shortlists that were read in this transaction and made anew."""
        writes = []
        for each in shortlists:
            fields = msgspec.to_builtins(each)
            name = fields.pop("need_id")
            writes.append(ReplaceOne({"_id": name}, fields, upsert=True))
        if writes:
            self.db.shortlists.bulk_write(writes, ordered=False)

    def drop_candidate(self, need_id: str, supplier_id: str) -> None:
        """Take a supplier out of a need's stored shortlist, before it is computed anew."""
        gone = {"supplier_id": supplier_id}
        self.db.shortlists.update_one(
            {"_id": need_id},
            {"$pull": {"matches": gone, "almost": gone}, "$inc": {"version": 1}},
        )

    def note_linkages(self, proposed: Mapping[str, Sequence[Gap]]) -> set[str]:
        """Of these linkages, by id, those that have not been proposed with the same gaps; now they have."""
        rows = self.db.linkages.find({"_id": {"$in": list(proposed)}})
        known = {row["_id"]: row["gaps"] for row in rows}
        gaps = {name: msgspec.to_builtins(each) for name, each in proposed.items()}
        news = {name for name in proposed if known.get(name) != gaps[name]}
        writes = [ReplaceOne({"_id": name}, {"gaps": gaps[name]}, upsert=True) for name in sorted(news)]
        if writes:
            self.db.linkages.bulk_write(writes, ordered=False)
        return news
