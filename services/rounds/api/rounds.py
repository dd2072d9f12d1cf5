"""Rounds: planning and status."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load, validate

from services.rounds.api.agenda_rules import AgendaRulesSchema
from services.rounds.model.limits import AgendaRules
from services.rounds.model.plan import MODALITIES, Break, Day, RoundPlan
from services.rounds.model.rounds import STATUSES, Round
from services.rounds.model.rules import LONGEST_ANSWER, SHORTEST_ANSWER, Rules
from services.rounds.usecases import admission
from services.rounds.usecases import rounds as usecases
from shared import web
from shared.auth import requires
from shared.web import Schema

bp = web.Blueprint("rounds", __name__, description="Business rounds")


class BreakSchema(Schema):
    """A pause, in local time."""

    starts = fields.Time(required=True, format="%H:%M")
    ends = fields.Time(required=True, format="%H:%M")

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Break:
        """The pause as the model has it."""
        return Break(**data)


class DaySchema(Schema):
    """A day of meetings, in local time."""

    on = fields.Date(required=True)
    starts = fields.Time(required=True, format="%H:%M")
    ends = fields.Time(required=True, format="%H:%M")
    slot_minutes = fields.Integer(required=True, strict=True, validate=validate.Range(5, 240))
    breaks = fields.List(fields.Nested(BreakSchema), load_default=list, validate=validate.Length(max=20))
    past_midnight = fields.Boolean(load_default=False)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Day:
        """The day as the model has it."""
        return Day(**{**data, "breaks": tuple(data["breaks"])})


class SlotSchema(Schema):
    """A time to meet."""

    slot_id = fields.String()
    on = fields.Date()
    starts_at = fields.AwareDateTime()
    ends_at = fields.AwareDateTime()


def _limit(low: int, high: int) -> Any:
    return fields.Integer(load_default=None, allow_none=True, strict=True, validate=validate.Range(low, high))


class RulesSchema(Schema):
    """What holds for those who take part; null is without limit, `answer_minutes` from 15 to 14,400.

    An announced round opens its registration at `registration_from`, and its requests at `requests_from`.
    """

    needs_approval = fields.Boolean(load_default=False)
    buyer_places = _limit(1, 10_000)
    supplier_places = _limit(1, 10_000)
    requests_per_company = _limit(1, 1000)
    answer_minutes = _limit(SHORTEST_ANSWER, LONGEST_ANSWER)
    registration_from = fields.AwareDateTime(load_default=None, allow_none=True)
    registration_until = fields.AwareDateTime(load_default=None, allow_none=True)
    requests_from = fields.AwareDateTime(load_default=None, allow_none=True)
    requests_until = fields.AwareDateTime(load_default=None, allow_none=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Rules:
        """The rules as the model has them."""
        return Rules(**data)


class PlanSchema(Schema):
    """What the organizer decides."""

    name = fields.String(required=True, validate=validate.Length(1, 200))
    sector = fields.String(required=True, validate=validate.Length(1, 200))
    modality = fields.String(required=True, validate=validate.OneOf(MODALITIES))
    time_zone = fields.String(required=True, validate=validate.Length(1, 64))
    days = fields.List(fields.Nested(DaySchema), required=True, validate=validate.Length(1, 31))
    tables = fields.Integer(load_default=None, allow_none=True, strict=True, validate=validate.Range(1, 1000))
    room_base_url = fields.URL(
        load_default=None, allow_none=True, schemes={"https", "http"}, require_tld=False,
        validate=validate.Length(max=500),
    )  # fmt: skip
    rules = fields.Nested(RulesSchema, load_default=Rules())
    agenda = fields.Nested(AgendaRulesSchema, load_default=AgendaRules())

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> RoundPlan:
        """The plan as the model has it."""
        return RoundPlan(**{**data, "days": tuple(data["days"])})


class RoundHeadSchema(Schema):
    """A round as lists show it."""

    round_id = fields.String(attribute="id")
    version = fields.Integer()
    status = fields.String(validate=validate.OneOf(STATUSES))
    organizer_id = fields.String()
    name = fields.String(attribute="plan.name")
    sector = fields.String(attribute="plan.sector")
    modality = fields.String(attribute="plan.modality")
    time_zone = fields.String(attribute="plan.time_zone")
    tables = fields.Integer(attribute="plan.tables", allow_none=True)
    room_base_url = fields.String(attribute="plan.room_base_url", allow_none=True)
    starts_on = fields.Date()
    ends_on = fields.Date()
    published_agenda_id = fields.String(allow_none=True)
    created_at = fields.AwareDateTime()


class RoundSchema(RoundHeadSchema):
    """A round with its days and slots."""

    days = fields.List(fields.Nested(DaySchema), attribute="plan.days")
    slots = fields.List(fields.Nested(SlotSchema))
    rules = fields.Nested(RulesSchema)
    agenda = fields.Nested(AgendaRulesSchema)
    reached = fields.Dict(keys=fields.String(), values=fields.AwareDateTime())


class RoundPageSchema(Schema):
    """A page of rounds."""

    items = fields.List(fields.Nested(RoundHeadSchema))
    next_cursor = fields.String(allow_none=True)


class RoundQuerySchema(web.PageSchema):
    """All rounds that the caller may see, or those that the caller manages."""

    managed = fields.Boolean(load_default=False)


class StatusSchema(Schema):
    """The status to go to."""

    status = fields.String(required=True, validate=validate.OneOf(STATUSES))


def _told(round_: Round) -> Round:
    web.set_etag(round_.version)
    return round_


@bp.route("/rounds", methods=["POST"])
@requires("organizer", "admin")
@bp.arguments(PlanSchema)
@bp.response(201, RoundSchema)
def create_round(plan: RoundPlan) -> Round:
    """Create a round in draft."""
    return _told(usecases.create_round(web.store(), plan, actor=web.actor(), now=web.now()))


@bp.route("/rounds", methods=["GET"])
@requires()
@bp.arguments(RoundQuerySchema, location="query")
@bp.response(200, RoundPageSchema)
def list_rounds(query: dict[str, Any]) -> dict[str, Any]:
    """List the rounds that the caller may see, those that begin last first."""
    return web.page(*usecases.list_rounds(web.store(), web.actor(), **query))


@bp.route("/rounds/<round_id>", methods=["GET"])
@requires()
@bp.response(200, RoundSchema)
def get_round(round_id: str) -> Round:
    """Read a round with its slots."""
    return _told(usecases.visible(web.store(), round_id, web.actor()))


@bp.route("/rounds/<round_id>", methods=["PUT"])
@requires("organizer", "admin")
@bp.arguments(PlanSchema)
@bp.response(200, RoundSchema)
def change_round(plan: RoundPlan, round_id: str) -> Round:
    """Plan a draft anew."""
    read = (round_id, web.if_match())
    return _told(usecases.change_round(web.store(), read, plan, actor=web.actor(), now=web.now()))


@bp.route("/rounds/<round_id>/rules", methods=["PUT"])
@requires("organizer", "admin")
@bp.arguments(RulesSchema)
@bp.response(200, RoundSchema)
def change_rules(rules: Rules, round_id: str) -> Round:
    """Settle other rules until the round is closed; new places go to those who wait for one."""
    read = (round_id, web.if_match())
    return _told(admission.change_rules(web.store(), read, rules, actor=web.actor(), now=web.now()))


@bp.route("/rounds/<round_id>/agenda-rules", methods=["PUT"])
@requires("organizer", "admin")
@bp.arguments(AgendaRulesSchema)
@bp.response(200, RoundSchema)
def change_agenda_rules(rules: AgendaRules, round_id: str) -> Round:
    """Settle other rules for agendas until the round is closed; drafts made by earlier ones are outdated."""
    read = (round_id, web.if_match())
    return _told(admission.change_agenda_rules(web.store(), read, rules, actor=web.actor()))


@bp.route("/rounds/<round_id>/status", methods=["POST"])
@requires("organizer", "admin")
@bp.arguments(StatusSchema)
@bp.response(200, RoundSchema)
def set_status(body: dict[str, Any], round_id: str) -> Round:
    """Lead a round to its next status; publishing an agenda leads to `published`, its hour to `running`."""
    return _told(usecases.set_status(web.store(), round_id, body["status"], actor=web.actor(), now=web.now()))
