"""A supplier's own offerings: added in a minute, changed, withdrawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, redirect, request, url_for

from services.portal.asking import NoAnswer
from services.portal.pages.forms import Form, send, typed_money, typed_number, typed_quantity
from services.portal.pages.matching.desk import desk_for, desk_with
from services.portal.pages.matching.matches import said
from services.portal.pages.matching.needs import place_typed
from services.portal.pages.page import page, refusal
from services.portal.signed_in import in_person, person, sign_in_first
from services.portal.texts import text
from shared.auth import public, requires
from shared.divipola import DEPARTMENTS
from shared.store import new_id

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

    from services.portal.pages.matching.desk import Desk
    from services.portal.pages.reader import Reader

bp = Blueprint("portal_offerings", __name__)

Row = dict[str, Any]
SHOWN = 20
FIELDS = (
    *("title", "description", "capacity_per_month", "capacity_per_month_unit", "price_range_low"),
    *("price_range_high", "price_range_currency", "price_range_unit", "lead_time_days", "minimum_order"),
    *("minimum_order_unit", "payment_term_days", "place", "unspsc"),
)
LABELS = {name: f"offering_{name}" for name in FIELDS}


@bp.get("/offerings")
@public
def offerings_page() -> AnyResponse:
    """All of a company's offerings, the newest first, and the certificates that hold for all of them."""
    account = person()
    if account is None:
        return sign_in_first()
    desk = desk_for(account, "supplier")
    found = desk.page("catalog", "/offerings", company_id=desk.company.id, limit=SHOWN)
    return page(
        "matching/offerings.html",
        desk=desk,
        items=[_row(each, desk.reader) for each in found["items"]],
        following=found["next_cursor"],
        certificates=_certificates(desk),
        saved=request.args.get("saved", ""),
    )


@bp.get("/offerings/new")
@public
def new_offering_page() -> AnyResponse:
    """An empty form."""
    account = person()
    if account is None:
        return sign_in_first()
    desk = desk_for(account, "supplier")
    return _form(desk, Form({"key": new_id()}, LABELS, desk.reader.language))


@bp.post("/offerings")
@requires()
def add_offering() -> AnyResponse:
    """Publishes an offering; one that can't be published stays as a draft."""
    desk = desk_for(in_person(), "supplier")
    form = Form(request.form, LABELS, desk.reader.language)
    body = _body(form, {})
    if form.faults:
        return _form(desk, form, 422)
    key = form.text("key")[:100] or new_id()
    made = send(desk.services, form, "POST", "catalog/offerings", body, idempotency_key=key)
    if not made and "idempotency_key_reused" not in form.codes:
        return _form(desk, form, 422)
    if made:
        desk.services.ask("POST", "catalog", f"/offerings/{made['id']}/publish")
    return redirect(url_for(".offerings_page", company=desk.company.id, saved="offering"), 303)


@bp.get("/offerings/<offering_id>/edit")
@public
def edit_offering_page(offering_id: str) -> AnyResponse:
    """The form with what the offering says."""
    account = person()
    if account is None:
        return sign_in_first()
    desk, offering = desk_with(account, "supplier", "offerings", offering_id)
    return _form(
        desk, Form(_typed(offering, desk.reader.language), LABELS, desk.reader.language), 200, offering
    )


@bp.post("/offerings/<offering_id>/edit")
@requires()
def change_offering(offering_id: str) -> AnyResponse:
    """Changes an offering, unless somebody else has since it was read."""
    desk, offering = desk_with(in_person(), "supplier", "offerings", offering_id)
    form = Form(request.form, LABELS, desk.reader.language)
    body = _body(form, offering)
    if not form.faults:
        address = f"catalog/offerings/{offering['id']}"
        send(desk.services, form, "PUT", address, body, if_match=form.text("version"))
    if form.faults:
        if "changed_meanwhile" in form.codes:
            # Whoever has read that, and saves again, means it.
            form.typed["version"] = str(offering["version"])
        return _form(desk, form, 422, offering)
    return redirect(url_for(".offerings_page", company=desk.company.id, saved="offering"), 303)


