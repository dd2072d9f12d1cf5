"""Places: countries by ISO 3166-1, departments and municipalities of Colombia by DIVIPOLA."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

from babel import Locale
from msgspec.structs import replace

from shared.contracts import catalog as events
from shared.divipola import DEPARTMENTS
from shared.errors import Fault


class Place(events.Place, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A place as it comes in."""


_OTHER_NAMES = {
    "archipielago de san andres": "88",
    "archipielago de san andres providencia y santa catalina": "88",
    "bogota": "11",
    "bogota dc": "11",
    "bogota distrito capital": "11",
    "distrito capital": "11",
    "guajira": "44",
    "norte santander": "54",
    "san andres": "88",
    "san andres islas": "88",
    "san andres providencia y santa catalina": "88",
    "valle": "76",
}
NATIONWIDE = "CO"
# What CLDR lists as a territory of two letters and ISO 3166-1 does not.
_NOT_COUNTRIES = {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "XK", "ZZ"}
_MUNICIPALITY = re.compile(r"[0-9]{5}")


def folded(name: str) -> str:
    """A name without accents, capitals and punctuation, to compare the ways in which people write it."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(char for char in plain if not unicodedata.combining(char))
    return " ".join(re.findall(r"[a-z0-9]+", letters.replace(".", "")))


_BY_NAME = {folded(name): code for code, name in DEPARTMENTS.items()} | _OTHER_NAMES


@lru_cache(4096)
def department_code(text: str) -> str | None:
    """The code of a department given by code or by name, however it is written; None if unknown."""
    return text if text in DEPARTMENTS else _BY_NAME.get(folded(text))


@cache
def _countries() -> frozenset[str]:
    territories = (str(code) for code in Locale("en").territories)
    codes = {code for code in territories if len(code) == 2 and code.isalpha()}
    return frozenset(codes - _NOT_COUNTRIES)


def normalized(place: Place) -> Place:
    """The place with the department that its municipality lies in."""
    if place.municipality and not place.department:
        return replace(place, department=place.municipality[:2])
    return place


def region_faults(region: str, field: str) -> list[Fault]:
    """A region that a supplier serves is a department's code, or the whole country."""
    if region == NATIONWIDE or region in DEPARTMENTS:
        return []
    return [
        Fault(
            "unknown_region",
            f"«{region:.40}» no es un departamento; use su código DIVIPOLA de dos cifras, o CO para "
            "todo el país.",
            f"“{region:.40}” is not a department; use its two-digit DIVIPOLA code, or CO for the "
            "whole country.",
            field,
        )
    ]


def place_faults(place: events.Place, field: str) -> list[Fault]:
    """What is wrong with a place; names of municipalities are not known here, only their form."""
    if place.country != "CO":
        return _foreign_faults(place, field)
    found = []
    if place.department is not None and place.department not in DEPARTMENTS:
        found.append(
            Fault(
                "unknown_department",
                f"«{place.department:.40}» no es un departamento; use su código DIVIPOLA de dos cifras.",
                f"“{place.department:.40}” is not a department; use its two-digit DIVIPOLA code.",
                f"{field}.department",
            )
        )
    municipality = place.municipality
    if municipality is not None and not (
        _MUNICIPALITY.fullmatch(municipality) and municipality[:2] in DEPARTMENTS
    ):
        found.append(
            Fault(
                "wrong_municipality",
                "No es un código de municipio; use las cinco cifras de DIVIPOLA.",
                "It is not a municipality's code; use the five digits of DIVIPOLA.",
                f"{field}.municipality",
            )
        )
    elif municipality and place.department and municipality[:2] != place.department:
        found.append(
            Fault(
                "municipality_elsewhere",
                "El municipio no queda en ese departamento; sus dos primeras cifras son el departamento.",
                "The municipality is not in that department; its first two digits are the department.",
                f"{field}.municipality",
            )
        )
    return found


def _foreign_faults(place: events.Place, field: str) -> list[Fault]:
    found = []
    if place.country not in _countries():
        found.append(
            Fault(
                "unknown_country",
                "No es un país; use su código ISO 3166-1 de dos letras, como CO o PE.",
                "It is not a country; use its two-letter ISO 3166-1 code, such as CO or PE.",
                f"{field}.country",
            )
        )
    if place.department is not None or place.municipality is not None:
        found.append(
            Fault(
                "divipola_abroad",
                "El departamento y el municipio son códigos de Colombia; quítelos en otro país.",
                "Department and municipality are codes of Colombia; leave them out elsewhere.",
                field,
            )
        )
    return found
