"""Whether a supplier is where a need is to be served, or goes there."""

from __future__ import annotations

import math
import re
from difflib import get_close_matches
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from services.matching.engine.text import folded
from shared.divipola import DEPARTMENTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.matching.engine.records import Supplier
    from shared.contracts.catalog import Place

Point = tuple[float, float]

SAME_PLACE = 1.0
SAME_DEPARTMENT = 0.8
SERVES = 0.9
NATIONAL = 0.5
# A neighbouring department, and how far beyond it nearness falls to a third.
NEIGHBOUR = 0.2
REACH_KM = 250.0
# How far a municipality is for closeness to fall to a third.
COMMUTE_KM = 50.0

# Latitude and longitude of municipalities in degrees, once a list has been loaded.
_towns: dict[str | None, Point] = {}
_loaded: list[str] = []

# fmt: off
# The departments that share a border on land with each.
NEIGHBOURS = {
    "05": "13 15 17 23 27 66 68 70", "08": "13 47", "11": "25 50 41", "13": "05 08 20 23 47 68 70",
    "15": "05 17 25 54 68 81 85", "17": "05 15 25 66 73", "18": "19 41 50 86 91 95 97",
    "19": "18 41 52 73 76 86", "20": "13 44 47 54 68", "23": "05 13 70", "25": "11 15 17 41 50 73 85",
    "27": "05 66 76", "41": "11 18 19 25 50 73", "44": "20 47", "47": "08 13 20 44",
    "50": "11 18 25 41 85 95 99", "52": "19 86", "54": "15 20 68", "63": "66 73 76",
    "66": "05 17 27 63 73 76", "68": "05 13 15 20 54", "70": "05 13 23", "73": "17 19 25 41 63 66 76",
    "76": "19 27 63 66 73",
    "81": "15 85 99", "85": "15 25 50 81 99", "86": "18 19 52 91", "91": "18 86 97", "94": "95 97 99",
    "95": "18 50 94 97 99", "97": "18 91 94 95", "99": "50 81 85 94 95",
}
# Latitude and longitude of each capital in degrees.
CAPITALS = {
    "05": (6.25, -75.57), "08": (10.97, -74.80), "11": (4.65, -74.08), "13": (10.40, -75.50),
    "15": (5.54, -73.36), "17": (5.07, -75.52), "18": (1.61, -75.61), "19": (2.44, -76.61),
    "20": (10.47, -73.25), "23": (8.75, -75.88), "25": (4.65, -74.08), "27": (5.69, -76.66),
    "41": (2.93, -75.28), "44": (11.54, -72.91), "47": (11.24, -74.20), "50": (4.14, -73.63),
    "52": (1.21, -77.28), "54": (7.89, -72.50), "63": (4.53, -75.68), "66": (4.81, -75.69),
    "68": (7.12, -73.12), "70": (9.30, -75.40), "73": (4.44, -75.24), "76": (3.45, -76.53),
    "81": (7.08, -70.76), "85": (5.34, -72.40), "86": (1.15, -76.65), "88": (12.58, -81.70),
    "91": (-4.21, -69.94), "94": (3.87, -67.92), "95": (2.57, -72.64), "97": (1.25, -70.23),
    "99": (6.19, -67.49),
}
# fmt: on


def name_of(place: Place) -> str:
    """The department's name where it is one of Colombia, else what is known of the place."""
    if place.country == "CO" and place.department in DEPARTMENTS:
        return DEPARTMENTS[place.department]
    return place.department or place.country


def seats(supplier: Supplier) -> list[Place]:
    """The places that a supplier works from: its own and those of what it offers."""
    others = [each.place for each in supplier.offerings if each.place is not None]
    return [supplier.place, *others]


def is_located(supplier: Supplier, wanted: Place) -> bool:
    """Whether the supplier works from the department of a place."""
    department = (wanted.country, wanted.department)
    seat = supplier.place
    if (seat.country, seat.department) == department:
        return True
    others = [each.place for each in supplier.offerings if each.place is not None]
    return department in [(other.country, other.department) for other in others]


def serves(supplier: Supplier, wanted: Place) -> float:
    """What the regions that the supplier says it serves are worth for a place: 0.9, nationwide 0.5, or 0."""
    if wanted.country != supplier.place.country:
        return 0.0
    regions = supplier.regions_served
    if wanted.department in regions or (wanted.municipality and wanted.municipality in regions):
        return SERVES
    return NATIONAL if wanted.country in regions else 0.0


