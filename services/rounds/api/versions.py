"""Versions of an agenda: comparing, locking, moving by hand with a trial first, and going back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from services.rounds.api.agendas import AgendaSchema, PlacedSchema, told_agenda
from services.rounds.api.explanations import ended
from services.rounds.api.meetings import MeetingSchema
from services.rounds.model.requests import MeetingRequest
from services.rounds.model.timetable import Shift
from services.rounds.usecases import rearranging, versions
from services.rounds.usecases.meetings import lock
from services.rounds.usecases.rearranging import Rearrangement, Wanted
from shared import problems, web
from shared.auth import requires
from shared.web import Schema

if TYPE_CHECKING:
    from services.rounds.model.meetings import Meeting
    from services.rounds.model.timetable import Clash
    from services.rounds.model.versions import Comparison

bp = web.Blueprint("versions", __name__, description="Versions of an agenda, and changes by hand")

_OBSTACLES = {
    "never_free": ("{company} no está libre en ese horario.", "{company} is not free in that slot."),
    "busy": (
        "{company} tiene en ese horario la cita de {other}.",
        "{company} has the meeting of {other} in that slot.",
    ),
    "table_taken": ("La mesa la ocupa la cita de {other}.", "The table is taken by the meeting of {other}."),
    "tables_taken": ("Todas las mesas están ocupadas.", "All tables are taken."),
    "unknown_table": ("La rueda no tiene esa mesa.", "The round has no such table."),
    "other_table": (
        "{company} recibe a esa hora en la mesa {limit}; use esa.",
        "{company} receives at table {limit} then; use that one.",
    ),
    "too_many": (
        "{company} ya tiene las {limit} citas que admite por persona en la rueda.",
        "{company} already has the {limit} meetings that it takes for each person in the round.",
    ),
    "too_many_a_day": (
        "{company} ya tiene ese día las {limit} citas que admite por persona.",
        "{company} already has the {limit} meetings that it takes for each person that day.",
    ),
    "too_many_in_a_row": (
        "{company} tendría más de {limit} citas seguidas sin pausa.",
        "{company} would have more than {limit} meetings in a row without a break.",
    ),
    "keeps_free": (
        "{company} deja {limit} horarios sin cita, y no le queda otro.",
        "{company} keeps {limit} slots without a meeting, and has no other one left.",
    ),
    "stays": (
        "La cita está fija en la agenda vigente, o ya ocurrió. Suéltela antes de moverla.",
        "The meeting is locked in the agenda that holds, or has happened. Let it go before you move it.",
    ),
    "slot_over": ("Ese horario ya pasó.", "That slot is over."),
    "out_of_order": (
        "La cita va en orden con la de {other}: una debe ir antes que la otra.",
        "The meeting has an order with that of {other}: one must come before the other.",
    ),
}


def _id() -> Any:
    return fields.String(required=True, validate=validate.Length(1, 64))


class ShiftSchema(Schema):
    """A meeting's new slot; without a table, its own or any that is free."""

    request_id = _id()
    slot_id = fields.String(required=True, validate=validate.Length(1, 20))
    table = fields.Integer(load_default=None, allow_none=True, strict=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Shift:
        """The shift as the model has it."""
        return Shift(**data)


class WantedSchema(Schema):
    """Shifts made all at once, or two requests whose meetings change places. `try_only` changes nothing."""

    shifts = fields.List(fields.Nested(ShiftSchema), load_default=list, validate=validate.Length(max=500))
    swap = fields.List(
        fields.String(validate=validate.Length(1, 64)), load_default=None, allow_none=True,
        validate=validate.Length(equal=2),
    )  # fmt: skip
    try_only = fields.Boolean(load_default=False)

    @validates_schema
    def one_of_both(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse both and none, and a request named twice."""
        names = [shift.request_id for shift in data.get("shifts", ())]
        if bool(names) == bool(data.get("swap")) or len(set(names)) != len(names):
            raise ValidationError("Invalid value.", "shifts")

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Wanted:
        """The wish as the use case takes it."""
        swap = tuple(data["swap"]) if data["swap"] else None
        return Wanted(shifts=tuple(data["shifts"]), swap=swap, try_only=data["try_only"])


class ClashSchema(Schema):
    """What stands in the way of a change."""

    code = fields.String()
    request_id = fields.String()
    slot_id = fields.String()
    company_id = fields.String(allow_none=True)
    other_request_id = fields.String(allow_none=True)
    explanation = fields.String()


class RearrangementSchema(Schema):
    """Where meetings go, or would go, and what stands in the way; with clashes nothing was changed."""

    changed = fields.Boolean()
    placed = fields.List(fields.Nested(PlacedSchema))
    clashes = fields.List(fields.Nested(ClashSchema))


class MovedSchema(Schema):
    """A meeting as it was and as it is."""

    before = fields.Nested(PlacedSchema)
    after = fields.Nested(PlacedSchema)


class ComparisonSchema(Schema):
    """What one version does to the other."""

    new = fields.List(fields.Nested(PlacedSchema))
    gone = fields.List(fields.Nested(PlacedSchema))
    moved = fields.List(fields.Nested(MovedSchema))
    kept = fields.Integer()


class AgainstSchema(Schema):
    """The earlier version; without it, the meetings that stand now."""

    against = fields.String(load_default=None, validate=validate.Length(1, 64))


class LocksSchema(Schema):
    """The requests whose meetings stay where they are in the next run from this draft; others are let go."""

    request_ids = fields.List(fields.String(validate=validate.Length(1, 64)), required=True)


class LockSchema(Schema):
    """Whether the meeting stays where it is in later agendas."""

    locked = fields.Boolean(required=True)


@bp.route("/agendas/<agenda_id>/changes", methods=["GET"])
@requires("organizer", "admin")
@bp.arguments(AgainstSchema, location="query")
@bp.response(200, ComparisonSchema)
def compare(query: dict[str, Any], agenda_id: str) -> dict[str, Any]:
    """Tell what a version changes against another one, or against the meetings that stand now."""
    found: Comparison = versions.compared(web.store(), agenda_id, query["against"], web.actor())
    moved = [{"before": before, "after": after} for before, after in found.moved]
    return {"new": found.new, "gone": found.gone, "moved": moved, "kept": found.kept}


@bp.route("/agendas/<agenda_id>/locks", methods=["PUT"])
@requires("organizer", "admin")
@bp.arguments(LocksSchema)
@bp.response(200, AgendaSchema)
def lock_in_draft(body: dict[str, Any], agenda_id: str) -> dict[str, Any]:
    """Choose which meetings of a draft the next run from it leaves where they are."""
    chosen = set(body["request_ids"])
    return told_agenda(versions.lock_in_draft(web.store(), agenda_id, chosen, actor=web.actor()))


@bp.route("/agendas/<agenda_id>/restore", methods=["POST"])
@requires("organizer", "admin")
@bp.response(201, AgendaSchema)
def restore(agenda_id: str) -> dict[str, Any]:
    """Bring an earlier version back as a new one; each company is told what changes for it."""
    return told_agenda(versions.restore(web.store(), agenda_id, actor=web.actor(), now=web.now()))


@bp.route("/agendas/<agenda_id>/rearrangement", methods=["POST"])
@requires("organizer", "admin")
@bp.arguments(WantedSchema)
@bp.response(200, RearrangementSchema)
def rearrange_draft(wanted: Wanted, agenda_id: str) -> dict[str, Any]:
    """Move or swap meetings of a draft by hand, or see what stands in the way."""
    read = (agenda_id, web.if_match())
    agenda, found = rearranging.rearrange_draft(web.store(), read, wanted, actor=web.actor())
    web.set_etag(agenda.version)
    return _told(found, wanted)


@bp.route("/rounds/<round_id>/rearrangement", methods=["POST"])
@requires("organizer", "admin")
@bp.arguments(WantedSchema)
@bp.response(200, RearrangementSchema)
def rearrange_meetings(wanted: Wanted, round_id: str) -> dict[str, Any]:
    """Move or swap meetings of the agenda that holds, or see what stands in the way; both sides are told."""
    return _told(
        rearranging.rearrange_meetings(web.store(), round_id, wanted, actor=web.actor(), now=web.now()),
        wanted,
    )


@bp.route("/meetings/<meeting_id>/lock", methods=["POST"])
@requires("organizer", "admin")
@bp.arguments(LockSchema)
@bp.response(200, MeetingSchema)
def lock_meeting(body: dict[str, Any], meeting_id: str) -> Meeting:
    """Keep a meeting where it is in later agendas, or let it go."""
    meeting = lock(web.store(), meeting_id, body["locked"], actor=web.actor())
    web.set_etag(meeting.version)
    return meeting


def _told(found: Rearrangement, wanted: Wanted) -> dict[str, Any]:
    clashes = [
        {
            "code": clash.code,
            "request_id": clash.request_id,
            "slot_id": clash.slot_id,
            "company_id": clash.company_id,
            "other_request_id": clash.other_request_id,
            "explanation": _explained(clash),
        }
        for clash in found.clashes
    ]
    changed = not wanted.try_only and not clashes
    return {"changed": changed, "placed": found.placed, "clashes": clashes}


def _explained(clash: Clash) -> str:
    store = web.store()
    request = store.get(MeetingRequest, clash.request_id)
    names = {
        request.from_company_id: request.from_company_name,
        request.to_company_id: request.to_company_name,
    }
    other = store.get(MeetingRequest, clash.other_request_id) if clash.other_request_id else None
    pair = f"{other.from_company_name} – {other.to_company_name}" if other else ""
    spanish, english = _OBSTACLES[clash.code]
    text = spanish if problems.language() == "es" else english
    company = names.get(clash.company_id or "", "")
    return ended(text.format(company=company, other=pair, limit=clash.limit))
