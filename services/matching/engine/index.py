"""All suppliers' offerings, in memory, changed in place: text postings, codes and departments by offering.

One need costs a sum over the postings of its terms and a look at the offerings that share one. Nothing
depends on the order in which suppliers came.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from services.matching.engine import places
from services.matching.engine.postings import Postings, highest, joined
from services.matching.engine.vectors import Vector, vector
from services.matching.engine.weights import LEAST_CODES, LEAST_TEXT

if TYPE_CHECKING:
    from services.matching.engine.postings import Scores, Slots
    from services.matching.engine.records import Need, Profile, Supplier

_REGION_BITS = 64
_ALL_REGIONS: int = 2**_REGION_BITS - 1
_LEAST_GARBAGE = 5_000


class Evidence(NamedTuple):
    """A candidate with its offerings' text and code scores, in the order of `supplier.offerings`."""

    supplier: Supplier
    texts: list[float]
    codes: list[float]


class SupplierIndex:
    """The offerings of all suppliers, each in a slot of the postings."""

    def __init__(self) -> None:
        self._suppliers: dict[str, Supplier] = {}
        # What a supplier offers is in consecutive slots: where they begin.
        self._first: dict[str, int] = {}
        # How many suppliers have each term.
        self._having: dict[str, int] = {}
        self._text = Postings()
        # One array for all needs: fresh memory as long as the market costs several times the sums.
        self._scores: Scores = np.zeros(0)
        # By slot: whose it is, where that supplier's slots begin, and where it works.
        self._owners: list[Supplier] = []
        self._begins = array("i")
        self._regions = array("Q")
        self._region_bits: dict[tuple[str, str], int] = {}
        # Offerings with the same codes share an entry: there are far fewer of these than offerings.
        self._code_sets: dict[tuple[str, ...], int] = {}
        self._code_set_of = array("q")
        self._slots_of_set: list[array[int]] = []
        self._code_rows = Postings()

    def __len__(self) -> int:
        return len(self._suppliers)

    def __contains__(self, company_id: str) -> bool:
        return company_id in self._suppliers

    @property
    def offerings(self) -> int:
        """How many offerings there are."""
        return self._text.alive

    def count(self, term: str) -> int:
        """How many suppliers have the term in an offering."""
        return self._having.get(term, 0)

    def get(self, company_id: str) -> Supplier | None:
        """The supplier as it was put, without its offerings' descriptions."""
        return self._suppliers.get(company_id)

    def put(self, supplier: Supplier) -> None:
        """Add a supplier or replace what was known of it; one without offerings is left out."""
        self.remove(supplier.company_id)
        if not supplier.offerings:
            return
        # Descriptions are in the postings; keeping their text would double the memory.
        light = [msgspec.structs.replace(each, description="") for each in supplier.offerings]
        known = msgspec.structs.replace(supplier, offerings=light)
        self._suppliers[supplier.company_id] = known
        self._first[supplier.company_id] = len(self._text)
        regions = self._mask(supplier)
        for offering in supplier.offerings:
            self._add(known, vector(offering), regions)
        self._count(self._slots(supplier), 1)

    def remove(self, company_id: str) -> None:
        """Forget a supplier; an unknown one is no error."""
        supplier = self._suppliers.pop(company_id, None)
        if supplier is None:
            return
        slots = self._slots(supplier)
        self._count(slots, -1)
        del self._first[company_id]
        for slot in slots:
            self._text.remove(slot)
        if len(self._text) - self._text.alive > max(_LEAST_GARBAGE, self._text.alive // 2):
            self._pack()

    def text_scores(self, terms: dict[str, float]) -> Scores:
        """How near each offering is in text, by slot; good until the next call or change of the index."""
        if len(self._scores) < len(self._text):
            self._scores = np.zeros(len(self._text) * 5 // 4)
        found = self._scores[: len(self._text)]
        found.fill(0.0)
        return self._text.sums(terms, found)

    def nearest(self, texts: Scores, count: int) -> list[tuple[float, int]]:
        """The `count` offerings that are nearest in text (more when some tie), as (score, slot)."""
        slots = np.flatnonzero(texts)
        slots = slots[highest(texts[slots], count)]
        return sorted(zip(texts[slots].tolist(), slots.tolist(), strict=True))

    def owner_at(self, slot: int) -> str:
        """The supplier of the offering in a slot."""
        return self._owners[slot].company_id

    def codes_at(self, slot: int) -> list[str]:
        """The UNSPSC codes of the offering in a slot."""
        return self._owners[slot].offerings[slot - self._begins[slot]].unspsc

    def search(self, profile: Profile, need: Need, texts: Scores, limit: int) -> tuple[list[Evidence], bool]:
        """The suppliers of about `limit` offerings that fit best by text, codes and department.

        The second value says whether these are all that have anything to do with the need.
        """
        weights = profile.weights
        shared = np.minimum(self._code_rows.sums(profile.codes), 1.0)
        slots = self._linked(profile, texts, shared)
        sets = np.frombuffer(self._code_set_of, dtype=np.int64)[slots]
        promise = weights.text * texts[slots] + weights.codes * shared[sets]
        owners = self._most_promising(need, weights.place, (slots, promise), limit)
        enough = limit // 2
        # So that no supplier with many offerings leaves the others unseen.
        while len(owners) < enough and limit < len(slots):
            limit *= 2
            owners = self._most_promising(need, weights.place, (slots, promise), limit)
        return self._evidence(owners, texts, shared), len(slots) <= limit

    def _linked(self, profile: Profile, texts: Scores, shared: Scores) -> Slots:
        """The slots that have something to do with a need, in no order: `ranking.is_linked`."""
        slots: Slots = np.flatnonzero(texts >= LEAST_TEXT)
        if profile.inferred:
            return slots
        coded = joined(self._slots_of_set[known] for known in np.flatnonzero(shared >= LEAST_CODES))
        others = self._text.living()[coded] & (texts[coded] < LEAST_TEXT)
        return np.concatenate([slots, coded[others]])

    def _most_promising(self, need: Need, worth: float, linked: tuple[Slots, Scores], limit: int) -> Slots:
        """Where the slots of the suppliers begin that have the `limit` most promising ones, or tie with them.

        `linked` are slots and what they promise by text and codes; `worth` is what it is to be in the
        department of the need.
        """
        slots, promise = linked
        if need.place is not None and need.place.department is not None:
            # Only who is near the best without it can be among them by the department.
            hopeful = highest(promise, limit, margin=worth)
            slots = slots[hopeful]
            bit = self._bit(need.place.country, need.place.department)
            regions = np.frombuffer(self._regions, dtype=np.uint64)[slots]
            promise = promise[hopeful] + worth * ((regions & np.uint64(1 << bit)) != 0)
        begins = np.frombuffer(self._begins, dtype=np.int32)[slots[highest(promise, limit)]]
        return np.unique(begins)

    def _evidence(self, begins: Slots, texts: Scores, shared: Scores) -> list[Evidence]:
        suppliers = [self._owners[begin] for begin in begins.tolist()]
        counts = np.array([len(each.offerings) for each in suppliers], dtype=np.int64)
        ends = np.cumsum(counts)
        every = np.arange(counts.sum()) + np.repeat(begins + counts - ends, counts)
        all_texts = texts[every].tolist()
        all_codes = shared[np.frombuffer(self._code_set_of, dtype=np.int64)[every]].tolist()
        return [
            Evidence(each, all_texts[end - count : end], all_codes[end - count : end])
            for each, count, end in zip(suppliers, counts.tolist(), ends.tolist(), strict=True)
        ]

    def _slots(self, supplier: Supplier) -> range:
        """Where a supplier's offerings are."""
        first = self._first[supplier.company_id]
        return range(first, first + len(supplier.offerings))

    def _count(self, slots: range, more: int) -> None:
        """Note that one supplier more, or one less, has the terms of these offerings."""
        for term in set().union(*map(self._text.terms_at, slots)):
            self._having[term] = self._having.get(term, 0) + more

    def _add(self, owner: Supplier, what: Vector, regions: int) -> None:
        self._owners.append(owner)
        self._begins.append(self._first[owner.company_id])
        self._regions.append(regions)
        branches = tuple(what.branches)
        known = self._code_sets.get(branches)
        if known is None:
            known = self._code_sets[branches] = self._code_rows.add(dict.fromkeys(branches, 1.0))
            self._slots_of_set.append(array("i"))
        slot = self._text.add(what.terms)
        self._code_set_of.append(known)
        self._slots_of_set[known].append(slot)

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
        stay = self._text.pack()
        self._having = {term: count for term, count in self._having.items() if count}
        new = {int(slot): number for number, slot in enumerate(stay)}
        self._begins = array("i", [new[self._begins[slot]] for slot in stay])
        self._owners = [self._owners[slot] for slot in stay]
        self._regions = array("Q", np.frombuffer(self._regions, dtype=np.uint64)[stay].tobytes())
        sets = np.frombuffer(self._code_set_of, dtype=np.int64)[stay]
        self._code_set_of = array("q", sets.tobytes())
        self._slots_of_set = [array("i") for _ in self._slots_of_set]
        for slot, known in enumerate(self._code_set_of):
            self._slots_of_set[known].append(slot)
        self._first = {owner: new[first] for owner, first in self._first.items()}
