"""The meetings of a slot, table by table, and one meeting to move, swap, lock or cancel.

The same for the agenda that holds and for a version that is not published. Whatever a change would clash
with is shown before it is made.
"""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import quote

from flask import Blueprint, request, url_for

from services.portal.pages.rounds.desk import RoundDesk, Row, at_desk, done, faults_of
from services.portal.pages.rounds.registrations import plain
from services.portal.pages.rounds.version import People, version_of
from shared.auth import public, requires
from shared.errors import NotFound

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

bp = Blueprint("portal_timetable", __name__)

STANDING = "standing"


class Timetable:
    """The meetings that stand, or those of a version, as rows of one shape."""

    def __init__(self, desk: RoundDesk, name: str) -> None:
        self.desk, self.name = desk, name
        self.agenda = None if name == STANDING else version_of(desk, name)
        self.people = People(desk.every("/registrations")) if self.agenda else None

    @property
    def can_change(self) -> bool:
        """Whether meetings can be moved here: in a draft, or while the agenda holds."""
        if self.agenda:
            return bool(self.agenda["status"] == "draft")
        return self.desk.round["status"] in {"requests_open", "agenda_draft", "published", "running"}

    @cached_property
    def rows(self) -> list[Row]:
        """All meetings by time."""
        if self.agenda and self.people:
            order = {slot["slot_id"]: number for number, slot in enumerate(self.desk.round["slots"])}
            places = sorted(self.agenda["placed"], key=lambda place: order[place["slot_id"]])
            return [self._of_version({**place, **self.people.pair(place)}) for place in places]
        return [_of_meeting(row) for row in self.desk.every("/meetings", status="scheduled")]

    def of_slot(self, slot_id: str) -> list[Row]:
        """The meetings of a slot, by table."""
        if self.agenda:
            found = [row for row in self.rows if row["slot_id"] == slot_id]
        else:
            asked = {"status": "scheduled", "slot_id": slot_id}
            found = [_of_meeting(row) for row in self.desk.every("/meetings", **asked)]
        return sorted(found, key=lambda row: (row["table"] or 0, row["buyer"]))

    def _of_version(self, place: Row) -> Row:
        locked = place["request_id"] in (self.agenda or {})["locked"]
        return {**place, "locked": locked, "meeting_id": "", "left_out": False}

    def of_request(self, request_id: str) -> Row:
        """The meeting of a request; in a draft also one that it leaves out. Raises NotFound."""
        for row in self.rows:
            if row["request_id"] == request_id:
                return row
        for left in (self.agenda or {"left_out": []})["left_out"]:
            if left["request_id"] == request_id and self.people:
                names = {
                    side: self.people.company.get(left[f"{side}_id"], "—") for side in ("buyer", "supplier")
                }
                return {**left, **names, "slot_id": "", "table": None, "locked": False, "left_out": True}
        raise NotFound("not_found", "No existe o no es para usted.", "It does not exist, or is not for you.")

    def rearrange(self, wanted: Row) -> tuple[int, Row]:
        """Move or swap meetings, or try to."""
        if self.agenda:
            path = f"/agendas/{quote(self.name, safe='')}/rearrangement"
            return self.desk.send("POST", path, wanted, if_match=self.agenda["version"])
        return self.desk.at("/rearrangement", wanted)


def _of_meeting(row: Row) -> Row:
    sides = {side: row[side]["company_name"] for side in ("buyer", "supplier")}
    people = {f"{side}_person": row[side]["delegate_name"] for side in ("buyer", "supplier")}
    ids = {f"{side}_id": row[side]["company_id"] for side in ("buyer", "supplier")}
    return {**row, **sides, **ids, **people, "locked": row["pinned"], "left_out": False}


@bp.get("/rounds/<round_id>/timetable/<name>")
@public
@at_desk
def timetable_page(desk: RoundDesk, name: str) -> AnyResponse:
    """The meetings of one slot by table, or of the companies whose names have some letters by time."""
    timetable, letters = Timetable(desk, name), request.args.get("q", "").strip()[:100]
    slots = desk.round["slots"]
    ahead = (s["slot_id"] for s in slots if datetime.fromisoformat(s["ends_at"]) > desk.reader.now)
    first = next(ahead, slots[0]["slot_id"])
    known = [slot["slot_id"] for slot in slots]
    chosen = request.args.get("slot", "") if request.args.get("slot", "") in known else first
    if letters:
        wanted = plain(letters)
        both = ((row, plain(f"{row['buyer']} {row['supplier']}")) for row in timetable.rows)
        rows = [row for row, names in both if wanted in names]
    else:
        rows = timetable.of_slot(chosen)
    at = known.index(chosen)
    return desk.page(
        "timetable.html",
        name=name,
        timetable=timetable,
        rows=rows,
        letters=letters,
        slots=[(slot["slot_id"], desk.time(slot["starts_at"])) for slot in slots],
        chosen=chosen,
        before=known[at - 1] if at else "",
        after=known[at + 1] if at + 1 < len(known) else "",
        tables=desk.round["tables"],
    )


@bp.get("/rounds/<round_id>/timetable/<name>/<request_id>")
@public
@at_desk
def place_page(desk: RoundDesk, name: str, request_id: str) -> AnyResponse:
    """One meeting; with a new place or a swap in the address, what that would do."""
    return _place_page(Timetable(desk, name), request_id)


