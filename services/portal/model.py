"""Accounts and what lets a person or a machine in: the rules, without input or output."""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.errors import Conflict, Forbidden, Invalid

LANGUAGES = ("es", "en")
GRANTABLE_ROLES = ("organizer", "admin")

LINK_LIFE = timedelta(minutes=15)
INVITATION_LIFE = timedelta(hours=72)
SESSION_LIFE = timedelta(days=30)
SESSION_RENEWED_EVERY = timedelta(hours=1)
UNUSED_ACCOUNT_LIFE = timedelta(days=30)

LINKS_AN_HOUR = 5
LINKS_AN_HOUR_FROM_ONE_PLACE = 200
INVITATIONS_AN_HOUR = 50
KEYS_OF_AN_ACCOUNT = 20

PURPOSES = {
    "es": "Encadena guarda su correo, su nombre y su idioma para reconocerle, mostrarle sus "
    "oportunidades y sus citas, y escribirle sobre ellas. No los usa para nada más. Puede "
    "descargarlos o borrarlos cuando quiera (Ley 1581 de 2012).",
    "en": "Encadena keeps your e-mail address, your name and your language to recognise you, to "
    "show you your opportunities and meetings, and to write to you about them. It uses them for "
    "nothing else. You can download or erase them whenever you like (Law 1581 of 2012, Colombia).",
}

_EMAIL = re.compile(r"[^@\s<>,;:\"\\()\[\]]{1,64}@[^@\s<>,;:\"\\()\[\]_]{1,190}\.[^@\s.<>,;]{2,63}")


@dataclass(frozen=True, slots=True)
class Consent:
    """When a person agreed to the keeping of their data, and to what, in the words they read."""

    given_at: datetime
    purpose: str


@dataclass(frozen=True, slots=True)
class Account:
    """A person. `roles` are those granted to the person, not those of a company."""

    id: str
    version: int
    email: str
    name: str
    language: str
    roles: list[str]
    opened_at: datetime
    consent: Consent | None = None


@dataclass(frozen=True, slots=True)
class Membership:
    """A person acts for a company. An `owner` may also invite and remove others."""

    id: str
    version: int
    account_id: str
    company_id: str
    role: str
    granted_at: datetime
    active: bool = True


@dataclass(frozen=True, slots=True)
class Company:
    """The portal's copy of what it needs of a company."""

    id: str
    name: str
    roles: list[str]
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What a machine signs in with; only the fingerprint of its secret is kept.

    With a company it acts for that company alone, without one it has its person's own roles.
    """

    id: str
    fingerprint: str
    hint: str
    name: str
    account_id: str
    company_id: str | None
    created_at: datetime
    last_used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is signed in: a person by a session, or a machine by an API key of that person."""

    account: Account
    key: ApiKey | None = None


def new_secret() -> str:
    """256 random bits, as text that fits into an address."""
    return secrets.token_urlsafe(32)


def fingerprint(secret: str) -> str:
    """What is stored of a secret. It has 256 random bits, so a plain hash can't be searched back."""
    return hashlib.sha256(secret.encode()).hexdigest()


def plain_email(text: str) -> str:
    """The address in the one form that accounts are found by. Raises Invalid."""
    email = unicodedata.normalize("NFC", text).strip().lower()
    if len(email) > 254 or not _EMAIL.fullmatch(email) or not email.isprintable():
        raise Invalid(
            "not_an_email",
            "Esto no es una dirección de correo; escríbala como nombre@empresa.co.",
            "This is not an e-mail address; write it like name@company.co.",
            "email",
        )
    return email


def plain_name(text: str, longest: int = 200) -> str:
    """A name in one line, without blanks around it; it may be empty. Raises Invalid."""
    name = unicodedata.normalize("NFC", text).strip()
    if len(name) > longest or not name.isprintable():
        raise Invalid(
            "not_a_name",
            f"El nombre debe ir en una sola línea de hasta {longest} caracteres.",
            f"The name must be one line of up to {longest} characters.",
            "name",
        )
    return name


def language_or_default(language: str | None) -> str:
    """The language if it is one that we speak, else Spanish."""
    return language if language in LANGUAGES else "es"


def checked_role(role: str) -> str:
    """A role that can be granted to a person. Raises Invalid."""
    if role not in GRANTABLE_ROLES:
        raise Invalid(
            "unknown_role",
            "El papel debe ser organizer o admin.",
            "The role must be organizer or admin.",
            "role",
        )
    return role


def token_scope(caller: Caller, company_id: str | None) -> str | None:
    """The company that a token for this caller is about. Raises Forbidden.

    A key of one company is for that company, whether it is named or not.
    """
    bound_to = caller.key.company_id if caller.key else None
    if bound_to and company_id not in (None, bound_to):
        raise Forbidden(
            "other_company",
            "Esta clave es de otra empresa; use una clave de la empresa pedida.",
            "This key belongs to another company; use a key of the company asked for.",
            "company_id",
        )
    return bound_to or company_id


def token_roles(caller: Caller, company: Company | None) -> list[str]:
    """The roles a token holds: the company's, and the person's own unless a key is bound to a company."""
    own = [] if caller.key and caller.key.company_id else caller.account.roles
    return sorted({*own, *(company.roles if company else [])})


def check_removal(membership: Membership, members: list[Membership]) -> None:
    """A company that has members keeps an owner among them. Raises Conflict."""
    others = [member for member in members if member.id != membership.id]
    if others and not any(member.role == "owner" for member in others):
        raise Conflict(
            "last_owner",
            "Es la única persona que administra la empresa; retire antes a las demás.",
            "This is the only person who manages the company; remove the others first.",
        )
