"""An organizer's rounds, and the form on which one is planned."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from flask import Blueprint, redirect, request, url_for

from services.portal.asking import PATIENCE, services_for
from services.portal.pages.forms import Form, send
from services.portal.pages.page import page
from services.portal.pages.reader import Reader
from services.portal.pages.rounds.desk import RoundDesk, at_desk, done
from services.portal.signed_in import in_person, person, sign_in_first
from services.portal.texts import state, text
from shared import web
from shared.auth import public, requires
from shared.errors import NotFound
from shared.store import new_id

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

    from services.portal.model import Account

bp = Blueprint("portal_rounds", __name__)

PAGE = 20
MODALITIES = ("in_person", "virtual", "hybrid")
# Where the rounds of these programmes are held; programs may name any other zone.
ZONES = (
    "America/Bogota", "America/Lima", "America/Guayaquil", "America/Caracas", "America/La_Paz",
    "America/Santiago", "America/Argentina/Buenos_Aires", "America/Asuncion", "America/Montevideo",
    "America/Sao_Paulo", "America/Panama", "America/Costa_Rica", "America/Managua", "America/Tegucigalpa",
    "America/El_Salvador", "America/Guatemala", "America/Mexico_City", "America/Santo_Domingo",
    "America/New_York", "America/Los_Angeles", "Europe/Madrid", "UTC",
)  # fmt: skip
USUAL = {
    "modality": "in_person",
    "time_zone": "America/Bogota",
    "morning_from": "08:00",
    "morning_to": "12:00",
    "afternoon_from": "14:00",
    "afternoon_to": "17:00",
    "slot_minutes": "20",
    "tables": "20",
    "room_base_url": "https://meet.jit.si",
}
LABELS = {
    "name": "round_name", "sector": "round_sector", "modality": "modality", "tables": "tables_count",
    "room_base_url": "room_base_url", "time_zone": "time_zone", "first_day": "first_day",
    "last_day": "last_day", "morning_from": "morning_from", "morning_to": "morning_to",
    "afternoon_from": "afternoon_from", "afternoon_to": "afternoon_to", "slot_minutes": "slot_minutes",
    "last_day_to": "last_day_to", "needs_approval": "needs_approval",
}  # fmt: skip


@bp.get("/rounds")
@public
def rounds_page() -> AnyResponse:
    """All rounds that a person organizes, those that begin last first."""
    account = person()
    if account is None:
        return sign_in_first()
    asked = {"limit": PAGE, "managed": "true", "cursor": request.args.get("cursor")}
    _must_organize(account)
    found = services_for(account, None).get("rounds", "/rounds", **asked)
    reader = Reader(account, None, web.now())
    for row in found["items"]:
        days = [reader.day(row[name]) for name in ("starts_on", "ends_on")]
        row |= {"dates": " – ".join(dict.fromkeys(days)), "state": state(row["status"], account.language)}
    return page("rounds/list.html", found=found)


@bp.get("/rounds/new")
@public
def new_round() -> AnyResponse:
    """A form for a round, with what is usual filled in."""
    account = person()
    if account is None:
        return sign_in_first()
    _must_organize(account)
    return _form(account, Form({**USUAL, "key": new_id()}, LABELS, account.language))


@bp.post("/rounds/new")
@requires("organizer", "admin")
def make_round() -> AnyResponse:
    """Makes a round, and leads to it; a form that is sent twice makes one round."""
    account = in_person()
    form = Form(request.form, LABELS, account.language)
    key = form.text("key")[:100] or new_id()
    made = _sent(account, form, "POST", "rounds/rounds", plan_of(form, {}), idempotency_key=key)
    if not made:
        return _form(account, form, 422)
    return redirect(url_for("portal_round.round_page", round_id=made["round_id"], done="made"), 303)


@bp.get("/rounds/<round_id>/plan")
@public
@at_desk
def plan_page(desk: RoundDesk) -> AnyResponse:
    """The same form for a round that is being prepared."""
    form = Form(typed_plan(desk.round), LABELS, desk.account.language)
    return _form(desk.account, form, desk=desk)


@bp.post("/rounds/<round_id>/plan")
@requires("organizer", "admin")
@at_desk
def change_plan(desk: RoundDesk) -> AnyResponse:
    """Plans a round anew, unless somebody has changed it since the form was read."""
    form = Form(request.form, LABELS, desk.account.language)
    kept = {"rules": desk.round["rules"], "agenda": desk.round["agenda"]}
    kept |= {} if has_plain_days(desk.round) else {"days": desk.round["days"]}
    body, version = plan_of(form, kept), request.form.get("version", "0")
    address = f"rounds/rounds/{desk.id}"
    if not _sent(desk.account, form, "PUT", address, body, if_match=version):
        return _form(desk.account, form, 422, desk)
    return done("portal_round.round_page", "saved", round_id=desk.id)


def _must_organize(account: Account) -> None:
    """Raise NotFound for a person who organizes nothing: the pages are not for everybody."""
    if not {"organizer", "admin"} & set(account.roles):
        raise NotFound("not_found", "No existe o no es para usted.", "It does not exist, or is not for you.")


def _sent(account: Account, form: Form, method: str, address: str, body: Any, **how: Any) -> dict[str, Any]:
    """Send the plan, and put the faults of days at the fields that days are made of."""
    if form.faults:
        return {}
    services = services_for(account, None, PATIENCE)
    return send(services, _Days(form), method, address, body, **how)


class _Days(Form):
    """The form of a plan, whose days are made of a few fields."""

    def __init__(self, form: Form) -> None:
        super().__init__(form.typed, form.labels, form.language)
        self.faults = form.faults

    def refused(self, faults: Any) -> None:
        """Note each fault once, however many days it is of."""
        super().refused({f["detail"]: {**f, "field": self._field(f["field"] or "")} for f in faults}.values())

    def _field(self, path: str) -> str:
        if not path.startswith("days"):
            return path
        part = "session" if self.text("afternoon_to") else "morning"
        last = {"starts": "morning_from", "slot_minutes": "slot_minutes", "on": "first_day"}
        last |= {"ends": "afternoon_to" if part == "session" else "morning_to"}
        if ".breaks." in path:
            return "afternoon_from"
        if path.endswith(".ends") and not path.startswith("days.0.") and self.text("last_day_to"):
            return "last_day_to"
        return last.get(path.rpartition(".")[2], "last_day")


def plan_of(form: Form, kept: dict[str, Any]) -> dict[str, Any]:
    """The plan that was typed, with the parts of the earlier one that are `kept`."""
    modality = form.text("modality")
    body: dict[str, Any] = {name: form.text(name) for name in ("name", "sector", "modality", "time_zone")}
    body |= {"days": kept.get("days") or days_of(form), **kept}
    rules = {**body.get("rules", {}), "needs_approval": form.text("needs_approval") == "yes"}
    body |= {"rules": rules}
    if modality != "virtual":
        body["tables"] = form.whole("tables")
    if modality != "in_person":
        body["room_base_url"] = form.text("room_base_url") or None
    return body


def days_of(form: Form) -> list[dict[str, Any]]:
    """A day for each date from the first to the last, all alike; notes what can't be read as a date."""
    dates = {}
    for name in ("first_day", "last_day"):
        try:
            dates[name] = date.fromisoformat(form.text(name) or form.text("first_day"))
        except ValueError:
            form.refuse(name, text("date_missing", form.language))
    if len(dates) < 2:
        return []
    first, length = dates["first_day"], (dates["last_day"] - dates["first_day"]).days + 1
    if not 0 < length <= 31:
        form.refuse("last_day", text("days_unclear", form.language))
        return []
    hours = _hours(form)
    days = [{"on": (first + timedelta(days=n)).isoformat(), **hours} for n in range(length)]
    return [*days[:-1], _until(days[-1], form.text("last_day_to")[:5])]


