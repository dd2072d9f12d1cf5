"""Where a round stands, and the step that comes next."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from flask import Blueprint, url_for

from services.portal.asking import all_at_once
from services.portal.pages.rounds.desk import RoundDesk, at_desk, done, faults_of
from services.portal.texts import STATES, state
from shared.auth import public, requires
from shared.errors import NotFound

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

bp = Blueprint("portal_round", __name__)

# What is done next in a state: a step of its life, or the page on which the work is; and what else can be.
NEXT: dict[str, tuple[str, tuple[str, ...]]] = {
    "draft": ("announced", ("registration_open",)),
    "announced": ("registration_open", ()),
    "registration_open": ("requests_open", ()),
    "requests_open": ("portal_agenda.agenda_page", ()),
    "agenda_draft": ("portal_agenda.agenda_page", ("requests_open",)),
    "published": ("portal_live.live_page", ("running", "closed")),
    "running": ("portal_live.live_page", ("closed",)),
    "closed": ("portal_results.results_page", ("followed_up",)),
    "followed_up": ("portal_results.results_page", ()),
}
# Steps that can't be taken back, or that people hear of: they are asked for twice.
TO_CONFIRM = ("requests_open", "running", "closed", "followed_up")
FORECAST = ("registration_open", "requests_open", "agenda_draft")
FOLLOW_UP_DAYS = (30, 90, 180, 365)


@bp.get("/rounds/<round_id>")
@public
@at_desk
def round_page(desk: RoundDesk) -> AnyResponse:
    """The state of a round, what comes next and when, and what there is to look after."""
    return _page(desk)


@bp.get("/rounds/<round_id>/status/<status>")
@public
@at_desk
def confirm_status(desk: RoundDesk, status: str) -> AnyResponse:
    """Asks once more before a step that people hear of."""
    if status not in STATES:
        raise NotFound("not_found", "No existe o no es para usted.", "It does not exist, or is not for you.")
    return desk.page("confirm.html", step=status, target=state(status, desk.account.language))


@bp.post("/rounds/<round_id>/status/<status>")
@requires("organizer", "admin")
@at_desk
def lead_on(desk: RoundDesk, status: str) -> AnyResponse:
    """Leads a round to its next state."""
    code, told = desk.at("/status", {"status": status})
    if code >= 400:
        return _page(desk, code, faults_of(told))
    return done("portal_round.round_page", "led_on", round_id=desk.id)


def _page(desk: RoundDesk, status: int = 200, faults: list[str] | None = None) -> AnyResponse:
    asked = {"counts": lambda: desk.get("/counts"), "totals": lambda: desk.get("/totals")}
    asked["agendas"] = lambda: desk.get("/agendas", limit=1)
    if desk.round["status"] in FORECAST:
        asked["forecast"] = lambda: desk.get("/forecast")
    found = all_at_once(asked)
    step, others = NEXT[desk.round["status"]]
    states = list(STATES)
    shown: dict[str, Any] = {name: found.get(name) for name in ("counts", "totals", "forecast")}
    return desk.page(
        "round.html",
        status,
        faults=faults or [],
        **shown,
        version=next(iter((found["agendas"] or {"items": []})["items"]), None),
        step=step,
        step_href=url_for(step, round_id=desk.id) if "." in step else "",
        others=others,
        to_confirm=TO_CONFIRM,
        steps=[(name, state(name, desk.account.language)) for name in states],
        place=states.index(desk.round["status"]),
        comes=comes_next(desk),
        room=_room(desk),
    )


def comes_next(desk: RoundDesk) -> list[str]:
    """What the clock does next with the round, or ends, and when."""
    rules, status = desk.round["rules"], desk.round["status"]
    dates: dict[str, tuple[tuple[str, str | None], ...]] = {
        "announced": (("registration_from", rules["registration_from"]),),
        "registration_open": (
            ("registration_until", rules["registration_until"]),
            ("requests_from", rules["requests_from"]),
        ),
        "requests_open": (("requests_until", rules["requests_until"]),),
        "published": (("starts", desk.round["slots"][0]["starts_at"]),),
        "running": (("ends", desk.round["slots"][-1]["ends_at"]),),
        "closed": (("follow_up", _next_follow_up(desk)),),
    }
    ahead = [
        (moment, key)
        for key, moment in dates.get(status, ())
        if moment and datetime.fromisoformat(moment) > desk.reader.now
    ]
    return [desk.text(f"comes_{key}", when=desk.time(moment)) for moment, key in sorted(ahead)]


def _next_follow_up(desk: RoundDesk) -> str | None:
    """When people will be asked next what was sold."""
    ended = datetime.fromisoformat(desk.round["slots"][-1]["ends_at"])
    dates = (ended + timedelta(days=days) for days in FOLLOW_UP_DAYS)
    return next((day.astimezone(UTC).isoformat() for day in dates if day > desk.reader.now), None)


def _room(desk: RoundDesk) -> dict[str, Any]:
    """How many meetings fit: slots, and tables where there are any."""
    slots, tables = len(desk.round["slots"]), desk.round["tables"]
    days = {date.fromisoformat(slot["on"]) for slot in desk.round["slots"]}
    return {"slots": slots, "days": len(days), "tables": tables, "meetings": slots * tables if tables else 0}
