"""Companies: who they are, where, what they hold and whom they serve."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import asdict, replace

from services.catalog.model import places, tax
from services.catalog.model.rules import Rule, each, faults_of, one_of, text
from shared.divipola import DEPARTMENTS
from shared.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

SIZES = ("micro", "small", "medium", "large")
ROLES = ("supplier", "anchor")

_CIIU = re.compile(r"[A-U]?[0-9]{4}")
_URL = re.compile(r"https?://[^\s/]+\S*")


class Certification(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A certificate that a company holds; `expires_on` is its last good day."""

    standard: str
    scope: str | None = None
    issuer: str | None = None
    issued_on: date | None = None
    expires_on: date | None = None
    evidence_url: str | None = None


class Company(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is known of a company. One without a tax number is an informal productive unit."""

    name: str
    roles: list[str]
    tax_number: tax.TaxNumber | None = None
    size: str | None = None
    place: places.Place = places.Place()
    ciiu: list[str] = []
    certifications: list[Certification] = []
    regions_served: list[str] = []
    group: str | None = None


def ciiu_faults(value: str, field: str) -> list[Fault]:
    """An activity is a class of CIIU, with or without the letter of its section."""
    if _CIIU.fullmatch(value.upper()):
        return []
    return [
        Fault(
            "wrong_ciiu",
            f"«{value:.20}» no es una actividad CIIU; use sus cuatro cifras, como 1410.",
            f"“{value:.20}” is not a CIIU activity; use its four digits, such as 1410.",
            field,
        )
    ]


def plain_ciiu(codes: list[str]) -> list[str]:
    """Activities by their four digits, each once."""
    return list(dict.fromkeys(code.upper()[-4:] for code in codes))


def _url(value: str, field: str) -> list[Fault]:
    if len(value) <= 2000 and _URL.fullmatch(value):
        return []
    return [
        Fault(
            "wrong_url",
            "No es una dirección web; cópiela completa, con https://.",
            "It is not a web address; copy all of it, with https://.",
            field,
        )
    ]


_CERTIFICATION_RULES: dict[str, Rule] = {
    "standard": text(200),
    "scope": text(1000),
    "issuer": text(200),
    "evidence_url": _url,
}


def certification_faults(value: Certification, field: str) -> list[Fault]:
    """What is wrong with a certificate."""
    found = [
        Fault(fault.code, fault.es, fault.en, f"{field}.{fault.field}")
        for fault in faults_of(_CERTIFICATION_RULES, asdict(value))
    ]
    if value.issued_on and value.expires_on and value.expires_on < value.issued_on:
        found.append(
            Fault(
                "expires_before_issued",
                "Vence antes de la fecha en que se expidió; revise las dos fechas.",
                "It expires before the day it was issued; check both dates.",
                f"{field}.expires_on",
            )
        )
    return found


RULES: dict[str, Rule] = {
    "name": text(300),
    "tax_number": tax.faults,
    "size": one_of(*SIZES),
    "roles": each(one_of(*ROLES), least=1, most=len(ROLES)),
    "place": places.place_faults,
    "ciiu": each(ciiu_faults, most=50),
    "certifications": each(certification_faults, most=100),
    "regions_served": each(places.region_faults, most=len(DEPARTMENTS) + 1),
    "group": text(200),
}


def faults(values: Mapping[str, Any]) -> list[Fault]:
    """All that is wrong with a company's fields, of which some may be missing."""
    return faults_of(RULES, values)


def normalized(company: Company) -> Company:
    """The same company as it is kept: one way of writing for numbers and codes, no repetitions."""
    return replace(
        company,
        name=company.name.strip(),
        tax_number=company.tax_number and tax.normalized(company.tax_number),
        roles=sorted(set(company.roles)),
        place=places.normalized(company.place),
        ciiu=plain_ciiu(company.ciiu),
        regions_served=list(dict.fromkeys(company.regions_served)),
    )
