"""Who sends a request: a person by the cookie of a session, or a machine by an API key.

Tokens are checked as in every other service, by shared.auth.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import current_app, g, redirect, request, url_for

from services.portal.model import SESSION_LIFE, Caller, token_roles
from services.portal.usecases import accounts, members, tokens
from shared import web
from shared.auth import Actor
from shared.errors import Forbidden, Unauthenticated

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from services.portal.model import Account, Company
    from services.portal.store import PortalStore
    from shared.config import Config

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


def config() -> Config:
    """The portal's configuration."""
    found: Config = current_app.extensions["encadena.config"]
    return found


def store() -> PortalStore:
    """The portal's store."""
    found: PortalStore = web.store()
    return found


def place() -> str:
    """The IP address that the request comes from, as the last proxy before us saw it."""
    forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return (forwarded or request.remote_addr or "")[:64]


def identify() -> None:
    """Before each request: find who is signed in. A wrong API key is refused, an old session is not."""
    secret = _api_key()
    if secret:
        caller = tokens.caller_of_key(store(), secret, now=web.now())
        if caller is None:
            raise Unauthenticated(
                "key_unknown",
                "La clave no existe o fue revocada. Cree otra desde su cuenta.",
                "The key does not exist or was revoked. Make another one from your account.",
            )
        _remember(caller)
    elif "Authorization" not in request.headers and session():
        account = accounts.account_of_session(store(), session(), now=web.now())
        if account:
            if request.method not in SAFE_METHODS:
                must_be_from_here()
            _remember(Caller(account))


def _api_key() -> str:
    scheme, _, credential = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and credential.startswith(tokens.KEY_PREFIX):
        return credential.strip()
    return request.headers.get("X-API-Key", "")


def _remember(caller: Caller) -> None:
    company_id = caller.key.company_id if caller.key else None
    g.caller = caller
    g.actor = Actor(caller.account.id, company_id, frozenset(token_roles(caller, None)))


def must_be_from_here() -> None:
    """Refuse what another site makes a browser send. Raises Forbidden.

    Programs other than browsers send neither header, and carry no cookie of a person without meaning to.
    """
    origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
    here = {_origin(config().portal_url), _origin(request.host_url)}
    if (site or "same-origin") not in {"same-origin", "none"} or (origin and origin not in here):
        raise Forbidden(
            "other_site",
            "La solicitud viene de otro sitio. Abra el portal y repítala allí.",
            "The request comes from another site. Open the portal and repeat it there.",
        )


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def caller() -> Caller:
    """Who signed in by a session or an API key; a token is not enough. Raises Unauthenticated."""
    if "caller" not in g:
        raise Unauthenticated(
            "sign_in_needed",
            "Ingrese con un enlace de correo o con una clave; un testigo no basta aquí.",
            "Sign in with an e-mail link or an API key; a token is not enough here.",
        )
    found: Caller = g.caller
    return found


def person() -> Account | None:
    """The person who is signed in by a session, if there is one."""
    found: Caller | None = g.get("caller")
    return found.account if found and found.key is None else None


def in_person() -> Account:
    """The person who is signed in by a session. Raises Forbidden for machines.

    So that a stolen key or token can't make keys of its own, nor erase its owner.
    """
    found = person()
    if found is None:
        raise Forbidden(
            "person_needed",
            "Esto solo puede hacerlo la persona misma, tras ingresar con un enlace de correo.",
            "Only the person can do this, signed in with an e-mail link.",
        )
    return found


def cookie_name() -> str:
    """Name of the session's cookie; it has the port, which browsers do not tell cookies apart by."""
    parts = urlsplit(config().portal_url)
    prefix = "__Host-" if parts.scheme == "https" else ""
    return f"{prefix}encadena_{parts.port or 'session'}"


def session() -> str:
    """The session's secret that the browser sent; empty when there is none."""
    return request.cookies.get(cookie_name(), "")


def companies_of(account: Account) -> list[Company]:
    """The companies that a person acts for."""
    return [company for _, company in members.companies_of(store(), account.id)]


# Where a person can be led on to after signing in: pages that mails name.
_WAY_ON = re.compile(
    r"/(requests|needs|opportunities|offerings|company|matching"
    r"|(needs|opportunities|rooms|meetings)/[0-9a-f-]{36}"
    r"|rounds(/new|/[0-9a-f-]{36}(/[a-z]+)?)?)"
)
_WAY_ON_SECONDS = 1800


def sign_in_first() -> Response:
    """Lead to signing in and, once signed in in this browser, on to the page that was opened."""
    response = redirect(url_for("portal_entry.sign_in_page"), 303)
    secure = config().portal_url.startswith("https:")
    response.set_cookie(
        "encadena_way", request.path, max_age=_WAY_ON_SECONDS, httponly=True, samesite="Lax", secure=secure
    )
    return response


def way_on() -> str:
    """The page that was opened before signing in; the start, if there was none."""
    path = request.cookies.get("encadena_way", "")
    return path if _WAY_ON.fullmatch(path) else "/"


def start_session(response: Response, secret: str) -> None:
    """Let the browser keep a session."""
    response.set_cookie(
        cookie_name(),
        secret,
        max_age=SESSION_LIFE,
        path="/",
        httponly=True,
        samesite="Lax",
        secure=config().portal_url.startswith("https:"),
    )


def end_session(response: Response) -> None:
    """Forget the session, here and in the browser."""
    accounts.sign_out(store(), session())
    secure = config().portal_url.startswith("https:")
    response.delete_cookie(cookie_name(), path="/", httponly=True, samesite="Lax", secure=secure)
