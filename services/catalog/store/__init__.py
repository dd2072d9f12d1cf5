"""The catalog's database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from pymongo import ASCENDING, DESCENDING, TEXT, IndexModel, ReturnDocument
from pymongo.errors import DuplicateKeyError

from services.catalog.store.imports import ImportStore
from shared.errors import Conflict, NotFound, Stale
from shared.paging import decode_cursor, encode_cursor

if TYPE_CHECKING:
    from datetime import date

    from shared.store import Document

# A field of this name in a document would choose its language; ours are all searched as Spanish.
_SPANISH: dict[str, Any] = {"default_language": "spanish", "language_override": "text_language"}
_NEWEST_FIRST = [("created_at", DESCENDING), ("_id", ASCENDING)]
_FILTERS = {
    "role": "data.roles",
    "department": "data.place.department",
    "size": "data.size",
    "ciiu": "data.ciiu",
}


class CatalogStore(ImportStore):
    """Companies, offerings and needs are documents `{_id, version, status, company_id, data, …}`.

    `data` is the record as its model has it; the rest is its life. Contacts are kept apart.
    """

    INDEXES: ClassVar[dict[str, list[IndexModel]]] = {
        "companies": [
            IndexModel(
                [("data.tax_number.scheme", ASCENDING), ("data.tax_number.number", ASCENDING)],
                name="one_company_for_each_tax_number",
                unique=True,
                partialFilterExpression={
                    "status": "active",
                    "data.tax_number.number": {"$type": "string"},
                },
            ),
            IndexModel(_NEWEST_FIRST),
            IndexModel([("data.name", TEXT), ("data.group", TEXT)], **_SPANISH),
        ],
        "offerings": [
            IndexModel(_NEWEST_FIRST),
            IndexModel([("company_id", ASCENDING), *_NEWEST_FIRST]),
            # With the descriptions, indexing would take twice as long as all the rest of a bulk import.
            IndexModel([("data.title", TEXT)], **_SPANISH),
        ],
        "needs": [
            IndexModel(_NEWEST_FIRST),
            IndexModel([("company_id", ASCENDING), *_NEWEST_FIRST]),
            IndexModel([("status", ASCENDING), ("data.closes_on", ASCENDING)]),
            IndexModel([("data.title", TEXT), ("data.description", TEXT)], **_SPANISH),
        ],
        "contacts": [IndexModel([("company_id", ASCENDING)])],
        "imports": [IndexModel([("status", ASCENDING)])],
    }

    def add(self, collection: str, document: Document) -> Document:
        """Keep a new document. Raises Conflict when its tax number belongs to another company."""
        try:
            self.db[collection].insert_one(document)
        except DuplicateKeyError as error:
            raise _tax_number_taken() from error
        return document

    def get(self, collection: str, document_id: str) -> Document:
        """The document. Raises NotFound."""
        found = self.db[collection].find_one({"_id": document_id})
        if found is None:
            raise _missing()
        return found

    def save(self, collection: str, document: Document, changes: Document) -> Document:
        """Change a document that is still as it was read; returns it with its next version.

        Raises Stale when somebody else has changed it, Conflict when a tax number is taken.
        """
        try:
            saved = self.db[collection].find_one_and_update(
                {"_id": document["_id"], "version": document["version"]},
                {"$set": changes, "$inc": {"version": 1}},
                return_document=ReturnDocument.AFTER,
            )
        except DuplicateKeyError as error:
            raise _tax_number_taken() from error
        if saved is None:
            raise _stale()
        return saved

    def get_version(self, collection: str, document_id: str, version: int) -> Document:
        """The document, if it is still the one that a caller has read. Raises NotFound or Stale."""
        found = self.get(collection, document_id)
        if found["version"] != version:
            raise _stale()
        return found

    def page(
        self, collection: str, criteria: Document, limit: int, cursor: str | None
    ) -> tuple[list[Document], str | None]:
        """Up to `limit` documents and the cursor of those that follow.

        With the words `q` among the criteria the best match comes first, else the newest document.
        """
        position = decode_cursor(cursor, 2)
        match = _match(criteria)
        if "q" in criteria:
            score = {"$addFields": {"rank": {"$meta": "textScore"}}}
            order = {"$sort": {"rank": DESCENDING, "_id": ASCENDING}}
            steps = [{"$match": match}, score, {"$match": _after("rank", position)}, order]
            found = list(self.db[collection].aggregate([*steps, {"$limit": limit + 1}]))
        else:
            query = {"$and": [match, _after("created_at", position)]}
            found = list(self.db[collection].find(query).sort(_NEWEST_FIRST).limit(limit + 1))
        if len(found) <= limit:
            return found, None
        last = found[limit - 1]
        rank = last["rank"] if "q" in criteria else last["created_at"].isoformat()
        return found[:limit], encode_cursor(rank, last["_id"])

    def live_of(self, collection: str, company_id: str, states: list[str]) -> list[Document]:
        """All of a company's documents in one of some states."""
        query = {"company_id": company_id, "status": {"$in": states}}
        return list(self.db[collection].find(query))

    def move_all(self, collection: str, documents: list[Document], changes: Document) -> None:
        """Make the same change to documents that were read in this transaction."""
        ids = [document["_id"] for document in documents]
        if ids:
            self.db[collection].update_many({"_id": {"$in": ids}}, {"$set": changes, "$inc": {"version": 1}})

    def overdue_needs(self, today: date, limit: int) -> list[Document]:
        """Open needs whose closing date is over."""
        query = {"status": "open", "data.closes_on": {"$lt": today.isoformat()}}
        return list(self.db.needs.find(query).limit(limit))

    def contacts_of(self, company_id: str) -> list[Document]:
        """People to reach at a company."""
        return list(self.db.contacts.find({"company_id": company_id}).sort("_id", ASCENDING))

    def remove_contact(self, company_id: str, contact_id: str) -> None:
        """Erase a person's data. Raises NotFound."""
        if not self.db.contacts.delete_one({"_id": contact_id, "company_id": company_id}).deleted_count:
            raise _missing()

    def remove_contacts(self, company_id: str) -> None:
        """Erase the data of all of a company's people."""
        self.db.contacts.delete_many({"company_id": company_id})

    def grant(self, company_id: str, other_id: str) -> None:
        """Let two companies see each other's contacts from now on."""
        pair = "|".join(sorted((company_id, other_id)))
        self.db.grants.update_one({"_id": pair}, {"$setOnInsert": {"_id": pair}}, upsert=True)

    def is_granted(self, company_id: str, other_id: str) -> bool:
        """Whether two companies may see each other's contacts."""
        pair = "|".join(sorted((company_id, other_id)))
        return self.db.grants.find_one({"_id": pair}) is not None