@bp.post("/offerings/<offering_id>/status")
@requires()
def move_offering(offering_id: str) -> AnyResponse:
    """Publishes a draft, or withdraws an offering for good."""
    account = in_person()
    desk, offering = desk_with(account, "supplier", "offerings", offering_id)
    word = "publish" if request.form.get("do") == "publish" else "withdraw"
    status, told = desk.services.ask("POST", "catalog", f"/offerings/{offering['id']}/{word}")
    if status >= 400:
        return refusal(account, status, told)
    done = "offering" if word == "publish" else "withdrawn"
    return redirect(url_for(".offerings_page", company=desk.company.id, saved=done), 303)


def _row(offering: Row, reader: Reader) -> Row:
    """An offering with its figures in the reader's format."""
    figures = [
        ("in_a_month", offering["capacity_per_month"]),
        ("price", offering["price_range"]),
        ("delivers_in", _days(offering["lead_time_days"])),
    ]
    facts = [(key, said(value, reader)) for key, value in figures if value]
    return {**{name: offering[name] for name in ("id", "title", "status")}, "facts": facts}


def _days(count: int | None) -> Row | None:
    return None if count is None else {"days": count}


def _certificates(desk: Desk) -> list[Row] | None:
    """The company's certificates with the day on which each ends; None without an answer."""
    try:
        company = desk.services.get("catalog", f"/companies/{desk.company.id}")
    except NoAnswer:
        return None
    return certificate_rows(company, desk.reader)


def certificate_rows(company: Row, reader: Reader) -> list[Row]:
    """Certificates with the day on which each ends, and whether that is over."""
    today = reader.now.date().isoformat()
    return [
        {
            **each,
            "until": reader.day(each["expires_on"]) if each["expires_on"] else "",
            "over": bool(each["expires_on"]) and each["expires_on"] < today,
        }
        for each in company["certifications"]
    ]


def _body(form: Form, offering: Row) -> Row:
    """The body for the catalog from what was typed; a municipality that is known is kept."""
    body: Row = {name: form.text(name) for name in ("title", "description")}
    body |= {name: form.quantity(name) for name in ("capacity_per_month", "minimum_order")}
    body |= {name: form.whole(name) for name in ("lead_time_days", "payment_term_days")}
    body["place"] = place_typed(form, offering.get("place"))
    body["unspsc"] = form.words("unspsc")
    body["price_range"] = _prices(form)
    return body


def _prices(form: Form) -> Row | None:
    """From one price to another; a single one is both. The unit is the capacity's unless another is named."""
    currency = form.text("price_range_currency") or "COP"
    low, high = (form.money(name, currency) for name in ("price_range_low", "price_range_high"))
    unit = form.text("price_range_unit") or form.text("capacity_per_month_unit")
    ends = [each for each in (low, high) if each]
    if ends and not unit:
        form.refuse("price_range_unit", text("unit_missing", form.language))
    return {"low": ends[0], "high": ends[-1], "unit": unit} if ends else None


def _typed(offering: Row, language: str) -> Row:
    """An offering as the form has it."""
    typed: Row = {name: str(offering[name]) for name in ("title", "description", "version")}
    for name in ("capacity_per_month", "minimum_order"):
        typed |= typed_quantity(name, offering[name], language)
    for name in ("lead_time_days", "payment_term_days"):
        typed[name] = typed_number(offering[name], language)
    prices = offering["price_range"]
    if prices:
        ends = ("low",) if prices["low"] == prices["high"] else ("low", "high")
        typed |= {f"price_range_{end}": typed_money(prices[end], language) for end in ends}
        typed |= {"price_range_unit": prices["unit"], "price_range_currency": prices["low"]["currency"]}
    place = (offering["place"] or {}).get("department") or ""
    return {**typed, "place": place, "unspsc": " ".join(offering["unspsc"])}


def _form(desk: Desk, form: Form, status: int = 200, offering: Row | None = None) -> AnyResponse:
    known: Row = {"desk": desk, "form": form, "offering": offering, "departments": DEPARTMENTS}
    return page("matching/offering_form.html", status, **known)
