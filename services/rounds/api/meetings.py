"""Meetings: when and where, and who came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import current_app
from marshmallow import fields, post_load, validate
from msgspec.structs import replace

from services.rounds.api.outcome_bodies import ExpectedDealSchema, OutcomeSchema
from services.rounds.model.meetings import Meeting
from services.rounds.usecases import attendance
from services.rounds.usecases import meetings as usecases
from services.rounds.usecases.meetings import Move
from services.rounds.usecases.rounds import manages, visible
from shared import problems, web
from shared.auth import requires
from shared.web import MoneyField, Schema

if TYPE_CHECKING:
    from shared.auth import Actor
    from shared.config import Config

bp = web.Blueprint("meetings", __name__, description="Meetings, attendance and outcomes")


class SideSchema(Schema):
    """One side of a meeting."""

    company_id = fields.String()
    company_name = fields.String()
    delegate_id = fields.String()
    delegate_name = fields.String()
    account_id = fields.String(allow_none=True)


def room_page(meeting_id: str) -> str:
    """The portal's page of a virtual meeting, which lets its participants in around its time."""
    config: Config = current_app.extensions["encadena.config"]
    return f"{config.portal_url}/rooms/{meeting_id}"


def _room(meeting: Meeting) -> str | None:
    return None if meeting.room_url is None else room_page(meeting.id)


def _because(meeting: Meeting) -> str:
    return "" if meeting.cancellation is None else meeting.cancellation.text(problems.language())


class MeetingSchema(Schema):
    """A meeting. The organizer sees both outcomes and what follows from them, a company the other side's once
    both have said theirs.
    """

    meeting_id = fields.String(attribute="id")
    version = fields.Integer()
    round_id = fields.String()
    request_id = fields.String()
    slot_id = fields.String()
    on = fields.Date()
    starts_at = fields.AwareDateTime()
    ends_at = fields.AwareDateTime()
    time_zone = fields.String()
    buyer = fields.Nested(SideSchema)
    supplier = fields.Nested(SideSchema)
    table = fields.Integer(allow_none=True)
    room_url = fields.Function(_room, metadata={"type": ["string", "null"]})
    status = fields.String()
    pinned = fields.Boolean()
    present = fields.Dict(keys=fields.String(), values=fields.Boolean())
    held = fields.Boolean()
    disputed = fields.List(fields.String())
    gave_way = fields.Boolean()
    outcomes = fields.Dict(keys=fields.String(), values=fields.Nested(OutcomeSchema))
    expected = fields.Nested(ExpectedDealSchema, allow_none=True)
    cancelled_because = fields.Function(_because, metadata={"type": "string"})
    agreed = fields.Nested(ExpectedDealSchema, allow_none=True)
    proposed = fields.Dict(keys=fields.String(), values=fields.Nested(ExpectedDealSchema))
    sales = fields.Dict(keys=fields.String(), values=MoneyField())
    verified = MoneyField(allow_none=True)


class MeetingPageSchema(Schema):
    """A page of meetings."""

    items = fields.List(fields.Nested(MeetingSchema))
    next_cursor = fields.String(allow_none=True)


class MeetingQuerySchema(web.PageSchema):
    """Meetings of one local day, slot, company or status only, or all."""

    on = fields.Date(load_default=None)
    slot_id = fields.String(load_default=None, validate=validate.Length(1, 20))
    company_id = fields.String(load_default=None, validate=validate.Length(1, 64))
    status = fields.String(load_default=None, validate=validate.OneOf(["scheduled", "cancelled"]))


