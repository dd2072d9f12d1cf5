"""Routes of bulk imports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request, url_for
from marshmallow import fields, validate

from services.catalog.imports.jobs import receive
from services.catalog.imports.rows import KINDS, Order, identity
from services.catalog.imports.run import FORMATS
from services.catalog.model.states import today
from services.catalog.usecases import STAFF, company_for, must_write_for
from shared import web
from shared.auth import requires
from shared.errors import Invalid, NotFound
from shared.problems import language
from shared.store import new_id

if TYPE_CHECKING:
    from shared.auth import Actor
    from shared.store import Document

blueprint = web.Blueprint("imports", __name__, description="Whole files of companies, offerings and needs")

LARGEST_FILE = 500 * 1024 * 1024
_FAILED = {
    "es": "El proceso se detuvo varias veces. Lo importado se conserva; envíe el archivo de nuevo.",
    "en": "The process stopped several times. What was imported so far is kept; send the file again.",
}
_NOT_RECEIVED = {
    "es": "El archivo no llegó completo y no se importó nada. Envíelo de nuevo.",
    "en": "The file did not arrive whole and nothing was imported. Send it again.",
}
_BODY = {"schema": {"type": "string", "format": "binary"}}


class ImportQuery(web.Schema):
    """What the file holds."""

    format = fields.String(
        validate=validate.OneOf(FORMATS), metadata={"description": "By default by the content type."}
    )
    kind = fields.String(
        load_default=None,
        validate=validate.OneOf(list(KINDS)),
        metadata={"description": "What the lines of a CSV file are, and JSON lines that do not say it."},
    )
    source = fields.String(
        load_default="api",
        validate=validate.Regexp(r"^[\w .:/-]{1,100}\Z"),
        metadata={"description": "Where the refs come from; the same ref of one source is the same thing."},
    )
    company_id = fields.String(
        load_default=None,
        validate=validate.Length(max=64),
        metadata={"description": "The company that lines are for which name none."},
    )


class ProgressView(web.Schema):
    """How far an import is."""

    end = fields.Integer(metadata={"description": "Bytes read."})
    lines = fields.Integer()
    created = fields.Integer()
    changed = fields.Integer()
    unchanged = fields.Integer()
    refused_lines = fields.Integer(metadata={"description": "Lines with at least one fault."})


class ImportView(web.Schema):
    """An import."""

    id = fields.String(attribute="_id")
    status = fields.String(metadata={"enum": ["uploading", "waiting", "running", "done", "failed"]})
    format = fields.String()
    size = fields.Integer(metadata={"description": "Bytes."})
    progress = fields.Nested(ProgressView)
    created_at = fields.AwareDateTime()
    finished_at = fields.AwareDateTime(allow_none=True)
    detail = fields.String(metadata={"description": "What to do about a failed one."})


class ImportFaultView(web.Schema):
    """Why something on a line was refused."""

    line = fields.Integer(metadata={"description": "From 1, the header of a CSV file included."})
    field = fields.String(allow_none=True)
    code = fields.String()
    detail = fields.String()


class ImportFaultsView(web.Schema):
    """A page of refused lines."""

    items = fields.List(fields.Nested(ImportFaultView))
    next_cursor = fields.String(allow_none=True)


@blueprint.route("/imports", methods=["POST"])
@requires("supplier", "anchor", "organizer", "admin")
@web.streamed(LARGEST_FILE)
@blueprint.doc(
    requestBody={"required": True, "content": {"application/x-ndjson": _BODY, "text/csv": _BODY}},
    description="One record a line. JSON Lines: `kind` (company, offering or need), `ref` (your own id) and "
    "the fields of the record; `company` is the ref, or `company_id` the id, of an offering's or need's "
    "company; a company may hold its `offerings` and `contacts`. CSV: the header names the fields "
    "(`place.department`), several values are separated by `;`. Good lines are kept and published, the "
    "others reported. The same file again changes nothing. A supplier or anchor imports for its own company.",
)
@blueprint.arguments(ImportQuery, location="query")
@blueprint.response(202, ImportView)
def start_import(query: dict[str, Any]) -> Any:
    """Send a file to be imported; follow it at the address in Location."""
    job = _repeated() or receive(web.store(), _job(query), _order(query, web.actor()), request.stream.read)
    return job, 202, {"Location": url_for("imports.read_import", import_id=job["_id"])}


@blueprint.route("/imports/<import_id>", methods=["GET"])
@requires("supplier", "anchor", "organizer", "admin")
@blueprint.response(200, ImportView)
def read_import(import_id: str) -> Any:
    """How far an import is, and what came of it."""
    job = _own(import_id)
    if job["status"] != "failed":
        return job
    return {**job, "detail": (_FAILED if "size" in job else _NOT_RECEIVED)[language()]}


@blueprint.route("/imports/<import_id>/faults", methods=["GET"])
@requires("supplier", "anchor", "organizer", "admin")
@blueprint.arguments(web.PageSchema, location="query")
@blueprint.response(200, ImportFaultsView)
def list_import_faults(query: dict[str, Any], import_id: str) -> Any:
    """The refused lines, in the order of the file."""
    _own(import_id)
    found, following = web.store().import_faults(import_id, query["limit"], query["cursor"])
    return web.page([{**fault, "detail": fault[language()]} for fault in found], following)


def _repeated() -> Document | None:
    if request.headers.get("Idempotency-Key"):
        found: Document | None = web.store().find_import(_job_id())
        if found is None or found["status"] != "failed" or "size" in found:
            return found
        # Its file never arrived, so this is the first time that there is something to import.
        web.store().forget_import(found["_id"])
    return None


def _job_id() -> str:
    key = request.headers.get("Idempotency-Key")
    return identity("Idempotency-Key", web.actor().account_id, key) if key else new_id()


def _format(query: dict[str, Any]) -> str:
    by_type = "csv" if request.mimetype == "text/csv" else "jsonl"
    return str(query.get("format", by_type))


def _job(query: dict[str, Any]) -> Document:
    job = {
        "_id": _job_id(),
        "by": web.actor().account_id,
        "format": _format(query),
        "created_at": web.now(),
    }
    if job["format"] == "csv" and query["kind"] is None:
        raise Invalid(
            "kind_missing",
            "Un archivo CSV tiene registros de una sola clase: dígala en «kind».",
            "A CSV file holds one kind of record: name it in “kind”.",
            "kind",
        )
    return job


def _order(query: dict[str, Any], actor: Actor) -> Order:
    company_id, source, own_only = query["company_id"], query["source"], not actor.roles & STAFF
    if own_only:
        company_id = company_for(actor, company_id)
        must_write_for(actor, company_id)
        source = f"company:{company_id}/{source}"
    return Order(
        source=source,
        today=today(web.now()),
        kind=query["kind"],
        company_id=company_id,
        own_only=own_only,
        strict=_format(query) != "csv",
    )


def _own(import_id: str) -> Document:
    job: Document = web.store().get_import(import_id)
    actor = web.actor()
    if job["by"] != actor.account_id and not actor.roles & STAFF:
        raise NotFound(
            "no_such_import",
            "No existe esa importación, o no es suya.",
            "There is no such import, or it is not yours.",
        )
    return job
