"""A company of the directory registered in a round by its organizer, who was called or written to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from flask import Blueprint, request

from services.portal.pages.rounds.desk import RoundDesk, at_desk, done, faults_of
from services.portal.pages.rounds.registrations import plain
from services.portal.signed_in import store
from shared.auth import public, requires

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

bp = Blueprint("portal_registering", __name__)

MOST_FOUND = 20
# Sides, by the role that a company must have in the directory.
SIDES = {"anchor": "buyer", "supplier": "supplier"}
# A letter that people write with or without its accent.
_LETTERS = {
    "a": "[aáàäâã]",
    "e": "[eéèëê]",
    "i": "[iíìïî]",
    "o": "[oóòöôõ]",
    "u": "[uúùüû]",
    "n": "[nñ]",
    "c": "[cç]",
}


@bp.get("/rounds/<round_id>/registrations/new")
@public
@at_desk
def find_company(desk: RoundDesk) -> AnyResponse:
    """Companies of the directory by their names, each with a form to register it."""
    return _page(desk)


@bp.post("/rounds/<round_id>/registrations/new")
@requires("organizer", "admin")
@at_desk
def register(desk: RoundDesk) -> AnyResponse:
    """Registers a company with the people who will meet for it."""
    people = [name.strip() for name in request.form.get("people", "").split(",") if name.strip()]
    body: dict[str, Any] = {
        "company_id": request.form.get("company", ""),
        "side": request.form.get("side", ""),
        "delegates": [{"name": name} for name in people],
    }
    if not people:
        return _page(desk, 422, [desk.text("people_missing")])
    code, told = desk.at("/registrations", body)
    if code >= 400:
        return _page(desk, code, faults_of(told))
    key = "registered_waits" if told["status"] == "waiting" else "registered"
    return done("portal_registrations.registrations_page", key, round_id=desk.id, q=told["company_name"])


def _page(desk: RoundDesk, status: int = 200, faults: list[str] | None = None) -> AnyResponse:
    letters = request.values.get("q", "").strip()[:100]
    pattern = "".join(_LETTERS.get(sign, re.escape(sign)) for sign in plain(letters))
    found = store().companies_like(pattern, MOST_FOUND + 1) if letters else []
    registered = {row["company_id"]: row["status"] for row in desk.every("/registrations")}
    return desk.page(
        "registering.html",
        status,
        faults=faults or [],
        letters=letters,
        found=[
            {"company": company, "sides": [SIDES[role] for role in company.roles if role in SIDES]}
            for company in found[:MOST_FOUND]
        ],
        more=len(found) > MOST_FOUND,
        registered=registered,
        typed=request.form,
    )