def _match(criteria: Document) -> Document:
    match: Document = {}
    for name, value in criteria.items():
        if name == "q":
            match["$text"] = {"$search": value}
        elif name == "unspsc":
            match["data.unspsc"] = {"$regex": f"^{value}"}
        else:
            field = _FILTERS.get(name, name)
            match[field] = {"$in": value} if isinstance(value, list) else value
    return match


def _after(field: str, position: list[Any] | None) -> Document:
    if position is None:
        return {}
    rank, last_id = position
    if field == "created_at":
        rank = _moment(rank)
    return {"$or": [{field: {"$lt": rank}}, {field: rank, "_id": {"$gt": last_id}}]}


def _moment(text: Any) -> datetime:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        # Not a position of this list: nothing is older than the beginning of time.
        return datetime.min.replace(tzinfo=UTC)


def _stale() -> Stale:
    """The error for a change to an older version."""
    return Stale(
        "changed_meanwhile",
        "Alguien lo cambió después de que usted lo leyó. Léalo de nuevo y repita su cambio.",
        "Somebody changed it after you read it. Read it again and repeat your change.",
    )


def _missing() -> NotFound:
    return NotFound(
        "not_found",
        "No existe, o no está a su alcance. Revise la dirección.",
        "It does not exist, or it is not for you to see. Check the address.",
    )


def _tax_number_taken() -> Conflict:
    return Conflict(
        "tax_number_taken",
        "Ya hay una empresa registrada con este número tributario. Pida acceso a quien la registró.",
        "There is a company with this tax number already. Ask whoever registered it for access.",
        "tax_number",
    )