def _hours(form: Form) -> dict[str, Any]:
    """One or two sessions with the time between them as a break."""
    names = ("morning_from", "morning_to", "afternoon_from", "afternoon_to")
    typed = [form.text(name)[:5] for name in names]
    if not any(typed[:2]):
        typed = [*typed[2:], "", ""]
    starts, noon, again, ends = typed
    pause = [{"starts": noon, "ends": again}] if again and ends and noon != again else []
    return {
        "starts": starts,
        "ends": ends or noon,
        "slot_minutes": form.whole("slot_minutes"),
        "breaks": pause,
    }


def _until(day: dict[str, Any], ends: str) -> dict[str, Any]:
    """The same day with another end, and the break only where there is a session after it."""
    if not ends:
        return day
    return {**day, "ends": ends, "breaks": [pause for pause in day["breaks"] if pause["ends"] < ends]}


def has_plain_days(round_: dict[str, Any]) -> bool:
    """Whether the days are alike but for the last one's end, one after the other, in at most two sessions, as
    the form makes them.
    """
    days, first = round_["days"], date.fromisoformat(round_["days"][0]["on"])
    alike = all({**day, "on": ""} == {**days[0], "on": ""} for day in days[:-1])
    last = _until({**days[0], "on": days[-1]["on"]}, days[-1]["ends"])
    alike = alike and last == days[-1]
    in_a_row = all(day["on"] == (first + timedelta(days=n)).isoformat() for n, day in enumerate(days))
    return alike and in_a_row and len(days[0]["breaks"]) < 2 and not days[0]["past_midnight"]


def typed_plan(round_: dict[str, Any]) -> dict[str, str]:
    """A plan as the form has it."""
    days, day = round_["days"], round_["days"][0]
    typed = {**USUAL, **{name: round_[name] for name in ("name", "sector", "modality", "time_zone")}}
    typed |= {"first_day": days[0]["on"], "last_day": days[-1]["on"]}
    typed |= {"slot_minutes": str(day["slot_minutes"]), "morning_from": day["starts"]}
    pause = day["breaks"][0] if day["breaks"] else None
    typed["morning_to"] = pause["starts"] if pause else day["ends"]
    typed["afternoon_from"] = pause["ends"] if pause else ""
    typed["afternoon_to"] = day["ends"] if pause else ""
    if days[-1]["ends"] != day["ends"]:
        typed["last_day_to"] = days[-1]["ends"]
    if round_["tables"]:
        typed["tables"] = str(round_["tables"])
    typed["room_base_url"] = round_["room_base_url"] or USUAL["room_base_url"]
    return typed | ({"needs_approval": "yes"} if round_["rules"]["needs_approval"] else {})


def _form(account: Account, form: Form, status: int = 200, desk: RoundDesk | None = None) -> AnyResponse:
    reader = Reader(account, None, web.now())
    chosen = form.text("time_zone")
    zones = ZONES if not chosen or chosen in ZONES else (chosen, *ZONES)
    return page(
        "rounds/plan.html",
        status,
        form=form,
        desk=desk,
        plain_days=desk is None or has_plain_days(desk.round),
        modalities=MODALITIES,
        zones=[(zone, f"{reader.zone(zone)} · {zone}") for zone in zones],
        version=_version(form, desk) if desk else "",
    )


def _version(form: Form, desk: RoundDesk) -> str:
    """The version that a form changes; after it was told that somebody changed the plan, the new one."""
    is_told = set(form.faults) <= {""}
    return str(desk.round["version"]) if is_told else form.text("version")
