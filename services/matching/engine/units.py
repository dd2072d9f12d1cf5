"""Quantities in different units: convertible, or clearly not."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from services.matching.engine.text import folded

if TYPE_CHECKING:
    from shared.contracts.catalog import Quantity

# Each family of units by how many of its base unit one of them is; an arroba is 12.5 kg in Colombia.
_FAMILIES: dict[str, dict[str, float]] = {
    "mass": {
        "kg": 1, "kilo": 1, "kilogramo": 1, "g": 0.001, "gr": 0.001, "gramo": 0.001, "t": 1000,
        "ton": 1000, "tonelada": 1000, "lb": 0.5, "libra": 0.5, "arroba": 12.5, "quintal": 50,
        "bulto de 50 kg": 50,
    },
    "volume": {
        "l": 1, "lt": 1, "litro": 1, "ml": 0.001, "mililitro": 0.001, "m3": 1000, "metro cubico": 1000,
        "gal": 3.785411784, "galon": 3.785411784,
    },
    "length": {"m": 1, "metro": 1, "cm": 0.01, "centimetro": 0.01, "km": 1000, "kilometro": 1000},
    "area": {"m2": 1, "metro cuadrado": 1, "ha": 10_000, "hectarea": 10_000},
    "count": {
        "unidad": 1, "un": 1, "und": 1, "u": 1, "ud": 1, "uds": 1, "unit": 1, "pieza": 1, "par": 2,
        "docena": 12, "dozen": 12, "ciento": 100, "millar": 1000,
    },
    "time": {"h": 1, "hora": 1, "hour": 1, "dia": 24, "day": 24},
}  # fmt: skip
_UNITS = {name: (family, factor) for family, names in _FAMILIES.items() for name, factor in names.items()}
# Units that are words, as they are said of one and of several in Spanish and English.
_WORDS = (
    ("unidad", "unidades", "unit", "units"), ("pieza", "piezas", "piece", "pieces"),
    ("par", "pares", "pair", "pairs"), ("docena", "docenas", "dozen", "dozens"),
    ("tonelada", "toneladas", "tonne", "tonnes"), ("kilo", "kilos", "kilo", "kilos"),
    ("kilogramo", "kilogramos", "kilogram", "kilograms"),
    ("gramo", "gramos", "gram", "grams"), ("libra", "libras", "pound", "pounds"),
    ("arroba", "arrobas", "arroba", "arrobas"),
    ("quintal", "quintales", "quintal", "quintals"),
    ("litro", "litros", "litre", "litres"), ("galón", "galones", "gallon", "gallons"),
    ("metro", "metros", "metre", "metres"),
    ("metro cuadrado", "metros cuadrados", "square metre", "square metres"),
    ("metro cúbico", "metros cúbicos", "cubic metre", "cubic metres"),
    ("hectárea", "hectáreas", "hectare", "hectares"),
    ("hora", "horas", "hour", "hours"), ("día", "días", "day", "days"),
    ("servicio", "servicios", "service", "services"),
    ("caja", "cajas", "box", "boxes"), ("bulto", "bultos", "sack", "sacks"),
)  # fmt: skip
_SAID = {folded(form): forms for forms in _WORDS for form in (forms[0], forms[1])}


def worded(unit: str, amount: float, language: str) -> str:
    """A unit beside its amount, in number and language; one that is no known word stays as it was written."""
    forms = _SAID.get(folded(unit).strip())
    if forms is None:
        return unit
    return forms[(2 if language == "en" else 0) + (amount != 1)]


@lru_cache(maxsize=10_000)
def unit_of(written: str) -> tuple[str, float]:
    """The family of a unit as it was written and its factor to the family's base.

    An unknown unit is a family of its own, comparable with itself alone.
    """
    name = folded(written).strip().rstrip(".").replace("³", "3").replace("²", "2")
    for form in (name, name.removesuffix("s"), name.removesuffix("es")):
        if form in _UNITS:
            return _UNITS[form]
    return f"unit {name.removesuffix('s')}", 1.0


def converted(quantity: Quantity, unit: str) -> float | None:
    """How much the quantity is in another unit, or None where the two can't be compared."""
    family, factor = unit_of(quantity.unit)
    other_family, other_factor = unit_of(unit)
    return quantity.amount * factor / other_factor if family == other_family else None
