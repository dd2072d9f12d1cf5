"""The figures of a round."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import fields, validate
from msgspec.structs import asdict

from services.rounds.usecases import totals as usecases
from services.rounds.usecases.counts import counts
from services.rounds.usecases.totals import BY
from shared import web
from shared.auth import public, requires
from shared.web import MoneyField, Schema

if TYPE_CHECKING:
    from services.rounds.figures import Group
    from services.rounds.usecases.counts import Counts
    from services.rounds.usecases.totals import Totals

bp = web.Blueprint("totals", __name__, description="The figures of a round")


class ExpectedSchema(Schema):
    """What is expected in one currency."""

    raw = MoneyField()
    weighted = MoneyField()
    meetings = fields.Integer()


class VerifiedSchema(Schema):
    """What was really sold in one currency."""

    sold = MoneyField()
    meetings = fields.Integer()


class SumsSchema(Schema):
    """Meetings, and what is expected, agreed on by both sides, and really sold."""

    scheduled = fields.Integer()
    held = fields.Integer()
    expected = fields.List(fields.Nested(ExpectedSchema))
    reconciled = fields.List(fields.Nested(ExpectedSchema))
    verified = fields.List(fields.Nested(VerifiedSchema))


class TotalsSchema(SumsSchema):
    """The figures of a round."""

    buyers = fields.Integer()
    suppliers = fields.Integer()
    requested = fields.Integer()
    accepted = fields.Integer()


class CountsSchema(Schema):
    """What there is to look after: registrations and requests by status; companies that have meetings, and of
    them those that have arrived; meetings with a dispute, open requests for a change and offers of a free
    hour; follow-ups, and those whose side never said what was sold.
    """

    registrations = fields.Dict(keys=fields.String(), values=fields.Integer())
    requests = fields.Dict(keys=fields.String(), values=fields.Integer())
    meetings = fields.Integer()
    expected = fields.Integer()
    arrived = fields.Integer()
    disputes = fields.Integer()
    changes = fields.Integer()
    offers = fields.Integer()
    follow_ups = fields.Integer()
    unanswered = fields.Integer()


class GroupSchema(SumsSchema):
    """The figures of those that have something in common."""

    name = fields.String()
    companies = fields.Integer()


class GroupsSchema(Schema):
    """All groups, by name."""

    items = fields.List(fields.Nested(GroupSchema))


class ByQuerySchema(Schema):
    """What they have in common: CIIU division, department or size of the supplier, or buyer's country."""

    by = fields.String(required=True, validate=validate.OneOf(BY))


class ResultsSchema(Schema):
    """What everybody may know; groups of fewer than three companies are not shown."""

    name = fields.String()
    sector = fields.String()
    starts_on = fields.Date()
    ends_on = fields.Date()
    totals = fields.Nested(TotalsSchema)
    groups = fields.Dict(keys=fields.String(), values=fields.List(fields.Nested(GroupSchema)))


@bp.route("/rounds/<round_id>/totals", methods=["GET"])
@requires("organizer", "admin")
@bp.response(200, TotalsSchema)
def get_totals(round_id: str) -> dict[str, Any]:
    """Read the figures of a round."""
    return _shown(usecases.totals(web.store(), round_id, web.actor()))


@bp.route("/rounds/<round_id>/counts", methods=["GET"])
@requires("organizer", "admin")
@bp.response(200, CountsSchema)
def get_counts(round_id: str) -> Counts:
    """Read how many there are of what the organizer looks after."""
    return counts(web.store(), round_id, web.actor())


@bp.route("/rounds/<round_id>/groups", methods=["GET"])
@requires("organizer", "admin")
@bp.arguments(ByQuerySchema, location="query")
@bp.response(200, GroupsSchema)
def get_groups(query: dict[str, Any], round_id: str) -> dict[str, Any]:
    """Read the figures by sector, department, size or market."""
    found = usecases.grouped(web.store(), round_id, query["by"], web.actor())
    return {"items": [_group(group) for group in found]}


@bp.route("/rounds/<round_id>/results", methods=["GET"])
@public
@bp.response(200, ResultsSchema)
def get_results(round_id: str) -> dict[str, Any]:
    """Read what everybody may know of a round that is over."""
    round_, totals, groups = usecases.public_results(web.store(), round_id)
    return {
        "name": round_.plan.name,
        "sector": round_.plan.sector,
        "starts_on": round_.starts_on,
        "ends_on": round_.ends_on,
        "totals": _shown(totals),
        "groups": {by: [_group(group) for group in found] for by, found in groups.items()},
    }


def _shown(totals: Totals) -> dict[str, Any]:
    row = asdict(totals)
    return {**row, **asdict(row.pop("sums"))}


def _group(group: Group) -> dict[str, Any]:
    return {"name": group.name, "companies": group.companies, **asdict(group.sums)}
