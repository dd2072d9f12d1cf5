"""The portal's web application: the JSON interface by subject, and the pages for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.portal.api import account, entry, members
from services.portal.pages import entry as sign_in
from services.portal.pages import home, matching, meetings, page, rounds
from services.portal.signed_in import identify
from services.portal.store import PortalStore
from shared import web
from shared.config import Config

if TYPE_CHECKING:
    from flask import Flask


def create_app(config: Config | None = None) -> Flask:
    """The portal's web application, configured from the environment if not otherwise."""
    config = config or Config.from_env("portal")
    app = web.create_app(config, PortalStore, [entry.bp, account.bp, members.bp])
    app.extensions["encadena.config"] = config
    first = (page.bp, sign_in.bp, home.bp)
    for each in (*first, *meetings.BLUEPRINTS, *matching.BLUEPRINTS, *rounds.BLUEPRINTS):
        app.register_blueprint(each)
    app.before_request(identify)
    app.after_request(page.errors_for_people)
    return app
