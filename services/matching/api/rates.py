"""Rates of exchange over HTTP."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from services.matching.engine import Rate
from services.matching.usecases import rates
from shared import web
from shared.auth import requires

blueprint = web.Blueprint("rates", __name__, description="Rates of exchange that an organizer gave")

_CURRENCY = validate.Regexp(r"[A-Z]{3}\Z", error="Three capital letters, such as USD.")
# At most 12 digits before the point and 8 after it, and not nothing.
_VALUE = validate.Regexp(
    r"(?=.*[1-9])[0-9]{1,12}(\.[0-9]{1,8})?\Z", error="A number above zero, such as 4100.50."
)


class RateSchema(web.Schema):
    """What one unit of `base` was worth in `quote` on a day."""

    base = fields.String(required=True, validate=_CURRENCY)
    quote = fields.String(required=True, validate=_CURRENCY)
    value = fields.String(
        required=True, validate=_VALUE, metadata={"description": "A decimal number, such as 4100.50"}
    )
    on = fields.Date(required=True, metadata={"description": "The day of the rate, not in the future."})


class RateView(RateSchema):
    """A rate, with the account that gave it."""

    given_by = fields.String()


class RatesView(web.Schema):
    """The newest rate of each pair of currencies."""

    items = fields.List(fields.Nested(RateView))
    next_cursor = fields.String(allow_none=True)


@blueprint.route("/rates", methods=["POST"])
@requires("organizer", "admin")
@blueprint.arguments(RateSchema)
@blueprint.response(201, RateView)
def give_rate(body: dict[str, Any]) -> Any:
    """Give a rate: prices in one currency are from now on compared with budgets in the other by it."""
    return rates.give_rate(web.store(), Rate(**body), actor=web.actor(), now=web.now())


@blueprint.route("/rates", methods=["GET"])
@requires()
@blueprint.response(200, RatesView)
def read_rates() -> Any:
    """The rates by which amounts in other currencies are compared."""
    return web.page(web.store().rates(), None)
