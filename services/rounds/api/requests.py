"""Meeting requests and decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import fields, post_load, validate
from msgspec.structs import asdict

from services.rounds.api.meetings import MeetingSchema, shown
from services.rounds.model.requests import STATUSES, MeetingRequest
from services.rounds.model.rounds import Round
from services.rounds.usecases import requests as usecases
from services.rounds.usecases.requests import Condition, Wish
from services.rounds.usecases.rounds import manages, visible
from shared import web
from shared.auth import requires
from shared.errors import NotFound
from shared.web import Schema

if TYPE_CHECKING:
    from shared.auth import Actor

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
    """A meeting request. `ranks` has its place on each company's list, and to a company its own alone; `paid`
    is for the organizer.
    """

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
    ranks = fields.Dict(keys=fields.String(), values=fields.Integer())
    paid = fields.Boolean()
    after = fields.List(fields.String())


class OwnRequestSchema(RequestSchema):
    """A meeting request with its round's name and time zone."""

    round_name = fields.String()
    time_zone = fields.String()


class OwnRequestPageSchema(Schema):
    """A page of requests of all rounds."""

    items = fields.List(fields.Nested(OwnRequestSchema))
    next_cursor = fields.String(allow_none=True)


class RequestPageSchema(Schema):
    """A page of requests."""

    items = fields.List(fields.Nested(RequestSchema))
    next_cursor = fields.String(allow_none=True)


class RequestQuerySchema(web.PageSchema):
    """Requests in one status, received or sent."""

    status = fields.String(load_default=None, validate=validate.OneOf(STATUSES))
    direction = fields.String(load_default=None, validate=validate.OneOf(["received", "sent"]))


class OwnRequestsQuerySchema(web.PageSchema):
    """Requests in one status or all, received (unless said otherwise) or sent."""

    status = fields.String(load_default=None, validate=validate.OneOf(STATUSES))
    direction = fields.String(load_default="received", validate=validate.OneOf(["received", "sent"]))


class RankSchema(Schema):
    """Its place on one's own list: 1 for the one that is wanted most; null takes it off."""

    rank = fields.Integer(required=True, allow_none=True, strict=True, validate=validate.Range(1, 1000))


class ConditionSchema(Schema):
    """Whether somebody paid for it, and the requests (ids) that must be held before it."""

    paid = fields.Boolean(load_default=False)
    after = fields.List(
        fields.String(validate=validate.Length(1, 64)), load_default=list, validate=validate.Length(max=50)
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Condition:
        """The condition as the use case takes it."""
        return Condition(paid=data["paid"], after=tuple(data["after"]))


class AcceptanceSchema(Schema):
    """A yes; with a slot the meeting is booked at once."""

    slot_id = fields.String(load_default=None, allow_none=True, validate=validate.Length(1, 20))


class AcceptedSchema(Schema):
    """The accepted request and, if a slot was named, its meeting."""

    request = fields.Nested(RequestSchema)
    meeting = fields.Nested(MeetingSchema, allow_none=True)


def shown_request(request: MeetingRequest, actor: Actor) -> Any:
    """The request as one of its two companies may see it, or, to anybody else who may, all of it."""
    if actor.company_id not in (request.from_company_id, request.to_company_id):
        return request
    row = asdict(request)
    del row["paid"]
    return {**row, "ranks": {name: rank for name, rank in request.ranks.items() if name == actor.company_id}}


def _told(request: MeetingRequest) -> Any:
    web.set_etag(request.version)
    return shown_request(request, web.actor())


def _page(wanted: dict[str, Any], query: dict[str, Any]) -> dict[str, Any]:
    items, cursor = web.store().page(MeetingRequest, wanted, query["limit"], query["cursor"])
    return web.page([shown_request(request, web.actor()) for request in items], cursor)


@bp.route("/rounds/<round_id>/requests", methods=["POST"])
@requires("supplier", "anchor")
@bp.arguments(WishSchema)
@bp.response(201, RequestSchema)
def ask(wish: Wish, round_id: str) -> Any:
    """Ask a company of the other side for a meeting."""
    return _told(usecases.ask(web.store(), round_id, wish, actor=web.actor(), now=web.now()))


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
    return _page(wanted, query)


@bp.route("/requests", methods=["GET"])
@requires("supplier", "anchor")
@bp.arguments(OwnRequestsQuerySchema, location="query")
@bp.response(200, OwnRequestPageSchema)
def my_requests(query: dict[str, Any]) -> dict[str, Any]:
    """List what the caller's company was asked, or has asked, in all rounds, the oldest first."""
    field = {"sent": "from_company_id", "received": "to_company_id"}[query["direction"]]
    wanted = {field: web.actor().company_id}
    page = _page({**wanted, "status": query["status"]} if query["status"] else wanted, query)
    names = {"$in": sorted({row["round_id"] for row in page["items"]})}
    plans = {round_.id: round_.plan for round_ in web.store().find(Round, {"_id": names})}
    for row in page["items"]:
        plan = plans[row["round_id"]]
        row |= {"round_name": plan.name, "time_zone": plan.time_zone}
    return page


@bp.route("/requests/<request_id>", methods=["GET"])
@requires("supplier", "anchor", "organizer", "admin")
@bp.response(200, RequestSchema)
def get_request(request_id: str) -> Any:
    """Read a request."""
    store, actor = web.store(), web.actor()
    request: MeetingRequest = store.get(MeetingRequest, request_id)
    is_theirs = actor.company_id in (request.from_company_id, request.to_company_id)
    if not is_theirs and not manages(store.get(Round, request.round_id), actor):
        raise NotFound("not_found", "No existe o no es para usted.", "It does not exist, or is not for you.")
    return _told(request)


@bp.route("/requests/<request_id>/rank", methods=["PUT"])
@requires("supplier", "anchor")
@bp.arguments(RankSchema)
@bp.response(200, RequestSchema)
def rank(body: dict[str, Any], request_id: str) -> Any:
    """Put a request on one's own list; one that both companies rank weighs more in the next agenda."""
    return _told(usecases.rank(web.store(), request_id, body["rank"], actor=web.actor()))


@bp.route("/requests/<request_id>/condition", methods=["PUT"])
@requires("organizer", "admin")
@bp.arguments(ConditionSchema)
@bp.response(200, RequestSchema)
def condition(said: Condition, request_id: str) -> Any:
    """Say that a request was paid for, and which other ones come before it, for the next agendas."""
    return _told(usecases.condition(web.store(), request_id, said, actor=web.actor()))


@bp.route("/requests/<request_id>/accept", methods=["POST"])
@requires("supplier", "anchor")
@bp.arguments(AcceptanceSchema)
@bp.response(200, AcceptedSchema)
def accept(body: dict[str, Any], request_id: str) -> dict[str, Any]:
    """Accept a request; with a slot, the meeting is booked at once."""
    actor = web.actor()
    request, meeting = usecases.accept(web.store(), request_id, body["slot_id"], actor=actor, now=web.now())
    web.set_etag(request.version)
    return {"request": shown_request(request, actor), "meeting": shown(meeting, actor) if meeting else None}


@bp.route("/requests/<request_id>/decline", methods=["POST"])
@requires("supplier", "anchor")
@bp.response(200, RequestSchema)
def decline(request_id: str) -> Any:
    """Decline a request."""
    return _told(usecases.decline(web.store(), request_id, actor=web.actor(), now=web.now()))
