"""Shortlists, opportunities, and what both sides say of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from flask import current_app
from marshmallow import fields, validate

from services.matching.engine import gaps_of, sentences
from services.matching.model.decisions import DISMISSED, SHORTLISTED, match_id_of, today
from services.matching.usecases import decisions, reading
from shared import web
from shared.auth import requires
from shared.errors import Forbidden
from shared.problems import language

if TYPE_CHECKING:
    from services.matching.engine import Match
    from services.matching.model.decisions import Decision

blueprint = web.Blueprint("matching", __name__, description="Who fits whom, why, and what is missing")

OPEN_NEEDS = "encadena.open_needs"
_SHOWN_OF_PAGE = ("version", "need_version", "matches", "almost", "next_cursor")


class PartView(web.Schema):
    """A named part of a score; `points` = weight x value, and all points add up to the score."""

    name = fields.String(metadata={"description": "text, place, codes, activity, history, or a requirement"})
    weight = fields.Float()
    value = fields.Float()
    points = fields.Float()


class VerdictView(web.Schema):
    """How the supplier stands to one requirement. What is not stated is unknown, never unmet."""

    requirement = fields.String(
        metadata={
            "description": "certification, capacity, budget, minimum_order, lead_time, payment_term, size, "
            "region, unspsc, ciiu, history or experience"
        }
    )
    outcome = fields.String(validate=validate.OneOf(["met", "unmet", "unknown"]))
    mandatory = fields.Boolean()
    reason = fields.String(metadata={"description": "A stable code, such as expired or units_differ"})
    asked = fields.Dict()
    found = fields.Dict(allow_none=True)
    offering = fields.String(allow_none=True, metadata={"description": "Title of where it was found"})
    offering_id = fields.String(allow_none=True)


class GapView(web.Schema):
    """A requirement that is unmet; a mandatory one is what would make a match of an "almost"."""

    requirement = fields.String()
    reason = fields.String()
    mandatory = fields.Boolean()
    closable = fields.Boolean(metadata={"description": "A certificate can be obtained, a location cannot"})
    distance = fields.Float(metadata={"description": "The share that is missing, 0 to 1"})
    asked = fields.Dict()
    found = fields.Dict(allow_none=True)
    missing = fields.Dict(allow_none=True)


class DecisionView(web.Schema):
    """What has been said of a need and a supplier."""

    match_id = fields.String()
    need_id = fields.String()
    supplier_id = fields.String()
    by_anchor = fields.String(allow_none=True, metadata={"description": "shortlisted or dismissed"})
    interested = fields.Boolean(allow_none=True)
    decided_at = fields.DateTime(allow_none=True)
    version = fields.Integer()


class MatchView(web.Schema):
    """A supplier measured against a need."""

    match_id = fields.String()
    need_id = fields.String()
    supplier_id = fields.String()
    supplier_name = fields.String()
    score = fields.Float(metadata={"description": "0 to 1"})
    almost = fields.Boolean(metadata={"description": "Something mandatory is unmet"})
    offering_id = fields.String(metadata={"description": "The offering that fits best"})
    offering_title = fields.String()
    parts = fields.List(fields.Nested(PartView))
    verdicts = fields.List(fields.Nested(VerdictView))
    gaps = fields.List(fields.Nested(GapView))
    reasons = fields.List(fields.String(), metadata={"description": "In the reader's language"})
    decision = fields.Nested(DecisionView, allow_none=True)


class CandidateView(MatchView):
    """A supplier in a need's shortlist."""

    rank = fields.Integer()


class OpportunityView(MatchView):
    """A need that fits the supplier."""

    need_title = fields.String()
    anchor_id = fields.String()
    anchor_name = fields.String(allow_none=True)
    closes_on = fields.Date()


class ShortlistView(web.Schema):
    """A page of a shortlist. `version` is 0 while it has not been computed."""

    version = fields.Integer()
    need_version = fields.Integer(metadata={"description": "The version of the need that it was made from"})
    matches = fields.Integer(metadata={"description": "How many match"})
    almost = fields.Integer(metadata={"description": "How many almost match"})
    items = fields.List(fields.Nested(CandidateView))
    next_cursor = fields.String(allow_none=True)


class OpportunitiesView(web.Schema):
    """A page of opportunities."""

    items = fields.List(fields.Nested(OpportunityView))
    next_cursor = fields.String(allow_none=True)


class NamedDecisionView(DecisionView):
    """What has been said of a need and a supplier, with the supplier's name while it is in the directory."""

    supplier_name = fields.String(allow_none=True)


class DecisionsView(web.Schema):
    """All that was said of a need's candidates."""

    items = fields.List(fields.Nested(NamedDecisionView))
    next_cursor = fields.String(allow_none=True)


class ShortlistQuery(web.PageSchema):
    """Which part of the shortlist to list."""

    almost = fields.Boolean(
        load_default=False, metadata={"description": "Those that lack something mandatory"}
    )


