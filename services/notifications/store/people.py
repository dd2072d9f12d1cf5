"""Who acts for which company, how to reach them, and what they have switched off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pymongo import ASCENDING, IndexModel, UpdateOne
from pymongo.errors import DuplicateKeyError

from services.notifications.model import Reader
from shared.errors import Stale
from shared.store import Store

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable


def keep_newest(document: dict[str, Any]) -> UpdateOne:
    """A write of a copy that does nothing when the copy is already of a later `sequence`."""
    older = {"$lt": [{"$ifNull": ["$sequence", -1]}, document["sequence"]]}
    chosen = {"$cond": [older, {"$literal": document}, "$$ROOT"]}
    return UpdateOne({"_id": document["_id"]}, [{"$replaceWith": chosen}], upsert=True)


class People(Store):
    """The address book: copies of accounts, memberships and company names, and people's own choices."""

    INDEXES: ClassVar[dict[str, list[IndexModel]]] = {
        "memberships": [
            IndexModel([("company_id", ASCENDING), ("active", ASCENDING)]),
            IndexModel([("account_id", ASCENDING)]),
        ],
    }

    def save_account(self, account: dict[str, Any]) -> None:
        """Keep `{_id, sequence, email, name, language}`; once erased it stays erased."""
        self.db.accounts.bulk_write([keep_newest(account)])

    def account(self, account_id: str) -> dict[str, Any] | None:
        """A person's address, name and language; None when unknown or erased."""
        return self.db.accounts.find_one({"_id": account_id, "email": {"$exists": True}})

    def accounts(self, account_ids: Collection[str]) -> dict[str, dict[str, Any]]:
        """The known ones among those people, by id."""
        query = {"_id": {"$in": list(account_ids)}, "email": {"$exists": True}}
        return {row["_id"]: row for row in self.db.accounts.find(query)}

    def erase_account(self, account_id: str, sequence: int) -> None:
        """Delete all that is kept of a person, but for the mark that refuses late copies."""
        self.db.accounts.replace_one(
            {"_id": account_id}, {"_id": account_id, "sequence": sequence}, upsert=True
        )
        for collection in ("memberships", "preferences", "messages", "deliveries"):
            key = "_id" if collection == "preferences" else "account_id"
            self.db[collection].delete_many({key: account_id})

    def save_membership(self, membership: dict[str, Any]) -> None:
        """Keep `{_id, sequence, account_id, company_id, active}`."""
        self.db.memberships.bulk_write([keep_newest(membership)])

    def companies_of(self, account_id: str) -> list[str]:
        """The companies that a person acts for."""
        query = {"account_id": account_id, "active": True}
        return list(self.db.memberships.distinct("company_id", query))

    def with_people(self, company_ids: Collection[str]) -> set[str]:
        """Those of the companies for which somebody acts."""
        query = {"company_id": {"$in": list(company_ids)}, "active": True}
        return set(self.db.memberships.distinct("company_id", query))

    def readers(self, company_ids: Collection[str]) -> dict[str, list[Reader]]:
        """The people who act for each company and whose address is known."""
        query = {"company_id": {"$in": list(company_ids)}, "active": True}
        pairs = {(m["company_id"], m["account_id"]) for m in self.db.memberships.find(query)}
        known = self.accounts({account_id for _, account_id in pairs})
        off = self._switched_off(known)
        found: dict[str, list[Reader]] = {company_id: [] for company_id in company_ids}
        for company_id, account_id in sorted(pairs):
            if account_id in known:
                switched_off = off.get(account_id, frozenset())
                found[company_id].append(Reader(account_id, company_id, switched_off))
        return found

    def readers_alone(self, account_ids: Collection[str]) -> list[Reader]:
        """Those of these people whose address is known, as who they are."""
        known = self.accounts(account_ids)
        off = self._switched_off(known)
        return [Reader(account_id, "", off.get(account_id, frozenset())) for account_id in sorted(known)]

    def _switched_off(self, account_ids: Collection[str]) -> dict[str, frozenset[str]]:
        rows = self.db.preferences.find({"_id": {"$in": list(account_ids)}})
        return {row["_id"]: frozenset(row["switched_off"]) for row in rows}

    def save_companies(self, companies: Iterable[dict[str, Any]]) -> None:
        """Keep `{_id, sequence, name}` of many; a company that left is kept without its name."""
        writes = [keep_newest(company) for company in companies]
        if writes:
            self.db.companies.bulk_write(writes, ordered=True)

    def company_names(self, company_ids: Collection[str]) -> dict[str, str]:
        """The known names of companies, by id."""
        query = {"_id": {"$in": list(company_ids)}, "name": {"$exists": True}}
        return {row["_id"]: row["name"] for row in self.db.companies.find(query)}

    def preferences(self, account_id: str) -> tuple[int, frozenset[str]]:
        """Version and switched-off kinds of a person's choices; version 0 when never chosen."""
        row = self.db.preferences.find_one({"_id": account_id})
        return (row["version"], frozenset(row["switched_off"])) if row else (0, frozenset())

    def save_preferences(self, account_id: str, version: int, switched_off: Collection[str]) -> int:
        """Save over `version` and return the new one. Raises Stale when somebody was first."""
        saved = {"version": version + 1, "switched_off": sorted(switched_off)}
        try:
            found = self.db.preferences.update_one(
                {"_id": account_id, "version": version}, {"$set": saved}, upsert=version == 0
            )
        except DuplicateKeyError:
            found = None
        if found is None or not (found.matched_count or found.upserted_id):
            raise Stale(
                "preferences_changed",
                "Sus preferencias cambiaron en otra ventana. Léalas de nuevo y repita el cambio.",
                "Your preferences were changed elsewhere. Read them again and repeat the change.",
            )
        return version + 1
