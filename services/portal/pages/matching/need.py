"""One need and the suppliers found for it: why each fits, what it lacks, and what the anchor says of it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flask import Blueprint, redirect, request, url_for

from services.portal.asking import all_at_once
from services.portal.pages.matching.desk import Desk, desk_with
from services.portal.pages.matching.matches import likeness, match_row, said
from services.portal.pages.page import page, refusal
from services.portal.signed_in import in_person, person, sign_in_first
from shared.auth import public, requires
from shared.divipola import DEPARTMENTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.wrappers import Response as AnyResponse

    from services.portal.pages.reader import Reader

bp = Blueprint("portal_need", __name__)

Row = dict[str, Any]
SHOWN = 10
# How often the page looks again by itself while a need is ranked, and after how many seconds each time.
MOST_LOOKS, LOOK_AFTER = 15, 1
# How long a page waits for the list itself before that, and how often it looks, in seconds.
SOON, LOOK_EVERY = 0.7, 0.1
# Who shares less of the need's words than this part of what the one that shares most does is marked.
FAINT = 0.25
# The matching service keeps so many of each list, and more almosts where a pool may serve.
LEAST_KEPT = {"matches": 50, "almost": 20}


@bp.get("/needs/<need_id>")
@public
def need_page(need_id: str) -> AnyResponse:
    """A need with its shortlist; while it is being ranked the page looks again by itself."""
    account = person()
    if account is None:
        return sign_in_first()
    desk, need = desk_with(account, "anchor", "needs", need_id)
    looks = request.args.get("look", 0, type=int)
    follows = need["version"] if need["status"] == "open" else 0
    found = _answers(desk, need, follows, SOON if looks == 0 else 0.0)
    matches = found["matches"]
    waiting = matches is not None and matches["need_version"] < follows
    response = page(
        "matching/need.html",
        desk=desk,
        need=need,
        asked=asked_for(need, desk.reader),
        waiting=waiting,
        late=looks >= MOST_LOOKS,
        saved=request.args.get("saved", ""),
        **_shown(desk, found),
    )
    if waiting and looks < MOST_LOOKS:
        again = url_for(".need_page", need_id=need_id, look=looks + 1)
        response.headers["Refresh"] = f"{LOOK_AFTER};url={again}"
    return response


@bp.post("/needs/<need_id>/candidates/<supplier_id>")
@requires()
def decide(need_id: str, supplier_id: str) -> AnyResponse:
    """Shortlists or dismisses a supplier, or takes a dismissal back."""
    account = in_person()
    desk, need = desk_with(account, "anchor", "needs", need_id)
    word = "dismiss" if request.form.get("do") == "dismiss" else "shortlist"
    path = f"/needs/{need['id']}/candidates/{quote(supplier_id, safe='')}/{word}"
    status, told = desk.services.ask("POST", "matching", path)
    if status >= 400:
        return refusal(account, status, told)
    shown: Row = {name: request.form[name] for name in ("matches", "almost") if request.form.get(name)}
    shown |= {"saved": word, "of": supplier_id, "_anchor": "said"}
    return redirect(url_for(".need_page", need_id=need["id"], **shown), 303)


@bp.post("/needs/<need_id>/status")
@requires()
def move_need(need_id: str) -> AnyResponse:
    """Opens a draft, or closes, cancels or awards an open need."""
    account = in_person()
    desk, need = desk_with(account, "anchor", "needs", need_id)
    word = request.form.get("do", "")
    supplier_id = request.form.get("awarded_to", "")
    if word not in {"publish", "cancel"}:
        word = "award" if supplier_id else "close"
    body = {"company_id": supplier_id} if word == "award" else None
    status, told = desk.services.ask("POST", "catalog", f"/needs/{need['id']}/{word}", body)
    if status >= 400:
        return refusal(account, status, told)
    return redirect(url_for(".need_page", need_id=need["id"], saved="need"), 303)


def _answers(desk: Desk, need: Row, follows: int, seconds: float) -> dict[str, Row | None]:
    """What matching says of a need; a list that follows its version is waited for so long."""
    path = f"/needs/{need['id']}"
    # The others are asked for when the list is there, so that they belong to it.
    found = all_at_once({"matches": lambda: _awaited(desk, path, follows, seconds)})
    asked: dict[str, Callable[[], Row]] = {
        "almost": lambda: _listed(desk, path, almost=True),
        "decisions": lambda: _asked(desk, f"{path}/decisions"),
    }
    if need["minimum_capacity"]:
        asked["pool"] = lambda: _asked(desk, f"{path}/pool")
    return found | all_at_once(asked)


def _shown(desk: Desk, found: dict[str, Row | None]) -> Row:
    """That in the reader's words."""
    matches, almost = found["matches"], found["almost"]
    aside, names = _set_aside(found["decisions"]), _names(matches, almost)
    dismissed = {each["supplier_id"]: each["supplier_name"] for each in aside["dismissed"]}
    decided = request.args.get("of", "")
    return {
        **aside,
        "lists": _lists(matches, almost, desk),
        "pool": _pool(found.get("pool"), matches, desk),
        "names": names,
        "of": names.get(decided) or dismissed.get(decided),
    }


