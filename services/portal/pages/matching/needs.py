"""An anchor's needs: the list, and the form that begins with the anchor's own words."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from flask import Blueprint, redirect, request, url_for

from services.portal.asking import all_at_once
from services.portal.pages.forms import Form, send, typed_money, typed_number, typed_quantity
from services.portal.pages.matching.desk import Desk, desk_for, desk_with
from services.portal.pages.page import page
from services.portal.signed_in import in_person, person, sign_in_first
from services.portal.texts import text
from shared.auth import public, requires
from shared.divipola import DEPARTMENTS
from shared.store import new_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.wrappers import Response as AnyResponse

bp = Blueprint("portal_needs", __name__)

SHOWN = 20
SIZES = ("micro", "small", "medium", "large")
# How long a need is open when nobody says it.
USUAL_DAYS = 30
SUGGESTED = 5
FIELDS = (
    *("title", "description", "quantity", "quantity_unit", "minimum_capacity", "minimum_capacity_unit"),
    *("budget", "budget_currency", "place", "closes_on", "delivery_days", "payment_term_days"),
    *("required_certifications", "desirable_certifications", "preferred_sizes", "unspsc"),
)
LABELS = {name: f"need_{name}" for name in FIELDS}
# What a need is made of in the catalog; the rest of what it tells is the need's life.
_KEPT = {*LABELS, "ciiu"}


@bp.get("/needs")
@public
def needs_page() -> AnyResponse:
    """All needs of a company, the newest first, open ones with how many suppliers fit."""
    account = person()
    if account is None:
        return sign_in_first()
    desk = desk_for(account, "anchor")
    found = desk.page("catalog", "/needs", company_id=desk.company.id, limit=SHOWN)
    open_ids = [each["id"] for each in found["items"] if each["status"] == "open"]
    counts = all_at_once({need_id: _candidates(desk, need_id) for need_id in open_ids})
    return page("matching/needs.html", desk=desk, found=found, counts=counts, day=desk.reader.day)


def _candidates(desk: Desk, need_id: str) -> Callable[[], int]:
    return lambda: int(desk.services.get("matching", f"/needs/{need_id}/shortlist", limit=1)["matches"])


@bp.get("/needs/new")
@public
def new_need_page() -> AnyResponse:
    """An empty form."""
    account = person()
    if account is None:
        return sign_in_first()
    desk = desk_for(account, "anchor")
    closes_on = desk.reader.now.date() + timedelta(days=USUAL_DAYS)
    form = Form({"closes_on": closes_on.isoformat(), "key": new_id()}, LABELS, desk.reader.language)
    return _form(desk, form)


@bp.post("/needs")
@requires()
def add_need() -> AnyResponse:
    """Posts a need and leads to its shortlist; one that can't be opened stays as a draft."""
    desk = desk_for(in_person(), "anchor")
    form = Form(request.form, LABELS, desk.reader.language)
    if form.text("do") == "suggest":
        return _form(desk, form, suggested=_suggested(desk, form))
    body = need_typed(form, {})
    if form.faults:
        return _form(desk, form, 422)
    key = form.text("key")[:100] or new_id()
    made = send(desk.services, form, "POST", "catalog/needs", body, idempotency_key=key)
    if not made:
        if "idempotency_key_reused" in form.codes:
            # The same form was sent before and has changed since: what is there now was saved by it.
            return redirect(url_for("portal_needs.needs_page", company=desk.company.id), 303)
        return _form(desk, form, 422)
    desk.services.ask("POST", "catalog", f"/needs/{made['id']}/publish")
    return redirect(url_for("portal_need.need_page", need_id=made["id"]), 303)


@bp.get("/needs/<need_id>/edit")
@public
def edit_need_page(need_id: str) -> AnyResponse:
    """The form with what the need says; with `suggest` also codes for it."""
    account = person()
    if account is None:
        return sign_in_first()
    desk, need = desk_with(account, "anchor", "needs", need_id)
    form = Form(_typed(need, desk.reader.language), LABELS, desk.reader.language)
    suggested = _suggested(desk, form) if request.args.get("suggest") else None
    return _form(desk, form, need=need, suggested=suggested)


