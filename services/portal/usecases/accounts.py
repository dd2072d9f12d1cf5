"""Opening, signing in to, changing, exporting and erasing a person's account."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from services.portal.model import (
    LANGUAGES,
    LINK_LIFE,
    LINKS_AN_HOUR,
    LINKS_AN_HOUR_FROM_ONE_PLACE,
    PURPOSES,
    UNUSED_ACCOUNT_LIFE,
    Account,
    Consent,
    checked_role,
    fingerprint,
    language_or_default,
    new_secret,
    plain_email,
    plain_name,
)
from shared.contracts.portal import (
    AccountChanged,
    AccountErased,
    AccountOpened,
    MembershipRevoked,
    SignInRequested,
)
from shared.errors import Conflict, Invalid, NotFound, Stale, TooMany, Unauthenticated
from shared.store import new_id, transactional

if TYPE_CHECKING:
    from datetime import datetime

    from services.portal.store import PortalStore


@dataclass(frozen=True, slots=True)
class Profile:
    """What is asked for when an account is opened; nothing here changes one that exists."""

    email: str
    name: str = ""
    language: str | None = None


def request_link(store: PortalStore, profile: Profile, *, portal_url: str, now: datetime) -> None:
    """Have a one-time sign-in link sent, opening the account at its first use.

    Says nothing about whether there was an account. After `LINKS_AN_HOUR` nothing more is sent.
    Raises Invalid for what is not an address.
    """
    try:
        _request_link(store, profile, portal_url=portal_url, now=now)
    except Conflict:
        # Another request opened the account at the same moment; now it is there.
        _request_link(store, profile, portal_url=portal_url, now=now)


@transactional
def _request_link(store: PortalStore, profile: Profile, *, portal_url: str, now: datetime) -> None:
    account = open_account(store, profile, now=now)
    if store.codes_since(account.id, now - timedelta(hours=1)) < LINKS_AN_HOUR:
        send_link(store, account, life=LINK_LIFE, portal_url=portal_url, now=now)


@transactional
def open_account(store: PortalStore, profile: Profile, *, now: datetime) -> Account:
    """The account of an address, opened if it is new. Raises Invalid or Conflict."""
    email = plain_email(profile.email)
    known = store.account_of(email)
    if known:
        return known
    account = Account(
        id=new_id(),
        version=1,
        email=email,
        name=plain_name(profile.name),
        language=language_or_default(profile.language),
        roles=[],
        opened_at=now,
    )
    store.add_account(account)
    store.publish(AccountOpened(**_published(account)), account.version, now)
    return account


@transactional
def send_link(
    store: PortalStore, account: Account, *, life: timedelta, portal_url: str, now: datetime
) -> Account:
    """Publish a sign-in link to be mailed. It is the only place where the code is ever in the clear."""
    link = make_link(store, account, life=life, portal_url=portal_url, now=now)
    account = replace(account, version=account.version + 1)
    store.save_account(account)
    event = SignInRequested(**_published(account), link=link, expires_at=now + life)
    store.publish(event, account.version, now)
    return account


def check_pace(store: PortalStore, place: str, *, now: datetime) -> None:
    """Count a request for a link from an IP address. Raises TooMany, long after what people need.

    The bound is soft: a hall full of people behind one address must pass, and whoever can forge their
    address gets around it. What protects an address from being flooded is `LINKS_AN_HOUR`.
    """
    hour = now.replace(minute=0, second=0, microsecond=0)
    if store.count_from_place(place, hour) > LINKS_AN_HOUR_FROM_ONE_PLACE:
        raise TooMany(
            "too_many_links",
            "Se pidieron demasiados enlaces desde su red. Intente de nuevo en una hora.",
            "Too many links were asked for from your network. Try again in an hour.",
        )


def make_link(
    store: PortalStore, account: Account, *, life: timedelta, portal_url: str, now: datetime
) -> str:
    """A link that signs in once within `life`."""
    code = new_secret()
    store.add_code(fingerprint(code), account.id, now, life)
    return f"{portal_url}/sign-in?code={code}"


@transactional
def prepare_account(store: PortalStore, profile: Profile, role: str | None, *, now: datetime) -> Account:
    """Open or change an account on behalf of the installation, granting it a role. Raises Invalid."""
    account = open_account(store, profile, now=now)
    roles = sorted({*account.roles, checked_role(role)}) if role else account.roles
    wanted = replace(
        account,
        roles=roles,
        name=plain_name(profile.name) or account.name,
        language=profile.language or account.language,
    )
    return _save_changed(store, account, wanted, now)


@transactional
def sign_in(store: PortalStore, code: str, *, now: datetime) -> tuple[str, Account]:
    """Use up a one-time code; returns the new session's secret and the account.

    The first sign-in is the person's consent, because only now it is certain that it is they who ask.
    Raises Unauthenticated.
    """
    account_id = store.use_code(fingerprint(code), now)
    account = store.account(account_id) if account_id else None
    if account is None:
        raise Unauthenticated(
            "link_not_valid",
            "Este enlace ya se usó o venció. Pida uno nuevo con su correo.",
            "This link was used already or has expired. Ask for a new one with your e-mail address.",
            "code",
        )
    if account.consent is None:
        account = replace(account, consent=Consent(now, PURPOSES[account.language]))
        store.note_consent(account.id, Consent(now, PURPOSES[account.language]))
    secret = new_secret()
    store.add_session(fingerprint(secret), account.id, now)
    return secret, account


def sign_out(store: PortalStore, session: str) -> None:
    """End a session; one that has ended already is fine."""
    store.end_session(fingerprint(session))


def account_of_session(store: PortalStore, session: str, *, now: datetime) -> Account | None:
    """Who is signed in with this session."""
    account_id = store.use_session(fingerprint(session), now)
    return store.account(account_id) if account_id else None


def my_account(store: PortalStore, account_id: str) -> Account:
    """The account of somebody who is signed in. Raises NotFound when it was erased meanwhile."""
    account = store.account(account_id)
    if account is None:
        raise NotFound(
            "no_account",
            "Esta cuenta ya no existe. Pida un enlace de ingreso para abrir una.",
            "This account no longer exists. Ask for a sign-in link to open one.",
        )
    return account


@transactional
def change_account(
    store: PortalStore, account_id: str, changes: dict[str, str], *, version: int, now: datetime
) -> Account:
    """Change `name` or `language`. Raises Invalid, NotFound, or Stale when `version` is not the newest."""
    account = my_account(store, account_id)
    if account.version != version:
        raise Stale(
            "account_changed",
            "Su cuenta cambió mientras tanto. Vuelva a cargarla y repita el cambio.",
            "Your account has changed meanwhile. Load it again and repeat the change.",
        )
    wanted = replace(
        account,
        name=plain_name(changes.get("name", account.name)),
        language=changes.get("language", account.language),
    )
    return _save_changed(store, account, wanted, now)


def _save_changed(store: PortalStore, old: Account, new: Account, now: datetime) -> Account:
    if new.language not in LANGUAGES:
        raise Invalid(
            "unknown_language",
            "El idioma debe ser es o en.",
            "The language must be es or en.",
            "language",
        )
    if new == old:
        return old
    new = replace(new, version=old.version + 1)
    store.save_account(new)
    store.publish(AccountChanged(**_published(new)), new.version, now)
    return new


@transactional
def erase_account(store: PortalStore, account_id: str, *, now: datetime) -> None:
    """Erase all that is kept on a person, and tell the other services to do so. Raises NotFound."""
    account = my_account(store, account_id)
    for membership in store.memberships_of(account_id):
        revoked = MembershipRevoked(
            membership_id=membership.id, account_id=account_id, company_id=membership.company_id
        )
        store.publish(revoked, membership.version + 1, now)
    store.erase_account(account_id)
    store.publish(AccountErased(account_id=account_id), account.version + 1, now)


def erase_unused_accounts(store: PortalStore, *, now: datetime) -> bool:
    """Erase accounts that nobody has ever signed in to; True when some may be left."""
    unused = store.unused_accounts(now - UNUSED_ACCOUNT_LIFE, limit=100)
    for account_id in unused:
        erase_account(store, account_id, now=now)
    return len(unused) == 100


def export(store: PortalStore, account_id: str) -> dict[str, Any]:
    """All that the portal holds on a person, as plain JSON values. Raises NotFound."""
    keys = msgspec.to_builtins(store.api_keys_of(account_id))
    for key in keys:
        del key["fingerprint"]
    return {
        "account": msgspec.to_builtins(my_account(store, account_id)),
        "memberships": msgspec.to_builtins(store.memberships_of(account_id)),
        "sessions": msgspec.to_builtins(store.sessions_of(account_id)),
        "api_keys": keys,
    }


def _published(account: Account) -> dict[str, str]:
    return {
        "account_id": account.id,
        "email": account.email,
        "name": account.name,
        "language": account.language,
    }
