"""The portal's collections; the only file of the portal that knows MongoDB."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import msgspec
from pymongo import ASCENDING, IndexModel, UpdateOne
from pymongo.errors import DuplicateKeyError

from services.portal.keys import SigningKey
from services.portal.model import (
    SESSION_LIFE,
    SESSION_RENEWED_EVERY,
    Account,
    ApiKey,
    Company,
    Consent,
    Membership,
)
from shared.errors import Conflict
from shared.store import Document, Store

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

D = TypeVar("D")
GONE_AT_ONCE = 0


def _record(kind: type[D], row: Document) -> D:
    return msgspec.convert({**row, "id": row["_id"]}, kind)


def _row(record: Any) -> Document:
    fields = asdict(record)
    return {"_id": fields.pop("id"), **fields}


def _changed_meanwhile() -> Conflict:
    return Conflict(
        "changed_meanwhile",
        "Alguien lo cambió al mismo tiempo. Vuelva a intentarlo.",
        "Somebody changed it at the same time. Try again.",
    )


class PortalStore(Store):
    """Accounts, sign-in codes, sessions, API keys, memberships, signing keys, copies of companies."""

    INDEXES: ClassVar[dict[str, list[IndexModel]]] = {
        "accounts": [
            IndexModel([("email", ASCENDING)], unique=True),
            IndexModel([("opened_at", ASCENDING)], partialFilterExpression={"consent": None}),
        ],
        "codes": [
            IndexModel([("account_id", ASCENDING), ("made_at", ASCENDING)]),
            IndexModel([("forget_at", ASCENDING)], expireAfterSeconds=GONE_AT_ONCE),
        ],
        "sessions": [
            IndexModel([("account_id", ASCENDING)]),
            IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=GONE_AT_ONCE),
        ],
        "places": [IndexModel([("forget_at", ASCENDING)], expireAfterSeconds=GONE_AT_ONCE)],
        "api_keys": [
            IndexModel([("fingerprint", ASCENDING)], unique=True),
            IndexModel([("account_id", ASCENDING)]),
        ],
        "memberships": [
            IndexModel([("account_id", ASCENDING), ("company_id", ASCENDING)], unique=True),
            IndexModel([("company_id", ASCENDING), ("granted_at", ASCENDING)]),
        ],
        "signing_keys": [IndexModel([("generation", ASCENDING)], unique=True)],
    }

    # Accounts

    def account(self, account_id: str) -> Account | None:
        """An account by its id."""
        row = self.db.accounts.find_one({"_id": account_id})
        return _record(Account, row) if row else None

    def accounts(self, account_ids: Iterable[str]) -> dict[str, Account]:
        """Accounts by their ids."""
        rows = self.db.accounts.find({"_id": {"$in": list(account_ids)}})
        return {row["_id"]: _record(Account, row) for row in rows}

    def account_of(self, email: str) -> Account | None:
        """An account by its address in plain form."""
        row = self.db.accounts.find_one({"email": email})
        return _record(Account, row) if row else None

    def add_account(self, account: Account) -> None:
        """Keep a new account. Raises Conflict when the address has one already."""
        try:
            self.db.accounts.insert_one(_row(account))
        except DuplicateKeyError as error:
            raise _changed_meanwhile() from error

    def save_account(self, account: Account) -> None:
        """Keep the next version of an account. Raises Conflict when somebody else was first."""
        known = {"_id": account.id, "version": account.version - 1}
        if not self.db.accounts.replace_one(known, _row(account)).matched_count:
            raise _changed_meanwhile()

    def note_consent(self, account_id: str, consent: Consent) -> None:
        """Keep a person's first consent."""
        self.db.accounts.update_one(
            {"_id": account_id, "consent": None}, {"$set": {"consent": asdict(consent)}}
        )

    def unused_accounts(self, before: datetime, limit: int) -> list[str]:
        """Ids of accounts opened before that time that nobody has ever signed in to."""
        rows = self.db.accounts.find({"consent": None, "opened_at": {"$lt": before}}, {"_id": 1}, limit=limit)
        return [row["_id"] for row in rows]

    def erase_account(self, account_id: str) -> None:
        """Remove an account and all that hangs on it."""
        self.db.accounts.delete_one({"_id": account_id})
        for collection in ("codes", "sessions", "api_keys", "memberships"):
            self.db[collection].delete_many({"account_id": account_id})

    # Sign-in codes and sessions

    def add_code(self, code_fingerprint: str, account_id: str, made_at: datetime, life: timedelta) -> None:
        """Keep a one-time code for `life`, and long enough to count what was asked for in an hour."""
        self.db.codes.insert_one(
            {
                "_id": code_fingerprint,
                "account_id": account_id,
                "made_at": made_at,
                "expires_at": made_at + life,
                "forget_at": made_at + max(life, timedelta(hours=1)),
                "used_at": None,
            }
        )

    def codes_since(self, account_id: str, since: datetime) -> int:
        """How many codes were made for an account since that time, used or not."""
        return self.db.codes.count_documents({"account_id": account_id, "made_at": {"$gt": since}})

    def use_code(self, code_fingerprint: str, now: datetime) -> str | None:
        """Use up a code and return its account's id; None when it is unknown, used or too old."""
        row = self.db.codes.find_one_and_update(
            {"_id": code_fingerprint, "used_at": None, "expires_at": {"$gt": now}},
            {"$set": {"used_at": now}},
        )
        return row["account_id"] if row else None

    def count_from_place(self, place: str, hour: datetime) -> int:
        """Count one more request of this hour from a place (an IP address); returns the count."""
        row = self.db.places.find_one_and_update(
            {"_id": f"{place}|{hour.isoformat()}"},
            {"$inc": {"count": 1}, "$set": {"forget_at": hour + timedelta(hours=1)}},
            upsert=True,
            return_document=True,
        )
        return int(row["count"]) if row else 1

    def add_session(self, session_fingerprint: str, account_id: str, now: datetime) -> None:
        """Keep a session, which expires when it is not used for a while."""
        self.db.sessions.insert_one(
            {
                "_id": session_fingerprint,
                "account_id": account_id,
                "signed_in_at": now,
                "seen_at": now,
                "expires_at": now + SESSION_LIFE,
            }
        )

    def use_session(self, session_fingerprint: str, now: datetime) -> str | None:
        """Id of the account that is signed in with this session, which lives on for being used."""
        row = self.db.sessions.find_one({"_id": session_fingerprint, "expires_at": {"$gt": now}})
        if row is None:
            return None
        if row["seen_at"] < now - SESSION_RENEWED_EVERY:
            until = {"seen_at": now, "expires_at": now + SESSION_LIFE}
            self.db.sessions.update_one({"_id": session_fingerprint}, {"$set": until})
        return str(row["account_id"])

    def end_session(self, session_fingerprint: str) -> None:
        """Forget a session."""
        self.db.sessions.delete_one({"_id": session_fingerprint})

    def sessions_of(self, account_id: str) -> list[Document]:
        """Times of the account's sessions, without what they are recognised by."""
        return list(self.db.sessions.find({"account_id": account_id}, {"_id": 0, "account_id": 0}))

    # API keys

    def add_api_key(self, key: ApiKey) -> None:
        """Keep a new API key."""
        self.db.api_keys.insert_one(_row(key))

    def api_keys_of(self, account_id: str) -> list[ApiKey]:
        """The API keys of an account, oldest first."""
        rows = self.db.api_keys.find({"account_id": account_id}, sort=[("created_at", ASCENDING)])
        return [_record(ApiKey, row) for row in rows]

    def use_api_key(self, key_fingerprint: str, now: datetime) -> ApiKey | None:
        """The API key with this fingerprint, noting that it was used now."""
        row = self.db.api_keys.find_one_and_update(
            {"fingerprint": key_fingerprint}, {"$set": {"last_used_at": now}}, return_document=True
        )
        return _record(ApiKey, row) if row else None

    def remove_api_key(self, account_id: str, key_id: str) -> bool:
        """Forget a key of this account; False when there is none."""
        found = self.db.api_keys.delete_one({"_id": key_id, "account_id": account_id})
        return bool(found.deleted_count)

    # Memberships and companies

    def membership(self, account_id: str, company_id: str) -> Membership | None:
        """A person's membership of a company, also a revoked one."""
        row = self.db.memberships.find_one({"account_id": account_id, "company_id": company_id})
        return _record(Membership, row) if row else None

    def members(self, company_id: str) -> list[Membership]:
        """Active memberships of a company, oldest first."""
        rows = self.db.memberships.find(
            {"company_id": company_id, "active": True}, sort=[("granted_at", ASCENDING)]
        )
        return [_record(Membership, row) for row in rows]

    def memberships_of(self, account_id: str) -> list[Membership]:
        """Active memberships of a person, oldest first."""
        rows = self.db.memberships.find(
            {"account_id": account_id, "active": True}, sort=[("granted_at", ASCENDING)]
        )
        return [_record(Membership, row) for row in rows]

    def save_membership(self, membership: Membership) -> None:
        """Keep the next version of a membership. Raises Conflict when somebody else was first."""
        known = {"_id": membership.id, "version": membership.version - 1}
        first = membership.version == 1
        try:
            saved = self.db.memberships.replace_one(known, _row(membership), upsert=first)
        except DuplicateKeyError as error:
            raise _changed_meanwhile() from error
        if not first and not saved.matched_count:
            raise _changed_meanwhile()

    def companies(self, company_ids: Iterable[str]) -> dict[str, Company]:
        """Copies of companies by their ids, also of withdrawn ones."""
        rows = self.db.companies.find({"_id": {"$in": list(company_ids)}})
        return {row["_id"]: _record(Company, row) for row in rows}

    def companies_like(self, pattern: str, limit: int) -> list[Company]:
        """Copies of companies in the directory whose names match, by name; a pattern begins anywhere."""
        query = {"name": {"$regex": pattern, "$options": "i"}, "withdrawn": False}
        rows = self.db.companies.find(query).sort("name", ASCENDING).limit(limit)
        return [_record(Company, row) for row in rows]

    def copy_companies(self, companies: Iterable[tuple[Company, int]]) -> None:
        """Keep the state of companies, each with the sequence it belongs to; older states are ignored."""
        writes = [
            UpdateOne({"_id": company.id}, [_unless_newer(_row(company), sequence)], upsert=True)
            for company, sequence in companies
        ]
        if writes:
            self.db.companies.bulk_write(writes)

    # Signing keys

    def signing_keys(self) -> list[SigningKey]:
        """All signing keys, oldest first."""
        rows = self.db.signing_keys.find(sort=[("generation", ASCENDING)])
        return [_record(SigningKey, row) for row in rows]

    def add_signing_key(self, key: SigningKey) -> bool:
        """Keep a key of the next generation; False when another process made that one first."""
        try:
            self.db.signing_keys.insert_one(_row(key))
        except DuplicateKeyError:
            return False
        return True

    def remove_signing_keys(self, key_ids: Iterable[str]) -> None:
        """Forget signing keys."""
        self.db.signing_keys.delete_many({"_id": {"$in": list(key_ids)}})


def _unless_newer(row: Document, sequence: int) -> Document:
    """An update stage that sets `row` when what is stored is of an older sequence."""
    older = {"$lt": [{"$ifNull": ["$sequence", -1]}, sequence]}
    fields = {**row, "sequence": sequence}
    fields.pop("_id")
    return {
        "$set": {name: {"$cond": [older, {"$literal": value}, f"${name}"]} for name, value in fields.items()}
    }
