"""An inverted index of all suppliers' offerings, in memory, changed in place.

For each term it holds the offerings that have it and what it weighs there, as arrays that numpy reads
without copying: one need costs a sum over the postings of its terms. Nothing depends on the order in
which suppliers came.
"""

from __future__ import annotations

import math
from array import array
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from services.matching.engine import codes, places
from services.matching.engine.text import stems
from services.matching.engine.vectors import Vector, vector
from services.matching.engine.weights import LEAST_CODES, LEAST_TEXT, MAX_TERMS, NEIGHBOURS, WEIGHTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from services.matching.engine.records import Need, Profile, Supplier

    Scores = NDArray[np.float64]

_BRANCH = "#"
_REGION_BITS = 64
_ALL_REGIONS: int = 2**_REGION_BITS - 1
_LEAST_GARBAGE = 5_000


class Evidence(NamedTuple):
    """A candidate with its offerings' text and code scores, in the order of `supplier.offerings`."""

    supplier: Supplier
    texts: list[float]
    codes: list[float]


class _Postings(NamedTuple):
    slots: array[int]
    weights: array[float]


class SupplierIndex:
    """The offerings of all suppliers. An offering is a slot; the slots of what was removed are garbage
    until there is enough of it to be worth packing.
    """

    def __init__(self) -> None:
        self._suppliers: dict[str, Supplier] = {}
        self._slots: dict[str, list[int]] = {}
        self._postings: dict[str, _Postings] = {}
        self._live: dict[str, int] = {}
        self._terms: list[tuple[str, ...]] = []
        self._owners: list[str | None] = []
        self._living = bytearray()
        self._regions = array("Q")
        self._region_bits: dict[tuple[str, str], int] = {}
        self._alive = 0

    def __len__(self) -> int:
        return len(self._suppliers)

    def __contains__(self, company_id: str) -> bool:
        return company_id in self._suppliers

    @property
    def offerings(self) -> int:
        """How many offerings there are."""
        return self._alive

    def get(self, company_id: str) -> Supplier | None:
        """The supplier as it was put, without its offerings' descriptions."""
        return self._suppliers.get(company_id)

    def put(self, supplier: Supplier) -> None:
        """Add a supplier or replace what was known of it; one without offerings is left out."""
        self.remove(supplier.company_id)
        if not supplier.offerings:
            return
        regions = self._mask(supplier)
        self._slots[supplier.company_id] = [
            self._add(supplier.company_id, vector(offering), regions) for offering in supplier.offerings
        ]
        # Descriptions are in the postings; keeping their text would double the memory.
        light = [msgspec.structs.replace(each, description="") for each in supplier.offerings]
        self._suppliers[supplier.company_id] = msgspec.structs.replace(supplier, offerings=light)

    def remove(self, company_id: str) -> None:
        """Forget a supplier; an unknown one is no error."""
        if self._suppliers.pop(company_id, None) is None:
            return
        for slot in self._slots.pop(company_id):
            self._owners[slot] = None
            self._living[slot] = 0
            for term in self._terms[slot]:
                self._live[term] -= 1
            self._terms[slot] = ()
            self._alive -= 1
        if len(self._owners) - self._alive > max(_LEAST_GARBAGE, self._alive // 2):
            self._pack()

    def rarity(self, term: str) -> float:
        """Inverse document frequency of BM25 among all offerings; never negative."""
        having = self._live.get(term, 0)
        return math.log(1 + (self._alive - having + 0.5) / (having + 0.5))

    def terms_of(self, need: Need) -> dict[str, float]:
        """The need's stems with their share of its weight, which is their rarity, at most 64."""
        found = dict.fromkeys(stems(f"{need.title} {need.description}"))
        rarities = {term: self.rarity(term) for term in found}
        kept = sorted(rarities, key=lambda term: (-rarities[term], term))[:MAX_TERMS]
        total = sum(rarities[term] for term in kept)
        return {term: rarities[term] / total for term in sorted(kept)}

    def text_scores(self, terms: dict[str, float]) -> Scores:
        """How near each offering is in text, by slot; good until the index changes."""
        return self._sums(terms)

    def neighbour_codes(self, texts: Scores) -> dict[str, float]:
        """What UNSPSC branches are worth to a text, from the offerings that are nearest to it."""
        votes = sorted((float(texts[slot]), self._codes_at(slot)) for slot in _best(texts, NEIGHBOURS))
        return codes.inferred(votes)

    def search(self, profile: Profile, need: Need, texts: Scores, limit: int) -> list[Evidence]:
        """The suppliers of about `limit` offerings that fit best by text, codes and department."""
        branches = self._sums({_BRANCH + branch: value for branch, value in profile.codes.items()})
        np.minimum(branches, 1.0, out=branches)
        promise = WEIGHTS["text"] * texts + WEIGHTS["codes"] * branches
        least = texts >= LEAST_TEXT
        if not profile.inferred:
            least |= branches >= LEAST_CODES
        promise[~least] = 0.0
        if need.place is not None and need.place.department is not None:
            bit = self._bit(need.place.country, need.place.department)
            regions = np.frombuffer(self._regions, dtype=np.uint64)
            near = (regions & np.uint64(1 << bit)) != 0
            promise[near & (promise > 0)] += WEIGHTS["place"]
        owners = {self._owners[slot] for slot in _best(promise, limit)} - {None}
        return [self._evidence(owner, texts, branches) for owner in owners if owner]

    def _evidence(self, owner: str, texts: Scores, branches: Scores) -> Evidence:
        slots = self._slots[owner]
        return Evidence(
            self._suppliers[owner],
            [float(texts[slot]) for slot in slots],
            [float(branches[slot]) for slot in slots],
        )

    def _codes_at(self, slot: int) -> list[str]:
        owner = self._owners[slot]
        if owner is None:
            return []
        return self._suppliers[owner].offerings[self._slots[owner].index(slot)].unspsc

    def _sums(self, wanted: dict[str, float]) -> Scores:
        """For each slot the sum of wanted value x weight there, added in the order of `wanted`."""
        pairs = [(value, self._postings[term]) for term, value in wanted.items() if term in self._postings]
        if not pairs:
            return np.zeros(len(self._owners))
        slots = np.concatenate([np.frombuffer(found.slots, dtype=np.int32) for _, found in pairs])
        weights = np.concatenate([value * np.frombuffer(found.weights) for value, found in pairs])
        sums: Scores = np.bincount(slots, weights, len(self._owners)).astype(np.float64, copy=False)
        if self._alive < len(self._owners):
            sums *= np.frombuffer(self._living, dtype=np.uint8)
        return sums

    def _add(self, owner: str, what: Vector, regions: int) -> int:
        slot = len(self._owners)
        self._owners.append(owner)
        self._living.append(1)
        self._regions.append(regions)
        self._terms.append(tuple(what.terms))
        self._alive += 1
        for term, weight in what.terms.items():
            self._live[term] = self._live.get(term, 0) + 1
            self._post(term, slot, weight)
        for branch in what.branches:
            self._post(_BRANCH + branch, slot, 1.0)
        return slot

    def _post(self, term: str, slot: int, weight: float) -> None:
        found = self._postings.get(term)
        if found is None:
            found = self._postings[term] = _Postings(array("i"), array("d"))
        found.slots.append(slot)
        found.weights.append(weight)

    def _mask(self, supplier: Supplier) -> int:
        mask = 0
        for seat in places.seats(supplier):
            if seat.department is not None:
                mask |= 1 << self._bit(seat.country, seat.department)
        for region in supplier.regions_served:
            if region == supplier.place.country:
                return _ALL_REGIONS
            mask |= 1 << self._bit(supplier.place.country, region[:2])
        return mask

    def _bit(self, country: str, department: str) -> int:
        # Only the choice of candidates uses the bits, so two departments may share one.
        bits = self._region_bits
        bit: int = bits.setdefault((country, department), len(bits) % _REGION_BITS)
        return bit

    def _pack(self) -> None:
        """Leave out the garbage, and number the slots anew."""
        alive = np.array([owner is not None for owner in self._owners], dtype=bool)
        renumbered = np.cumsum(alive, dtype=np.int32) - 1
        for term, found in list(self._postings.items()):
            slots = np.frombuffer(found.slots, dtype=np.int32)
            kept = alive[slots]
            if not kept.any():
                del self._postings[term]
                continue
            weights = np.frombuffer(found.weights)[kept]
            packed = renumbered[slots[kept]].astype(np.int32)
            self._postings[term] = _Postings(array("i", packed.tobytes()), array("d", weights.tobytes()))
        self._live = {term: count for term, count in self._live.items() if count}
        self._regions = array("Q", np.frombuffer(self._regions, dtype=np.uint64)[alive].tobytes())
        self._terms = [terms for terms, kept in zip(self._terms, alive, strict=True) if kept]
        self._owners = [owner for owner in self._owners if owner is not None]
        self._living = bytearray(b"\1" * len(self._owners))
        self._slots = {
            owner: [int(renumbered[slot]) for slot in slots] for owner, slots in self._slots.items()
        }


def _best(scores: Scores, count: int) -> list[int]:
    """The slots of the `count` highest scores above zero, and all that tie with the last of them."""
    above = np.flatnonzero(scores > 0)
    if len(above) > count:
        values = scores[above]
        floor = np.partition(values, len(values) - count)[len(values) - count]
        above = above[values >= floor]
    found: list[int] = above.tolist()
    return found
