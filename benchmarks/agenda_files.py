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


class BadFile(Exception):
    """A file that can't be read as an event, or contradicts itself; the text says where."""


def problem_of(path: Path, spread: int | None = None) -> Problem:
    """The round of a file: meetings m1, m2, … between companies p1, p2, … in slots 1, 2, … of one day.

    Raises BadFile.
    """
    values = _values(path.read_text(encoding="utf-8-sig"))
    missing = [name for name in ("nBusiness", "nTotalSlots", "requested") if name not in values]
    if missing:
        raise BadFile(f"{path.name} does not say {', '.join(missing)}")
    count = values["nTotalSlots"]
    values.setdefault("nMorningSlots", count)
    forbidden = values.setdefault("forbidden", [set() for _ in range(values["nBusiness"])])
    if len(forbidden) != values["nBusiness"]:
        raise BadFile(f"{path.name} has {values['nBusiness']} participants, {len(forbidden)} in forbidden")
    slots = range(1, count + 1)
    requests = _requests(path.name, values)
    people = {
        f"p{n}": Delegate(f"p{n}", f"p{n}", _ids(slot for slot in slots if slot not in taken))
        for n, taken in enumerate(forbidden, 1)
    }
    return Problem(
        slots=tuple(
            Slot(str(n), "day", "morning" if n <= values["nMorningSlots"] else "afternoon") for n in slots
        ),
        delegates=tuple(people.values()),
        requests=tuple(requests),
        tables=values.get("nTables") or None,
        pinned=tuple(_pinned(path.name, values, requests, people)),
        spread=spread,
        # Each line of a file is a meeting of its own, whoever else the two meet.
        repeats=True,
        objectives=("weight", "holes"),
    )


def _requests(name: str, values: dict[str, Any]) -> list[Request]:
    slots, morning, asked = range(1, values["nTotalSlots"] + 1), values["nMorningSlots"], values["requested"]
    sessions = {1: _ids(n for n in slots if n <= morning), 2: _ids(n for n in slots if n > morning), 3: None}
    if len(asked) % 3 or len(asked) != 3 * values.get("nMeetings", len(asked) // 3):
        raise BadFile(f"{name} has {len(asked)} numbers in requested, not 3 for each of its meetings")
    found = []
    earlier = _earlier(name, values, len(asked) // 3)
    for n, (one, two, session) in enumerate(zip(asked[::3], asked[1::3], asked[2::3], strict=True), 1):
        if not (0 < one <= values["nBusiness"] >= two > 0 != one - two and session in sessions):
            raise BadFile(f"{name}: meeting {n} is ({one}, {two}, {session})")
        before = tuple(f"m{m}" for m in sorted(earlier[n - 1]))
        found.append(Request(f"m{n}", f"p{one}", f"p{two}", 1, sessions[session], before))
    return found


def _earlier(name: str, values: dict[str, Any], count: int) -> list[set[int]]:
    """For each meeting those that must come before it."""
    given = values.get("precedences") or [set() for _ in range(count)]
    if len(given) != count or not all(isinstance(group, set) for group in given):
        raise BadFile(f"{name}: precedences are not {count} sets")
    return [{n for n in group if n > 0} for group in given]


def _pinned(
    name: str, values: dict[str, Any], requests: list[Request], people: dict[str, Delegate]
) -> list[Pinned]:
    """The meetings with a fixed slot, in which both must be free."""
    fixed = values.get("fixed") or [0] * len(requests)
    if len(fixed) != len(requests):
        raise BadFile(f"{name} has {len(requests)} meetings, {len(fixed)} in fixed")
    found = []
    for request, slot in zip(requests, fixed, strict=True):
        if slot:
            one, two = request.buyer_id, request.supplier_id
            times = people[one].free & people[two].free
            if str(slot) not in (times if request.slots is None else times & request.slots):
                raise BadFile(f"{name}: {request.id} is fixed to slot {slot}, which is forbidden to it")
            found.append(Pinned(request.id, str(slot), one, two, None))
    return found


def _values(text: str) -> dict[str, Any]:
    """Every assignment of a file: numbers, lists of numbers, and lists of sets of numbers."""
    found: dict[str, Any] = {}
    text = re.sub(r"%[^\n]*|/\*.*?\*/", "", text, flags=re.DOTALL)
    for name, body in re.findall(r"(\w+)\s*=\s*([^;=]*)(?:;|$)", text):
        word, value = WORDS.get(name, name), body.strip()
        if "[" not in value:
            found.setdefault(word, _numbers(value)[0])
            continue
        # array2d(1..5, 1..3, [...]) is the list alone.
        value = value[value.index("[") :]
        if "{" in value or ".." in value:
            found[word] = [set(_numbers(group)) for group in re.findall(r"\{[^}]*\}|\d+\s*\.\.\s*\d+", value)]
        else:
            # One known file gives a list of degrees the name of a number.
            found["nMeetingsBusiness" if word == "nMorningSlots" else word] = _numbers(value)
    return found


def _numbers(text: str) -> list[int]:
    """All numbers of a text, with those between the ends of a range such as 2..5."""
    found: list[int] = []
    for first, last in re.findall(r"(-?\d+)(?:\s*\.\.\s*(-?\d+))?", text):
        found += range(int(first), int(last or first) + 1)
    return found


def _ids(slots: Any) -> frozenset[str]:
    return frozenset(map(str, slots))
