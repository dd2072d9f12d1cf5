"""What a need asks for, as weighed stems and codes: its own words, other words for the same, slips of the
pen, and the codes of those who offer what is nearest to it.

A word's share is its squared rarity, which is what cosine similarity over tf-idf gives it (Salton and
Buckley, "Term-weighting approaches in automatic text retrieval", 1988). Rare is what few suppliers have, in
however many offerings, because it is suppliers that a word has to tell apart.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from services.matching.engine import codes
from services.matching.engine.records import Profile
from services.matching.engine.spelling import LEAST_LETTERS, LEAST_STEM, MOST_LETTERS, repairs, slips
from services.matching.engine.text import stem_of, synonyms, words
from services.matching.engine.weights import (
    MAX_COUNT,
    MAX_TERMS,
    NEAREST,
    NEIGHBOURS,
    SHIPPED,
    Weights,
)

if TYPE_CHECKING:
    from services.matching.engine.index import SupplierIndex
    from services.matching.engine.postings import Scores
    from services.matching.engine.records import Need


def profile_of(index: SupplierIndex, need: Need, weights: Weights = SHIPPED) -> tuple[Profile, Scores]:
    """What the need asks for, weighed by how rare each term is in the index now, and the text scores."""
    terms = _own_terms(index, need, weights)
    texts = index.text_scores(terms)
    stated = codes.worth(need.unspsc)
    wanted = stated or _inferred_codes(index, _without_crowd(index.nearest(texts, NEAREST)))
    profile = Profile(
        terms=terms,
        codes=wanted,
        inferred=not stated,
        corpus=index.offerings,
        weights=weights,
        context=need.context,
    )
    return profile, texts


def rarity(index: SupplierIndex, term: str) -> float:
    """Inverse document frequency of BM25, where a document is all that a supplier offers; never negative."""
    having = index.count(term)
    return math.log(1 + (len(index) - having + 0.5) / (having + 0.5))


def _own_terms(index: SupplierIndex, need: Need, trusted: Weights) -> dict[str, float]:
    """The need's stems with their share of its weight, at most 64, and after them other forms of them.

    The stems' shares add up to 1.
    """
    written: dict[str, str] = {}
    said: Counter[str] = Counter()
    for word in words(f"{need.title} {need.description}"):
        stem = stem_of(word)
        written.setdefault(stem, word)
        said[stem] += 1
    weights: dict[str, float] = {}
    for stem, word in written.items():
        known = stem if index.count(stem) or not trusted.misspelt else _meant(index, stem, word)
        trust = 1.0 if known == stem else trusted.misspelt
        value = trust * math.sqrt(min(said[stem], MAX_COUNT)) * rarity(index, known) ** 2
        weights[known] = max(weights.get(known, 0.0), value)
    kept = sorted(weights, key=lambda term: (-weights[term], term))[:MAX_TERMS]
    total = sum(weights[term] for term in kept)
    terms = {term: weights[term] / total for term in sorted(kept)}
    forms: dict[str, float] = {}
    for term, value in terms.items():
        for form, trust in _other_forms(index, term, written.get(term, ""), trusted).items():
            if form not in terms:
                forms[form] = max(forms.get(form, 0.0), trust * value)
    return terms | dict(sorted(forms.items()))


def _meant(index: SupplierIndex, stem: str, word: str) -> str:
    """What a word that no offering has may stand for: the commonest of its likes, or itself."""
    if not LEAST_LETTERS <= len(word) <= MOST_LETTERS or synonyms(stem):
        return stem
    likely = {
        known for each in repairs(word) if index.count(known := stem_of(each)) and _is_like(known, word)
    }
    return min(likely, key=lambda each: (-index.count(each), each), default=stem)


def _other_forms(index: SupplierIndex, stem: str, word: str, trusted: Weights) -> dict[str, float]:
    """Synonyms of a stem and miswritten forms of its word that offerings have, with what they are worth."""
    forms = {other: trusted.synonym for other in synonyms(stem) if index.count(other)}
    if trusted.misspelt and LEAST_LETTERS <= len(word) <= MOST_LETTERS:
        having = index.count(stem)
        for each in slips(word):
            slip = stem_of(each)
            # A slip is rarer than the word; what is as common is a word of its own.
            if 0 < index.count(slip) < having and slip != stem and _is_like(slip, word):
                forms.setdefault(slip, trusted.misspelt)
    return forms


def _is_like(stem: str, word: str) -> bool:
    """Whether a stem is long enough, and begins as the word does, to be no other word by chance."""
    return len(stem) >= LEAST_STEM and stem[0] == word[0]


def _without_crowd(nearest: list[tuple[float, int]]) -> list[tuple[float, int]]:
    """The nearest offerings; of a crowd that ties for the last places nobody, for whom should one choose?"""
    if len(nearest) <= 2 * NEAREST:
        return nearest
    lowest = nearest[0][0]
    return [each for each in nearest if each[0] > lowest]


def _inferred_codes(index: SupplierIndex, nearest: list[tuple[float, int]]) -> dict[str, float]:
    """What UNSPSC branches are worth to a text, from the offerings that are nearest to it.

    Each supplier votes by its nearest one, so that nobody's many alike decide alone.
    """
    if not nearest:
        return {}
    best: dict[str, tuple[float, list[int]]] = {}
    for score, slot in reversed(nearest):
        known, slots = best.setdefault(index.owner_at(slot), (score, []))
        if score == known:
            slots.append(slot)
    floor = sorted((score for score, _ in best.values()), reverse=True)[:NEIGHBOURS][-1]
    return codes.inferred(
        sorted(
            (score, sorted({code for slot in slots for code in index.codes_at(slot)}))
            for score, slots in best.values()
            if score >= floor
        )
    )
