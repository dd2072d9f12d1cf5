"""Why a supplier fits, in Spanish and in English, made from the verdicts' codes."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date
from typing import TYPE_CHECKING, Any

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal

from services.matching.engine.phrases import JOINTS, MET, SIZES, UNKNOWN, UNMET
from services.matching.engine.units import worded
from shared.divipola import DEPARTMENTS
from shared.money import Money, written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.matching.engine.records import Match, Verdict

_PHRASES = {"met": MET, "unmet": UNMET, "unknown": UNKNOWN}
_LOCALES = {"es": "es_CO", "en": "en_US"}
# More than so many things in one sentence nobody reads; of the rest there is the number.
_MOST_TOLD = 4
_LONGEST_TITLE = 80
# A title that stands in a sentence as it is: short, and neither shouted nor stuffed.
_PLAIN_TITLE = re.compile(r"[^\W\d_][^\W\d_A-ZÁÉÍÓÚÑ][\w ,()/-]{0,60}")
_I_SOUND = re.compile(r"h?[ií](?![aeou])", re.IGNORECASE)


def sentences(match: Match, language: str) -> list[str]:
    """One or two sentences: what speaks for the supplier and what it lacks, and what is to be confirmed.

    `language` is `es` or `en`.
    """
    joints = JOINTS[language]
    said = joints["offers"].format(title=_title(match.offering_title, joints))
    certificates = _told(match, "met", language, certificates=True)
    if certificates:
        said += joints["with"] + _list(certificates, language)
    others = _told(match, "met", language)
    if others:
        joint = joints["and"] if len(others) == 1 else ", "
        said += "," * (len(others) == 1 and len(certificates) > 1) + joint + _list(others, language)
    lacks, unknown = _told(match, "unmet", language), _told(match, "unknown", language)
    if len(lacks) == 1:
        said += joints["lacks"] + lacks[0].replace("|", ": ")
    elif lacks:
        details = [f"{clause.replace('|', ' (')})" if "|" in clause else clause for clause in lacks]
        said += joints["lacks_several"] + _list(details, language)
    found = [said]
    if unknown:
        found.append(joints["to_check"] + _list(unknown, language))
    # A standard's name may end in a full stop.
    return [f"{sentence.removesuffix('.')}." for sentence in found]


def _told(match: Match, outcome: str, language: str, *, certificates: bool = False) -> list[str]:
    """The clauses of an outcome; of those that are met either the certificates or the others."""
    chosen = (
        each
        for each in match.verdicts
        if each.outcome == outcome
        and (outcome != "met" or (each.requirement == "certification") == certificates)
    )
    # What a need names twice, as in capitals and without, is told once.
    told: dict[str, str] = {}
    for each in chosen:
        text = _clause(each, language)
        if text:
            told.setdefault(text.casefold(), text)
    return list(told.values())


def _clause(verdict: Verdict, language: str) -> str | None:
    text = _PHRASES[verdict.outcome][language].get(f"{verdict.requirement}.{verdict.reason}")
    return text and text.format(**_words(verdict, language))


def _words(verdict: Verdict, language: str) -> dict[str, str]:
    asked, found = verdict.asked, verdict.found or {}
    joints, sizes = JOINTS[language], SIZES[language]
    words = {
        "asked": _amount(asked, language),
        "found": _amount(found, language),
        "within_asked": _within(asked, language),
        "within_found": _within(found, language),
        "waits": joints["waits"].format(_amount(found, language))
        if found.get("days")
        else joints["cash_only"],
        "standard": str(asked.get("standard", "")),
        "department": str(asked.get("department", "")),
        "unit": worded(str(found.get("unit", "")), 1, language),
        "regions": _list([_region(each, language) for each in found.get("regions", [])] or [""], language),
        "size": sizes.get(str(found.get("size")), ""),
        "sizes": joints["or"].join(sizes.get(each, each) for each in asked.get("sizes", [])),
        "currency": str(found.get("low", {}).get("currency", "")),
    }
    if verdict.measured is not None and "currency" in asked:
        words["measured"] = written(Money(round(verdict.measured), asked["currency"]), language)
    if found.get("expires_on"):
        words["until"] = _until(date.fromisoformat(found["expires_on"]), language)
    if found.get("rate"):
        words["rate"] = _rate(found["rate"], language)
    return words


def _until(day: date, language: str) -> str:
    """The last good day; by its month alone where that is the month's last day."""
    locale = _LOCALES[language]
    if day.day == monthrange(day.year, day.month)[1]:
        return str(format_skeleton("yMMMM", day, locale=locale))
    return JOINTS[language]["the_day"] + format_date(day, "long", locale=locale)


def _rate(rate: dict[str, Any], language: str) -> str:
    on = format_date(date.fromisoformat(rate["on"]), "long", locale=_LOCALES[language])
    value = format_decimal(rate["value"], "#,##0.######", locale=_LOCALES[language])
    return JOINTS[language]["rate"].format(value=value, base=rate["base"], quote=rate["quote"], on=on)


def _amount(data: dict[str, Any], language: str) -> str:
    """A quantity, an amount of money or days as a person writes them; empty for anything else."""
    if "currency" in data:
        return written(Money(data["amount"], data["currency"]), language)
    if "amount" in data:
        unit = worded(data["unit"], data["amount"], language)
        return f"{_number(data['amount'], language)} {unit}".rstrip()
    if "days" in data:
        return JOINTS[language]["day" if data["days"] == 1 else "days"].format(data["days"])
    return ""


def _number(amount: float, language: str) -> str:
    """A number with the decimals that it takes to tell it from zero, and at most three where it can be."""
    pattern = "#,##0.###" if not 0 < amount < 0.001 else "0.############"
    return str(format_decimal(amount, pattern, locale=_LOCALES[language]))


def _within(data: dict[str, Any], language: str) -> str:
    joints = JOINTS[language]
    return joints["within_days"].format(_amount(data, language)) if data.get("days") else joints["same_day"]


def _region(code: str, language: str) -> str:
    """The name of a department, or of a country."""
    return DEPARTMENTS.get(code) or Locale.parse(_LOCALES[language]).territories.get(code, code)


def _title(title: str, joints: dict[str, str]) -> str:
    """An offering's title inside a sentence; between quotation marks where it can't stand in one."""
    if _PLAIN_TITLE.fullmatch(title):
        return title[0].lower() + title[1:]
    return joints["quoted"].format(_shortened(title))


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_TITLE else text[: _LONGEST_TITLE - 1].rstrip() + "…"


def _list(clauses: Sequence[str], language: str) -> str:
    """Clauses joined as in speech: a, b and c; after the fourth only how many more."""
    joints = JOINTS[language]
    shown = list(clauses)
    if len(shown) > _MOST_TOLD:
        shown = [*shown[:_MOST_TOLD], joints["more"].format(len(shown) - _MOST_TOLD)]
    if len(shown) == 1:
        return shown[0]
    conjunction = joints["and"]
    if language == "es" and _I_SOUND.match(shown[-1]):
        conjunction = " e "
    return ", ".join(shown[:-1]) + conjunction + shown[-1]
