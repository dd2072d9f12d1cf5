"""What all pages share: the frame, the headers that keep others out, notices and errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, render_template, request

from services.portal.model import LANGUAGES, PURPOSES
from services.portal.signed_in import config, person
from services.portal.texts import text
from shared import problems

if TYPE_CHECKING:
    from services.portal.model import Account

# It has no page of its own, but the templates and files that all of them use.
bp = Blueprint(
    "portal_pages", __name__, template_folder="../templates", static_folder="../static",
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
    scripts from their files, which may ask for our pages.
    """
    language = values.pop("language", None) or reader_language()
    other = LANGUAGES[1 - LANGUAGES.index(language)]
    body = render_template(
        template,
        language=language,
        other_language=other,
        other_language_query=urlencode({**request.args, "language": other}),
        purpose=PURPOSES[language],
        signed_in=person() is not None,
        t=lambda key: text(key, language),
        **values,
    )
    response = make_response(body, status)
    response.headers.update(HEADERS)
    if script:
        response.headers["Content-Security-Policy"] += "; script-src 'self'; connect-src 'self'"
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


def refusal(account: Account, status: int, told: dict[str, Any]) -> Response:
    """What another service refused, as a page."""
    lines = [fault["detail"] for fault in told.get("faults", [])]
    return notice(text("sorry", account.language), *lines, status=status)
