"""Agendas: runs, drafts with the reason for each request left out, and publication."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load, validate
from msgspec import structs

from services.rounds.api.agenda_rules import AgendaRulesSchema
from services.rounds.api.explanations import collision, explained
from services.rounds.model.agendas import Agenda, AgendaRun
from services.rounds.usecases import agendas as usecases
from services.rounds.usecases.agendas import Effort, short_of
from services.rounds.usecases.publication import publish_agenda
from services.rounds.usecases.rounds import managed
from shared import problems, web
from shared.auth import requires
from shared.web import Schema

bp = web.Blueprint("agendas", __name__, description="Agendas of a round")


class EffortSchema(Schema):
    """How long to think, in seconds, and the seed; and what stays where it is.

    From a version: its locked meetings or, with `only_unplaced`, all of them. `only_unplaced` alone keeps
    all meetings of the agenda that holds.
    """

    seconds = fields.Float(load_default=10.0, validate=validate.Range(0.1, 600))
    seed = fields.Integer(load_default=1, strict=True, validate=validate.Range(0, 2**31 - 1))
    from_agenda_id = fields.String(load_default=None, allow_none=True, validate=validate.Length(1, 64))
    only_unplaced = fields.Boolean(load_default=False)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Effort:
        """The effort as the use case takes it."""
        return Effort(**data)


class ReachedSchema(Schema):
    """The best value so far, and how good one can be at most (or, of holes, at least)."""

    best = fields.Integer()
    bound = fields.Integer()


class ProgressSchema(Schema):
    """How far a run is: the weight of what is held, and the holes."""

    weight = fields.Nested(ReachedSchema)
    holes = fields.Nested(ReachedSchema)


class RunSchema(Schema):
    """A run: queued, running (perhaps `stopping`), done, failed or interrupted."""

    run_id = fields.String(attribute="id")
    round_id = fields.String()
    status = fields.String()
    seconds = fields.Float()
    seed = fields.Integer()
    created_at = fields.AwareDateTime()
    finished_at = fields.AwareDateTime(allow_none=True)
    progress = fields.Nested(ProgressSchema)
    stopping = fields.Boolean()
    agenda_id = fields.String(allow_none=True)
    error = fields.String(allow_none=True)
    explanation = fields.String(allow_none=True)


class RunPageSchema(Schema):
    """A page of runs."""

    items = fields.List(fields.Nested(RunSchema))
    next_cursor = fields.String(allow_none=True)


class PlacedSchema(Schema):
    """A meeting of the draft."""

    request_id = fields.String()
    slot_id = fields.String()
    buyer_delegate_id = fields.String()
    supplier_delegate_id = fields.String()
    table = fields.Integer(allow_none=True)


class LeftOutSchema(Schema):
    """A request without a meeting, and why."""

    request_id = fields.String()
    buyer_id = fields.String()
    supplier_id = fields.String()
    reason = fields.String()
    explanation = fields.String()
    remedy = fields.String(allow_none=True)


class AgendaHeadSchema(Schema):
    """A version of the agenda as lists show it."""

    agenda_id = fields.String(attribute="id")
    version = fields.Integer()
    round_id = fields.String()
    run_id = fields.String(allow_none=True)
    number = fields.Integer()
    status = fields.String()
    weight = fields.Integer()
    bound = fields.Integer()
    proved = fields.Boolean()
    holes = fields.Integer()
    holes_proved = fields.Boolean()
    created_at = fields.AwareDateTime()
    published_at = fields.AwareDateTime(allow_none=True)
    restores = fields.String(allow_none=True)
    missing = fields.Integer()


class ShortSchema(Schema):
    """A company that has fewer meetings than were promised to it."""

    company_id = fields.String()
    company_name = fields.String()
    promised = fields.Integer()
    held = fields.Integer()


class AgendaSchema(AgendaHeadSchema):
    """A version of the agenda, with what it places and what it leaves out, the rules that it was made by, and
    who is `short` of what was promised.
    """

    placed = fields.List(fields.Nested(PlacedSchema))
    left_out = fields.List(fields.Nested(LeftOutSchema))
    locked = fields.List(fields.String())
    rules = fields.Nested(AgendaRulesSchema)
    short = fields.List(fields.Nested(ShortSchema))


class AgendaPageSchema(Schema):
    """A page of agendas."""

    items = fields.List(fields.Nested(AgendaHeadSchema))
    next_cursor = fields.String(allow_none=True)


def told_agenda(agenda: Agenda) -> dict[str, Any]:
    """The agenda as the answer has it, with the reasons in the reader's language, and its ETag."""
    web.set_etag(agenda.version)
    left_out = explained(web.store(), agenda, problems.language())
    return {**structs.asdict(agenda), "left_out": left_out, "short": short_of(web.store(), agenda)}


