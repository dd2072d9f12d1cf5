"""A generated directory of small companies and the needs of large ones, in plausible Spanish.

    python -m benchmarks.directory --companies 1000 --needs 50 FILE

Seeded: the same numbers give the same file. The shares of departments, sizes and sectors are invented but
uneven, as real ones are, and much is left unsaid: each of an offering's terms is stated by some, and a need
asks for some. One JSON object a line, as the catalog's import takes it.
"""

from __future__ import annotations

import argparse
import json
import random
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# DIVIPOLA code of each department (and Bogotá) with an invented weight.
DEPARTMENTS = {
    "11": 250, "05": 140, "76": 95, "25": 70, "08": 55, "68": 50, "13": 35, "15": 28, "54": 27, "66": 26,
    "17": 24, "73": 24, "23": 22, "52": 22, "41": 20, "47": 19, "50": 18, "63": 16, "19": 16, "20": 15,
    "70": 11, "44": 10, "85": 7, "18": 6, "27": 5, "86": 4, "88": 3, "81": 3, "95": 1, "91": 1, "99": 1,
    "94": 1, "97": 1,
}  # fmt: skip
SIZES = {"micro": 70, "small": 20, "medium": 8, "large": 2}
LEGAL = ("SAS", "SAS", "SAS", "Ltda.", "S. A.", "y Cía.", "Asociación", "Cooperativa")


@dataclass(frozen=True)
class Sector:
    """What a kind of company offers: products with their UNSPSC class, and words around them."""

    name: str
    ciiu: str
    unit: str
    products: list[tuple[str, str]]
    details: list[str]
    standards: list[str]


SECTORS = tuple(
    Sector(**sector)
    for sector in tomllib.loads((Path(__file__).parent / "sectors.toml").read_text(encoding="utf-8"))[
        "sectors"
    ]
)
PLACES = ("del Valle", "de la Sierra", "del Río", "Andina", "del Caribe", "del Pacífico", "La Esperanza",
          "El Progreso", "San José", "Santa Rita", "Nueva Era", "del Sur", "Los Alpes", "La Montaña",
          "del Llano", "Buenavista", "Villa Nueva", "El Porvenir", "Cordillera", "Tierra Buena")  # fmt: skip
ANCHORS = ("Alimentos", "Cementos", "Almacenes", "Energía", "Hoteles", "Clínicas", "Ingenio", "Constructora")
OPENINGS = ("Suministro de", "Compra de", "Contratar", "Se requiere", "Adquisición de", "Proveedor de")
LEAD_TIMES = (3, 8, 15, 30)
TERMS = (0, 8, 15, 30, 45, 60)
CAPACITIES = (2, 10, 50, 200, 1000)
# Of a price that offerings ask from 2,000 to 900,000 pesos a unit, in hundredths.
CHEAPEST, DEAREST, STEP = 2, 900, 100_000


def companies(count: int, seed: int = 1) -> Iterator[dict[str, Any]]:
    """`count` supplier companies, each with one to four offerings (2.45 on average)."""
    chance = random.Random(seed)
    departments, weights = list(DEPARTMENTS), list(DEPARTMENTS.values())
    for number in range(count):
        sector = chance.choice(SECTORS)
        place = {"country": "CO", "department": chance.choices(departments, weights)[0]}
        name = f"{sector.name} {chance.choice(PLACES)} {number:06d} {chance.choice(LEGAL)}"
        held = [
            {"standard": chance.choice(sector.standards), "expires_on": _day(chance, -200, 900)}
            for _ in range(chance.choices((0, 1, 2), (60, 30, 10))[0])
        ]
        yield {
            "kind": "company",
            "ref": f"c{number:06d}",
            "name": name,
            "roles": ["supplier"],
            "size": chance.choices([*SIZES, None], [*SIZES.values(), 15])[0],
            "place": place,
            "ciiu": [sector.ciiu] if chance.random() < 0.8 else [],
            "certifications": held,
            "regions_served": chance.choices(([], [place["department"]], ["CO"]), (50, 30, 20))[0],
            "offerings": [
                {"ref": f"o{number:06d}-{n}", **_offering(chance, sector)}
                for n in range(chance.choices((1, 2, 3, 4), (20, 35, 25, 20))[0])
            ],
        }


