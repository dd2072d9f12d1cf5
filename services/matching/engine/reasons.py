"""Why a supplier fits, in Spanish and in English, made from the verdicts' codes."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from babel.dates import format_date
from babel.numbers import format_decimal

from services.matching.engine.places import DEPARTMENTS
from shared.money import Money, written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.matching.engine.records import Match, Verdict

_TEXTS: dict[str, dict[str, str]] = {
    "es": {
        "offers": "Ofrece «{title}»",
        "and": " y ",
        "lacks": "Le falta: ",
        "to_check": "Por confirmar: ",
        "certification.valid_until": "tiene {standard} vigente hasta el {until}",
        "certification.held": "tiene {standard}",
        "certification.expired": "{standard} vence el {until}, antes del cierre",
        "certification.not_stated": "si tiene {standard}",
        "capacity.enough": "su capacidad alcanza ({found} al mes)",
        "capacity.too_little": "capacidad, {found} de {asked} al mes",
        "capacity.not_stated": "su capacidad al mes",
        "capacity.units_differ": "su capacidad, que está en otra unidad ({found})",
        "budget.within_budget": "su precio cabe en el presupuesto",
        "budget.over_budget": "un precio dentro de {asked}",
        "budget.not_stated": "su precio",
        "budget.currencies_differ": "su precio, que está en otra moneda",
        "budget.quantity_missing": "el precio total, porque la necesidad no dice cuánto",
        "budget.units_differ": "su precio, que es por {unit}",
        "minimum_order.order_large_enough": "acepta pedidos de esta cantidad",
        "minimum_order.order_too_small": "aceptar pedidos menores que {found}",
        "minimum_order.not_stated": "su pedido mínimo",
        "minimum_order.units_differ": "su pedido mínimo, que está en otra unidad ({found})",
        "region.located_there": "trabaja en {department}",
        "region.serves_there": "atiende {department}",
        "region.serves_elsewhere": "atender {department} (atiende {regions})",
        "region.not_stated": "si atiende {department}",
        "unspsc.same_class": "su código UNSPSC coincide",
    },
    "en": {
        "offers": "Offers “{title}”",
        "and": " and ",
        "lacks": "Lacks: ",
        "to_check": "To be confirmed: ",
        "certification.valid_until": "has {standard}, valid until {until}",
        "certification.held": "has {standard}",
        "certification.expired": "{standard} expires on {until}, before the closing date",
        "certification.not_stated": "whether it has {standard}",
        "capacity.enough": "its capacity is enough ({found} a month)",
        "capacity.too_little": "capacity, {found} of {asked} a month",
        "capacity.not_stated": "its monthly capacity",
        "capacity.units_differ": "its capacity, stated in another unit ({found})",
        "budget.within_budget": "its price fits the budget",
        "budget.over_budget": "a price within {asked}",
        "budget.not_stated": "its price",
        "budget.currencies_differ": "its price, stated in another currency",
        "budget.quantity_missing": "the total price, as the need does not say how much",
        "budget.units_differ": "its price, which is per {unit}",
        "minimum_order.order_large_enough": "takes orders of this size",
        "minimum_order.order_too_small": "taking orders smaller than {found}",
        "minimum_order.not_stated": "its minimum order",
        "minimum_order.units_differ": "its minimum order, stated in another unit ({found})",
        "region.located_there": "works in {department}",
        "region.serves_there": "serves {department}",
        "region.serves_elsewhere": "serving {department} (it serves {regions})",
        "region.not_stated": "whether it serves {department}",
        "unspsc.same_class": "its UNSPSC code agrees",
    },
}
_LOCALES = {"es": "es_CO", "en": "en_US"}


def sentences(match: Match, language: str) -> list[str]:
    """One to three sentences: what speaks for the supplier, what it lacks, what is to be confirmed.

    `language` is `es` or `en`.
    """
    texts = _TEXTS[language]
    offered = texts["offers"].format(title=match.offering_title)
    said = [_list([offered, *_told(match, "met", language)], texts)]
    for outcome, opening in (("unmet", "lacks"), ("unknown", "to_check")):
        clauses = _told(match, outcome, language)
        if clauses:
            said.append(texts[opening] + _list(clauses, texts))
    return [f"{sentence}." for sentence in said]


def _told(match: Match, outcome: str, language: str) -> list[str]:
    clauses = (clause(each, language) for each in match.verdicts if each.outcome == outcome)
    return [each for each in clauses if each]


def clause(verdict: Verdict, language: str) -> str | None:
    """A verdict as part of a sentence; None for what only experts would miss (a differing code)."""
    text = _TEXTS[language].get(f"{verdict.requirement}.{verdict.reason}")
    if text is None:
        return None
    return text.format(**_words(verdict, language))


def _words(verdict: Verdict, language: str) -> dict[str, str]:
    found = verdict.found or {}
    words = {
        "asked": _amount(verdict.asked, language),
        "found": _amount(found, language),
        "standard": str(verdict.asked.get("standard", "")),
        "department": str(verdict.asked.get("department", "")),
        "unit": str(found.get("unit", "")),
        "regions": ", ".join(DEPARTMENTS.get(each, each) for each in found.get("regions", [])),
    }
    if found.get("expires_on"):
        day = date.fromisoformat(found["expires_on"])
        words["until"] = format_date(day, "long", locale=_LOCALES[language])
    return words


def _amount(data: dict[str, Any], language: str) -> str:
    """A quantity or an amount of money as a person writes it; empty for anything else."""
    if "currency" in data:
        return written(Money(data["amount"], data["currency"]), language)
    if "amount" in data:
        return f"{format_decimal(data['amount'], locale=_LOCALES[language])} {data['unit']}"
    return ""


def _list(clauses: Sequence[str], texts: dict[str, str]) -> str:
    """Clauses joined as in speech: a, b and c."""
    if len(clauses) == 1:
        return clauses[0]
    return ", ".join(clauses[:-1]) + texts["and"] + clauses[-1]
