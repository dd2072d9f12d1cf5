"""The open needs that fit what a supplier offers: why, what is missing, and whether they interest it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flask import Blueprint, redirect, request, url_for

from services.portal.asking import NoAnswer
from services.portal.pages.matching.desk import desk_for
from services.portal.pages.matching.matches import match_row
from services.portal.pages.matching.need import asked_for
from services.portal.pages.page import page, refusal
from services.portal.signed_in import companies_of, in_person, person, sign_in_first
from shared.auth import public, requires

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

    from services.portal.pages.matching.desk import Desk
    from services.portal.pages.reader import Reader

bp = Blueprint("portal_opportunities", __name__)

Row = dict[str, Any]
SHOWN = 10
# The matching service looks no further.
MOST = 200
# What a supplier states where: of an offering by the field of its form, of the company by that of its page.
_IN_OFFERING = {
    "capacity": "capacity_per_month",
    "budget": "price_range_low",
    "minimum_order": "minimum_order",
    "lead_time": "lead_time_days",
    "payment_term": "payment_term_days",
    "unspsc": "unspsc",
}
_OF_COMPANY = {"certification": "certificates", "region": "regions_served", "size": "size"}


@bp.get("/opportunities")
@public
def opportunities_page() -> AnyResponse:
    """Open needs, those that fit best first."""
    account = person()
    if account is None:
        return sign_in_first()
    desk = desk_for(account, "supplier")
    found = desk.page("matching", "/opportunities", limit=SHOWN)
    shown = request.args.get("shown", 0, type=int) + len(found["items"])
    return page(
        "matching/opportunities.html",
        desk=desk,
        items=[opportunity_row(each, desk.reader) for each in found["items"]],
        following=found["next_cursor"],
        shown=shown,
        all_there_are=shown < MOST,
    )


@bp.get("/opportunities/<need_id>")
@public
def opportunity_page(need_id: str) -> AnyResponse:
    """One need, with what of it the supplier meets, what is missing, and where to say it."""
    account = person()
    if account is None:
        return sign_in_first()
    desk, match = _match(need_id)
    if desk is None:
        return refusal(account, 404, match)
    row = opportunity_row(match, desk.reader)
    for each in row["verdicts"]:
        each["mend"] = _where_to_say(each, match, desk)
    return page(
        "matching/opportunity.html",
        desk=desk,
        need=_need(desk, need_id),
        each=row,
        missing=[each for each in row["verdicts"] if each["gap"]],
        unsaid=[each for each in row["verdicts"] if each["outcome"] == "unknown"],
        saved=request.args.get("saved", ""),
    )


@bp.post("/opportunities/<need_id>/interest")
@requires()
def say_interest(need_id: str) -> AnyResponse:
    """Says whether a need interests the supplier."""
    account = in_person()
    desk = desk_for(account, "supplier")
    body = {"interested": request.form.get("interested") == "yes"}
    status, told = desk.services.ask("POST", "matching", f"/needs/{quote(need_id, safe='')}/interest", body)
    if status >= 400:
        return refusal(account, status, told)
    where = url_for(".opportunity_page", need_id=need_id, company=desk.company.id, saved="interest")
    return redirect(where, 303)


def opportunity_row(match: Row, reader: Reader) -> Row:
    """A need as its supplier sees it."""
    return {
        **match_row(match, reader),
        "id": match["need_id"],
        "title": match["need_title"],
        "buyer": match["anchor_name"],
        "closes": reader.day(match["closes_on"]),
    }


def _match(need_id: str) -> tuple[Desk | None, Row]:
    """The company that the request names, else the first that the need is linked to; or why there is none."""
    account = in_person()
    chosen = desk_for(account, "supplier")
    ids = [each.id for each in companies_of(account) if "supplier" in each.roles]
    told: Row = {}
    for company_id in [chosen.company.id] if request.args.get("company") else ids:
        desk = chosen if company_id == chosen.company.id else desk_for(account, "supplier", company_id)
        status, told = desk.services.ask("GET", "matching", f"/opportunities/{quote(need_id, safe='')}")
        if status == 200:
            return desk, told
    return None, told


def _need(desk: Desk, need_id: str) -> Row:
    """What the need says, as far as it may be shown; nothing while the catalog gives no answer."""
    try:
        need = desk.services.get("catalog", f"/needs/{quote(need_id, safe='')}")
    except NoAnswer:
        return {"description": "", "asked": []}
    return {"description": need["description"], "asked": asked_for(need, desk.reader)}


def _where_to_say(verdict: Row, match: Row, desk: Desk) -> tuple[str, str] | None:
    """The address at which the supplier can state it or mend it, and the key of what the link says."""
    requirement = verdict["requirement"]
    if requirement in _OF_COMPANY:
        address = url_for(
            "portal_company.company_page", company=desk.company.id, _anchor=_OF_COMPANY[requirement]
        )
        return address, "improve_company"
    if requirement in _IN_OFFERING:
        offering_id = verdict["offering_id"] or match["offering_id"]
        anchor = _IN_OFFERING[requirement]
        address = url_for("portal_offerings.edit_offering_page", offering_id=offering_id, _anchor=anchor)
        return address, "improve_offering"
    return None
