"""One version of an agenda: what it leaves out and why, what it changes for whom, published or restored."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING
from urllib.parse import quote

from flask import Blueprint, request, url_for

from services.portal.pages.rounds.desk import RoundDesk, Row, at_desk, done, faults_of
from services.portal.texts import TEXTS
from shared.auth import public, requires
from shared.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Iterable

    from werkzeug.wrappers import Response as AnyResponse

bp = Blueprint("portal_version", __name__)

PAGE = 50
NOBODY = ("—", "—")


class People:
    """The companies and delegates of a round by their ids."""

    def __init__(self, registrations: Iterable[Row]) -> None:
        self.rows = list(registrations)
        self.company = {row["company_id"]: row["company_name"] for row in self.rows}
        self.delegate = {
            one["delegate_id"]: (row["company_name"], one["name"])
            for row in self.rows
            for one in row["delegates"]
        }

    def pair(self, place: Row) -> Row:
        """Both sides of a place in an agenda: company and person."""
        buyer, supplier = (
            self.delegate.get(place[f"{side}_delegate_id"], NOBODY) for side in ("buyer", "supplier")
        )
        return {
            "buyer": buyer[0],
            "buyer_person": buyer[1],
            "supplier": supplier[0],
            "supplier_person": supplier[1],
        }


def version_of(desk: RoundDesk, agenda_id: str) -> Row:
    """A version of this round's agenda. Raises NotFound."""
    code, told = desk.send("GET", f"/agendas/{quote(agenda_id, safe='')}")
    if code != 200 or told["round_id"] != desk.id:
        raise NotFound("not_found", "No existe o no es para usted.", "It does not exist, or is not for you.")
    return told


@bp.get("/rounds/<round_id>/agenda/<agenda_id>")
@public
@at_desk
def version_page(desk: RoundDesk, agenda_id: str) -> AnyResponse:
    """How good a version is, who has fewer meetings than promised, and each request that is left out."""
    agenda, people = version_of(desk, agenda_id), People(desk.every("/registrations"))
    wanted = request.args.get("reason", "")
    reasons: dict[str, int] = defaultdict(int)
    for left in agenda["left_out"]:
        reasons[left["reason"]] += 1
        left["pair"] = " – ".join(people.company.get(left[f"{s}_id"], "—") for s in ("buyer", "supplier"))
    rows = [left for left in agenda["left_out"] if wanted in ("", left["reason"])]
    rows.sort(key=lambda left: str(left["pair"]))
    shown, pages = paged(rows, "portal_version.version_page")
    return desk.page(
        "version.html",
        agenda=agenda,
        left_out=shown,
        pages=pages,
        reasons=[(reason, _reason(desk, reason), count) for reason, count in sorted(reasons.items())],
        wanted=wanted if wanted in reasons else "",
    )


@bp.get("/rounds/<round_id>/agenda/<agenda_id>/changes")
@public
@at_desk
def changes_page(desk: RoundDesk, agenda_id: str) -> AnyResponse:
    """What a version changes for whom, against the meetings that stand or another version; then it can be
    published, or restored.
    """
    return _changes(desk, version_of(desk, agenda_id))


@bp.post("/rounds/<round_id>/agenda/<agenda_id>/publish")
@requires("organizer", "admin")
@at_desk
def publish(desk: RoundDesk, agenda_id: str) -> AnyResponse:
    """Publishes a draft, and everybody concerned is told."""
    return _put_in_force(desk, agenda_id, "publish")


@bp.post("/rounds/<round_id>/agenda/<agenda_id>/restore")
@requires("organizer", "admin")
@at_desk
def restore(desk: RoundDesk, agenda_id: str) -> AnyResponse:
    """Brings an earlier version back, and everybody concerned is told."""
    return _put_in_force(desk, agenda_id, "restore")


def _reason(desk: RoundDesk, reason: str) -> str:
    """A reason in a word or two; one that is not known here as it is."""
    return desk.text(f"reason_{reason}") if f"reason_{reason}" in TEXTS else reason


def _put_in_force(desk: RoundDesk, agenda_id: str, act: str) -> AnyResponse:
    agenda = version_of(desk, agenda_id)
    code, told = desk.send("POST", f"/agendas/{quote(agenda_id, safe='')}/{act}")
    if code >= 400:
        return _changes(desk, agenda, code, faults_of(told))
    return done("portal_round.round_page", f"{act}_done", round_id=desk.id)


def _changes(desk: RoundDesk, agenda: Row, status: int = 200, faults: list[str] | None = None) -> AnyResponse:
    against = request.args.get("against", "")
    query: Row = {"against": against} if against else {}
    code, found = desk.send("GET", f"/agendas/{quote(agenda['agenda_id'], safe='')}/changes", **query)
    if code >= 400:
        return desk.page("notice.html", code, faults=faults_of(found), heading=desk.text("compare"))
    people = People(desk.every("/registrations"))
    companies = changes_by_company(desk, found, people)
    shown, pages = paged(companies, "portal_version.changes_page")
    return desk.page(
        "changes.html",
        status,
        faults=faults or [],
        agenda=agenda,
        against=against,
        others=[row for row in desk.every("/agendas") if row["agenda_id"] != agenda["agenda_id"]],
        totals={name: len(found[name]) for name in ("new", "moved", "gone")} | {"kept": found["kept"]},
        companies=shown,
        told=len(companies),
        pages=pages,
    )


def changes_by_company(desk: RoundDesk, found: Row, people: People) -> list[Row]:
    """What changes for each company, by name: how many meetings are new, and each that moves or goes."""
    told: dict[str, Row] = defaultdict(lambda: {"new": 0, "lines": []})
    for place in found["new"]:
        pair = people.pair(place)
        for side in ("buyer", "supplier"):
            told[pair[side]]["new"] += 1
    for both in found["moved"]:
        pair, was, now = people.pair(both["after"]), both["before"], both["after"]
        for side, other in (("buyer", "supplier"), ("supplier", "buyer")):
            facts = {"other": pair[other], "was": _place(desk, was), "now": _place(desk, now)}
            told[pair[side]]["lines"].append(desk.text("change_moved", **facts))
    for place in found["gone"]:
        pair = people.pair(place)
        for side, other in (("buyer", "supplier"), ("supplier", "buyer")):
            line = desk.text("change_gone", other=pair[other], was=_place(desk, place))
            told[pair[side]]["lines"].append(line)
    return [{"name": name, **told[name]} for name in sorted(told)]


def _place(desk: RoundDesk, place: Row) -> str:
    table = desk.text("at_table", table=str(place["table"])) if place["table"] else ""
    return f"{desk.slot(place['slot_id'])}{table}"


def paged(rows: list[Row], endpoint: str) -> tuple[list[Row], Row | None]:
    """The rows of the page that the address asks for, and where the others are; None where all fit."""
    asked = request.args.get("page", "1")
    last = max(1, -(-len(rows) // PAGE))
    at = min(int(asked), last) if asked.isdecimal() and len(asked) < 6 and int(asked) else 1
    if last == 1:
        return rows, None
    kept = {**(request.view_args or {}), **request.args.to_dict()}

    def address(number: int) -> str:
        return url_for(endpoint, **{**kept, "page": number})

    return rows[(at - 1) * PAGE : at * PAGE], {
        "at": at,
        "last": last,
        "count": len(rows),
        "first": (at - 1) * PAGE + 1,
        "until": min(at * PAGE, len(rows)),
        "before": address(at - 1) if at > 1 else "",
        "after": address(at + 1) if at < last else "",
    }
