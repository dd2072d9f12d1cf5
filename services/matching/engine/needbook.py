"""The other direction: the open needs that a supplier fits, by the same score.

An upper bound of the score is computed for all needs at once; only the needs for which it is high enough
get the exact score and the verdicts, one by one.
"""

from __future__ import annotations

import heapq
from array import array
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from services.matching.engine import places
from services.matching.engine.postings import Postings
from services.matching.engine.ranking import assess
from services.matching.engine.scoring import asks_place, tie_break, weights_for
from services.matching.engine.vectors import Offered, Vector
from services.matching.engine.weights import BREADTH_OFFERINGS, LEAST_CODES, LEAST_TEXT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from services.matching.engine.postings import Scores, Slots
    from services.matching.engine.records import Match, Need, Profile, Supplier
    from shared.contracts.catalog import Place

_ASSESSED = 120
_LEAST_GARBAGE = 5_000
# The bound of a supplier with more offerings is that of a single one that has the words of all.
_ONE_BY_ONE = 12
_ROUNDING = 1e-5
# What is kept of a need beside its words: the weights of the parts, and the score that it takes.
_NUMBERS = ("text", "codes", "place", "others", "breadth", "stated", "floor", "where")
_FLOOR = _NUMBERS.index("floor")


class _Entry(NamedTuple):
    need: Need
    profile: Profile
    slot: int


