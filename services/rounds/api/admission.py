"""Deciding registrations, and leaving a round."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import fields, validate

from services.rounds.api.registrations import RegistrationSchema
from services.rounds.usecases import admission as usecases
from shared import web
from shared.auth import requires
from shared.web import Schema

if TYPE_CHECKING:
    from services.rounds.model.registrations import Registration

bp = web.Blueprint("admission", __name__, description="Who gets a place in a round")


class WordSchema(Schema):
    """Yes or no, and why not."""

    accept = fields.Boolean(required=True)
    reason = fields.String(load_default="", validate=validate.Length(max=500))


class LeavingSchema(Schema):
    """Why."""

    reason = fields.String(required=True, validate=validate.Length(1, 500))


def _told(registration: Registration) -> Registration:
    web.set_etag(registration.version)
    return registration


@bp.route("/registrations/<registration_id>/decision", methods=["POST"])
@requires("organizer", "admin")
@bp.arguments(WordSchema)
@bp.response(200, RegistrationSchema)
def decide(body: dict[str, Any], registration_id: str) -> Registration:
    """Let a company take part, or not; without a free place it waits for one."""
    word = (body["accept"], body["reason"])
    return _told(
        usecases.decide_registration(web.store(), registration_id, word, actor=web.actor(), now=web.now())
    )


@bp.route("/registrations/<registration_id>/withdraw", methods=["POST"])
@requires("supplier", "anchor", "organizer", "admin")
@bp.arguments(LeavingSchema)
@bp.response(200, RegistrationSchema)
def withdraw(body: dict[str, Any], registration_id: str) -> Registration:
    """Take a company out of the round; its coming meetings are cancelled and both sides told."""
    return _told(
        usecases.withdraw(web.store(), registration_id, body["reason"], actor=web.actor(), now=web.now())
    )
