"""What each side takes from a meeting, where the two differ, and what was really sold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import fields, validate

from services.rounds.api.meetings import MeetingSchema, shown
from services.rounds.api.outcome_bodies import ExpectedDealSchema, OutcomeSchema
from services.rounds.model.outcomes import differences
from services.rounds.usecases import outcomes as usecases
from services.rounds.usecases.counts import follow_ups
from services.rounds.usecases.meetings import seen
from services.rounds.usecases.rounds import managed, manages
from shared import web
from shared.auth import requires
from shared.web import MoneyField, Schema

if TYPE_CHECKING:
    from services.rounds.model.meetings import Meeting
    from services.rounds.model.outcomes import ExpectedDeal, Outcome

bp = web.Blueprint("outcomes", __name__, description="Outcomes of meetings")

_KINDS = ("attendance", "outcome", "reconciliation", "sale")


class RecordSchema(Schema):
    """What somebody said of a meeting."""

    at = fields.AwareDateTime()
    by = fields.String()
    said = fields.Dict()


class RecordsSchema(Schema):
    """All that was said, oldest first."""

    attendance = fields.List(fields.Nested(RecordSchema))
    outcomes = fields.List(fields.Nested(RecordSchema))
    reconciliations = fields.List(fields.Nested(RecordSchema))
    sales = fields.List(fields.Nested(RecordSchema))


class DifferenceSchema(Schema):
    """Something that the two sides see differently."""

    about = fields.String()
    buyer = fields.String()
    supplier = fields.String()


class ReconciliationSchema(Schema):
    """What both said, where they differ, what each would agree to, and what they agreed on."""

    outcomes = fields.Dict(keys=fields.String(), values=fields.Nested(OutcomeSchema))
    differences = fields.List(fields.Nested(DifferenceSchema))
    proposed = fields.Dict(keys=fields.String(), values=fields.Nested(ExpectedDealSchema))
    agreed = fields.Nested(ExpectedDealSchema, allow_none=True)
    expected = fields.Nested(ExpectedDealSchema, allow_none=True)


class SaleSchema(Schema):
    """What was really sold until now, and what shows it."""

    sold = MoneyField(required=True)
    note = fields.String(load_default="", validate=validate.Length(max=500))


class FollowUpSchema(Schema):
    """A question that was asked, the two sides of its meeting, and whether the one that was asked ever said
    what was sold.
    """

    follow_up_id = fields.String(attribute="question.id")
    meeting_id = fields.String(attribute="question.meeting_id")
    company_id = fields.String(attribute="question.company_id")
    days = fields.Integer(attribute="question.days")
    asked_at = fields.AwareDateTime(attribute="question.asked_at")
    buyer_id = fields.String(attribute="meeting.buyer.company_id")
    buyer_name = fields.String(attribute="meeting.buyer.company_name")
    supplier_id = fields.String(attribute="meeting.supplier.company_id")
    supplier_name = fields.String(attribute="meeting.supplier.company_name")
    answered = fields.Boolean()


class FollowUpQuerySchema(web.PageSchema):
    """All questions, or those whose side never said what was sold."""

    unanswered = fields.Boolean(load_default=False)


class FollowUpPageSchema(Schema):
    """A page of questions."""

    items = fields.List(fields.Nested(FollowUpSchema))
    next_cursor = fields.String(allow_none=True)


def _told(meeting: Meeting) -> Meeting:
    web.set_etag(meeting.version)
    return shown(meeting, web.actor())


@bp.route("/meetings/<meeting_id>/outcomes", methods=["POST"])
@requires("supplier", "anchor")
@bp.arguments(OutcomeSchema)
@bp.response(201, MeetingSchema)
def record_outcome(outcome: Outcome, meeting_id: str) -> Meeting:
    """Record what the caller's company takes from the meeting; the latest word counts."""
    return _told(usecases.record_outcome(web.store(), meeting_id, outcome, actor=web.actor(), now=web.now()))


@bp.route("/meetings/<meeting_id>/reconciliation", methods=["GET"])
@requires("supplier", "anchor", "organizer", "admin")
@bp.response(200, ReconciliationSchema)
def get_reconciliation(meeting_id: str) -> dict[str, Any]:
    """Read where the two sides differ, once both have said what they expect."""
    meeting, _ = seen(web.store(), meeting_id, web.actor())
    said = [meeting.outcomes.get(company_id) for company_id in meeting.company_ids]
    visible = shown(meeting, web.actor())
    return {
        "outcomes": visible.outcomes,
        "differences": differences(said[0], said[1]),
        "proposed": meeting.proposed,
        "agreed": meeting.agreed,
        "expected": visible.expected,
    }


@bp.route("/meetings/<meeting_id>/reconciliation", methods=["POST"])
@requires("supplier", "anchor", "organizer", "admin")
@bp.arguments(ExpectedDealSchema)
@bp.response(201, MeetingSchema)
def reconcile(deal: ExpectedDeal, meeting_id: str) -> Meeting:
    """Propose one figure for both sides: it counts once both propose the same, the organizer's at once."""
    return _told(usecases.reconcile(web.store(), meeting_id, deal, actor=web.actor(), now=web.now()))


@bp.route("/meetings/<meeting_id>/sales", methods=["POST"])
@requires("supplier", "anchor", "organizer", "admin")
@bp.arguments(SaleSchema)
@bp.response(201, MeetingSchema)
def record_sale(body: dict[str, Any], meeting_id: str) -> Meeting:
    """Record what was really sold until now; it is verified once both sides, or the organizer, say so."""
    said = (body["sold"], body["note"])
    return _told(usecases.record_sale(web.store(), meeting_id, said, actor=web.actor(), now=web.now()))


@bp.route("/rounds/<round_id>/follow-ups", methods=["GET"])
@requires("organizer", "admin")
@bp.arguments(FollowUpQuerySchema, location="query")
@bp.response(200, FollowUpPageSchema)
def list_follow_ups(query: dict[str, Any], round_id: str) -> dict[str, Any]:
    """List the questions that were asked 30, 90, 180 and 365 days after the round, the newest first."""
    store = web.store()
    managed(store, round_id, web.actor())
    return web.page(*follow_ups(store, round_id, query["unanswered"], query["limit"], query["cursor"]))


@bp.route("/meetings/<meeting_id>/records", methods=["GET"])
@requires("supplier", "anchor", "organizer", "admin")
@bp.response(200, RecordsSchema)
def list_records(meeting_id: str) -> dict[str, Any]:
    """List all that was said of a meeting; a company sees its own outcomes only."""
    store, actor = web.store(), web.actor()
    meeting, round_ = seen(store, meeting_id, actor)
    found = {kind: store.records(kind, meeting.id) for kind in _KINDS}
    if not manages(round_, actor):
        mine = [row for row in found["outcome"] if row["said"]["company_id"] == actor.company_id]
        found["outcome"] = mine
    return {
        "attendance": found["attendance"],
        "outcomes": found["outcome"],
        "reconciliations": found["reconciliation"],
        "sales": found["sale"],
    }
