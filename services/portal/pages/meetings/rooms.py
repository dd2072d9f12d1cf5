"""Virtual rooms, and the calendar that leads to one's meetings."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flask import Blueprint, Response, redirect, request

from services.portal.asking import Services, services_for
from services.portal.pages.page import notice, page, refusal
from services.portal.pages.reader import Reader
from services.portal.signed_in import companies_of, config, in_person, person, sign_in_first
from services.portal.texts import text
from shared import web
from shared.auth import public, requires
from shared.errors import NotFound

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

    from services.portal.model import Account

bp = Blueprint("portal_rooms", __name__)

# Beyond that a date says more than a number of hours.
COUNTED = timedelta(hours=24)


@bp.get("/rooms/<meeting_id>")
@public
def room_page(meeting_id: str) -> AnyResponse:
    """Leads the participants of a virtual meeting into its room, around its time alone."""
    account = person()
    if account is None:
        return sign_in_first()
    status, told, services = _room(account, meeting_id)
    if status >= 400:
        return refusal(account, status, told)
    if told["room_url"]:
        # Whoever runs the rooms is not told where people come from.
        response = redirect(told["room_url"], 303)
        response.headers.update({"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"})
        return response
    meeting = services.get("rounds", f"/meetings/{meeting_id}")
    reader = Reader(account, None, web.now())
    return page(
        "meetings/room.html",
        script=True,
        sides=[meeting[side]["company_name"] for side in ("buyer", "supplier")],
        opens=reader.time(told["opens_at"], meeting["time_zone"]),
        starts=reader.time(told["starts_at"], meeting["time_zone"]),
        zone=reader.zone(meeting["time_zone"]),
        seconds=told["seconds_left"] if told["seconds_left"] <= COUNTED.total_seconds() else None,
    )


@bp.get("/feeds/<key>.ics")
@public
def calendar_feed(key: str) -> Response:
    """A person's calendar, by its secret address, as the rounds service has it."""
    return Services(config(), "", "es").file("rounds", f"/feeds/{quote(key, safe='')}.ics")


@bp.post("/calendar")
@requires()
def open_calendar() -> AnyResponse:
    """Makes the secret address of a person's calendar anew, or ends it."""
    account = in_person()
    services = services_for(account, request.form.get("company") or None)
    closing = request.form.get("close") == "yes"
    status, told = services.ask("DELETE" if closing else "POST", "rounds", "/feed")
    if status >= 400:
        return refusal(account, status, told)
    words = ["calendar_closed"] if closing else ["calendar_how", "calendar_secret"]
    lines = [text(word, account.language) for word in words]
    return notice(text("calendar", account.language), *([] if closing else [told["address"]]), *lines)


def _room(account: Account, meeting_id: str) -> tuple[int, dict[str, Any], Services]:
    """What the rounds service says to the first of a person's companies that is in the meeting, or to the
    organizer. Raises NotFound for everybody else.
    """
    scopes: list[str | None] = [company.id for company in companies_of(account)]
    if {"organizer", "admin"} & set(account.roles):
        scopes.append(None)
    for company_id in scopes:
        services = services_for(account, company_id)
        status, told = services.ask("GET", "rounds", f"/meetings/{quote(meeting_id, safe='')}/room")
        if status not in {403, 404}:
            return status, told, services
    raise NotFound("not_found", "No existe o no es para usted.", "It does not exist, or is not for you.")
