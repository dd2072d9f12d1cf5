"""Routes of offerings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import url_for
from marshmallow import fields, validate

from services.catalog.api.values import (
    DraftSchema,
    LifeSchema,
    ListSchema,
    PlaceSchema,
    PriceRangeSchema,
    QuantitySchema,
    RecordSchema,
    alone,
    shown,
)
from services.catalog.model import offerings
from services.catalog.model.offerings import Offering
from services.catalog.model.states import OFFERING_STATES
from services.catalog.usecases import company_for
from services.catalog.usecases import offerings as usecases
from services.catalog.usecases.reading import listed, read
from shared import web
from shared.auth import requires

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.errors import Fault

blueprint = web.Blueprint("offerings", __name__, description="What suppliers offer")


class OfferingSchema(RecordSchema):
    """A good or service that a supplier offers."""

    value = Offering
    title = fields.String(required=True)
    description = fields.String(load_default="")
    unspsc = fields.List(
        fields.String(), load_default=list, metadata={"description": "UNSPSC codes of 2, 4, 6 or 8 digits."}
    )
    place = fields.Nested(PlaceSchema, load_default=None, allow_none=True)
    capacity_per_month = fields.Nested(QuantitySchema, load_default=None, allow_none=True)
    minimum_order = fields.Nested(QuantitySchema, load_default=None, allow_none=True)
    lead_time_days = fields.Integer(strict=True, load_default=None, allow_none=True)
    price_range = fields.Nested(PriceRangeSchema, load_default=None, allow_none=True)
    payment_term_days = fields.Integer(
        strict=True,
        load_default=None,
        allow_none=True,
        metadata={"description": "The longest that the supplier can wait for its money."},
    )

    def faults(self, values: Mapping[str, Any]) -> list[Fault]:
        """The rules of offerings."""
        return offerings.faults(values)


class NewOfferingSchema(DraftSchema, OfferingSchema):
    """A new offering of a company."""


class OfferingView(LifeSchema, OfferingSchema):
    """An offering as the catalog keeps it."""

    company_id = fields.String()


class OfferingsView(web.Schema):
    """A page of offerings."""

    items = fields.List(fields.Nested(OfferingView))
    next_cursor = fields.String(allow_none=True)


class OfferingsQuery(ListSchema):
    """Which offerings to list."""

    company_id = fields.String(validate=validate.Length(max=64))
    unspsc = fields.String(validate=validate.Regexp(r"^[0-9]{2,8}\Z"))
    status = fields.String(
        validate=validate.OneOf(OFFERING_STATES),
        metadata={"description": "What is not published is seen by its company and the organizers alone."},
    )


@blueprint.route("/offerings", methods=["POST"])
@requires("supplier", "organizer", "admin")
@blueprint.arguments(NewOfferingSchema)
@blueprint.response(201, OfferingView)
def draft_offering(body: tuple[str | None, Offering]) -> Any:
    """Write a draft of an offering, which nobody else sees until it is published."""
    named, offering = body
    company_id = company_for(web.actor(), named)
    document = usecases.draft_offering(web.store(), company_id, offering, actor=web.actor(), now=web.now())
    where = url_for("offerings.read_offering", offering_id=document["_id"])
    return alone(document, Offering), 201, {"Location": where}


@blueprint.route("/offerings", methods=["GET"])
@requires()
@blueprint.arguments(OfferingsQuery, location="query")
@blueprint.response(200, OfferingsView)
def list_offerings(query: dict[str, Any]) -> Any:
    """Published offerings, searched by their titles; a company that asks for its own gets all of them."""
    found, following = listed(web.store(), "offerings", query, web.actor())
    return web.page([shown(document, Offering) for document in found], following)


@blueprint.route("/offerings/<offering_id>", methods=["GET"])
@requires()
@blueprint.response(200, OfferingView)
def read_offering(offering_id: str) -> Any:
    """One offering."""
    document = read(web.store(), "offerings", offering_id, web.actor())
    return alone(document, Offering)


@blueprint.route("/offerings/<offering_id>", methods=["PUT"])
@requires("supplier", "organizer", "admin")
@blueprint.arguments(OfferingSchema)
@blueprint.response(200, OfferingView)
def change_offering(body: Offering, offering_id: str) -> Any:
    """Replace an offering; If-Match names the version that was read."""
    document = web.store().get_version("offerings", offering_id, web.if_match())
    saved = usecases.change_offering(web.store(), document, body, actor=web.actor(), now=web.now())
    return alone(saved, Offering)


@blueprint.route("/offerings/<offering_id>/publish", methods=["POST"])
@requires("supplier", "organizer", "admin")
@blueprint.response(200, OfferingView)
def publish_offering(offering_id: str) -> Any:
    """Let everybody see an offering."""
    saved = usecases.publish_offering(web.store(), offering_id, actor=web.actor(), now=web.now())
    return alone(saved, Offering)


@blueprint.route("/offerings/<offering_id>/withdraw", methods=["POST"])
@requires("supplier", "organizer", "admin")
@blueprint.response(200, OfferingView)
def withdraw_offering(offering_id: str) -> Any:
    """Take an offering back for good."""
    saved = usecases.withdraw_offering(web.store(), offering_id, actor=web.actor(), now=web.now())
    return alone(saved, Offering)
