"""An organizer's view of matching: how places in shortlists fall on suppliers, and rates of exchange."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from babel.numbers import format_decimal
from flask import Blueprint, redirect, request, url_for

from services.portal.asking import services_for
from services.portal.pages.forms import Form, send, typed_number
from services.portal.pages.page import page, refusal
from services.portal.pages.reader import LOCALES, Reader
from services.portal.signed_in import in_person, person, sign_in_first
from services.portal.texts import TEXTS, text
from shared import web
from shared.auth import public, requires
from shared.divipola import DEPARTMENTS

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

    from services.portal.model import Account

bp = Blueprint("portal_matching", __name__)

Row = dict[str, Any]
OF_RATE = {name: f"rate_{name}" for name in ("base", "value", "quote", "on")}
OF_SPREAD = {"tolerance": "spread_points"}
FIGURES = ("viable", "unlisted", "places", "gini")


@bp.get("/matching")
@public
def matching_page() -> AnyResponse:
    """Fairness, as totals, and the rates; with `tolerance` in points as if it were in force."""
    account = person()
    return sign_in_first() if account is None else _page(account)


@bp.post("/matching/spread")
@requires("organizer", "admin")
def set_spread() -> AnyResponse:
    """Shares places among suppliers of equal quality from now on, or no longer."""
    account = in_person()
    form = Form(request.form, OF_SPREAD, account.language)
    body = {"tolerance": _tolerance(form) or 0.0}
    if not form.faults:
        send(services_for(account, None), form, "PUT", "matching/fairness", body)
    return _page(account, spread=form) if form.faults else _done("spread")


@bp.post("/matching/rates")
@requires("organizer", "admin")
def give_rate() -> AnyResponse:
    """Gives a rate of exchange with its day."""
    account = in_person()
    form = Form(request.form, OF_RATE, account.language)
    value = form.number("value")
    body = {name: form.text(name).upper() for name in ("base", "quote")}
    body |= {"value": f"{value or 0:f}", "on": form.text("on")}
    if not form.faults:
        send(services_for(account, None), form, "POST", "matching/rates", body)
    return _page(account, rate=form) if form.faults else _done("rate")


def _done(what: str) -> AnyResponse:
    return redirect(url_for(".matching_page", saved=what), 303)


def _tolerance(form: Form) -> float | None:
    """Points of a hundred as the part of one that the service takes."""
    points = form.number("tolerance")
    return None if points is None else float(points / 100)


def _page(account: Account, *, spread: Form | None = None, rate: Form | None = None) -> AnyResponse:
    reader = Reader(account, None, web.now())
    services = services_for(account, None)
    tried = Form(request.args, OF_SPREAD, account.language)
    tolerance = _tolerance(tried) if spread is None else None
    asked: Row = {} if tolerance is None else {"tolerance": tolerance}
    status, fairness = services.ask("GET", "matching", "/fairness", **asked)
    if status == 422:
        tried.refused(fairness["faults"])
        status, fairness = services.ask("GET", "matching", "/fairness")
    if status >= 400:
        return refusal(account, status, fairness)
    form = spread or tried
    if not form.text("tolerance"):
        form.typed["tolerance"] = typed_number(Decimal(str(100 * fairness["tolerance"])), account.language)
    empty = {"on": reader.now.date().isoformat(), "base": "USD", "quote": "COP"}
    return page(
        "matching/fairness.html",
        422 if (spread and spread.faults) or (rate and rate.faults) else 200,
        fairness=_fairness(fairness, reader),
        spread_form=form,
        rate=rate or Form(empty, OF_RATE, account.language),
        rates=[_rate(each, reader) for each in services.get("matching", "/rates")["items"]],
        saved=request.args.get("saved", ""),
    )


def _fairness(report: Row, reader: Reader) -> Row:
    """The two ways side by side, in the reader's format."""
    now, spread = report["now"], report["spread"]
    traits = [
        {
            "name": name,
            "rows": [
                (
                    _trait(name, value, reader),
                    *(_listed(each["by"][name][value], reader) for each in (now, spread)),
                )
                for value in now["by"][name]
            ],
        }
        for name in now["by"]
    ]
    return {
        "needs": reader.number(report["needs"]),
        "in_force": report["in_force"],
        "set_at": report["set_at"] and reader.day(report["set_at"][:10]),
        "figures": [(name, *(reader.number(each[name]) for each in (now, spread))) for name in FIGURES],
        "traits": traits,
    }


def _listed(trait: Row, reader: Reader) -> str:
    """How many of these suppliers have a place, and how unevenly the places fall on them."""
    of = text("points_of", reader.language)
    counts = f"{reader.number(trait['listed'])} {of} {reader.number(trait['suppliers'])}"
    return f"{counts} ({reader.number(trait['gini'])})"


def _trait(name: str, value: str, reader: Reader) -> str:
    """A department, a size, or whether there is a group, in words; `other` are all of which there are few."""
    if value == "other":
        return text("trait_other", reader.language)
    if name == "department":
        return DEPARTMENTS.get(value, text("not_stated", reader.language))
    key = f"{name}_{value}"
    return text(key if key in TEXTS else "not_stated", reader.language)


def _rate(rate: Row, reader: Reader) -> Row:
    value = format_decimal(Decimal(rate["value"]), "#,##0.########", locale=LOCALES[reader.language])
    day = reader.day(date.fromisoformat(rate["on"]).isoformat())
    return {"base": rate["base"], "quote": rate["quote"], "value": value, "on": day}
