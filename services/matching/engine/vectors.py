"""An offering as numbers: what each of its stems weighs by BM25, and its UNSPSC branches."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from services.matching.engine.codes import all_branches
from services.matching.engine.text import stems
from services.matching.engine.weights import FULL_WEIGHT, K1, MAX_COUNT, PAST, PIVOT_LENGTH, B

if TYPE_CHECKING:
    from services.matching.engine.records import Offering


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
