"""Routes of needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import url_for
from marshmallow import fields, validate

from services.catalog.api.values import (
    DraftSchema,
    LifeSchema,
    ListSchema,
    PlaceSchema,
    QuantitySchema,
    RecordSchema,
    alone,
    shown,
)
from services.catalog.model import needs
from services.catalog.model.needs import Need
from services.catalog.model.states import NEED_STATES, today
from services.catalog.usecases import company_for
from services.catalog.usecases import needs as usecases
from services.catalog.usecases.reading import listed, read
from shared import web
from shared.auth import requires

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.errors import Fault

blueprint = web.Blueprint("needs", __name__, description="What anchor companies need")


class NeedSchema(RecordSchema):
    """A good or service that an anchor company wants to buy."""

    value = Need
    title = fields.String(required=True)
    description = fields.String(load_default="")
    unspsc = fields.List(
        fields.String(), load_default=list, metadata={"description": "UNSPSC codes of 2, 4, 6 or 8 digits."}
    )
    quantity = fields.Nested(QuantitySchema, load_default=None, allow_none=True)
    budget = web.MoneyField(load_default=None, allow_none=True)
    place = fields.Nested(
        PlaceSchema, load_default=None, allow_none=True, metadata={"description": "Where to deliver."}
    )
    required_certifications = fields.List(fields.String(), load_default=list)
    desirable_certifications = fields.List(fields.String(), load_default=list)
    minimum_capacity = fields.Nested(
        QuantitySchema, load_default=None, allow_none=True, metadata={"description": "A month."}
    )
    payment_term_days = fields.Integer(
        strict=True, load_default=None, allow_none=True, metadata={"description": "When it is paid."}
    )
    delivery_days = fields.Integer(
        strict=True, load_default=None, allow_none=True, metadata={"description": "The longest lead time."}
    )
    preferred_sizes = fields.List(
        fields.String(), load_default=list, metadata={"description": "Sizes of companies, such as micro."}
    )
    ciiu = fields.List(
        fields.String(), load_default=list, metadata={"description": "Activities that the supplier has."}
    )
    closes_on = fields.Date(required=True, metadata={"description": "The last day on which it is open."})

    def faults(self, values: Mapping[str, Any]) -> list[Fault]:
        """The rules of needs."""
        return needs.faults(values, today(web.now()))


class NewNeedSchema(DraftSchema, NeedSchema):
    """A new need of a company."""


class NeedView(LifeSchema, NeedSchema):
    """A need as the catalog keeps it."""

    company_id = fields.String()
    awarded_to = fields.String(allow_none=True)


class NeedsView(web.Schema):
    """A page of needs."""

    items = fields.List(fields.Nested(NeedView))
    next_cursor = fields.String(allow_none=True)


class NeedsQuery(ListSchema):
    """Which needs to list."""

    company_id = fields.String(validate=validate.Length(max=64))
    unspsc = fields.String(validate=validate.Regexp(r"^[0-9]{2,8}\Z"))
    status = fields.String(
        validate=validate.OneOf(NEED_STATES),
        metadata={"description": "Drafts and cancelled needs are seen by their company and the organizers."},
    )


class AwardSchema(web.Schema):
    """Who got the contract."""

    company_id = fields.String(required=True, validate=validate.Length(max=64))


@blueprint.route("/needs", methods=["POST"])
@requires("anchor", "organizer", "admin")
@blueprint.arguments(NewNeedSchema)
@blueprint.response(201, NeedView)
def draft_need(body: tuple[str | None, Need]) -> Any:
    """Write a draft of a need, which nobody else sees until it is published."""
    named, need = body
    company_id = company_for(web.actor(), named)
    document = usecases.draft_need(web.store(), company_id, need, actor=web.actor(), now=web.now())
    where = url_for("needs.read_need", need_id=document["_id"])
    return alone(document, Need), 201, {"Location": where}


@blueprint.route("/needs", methods=["GET"])
@requires()
@blueprint.arguments(NeedsQuery, location="query")
@blueprint.response(200, NeedsView)
def list_needs(query: dict[str, Any]) -> Any:
    """Open needs; with `status` also those that are over, and a company's own drafts."""
    found, following = listed(web.store(), "needs", query, web.actor())
    return web.page([shown(document, Need) for document in found], following)


@blueprint.route("/needs/<need_id>", methods=["GET"])
@requires()
@blueprint.response(200, NeedView)
def read_need(need_id: str) -> Any:
    """One need."""
    document = read(web.store(), "needs", need_id, web.actor())
    return alone(document, Need)


@blueprint.route("/needs/<need_id>", methods=["PUT"])
@requires("anchor", "organizer", "admin")
@blueprint.arguments(NeedSchema)
@blueprint.response(200, NeedView)
def change_need(body: Need, need_id: str) -> Any:
    """Replace a need; If-Match names the version that was read."""
    document = web.store().get_version("needs", need_id, web.if_match())
    saved = usecases.change_need(web.store(), document, body, actor=web.actor(), now=web.now())
    return alone(saved, Need)


@blueprint.route("/needs/<need_id>/publish", methods=["POST"])
@requires("anchor", "organizer", "admin")
@blueprint.response(200, NeedView)
def publish_need(need_id: str) -> Any:
    """Open a need to all suppliers."""
    saved = usecases.publish_need(web.store(), need_id, actor=web.actor(), now=web.now())
    return alone(saved, Need)


@blueprint.route("/needs/<need_id>/close", methods=["POST"])
@requires("anchor", "organizer", "admin")
@blueprint.response(200, NeedView)
def close_need(need_id: str) -> Any:
    """Close a need before its date; it can still be awarded."""
    return _ended(need_id, "close")


@blueprint.route("/needs/<need_id>/cancel", methods=["POST"])
@requires("anchor", "organizer", "admin")
@blueprint.response(200, NeedView)
def cancel_need(need_id: str) -> Any:
    """Give a need up."""
    return _ended(need_id, "cancel")


@blueprint.route("/needs/<need_id>/award", methods=["POST"])
@requires("anchor", "organizer", "admin")
@blueprint.arguments(AwardSchema)
@blueprint.response(200, NeedView)
def award_need(body: dict[str, str], need_id: str) -> Any:
    """Give the contract to a supplier of the directory."""
    saved = usecases.award_need(web.store(), need_id, body["company_id"], actor=web.actor(), now=web.now())
    return alone(saved, Need)


def _ended(need_id: str, step: str) -> dict[str, Any]:
    saved = usecases.end_need(web.store(), need_id, step, actor=web.actor(), now=web.now())
    return alone(saved, Need)
