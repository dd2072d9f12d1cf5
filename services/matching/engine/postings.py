"""An inverted index in memory: for each term the slots that have it and what it weighs there.

A slot is an offering. The slots of what was removed are garbage until there is enough of it to be worth
packing. Arrays are read by numpy without copying.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    Scores = NDArray[np.float64]
    Slots = NDArray[np.int64]


class _Row(NamedTuple):
    slots: array[int]
    weights: array[float]


class Postings:
    """Terms by slot and slots by term."""

    def __init__(self) -> None:
        self._rows: dict[str, _Row] = {}
        self._terms: list[tuple[str, ...]] = []
        self._living = bytearray()
        self.alive = 0

    def __len__(self) -> int:
        return len(self._living)

    def terms_at(self, slot: int) -> tuple[str, ...]:
        """The terms of a living slot."""
        return self._terms[slot]

    def add(self, terms: dict[str, float]) -> int:
        """A new slot with these terms and weights."""
        slot = len(self._living)
        self._living.append(1)
        self._terms.append(tuple(terms))
        self.alive += 1
        for term, weight in terms.items():
            row = self._rows.get(term)
            if row is None:
                row = self._rows[term] = _Row(array("i"), array("d"))
            row.slots.append(slot)
            row.weights.append(weight)
        return slot

    def remove(self, slot: int) -> None:
        """Make a slot garbage."""
        self._living[slot] = 0
        self._terms[slot] = ()
        self.alive -= 1

    def sums(self, wanted: dict[str, float], onto: Scores | None = None) -> Scores:
        """For each slot the sum of wanted value x weight there, added in the order of `wanted`, in a fresh
        array or in `onto`, which holds zeros.
        """
        found = np.zeros(len(self._living)) if onto is None else onto
        pairs = [(value, self._rows[term]) for term, value in wanted.items() if term in self._rows]
        if not pairs:
            return found
        slots = np.concatenate([np.frombuffer(row.slots, dtype=np.int32) for _, row in pairs])
        weights = np.concatenate([value * np.frombuffer(row.weights) for value, row in pairs])
        np.add.at(found, slots, weights)
        if self.alive < len(self._living):
            found *= np.frombuffer(self._living, dtype=np.uint8)
        return found

    def living(self) -> NDArray[np.bool_]:
        """Which slots are no garbage."""
        return np.frombuffer(self._living, dtype=np.bool_)

    def pack(self) -> Slots:
        """Leave out the garbage. Returns the old slots that stay, in the order of their new numbers."""
        living = self.living()
        renumbered = np.cumsum(living, dtype=np.int32) - 1
        for term, row in list(self._rows.items()):
            slots = np.frombuffer(row.slots, dtype=np.int32)
            kept = living[slots]
            if not kept.any():
                del self._rows[term]
                continue
            weights = np.frombuffer(row.weights)[kept]
            packed = renumbered[slots[kept]].astype(np.int32)
            self._rows[term] = _Row(array("i", packed.tobytes()), array("d", weights.tobytes()))
        stay: Slots = np.flatnonzero(living)
        self._terms = [self._terms[slot] for slot in stay]
        self._living = bytearray(b"\1" * len(stay))
        return stay


def joined(rows: Iterable[array[int]]) -> Slots:
    """All the slots of some rows, in the numbers that numpy looks up quickest."""
    slots = [np.frombuffer(row, dtype=np.int32) for row in rows]
    return np.concatenate(slots, dtype=np.int64) if slots else np.zeros(0, dtype=np.int64)


def highest(values: Scores, count: int, margin: float = 0.0) -> Slots:
    """Where the `count` highest values are, and all that are no more than `margin` below the last of them."""
    if len(values) <= count:
        everything: Slots = np.arange(len(values))
        return everything
    floor = np.partition(values, len(values) - count)[len(values) - count]
    found: Slots = np.flatnonzero(values >= floor - margin)
    return found
