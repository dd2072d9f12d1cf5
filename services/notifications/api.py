"""HTTP: a person's own messages and choices, and how mail is doing."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask import current_app
from marshmallow import fields

from services.notifications.model import OPTIONAL_KINDS, Kind, State
from services.notifications.store import NotificationsStore
from services.notifications.usecases import reading
from shared import web
from shared.auth import requires
from shared.config import Config
from shared.errors import Invalid
from shared.paging import decode_cursor, encode_cursor

if TYPE_CHECKING:
    from flask import Flask

messages = web.Blueprint("messages", __name__, description="What you were told.")
choices = web.Blueprint("preferences", __name__, description="What also comes by mail.")
deliveries = web.Blueprint("deliveries", __name__, description="How mail is doing.")


class MessageQuery(web.PageSchema):
    """Which messages."""

    unread = fields.Boolean(load_default=False)


class MessageSchema(web.Schema):
    """One message, written in the reader's language."""

    id = fields.String(required=True)
    kind = fields.String(required=True, metadata={"enum": [str(kind) for kind in Kind]})
    company_id = fields.String(required=True)
    about = fields.String(metadata={"description": "Id of the meeting, request or match it is about."})
    title = fields.String(required=True)
    text = fields.String(required=True)
    language = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)
    read_at = fields.AwareDateTime(allow_none=True)


class MessagePage(web.Schema):
    """A page of messages, newest first."""

    items = fields.List(fields.Nested(MessageSchema))
    next_cursor = fields.String(allow_none=True)


class UnreadSchema(web.Schema):
    """How many messages wait to be read."""

    unread = fields.Integer(required=True)


PreferencesSchema = web.Schema.from_dict(
    {str(kind): fields.Boolean(required=True) for kind in OPTIONAL_KINDS}, name="Preferences"
)


class CountSchema(web.Schema):
    """How many mails of a kind are in a state."""

    kind = fields.String(required=True)
    state = fields.String(required=True, metadata={"enum": [str(state) for state in State]})
    count = fields.Integer(required=True)


class SummarySchema(web.Schema):
    """Mails by kind and state; `waiting_for_people`: notices for companies nobody acts for yet."""

    deliveries = fields.List(fields.Nested(CountSchema))
    waiting_for_people = fields.Integer(required=True)


@messages.route("/messages", methods=["GET"])
@requires()
@messages.arguments(MessageQuery, location="query")
@messages.response(200, MessagePage)
def list_messages(query: dict[str, Any]) -> dict[str, Any]:
    """Your messages, newest first."""
    limit = query["limit"]
    page = query["unread"], _position(query["cursor"]), limit + 1
    rows = reading.list_messages(web.store(), web.actor(), page, _portal_url())
    more = len(rows) > limit
    last = rows[limit - 1] if more else None
    cursor = encode_cursor(last["created_at"].isoformat(), last["id"]) if last else None
    return web.page(rows[:limit], cursor)


@messages.route("/messages/unread", methods=["GET"])
@requires()
@messages.response(200, UnreadSchema)
def count_unread() -> dict[str, int]:
    """How many of your messages you have not read."""
    return {"unread": web.store().count_unread(web.actor().account_id)}


@messages.route("/messages/<message_id>/read", methods=["POST"])
@requires()
@messages.response(200, MessageSchema)
def read_message(message_id: str) -> dict[str, Any]:
    """Mark one of your messages as read."""
    return reading.read_message(web.store(), message_id, web.actor(), _portal_url(), web.now())


@choices.route("/preferences", methods=["GET"])
@requires()
@choices.response(200, PreferencesSchema)
def get_preferences() -> dict[str, bool]:
    """Which kinds of messages also come to you by mail."""
    version, by_mail = reading.preferences(web.store(), web.actor())
    web.set_etag(version)
    return by_mail


@choices.route("/preferences", methods=["PUT"])
@requires()
@choices.arguments(PreferencesSchema)
@choices.response(200, PreferencesSchema)
def put_preferences(by_mail: dict[str, bool]) -> dict[str, bool]:
    """Choose which kinds also come by mail. Needs `If-Match`."""
    version = reading.choose(web.store(), web.actor(), web.if_match(), by_mail)
    web.set_etag(version)
    return by_mail


@deliveries.route("/deliveries/summary", methods=["GET"])
@requires("organizer", "admin")
@deliveries.response(200, SummarySchema)
def summary() -> dict[str, Any]:
    """Mails by kind and state; nothing about any person."""
    return reading.summary(web.store())


def _portal_url() -> str:
    config: Config = current_app.extensions["encadena.config"]
    return config.portal_url


def _position(cursor: str | None) -> tuple[datetime, str] | None:
    position = decode_cursor(cursor, 2)
    if position is None:
        return None
    try:
        return datetime.fromisoformat(str(position[0])), str(position[1])
    except ValueError as error:
        raise Invalid(
            "wrong_cursor",
            "El cursor no es de esta lista. Empiece desde la primera página.",
            "The cursor does not belong to this list. Start from the first page.",
            "cursor",
        ) from error


def create_app(config: Config | None = None) -> Flask:
    """The web application of this service."""
    config = config or Config.from_env("notifications")
    app = web.create_app(config, NotificationsStore, [messages, choices, deliveries])
    app.extensions["encadena.config"] = config
    return app
