"""A supplier measured against a need, in the reader's words: why, by requirement, point by point."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from babel.numbers import format_decimal

from services.portal.pages.reader import LOCALES
from services.portal.texts import text
from shared.divipola import DEPARTMENTS
from shared.money import Money, written

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.portal.pages.reader import Reader

Row = dict[str, Any]

OUTCOMES = ("met", "unmet", "unknown")
# Codes classify; another one is not something that anybody lacks.
_CLASSIFY = ("unspsc", "ciiu")
# Between the segments of a bar, in percent of it, so that they are told apart without colours.
_SEAM = 0.6


def match_row(match: Row, reader: Reader) -> Row:
    """What both sides see of a match."""
    verdicts = _verdicts(match, reader)
    counted = Counter(each["outcome"] for each in verdicts)
    return {
        "fit": reader.share(match["score"]),
        "almost": match["almost"],
        "reasons": match["reasons"],
        "verdicts": verdicts,
        "counts": [(outcome, reader.number(counted[outcome])) for outcome in OUTCOMES if counted[outcome]],
        "lacks": [each for each in verdicts if each["gap"] and each["mandatory"]],
        "bar": _bar(match["parts"]),
        "points": [
            (each["name"], _points(each["points"]), _points(each["weight"])) for each in match["parts"]
        ],
        "by_anchor": (match["decision"] or {}).get("by_anchor"),
        "interested": (match["decision"] or {}).get("interested"),
    }


def likeness(match: Row) -> float:
    """How much of a need's words or codes the supplier shares, 0 to 1."""
    return max((each["value"] for each in match["parts"] if each["name"] in {"text", "codes"}), default=0.0)


def _points(part: float) -> str:
    return str(round(100 * part))


def _bar(parts: list[Row]) -> list[Row]:
    """Of each part how wide its segment is and how far it is filled, in percent of the whole."""
    found: list[Row] = []
    start = 0.0
    for each in parts:
        width = max(100 * each["weight"] - _SEAM, 0.2)
        filled = min(100 * each["points"], width)
        found.append({"x": round(start, 2), "width": round(width, 2), "filled": round(filled, 2)})
        start += 100 * each["weight"]
    return found


def _verdicts(match: Row, reader: Reader) -> list[Row]:
    # Each unmet requirement but the codes has a gap, in the same order.
    gaps = iter(match["gaps"])
    found = []
    for each in match["verdicts"]:
        has_gap = each["outcome"] == "unmet" and each["requirement"] not in _CLASSIFY
        found.append(_verdict(each, next(gaps, None) if has_gap else None, reader))
    return found


def _verdict(verdict: Row, gap: Row | None, reader: Reader) -> Row:
    language, requirement = reader.language, verdict["requirement"]
    asked = said(verdict["asked"], reader)
    classifies = requirement in _CLASSIFY and verdict["outcome"] == "unmet"
    row = {
        "requirement": requirement,
        "outcome": verdict["outcome"],
        "word": text("differs" if classifies else verdict["outcome"], language),
        "name": text(f"part_{requirement}", language),
        "mandatory": verdict["mandatory"],
        "asked": asked,
        "found": said(verdict["found"] or {}, reader, verdict["outcome"]),
        "note": _note(verdict, language),
        "offering": verdict["offering"],
        "offering_id": verdict["offering_id"],
        "gap": gap and _gap(gap, reader),
    }
    if requirement == "certification":
        row |= {"name": f"{row['name']} {asked}", "asked": ""}
    return row


def _note(verdict: Row, language: str) -> str:
    """Why what is stated says nothing, or what the two have had with each other."""
    if verdict["requirement"] in {"history", "experience"}:
        return text(f"past_{verdict['reason']}", language)
    return text(f"unknown_{verdict['reason']}", language) if verdict["outcome"] == "unknown" else ""


def _gap(gap: Row, reader: Reader) -> Row:
    language = reader.language
    missing = gap["missing"] or {}
    far = text(f"missing_{gap['requirement']}", language).format(said(missing, reader)) if missing else ""
    is_share = missing and "kilometres" not in missing
    return {
        "far": f"{far} ({reader.share(gap['distance'])})" if is_share else far,
        "closable": gap["closable"],
        "word": text("closable" if gap["closable"] else "not_closable", language),
    }


def said(data: Row, reader: Reader, outcome: str = "met") -> str:
    """Plain data of a verdict as a person writes them; empty for what has no words."""
    for name, words in _SHAPES.items():
        if data.get(name) is not None:
            return words(data, reader, outcome)
    return ""


def _standard(data: Row, reader: Reader, outcome: str) -> str:
    until = data.get("expires_on")
    if not until:
        return str(data["standard"])
    key = "valid_until" if outcome == "met" else "expired_on"
    return f"{data['standard']}, {text(key, reader.language)} {reader.day(until)}"


def _money(data: Row, reader: Reader, _: str) -> str:
    return written(Money(data["amount"], data["currency"]), reader.language)


def _prices(data: Row, reader: Reader, outcome: str) -> str:
    ends = dict.fromkeys(_money(data[name], reader, outcome) for name in ("low", "high"))
    return f"{' – '.join(ends)} {text('for_each', reader.language)} {data['unit']}"


def _amount(data: Row, reader: Reader, _: str) -> str:
    return f"{format_decimal(data['amount'], locale=LOCALES[reader.language])} {data['unit']}"


def _days(data: Row, reader: Reader, _: str) -> str:
    key = "day_one" if data["days"] == 1 else "day_many"
    return f"{reader.number(data['days'])} {text(key, reader.language)}"


def _regions(data: Row, reader: Reader, _: str) -> str:
    return ", ".join(
        DEPARTMENTS.get(each, text("whole_country", reader.language)) for each in data["regions"]
    )


def _sizes(data: Row, reader: Reader, _: str) -> str:
    return ", ".join(text(f"size_{each}", reader.language) for each in data.get("sizes") or [data["size"]])


# By the field that tells one shape from the others.
_SHAPES: dict[str, Callable[[Row, Reader, str], str]] = {
    "standard": _standard,
    "low": _prices,
    "currency": _money,
    "unit": _amount,
    "days": _days,
    "regions": _regions,
    "department": lambda data, _reader, _outcome: str(data["department"]),
    "sizes": _sizes,
    "size": _sizes,
    "codes": lambda data, _reader, _outcome: ", ".join(data["codes"]),
    "kilometres": lambda data, reader, _outcome: reader.number(round(data["kilometres"])),
}
