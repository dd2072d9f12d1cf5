"""The agenda of a round: what will fit, the runs that make versions of it, and the versions."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flask import Blueprint, request

from services.portal.asking import all_at_once
from services.portal.pages.rounds.desk import RoundDesk, Row, at_desk, done, faults_of
from shared.auth import public, requires

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

bp = Blueprint("portal_agenda", __name__)

SECONDS = ("10", "60", "300", "600")
FORECAST = ("registration_open", "requests_open", "agenda_draft", "published")
CAN_RUN = ("requests_open", "agenda_draft", "published", "running")
VERSIONS = 20
CROWDED = 25


@bp.get("/rounds/<round_id>/agenda")
@public
@at_desk
def agenda_page(desk: RoundDesk) -> AnyResponse:
    """The forecast, a run that is on or a form to start one, and the versions."""
    return _page(desk)


@bp.post("/rounds/<round_id>/agenda")
@requires("organizer", "admin")
@at_desk
def start_run(desk: RoundDesk) -> AnyResponse:
    """Starts a run: all anew, from the locked meetings of a version, or only with what has no place."""
    keep, seconds = request.form.get("keep", ""), request.form.get("seconds", "")
    body: dict[str, Any] = {"seconds": float(seconds) if seconds in SECONDS else 10.0}
    kind, _, version = keep.partition(":")
    body |= {"from_agenda_id": version} if version else {}
    code, told = desk.at("/agendas", {**body, "only_unplaced": kind == "unplaced"})
    if code >= 400:
        return _page(desk, code, faults_of(told))
    return done("portal_agenda.agenda_page", "run_started", round_id=desk.id)


@bp.post("/rounds/<round_id>/agenda/stop")
@requires("organizer", "admin")
@at_desk
def stop_run(desk: RoundDesk) -> AnyResponse:
    """Stops a run; it keeps the best agenda so far."""
    run_id = quote(request.form.get("run", ""), safe="")
    code, told = desk.send("POST", f"/runs/{run_id}/stop")
    if code >= 400:
        return _page(desk, code, faults_of(told))
    return done("portal_agenda.agenda_page", "run_stopped", round_id=desk.id)


def _page(desk: RoundDesk, status: int = 200, faults: list[str] | None = None) -> AnyResponse:
    cursor = request.args.get("cursor")
    asked = {
        "agendas": lambda: desk.get("/agendas", limit=VERSIONS, cursor=cursor),
        "runs": lambda: desk.get("/runs", limit=1),
    }
    if desk.round["status"] in FORECAST:
        asked["forecast"] = lambda: desk.get("/forecast")
    found = all_at_once(asked)
    run = next(iter((found["runs"] or {"items": []})["items"]), None)
    active = run is not None and run["finished_at"] is None
    return desk.page(
        "agenda.html",
        status,
        script=active,
        faults=faults or [],
        forecast=found.get("forecast"),
        crowded_shown=CROWDED,
        run=run,
        progress=progress_of(desk, run) if run and active else None,
        versions=found["agendas"],
        latest=next(iter((found["agendas"] or {"items": []})["items"]), None),
        can_run=desk.round["status"] in CAN_RUN,
        seconds=SECONDS,
        asked_for=request.form,
    )


def progress_of(desk: RoundDesk, run: Row) -> Row:
    """How far a run is: the share of what could be placed at most, the holes, and what is proved."""
    weight, holes = (run["progress"].get(name) for name in ("weight", "holes"))
    started = datetime.fromisoformat(run["created_at"])
    passed = max(0, int((desk.reader.now - started).total_seconds()))
    share = weight["best"] / weight["bound"] if weight and weight["bound"] else None
    return {
        "queued": run["status"] == "queued",
        "stopping": run["stopping"],
        "passed": passed,
        "share": None if share is None else desk.reader.share(share),
        "share_part": None if share is None else round(share, 3),
        "all_placed": bool(weight) and weight["best"] == weight["bound"],
        "holes": holes,
        "holes_proved": bool(holes) and holes["best"] == holes["bound"],
    }
