"""Signing in and out, and tokens."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify

from services.portal import keys
from services.portal.api.account import account_body, refuse_idempotency_key
from services.portal.api.schemas import CodeSchema, LinkSchema, TokenRequestSchema
from services.portal.signed_in import caller, config, end_session, place, start_session, store
from services.portal.usecases import accounts, tokens
from services.portal.usecases.accounts import Profile
from shared import problems, web
from shared.auth import public, requires

bp = web.Blueprint("entry", __name__, description="Signing in, and tokens.")

LINK_SENT = {
    "es": "Si la dirección es correcta, en un momento le llegará un enlace para ingresar.",
    "en": "If the address is right, a sign-in link will reach you in a moment.",
}


@bp.route("/sign-in-links", methods=["POST"])
@public
@bp.arguments(LinkSchema)
@bp.response(202)
def request_link(body: dict[str, str]) -> dict[str, str]:
    """Have a one-time sign-in link sent; the answer is the same whether there was an account or not."""
    accounts.check_pace(store(), place(), now=web.now())
    profile = Profile(body["email"], language=body.get("language") or problems.language())
    accounts.request_link(store(), profile, portal_url=config().portal_url, now=web.now())
    return {"message": LINK_SENT[problems.language()]}


@bp.route("/sessions", methods=["POST"])
@public
@bp.arguments(CodeSchema)
@bp.response(201)
def sign_in(body: dict[str, str]) -> Response:
    """Sign in with the code of a link; the session is in the cookie. The first time is the consent to
    the keeping of name, address and language, whose purpose the answer states.
    """
    secret, account = accounts.sign_in(store(), body["code"], now=web.now())
    response = jsonify(account_body(account))
    response.status_code = 201
    start_session(response, secret)
    return response


@bp.route("/sessions/current", methods=["DELETE"])
@requires()
@bp.response(204)
def sign_out() -> Response:
    """Sign out."""
    response = Response(status=204)
    end_session(response)
    return response


@bp.route("/tokens", methods=["POST"])
@requires()
@bp.arguments(TokenRequestSchema)
@bp.response(201)
def issue_token(body: dict[str, str | None]) -> dict[str, Any]:
    """A token for the other services, by session or API key; it lives for 15 minutes."""
    refuse_idempotency_key()
    token, expires_at = tokens.issue_token(store(), caller(), body["company_id"], now=web.now())
    return {"token": token, "token_type": "Bearer", "expires_at": expires_at.isoformat()}


@bp.route("/.well-known/jwks.json")
@public
@bp.response(200)
def key_set() -> Response:
    """The public keys that tokens are checked with."""
    response = jsonify(keys.published(keys.signing_keys(store(), web.now()), web.now()))
    response.headers["Cache-Control"] = "public, max-age=300"
    return response
