"""Signing in by a link that comes by mail, and signing out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, redirect, request, url_for

from services.portal.pages.page import notice, page, reader_language
from services.portal.signed_in import (
    config,
    end_session,
    must_be_from_here,
    place,
    start_session,
    store,
    way_on,
)
from services.portal.texts import text
from services.portal.usecases import accounts
from services.portal.usecases.accounts import Profile
from shared import web
from shared.auth import public
from shared.errors import Invalid

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

bp = Blueprint("portal_entry", __name__)


@bp.get("/sign-in")
@public
def sign_in_page() -> Response:
    """Asks for an address; or, opened by a link, for a press of the button.

    Programs that look at links in mail open them, and must not use up the code.
    """
    code = request.args.get("code", "")
    if code:
        return page("confirm.html", code=code)
    return page("sign_in.html", email="", fault="")


@bp.post("/sign-in/link")
@public
def send_link() -> Response:
    """Has a link sent to the address in the form."""
    must_be_from_here()
    email, language = request.form.get("email", ""), reader_language()
    accounts.check_pace(store(), place(), now=web.now())
    try:
        accounts.request_link(
            store(), Profile(email, language=language), portal_url=config().portal_url, now=web.now()
        )
    except Invalid as error:
        fault = error.faults[0].es if language == "es" else error.faults[0].en
        return page("sign_in.html", status=422, email=email[:254], fault=fault)
    return notice(text("sent", language), text("sent_how", language), link=("/sign-in", "ask_again"))


@bp.post("/sign-in")
@public
def sign_in() -> AnyResponse:
    """Signs in with the code of the link."""
    must_be_from_here()
    secret, _ = accounts.sign_in(store(), request.form.get("code", ""), now=web.now())
    response = redirect(way_on(), 303)
    start_session(response, secret)
    if way_on() != "/":
        response.delete_cookie("encadena_way")
    return response


@bp.post("/sign-out")
@public
def sign_out() -> AnyResponse:
    """Signs out, also when the session has ended already."""
    must_be_from_here()
    response = redirect(url_for("portal_entry.sign_in_page"), 303)
    end_session(response)
    return response
