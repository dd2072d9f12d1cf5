"""A person brings a company into the directory and thereby acts for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, redirect, request, url_for

from services.portal.asking import services_for
from services.portal.pages.forms import Form, send
from services.portal.pages.matching.needs import SIZES, place_typed
from services.portal.pages.page import page
from services.portal.signed_in import companies_of, in_person, person, sign_in_first
from services.portal.texts import text
from shared.auth import public, requires
from shared.divipola import DEPARTMENTS
from shared.store import new_id

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

bp = Blueprint("portal_new_company", __name__)

LABELS = {name: f"company_{name}" for name in ("name", "roles", "tax_number", "size", "place")}
ROLES = ("supplier", "anchor")
# How often the page that waits for the directory looks again by itself, each second.
MOST_LOOKS = 15


@bp.get("/company/new")
@public
def new_company_page() -> AnyResponse:
    """The form for a company."""
    account = person()
    if account is None:
        return sign_in_first()
    return _form(Form({"roles": ["supplier"], "key": new_id()}, LABELS, account.language))


@bp.post("/company/new")
@requires()
def add_company() -> AnyResponse:
    """Registers the company; the portal hears of it a moment later."""
    account = in_person()
    form = Form(request.form, LABELS, account.language)
    number = form.text("tax_number")
    body = {
        "name": form.text("name"),
        "roles": form.chosen("roles"),
        "tax_number": {"scheme": "CO-NIT", "number": number} if number else None,
        "size": form.text("size") or None,
        "place": place_typed(form, None) or {"country": "CO"},
    }
    if not body["roles"]:
        form.refuse("roles", text("role_missing", account.language))
        return _form(form, 422)
    key = form.text("key")[:100] or new_id()
    services = services_for(account, None)
    made = send(services, form, "POST", "catalog/companies", body, idempotency_key=key)
    if not made:
        return _form(form, 422)
    return redirect(url_for(".company_registered_page", company_id=made["id"]), 303)


@bp.get("/company/new/<company_id>")
@public
def company_registered_page(company_id: str) -> AnyResponse:
    """Leads on to the first offering or need as soon as the person acts for the company."""
    account = person()
    if account is None:
        return sign_in_first()
    for company in companies_of(account):
        if company.id == company_id:
            first = "portal_offerings.new_offering_page"
            if "supplier" not in company.roles:
                first = "portal_needs.new_need_page"
            return redirect(url_for(first, company=company_id), 303)
    looks = request.args.get("look", 0, type=int)
    response = page("matching/company_registered.html", company_id=company_id)
    if looks < MOST_LOOKS:
        again = url_for(".company_registered_page", company_id=company_id, look=looks + 1)
        response.headers["Refresh"] = f"1;url={again}"
    return response


def _form(form: Form, status: int = 200) -> AnyResponse:
    return page(
        "matching/new_company.html", status, form=form, roles=ROLES, sizes=SIZES, departments=DEPARTMENTS
    )
