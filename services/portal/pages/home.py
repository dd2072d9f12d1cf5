"""The first page: a person's own numbers, and the account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, redirect, request, url_for

from services.portal.model import LANGUAGES, PURPOSES
from services.portal.pages import figures
from services.portal.pages.page import notice, page
from services.portal.pages.reader import Reader
from services.portal.signed_in import companies_of, end_session, in_person, person, store
from services.portal.texts import text
from services.portal.usecases import accounts
from shared import web
from shared.auth import public, requires

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

    from services.portal.model import Account, Company

bp = Blueprint("portal_home", __name__)


@bp.get("/")
@public
def home() -> AnyResponse:
    """A person's own numbers; who is not signed in is asked to."""
    account = person()
    if account is None:
        return redirect(url_for("portal_entry.sign_in_page"), 303)
    companies = companies_of(account)
    company = _chosen(companies)
    reader = Reader(account, company, web.now())
    return page(
        "home.html",
        account=account,
        number=reader.number,
        companies=companies,
        company=company,
        roles=reader.roles,
        parts=figures.of(reader),
        consent_language=_language_of_consent(account),
        consented=account.consent and reader.day(account.consent.given_at.date().isoformat()),
    )


def _language_of_consent(account: Account) -> str:
    agreed = account.consent.purpose if account.consent else ""
    return next((each for each in LANGUAGES if PURPOSES[each] == agreed), account.language)


def _chosen(companies: list[Company]) -> Company | None:
    asked = request.args.get("company")
    return next((c for c in companies if c.id == asked), companies[0] if companies else None)


@bp.post("/account")
@requires()
def change_account() -> AnyResponse:
    """Changes the person's name or language."""
    changes = {name: request.form[name] for name in ("name", "language") if name in request.form}
    version = request.form.get("version", "")
    accounts.change_account(
        store(),
        in_person().id,
        changes,
        version=int(version) if version.isdecimal() and len(version) < 18 else 0,
        now=web.now(),
    )
    return redirect(url_for("portal_home.home", company=request.form.get("company") or None), 303)


@bp.post("/account/erase")
@requires()
def erase_account() -> AnyResponse:
    """Erases the account of a person who has ticked that they are sure."""
    account = in_person()
    if request.form.get("sure") != "yes":
        return redirect(url_for("portal_home.home"), 303)
    accounts.erase_account(store(), account.id, now=web.now())
    title, told = (text(key, account.language) for key in ("erased", "erased_how"))
    response = notice(title, told, language=account.language)
    end_session(response)
    return response
