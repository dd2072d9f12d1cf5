"""What of a supplier's company counts for all its offerings: size, where it serves, certificates."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from flask import Blueprint, redirect, request, url_for

from services.portal.pages.forms import Form, send
from services.portal.pages.matching.desk import Desk, desk_for
from services.portal.pages.matching.needs import SIZES, place_typed
from services.portal.pages.matching.offerings import certificate_rows
from services.portal.pages.page import page
from services.portal.signed_in import in_person, person, sign_in_first
from services.portal.texts import text
from shared.auth import public, requires
from shared.divipola import DEPARTMENTS

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

bp = Blueprint("portal_company", __name__)

Row = dict[str, Any]
LABELS = {name: f"company_{name}" for name in ("size", "place", "regions_served")}
OF_CERTIFICATE = {name: f"certificate_{name}" for name in ("standard", "issuer", "expires_on")}
# What a company is made of in the catalog; the rest of what it tells is its life.
_KEPT = ("name", "tax_number", "roles", "size", "place", "ciiu", "certifications", "regions_served", "group")
NATIONWIDE = "CO"


@bp.get("/company")
@public
def company_page() -> AnyResponse:
    """The company's data that buyers compare with what they ask."""
    account = person()
    if account is None:
        return sign_in_first()
    desk = desk_for(account, "supplier")
    return _page(desk, _read(desk))


@bp.post("/company")
@requires()
def change_company() -> AnyResponse:
    """Changes size, place and where the company serves."""
    desk = desk_for(in_person(), "supplier")
    company = _read(desk)
    form = Form(request.form, LABELS, desk.reader.language)
    place = place_typed(form, company["place"]) or {"country": "CO"}
    changes = {
        "size": form.text("size") or None,
        "place": place,
        "regions_served": form.chosen("regions_served"),
    }
    return _saved(desk, company, changes, form)


@bp.post("/company/certificates")
@requires()
def change_certificates() -> AnyResponse:
    """Adds a certificate, or removes the one whose number is given."""
    desk = desk_for(in_person(), "supplier")
    company = _read(desk)
    form = Form(request.form, OF_CERTIFICATE, desk.reader.language)
    held: list[Row] = company["certifications"]
    if form.text("remove"):
        # By number and name, so that a page that is out of date removes nothing else.
        number, standard = form.text("remove").partition(" ")[::2]
        kept = [each for at, each in enumerate(held) if (str(at), each["standard"]) != (number, standard)]
        return _saved(desk, company, {"certifications": kept}, form)
    until = form.text("expires_on")
    added = {"standard": form.text("standard"), "issuer": form.text("issuer") or None}
    try:
        added["expires_on"] = date.fromisoformat(until).isoformat() if until else None
    except ValueError:
        form.refuse("expires_on", text("day_unclear", form.language))
        return _page(desk, company, 422, certificate=form)
    return _saved(desk, company, {"certifications": [*held, added]}, form)


def _read(desk: Desk) -> Row:
    return desk.services.get("catalog", f"/companies/{desk.company.id}")


def _saved(desk: Desk, company: Row, changes: Row, form: Form) -> AnyResponse:
    """Changes a part of the company; what is refused stands on the page again."""
    # The form names the version that the person has read; of certificates each change stands for itself.
    version = form.text("version") or company["version"]
    body = {name: company[name] for name in _KEPT} | changes
    last = f"certifications.{len(body['certifications']) - 1}."
    send(desk.services, form, "PUT", f"catalog/companies/{company['id']}", body, if_match=version, under=last)
    if not form.faults:
        return redirect(url_for(".company_page", company=desk.company.id, saved="company"), 303)
    if form.labels is OF_CERTIFICATE:
        return _page(desk, company, 422, certificate=form)
    if "changed_meanwhile" in form.codes:
        # Whoever has read that, and saves again, means it.
        form.typed["version"] = str(company["version"])
    return _page(desk, company, 422, form=form)


def _page(
    desk: Desk, company: Row, status: int = 200, *, form: Form | None = None, certificate: Form | None = None
) -> AnyResponse:
    language = desk.reader.language
    typed = {
        "size": company["size"] or "",
        "place": company["place"].get("department") or "",
        "regions_served": company["regions_served"],
        "version": str(company["version"]),
    }
    return page(
        "matching/company.html",
        status,
        desk=desk,
        form=form or Form(typed, LABELS, language),
        certificate=certificate or Form({}, OF_CERTIFICATE, language),
        certificates=certificate_rows(company, desk.reader),
        departments=DEPARTMENTS,
        nationwide=NATIONWIDE,
        sizes=SIZES,
        saved=request.args.get("saved", ""),
    )
