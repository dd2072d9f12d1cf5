"""Registrations: who takes part, through whom and when; and whom they might want to meet."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load, validate

from services.rounds.api.agenda_rules import LimitsSchema
from services.rounds.model.limits import Limits
from services.rounds.model.registrations import SIDES, STATUSES, Delegate, Registration
from services.rounds.usecases import presence as presences
from services.rounds.usecases import registrations as usecases
from services.rounds.usecases.presence import Presence
from services.rounds.usecases.registrations import Application
from services.rounds.usecases.rounds import managed, manages, visible
from services.rounds.usecases.suggestions import Suggestion, suggestions
from shared import web
from shared.auth import requires
from shared.errors import Invalid
from shared.web import Schema

bp = web.Blueprint("registrations", __name__, description="Who takes part in a round")

# The frame of a BCP 47 tag: a language, perhaps a script, perhaps a region.
_LANGUAGE = validate.Regexp(r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$")


class DelegateSchema(Schema):
    """A person who meets for the company; without `free_slots`, free in all slots. `limits` are the person's
    own, beside those of the round.
    """

    delegate_id = fields.String(load_default="", validate=validate.Length(max=64))
    name = fields.String(required=True, validate=validate.Length(1, 200))
    account_id = fields.String(load_default=None, allow_none=True, validate=validate.Length(1, 64))
    languages = fields.List(
        fields.String(validate=_LANGUAGE), load_default=list, validate=validate.Length(max=20)
    )
    free_slots = fields.List(
        fields.String(validate=validate.Length(max=20)), load_default=None, allow_none=True,
        validate=validate.Length(max=2000),
    )  # fmt: skip
    limits = fields.Nested(LimitsSchema, load_default=Limits())

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Delegate:
        """The delegate as the model has it."""
        free = data["free_slots"]
        free_slots = None if free is None else tuple(dict.fromkeys(free))
        return Delegate(**{**data, "languages": tuple(data["languages"]), "free_slots": free_slots})


def _words() -> Any:
    return fields.String(load_default=None, validate=validate.Length(max=1000))


class PresenceSchema(Schema):
    """All delegates of a registration (keep a delegate's id to keep the person), and what it says."""

    delegates = fields.List(fields.Nested(DelegateSchema), required=True, validate=validate.Length(1, 50))
    seeks = _words()
    offers = _words()
    never_meet = fields.List(
        fields.String(validate=validate.Length(1, 64)), load_default=None, validate=validate.Length(max=500)
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Only what was sent, lists as the model has them."""
        sent = {name: value for name, value in data.items() if value is not None}
        return {name: tuple(value) if isinstance(value, list) else value for name, value in sent.items()}


class ChangedPresenceSchema(PresenceSchema):
    """The same; `although_broken` confirms that meetings which the change breaks are moved or cancelled."""

    although_broken = fields.Boolean(load_default=False)


class ApplicationSchema(PresenceSchema):
    """What a company sends; without `company_id`, the caller's own company registers."""

    company_id = fields.String(load_default=None, validate=validate.Length(1, 64))
    side = fields.String(required=True, validate=validate.OneOf(SIDES))


class ParticipantSchema(Schema):
    """A company that takes part, as the others see it."""

    company_id = fields.String()
    company_name = fields.String()
    side = fields.String()
    seeks = fields.String()
    offers = fields.String()


class RegistrationSchema(ParticipantSchema):
    """A company's part in a round."""

    registration_id = fields.String(attribute="id")
    version = fields.Integer()
    round_id = fields.String()
    delegates = fields.List(fields.Nested(DelegateSchema))
    registered_at = fields.AwareDateTime()
    status = fields.String(validate=validate.OneOf(STATUSES))
    reason = fields.String()
    never_meet = fields.List(fields.String())


class RegistrationPageSchema(Schema):
    """A page of registrations."""

    items = fields.List(fields.Nested(RegistrationSchema))
    next_cursor = fields.String(allow_none=True)


class ParticipantPageSchema(Schema):
    """A page of those who take part, without their people."""

    items = fields.List(fields.Nested(ParticipantSchema))
    next_cursor = fields.String(allow_none=True)


class SideQuerySchema(web.PageSchema):
    """One side only, or both."""

    side = fields.String(load_default=None, validate=validate.OneOf(SIDES))


class RegistrationQuerySchema(SideQuerySchema):
    """One side and one status only, or all."""

    status = fields.String(load_default=None, validate=validate.OneOf(STATUSES))


class SuggestionQuerySchema(Schema):
    """Whose suggestions (for the organizer), and how many."""

    company_id = fields.String(load_default=None, validate=validate.Length(1, 64))
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 500))


