"""An offering as numbers: what each of its stems weighs by BM25, and its UNSPSC branches."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from services.matching.engine.codes import all_branches
from services.matching.engine.postings import Postings
from services.matching.engine.text import stems
from services.matching.engine.weights import FULL_WEIGHT, K1, MAX_COUNT, PAST, PIVOT_LENGTH, B

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.matching.engine.records import Offering

# From so many on an inverted index of one supplier's own is worth making.
_MANY = 50


class Vector(NamedTuple):
    """`terms`: stem to BM25 weight without idf, about 1; `branches`: UNSPSC prefixes."""

    terms: dict[str, float]
    branches: list[str]


def vector(offering: Offering) -> Vector:
    """The vector of an offering's title and description.

    Repeating a word soon adds nothing, and every word of a long text weighs less, so that several short
    offerings beat one stuffed with words. What a past meeting was about weighs less than an offer.
    """
    words = stems(f"{offering.title} {offering.description}")
    damping = K1 * (1 - B + B * len(words) / PIVOT_LENGTH)
    trust = PAST[offering.past] if offering.past else 1.0
    terms = {}
    for term, count in Counter(words).items():
        said = min(count, MAX_COUNT)
        terms[term] = trust * said * (K1 + 1) / (said + damping) / FULL_WEIGHT
    return Vector(terms, all_branches(offering.unspsc))


class Offered:
    """The vectors of all that a supplier offers; many of them are compared with a need all at once."""

    def __init__(self, offerings: Sequence[Offering]) -> None:
        self.vectors = [vector(offering) for offering in offerings]
        self._terms, self._codes = Postings(), Postings()
        self._is_many = len(self.vectors) > _MANY
        if self._is_many:
            for each in self.vectors:
                self._terms.add(each.terms)
                self._codes.add(dict.fromkeys(each.branches, 1.0))

    def texts(self, terms: dict[str, float]) -> list[float]:
        """How near each offering is in text to terms with their shares."""
        if self._is_many:
            texts: list[float] = self._terms.sums(terms).tolist()
            return texts
        return [_dot(terms, each.terms) for each in self.vectors]

    def shared(self, codes: dict[str, float]) -> list[float]:
        """What the branches that each offering shares are worth, at most 1."""
        if self._is_many:
            shared: list[float] = np.minimum(self._codes.sums(codes), 1.0).tolist()
            return shared
        return [min(1.0, _dot(codes, dict.fromkeys(each.branches, 1.0))) for each in self.vectors]


def _dot(wanted: dict[str, float], weights: dict[str, float]) -> float:
    """Sums in the order of `wanted`, as the index does, so that both give the same number."""
    score = 0.0
    for term, value in wanted.items():
        weight = weights.get(term)
        if weight is not None:
            score += value * weight
    return score
