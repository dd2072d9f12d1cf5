"""The portal's web application: the JSON interface by subject, and the pages for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.portal.api import account, entry, members
from services.portal.pages import (
    agenda,
    company,
    home,
    live,
    matching,
    meeting,
    need,
    needs,
    new_company,
    offerings,
    opportunities,
    page,
    registering,
    registration,
    registrations,
    requests,
    results,
    rooms,
    round_requests,
    rounds,
    rules,
    timetable,
    version,
)
from services.portal.pages import entry as sign_in
from services.portal.pages import round as one_round
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
    for each in (
        *(page, sign_in, home, requests, rooms, meeting),
        *(needs, need, opportunities, offerings, company, new_company, matching),
        *(
            rounds,
            one_round,
            registering,
            registration,
            registrations,
            round_requests,
            agenda,
            version,
            timetable,
            live,
            results,
            rules,
        ),
    ):
        app.register_blueprint(each.bp)
    app.before_request(identify)
    app.after_request(page.errors_for_people)
    return app
