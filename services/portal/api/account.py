"""One's own account and API keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, request

from services.portal.api.schemas import KeySchema, ProfileSchema
from services.portal.signed_in import end_session, in_person, store
from services.portal.usecases import accounts, members, tokens
from shared import web
from shared.auth import actor, requires
from shared.errors import Invalid

if TYPE_CHECKING:
    from services.portal.model import Account, ApiKey

bp = web.Blueprint("account", __name__, description="One's own account and API keys.")


@bp.route("/me")
@requires()
@bp.response(200)
def me() -> dict[str, Any]:
    """One's own account and companies."""
    account = accounts.my_account(store(), actor().account_id)
    web.set_etag(account.version)
    return account_body(account)


@bp.route("/me", methods=["PATCH"])
@requires()
@bp.arguments(ProfileSchema)
@bp.response(200)
def change_me(body: dict[str, str]) -> dict[str, Any]:
    """Change one's own name or language."""
    account = accounts.change_account(
        store(), actor().account_id, body, version=web.if_match(), now=web.now()
    )
    web.set_etag(account.version)
    return account_body(account)


@bp.route("/me", methods=["DELETE"])
@requires()
@bp.response(204)
def erase_me() -> Response:
    """Erase one's own account and everything kept on it, here and in the other services."""
    accounts.erase_account(store(), in_person().id, now=web.now())
    response = Response(status=204)
    end_session(response)
    return response


@bp.route("/me/export")
@requires()
@bp.response(200)
def export_me() -> dict[str, Any]:
    """All that the portal holds on oneself."""
    return accounts.export(store(), actor().account_id)


@bp.route("/api-keys", methods=["POST"])
@requires()
@bp.arguments(KeySchema)
@bp.response(201)
def add_key(body: dict[str, str]) -> dict[str, Any]:
    """Make an API key; its secret is shown this once. The person must be signed in."""
    refuse_idempotency_key()
    key, secret = tokens.add_api_key(store(), in_person(), body["name"], body["company_id"], now=web.now())
    return {**_key(key), "secret": secret}


@bp.route("/api-keys")
@requires()
@bp.response(200)
def list_keys() -> dict[str, Any]:
    """One's own API keys, without their secrets."""
    found = tokens.api_keys_of(store(), actor().account_id)
    return web.page([_key(key) for key in found], None)


@bp.route("/api-keys/<key_id>", methods=["DELETE"])
@requires()
@bp.response(204)
def revoke_key(key_id: str) -> None:
    """Revoke an API key."""
    tokens.revoke_api_key(store(), actor().account_id, key_id)


def refuse_idempotency_key() -> None:
    """Raise Invalid where an answer would be stored that holds a secret."""
    if "Idempotency-Key" in request.headers:
        raise Invalid(
            "no_idempotency_key",
            "Esta dirección no admite Idempotency-Key, para no guardar secretos; quítela.",
            "This address takes no Idempotency-Key, so that no secret is stored; leave it out.",
        )


def account_body(account: Account) -> dict[str, Any]:
    """An account as its person sees it."""
    return {
        "account_id": account.id,
        "email": account.email,
        "name": account.name,
        "language": account.language,
        "roles": account.roles,
        "opened_at": account.opened_at.isoformat(),
        "consent": account.consent
        and {"given_at": account.consent.given_at.isoformat(), "purpose": account.consent.purpose},
        "companies": [
            {"company_id": c.id, "name": c.name, "roles": c.roles, "membership": m.role}
            for m, c in members.companies_of(store(), account.id)
        ],
    }


def _key(key: ApiKey) -> dict[str, Any]:
    return {
        "key_id": key.id,
        "name": key.name,
        "hint": key.hint,
        "company_id": key.company_id,
        "created_at": key.created_at.isoformat(),
        "last_used_at": key.last_used_at and key.last_used_at.isoformat(),
    }