class NeedBook:
    """The open needs with their profiles, found by the terms and codes that they ask for."""

    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}
        self._ids: list[str] = []
        self._terms = Postings()
        self._codes = Postings()
        self._numbers = array("d")
        self._places: dict[Place | None, int] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, need_id: str) -> bool:
        return need_id in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def put(self, need: Need, profile: Profile, floor: float = 0.0) -> None:
        """Add a need or replace what was known of it; `floor` is the score that `reachable` asks for."""
        self.remove(need.need_id)
        weights = weights_for(need, profile)
        named = {name: weights.pop(name, 0.0) for name in ("text", "codes", "place")}
        where = need.place if asks_place(need) else None
        numbers = named | {
            "others": sum(weights.values()),
            "breadth": profile.weights.breadth,
            "stated": not profile.inferred,
            "floor": floor,
            "where": self._places.setdefault(where, len(self._places)),
        }
        self._numbers.extend(numbers[name] for name in _NUMBERS)
        self._ids.append(need.need_id)
        self._codes.add(profile.codes)
        self._entries[need.need_id] = _Entry(need, profile, self._terms.add(profile.terms))

    def remove(self, need_id: str) -> None:
        """Forget a need; an unknown one is no error."""
        entry = self._entries.pop(need_id, None)
        if entry is None:
            return
        self._terms.remove(entry.slot)
        self._codes.remove(entry.slot)
        if len(self._ids) - len(self._entries) > max(_LEAST_GARBAGE, len(self._entries)):
            self._pack()

    def ask(self, need_id: str, floor: float) -> None:
        """From now on `reachable` asks for another score. Raises KeyError."""
        self._numbers[self._entries[need_id].slot * len(_NUMBERS) + _FLOOR] = floor

    def need(self, need_id: str) -> Need:
        """A need as it was put. Raises KeyError."""
        return self._entries[need_id].need

    def profile(self, need_id: str) -> Profile:
        """A need's profile as it was put. Raises KeyError."""
        return self._entries[need_id].profile

    def reachable(self, supplier: Supplier) -> list[Match]:
        """The needs for which the supplier reaches the floor, in no order, and perhaps some others."""
        offered = Offered(supplier.offerings)
        slots, _ = self._bounds(supplier, offered.vectors, use_floors=True)
        found = []
        for slot in slots:
            match = self._assess(int(slot), supplier, offered)
            if match is not None:
                found.append(match)
        return found

    def fitting(self, supplier: Supplier, limit: int = 50, assessed: int = _ASSESSED) -> list[Match]:
        """The needs that the supplier fits best, best first, also those that it almost fits.

        When `assessed` needs and more could be among them, those that promise least are left out unseen.
        """
        offered = Offered(supplier.offerings)
        slots, most = self._bounds(supplier, offered.vectors, use_floors=False)
        found: list[Match] = []
        best: list[float] = []
        for place in np.argsort(-most, kind="stable")[: max(assessed, 2 * limit)]:
            if len(best) == limit and best[0] > most[place]:
                break
            match = self._assess(int(slots[place]), supplier, offered)
            if match is not None:
                found.append(match)
                (heapq.heappush if len(best) < limit else heapq.heappushpop)(best, match.score)
        found.sort(key=lambda match: (-match.score, tie_break(match.need_id, match.supplier_id)))
        return found[:limit]

    def _assess(self, slot: int, supplier: Supplier, offered: Offered) -> Match | None:
        entry = self._entries[self._ids[slot]]
        return assess(entry.need, entry.profile, supplier, offered)

    def _bounds(self, supplier: Supplier, vectors: list[Vector], *, use_floors: bool) -> tuple[Slots, Scores]:
        """The needs that the supplier could be linked to, and the most that it can score in each.

        Text, codes and place count with what they are; all other parts as if they were full.
        """
        one_by_one = 0 < len(vectors) <= _ONE_BY_ONE
        several = vectors if one_by_one else [_joined(vectors)]
        texts = np.array([self._terms.sums(each.terms) for each in several])
        shared = [self._codes.sums(dict.fromkeys(each.branches, 1.0)) for each in several]
        codes = np.array(shared).max(axis=0)
        numbers = dict(zip(_NUMBERS, np.frombuffer(self._numbers).reshape(-1, len(_NUMBERS)).T, strict=True))
        linked = texts.max(axis=0) >= LEAST_TEXT - _ROUNDING
        linked |= numbers["stated"] * codes >= LEAST_CODES - _ROUNDING
        slots: Slots = np.flatnonzero(linked)
        kept = {name: column[slots] for name, column in numbers.items()}
        text = _breadth(texts[:, slots], kept["breadth"], one_by_one)
        most = kept["text"] * text + kept["codes"] * np.minimum(codes[slots], 1.0) + kept["others"]
        most += _ROUNDING
        floors = use_floors * kept["floor"]
        hopeful = np.flatnonzero(most + kept["place"] >= floors)
        near = self._nearness(supplier, kept["where"][hopeful].astype(np.int64))
        most = most[hopeful] + kept["place"][hopeful] * near
        reached = most >= floors[hopeful]
        return slots[hopeful][reached], most[reached]

    def _nearness(self, supplier: Supplier, where: Slots) -> Scores:
        """How near the supplier is to where each need is to be served."""
        all_places = list(self._places)
        values = np.zeros(len(all_places))
        for number in np.unique(where):
            place = all_places[number]
            values[number] = 0.0 if place is None else places.nearness(supplier, place)
        near: Scores = values[where]
        return near

    def _pack(self) -> None:
        """Leave out the garbage, and number the slots anew."""
        stay = self._terms.pack()
        self._codes.pack()
        numbers = np.frombuffer(self._numbers).reshape(-1, len(_NUMBERS))[stay]
        self._numbers = array("d", numbers.tobytes())
        self._ids = [self._ids[slot] for slot in stay]
        for slot, need_id in enumerate(self._ids):
            self._entries[need_id] = self._entries[need_id]._replace(slot=slot)


def _joined(vectors: list[Vector]) -> Vector:
    """The vector of one offering that has every word and code of these."""
    terms: dict[str, float] = {}
    for each in vectors:
        for term, weight in each.terms.items():
            terms[term] = max(weight, terms.get(term, 0.0))
    return Vector(terms, sorted({branch for each in vectors for branch in each.branches}))


def _breadth(texts: NDArray[np.float64], shares: Scores, one_by_one: bool) -> Scores:
    """The text scores by need of a supplier from its offerings' (offerings x needs): see `scoring.breadth`.

    Of joined offerings, the most that it can be.
    """
    ranked = -np.sort(-texts, axis=0)[:BREADTH_OFFERINGS]
    best = np.minimum(ranked[0], 1.0)
    halved = 0.5 ** np.arange(len(ranked) - 1)
    further = halved @ ranked[1:] if one_by_one else 2.0 * ranked[0]
    found: Scores = np.minimum(best + (1.0 - best) * shares * further, 1.0)
    return found
