"""The pages for people: signing in, and one page with their own numbers. They need no JavaScript."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from services.portal import figures
from services.portal.model import LANGUAGES, PURPOSES
from services.portal.signed_in import (
    config,
    end_session,
    in_person,
    must_be_from_here,
    person,
    place,
    start_session,
    store,
    way_on,
)
from services.portal.texts import text
from services.portal.usecases import accounts, members
from services.portal.usecases.accounts import Profile
from shared import problems, web
from shared.auth import public, requires
from shared.errors import Invalid

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

    from services.portal.model import Account, Company

bp = Blueprint(
    "portal_pages", __name__, template_folder="templates", static_folder="static",
    static_url_path="/static",
)  # fmt: skip

# The referrer is kept from other sites, for links carry codes; our own pages still tell their origin with
# a form, which “no-referrer” would turn into “null”, and by which another site's forms are refused.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
HSTS = "max-age=31536000"


def reader_language() -> str:
    """The account's language, else the one that was chosen on the page, else the browser's."""
    account = person()
    if account:
        return account.language
    chosen = request.values.get("language", "")
    return chosen if chosen in LANGUAGES else problems.language()


def page(template: str, status: int = 200, *, script: bool = False, **values: Any) -> Response:
    """A page in the reader's language, with the headers that keep others out of it; `script` lets in our own
    scripts from their files.
    """
    language = values.pop("language", None) or reader_language()
    other = LANGUAGES[1 - LANGUAGES.index(language)]
    body = render_template(
        template,
        language=language,
        other_language=other,
        other_language_query=urlencode({**request.args, "language": other}),
        purpose=PURPOSES[language],
        t=lambda key: text(key, language),
        **values,
    )
    response = make_response(body, status)
    response.headers.update(HEADERS)
    if script:
        response.headers["Content-Security-Policy"] += "; script-src 'self'"
    if config().portal_url.startswith("https:"):
        response.headers["Strict-Transport-Security"] = HSTS
    return response


def notice(title: str, *lines: str, link: tuple[str, str] = ("/", "go_home"), **values: Any) -> Response:
    """A short page that says one thing, and leads on by `link` (address, key of its text)."""
    language = values.get("language") or reader_language()
    link_to, key = link
    return page(
        "notice.html", title=title, lines=lines, link_to=link_to, link_text=text(key, language), **values
    )


def errors_for_people(response: Response) -> Response:
    """After each request: a browser that opened a page gets an error as a page."""
    wanted = request.accept_mimetypes.best_match(["application/json", "text/html"])
    if response.mimetype != "application/problem+json" or wanted != "text/html":
        return response
    problem = response.get_json()
    language = response.headers.get("Content-Language", "es")
    answer = notice(
        text("sorry", language),
        *(fault["detail"] for fault in problem["faults"]),
        link=("/sign-in", "ask_again") if response.status_code == 401 else ("/", "go_home"),
        language=language,
        status=response.status_code,
        request_id=problem["request_id"],
    )
    if "Retry-After" in response.headers:
        answer.headers["Retry-After"] = response.headers["Retry-After"]
    return answer


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
    response = redirect(url_for("portal_pages.sign_in_page"), 303)
    end_session(response)
    return response


@bp.get("/")
@public
def home() -> AnyResponse:
    """A person's own numbers; who is not signed in is asked to."""
    account = person()
    if account is None:
        return redirect(url_for("portal_pages.sign_in_page"), 303)
    companies = [company for _, company in members.companies_of(store(), account.id)]
    company = _chosen(companies)
    reader = figures.Reader(account, company, web.now())
    return page(
        "home.html",
        account=account,
        number=reader.number,
        companies=companies,
        company=company,
        roles=reader.roles,
        parts=figures.of(store(), config(), reader),
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
    return redirect(url_for("portal_pages.home", company=request.form.get("company") or None), 303)


@bp.post("/account/erase")
@requires()
def erase_account() -> AnyResponse:
    """Erases the account of a person who has ticked that they are sure."""
    account = in_person()
    if request.form.get("sure") != "yes":
        return redirect(url_for("portal_pages.home"), 303)
    accounts.erase_account(store(), account.id, now=web.now())
    title, told = (text(key, account.language) for key in ("erased", "erased_how"))
    response = notice(title, told, language=account.language)
    end_session(response)
    return response
