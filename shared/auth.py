"""Who calls, and what they may do. Tokens are checked here and nowhere else."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import jwt
from flask import current_app, g, request

from shared.errors import Forbidden, Unauthenticated, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
T = TypeVar("T")

ISSUER = AUDIENCE = "encadena"
ALGORITHM = "EdDSA"
REMEMBERED_TOKENS = 10_000
ROLES = frozenset({"supplier", "anchor", "organizer", "admin"})


@dataclass(frozen=True)
class Actor:
    """The person or machine behind a call: an account, the company it acts for, and its roles."""

    account_id: str
    company_id: str | None
    roles: frozenset[str]

    def must_act_for(self, company_id: str) -> None:
        """Raise Forbidden unless the token is for that company."""
        if self.company_id != company_id:
            raise Forbidden(
                "other_company",
                "Esto es de otra empresa. Entre con una cuenta que actúe por ella.",
                "This belongs to another company. Sign in with an account that acts for it.",
            )


class TokenChecker:
    """Checks signed tokens against the key set that the portal publishes (RFC 7517)."""

    def __init__(self, jwks_url: str) -> None:
        # A key that is not in the copy is looked up at once, so a rotation is seen without waiting; the
        # long life of the copy lets people go on working while the portal is away.
        self._keys = jwt.PyJWKClient(jwks_url, lifespan=3600, timeout=3)
        # A token is sent with every call of its few minutes; its signature need be checked only once.
        self._checked: dict[str, tuple[Actor, float]] = {}

    def check(self, token: str) -> Actor:
        """The actor that a token names. Raises Unauthenticated, or Unavailable without the key set."""
        known = self._checked.get(token)
        if known and known[1] > time.time():
            return known[0]
        claims = self._claims(token)
        found = Actor(claims["sub"], claims.get("company"), frozenset(claims["roles"]))
        if len(self._checked) >= REMEMBERED_TOKENS:
            self._checked.clear()
        self._checked[token] = (found, claims["exp"])
        return found

    def _claims(self, token: str) -> dict[str, Any]:
        try:
            key = self._keys.get_signing_key_from_jwt(token)
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                audience=AUDIENCE,
                options={"require": ["exp", "iat", "sub", "roles"]},
            )
            if not isinstance(claims["roles"], list) or not claims["sub"]:
                raise jwt.InvalidTokenError("roles is a list, sub is not empty")
            return claims
        except jwt.PyJWKClientConnectionError as error:
            raise Unavailable(
                "keys_unavailable",
                "No se pudo comprobar su sesión. Intente de nuevo en un minuto.",
                "Your session could not be checked. Try again in a minute.",
            ) from error
        except jwt.ExpiredSignatureError as error:
            raise Unauthenticated(
                "token_expired",
                "Su sesión venció. Pida un testigo nuevo al portal.",
                "Your token has expired. Ask the portal for a new one.",
            ) from error
        except (jwt.PyJWTError, TypeError, ValueError) as error:
            raise Unauthenticated(
                "token_invalid",
                "El testigo no es válido. Pida uno nuevo al portal.",
                "The token is not valid. Ask the portal for a new one.",
            ) from error


def actor() -> Actor:
    """The actor of this request. Raises Unauthenticated when there is no good token."""
    if "actor" not in g:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated(
                "token_missing",
                "Falta el testigo de acceso. Envíe «Authorization: Bearer …».",
                "There is no access token. Send “Authorization: Bearer …”.",
            )
        checker: TokenChecker = current_app.extensions["encadena.tokens"]
        g.actor = checker.check(token.strip())
    found: Actor = g.actor
    return found


def requires(*roles: str) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Let only actors with one of `roles` call a route; without roles, any signed-in actor."""
    unknown = set(roles) - ROLES
    if unknown:
        raise ValueError(f"no such role: {sorted(unknown)}")

    def guard(view: Callable[P, T]) -> Callable[P, T]:
        @wraps(view)
        def checked(*args: P.args, **kwargs: P.kwargs) -> T:
            found = actor()
            if roles and not found.roles & set(roles):
                raise Forbidden(
                    "role_missing",
                    f"Su cuenta no puede hacer esto; hace falta ser {' o '.join(roles)}.",
                    f"Your account may not do this; it takes the role {' or '.join(roles)}.",
                )
            return view(*args, **kwargs)

        checked.access = frozenset(roles)  # type: ignore[attr-defined]  # read by the test of all routes
        return checked

    return guard


def public(view: Callable[P, T]) -> Callable[P, T]:
    """Mark a route that needs no token."""
    view.access = None  # type: ignore[attr-defined]  # read by the test of all routes
    return view
