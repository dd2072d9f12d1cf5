"""The other direction: the open needs that a supplier fits, by the same score."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from services.matching.engine.ranking import assess
from services.matching.engine.scoring import tie_break, weights_for
from services.matching.engine.vectors import vector
from services.matching.engine.weights import LEAST_CODES, LEAST_TEXT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from services.matching.engine.records import Match, Need, Profile, Supplier
    from services.matching.engine.vectors import Vector

_ASSESSED = 120
_ROUNDING = 1e-5


class _Entry(NamedTuple):
    need: Need
    profile: Profile


class NeedBook:
    """The open needs with their profiles, found by the terms and codes that they ask for."""

    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}
        self._by_term: dict[str, dict[str, float]] = {}
        self._by_code: dict[str, dict[str, float]] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, need_id: str) -> bool:
        return need_id in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def put(self, need: Need, profile: Profile) -> None:
        """Add a need or replace what was known of it."""
        self.remove(need.need_id)
        self._entries[need.need_id] = _Entry(need, profile)
        for term, value in profile.terms.items():
            self._by_term.setdefault(term, {})[need.need_id] = value
        if not profile.inferred:
            for code, value in profile.codes.items():
                self._by_code.setdefault(code, {})[need.need_id] = value

    def remove(self, need_id: str) -> None:
        """Forget a need; an unknown one is no error."""
        entry = self._entries.pop(need_id, None)
        if entry is None:
            return
        for book, keys in ((self._by_term, entry.profile.terms), (self._by_code, entry.profile.codes)):
            for key in keys:
                holders = book.get(key, {})
                holders.pop(need_id, None)
                if not holders:
                    book.pop(key, None)

    def need(self, need_id: str) -> Need:
        """A need as it was put. Raises KeyError."""
        return self._entries[need_id].need

    def profile(self, need_id: str) -> Profile:
        """A need's profile as it was put. Raises KeyError."""
        return self._entries[need_id].profile

    def reachable(self, supplier: Supplier, floors: Mapping[str, float]) -> list[Match]:
        """The needs for which the supplier reaches the score that `floors` ask for, in no order.

        A need for which an upper bound of the score stays below its floor is not assessed.
        """
        vectors = [vector(offering) for offering in supplier.offerings]
        texts, coded = self._bounds(vectors)
        found = []
        for need_id in texts.keys() | coded.keys():
            entry = self._entries[need_id]
            most = _most(entry, texts.get(need_id, 0.0), coded.get(need_id, 0.0), len(vectors))
            if most >= floors[need_id]:
                match = assess(entry.need, entry.profile, supplier, vectors)
                if match is not None:
                    found.append(match)
        return found

    def fitting(self, supplier: Supplier, limit: int = 50, assessed: int = _ASSESSED) -> list[Match]:
        """The needs that the supplier fits best, best first, also those that it almost fits.

        Of more than `assessed` needs that could be linked to it, those with the least in common are left
        out unseen.
        """
        vectors = [vector(offering) for offering in supplier.offerings]
        found = []
        for need_id in self._promising(vectors, assessed):
            entry = self._entries[need_id]
            match = assess(entry.need, entry.profile, supplier, vectors)
            if match is not None:
                found.append(match)
        found.sort(key=lambda match: (-match.score, tie_break(match.need_id, match.supplier_id)))
        return found[:limit]

    def _promising(self, vectors: list[Vector], most_needs: int) -> list[str]:
        """The needs that an offering could be linked to, by an upper bound of the text score."""
        texts, coded = self._bounds(vectors)
        linked = {need_id for need_id, bound in texts.items() if bound >= LEAST_TEXT * 0.999}
        linked |= {need_id for need_id, bound in coded.items() if bound >= LEAST_CODES}
        if len(linked) <= most_needs:
            return list(linked)
        bounds = {
            need_id: self._entries[need_id].profile.weights.text * texts.get(need_id, 0.0)
            + self._entries[need_id].profile.weights.codes * min(1.0, coded.get(need_id, 0.0))
            for need_id in linked
        }
        floor = sorted(bounds.values(), reverse=True)[most_needs - 1]
        return [need_id for need_id, bound in bounds.items() if bound >= floor]

    def _bounds(self, vectors: list[Vector]) -> tuple[dict[str, float], dict[str, float]]:
        """Upper bounds of the text and the code score of any offering, by need."""
        most: dict[str, float] = {}
        for each in vectors:
            for term, weight in each.terms.items():
                if weight > most.get(term, 0.0):
                    most[term] = weight
        texts = _sums(self._by_term, most)
        branches = {branch: 1.0 for each in vectors for branch in each.branches}
        coded = _sums(self._by_code, branches)
        return texts, coded


def _most(entry: _Entry, text: float, coded: float, offerings: int) -> float:
    """The highest score that a supplier with these bounds can have."""
    profile = entry.profile
    best = min(1.0, text)
    if offerings > 1:
        best = min(1.0, best + (1.0 - best) * 2.0 * profile.weights.breadth)
    most = {"text": best, "codes": 1.0 if profile.inferred else min(1.0, coded)}
    return (
        sum(weight * most.get(name, 1.0) for name, weight in weights_for(entry.need, profile).items())
        + _ROUNDING
    )


def _sums(book: dict[str, dict[str, float]], weights: dict[str, float]) -> dict[str, float]:
    """For each need the sum of what it asks for times what is there."""
    sums: dict[str, float] = {}
    for key, weight in weights.items():
        for need_id, value in book.get(key, {}).items():
            sums[need_id] = sums.get(need_id, 0.0) + value * weight
    return sums
