"""The meeting requests of a round, and which of them were paid for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flask import Blueprint, request

from services.portal.pages.rounds.desk import RoundDesk, at_desk, done, faults_of, one_of
from services.portal.pages.rounds.registrations import plain
from services.portal.pages.rounds.version import paged
from shared.auth import public, requires

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

bp = Blueprint("portal_round_requests", __name__)

PAGE = 50
STATUSES = ("pending", "accepted", "declined", "expired", "cancelled")


@bp.get("/rounds/<round_id>/requests")
@public
@at_desk
def requests_page(desk: RoundDesk) -> AnyResponse:
    """The requests by state, or those of the companies whose names have some letters."""
    return _page(desk)


@bp.post("/rounds/<round_id>/requests")
@requires("organizer", "admin")
@at_desk
def mark_paid(desk: RoundDesk) -> AnyResponse:
    """Notes that a request was paid for, or was not; the order in which it comes stays."""
    path = f"/requests/{quote(request.form.get('request', ''), safe='')}"
    code, told = desk.send("GET", path)
    if code < 400:
        body = {"paid": request.form.get("paid") == "yes", "after": told["after"]}
        code, told = desk.send("PUT", f"{path}/condition", body)
    if code >= 400:
        return _page(desk, code, faults_of(told))
    kept: dict[str, Any] = {n: request.form[n] for n in ("status", "q") if request.form.get(n)}
    return done("portal_round_requests.requests_page", "saved", round_id=desk.id, **kept)


def _page(desk: RoundDesk, status: int = 200, faults: list[str] | None = None) -> AnyResponse:
    wanted = one_of("status", STATUSES)
    letters = request.values.get("q", "").strip()[:100]
    filters: dict[str, Any] = {"status": wanted} if wanted else {}
    cursor = pages = None
    if letters:
        every = desk.every("/requests", **filters)
        found = [row for row in every if plain(letters) in plain(_pair(row))]
        items, pages = paged(found, "portal_round_requests.requests_page")
    else:
        part = desk.get("/requests", limit=PAGE, cursor=request.args.get("cursor"), **filters)
        items, cursor = part["items"], part["next_cursor"]
    counts = desk.get("/counts")["requests"]
    return desk.page(
        "requests.html",
        status,
        faults=faults or [],
        items=items,
        cursor=cursor,
        pages=pages,
        wanted=wanted,
        letters=letters,
        statuses=STATUSES,
        counts=counts,
        total=sum(counts.values()),
    )


def _pair(row: dict[str, Any]) -> str:
    return f"{row['from_company_name']} {row['to_company_name']}"
