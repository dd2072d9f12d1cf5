"""Codes for a text: UNSPSC classes and CIIU classes whose official words, or whose companies, say the same.

A code is ranked like a supplier whose offerings are the official texts and what companies with the code
offer, so everything that is understood in a need is understood here.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import msgspec

from services.matching.engine.index import SupplierIndex
from services.matching.engine.ranking import shortlist
from services.matching.engine.records import Need, Offering, Supplier

if TYPE_CHECKING:
    from collections.abc import Iterable

SCHEMES = ("UNSPSC", "CIIU")
# Of each code so many companies' words are enough.
MOST_EXAMPLES = 20
LEAST_CONFIDENCE = 0.05

_PIECES = re.compile(r"[;\n]+")


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A class of an official list: `title` is its name, `text` what it includes, by semicolons or lines."""

    scheme: str
    code: str
    title: str
    text: str = ""


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """A code that may fit a text. `confidence` is 0 to 1: how much of the text speaks for it."""

    scheme: str
    code: str
    title: str
    confidence: float


class CodeBook:
    """The official lists, together with what companies that use the codes say of themselves."""

    def __init__(self, entries: Iterable[Entry], examples: Iterable[tuple[str, str, str]] = ()) -> None:
        """`examples` are (scheme, code, text) of companies; those of unknown codes are left out."""
        self._entries = {(entry.scheme, entry.code): entry for entry in entries}
        self._indexes = {scheme: SupplierIndex() for scheme in SCHEMES}
        texts: dict[tuple[str, str], set[str]] = {}
        for scheme, code, text in examples:
            known = texts.setdefault((scheme, code), set())
            if len(known) < MOST_EXAMPLES:
                known.add(text)
        for key, entry in self._entries.items():
            offered = [entry.title, *_PIECES.split(entry.text), *sorted(texts.get(key, ()))]
            offerings = [Offering(offering_id=str(n), title=text) for n, text in enumerate(offered)]
            supplier = Supplier(company_id=entry.code, name=entry.title, offerings=offerings)
            self._indexes[entry.scheme].put(supplier)

    def __len__(self) -> int:
        return len(self._entries)

    def suggest_codes(self, text: str, limit: int = 5) -> list[Suggestion]:
        """The best codes of each list for a text, the surest first; none for a text that says nothing."""
        need = Need(need_id="text", company_id="", title=text, closes_on=date.max)
        found = [
            Suggestion(
                scheme=scheme,
                code=match.supplier_id,
                title=match.supplier_name,
                confidence=round(match.score, 3),
            )
            for scheme, index in self._indexes.items()
            for match in shortlist(index, need, size=limit).matches
            if match.score >= LEAST_CONFIDENCE
        ]
        return sorted(found, key=lambda each: (-each.confidence, each.scheme, each.code))
