"""Meeting requests and decisions."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load, validate

from services.rounds.api.meetings import MeetingSchema, shown
from services.rounds.model.requests import STATUSES, MeetingRequest
from services.rounds.model.rounds import Round
from services.rounds.usecases import requests as usecases
from services.rounds.usecases.requests import Wish
from services.rounds.usecases.rounds import manages, visible
from shared import web
from shared.auth import requires
from shared.errors import NotFound
from shared.web import Schema

bp = web.Blueprint("requests", __name__, description="Meeting requests")


class WishSchema(Schema):
    """Whom to meet: from a suggestion with `need_id`, or by hand with a note."""

    to_company_id = fields.String(required=True, validate=validate.Length(1, 64))
    need_id = fields.String(load_default=None, allow_none=True, validate=validate.Length(1, 64))
    note = fields.String(load_default="", validate=validate.Length(max=500))

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Wish:
        """The wish as the use case takes it."""
        return Wish(**data)


class RequestSchema(Schema):
    """A meeting request."""

    request_id = fields.String(attribute="id")
    version = fields.Integer()
    round_id = fields.String()
    from_company_id = fields.String()
    from_company_name = fields.String()
    to_company_id = fields.String()
    to_company_name = fields.String()
    buyer_id = fields.String()
    supplier_id = fields.String()
    need_id = fields.String(allow_none=True)
    note = fields.String()
    score = fields.Float(allow_none=True)
    status = fields.String(validate=validate.OneOf(STATUSES))
    created_at = fields.AwareDateTime()
    decided_at = fields.AwareDateTime(allow_none=True)
    expires_at = fields.AwareDateTime(allow_none=True)
    next_company_id = fields.String(allow_none=True)


class RequestPageSchema(Schema):
    """A page of requests."""

    items = fields.List(fields.Nested(RequestSchema))
    next_cursor = fields.String(allow_none=True)


class RequestQuerySchema(web.PageSchema):
    """Requests in one status, received or sent."""

    status = fields.String(load_default=None, validate=validate.OneOf(STATUSES))
    direction = fields.String(load_default=None, validate=validate.OneOf(["received", "sent"]))


class AcceptanceSchema(Schema):
    """A yes; with a slot the meeting is booked at once."""

    slot_id = fields.String(load_default=None, allow_none=True, validate=validate.Length(1, 20))


class AcceptedSchema(Schema):
    """The accepted request and, if a slot was named, its meeting."""

    request = fields.Nested(RequestSchema)
    meeting = fields.Nested(MeetingSchema, allow_none=True)


@bp.route("/rounds/<round_id>/requests", methods=["POST"])
@requires("supplier", "anchor")
@bp.arguments(WishSchema)
@bp.response(201, RequestSchema)
def ask(wish: Wish, round_id: str) -> MeetingRequest:
    """Ask a company of the other side for a meeting."""
    request = usecases.ask(web.store(), round_id, wish, actor=web.actor(), now=web.now())
    web.set_etag(request.version)
    return request


@bp.route("/rounds/<round_id>/requests", methods=["GET"])
@requires("supplier", "anchor", "organizer", "admin")
@bp.arguments(RequestQuerySchema, location="query")
@bp.response(200, RequestPageSchema)
def list_requests(query: dict[str, Any], round_id: str) -> dict[str, Any]:
    """List the requests: all for the organizer, for a company those that it sent or received."""
    store, actor = web.store(), web.actor()
    wanted: dict[str, Any] = {"round_id": round_id}
    if query["status"]:
        wanted["status"] = query["status"]
    if not manages(visible(store, round_id, actor), actor):
        fields_of = {"sent": ["from_company_id"], "received": ["to_company_id"]}
        either = fields_of.get(query["direction"], ["from_company_id", "to_company_id"])
        wanted["$or"] = [{field: actor.company_id} for field in either]
    return web.page(*store.page(MeetingRequest, wanted, query["limit"], query["cursor"]))


@bp.route("/requests/<request_id>", methods=["GET"])
@requires("supplier", "anchor", "organizer", "admin")
@bp.response(200, RequestSchema)
def get_request(request_id: str) -> MeetingRequest:
    """Read a request."""
    store, actor = web.store(), web.actor()
    request: MeetingRequest = store.get(MeetingRequest, request_id)
    is_theirs = actor.company_id in (request.from_company_id, request.to_company_id)
    if not is_theirs and not manages(store.get(Round, request.round_id), actor):
        raise NotFound("not_found", "No existe o no es para usted.", "It does not exist, or is not for you.")
    web.set_etag(request.version)
    return request


@bp.route("/requests/<request_id>/accept", methods=["POST"])
@requires("supplier", "anchor")
@bp.arguments(AcceptanceSchema)
@bp.response(200, AcceptedSchema)
def accept(body: dict[str, Any], request_id: str) -> dict[str, Any]:
    """Accept a request; with a slot, the meeting is booked at once."""
    actor = web.actor()
    request, meeting = usecases.accept(web.store(), request_id, body["slot_id"], actor=actor, now=web.now())
    web.set_etag(request.version)
    return {"request": request, "meeting": shown(meeting, actor) if meeting else None}


@bp.route("/requests/<request_id>/decline", methods=["POST"])
@requires("supplier", "anchor")
@bp.response(200, RequestSchema)
def decline(request_id: str) -> MeetingRequest:
    """Decline a request."""
    request = usecases.decline(web.store(), request_id, actor=web.actor(), now=web.now())
    web.set_etag(request.version)
    return request
