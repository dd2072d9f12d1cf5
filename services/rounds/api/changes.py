"""Changes that a side asks for after publication."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load, validate

from services.rounds.model.changes import KINDS, STATUSES, ChangeRequest
from services.rounds.usecases import changes as usecases
from services.rounds.usecases.changes import ChangeWish
from services.rounds.usecases.rounds import manages, visible
from shared import web
from shared.auth import requires
from shared.web import Schema

bp = web.Blueprint("changes", __name__, description="Changes to published meetings")


class ChangeWishSchema(Schema):
    """Another time (with `slot_id`), a colleague instead (with `delegate_id`), or not to meet."""

    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    slot_id = fields.String(load_default=None, allow_none=True, validate=validate.Length(1, 20))
    delegate_id = fields.String(load_default=None, allow_none=True, validate=validate.Length(1, 64))
    note = fields.String(load_default="", validate=validate.Length(max=500))

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> ChangeWish:
        """The wish as the use case takes it."""
        return ChangeWish(**data)


class ChangeSchema(Schema):
    """What a side asks to change, and how it stands."""

    change_id = fields.String(attribute="id")
    version = fields.Integer()
    round_id = fields.String()
    meeting_id = fields.String()
    company_id = fields.String()
    company_name = fields.String()
    counterpart_id = fields.String()
    counterpart_name = fields.String()
    kind = fields.String()
    slot_id = fields.String(allow_none=True)
    delegate_id = fields.String(allow_none=True)
    note = fields.String()
    status = fields.String(validate=validate.OneOf(STATUSES))
    created_at = fields.AwareDateTime()
    decided_at = fields.AwareDateTime(allow_none=True)


class ChangePageSchema(Schema):
    """A page of requests for a change."""

    items = fields.List(fields.Nested(ChangeSchema))
    next_cursor = fields.String(allow_none=True)


class ChangeQuerySchema(web.PageSchema):
    """Those in one status, or all."""

    status = fields.String(load_default=None, validate=validate.OneOf(STATUSES))


class AnswerSchema(Schema):
    """Yes or no."""

    accept = fields.Boolean(required=True)


@bp.route("/meetings/<meeting_id>/changes", methods=["POST"])
@requires("supplier", "anchor")
@bp.arguments(ChangeWishSchema)
@bp.response(201, ChangeSchema)
def ask_change(wish: ChangeWish, meeting_id: str) -> ChangeRequest:
    """Ask the other side for another time or not to meet, or send a colleague, which needs no answer."""
    return usecases.ask_change(web.store(), meeting_id, wish, actor=web.actor(), now=web.now())


@bp.route("/rounds/<round_id>/changes", methods=["GET"])
@requires("supplier", "anchor", "organizer", "admin")
@bp.arguments(ChangeQuerySchema, location="query")
@bp.response(200, ChangePageSchema)
def list_changes(query: dict[str, Any], round_id: str) -> dict[str, Any]:
    """List requests for a change, the newest first: all for the organizer, for a company its own."""
    store, actor = web.store(), web.actor()
    wanted: dict[str, Any] = {"round_id": round_id}
    if query["status"]:
        wanted["status"] = query["status"]
    if not manages(visible(store, round_id, actor), actor):
        wanted["$or"] = [{field: actor.company_id} for field in ("company_id", "counterpart_id")]
    return web.page(*store.page(ChangeRequest, wanted, query["limit"], query["cursor"]))


@bp.route("/changes/<change_id>/decision", methods=["POST"])
@requires("supplier", "anchor", "organizer", "admin")
@bp.arguments(AnswerSchema)
@bp.response(200, ChangeSchema)
def decide_change(body: dict[str, Any], change_id: str) -> ChangeRequest:
    """Answer, as the other side or the organizer; a yes is carried out at once."""
    return usecases.decide_change(web.store(), change_id, body["accept"], actor=web.actor(), now=web.now())


@bp.route("/changes/<change_id>/withdraw", methods=["POST"])
@requires("supplier", "anchor")
@bp.response(200, ChangeSchema)
def withdraw_change(change_id: str) -> ChangeRequest:
    """Take back what was asked."""
    return usecases.withdraw_change(web.store(), change_id, actor=web.actor(), now=web.now())