@bp.post("/rounds/<round_id>/timetable/<name>/<request_id>")
@requires("organizer", "admin")
@at_desk
def rearrange(desk: RoundDesk, name: str, request_id: str) -> AnyResponse:
    """Moves or swaps a meeting as it was tried."""
    timetable = Timetable(desk, name)
    code, told = timetable.rearrange(_wanted(request_id, request.form) or {})
    if code >= 400 or told["clashes"]:
        return _place_page(
            timetable, request_id, max(code, 409), _clashes(told) if code < 400 else faults_of(told)
        )
    return done("portal_timetable.place_page", "moved", round_id=desk.id, name=name, request_id=request_id)


@bp.post("/rounds/<round_id>/timetable/<name>/<request_id>/lock")
@requires("organizer", "admin")
@at_desk
def lock(desk: RoundDesk, name: str, request_id: str) -> AnyResponse:
    """Keeps a meeting where it is in later agendas, or lets it go."""
    timetable = Timetable(desk, name)
    row, locked = timetable.of_request(request_id), request.form.get("locked") == "yes"
    if timetable.agenda:
        kept = {*timetable.agenda["locked"], request_id} - (set() if locked else {request_id})
        code, told = desk.send("PUT", f"/agendas/{quote(name, safe='')}/locks", {"request_ids": sorted(kept)})
    else:
        code, told = desk.send("POST", f"/meetings/{row['meeting_id']}/lock", {"locked": locked})
    if code >= 400:
        return _place_page(timetable, request_id, code, faults_of(told))
    key = "locked" if locked else "let_go"
    return done("portal_timetable.place_page", key, round_id=desk.id, name=name, request_id=request_id)


@bp.post("/rounds/<round_id>/timetable/<name>/<request_id>/cancel")
@requires("organizer", "admin")
@at_desk
def cancel(desk: RoundDesk, name: str, request_id: str) -> AnyResponse:
    """Cancels a meeting that stands; both sides are told why."""
    timetable = Timetable(desk, name)
    row, reason = timetable.of_request(request_id), request.form.get("reason", "").strip()
    if timetable.agenda:
        return _place_page(timetable, request_id, 422)
    if not reason:
        return _place_page(timetable, request_id, 422, [desk.text("reason_missing")])
    code, told = desk.send("POST", f"/meetings/{row['meeting_id']}/cancel", {"reason": reason})
    if code >= 400:
        return _place_page(timetable, request_id, code, faults_of(told))
    return done(
        "portal_timetable.timetable_page", "cancelled", round_id=desk.id, name=name, slot=row["slot_id"]
    )


@bp.post("/rounds/<round_id>/timetable/<name>/<request_id>/attendance")
@requires("organizer", "admin")
@at_desk
def say_who_came(desk: RoundDesk, name: str, request_id: str) -> AnyResponse:
    """Notes who was there; the organizer's word decides."""
    timetable = Timetable(desk, name)
    row, side = timetable.of_request(request_id), request.form.get("side", "")
    word = {"company_id": row.get(f"{side}_id"), "present": request.form.get("present") == "yes"}
    code, told = desk.send("POST", f"/meetings/{row['meeting_id'] or 'none'}/attendance", word)
    if code >= 400:
        return _place_page(timetable, request_id, code, faults_of(told))
    return done("portal_timetable.place_page", "saved", round_id=desk.id, name=name, request_id=request_id)


def _wanted(request_id: str, typed: Row) -> Row | None:
    """The change that a form or an address names; None where it names none."""
    if typed.get("swap"):
        return {"swap": [request_id, typed["swap"]]}
    if not typed.get("slot"):
        return None
    table = typed.get("table", "").strip()
    shift = {"request_id": request_id, "slot_id": typed["slot"]}
    return {"shifts": [{**shift, **({"table": int(table)} if table.isdecimal() and len(table) < 6 else {})}]}


def _clashes(told: Row) -> list[str]:
    return list(dict.fromkeys(clash["explanation"] for clash in told["clashes"]))


def _place_page(
    timetable: Timetable, request_id: str, status: int = 200, faults: list[str] | None = None
) -> AnyResponse:
    desk, row = timetable.desk, timetable.of_request(request_id)
    wanted, tried = (_wanted(request_id, request.args) if request.method == "GET" else None), None
    if wanted:
        code, tried = timetable.rearrange({**wanted, "try_only": True})
        if code >= 400:
            faults, wanted, tried = faults_of(tried), None, None
    others = [
        each
        for each in timetable.rows
        if each["request_id"] != request_id
        and {each["buyer"], each["supplier"]} & {row["buyer"], row["supplier"]}
    ]
    return desk.page(
        "place.html",
        status,
        faults=faults or [],
        name=timetable.name,
        timetable=timetable,
        row=row,
        others=others,
        slots=[(slot["slot_id"], desk.time(slot["starts_at"])) for slot in desk.round["slots"]],
        typed=request.values,
        tried=tried and {"clashes": _clashes(tried), "placed": tried["placed"]},
        names={each["request_id"]: f"{each['buyer']} – {each['supplier']}" for each in [row, *others]},
        has_begun=row.get("on", "9") <= desk.today,
        back=url_for(
            "portal_timetable.timetable_page",
            round_id=desk.id,
            name=timetable.name,
            slot=row["slot_id"] or None,
        ),
    )