def nearness(supplier: Supplier, wanted: Place) -> float:
    """0 to 1: the same municipality 1 (or department, where no more was asked), the same department 0.8 and
    more the nearer it is, served 0.9, nationwide 0.5, a neighbouring department 0.2, and elsewhere the less
    the farther it is. A municipality across the border counts by its real distance where that is known.
    """
    best = max(serves(supplier, wanted), _nearness(supplier.place, wanted))
    for each in supplier.offerings:
        if each.place is not None:
            best = max(best, _nearness(each.place, wanted))
    return best


def _nearness(seat: Place, wanted: Place) -> float:
    if seat.country != wanted.country:
        return 0.0
    same = seat.department == wanted.department
    if same and (wanted.municipality is None or seat.municipality == wanted.municipality):
        return SAME_PLACE
    km = _apart(seat, wanted)
    closeness = 0.0 if km is None else math.exp(-km / COMMUTE_KM)
    if same:
        return SAME_DEPARTMENT + (SAME_PLACE - SAME_DEPARTMENT) * closeness
    return max(elsewhere(seat, wanted), SAME_DEPARTMENT * closeness)


def elsewhere(seat: Place, wanted: Place) -> float:
    """What another department of Colombia is worth: 0.2 for a neighbour, less beyond; 0 where unknown."""
    if seat.country != "CO" or not seat.department or not wanted.department:
        return 0.0
    return _elsewhere(seat.department, wanted.department, _apart(seat, wanted))


@lru_cache(maxsize=100_000)
def _elsewhere(one: str, other: str, km: int | None) -> float:
    """`km` is the distance of the municipalities, where it is known."""
    if other in NEIGHBOURS.get(one, "").split():
        return NEIGHBOUR
    far = kilometres(one, other) if km is None else km
    return 0.0 if far is None else NEIGHBOUR * math.exp(-1.0 - far / REACH_KM)


def between(one: Place, other: Place) -> int | None:
    """The great-circle distance in kilometres of two places in Colombia: of their municipalities where they
    are known, else of the capitals of their departments; None where neither is, or within one department.
    """
    if one.country != "CO" or other.country != "CO":
        return None
    km = _apart(one, other)
    if km is not None or one.department == other.department:
        return km
    return kilometres(one.department or "", other.department or "")


def load(municipalities: Mapping[str, Point], version: str) -> None:
    """Know these municipalities, by their code, from now on and no others."""
    _towns.clear()
    _towns.update(municipalities)
    _kilometres_of_towns.cache_clear()
    _loaded[:] = [version]


def loaded_version() -> str | None:
    """The version of the list of municipalities that is known, if one has been loaded."""
    return _loaded[0] if _loaded else None


def _apart(one: Place, other: Place) -> int | None:
    """The distance of two municipalities; None where one of them is not known."""
    if not _towns or one.municipality not in _towns or other.municipality not in _towns:
        return None
    return _kilometres_of_towns(one.municipality, other.municipality)


@lru_cache(maxsize=100_000)
def _kilometres_of_towns(one: str | None, other: str | None) -> int:
    return _kilometres(_towns[one], _towns[other])


@cache
def kilometres(one: str, other: str) -> int | None:
    """The great-circle distance between the capitals of two departments, or None if one is unknown."""
    if one not in CAPITALS or other not in CAPITALS:
        return None
    return _kilometres(CAPITALS[one], CAPITALS[other])


def _kilometres(one: Point, other: Point) -> int:
    """The great-circle distance by the haversine formula (Sinnott, "Virtues of the Haversine", 1984)."""
    (lat, lon), (lat2, lon2) = ((math.radians(a), math.radians(b)) for a, b in (one, other))
    half = math.sin((lat2 - lat) / 2) ** 2 + math.cos(lat) * math.cos(lat2) * math.sin((lon2 - lon) / 2) ** 2
    return round(2 * 6371 * math.asin(min(1.0, math.sqrt(half))))


def named(written: str) -> str | None:
    """The code of a department from its name, however badly spelled; a province abroad by its plain name.

    None for what names no place.
    """
    plain = " ".join(_LETTERS.findall(folded(written)))
    if not plain or plain in _NO_PLACE:
        return None
    if plain in _BY_NAME:
        return _BY_NAME[plain]
    close = get_close_matches(plain, _BY_NAME, n=1, cutoff=_CLOSE)
    return _BY_NAME[close[0]] if close else plain


_LETTERS = re.compile(r"[^\W\d_]+")
_CLOSE = 0.82
_NO_PLACE = frozenset({"no definido", "no definida", "no aplica", "nacional", "sin definir", "na", "n a"})
_BY_NAME = {
    " ".join(_LETTERS.findall(folded(name))): code for code, name in DEPARTMENTS.items()
} | {"bogota": "11", "bogota distrito capital": "11", "distrito capital de bogota": "11", "guajira": "44",
     "valle": "76", "norte santander": "54", "san andres": "88",
     "san andres providencia y santa catalina": "88"}  # fmt: skip