class InterestSchema(web.Schema):
    """Whether the need interests the supplier."""

    interested = fields.Boolean(required=True, truthy={True}, falsy={False})


@blueprint.route("/needs/<need_id>/shortlist", methods=["GET"])
@requires("anchor", "organizer")
@blueprint.arguments(ShortlistQuery, location="query")
@blueprint.response(200, ShortlistView)
def read_shortlist(query: dict[str, Any], need_id: str) -> Any:
    """The suppliers for a need, best first, with score, verdicts and reasons."""
    page = (query["limit"], query["cursor"])
    found = reading.read_shortlist(web.store(), need_id, query["almost"], page, web.actor())
    items = [{**_match(each.match, each.decision), "rank": each.rank} for each in found.items]
    shown = {name: getattr(found, name) for name in _SHOWN_OF_PAGE}
    return {**shown, "items": items}


@blueprint.route("/needs/<need_id>/decisions", methods=["GET"])
@requires("anchor", "organizer")
@blueprint.response(200, DecisionsView)
def read_decisions(need_id: str) -> Any:
    """What was said about a need's candidates, also of those that were dismissed."""
    found = reading.read_decisions(web.store(), need_id, web.actor())
    names = web.store().company_names({each.supplier_id for each in found})
    items = [{**msgspec.structs.asdict(each), "supplier_name": names.get(each.supplier_id)} for each in found]
    return web.page(items, None)


@blueprint.route("/opportunities", methods=["GET"])
@requires("supplier")
@blueprint.arguments(web.PageSchema, location="query")
@blueprint.response(200, OpportunitiesView)
def read_opportunities(query: dict[str, Any]) -> Any:
    """The open needs that fit the company, best first, by the score that the other side sees."""
    page = (query["limit"], query["cursor"])
    company_id, day = acting_company(), today(web.now())
    open_needs = current_app.extensions[OPEN_NEEDS]
    found, following = reading.read_opportunities(web.store(), open_needs, company_id, page, day)
    return web.page([_opportunity(each) for each in found], following)


@blueprint.route("/opportunities/<need_id>", methods=["GET"])
@requires("supplier")
@blueprint.response(200, OpportunityView)
def read_opportunity(need_id: str) -> Any:
    """How the company stands to one open need."""
    found = reading.read_opportunity(web.store(), need_id, acting_company(), today(web.now()))
    return _opportunity(found)


@blueprint.route("/needs/<need_id>/candidates/<supplier_id>/shortlist", methods=["POST"])
@requires("anchor")
@blueprint.response(200, DecisionView)
def shortlist_candidate(need_id: str, supplier_id: str) -> Any:
    """The anchor wants to meet the supplier. Also takes a dismissal back."""
    return _decide(need_id, supplier_id, SHORTLISTED)


@blueprint.route("/needs/<need_id>/candidates/<supplier_id>/dismiss", methods=["POST"])
@requires("anchor")
@blueprint.response(200, DecisionView)
def dismiss_candidate(need_id: str, supplier_id: str) -> Any:
    """The anchor does not want the supplier: it leaves the shortlist, and the next one moves up."""
    return _decide(need_id, supplier_id, DISMISSED)


@blueprint.route("/needs/<need_id>/interest", methods=["POST"])
@requires("supplier")
@blueprint.arguments(InterestSchema)
@blueprint.response(200, DecisionView)
def declare_interest(body: dict[str, Any], need_id: str) -> Any:
    """The supplier says whether the need interests it."""
    acting_company()
    return decisions.declare_interest(
        web.store(), need_id, body["interested"], actor=web.actor(), now=web.now()
    )


def _decide(need_id: str, supplier_id: str, by_anchor: str) -> Decision:
    pair = (need_id, supplier_id)
    return decisions.decide(web.store(), pair, by_anchor, actor=web.actor(), now=web.now())


def acting_company() -> str:
    """The company that the caller acts for. Raises Forbidden when there is none."""
    company_id = web.actor().company_id
    if company_id is None:
        raise Forbidden(
            "company_missing",
            "Su cuenta no actúa por ninguna empresa. Entre con una que sí.",
            "Your account acts for no company. Sign in with one that does.",
        )
    return company_id


def _opportunity(found: reading.Opportunity) -> dict[str, Any]:
    return {
        **_match(found.match, found.decision),
        "need_title": found.title,
        "anchor_id": found.anchor_id,
        "anchor_name": found.anchor_name,
        "closes_on": found.closes_on,
    }


def _match(match: Match, decision: Decision | None) -> dict[str, Any]:
    return {
        **msgspec.to_builtins(match, enc_hook=int),
        "match_id": match_id_of(match.need_id, match.supplier_id),
        "gaps": gaps_of(match.verdicts),
        "reasons": sentences(match, language()),
        "decision": decision,
    }