def _told_run(run: AgendaRun) -> dict[str, Any]:
    """The run as the answer has it, with what went wrong in the reader's language."""
    return {**structs.asdict(run), "explanation": collision(web.store(), run, problems.language())}


@bp.route("/rounds/<round_id>/agendas", methods=["POST"])
@requires("organizer", "admin")
@bp.arguments(EffortSchema)
@bp.response(202, RunSchema)
def start_run(effort: Effort, round_id: str) -> AgendaRun:
    """Make a new version of the agenda; the answer is the run to watch."""
    return usecases.start_run(web.store(), round_id, effort, actor=web.actor(), now=web.now())


@bp.route("/rounds/<round_id>/agendas", methods=["GET"])
@requires("organizer", "admin")
@bp.arguments(web.PageSchema, location="query")
@bp.response(200, AgendaPageSchema)
def list_agendas(query: dict[str, Any], round_id: str) -> dict[str, Any]:
    """List the versions of the agenda, the newest first."""
    store = web.store()
    managed(store, round_id, web.actor())
    return web.page(*store.page(Agenda, {"round_id": round_id}, query["limit"], query["cursor"]))


@bp.route("/rounds/<round_id>/runs", methods=["GET"])
@requires("organizer", "admin")
@bp.arguments(web.PageSchema, location="query")
@bp.response(200, RunPageSchema)
def list_runs(query: dict[str, Any], round_id: str) -> dict[str, Any]:
    """List the runs of a round, the newest first."""
    store = web.store()
    managed(store, round_id, web.actor())
    items, cursor = store.page(AgendaRun, {"round_id": round_id}, query["limit"], query["cursor"])
    return web.page([_told_run(run) for run in items], cursor)


@bp.route("/runs/<run_id>", methods=["GET"])
@requires("organizer", "admin")
@bp.response(200, RunSchema)
def get_run(run_id: str) -> dict[str, Any]:
    """Read how far a run is."""
    store = web.store()
    run: AgendaRun = store.get(AgendaRun, run_id)
    managed(store, run.round_id, web.actor())
    return _told_run(run)


@bp.route("/runs/<run_id>/stop", methods=["POST"])
@requires("organizer", "admin")
@bp.response(200, RunSchema)
def stop_run(run_id: str) -> AgendaRun:
    """End a run: a running one keeps the best agenda so far as a draft, within seconds."""
    return usecases.stop_run(web.store(), run_id, actor=web.actor(), now=web.now())


@bp.route("/agendas/<agenda_id>", methods=["GET"])
@requires("organizer", "admin")
@bp.response(200, AgendaSchema)
def get_agenda(agenda_id: str) -> dict[str, Any]:
    """Read a version of the agenda, with the reason for each request left out."""
    agenda: Agenda = web.store().get(Agenda, agenda_id)
    managed(web.store(), agenda.round_id, web.actor())
    return told_agenda(agenda)


@bp.route("/agendas/<agenda_id>/publish", methods=["POST"])
@requires("organizer", "admin")
@bp.response(200, AgendaSchema)
def publish(agenda_id: str) -> dict[str, Any]:
    """Publish a draft: its meetings are written and everybody concerned is told what changed."""
    return told_agenda(publish_agenda(web.store(), agenda_id, actor=web.actor(), now=web.now()))
