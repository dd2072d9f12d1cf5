"""One company in a round: its people and when they are free, as the organizer changes them for it."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flask import Blueprint, request

from services.portal.pages.rounds.desk import RoundDesk, Row, at_desk, done, faults_of
from shared.auth import public, requires
from shared.errors import NotFound

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

bp = Blueprint("portal_registration", __name__)


@bp.get("/rounds/<round_id>/registrations/<registration_id>")
@public
@at_desk
def registration_page(desk: RoundDesk, registration_id: str) -> AnyResponse:
    """A company's people with their free times, and its meetings."""
    return _page(desk, registration_of(desk, registration_id))


@bp.post("/rounds/<round_id>/registrations/<registration_id>")
@requires("organizer", "admin")
@at_desk
def change_people(desk: RoundDesk, registration_id: str) -> AnyResponse:
    """Adds, changes or takes out a person; what that would break is told first, and done on a second word."""
    registration = registration_of(desk, registration_id)
    body: Row = {"delegates": people_after(desk, registration["delegates"])}
    if request.form.get("although_broken") == "yes":
        body["although_broken"] = True
    path = f"/registrations/{quote(registration_id, safe='')}"
    code, told = desk.send("PATCH", path, body, if_match=request.form.get("version", "0"))
    if code >= 400:
        broken = any(fault["code"] == "delegate_has_meetings" for fault in told.get("faults", []))
        return _page(desk, registration, code, faults_of(told), broken)
    return done(
        "portal_registration.registration_page", "saved", round_id=desk.id, registration_id=registration_id
    )


def registration_of(desk: RoundDesk, registration_id: str) -> Row:
    """A registration of this round. Raises NotFound."""
    code, told = desk.send("GET", f"/registrations/{quote(registration_id, safe='')}")
    if code != 200 or told["round_id"] != desk.id:
        raise NotFound("not_found", "No existe o no es para usted.", "It does not exist, or is not for you.")
    return told


def people_after(desk: RoundDesk, people: list[Row]) -> list[Row]:
    """A company's people with the change that the form names; who is ticked everywhere is always free."""
    chosen, act = request.form.get("person", ""), request.form.get("act", "")
    if act == "add":
        return [*people, {"name": request.form.get("name", "").strip()}]
    if act == "remove":
        return [person for person in people if person["delegate_id"] != chosen]
    ticked = set(request.form.getlist("slot"))
    free = [slot["slot_id"] for slot in desk.round["slots"] if slot["slot_id"] in ticked]
    changed = {
        "name": request.form.get("name", "").strip(),
        "free_slots": None if len(free) == len(desk.round["slots"]) else free,
    }
    return [{**person, **changed} if person["delegate_id"] == chosen else person for person in people]


def _page(
    desk: RoundDesk,
    registration: Row,
    status: int = 200,
    faults: list[str] | None = None,
    broken: bool = False,
) -> AnyResponse:
    found = desk.every("/meetings", company_id=registration["company_id"], status="scheduled")
    days = groupby(desk.round["slots"], key=lambda slot: slot["on"])
    return desk.page(
        "registration.html",
        status,
        registration=registration,
        faults=faults or [],
        broken=broken,
        typed=request.form,
        people=[_person(desk, person) for person in registration["delegates"]],
        meetings=[{**row, "other": _other(row, registration)} for row in found],
        busy={(row[side]["delegate_id"], row["slot_id"]) for row in found for side in ("buyer", "supplier")},
        days=[
            (desk.reader.day(on), [(slot["slot_id"], desk.hour(slot["starts_at"])) for slot in slots])
            for on, slots in days
        ],
        version=registration["version"] if status in {200, 412} else request.form.get("version"),
        is_open=desk.round["status"] not in {"closed", "followed_up"}
        and registration["status"] in {"pending", "waiting", "accepted"},
    )


def _person(desk: RoundDesk, person: Row) -> dict[str, Any]:
    """A person as the form has them: as typed, where a change was refused."""
    every = {slot["slot_id"] for slot in desk.round["slots"]}
    free = every if person["free_slots"] is None else set(person["free_slots"])
    is_typed = request.form.get("person") == person["delegate_id"] and request.form.get("act") == "save"
    if is_typed:
        person, free = {**person, "name": request.form.get("name", "")}, set(request.form.getlist("slot"))
    return {**person, "free": free, "always": free == every, "is_typed": is_typed}


def _other(row: Row, registration: Row) -> str:
    sides = (row["buyer"], row["supplier"])
    return next(str(s["company_name"]) for s in sides if s["company_id"] != registration["company_id"])