class MoveSchema(Schema):
    """Where to move it; without a table, one that is free."""

    slot_id = fields.String(required=True, validate=validate.Length(1, 20))
    table = fields.Integer(load_default=None, allow_none=True, strict=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Move:
        """The move as the use case takes it."""
        return Move(**data)


class CancellationSchema(Schema):
    """Why."""

    reason = fields.String(required=True, validate=validate.Length(1, 500))


class AttendanceSchema(Schema):
    """Whether a company was there; without `company_id`, one's own."""

    company_id = fields.String(load_default=None, allow_none=True, validate=validate.Length(1, 64))
    present = fields.Boolean(required=True)


def shown(meeting: Meeting, actor: Actor) -> Meeting:
    """The meeting as one of its two companies may see it, or, to anybody else who may, all of it."""
    is_side = actor.company_id in meeting.company_ids and "admin" not in actor.roles
    if not is_side or len(meeting.outcomes) == 2:
        return meeting
    own = {side: said for side, said in meeting.outcomes.items() if side == actor.company_id}
    return replace(meeting, outcomes=own, expected=None)


def _told(meeting: Meeting) -> Meeting:
    web.set_etag(meeting.version)
    return shown(meeting, web.actor())


def _page(query: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    items, cursor = web.store().page(Meeting, wanted, query["limit"], query["cursor"])
    return web.page([shown(meeting, web.actor()) for meeting in items], cursor)


@bp.route("/rounds/<round_id>/meetings", methods=["GET"])
@requires("supplier", "anchor", "organizer", "admin")
@bp.arguments(MeetingQuerySchema, location="query")
@bp.response(200, MeetingPageSchema)
def list_meetings(query: dict[str, Any], round_id: str) -> dict[str, Any]:
    """List the meetings of a round by time: all for the organizer, for a company its own."""
    store, actor = web.store(), web.actor()
    wanted: dict[str, Any] = {k: query[k] for k in ("slot_id", "status") if query[k]}
    wanted |= {"round_id": round_id, **({"on": query["on"].isoformat()} if query["on"] else {})}
    if not manages(visible(store, round_id, actor), actor):
        wanted["company_ids"] = actor.company_id
    elif query["company_id"]:
        wanted["company_ids"] = query["company_id"]
    return _page(query, wanted)


@bp.route("/meetings", methods=["GET"])
@requires("supplier", "anchor")
@bp.arguments(web.PageSchema, location="query")
@bp.response(200, MeetingPageSchema)
def my_agenda(query: dict[str, Any]) -> dict[str, Any]:
    """List the meetings of the caller's company that stand, in all rounds, by time."""
    return _page(query, {"company_ids": web.actor().company_id, "status": "scheduled"})


@bp.route("/meetings/<meeting_id>", methods=["GET"])
@requires("supplier", "anchor", "organizer", "admin")
@bp.response(200, MeetingSchema)
def get_meeting(meeting_id: str) -> Meeting:
    """Read a meeting."""
    return _told(usecases.seen(web.store(), meeting_id, web.actor())[0])


@bp.route("/meetings/<meeting_id>", methods=["PATCH"])
@requires("organizer", "admin")
@bp.arguments(MoveSchema)
@bp.response(200, MeetingSchema)
def move(to: Move, meeting_id: str) -> Meeting:
    """Move a meeting to another slot or table, for good."""
    read = (meeting_id, web.if_match())
    return _told(usecases.move(web.store(), read, to, actor=web.actor(), now=web.now()))


@bp.route("/meetings/<meeting_id>/cancel", methods=["POST"])
@requires("organizer", "admin")
@bp.arguments(CancellationSchema)
@bp.response(200, MeetingSchema)
def cancel(body: dict[str, Any], meeting_id: str) -> Meeting:
    """Cancel a meeting."""
    return _told(usecases.cancel(web.store(), meeting_id, body["reason"], actor=web.actor(), now=web.now()))


@bp.route("/meetings/<meeting_id>/attendance", methods=["POST"])
@requires("supplier", "anchor", "organizer", "admin")
@bp.arguments(AttendanceSchema)
@bp.response(201, MeetingSchema)
def record_attendance(body: dict[str, Any], meeting_id: str) -> Meeting:
    """Say whether one's own company or the other one was present; the organizer's word decides."""
    said = (body["company_id"], body["present"])
    return _told(
        attendance.record_attendance(web.store(), meeting_id, said, actor=web.actor(), now=web.now())
    )