def _asked(desk: Desk, path: str, **query: Any) -> Row:
    """What matching says; a need that it has not heard of yet has no list. Raises NoAnswer."""
    status, told = desk.services.ask("GET", "matching", path, **query)
    if status == 404:
        return {"version": 0, "need_version": 0, "matches": 0, "almost": 0, "items": [], "next_cursor": None}
    return told if status == 200 else desk.services.get("matching", path, **query)


def _awaited(desk: Desk, path: str, version: int, seconds: float) -> Row:
    """The matches; those of a need that was just posted are waited for a moment, as most come in a blink."""
    deadline = time.monotonic() + seconds
    while True:
        found = _listed(desk, path, almost=False)
        if found["need_version"] >= version or time.monotonic() >= deadline:
            return found
        time.sleep(LOOK_EVERY)


def _listed(desk: Desk, path: str, *, almost: bool) -> Row:
    cursor = request.args.get("almost" if almost else "matches")
    query: Row = {"limit": SHOWN, "almost": str(almost).lower()}
    if cursor:
        status, told = desk.services.ask("GET", "matching", f"{path}/shortlist", **query, cursor=cursor)
        if status == 200:
            return told
    return _asked(desk, f"{path}/shortlist", **query)


def _set_aside(decisions: Row | None) -> dict[str, list[Row]]:
    """The suppliers that were dismissed, and the others that the need does not interest."""
    found: dict[str, list[Row]] = {"dismissed": [], "declined": []}
    for each in decisions["items"] if decisions else ():
        if each["by_anchor"] == "dismissed":
            found["dismissed"].append(each)
        elif each["interested"] is False:
            found["declined"].append(each)
    return found


def _lists(matches: Row | None, almost: Row | None, desk: Desk) -> dict[str, Row | None]:
    """The pages of both lists; None where matching gave no answer."""
    shown = [each for part in (matches, almost) if part for each in part["items"]]
    # Of two that hardly share a word with the need one may be the better one, and both far from it.
    faint = FAINT * max(map(likeness, shown), default=0.0)
    parts = {"matches": matches, "almost": almost}
    return {name: part and _rows(part, name, faint, desk) for name, part in parts.items()}


def _rows(part: Row, name: str, faint: float, desk: Desk) -> Row:
    items = [
        {
            **match_row(each, desk.reader),
            "far": likeness(each) < faint,
            "id": each["supplier_id"],
            "name": each["supplier_name"],
            "rank": desk.reader.number(each["rank"]),
        }
        for each in part["items"]
    ]
    total = desk.reader.number(part[name])
    cut = total if part[name] >= LEAST_KEPT[name] else ""
    return {"items": items, "next": part["next_cursor"], "total": total, "cut": cut}


def _names(*parts: Row | None) -> dict[str, str]:
    """The suppliers that are shown, by id."""
    return {each["supplier_id"]: each["supplier_name"] for part in parts if part for each in part["items"]}


def _pool(pool: Row | None, matches: Row | None, desk: Desk) -> Row | None:
    """The group that has the capacity together; None if there is none, or somebody has it alone."""
    alone = any(
        verdict["requirement"] == "capacity" and verdict["outcome"] == "met"
        for each in (matches or {"items": []})["items"]
        for verdict in each["verdicts"]
    )
    if not pool or not pool.get("members") or alone:
        return None
    members = [
        {
            "name": each["supplier_name"],
            "department": DEPARTMENTS.get(each["department"] or "", ""),
            "has": said({"amount": each["capacity"], "unit": pool["unit"]}, desk.reader),
            "share": desk.reader.share(each["share"]),
            "to_confirm": each["to_confirm"],
        }
        for each in pool["members"]
    ]
    return {"members": members}


def asked_for(need: Row, reader: Reader) -> list[tuple[str, str]]:
    """What a need states beside its words: keys of labels, and values in the reader's format."""
    place = need["place"] or {}
    values = {
        "quantity": need["quantity"] and said(need["quantity"], reader),
        "minimum_capacity": need["minimum_capacity"] and said(need["minimum_capacity"], reader),
        "budget": need["budget"] and said(need["budget"], reader),
        "place": DEPARTMENTS.get(place.get("department") or ""),
        "closes_on": reader.day(need["closes_on"]),
        "required_certifications": ", ".join(need["required_certifications"]),
        "desirable_certifications": ", ".join(need["desirable_certifications"]),
        "preferred_sizes": need["preferred_sizes"] and said({"sizes": need["preferred_sizes"]}, reader),
        "unspsc": ", ".join(need["unspsc"]),
    }
    days = {"delivery_days": need["delivery_days"], "payment_term_days": need["payment_term_days"]}
    values |= {name: said({"days": count}, reader) for name, count in days.items() if count is not None}
    return [(f"need_{name}", value) for name, value in values.items() if value]
