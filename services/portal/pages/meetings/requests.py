"""The requests to meet that wait for an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from flask import Blueprint, redirect, request, url_for

from services.portal.asking import NoAnswer, services_for
from services.portal.pages import figures
from services.portal.pages.page import page, refusal
from services.portal.pages.reader import Reader
from services.portal.signed_in import companies_of, in_person, person, sign_in_first
from shared import web
from shared.auth import public, requires

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

    from services.portal.model import Account, Company
    from services.portal.pages.figures import Part

bp = Blueprint("portal_requests", __name__)


@bp.get("/requests")
@public
def requests_page() -> AnyResponse:
    """The requests that a person's companies have not answered, with buttons for yes and no."""
    account = person()
    if account is None:
        return sign_in_first()
    parts = [(company, _waiting(account, company)) for company in companies_of(account)]
    return page("meetings/requests.html", parts=parts, answered=request.args.get("answered", ""))


def _waiting(account: Account, company: Company) -> Part | None:
    """A company's requests; None where the rounds service gives no answer."""
    try:
        return figures.requests_waiting(
            services_for(account, company.id), Reader(account, company, web.now())
        )
    except NoAnswer:
        return None


@bp.post("/requests/<request_id>")
@requires()
def answer_request(request_id: str) -> AnyResponse:
    """Says yes or no to a request."""
    account = in_person()
    word = "accept" if request.form.get("answer") == "yes" else "decline"
    services = services_for(account, request.form.get("company") or None)
    path = f"/requests/{quote(request_id, safe='')}/{word}"
    status, told = services.ask("POST", "rounds", path, {} if word == "accept" else None)
    if status >= 400:
        return refusal(account, status, told)
    return redirect(url_for("portal_requests.requests_page", answered=word), 303)