class SuggestionSchema(Schema):
    """A company that one might want to meet, the best match first."""

    company_id = fields.String()
    company_name = fields.String()
    need_id = fields.String()
    need_title = fields.String()
    score = fields.Float(allow_none=True)
    shortlisted = fields.Boolean()
    interested = fields.Boolean(allow_none=True)
    request_id = fields.String(allow_none=True)


class SuggestionsSchema(Schema):
    """The suggestions, ranked."""

    items = fields.List(fields.Nested(SuggestionSchema))


def _company(named: str | None) -> str:
    company_id = named or web.actor().company_id
    if company_id is None:
        raise Invalid(
            "company_missing",
            "Diga de qué empresa se trata.",
            "Say which company it is about.",
            "company_id",
        )
    return company_id


def _told(registration: Registration) -> Registration:
    web.set_etag(registration.version)
    return registration


@bp.route("/rounds/<round_id>/registrations", methods=["POST"])
@requires("supplier", "anchor", "organizer", "admin")
@bp.arguments(ApplicationSchema)
@bp.response(201, RegistrationSchema)
def register(body: dict[str, Any], round_id: str) -> Registration:
    """Register a company with its delegates."""
    application = Application(**{**body, "company_id": _company(body.get("company_id"))})
    return _told(usecases.register(web.store(), round_id, application, actor=web.actor(), now=web.now()))


@bp.route("/rounds/<round_id>/registrations", methods=["GET"])
@requires("supplier", "anchor", "organizer", "admin")
@bp.arguments(RegistrationQuerySchema, location="query")
@bp.response(200, RegistrationPageSchema)
def list_registrations(query: dict[str, Any], round_id: str) -> dict[str, Any]:
    """List the registrations: all for the organizer, for a company its own."""
    store, actor = web.store(), web.actor()
    wanted = {"round_id": round_id, **{k: query[k] for k in ("side", "status") if query[k]}}
    if not manages(visible(store, round_id, actor), actor):
        wanted["company_id"] = _company(None)
    return web.page(*store.page(Registration, wanted, query["limit"], query["cursor"]))


@bp.route("/rounds/<round_id>/participants", methods=["GET"])
@requires()
@bp.arguments(SideQuerySchema, location="query")
@bp.response(200, ParticipantPageSchema)
def list_participants(query: dict[str, Any], round_id: str) -> dict[str, Any]:
    """List the companies that take part."""
    store = web.store()
    visible(store, round_id, web.actor())
    wanted = {"round_id": round_id, "status": "accepted"}
    wanted |= {"side": query["side"]} if query["side"] else {}
    return web.page(*store.page(Registration, wanted, query["limit"], query["cursor"]))


@bp.route("/registrations/<registration_id>", methods=["GET"])
@requires("supplier", "anchor", "organizer", "admin")
@bp.response(200, RegistrationSchema)
def get_registration(registration_id: str) -> Registration:
    """Read a registration."""
    return _told(usecases.own(web.store(), registration_id, web.actor())[0])


@bp.route("/registrations/<registration_id>", methods=["PATCH"])
@requires("supplier", "anchor", "organizer", "admin")
@bp.arguments(ChangedPresenceSchema)
@bp.response(200, RegistrationSchema)
def change_presence(body: dict[str, Any], registration_id: str) -> Registration:
    """Replace the delegates and their free times, and what the company seeks, offers and excludes."""
    read = (registration_id, web.if_match())
    presence = Presence(**body)
    return _told(presences.change_presence(web.store(), read, presence, actor=web.actor(), now=web.now()))


@bp.route("/rounds/<round_id>/suggestions", methods=["GET"])
@requires("supplier", "anchor", "organizer", "admin")
@bp.arguments(SuggestionQuerySchema, location="query")
@bp.response(200, SuggestionsSchema)
def list_suggestions(query: dict[str, Any], round_id: str) -> dict[str, list[Suggestion]]:
    """List whom a registered company might want to meet, by match score."""
    store, actor = web.store(), web.actor()
    visible(store, round_id, actor)
    company_id = _company(query["company_id"])
    if company_id != actor.company_id:
        managed(store, round_id, actor)
    found = suggestions(store, usecases.registration_of(store, round_id, company_id))
    return {"items": found[: query["limit"]]}
