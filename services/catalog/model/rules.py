"""Rules on single values. A rule takes a value and the path of its field, and returns its faults.

The rules of a record are a table, so that the same ones hold for what comes over HTTP (where some
fields may be unusable, and the others are to be checked all the same) and for a line of a file.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from math import isfinite
from typing import TYPE_CHECKING, Any

from shared.contracts import catalog as events
from shared.errors import Fault, Invalid
from shared.money import Money, minor_digits

if TYPE_CHECKING:
    from collections.abc import Mapping

Rule = Callable[[Any, str], list[Fault]]

# Control characters say nothing to a reader, and lone surrogates can't be stored or sent.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_UNSPSC = re.compile(r"(?:[0-9]{2}){1,4}")

# One quadrillion: more than any contract, and exact in a float and in every JSON reader.
LARGEST = 10**15


class Amount(Money, frozen=True, forbid_unknown_fields=True):
    """Money as it comes in."""


class Quantity(events.Quantity, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An amount of a unit as it comes in."""


class PriceRange(events.PriceRange, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Two prices as they come in."""

    low: Amount
    high: Amount


def faults_of(rules: Mapping[str, Rule], values: Mapping[str, Any]) -> list[Fault]:
    """The faults of all fields that are there; a field that is None was not given and has none."""
    found: list[Fault] = []
    for field, rule in rules.items():
        value = values.get(field)
        if value is not None:
            found += rule(value, field)
    return found


def text(longest: int, *, may_be_empty: bool = False) -> Rule:
    """Text in any alphabet, of at most `longest` characters, that is not blank."""

    def rule(value: str, field: str) -> list[Fault]:
        if not may_be_empty and not value.strip():
            return [Fault("empty", "Escriba un texto.", "Write a text.", field)]
        if len(value) > longest:
            return [
                Fault(
                    "too_long",
                    f"Tiene {len(value)} caracteres; acórtelo a {longest}.",
                    f"It has {len(value)} characters; shorten it to {longest}.",
                    field,
                )
            ]
        if _UNPRINTABLE.search(value):
            return [
                Fault(
                    "unprintable",
                    "Hay caracteres que no se pueden leer; escriba el texto de nuevo.",
                    "There are characters that can't be read; write the text again.",
                    field,
                )
            ]
        return []

    return rule


def one_of(*choices: str) -> Rule:
    """One of a few words."""

    def rule(value: str, field: str) -> list[Fault]:
        if value in choices:
            return []
        listed = ", ".join(choices)
        return [Fault("unknown_choice", f"Use uno de: {listed}.", f"Use one of: {listed}.", field)]

    return rule


def each(rule: Rule, *, most: int, least: int = 0) -> Rule:
    """A list whose items all keep a rule; at least `least` and at most `most` of them."""

    def check(values: list[Any], field: str) -> list[Fault]:
        if not least <= len(values) <= most:
            return [
                Fault(
                    "wrong_length",
                    f"Ponga entre {least} y {most} elementos; hay {len(values)}.",
                    f"Give between {least} and {most} items; there are {len(values)}.",
                    field,
                )
            ]
        return [fault for index, value in enumerate(values) for fault in rule(value, f"{field}.{index}")]

    return check


def whole(lowest: int, highest: int) -> Rule:
    """A whole number between two bounds, both included."""

    def rule(value: int, field: str) -> list[Fault]:
        if lowest <= value <= highest:
            return []
        return [
            Fault(
                "out_of_range",
                f"Use un número entre {lowest} y {highest}.",
                f"Use a number between {lowest} and {highest}.",
                field,
            )
        ]

    return rule


def unspsc(value: str, field: str) -> list[Fault]:
    """A UNSPSC code of any level: segment (2 digits), family (4), class (6) or commodity (8)."""
    if _UNSPSC.fullmatch(value):
        return []
    return [
        Fault(
            "wrong_unspsc",
            f"«{value:.20}» no es un código UNSPSC; use 2, 4, 6 u 8 cifras.",
            f"“{value:.20}” is not a UNSPSC code; use 2, 4, 6 or 8 digits.",
            field,
        )
    ]


def quantity(value: events.Quantity, field: str) -> list[Fault]:
    """More than nothing of a named unit."""
    found = _UNIT(value.unit, f"{field}.unit")
    if not (isfinite(value.amount) and 0 < value.amount <= LARGEST):
        found.append(
            Fault(
                "not_positive",
                "Use una cantidad mayor que cero.",
                "Use an amount above zero.",
                f"{field}.amount",
            )
        )
    return found


def money(value: Money, field: str) -> list[Fault]:
    """An amount that is not negative, in a currency that exists."""
    found = []
    try:
        minor_digits(value.currency)
    except Invalid as error:
        fault = error.faults[0]
        found.append(Fault(fault.code, fault.es, fault.en, f"{field}.currency"))
    if value.amount < 0:
        found.append(
            Fault(
                "negative_amount",
                "El valor no puede ser negativo; use cero o más.",
                "The amount can't be negative; use zero or more.",
                f"{field}.amount",
            )
        )
    elif value.amount > LARGEST:
        found.append(
            Fault(
                "amount_too_large",
                "El valor es demasiado grande; revise los ceros.",
                "The amount is too large; check the zeros.",
                f"{field}.amount",
            )
        )
    return found


def price_range(value: events.PriceRange, field: str) -> list[Fault]:
    """From a low to a high price in one currency."""
    found = money(value.low, f"{field}.low") + money(value.high, f"{field}.high")
    found += _UNIT(value.unit, f"{field}.unit")
    if value.low.currency != value.high.currency:
        found.append(
            Fault(
                "two_currencies",
                "Los dos precios deben estar en la misma moneda.",
                "Both prices must be in the same currency.",
                f"{field}.high.currency",
            )
        )
    elif value.low.amount > value.high.amount:
        found.append(
            Fault(
                "low_above_high",
                "El precio menor pasa del mayor; cámbielos de lugar.",
                "The low price is above the high one; swap them.",
                f"{field}.low.amount",
            )
        )
    return found


_UNIT = text(40)
