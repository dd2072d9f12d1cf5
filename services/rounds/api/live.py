"""While a round is running: late arrivals, the stand-by list, free hours and disputes."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load, validate

from services.rounds.api.meetings import MeetingPageSchema, MeetingSchema, shown
from services.rounds.api.requests import RequestSchema, shown_request
from services.rounds.model.meetings import Meeting, Room
from services.rounds.model.offers import Offer
from services.rounds.usecases import attendance, offers
from services.rounds.usecases.meetings import room_of
from services.rounds.usecases.presence import Absence, are_absent, come_late
from services.rounds.usecases.repairing import Repaired
from services.rounds.usecases.rounds import managed, manages, visible
from shared import web
from shared.auth import requires
from shared.web import Schema

bp = web.Blueprint("live", __name__, description="While a round is running")


class LateSchema(Schema):
    """When the company comes."""

    arrives_at = fields.AwareDateTime(required=True)


class AbsenceSchema(Schema):
    """Who comes late, and `until` when; null: they do not come any more."""

    registration_ids = fields.List(
        fields.String(validate=validate.Length(1, 64)), required=True, validate=validate.Length(1, 200)
    )
    until = fields.AwareDateTime(load_default=None, allow_none=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Absence:
        """The absence as the use case takes it."""
        return Absence(registration_ids=tuple(data["registration_ids"]), until=data["until"])


class OfferSchema(Schema):
    """A free hour of the host, offered to the guest."""

    offer_id = fields.String(attribute="id")
    version = fields.Integer()
    round_id = fields.String()
    request_id = fields.String()
    slot_id = fields.String()
    host_id = fields.String()
    host_name = fields.String()
    guest_id = fields.String()
    guest_name = fields.String()
    status = fields.String()
    created_at = fields.AwareDateTime()
    expires_at = fields.AwareDateTime()


class OfferPageSchema(Schema):
    """A page of offers."""

    items = fields.List(fields.Nested(OfferSchema))
    next_cursor = fields.String(allow_none=True)


class TakenSchema(Schema):
    """The offer that was taken, and its meeting."""

    offer = fields.Nested(OfferSchema)
    meeting = fields.Nested(MeetingSchema)


class RepairedSchema(Schema):
    """What changed: meetings that are elsewhere or cancelled, and the hours that are offered to others."""

    moved = fields.List(fields.Nested(MeetingSchema))
    cancelled = fields.List(fields.Nested(MeetingSchema))
    offered = fields.List(fields.Nested(OfferSchema))


class WaitingSchema(Schema):
    """A request that both have accepted and that has no meeting, and slots in which both could."""

    request = fields.Nested(RequestSchema)
    slots = fields.List(fields.String())


class RoomSchema(Schema):
    """A room: its address while it is open, and the seconds left until it opens, then until its hard end."""

    room_url = fields.String(allow_none=True)
    opens_at = fields.AwareDateTime()
    starts_at = fields.AwareDateTime()
    closes_at = fields.AwareDateTime()
    seconds_left = fields.Integer()


class StandbySchema(Schema):
    """The stand-by list, the most valuable first."""

    items = fields.List(fields.Nested(WaitingSchema))


@bp.route("/registrations/<registration_id>/late", methods=["POST"])
@requires("supplier", "anchor", "organizer", "admin")
@bp.arguments(LateSchema)
@bp.response(200, RepairedSchema)
def late(body: dict[str, Any], registration_id: str) -> Repaired:
    """Say that a company comes only then: what it misses is put later with the fewest moves, or cancelled."""
    actor = web.actor()
    return _told(come_late(web.store(), registration_id, body["arrives_at"], actor=actor, now=web.now()))


@bp.route("/rounds/<round_id>/absences", methods=["POST"])
@requires("organizer", "admin")
@bp.arguments(AbsenceSchema)
@bp.response(200, RepairedSchema)
def absences(absence: Absence, round_id: str) -> Repaired:
    """Say that several companies come late, or not at all: all that they miss is repaired together."""
    return _told(are_absent(web.store(), round_id, absence, actor=web.actor(), now=web.now()))


def _told(done: Repaired) -> Repaired:
    actor = web.actor()
    return Repaired(
        moved=tuple(shown(meeting, actor) for meeting in done.moved),
        cancelled=tuple(shown(meeting, actor) for meeting in done.cancelled),
        offered=done.offered,
    )


@bp.route("/rounds/<round_id>/standby", methods=["GET"])
@requires("supplier", "anchor", "organizer", "admin")
@bp.response(200, StandbySchema)
def standby(round_id: str) -> dict[str, Any]:
    """List who still wants to meet whom, and when both could; for a company its own."""
    store, actor = web.store(), web.actor()
    round_ = visible(store, round_id, actor)
    found = offers.standby(store, round_, web.now())
    if not manages(round_, actor):
        found = [w for w in found if actor.company_id in (w.request.buyer_id, w.request.supplier_id)]
    return {"items": [{"request": shown_request(w.request, actor), "slots": w.slots} for w in found]}


@bp.route("/rounds/<round_id>/offers", methods=["GET"])
@requires("supplier", "anchor", "organizer", "admin")
@bp.arguments(web.PageSchema, location="query")
@bp.response(200, OfferPageSchema)
def list_offers(query: dict[str, Any], round_id: str) -> dict[str, Any]:
    """List the hours that were offered, the newest first; for a company those offered to it."""
    store, actor = web.store(), web.actor()
    wanted: dict[str, Any] = {"round_id": round_id}
    if not manages(visible(store, round_id, actor), actor):
        wanted["guest_id"] = actor.company_id
    return web.page(*store.page(Offer, wanted, query["limit"], query["cursor"]))


@bp.route("/offers/<offer_id>/take", methods=["POST"])
@requires("supplier", "anchor")
@bp.response(200, TakenSchema)
def take_offer(offer_id: str) -> dict[str, Any]:
    """Take an hour that was offered; the meeting is booked at once."""
    offer, meeting = offers.take_offer(web.store(), offer_id, actor=web.actor(), now=web.now())
    return {"offer": offer, "meeting": shown(meeting, web.actor())}


@bp.route("/offers/<offer_id>/decline", methods=["POST"])
@requires("supplier", "anchor")
@bp.response(200, OfferSchema)
def decline_offer(offer_id: str) -> Offer:
    """Leave an hour to the next."""
    return offers.decline_offer(web.store(), offer_id, actor=web.actor(), now=web.now())


@bp.route("/meetings/<meeting_id>/check-in", methods=["POST"])
@requires("supplier", "anchor")
@bp.response(200, MeetingSchema)
def check_in(meeting_id: str) -> Meeting:
    """Say that one's own company is here."""
    store, actor = web.store(), web.actor()
    meeting = attendance.record_attendance(store, meeting_id, (None, True), actor=actor, now=web.now())
    web.set_etag(meeting.version)
    return shown(meeting, actor)


@bp.route("/meetings/<meeting_id>/room", methods=["GET"])
@requires("supplier", "anchor", "organizer", "admin")
@bp.response(200, RoomSchema)
def get_room(meeting_id: str) -> Room:
    """Read the address of a virtual meeting's room, from shortly before it to its end, and the time left."""
    return room_of(web.store(), meeting_id, web.actor(), web.now())


@bp.route("/rounds/<round_id>/disputes", methods=["GET"])
@requires("organizer", "admin")
@bp.arguments(web.PageSchema, location="query")
@bp.response(200, MeetingPageSchema)
def list_disputes(query: dict[str, Any], round_id: str) -> dict[str, Any]:
    """List the meetings at which one side says that the other did not come; your word on it decides."""
    store = web.store()
    managed(store, round_id, web.actor())
    wanted = {"round_id": round_id, "disputed.0": {"$exists": True}}
    return web.page(*store.page(Meeting, wanted, query["limit"], query["cursor"]))
