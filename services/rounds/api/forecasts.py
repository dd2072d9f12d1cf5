"""What will not fit, before the requests close."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import fields

from services.rounds.usecases.forecasting import forecast_of
from shared import problems, web
from shared.auth import requires
from shared.web import Schema

if TYPE_CHECKING:
    from services.rounds.forecast import Crowded, Forecast
    from services.rounds.model.registrations import Registration

bp = web.Blueprint("forecasts", __name__, description="What will not fit")

_WORDS = {
    "two_suppliers": (
        "Un proveedor más en cada cita daría lugar a {n} más.",
        "One supplier more in each meeting would make room for {n} more.",
    ),
    "added_slot": (
        "Un horario más para todos daría lugar a {n} más.",
        "One more slot for everybody would make room for {n} more.",
    ),
    "second_delegate": (
        "{company} tiene {requests} solicitudes y lugar para {capacity};"
        " otro representante daría lugar a {n} más.",
        "{company} has {requests} requests and room for {capacity};"
        " another delegate would make room for {n} more.",
    ),
    "too_many": (
        "{company} tiene {requests} solicitudes y lugar para {capacity}; otro representante no bastaría.",
        "{company} has {requests} requests and room for {capacity}; another delegate would not help.",
    ),
}


class CrowdedSchema(Schema):
    """A company with more requests than it can hold."""

    company_id = fields.String()
    company_name = fields.String()
    side = fields.String()
    requests = fields.Integer()
    capacity = fields.Integer()
    second_delegate = fields.Integer(metadata={"description": "How many more another delegate would let in."})
    advice = fields.String()


class ForecastSchema(Schema):
    """Of all requests at most `placeable` can be met one to one; and what would help."""

    requests = fields.Integer()
    placeable = fields.Integer()
    lost = fields.Integer()
    two_suppliers = fields.Integer()
    added_slot = fields.Integer()
    crowded = fields.List(fields.Nested(CrowdedSchema))
    advice = fields.List(fields.String())


@bp.route("/rounds/<round_id>/forecast", methods=["GET"])
@requires("organizer", "admin")
@bp.response(200, ForecastSchema)
def get_forecast(round_id: str) -> dict[str, Any]:
    """Tell who has more requests than slots, what is lost one to one, and what would win how much."""
    found, companies = forecast_of(web.store(), round_id, web.actor())
    return {
        "requests": found.requests,
        "placeable": found.placeable,
        "lost": found.lost,
        "two_suppliers": found.two_suppliers,
        "added_slot": found.added_slot,
        "crowded": [_shown(crowded, companies) for crowded in found.crowded],
        "advice": _advice(found),
    }


def _shown(crowded: Crowded, companies: dict[str, Registration]) -> dict[str, Any]:
    row = {
        "company_id": crowded.company_id,
        "company_name": companies[crowded.company_id].company_name,
        "side": crowded.side,
        "requests": crowded.requests,
        "capacity": crowded.capacity,
        "second_delegate": crowded.second_delegate,
    }
    key = "second_delegate" if crowded.second_delegate else "too_many"
    return {**row, "advice": _say(key, company=row["company_name"], n=crowded.second_delegate, **row)}


def _advice(found: Forecast) -> list[str]:
    gains = {"two_suppliers": found.two_suppliers, "added_slot": found.added_slot}
    return [_say(key, n=gain) for key, gain in sorted(gains.items(), key=lambda item: -item[1]) if gain]


def _say(key: str, **facts: Any) -> str:
    spanish, english = _WORDS[key]
    return (spanish if problems.language() == "es" else english).format(**facts)
