"""Reads brokerage events from .dzn files, in English and in Catalan words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from services.rounds.agenda import Delegate, Pinned, Problem, Request, Slot

if TYPE_CHECKING:
    from pathlib import Path

WORDS = {
    "nEmpreses": "nBusiness",
    "nReunions": "nMeetings",
    "nTaules": "nTables",
    "nFrangesTotal": "nTotalSlots",
    "nFrangesMati": "nMorningSlots",
    "demanades": "requested",
    "prohibides": "forbidden",
    "fixat": "fixed",
    "precedencies": "precedences",
}


def problem_of(path: Path, spread: int | None = None) -> Problem:
    """The round of a file: meetings m1, m2, … between companies p1, p2, … in slots 1, 2, … of one day."""
    values = _values(path.read_text(encoding="utf-8"))
    slots = range(1, values["nTotalSlots"] + 1)
    morning = values["nMorningSlots"]
    sessions = {1: _ids(n for n in slots if n <= morning), 2: _ids(n for n in slots if n > morning), 3: None}
    asked = values["requested"]
    triples = list(zip(asked[::3], asked[1::3], asked[2::3], strict=True))
    earlier = values.get("precedences") or [set()] * len(triples)
    requests = [
        Request(
            f"m{n}",
            f"p{one}",
            f"p{two}",
            1,
            sessions[session],
            tuple(f"m{m}" for m in sorted(before) if m > 0),
        )
        for n, ((one, two, session), before) in enumerate(zip(triples, earlier, strict=True), 1)
    ]
    people = [
        Delegate(f"p{n}", f"p{n}", _ids(slot for slot in slots if slot not in taken))
        for n, taken in enumerate(values["forbidden"], 1)
    ]
    return Problem(
        slots=tuple(Slot(str(n), "day", "morning" if n <= morning else "afternoon") for n in slots),
        delegates=tuple(people),
        requests=tuple(requests),
        tables=values["nTables"] or None,
        pinned=tuple(
            Pinned(f"m{n}", str(slot), f"p{one}", f"p{two}", None)
            for n, (slot, (one, two, _)) in enumerate(
                zip(values.get("fixed") or [], triples, strict=False), 1
            )
            if slot
        ),
        spread=spread,
        # Each line of a file is a meeting of its own, whoever else the two meet.
        repeats=True,
    )


def _values(text: str) -> dict[str, Any]:
    """Every assignment of a file: numbers, lists of numbers, and lists of sets of numbers."""
    found: dict[str, Any] = {}
    for name, body in re.findall(r"(\w+)\s*=\s*([^;]*);?", re.sub(r"%[^\n]*", "", text)):
        word, value = WORDS.get(name, name), body.strip()
        if "{" in value:
            sets = re.findall(r"\{([^}]*)\}", value)
            found[word] = [{int(number) for number in re.findall(r"\d+", group)} for group in sets]
        elif value.startswith("["):
            # One known file gives a list of degrees the name of a number.
            word = "nMeetingsBusiness" if word == "nMorningSlots" else word
            found[word] = [int(number) for number in re.findall(r"-?\d+", value)]
        else:
            found.setdefault(word, int(value))
    return found


def _ids(slots: Any) -> frozenset[str]:
    return frozenset(map(str, slots))
