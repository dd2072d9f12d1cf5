"""One meeting on a telephone: who came, what each side takes from it, and what was sold in the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from babel.numbers import format_decimal
from flask import Blueprint, redirect, request, url_for

from services.portal.asking import services_for
from services.portal.pages.forms import CURRENCIES, minor_units, number_in
from services.portal.pages.page import page
from services.portal.pages.reader import LOCALES, Reader
from services.portal.signed_in import companies_of, in_person, person, sign_in_first
from services.portal.texts import text
from shared import web
from shared.auth import public, requires
from shared.errors import NotFound
from shared.money import Money, as_decimal, written

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

    from services.portal.asking import Services
    from services.portal.model import Account, Company

bp = Blueprint("portal_meeting", __name__)

# What is usual; programs may record other values.
PROBABILITIES = ("10", "25", "50", "75", "90", "100")
HORIZONS = ("1", "3", "6", "12", "24")
# What the fields of an outcome are called on the page.
_LABELS = {
    "interest": "interest",
    "expected.value.amount": "amount",
    "expected.probability": "probability",
    "expected.horizon_months": "horizon",
    "next_step.what": "what",
    "next_step.due_on": "due",
}


@dataclass(frozen=True, slots=True)
class Seat:
    """A person's company in a meeting, and the rounds service in its name."""

    account: Account
    company: Company
    services: Services
    meeting: dict[str, Any]

    @property
    def other(self) -> dict[str, Any]:
        """The other side."""
        sides: list[dict[str, Any]] = [self.meeting["buyer"], self.meeting["supplier"]]
        return next(side for side in sides if side["company_id"] != self.company.id)


def seat_of(account: Account, meeting_id: str) -> Seat:
    """The first of a person's companies that is in the meeting. Raises NotFound, NoAnswer."""
    for company in companies_of(account):
        services = services_for(account, company.id)
        status, told = services.ask("GET", "rounds", f"/meetings/{quote(meeting_id, safe='')}")
        if status == 200 and company.id in (told["buyer"]["company_id"], told["supplier"]["company_id"]):
            return Seat(account, company, services, told)
    raise NotFound("not_found", "No existe o no es para usted.", "It does not exist, or is not for you.")


@bp.get("/meetings/<meeting_id>")
@public
def meeting_page(meeting_id: str) -> AnyResponse:
    """A meeting, with forms for who came, what one takes from it and what was sold."""
    account = person()
    return sign_in_first() if account is None else _page(seat_of(account, meeting_id))


@bp.post("/meetings/<meeting_id>/attendance")
@requires()
def say_who_came(meeting_id: str) -> AnyResponse:
    """Says that one's own company is here, or whether the other one came."""
    seat = seat_of(in_person(), meeting_id)
    about = seat.company.id if request.form.get("about") == "own" else seat.other["company_id"]
    word = {"company_id": about, "present": request.form.get("present") == "yes"}
    return _sent(seat, "attendance", word)


@bp.post("/meetings/<meeting_id>/outcome")
@requires()
def say_outcome(meeting_id: str) -> AnyResponse:
    """Records interest, next step and expected deal."""
    seat = seat_of(in_person(), meeting_id)
    form = request.form
    body: dict[str, Any] = {"interest": form.get("interest", "")}
    if form.get("amount", "").strip():
        money = _money(form["amount"], form.get("currency", ""), seat.account.language)
        if money is None:
            return _page(seat, 422, [text("amount_unclear", seat.account.language)])
        horizon = {"probability": _number("probability"), "horizon_months": _number("horizon")}
        body["expected"] = {"value": money, **horizon}
    if form.get("what", "").strip():
        owner = seat.company.id if form.get("owner") == "own" else seat.other["company_id"]
        body["next_step"] = {
            "what": form["what"].strip(),
            "owner_company_id": owner,
            "due_on": form.get("due"),
        }
    return _sent(seat, "outcomes", body)


@bp.post("/meetings/<meeting_id>/sale")
@requires()
def say_sale(meeting_id: str) -> AnyResponse:
    """Records what was really sold until now."""
    seat = seat_of(in_person(), meeting_id)
    money = _money(request.form.get("sold", ""), request.form.get("currency", ""), seat.account.language)
    if money is None:
        return _page(seat, 422, [text("amount_unclear", seat.account.language)])
    return _sent(seat, "sales", {"sold": money})


