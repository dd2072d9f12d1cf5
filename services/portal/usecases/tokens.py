"""API keys for machines, and the short-lived tokens that every service takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.portal import keys
from services.portal.model import (
    KEYS_OF_AN_ACCOUNT,
    ApiKey,
    Caller,
    Company,
    fingerprint,
    new_secret,
    plain_name,
    token_roles,
    token_scope,
)
from shared.errors import Conflict, Forbidden, NotFound
from shared.store import new_id, transactional

if TYPE_CHECKING:
    from datetime import datetime

    from services.portal.model import Account
    from services.portal.store import PortalStore

KEY_PREFIX = "ek_"


def issue_token(
    store: PortalStore, caller: Caller, company_id: str | None, *, now: datetime
) -> tuple[str, datetime]:
    """A signed token for the caller, acting for that company if one is named, and its expiry.

    Raises Forbidden when the caller does not act for the company.
    """
    scope = token_scope(caller, company_id)
    company = _own_company(store, caller.account.id, scope) if scope else None
    claims = {
        "sub": caller.account.id,
        "company": scope,
        "roles": token_roles(caller, company),
    }
    return keys.sign(keys.signer(keys.signing_keys(store, now), now), claims, now)


def _own_company(store: PortalStore, account_id: str, company_id: str) -> Company:
    membership = store.membership(account_id, company_id)
    company = store.companies([company_id]).get(company_id)
    if membership is None or not membership.active or company is None or company.withdrawn:
        raise Forbidden(
            "not_a_member",
            "Su cuenta no actúa por esa empresa. Si la acaba de registrar, espere unos segundos.",
            "Your account does not act for that company. If you have just registered it, wait some seconds.",
            "company_id",
        )
    return company


@transactional
def add_api_key(
    store: PortalStore, account: Account, name: str, company_id: str | None, *, now: datetime
) -> tuple[ApiKey, str]:
    """A new API key and its secret, which can't be read again. Raises Forbidden, Conflict or Invalid."""
    if company_id:
        _own_company(store, account.id, company_id)
    if len(store.api_keys_of(account.id)) >= KEYS_OF_AN_ACCOUNT:
        raise Conflict(
            "too_many_keys",
            f"Ya tiene {KEYS_OF_AN_ACCOUNT} claves; borre las que no use.",
            f"You have {KEYS_OF_AN_ACCOUNT} keys already; remove those that you do not use.",
        )
    secret = KEY_PREFIX + new_secret()
    key = ApiKey(
        id=new_id(),
        fingerprint=fingerprint(secret),
        hint=secret[:7],
        name=plain_name(name, longest=100),
        account_id=account.id,
        company_id=company_id,
        created_at=now,
    )
    store.add_api_key(key)
    return key, secret


def api_keys_of(store: PortalStore, account_id: str) -> list[ApiKey]:
    """The keys of a person, oldest first."""
    return store.api_keys_of(account_id)


def caller_of_key(store: PortalStore, secret: str, *, now: datetime) -> Caller | None:
    """Who signs in with this API key; None when it is unknown or was revoked."""
    key = store.use_api_key(fingerprint(secret), now) if secret.startswith(KEY_PREFIX) else None
    account = store.account(key.account_id) if key else None
    return Caller(account, key) if account else None


def revoke_api_key(store: PortalStore, account_id: str, key_id: str) -> None:
    """Make a key useless from now on. Raises NotFound."""
    if not store.remove_api_key(account_id, key_id):
        raise NotFound(
            "no_key",
            "No tiene una clave con ese identificador; mire la lista.",
            "You have no key with that id; look at the list.",
        )