def needs(count: int, seed: int = 2) -> Iterator[dict[str, Any]]:
    """The companies of some anchors, each followed by its needs; `count` needs in all."""
    chance = random.Random(seed)
    departments, weights = list(DEPARTMENTS), list(DEPARTMENTS.values())
    for number in range(count):
        anchor = f"a{number // 10:04d}"
        if number % 10 == 0:
            yield {
                "kind": "company",
                "ref": anchor,
                "name": f"{chance.choice(ANCHORS)} {chance.choice(PLACES)} {number // 10} S. A.",
                "roles": ["anchor"],
                "size": "large",
                "place": {"country": "CO", "department": chance.choices(departments, weights)[0]},
            }
        sector = chance.choice(SECTORS)
        yield {
            "kind": "need",
            "ref": f"n{number:05d}",
            "company": anchor,
            "place": {"country": "CO", "department": chance.choices(departments, weights)[0]},
            **_need(chance, sector),
        }


def _need(chance: random.Random, sector: Sector) -> dict[str, Any]:
    product, code = chance.choice(sector.products)
    required, desirable = chance.sample(sector.standards, 2)
    amount = chance.choice((5, 20, 100, 500))
    budget = amount * chance.randint(CHEAPEST, DEAREST) * STEP
    stated = {
        "minimum_capacity": (0.6, {"amount": amount, "unit": sector.unit}),
        "quantity": (0.5, {"amount": amount * chance.choice((1, 2, 4)), "unit": sector.unit}),
        "budget": (0.4, {"amount": budget, "currency": "COP"}),
        "delivery_days": (0.5, chance.choice((5, 10, 20, 30, 60))),
        "payment_term_days": (0.8, chance.choice((15, 30, 45, 60, 90))),
        "preferred_sizes": (0.3, ["micro", "small"]),
        "ciiu": (0.3, [sector.ciiu]),
        "required_certifications": (0.3, [required]),
        "desirable_certifications": (0.2, [desirable]),
    }
    return {
        "title": f"{chance.choice(OPENINGS)} {product} {chance.choice(sector.details)}",
        "unspsc": [code[:6]],
        "closes_on": _day(chance, 30, 120),
        **_some(chance, stated),
    }


def _offering(chance: random.Random, sector: Sector) -> dict[str, Any]:
    product, code = chance.choice(sector.products)
    first, second = chance.sample(sector.details, 2)
    low = chance.randint(CHEAPEST, DEAREST) * STEP
    capacity = chance.choice(CAPACITIES)
    where = chance.choice(PLACES)
    stated = {
        "unspsc": (0.7, [code]),
        "capacity_per_month": (0.8, {"amount": capacity, "unit": sector.unit}),
        "minimum_order": (0.3, {"amount": capacity / chance.choice((2, 10, 20)), "unit": sector.unit}),
        "lead_time_days": (0.7, chance.choice(LEAD_TIMES)),
        "payment_term_days": (0.5, chance.choice(TERMS)),
        "price_range": (
            0.7,
            {
                "low": {"amount": low, "currency": "COP"},
                "high": {"amount": low * 2, "currency": "COP"},
                "unit": sector.unit,
            },
        ),
    }
    return {
        "title": f"{product} {first}".capitalize(),
        "description": f"Ofrecemos {product} {first}, {second}. Despachos a {where} y alrededores.",
        **_some(chance, stated),
    }


def _some(chance: random.Random, stated: dict[str, tuple[float, Any]]) -> dict[str, Any]:
    """What is stated of these, each by its share."""
    return {name: value for name, (share, value) in stated.items() if chance.random() < share}


def _day(chance: random.Random, first: int, last: int) -> str:
    return (datetime.now(UTC).date() + timedelta(days=chance.randint(first, last))).isoformat()


def write(path: Path, records: Iterable[dict[str, Any]]) -> None:
    """One JSON object a line."""
    with path.open("w", encoding="utf-8") as file:
        for record in records:
            file.write(json.dumps(record, ensure_ascii=False) + "\n")


def main() -> None:
    """Write a directory for trying the import by hand."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--companies", type=int, default=1000)
    parser.add_argument("--needs", type=int, default=50)
    arguments = parser.parse_args()
    write(arguments.file, chain(companies(arguments.companies), needs(arguments.needs)))


if __name__ == "__main__":
    main()
