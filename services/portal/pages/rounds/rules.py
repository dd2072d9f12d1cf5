"""The rules of a round: for those who take part, for every agenda, and who never meets whom."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from flask import Blueprint, request

from services.portal.pages.forms import Form
from services.portal.pages.rounds.desk import RoundDesk, Row, at_desk, done, faults_of
from services.portal.pages.rounds.registrations import plain
from services.portal.texts import text
from shared.auth import public, requires

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

bp = Blueprint("portal_rules", __name__)

DATES = ("registration_from", "registration_until", "requests_from", "requests_until")
PLACES = ("buyer_places", "supplier_places", "requests_per_company")
UNITS = {"minutes": 1, "hours": 60, "days": 24 * 60}
LIMITS = ("most", "most_a_day", "most_in_a_row", "keep_free")
WEIGHTS = ("match", "both_ranked", "paid")
LABELS = {
    "rules_needs_approval": "needs_approval",
    **{f"rules_{name}": name for name in (*PLACES, "answer_minutes", *DATES)},
}
AGENDA_LABELS = {
    **{f"agenda_{name}": name for name in ("promised", "suppliers_at_once", "own_table")},
    **{f"agenda_{side}_{name}": f"limit_{name}" for side in ("buyers", "suppliers") for name in LIMITS},
    **{f"agenda_weights_{name}": f"weight_{name}" for name in WEIGHTS},
}
NEVER_LABELS = {"one": "company", "other": "never_meets"}


@bp.get("/rounds/<round_id>/rules")
@public
@at_desk
def rules_page(desk: RoundDesk) -> AnyResponse:
    """All rules of a round in three forms."""
    return _page(desk)


@bp.post("/rounds/<round_id>/rules")
@requires("organizer", "admin")
@at_desk
def change_rules(desk: RoundDesk) -> AnyResponse:
    """Settles approval, places, limits, the time for an answer, and dates."""
    form = Form(request.form, LABELS, desk.account.language)
    body: Row = {name: form.whole(f"rules_{name}") for name in PLACES}
    body["needs_approval"] = form.text("rules_needs_approval") == "yes"
    wait, unit = form.whole("rules_answer_minutes"), UNITS.get(form.text("unit"), 1)
    body["answer_minutes"] = None if wait is None else wait * unit
    for name in DATES:
        body[name] = _moment(form, f"rules_{name}", desk)
    return _sent(desk, form, "rules", body)


@bp.post("/rounds/<round_id>/rules/agenda")
@requires("organizer", "admin")
@at_desk
def change_agenda_rules(desk: RoundDesk) -> AnyResponse:
    """Settles what every agenda from now on holds to."""
    form = Form(request.form, AGENDA_LABELS, desk.account.language)
    sides: Row = {}
    for side in ("buyers", "suppliers"):
        found = {name: form.whole(f"agenda_{side}_{name}") for name in LIMITS}
        sides[side] = {**found, "keep_free": found["keep_free"] or 0}
    weights = {name: form.whole(f"agenda_weights_{name}") for name in WEIGHTS}
    body = {
        "promised": form.whole("agenda_promised") or 0,
        "suppliers_at_once": form.whole("agenda_suppliers_at_once") or 1,
        "own_table": form.text("agenda_own_table") == "yes",
        **sides,
        "weights": {name: weight or 0 for name, weight in weights.items()},
    }
    return _sent(desk, form, "agenda", body)


@bp.post("/rounds/<round_id>/rules/never")
@requires("organizer", "admin")
@at_desk
def change_never(desk: RoundDesk) -> AnyResponse:
    """Puts a pair of companies on the list of those that never meet, or takes it off."""
    form = Form(request.form, NEVER_LABELS, desk.account.language)
    registrations = desk.every("/registrations")
    one, takes_off = _found(form, "one", registrations), form.text("take_off") == "yes"
    other = {"company_id": form.text("other")} if takes_off else _found(form, "other", registrations)
    if one is None or other is None:
        return _page(desk, 422, never=form)
    without = [company for company in one["never_meet"] if company != other["company_id"]]
    kept = without if takes_off else [*without, other["company_id"]]
    path = f"/registrations/{quote(one['registration_id'], safe='')}"
    body = {"delegates": one["delegates"], "never_meet": kept}
    code, told = desk.send("PATCH", path, body, if_match=one["version"])
    if code >= 400:
        for fault in faults_of(told):
            form.refuse("", fault)
        return _page(desk, code, never=form)
    return done("portal_rules.rules_page", "saved", round_id=desk.id)


def _found(form: Form, name: str, registrations: list[Row]) -> Row | None:
    """The registration whose company has the id or the name that was typed."""
    typed = form.text(name)
    for row in registrations:
        if typed and (row["company_id"] == typed or plain(row["company_name"]) == plain(typed)):
            return row
    form.refuse(name, text("company_unknown", form.language))
    return None


def _moment(form: Form, name: str, desk: RoundDesk) -> str | None:
    """A date and hour on the round's clock."""
    typed = form.text(name)
    if not typed:
        return None
    try:
        local = datetime.fromisoformat(typed)
    except ValueError:
        form.refuse(name, text("date_missing", form.language))
        return None
    return local.replace(tzinfo=ZoneInfo(desk.round["time_zone"])).isoformat()


