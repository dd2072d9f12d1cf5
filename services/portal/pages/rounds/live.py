"""The day of a round: who is missing now and next, free slots on offer, and what there is to decide."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from flask import Blueprint, request

from services.portal.asking import all_at_once
from services.portal.pages.rounds.desk import RoundDesk, Row, at_desk, done, faults_of
from services.portal.pages.rounds.registrations import plain
from services.portal.pages.rounds.version import paged
from shared.auth import public, requires

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

bp = Blueprint("portal_live", __name__)

MOST_FOUND = 50
LIVE = ("published", "running")
ACTS = ("here", "late", "absent_today", "absent")


@bp.get("/rounds/<round_id>/live")
@public
@at_desk
def live_page(desk: RoundDesk) -> AnyResponse:
    """Who has not arrived for this slot and the next, disputes, changes asked for, and offers."""
    return _page(desk)


@bp.post("/rounds/<round_id>/live")
@requires("organizer", "admin")
@at_desk
def say_who_is_missing(desk: RoundDesk) -> AnyResponse:
    """Notes for all that are marked that they have arrived, come late or do not come.

    An absence is answered by what the agenda's repair did, and not by a way on to another page: nothing
    else keeps that. To send it again changes nothing.
    """
    act, marked = request.form.get("act", ""), request.form.getlist("who")
    if act not in ACTS or not marked:
        return _page(desk, 422, [desk.text("mark_and_choose")])
    if act == "here":
        return _arrived(desk, marked)
    until = _until(desk, act)
    if until == "":
        return _page(desk, 422, [desk.text("hour_missing")])
    ids = sorted({who.split("/")[0] for who in marked})
    before = {row["meeting_id"]: row for row in desk.every("/meetings", status="scheduled")}
    code, told = desk.at("/absences", {"registration_ids": ids, "until": until})
    if code >= 400:
        return _page(desk, code, faults_of(told))
    return desk.page("repaired.html", told=told, before=before)


@bp.post("/rounds/<round_id>/live/attendance")
@requires("organizer", "admin")
@at_desk
def settle(desk: RoundDesk) -> AnyResponse:
    """Decides whether a company was there, where the two sides differ."""
    body = {"company_id": request.form.get("company"), "present": request.form.get("present") == "yes"}
    return _decided(desk, f"/meetings/{quote(request.form.get('meeting', ''), safe='')}/attendance", body)


@bp.post("/rounds/<round_id>/live/change")
@requires("organizer", "admin")
@at_desk
def decide_change(desk: RoundDesk) -> AnyResponse:
    """Says yes or no to a change that a company asked for."""
    path = f"/changes/{quote(request.form.get('change', ''), safe='')}/decision"
    return _decided(desk, path, {"accept": request.form.get("accept") == "yes"})


def _decided(desk: RoundDesk, path: str, body: Row) -> AnyResponse:
    code, told = desk.send("POST", path, body)
    if code >= 400:
        return _page(desk, code, faults_of(told))
    return done("portal_live.live_page", "decided", round_id=desk.id)


def _arrived(desk: RoundDesk, marked: list[str]) -> AnyResponse:
    """Note that companies are here, at the meeting for which each was marked."""
    faults: dict[str, None] = {}
    for who in marked:
        _, company_id, meeting_id = (*who.split("/"), "", "")[:3]
        path = f"/meetings/{quote(meeting_id or 'none', safe='')}/attendance"
        code, told = desk.send("POST", path, {"company_id": company_id, "present": True})
        if code >= 400:
            faults |= dict.fromkeys(faults_of(told) if meeting_id else [desk.text("no_meeting_now")])
    if faults:
        return _page(desk, 409, list(faults))
    return done("portal_live.live_page", "arrived", len(marked), round_id=desk.id)


def _until(desk: RoundDesk, act: str) -> str | None:
    """When the marked ones come: None for not any more, empty where no hour was typed."""
    zone = ZoneInfo(desk.round["time_zone"])
    if act == "absent":
        return None
    if act == "absent_today":
        ends = [slot["ends_at"] for slot in desk.round["slots"] if slot["on"] == desk.today]
        return max(ends, default=desk.reader.now.isoformat())
    try:
        on = date.fromisoformat(request.form.get("day") or desk.today)
        return datetime.combine(on, time.fromisoformat(request.form.get("hour", "")), zone).isoformat()
    except ValueError:
        return ""


def _page(desk: RoundDesk, status: int = 200, faults: list[str] | None = None) -> AnyResponse:
    now, slots = desk.reader.now, desk.round["slots"]
    is_live = desk.round["status"] in LIVE
    ahead = [slot for slot in slots if datetime.fromisoformat(slot["ends_at"]) > now][:2]
    if ahead and datetime.fromisoformat(ahead[0]["starts_at"]) > now:
        ahead = ahead[:1]
    days = sorted({slot["on"] for slot in ahead})
    found = all_at_once(
        {
            "meetings": lambda: [
                m for on in days for m in desk.every("/meetings", on=on, status="scheduled")
            ],
            "registrations": lambda: desk.every("/registrations", status="accepted"),
            "disputes": lambda: desk.every("/disputes"),
            "changes": lambda: desk.every("/changes", status="open"),
            "offers": lambda: [row for row in desk.every("/offers") if row["status"] == "open"],
            "standby": lambda: desk.get("/standby")["items"] if is_live else [],
        }
    )
    waiting, pages = paged(found["standby"] or [], "portal_live.live_page")
    return desk.page(
        "live.html",
        status,
        faults=faults or [],
        slots=_missing(desk, ahead, found) if found["meetings"] is not None else [],
        found=found,
        changes=_with_meetings(desk, found["changes"] or []),
        waiting=waiting,
        pages=pages,
        letters=request.values.get("q", "").strip()[:100],
        matches=_matches(found["registrations"] or [])[:MOST_FOUND],
        marked=request.form.getlist("who"),
        chosen=request.form,
        today=desk.today,
        days=sorted({slot["on"] for slot in slots}),
    )


def _missing(desk: RoundDesk, slots: list[Row], found: dict[str, Any]) -> list[Row]:
    """Who is missing in each slot; who is missing already is not told again for the next."""
    told: set[str] = set()
    shown = []
    for each in slots:
        slot = missing(desk, each, found)
        rows = [row for row in slot["rows"] if row["company_id"] not in told]
        told |= {row["company_id"] for row in rows}
        shown.append({**slot, "rows": rows, "before": len(slot["rows"]) - len(rows)})
    return shown


def missing(desk: RoundDesk, slot: Row, found: dict[str, Any]) -> Row:
    """Who is expected in a slot and was not seen at this meeting nor at an earlier one of that day."""
    meetings = [row for row in found["meetings"] if row["on"] == slot["on"]]
    seen = {company_id for row in meetings for company_id, there in row["present"].items() if there}
    registrations = {row["company_id"]: row["registration_id"] for row in found["registrations"] or []}
    rows, expected = [], 0
    for meeting in meetings:
        if meeting["slot_id"] != slot["slot_id"]:
            continue
        for own, other in (("buyer", "supplier"), ("supplier", "buyer")):
            expected += 1
            company_id = meeting[own]["company_id"]
            if company_id not in seen and company_id in registrations:
                key = f"{registrations[company_id]}/{company_id}/{meeting['meeting_id']}"
                names = {
                    "company_id": company_id,
                    "name": meeting[own]["company_name"],
                    "person": meeting[own]["delegate_name"],
                }
                absent = meeting["present"].get(company_id) is False
                with_ = meeting[other]["company_name"]
                rows.append({"key": key, **names, "with": with_, "table": meeting["table"], "absent": absent})
    rows.sort(key=lambda row: (row["table"] or 0, row["name"]))
    is_on = datetime.fromisoformat(slot["starts_at"]) <= desk.reader.now
    return {**slot, "is_on": is_on, "rows": rows, "expected": expected, "arrived": expected - len(rows)}


def _matches(registrations: list[Row]) -> list[Row]:
    """The companies whose names have the letters that are searched for."""
    letters = plain(request.values.get("q", "").strip())
    return [row for row in registrations if letters and letters in plain(row["company_name"])]


def _with_meetings(desk: RoundDesk, changes: list[Row]) -> list[Row]:
    """Changes that were asked for, each with the time and table of its meeting now."""
    asked = {
        change["meeting_id"]: lambda path=change["meeting_id"]: desk.send("GET", f"/meetings/{path}")[1]
        for change in changes
    }
    meetings = all_at_once(asked)
    return [{**change, "meeting": meetings[change["meeting_id"]]} for change in changes]
