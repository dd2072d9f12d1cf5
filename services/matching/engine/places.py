"""Whether a supplier is where a need is to be served, or goes there."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.matching.engine.records import Supplier
    from shared.contracts.catalog import Place

SAME_MUNICIPALITY = 1.0
SAME_DEPARTMENT = 0.9
SERVES = 0.9
NATIONAL = 0.5

DEPARTMENTS = {
    "05": "Antioquia", "08": "Atlántico", "11": "Bogotá D. C.", "13": "Bolívar", "15": "Boyacá",
    "17": "Caldas", "18": "Caquetá", "19": "Cauca", "20": "Cesar", "23": "Córdoba",
    "25": "Cundinamarca", "27": "Chocó", "41": "Huila", "44": "La Guajira", "47": "Magdalena",
    "50": "Meta", "52": "Nariño", "54": "Norte de Santander", "63": "Quindío", "66": "Risaralda",
    "68": "Santander", "70": "Sucre", "73": "Tolima", "76": "Valle del Cauca", "81": "Arauca",
    "85": "Casanare", "86": "Putumayo", "88": "San Andrés y Providencia", "91": "Amazonas",
    "94": "Guainía", "95": "Guaviare", "97": "Vaupés", "99": "Vichada",
}  # fmt: skip


def name_of(place: Place) -> str:
    """The department's name where it is one of Colombia, else what is known of the place."""
    if place.country == "CO" and place.department in DEPARTMENTS:
        return DEPARTMENTS[place.department]
    return place.department or place.country


def seats(supplier: Supplier) -> Iterator[Place]:
    """The places that a supplier works from: its own and those of what it offers."""
    yield supplier.place
    for offering in supplier.offerings:
        if offering.place is not None:
            yield offering.place


def serves(supplier: Supplier, wanted: Place) -> float:
    """What the regions that the supplier says it serves are worth for a place: 0.9, nationwide 0.5, or 0."""
    if wanted.country != supplier.place.country:
        return 0.0
    regions = supplier.regions_served
    if wanted.department in regions or (wanted.municipality and wanted.municipality in regions):
        return SERVES
    return NATIONAL if wanted.country in regions else 0.0


def nearness(supplier: Supplier, wanted: Place) -> float:
    """0 to 1: the same municipality 1 (or department, where no more was asked), then 0.9, 0.5, 0."""
    best = serves(supplier, wanted)
    for seat in seats(supplier):
        if seat.country != wanted.country or seat.department != wanted.department:
            continue
        if wanted.municipality is None or seat.municipality == wanted.municipality:
            return SAME_MUNICIPALITY
        best = max(best, SAME_DEPARTMENT)
    return best
