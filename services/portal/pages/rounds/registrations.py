"""Who takes part: let in, refused or taken out by the organizer, one or many at once."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flask import Blueprint, request

from services.portal.pages.rounds.desk import RoundDesk, at_desk, done, faults_of, one_of
from shared.auth import public, requires

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

bp = Blueprint("portal_registrations", __name__)

PAGE = 50
MOST_FOUND = 200
STATUSES = ("pending", "waiting", "accepted", "refused", "withdrawn")
SIDES = ("buyer", "supplier")
# What can be done with those that are marked: the path below a registration, and its body.
ACTS = ("accept", "refuse", "withdraw")


@bp.get("/rounds/<round_id>/registrations")
@public
@at_desk
def registrations_page(desk: RoundDesk) -> AnyResponse:
    """The registrations of a round by state and side, or those whose company's name has some letters."""
    return _page(desk)


@bp.post("/rounds/<round_id>/registrations")
@requires("organizer", "admin")
@at_desk
def decide(desk: RoundDesk) -> AnyResponse:
    """Does the same with all that are marked; those that are refused stay marked on the page."""
    act, marked = request.form.get("act", ""), request.form.getlist("registration")
    if act == "accept_all":
        act, marked = "accept", request.form.getlist("undecided")
    if act not in ACTS or not marked:
        return _page(desk, 422, [desk.text("mark_some")], marked)
    reason = request.form.get("reason", "").strip()
    if act == "withdraw" and not reason:
        return _page(desk, 422, [desk.text("reason_missing")], marked)
    failed: list[str] = []
    faults: dict[str, None] = {}
    waiting = 0
    for registration_id in marked:
        path = f"/registrations/{quote(registration_id, safe='')}"
        body: dict[str, Any] = {"reason": reason}
        if act != "withdraw":
            body |= {"accept": act == "accept"}
        code, told = desk.send("POST", f"{path}/{'withdraw' if act == 'withdraw' else 'decision'}", body)
        if code >= 400:
            failed.append(registration_id)
            faults |= dict.fromkeys(faults_of(told))
        waiting += act == "accept" and told.get("status") == "waiting"
    if failed:
        return _page(desk, 409, list(faults), failed)
    return done(
        "portal_registrations.registrations_page",
        "no_place" if waiting else act,
        waiting or len(marked),
        round_id=desk.id,
        **{name: request.form[name] for name in ("status", "side") if request.form.get(name)},
    )


def plain(name: str) -> str:
    """A name without capitals and accents, to find it by."""
    apart = unicodedata.normalize("NFKD", name)
    return "".join(sign for sign in apart if not unicodedata.combining(sign)).casefold()


def _page(
    desk: RoundDesk, status: int = 200, faults: list[str] | None = None, marked: list[str] | None = None
) -> AnyResponse:
    wanted = {
        "status": one_of("status", STATUSES),
        "side": one_of("side", SIDES),
        "q": request.values.get("q", "").strip()[:100],
    }
    filters = {name: wanted[name] for name in ("status", "side") if wanted[name]}
    cursor = None
    if wanted["q"]:
        letters = plain(wanted["q"])
        items = [
            row for row in desk.every("/registrations", **filters) if letters in plain(row["company_name"])
        ]
        more, items = max(0, len(items) - MOST_FOUND), items[:MOST_FOUND]
    else:
        asked = {"limit": PAGE, "cursor": request.args.get("cursor"), **filters}
        found = desk.get("/registrations", **asked)
        items, cursor, more = found["items"], found["next_cursor"], 0
    counts = desk.get("/counts")["registrations"]
    return desk.page(
        "registrations.html",
        status,
        items=items,
        cursor=cursor,
        more=more,
        wanted=wanted,
        statuses=STATUSES,
        sides=SIDES,
        counts=counts,
        total=sum(counts.values()),
        faults=faults or [],
        marked=marked or [],
        reason=request.form.get("reason", ""),
        acts=_acts({row["status"] for row in items}),
    )


def _acts(shown: set[str]) -> list[str]:
    """What can be done with at least one of those that are shown."""
    undecided = bool(shown & {"pending", "waiting"})
    still_in = undecided or "accepted" in shown
    return [*(["accept", "refuse"] if undecided else []), *(["withdraw"] if still_in else [])]
