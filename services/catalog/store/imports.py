"""Imports in the database: what was imported before, bulk writes, jobs with their files and faults."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pymongo
from bson import Binary
from gridfs import GridFSBucket, NoFile
from pymongo import ASCENDING, InsertOne, ReturnDocument, UpdateOne
from pymongo.errors import DuplicateKeyError

from shared.errors import Conflict, NotFound
from shared.paging import decode_cursor, encode_cursor
from shared.store import Document, Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

# A run writes its progress after each batch, which takes about a second.
SILENCE = timedelta(seconds=15)
_UPLOAD_SECONDS = 3600
# Even a weak connection brings a piece of an upload in this time.
UPLOAD_SILENCE = timedelta(minutes=5)
_PIECE = 256 * 1024


class ImportStore(Store):
    """The part of the catalog's store that imports use."""

    def imported(self, collection: str, ids: list[str]) -> dict[str, Document]:
        """What is known of documents by id: version, state, owner, roles and the last line's digest."""
        wanted = {"version": 1, "status": 1, "company_id": 1, "imported.digest": 1, "data.roles": 1}
        found = self.db[collection].find({"_id": {"$in": ids}}, wanted) if ids else ()
        return {document["_id"]: document for document in found}

    def owners_of_tax_numbers(self, numbers: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
        """Ids of the active companies that hold some of the tax numbers (scheme, number)."""
        by_scheme: dict[str, list[str]] = {}
        for scheme, number in numbers:
            by_scheme.setdefault(scheme, []).append(number)
        if not by_scheme:
            return {}
        fields = "data.tax_number.scheme", "data.tax_number.number"
        one_of = [{fields[0]: scheme, fields[1]: {"$in": held}} for scheme, held in by_scheme.items()]
        found = self.db.companies.find({"status": "active", "$or": one_of}, {"data.tax_number": 1})
        taxes = ((each["data"]["tax_number"], each["_id"]) for each in found)
        return {(tax["scheme"], tax["number"]): company_id for tax, company_id in taxes}

    def write_all(self, collection: str, new: list[Document], changed: dict[str, Document]) -> None:
        """Add documents, and make changes (by id) to others, with one write."""
        writes: list[Any] = [InsertOne(document) for document in new]
        writes += [
            UpdateOne({"_id": document_id}, {"$set": changes, "$inc": {"version": 1}})
            for document_id, changes in changed.items()
        ]
        if writes:
            self.db[collection].bulk_write(writes, ordered=False)

    def replace_imported_contacts(self, company_ids: list[str], contacts: list[Document]) -> None:
        """Put the people of a file in the place of those that it named before."""
        if company_ids:
            self.db.contacts.delete_many({"company_id": {"$in": company_ids}, "imported": True})
        if contacts:
            self.db.contacts.insert_many(contacts, ordered=False)

    def keep_file(self, job_id: str, read: Callable[[int], bytes]) -> int:
        """Keep an import's file, in pieces as they come; returns its size in bytes."""
        size, noted = 0, time.monotonic()
        with (
            pymongo.timeout(_UPLOAD_SECONDS),
            GridFSBucket(self.db, "import_files").open_upload_stream_with_id(job_id, job_id) as upload,
        ):
            while piece := read(_PIECE):
                upload.write(piece)
                size += len(piece)
                if time.monotonic() > noted + SILENCE.seconds:
                    self.note_import(job_id, "", {"heard_at": datetime.now(UTC)})
                    noted = time.monotonic()
        return size

    def open_file(self, job_id: str) -> Callable[[int], bytes]:
        """A reader of an import's file. Raises NotFound."""
        try:
            read: Callable[[int], bytes] = (
                GridFSBucket(self.db, "import_files").open_download_stream(job_id).read
            )
        except NoFile as error:
            raise _no_import() from error
        return read

    def drop_file(self, job_id: str) -> None:
        """Remove an import's file, which may hold personal data, when it is no longer needed."""
        try:
            GridFSBucket(self.db, "import_files").delete(job_id)
        except NoFile:
            return

    def find_import(self, job_id: str) -> Document | None:
        """The job, if there is one."""
        return self.db.imports.find_one({"_id": job_id})

    def get_import(self, job_id: str) -> Document:
        """The job. Raises NotFound."""
        found = self.find_import(job_id)
        if found is None:
            raise _no_import()
        return found

    def add_import(self, job: Document) -> None:
        """Keep a new job. Raises Conflict when the same one is being sent at this moment."""
        try:
            self.db.imports.insert_one(job)
        except DuplicateKeyError as error:
            raise Conflict(
                "import_being_sent",
                "Este archivo ya se está recibiendo. Espere y consulte la importación.",
                "This file is being received already. Wait, and look at the import.",
            ) from error

    def forget_import(self, job_id: str) -> None:
        """Remove a job whose file did not arrive."""
        self.db.imports.delete_one({"_id": job_id})

    def fail_silent_uploads(self, now: datetime) -> int:
        """End the uploads whose sender or receiver is gone, drop what came of them; returns how many."""
        silent: Document = {"status": "uploading", "heard_at": {"$lt": now - UPLOAD_SILENCE}}
        over = {"status": "failed", "run": "given up", "finished_at": now}
        ended = 0
        while found := self.db.imports.find_one_and_update(silent, {"$set": over}):
            self.drop_file(found["_id"])
            ended += 1
        return ended

    def claim_import(self, run: str, now: datetime, own: str | None = None) -> Document | None:
        """Take the oldest job that waits, or that has been silent for long, or the job `own` itself."""
        free: Document = {
            "$or": [
                {"status": "waiting"},
                {"status": "running", "heard_at": {"$lt": now - SILENCE}},
                {"status": "running", "_id": own},
            ]
        }
        return self.db.imports.find_one_and_update(
            free,
            {"$set": {"status": "running", "run": run, "heard_at": now}, "$inc": {"runs": 1}},
            sort=[("created_at", ASCENDING)],
            return_document=ReturnDocument.AFTER,
        )

    def note_import(self, job_id: str, run: str, changes: Document) -> bool:
        """Write down what a run has done; False when another run has taken the job over."""
        written = self.db.imports.update_one({"_id": job_id, "run": run}, {"$set": changes})
        return bool(written.matched_count)

    def add_import_faults(self, faults: list[Document]) -> None:
        """Keep why lines were refused."""
        if faults:
            self.db.import_faults.insert_many(faults, ordered=False)

    def import_faults(self, job_id: str, limit: int, cursor: str | None) -> tuple[list[Document], str | None]:
        """A page of why lines were refused, in the order of the file."""
        query: Document = {"_id": {"$gte": f"{job_id}:", "$lt": f"{job_id};"}}
        position = decode_cursor(cursor, 1)
        if position is not None:
            query["_id"]["$gt"] = f"{job_id}:{position[0]}"
        found = list(self.db.import_faults.find(query).sort("_id", ASCENDING).limit(limit + 1))
        if len(found) <= limit:
            return found, None
        return found[:limit], encode_cursor(found[limit - 1]["_id"].partition(":")[2])


def digest_of(document: Document) -> bytes | None:
    """What the line said that a document was last imported from."""
    digest = document.get("imported", {}).get("digest")
    return bytes(digest) if isinstance(digest, (bytes, Binary)) else None


def _no_import() -> NotFound:
    return NotFound(
        "no_such_import",
        "No existe esa importación, o no es suya.",
        "There is no such import, or it is not yours.",
    )
