"""What companies have had with each other (awards, meetings, deals), and the rates of exchange."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from pymongo import ASCENDING, DESCENDING

from services.matching.engine import Rate, tie_break
from services.matching.engine.weights import HISTORY
from shared.store import Document, Store

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

# Of a supplier's past, and of an anchor's, so much is enough.
MOST_PAST = 20
MOST_HISTORY = 100
# What was said in rounds, as what it is in the history of a pair.
_SAID = {"sold": "sold", "expected": "expected", "high": "interested", "medium": "interested", "met": "met"}


class Evidence(Store):
    """The part of the store that knows the past.

    A need's copy says whom it was `awarded_to`; of a meeting there is a row of `feedback`. `rates` are
    only added to: {base, quote, value, on, given_by, given_at}.
    """

    def past_offerings(self, company_ids: Collection[str]) -> dict[str, list[Document]]:
        """The needs that each supplier won or met about, newest first, in the form of offerings."""
        ids = {"$in": list(company_ids)}
        shown = {"data.title": 1, "data.unspsc": 1, "data.place": 1, "awarded_to": 1}
        newest = [("closes_on", DESCENDING), ("_id", ASCENDING)]
        found: dict[str, dict[str, Document]] = {}
        for row in self.db.needs.find({"awarded_to": ids}, shown).sort(newest):
            found.setdefault(row["awarded_to"], {})[row["_id"]] = _as_offering(row, "awarded")
        met: dict[str, list[str]] = {}
        held = {"supplier_id": ids, "said": "met", "need_id": {"$type": "string"}}
        for row in self.db.feedback.find(held, {"supplier_id": 1, "need_id": 1}):
            met.setdefault(row["need_id"], []).append(row["supplier_id"])
        for row in self.db.needs.find({"_id": {"$in": list(met)}}, shown).sort(newest):
            for supplier_id in met[row["_id"]]:
                found.setdefault(supplier_id, {}).setdefault(row["_id"], _as_offering(row, "met"))
        return {company: list(past.values())[:MOST_PAST] for company, past in found.items()}

    def histories(self, anchor_ids: Collection[str]) -> dict[str, dict[str, str]]:
        """Of each anchor the best that it has had with each supplier, of at most 100 suppliers."""
        ids = list(anchor_ids)
        had: dict[str, dict[str, str]] = {anchor_id: {} for anchor_id in ids}
        won = {"company_id": {"$in": ids}, "awarded_to": {"$type": "string"}}
        for row in self.db.needs.find(won, {"company_id": 1, "awarded_to": 1}):
            had[row["company_id"]][row["awarded_to"]] = "awarded"
        said = {"companies": {"$in": ids}, "said": {"$in": list(_SAID)}}
        for row in self.db.feedback.find(said, {"companies": 1, "said": 1, "supplier_id": 1}):
            for anchor_id, other in (row["companies"], row["companies"][::-1]):
                # What an anchor sold is no reason to buy from who bought it.
                if anchor_id in had and row.get("supplier_id", other) == other:
                    kept = had[anchor_id].get(other)
                    kind = _SAID[row["said"]]
                    had[anchor_id][other] = max(kept or kind, kind, key=lambda each: HISTORY[each])
        return {anchor_id: _most_telling(anchor_id, pairs) for anchor_id, pairs in had.items()}

    def add_rate(self, rate: Rate, now: datetime) -> None:
        """Keep a rate beside all that were given before."""
        self.db.rates.insert_one({**msgspec.to_builtins(rate), "given_at": now})

    def rates(self, currencies: Iterable[str] | None = None) -> list[Rate]:
        """The newest rate of each pair of currencies that has one of these (or of all), by its day."""
        query: Document = {}
        if currencies is not None:
            each = {"$in": list(currencies)}
            query = {"$or": [{"base": each}, {"quote": each}]}
        latest = {"$top": {"sortBy": {"on": -1, "given_at": -1}, "output": "$$ROOT"}}
        steps: list[Document] = [
            {"$match": query},
            {"$group": {"_id": ["$base", "$quote"], "rate": latest}},
            {"$replaceRoot": {"newRoot": "$rate"}},
            {"$sort": {"on": -1, "given_at": -1}},
        ]
        newest: dict[frozenset[str], Rate] = {}
        for row in self.db.rates.aggregate(steps):
            newest.setdefault(frozenset((row["base"], row["quote"])), msgspec.convert(row, Rate))
        return list(newest.values())

    def needs_priced_in(self, currencies: Collection[str]) -> list[str]:
        """Ids of the open needs whose budget is in one of these currencies."""
        query = {"gone": False, "data.budget.currency": {"$in": list(currencies)}}
        return [row["_id"] for row in self.db.needs.find(query, {"_id": 1})]


def _as_offering(need: Document, past: str) -> Document:
    data = need.get("data", {})
    return {
        "offering_id": need["_id"],
        "title": data.get("title", ""),
        "unspsc": data.get("unspsc", []),
        "place": data.get("place"),
        "past": past,
    }


def _most_telling(anchor_id: str, pairs: dict[str, str]) -> dict[str, str]:
    if len(pairs) <= MOST_HISTORY:
        return pairs
    best = sorted(pairs, key=lambda other: (-HISTORY[pairs[other]], tie_break(anchor_id, other)))
    return {other: pairs[other] for other in best[:MOST_HISTORY]}