@bp.post("/meetings/<meeting_id>/agreement")
@requires()
def agree(meeting_id: str) -> AnyResponse:
    """Proposes the other side's figure for both, or accepts the one that it proposes."""
    seat = seat_of(in_person(), meeting_id)
    deal = _offered(seat)
    return _page(seat) if deal is None else _sent(seat, "reconciliation", deal)


def _offered(seat: Seat) -> dict[str, Any] | None:
    """The deal on which a person can agree: what the other side proposes for both, or what it expects."""
    meeting, other_id = seat.meeting, seat.other["company_id"]
    both = {seat.company.id, other_id} <= meeting["outcomes"].keys()
    theirs = (meeting["outcomes"].get(other_id) or {}).get("expected")
    found: dict[str, Any] | None = meeting["proposed"].get(other_id) or theirs
    mine = meeting["proposed"].get(seat.company.id)
    return found if both and not meeting["agreed"] and found != mine else None


def _sent(seat: Seat, what: str, body: dict[str, Any]) -> AnyResponse:
    """Sends the word on; what is refused stands on the page again, with what was typed."""
    status, told = seat.services.ask("POST", "rounds", f"/meetings/{seat.meeting['meeting_id']}/{what}", body)
    if status >= 400:
        return _page(seat, status, [_in_words(fault, seat) for fault in told.get("faults", [])])
    done = {"meeting_id": seat.meeting["meeting_id"], "saved": what}
    return redirect(url_for("portal_meeting.meeting_page", **done), 303)


def _in_words(fault: dict[str, Any], seat: Seat) -> str:
    """A fault with the label of its field on the page."""
    key = _LABELS.get(fault["field"] or "")
    return f"{text(key, seat.account.language)}: {fault['detail']}" if key else str(fault["detail"])


def _page(seat: Seat, status: int = 200, faults: list[str] | None = None) -> AnyResponse:
    meeting, reader = seat.meeting, Reader(seat.account, seat.company, web.now())
    said = meeting["outcomes"].get(seat.company.id) or {}
    theirs = meeting["outcomes"].get(seat.other["company_id"]) or {}
    typed = request.form if faults else _typed(said, seat)
    today = web.now().date().isoformat()
    return page(
        "meetings/meeting.html",
        status,
        meeting=meeting,
        own=seat.company,
        other=seat.other,
        when=reader.time(meeting["starts_at"], meeting["time_zone"]),
        zone=reader.zone(meeting["time_zone"]),
        present=meeting["present"],
        faults=faults or [],
        saved=request.args.get("saved", ""),
        typed=typed,
        theirs=_deal(theirs.get("expected"), seat.account.language),
        agreed=_deal(meeting["agreed"], seat.account.language),
        offered=_deal(_offered(seat), seat.account.language),
        proposed=seat.other["company_id"] in meeting["proposed"],
        choices={
            "currencies": _with(CURRENCIES, typed.get("currency")),
            "probabilities": _with(PROBABILITIES, typed.get("probability")),
            "horizons": _with(HORIZONS, typed.get("horizon")),
        },
        today=today,
        first_day=min(today, typed.get("due") or today),
    )


def _with(usual: tuple[str, ...], recorded: str | None) -> tuple[str, ...]:
    """The choices with what was recorded among them, so that saving the page again changes nothing."""
    return usual if not recorded or recorded in usual else (recorded, *usual)


def _typed(said: dict[str, Any], seat: Seat) -> dict[str, str]:
    """What was recorded last, as the form has it."""
    found = {"interest": said.get("interest", "")}
    deal, step = said.get("expected"), said.get("next_step")
    if deal:
        money = Money(**deal["value"])
        locale = LOCALES[seat.account.language]
        found["amount"] = format_decimal(as_decimal(money), locale=locale, group_separator=False)
        found |= {"currency": money.currency, "probability": str(deal["probability"])}
        found["horizon"] = str(deal["horizon_months"])
    if step:
        found |= {"what": step["what"], "due": step["due_on"]}
        found["owner"] = "own" if step["owner_company_id"] == seat.company.id else "other"
    return found


def _deal(deal: dict[str, Any] | None, language: str) -> str:
    return written(Money(**deal["value"]), language) if deal else ""


def _money(typed: str, currency: str, language: str) -> dict[str, Any] | None:
    """An amount as a person types it, with or without separators; None when it can't be read."""
    amount = number_in(typed, language)
    return None if amount is None or amount < 0 else minor_units(amount, currency)


def _number(name: str) -> int | None:
    typed = request.form.get(name, "")
    return int(typed) if typed.isdecimal() and len(typed) < 5 else None