@bp.post("/needs/<need_id>/edit")
@requires()
def change_need(need_id: str) -> AnyResponse:
    """Changes a need, unless somebody else has since it was read."""
    desk, need = desk_with(in_person(), "anchor", "needs", need_id)
    form = Form(request.form, LABELS, desk.reader.language)
    if form.text("do") == "suggest":
        return _form(desk, form, need=need, suggested=_suggested(desk, form))
    body = need_typed(form, need)
    version = form.text("version")
    if not form.faults:
        send(desk.services, form, "PUT", f"catalog/needs/{need['id']}", body, if_match=version)
    if form.faults:
        if "changed_meanwhile" in form.codes:
            # Whoever has read that, and saves again, means it.
            form.typed["version"] = str(need["version"])
        return _form(desk, form, 422, need=need)
    return redirect(url_for("portal_need.need_page", need_id=need["id"], saved="need"), 303)


def need_typed(form: Form, need: dict[str, Any]) -> dict[str, Any]:
    """The body for the catalog from what was typed; what is not on the form stays as it is in `need`."""
    body = {name: value for name, value in need.items() if name in _KEPT}
    body |= {name: form.text(name) for name in ("title", "description")}
    body |= {name: form.quantity(name) for name in ("quantity", "minimum_capacity")}
    body |= {name: form.whole(name) for name in ("delivery_days", "payment_term_days")}
    body |= {name: form.lines(name) for name in ("required_certifications", "desirable_certifications")}
    body["budget"] = form.money("budget", form.text("budget_currency") or "COP")
    body["place"] = place_typed(form, need.get("place"))
    body["preferred_sizes"] = form.chosen("preferred_sizes")
    body["unspsc"] = list(dict.fromkeys([*form.words("unspsc"), *form.chosen("suggested")]))
    body["closes_on"] = form.text("closes_on")
    try:
        date.fromisoformat(body["closes_on"])
    except ValueError:
        form.refuse("closes_on", text("day_unclear", form.language))
    return body


def place_typed(form: Form, before: dict[str, Any] | None) -> dict[str, Any] | None:
    """The department that was chosen; a municipality that is known is kept while its department is."""
    chosen = form.text("place") or None
    if chosen == (before or {}).get("department"):
        return before
    return {"country": "CO", "department": chosen} if chosen else None


def _typed(need: dict[str, Any], language: str) -> dict[str, Any]:
    """A need as the form has it."""
    typed = {name: need[name] for name in ("title", "description", "closes_on", "preferred_sizes")}
    for name in ("quantity", "minimum_capacity"):
        typed |= typed_quantity(name, need[name], language)
    if need["budget"]:
        typed["budget"] = typed_money(need["budget"], language)
        typed["budget_currency"] = need["budget"]["currency"]
    for name in ("required_certifications", "desirable_certifications"):
        typed[name] = "\n".join(need[name])
    days = {name: typed_number(need[name], language) for name in ("delivery_days", "payment_term_days")}
    place = (need["place"] or {}).get("department") or ""
    return {
        **typed,
        **days,
        "place": place,
        "unspsc": " ".join(need["unspsc"]),
        "version": str(need["version"]),
    }


def _suggested(desk: Desk, form: Form) -> list[dict[str, Any]]:
    """UNSPSC codes for the words of the form, with how sure each is."""
    words = f"{form.text('title')} {form.text('description')}".strip()
    if not words:
        return []
    found = desk.services.get("matching", "/codes", text=words[:5000], limit=SUGGESTED)
    known = set(form.words("unspsc"))
    return [each for each in found["items"] if each["scheme"] == "UNSPSC" and each["code"] not in known]


def _form(
    desk: Desk,
    form: Form,
    status: int = 200,
    *,
    need: dict[str, Any] | None = None,
    suggested: list[dict[str, Any]] | None = None,
) -> AnyResponse:
    return page(
        "matching/need_form.html",
        status,
        desk=desk,
        form=form,
        need=need,
        suggested=suggested,
        departments=DEPARTMENTS,
        sizes=SIZES,
    )