def _sent(desk: RoundDesk, form: Form, which: str, body: Row) -> AnyResponse:
    forms: dict[str, Any] = {which: form}
    if form.faults:
        return _page(desk, 422, **forms)
    path = f"/rounds/{quote(desk.id, safe='')}/{'rules' if which == 'rules' else 'agenda-rules'}"
    version = request.form.get("version", "0")
    code, told = desk.send("PUT", path, body, if_match=version)
    if code < 400:
        return done("portal_rules.rules_page", "saved", round_id=desk.id)
    form.refused([{**fault, "field": _field(which, fault["field"])} for fault in told.get("faults", [])])
    return _page(desk, code, **forms)


def _field(which: str, path: str | None) -> str:
    """A field as the form names it, whether the service named it in the plan or in the rules alone."""
    return path if path and path.startswith(f"{which}.") else f"{which}.{path or ''}"


def typed_rules(desk: RoundDesk) -> dict[str, str]:
    """The rules for those who take part as the form has them."""
    rules, zone = desk.round["rules"], ZoneInfo(desk.round["time_zone"])
    typed = {f"rules_{name}": str(rules[name]) for name in PLACES if rules[name] is not None}
    if rules["needs_approval"]:
        typed["rules_needs_approval"] = "yes"
    wait = rules["answer_minutes"]
    if wait is not None:
        unit = next(name for name in ("days", "hours", "minutes") if wait % UNITS[name] == 0)
        typed |= {"rules_answer_minutes": str(wait // UNITS[unit]), "unit": unit}
    for name in DATES:
        if rules[name]:
            local = datetime.fromisoformat(rules[name]).astimezone(zone)
            typed[f"rules_{name}"] = f"{local:%Y-%m-%dT%H:%M}"
    return typed


def typed_agenda(desk: RoundDesk) -> dict[str, str]:
    """The rules of the agenda as the form has them."""
    rules = desk.round["agenda"]
    typed = {f"agenda_{name}": str(rules[name]) for name in ("promised", "suppliers_at_once")}
    typed |= {"agenda_own_table": "yes"} if rules["own_table"] else {}
    for side in ("buyers", "suppliers"):
        found = {name: rules[side][name] for name in LIMITS if rules[side][name] is not None}
        typed |= {f"agenda_{side}_{name}": str(limit) for name, limit in found.items()}
    return typed | {f"agenda_weights_{name}": str(rules["weights"][name]) for name in WEIGHTS}


def _page(desk: RoundDesk, status: int = 200, **forms: Form) -> AnyResponse:
    language = desk.account.language
    registrations = desk.every("/registrations")
    names = {row["company_id"]: row["company_name"] for row in registrations}
    pairs = [
        {"one": row["company_id"], "other": other, "names": (row["company_name"], names.get(other, "—"))}
        for row in registrations
        for other in row["never_meet"]
    ]
    return desk.page(
        "rules.html",
        status,
        rules=forms.get("rules") or Form(typed_rules(desk), LABELS, language),
        agenda=forms.get("agenda") or Form(typed_agenda(desk), AGENDA_LABELS, language),
        never=forms.get("never") or Form({}, NEVER_LABELS, language),
        pairs=sorted(pairs, key=lambda pair: pair["names"]),
        companies=sorted(set(names.values())),
        units=UNITS,
        version=desk.round["version"] if status in {200, 412} else request.form.get("version"),
        is_open=desk.round["status"] not in {"closed", "followed_up"},
        limits=LIMITS,
        weights=WEIGHTS,
    )
