"""People to reach at a company: personal data, kept only with their consent (Ley 1581 de 2012)."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import msgspec

from services.catalog.model.rules import Rule, faults_of, text
from shared.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

# One @, a dot somewhere after it, no spaces: whether it exists only a message can tell.
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(?:\.[^@\s.]+)+")
_PHONE = re.compile(r"\+?[0-9][0-9 ().-]{5,23}[0-9]")


class Consent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When the person agreed to be listed, and for what."""

    given_on: date
    purpose: str


class Contact(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person at a company."""

    name: str
    role: str | None = None
    email: str | None = None
    phone: str | None = None
    consent: Consent | None = None


def _email(value: str, field: str) -> list[Fault]:
    if len(value) <= 254 and _EMAIL.fullmatch(value):
        return []
    return [
        Fault(
            "wrong_email",
            "No es un correo electrónico; debe verse como nombre@empresa.co.",
            "It is not an e-mail address; it should look like name@company.co.",
            field,
        )
    ]


def _phone(value: str, field: str) -> list[Fault]:
    if _PHONE.fullmatch(value):
        return []
    return [
        Fault(
            "wrong_phone",
            "No es un teléfono; escriba de 7 a 25 cifras, como +57 300 123 4567.",
            "It is not a phone number; write 7 to 25 digits, such as +57 300 123 4567.",
            field,
        )
    ]


_RULES: dict[str, Rule] = {"name": text(200), "role": text(200), "email": _email, "phone": _phone}


def faults(values: Mapping[str, Any], today: date) -> list[Fault]:
    """All that is wrong with a contact's fields, of which some may be missing."""
    found = faults_of(_RULES, values)
    if values.get("email") is None and values.get("phone") is None:
        found.append(
            Fault(
                "unreachable",
                "Ponga un correo o un teléfono; sin ellos no se puede contactar a la persona.",
                "Give an e-mail address or a phone number; without them nobody can reach the person.",
                "email",
            )
        )
    return found + _consent_faults(values.get("consent"), today)


def _consent_faults(consent: Consent | None, today: date) -> list[Fault]:
    if consent is None:
        return [
            Fault(
                "consent_missing",
                "Falta el consentimiento de la persona: la fecha en que lo dio y para qué. Sin él no se "
                "pueden guardar sus datos (Ley 1581 de 2012).",
                "The person's consent is missing: the day it was given and what for. Without it their "
                "data can't be kept (Ley 1581 de 2012).",
                "consent",
            )
        ]
    found = text(500)(consent.purpose, "consent.purpose")
    if consent.given_on > today:
        found.append(
            Fault(
                "consent_in_the_future",
                "El consentimiento no puede tener una fecha que aún no llega.",
                "Consent can't have been given on a day that is yet to come.",
                "consent.given_on",
            )
        )
    return found
