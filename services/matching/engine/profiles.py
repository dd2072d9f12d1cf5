"""What a need asks for, as weighed stems and codes: its own words, other words for the same, slips of the
pen, and a little of what the nearest offerings say.

A word's share is its squared rarity, which is what cosine similarity over tf-idf gives it (Salton and
Buckley, "Term-weighting approaches in automatic text retrieval", 1988). Related words are pseudo relevance
feedback (Rocchio, 1971), kept small so that they order those who share no rare word.
"""

from __future__ import annotations

import math
from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING

from services.matching.engine import codes
from services.matching.engine.records import Profile
from services.matching.engine.spelling import LEAST_LETTERS, LEAST_STEM, MOST_LETTERS, repairs, slips
from services.matching.engine.text import stem_of, synonyms, words
from services.matching.engine.weights import (
    LEAST_USES,
    MAX_TERMS,
    NEIGHBOURS,
    OFTEN,
    READERS,
    RELATED_TERMS,
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
    nearest = _without_crowd(index.nearest(texts, terms, READERS))
    stated = codes.worth(need.unspsc)
    wanted = stated or _inferred_codes(index, nearest)
    related = _related_terms(index, terms, nearest) if weights.related else {}
    if related:
        share = 1.0 - weights.related
        related = {term: weights.related * value for term, value in related.items()}
        terms = {term: share * value for term, value in terms.items()} | related
        texts *= share
        index.add_text_scores(texts, related)
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
    """Inverse document frequency of BM25 among all offerings; never negative."""
    having = index.count(term)
    return math.log(1 + (index.offerings - having + 0.5) / (having + 0.5))


def _own_terms(index: SupplierIndex, need: Need, trusted: Weights) -> dict[str, float]:
    """The need's stems with their share of its weight, at most 64, and after them other forms of them.

    The stems' shares add up to 1.
    """
    written: dict[str, str] = {}
    for word in words(f"{need.title} {need.description}"):
        written.setdefault(stem_of(word), word)
    weights: dict[str, float] = {}
    for stem, word in written.items():
        known = stem if index.count(stem) or not trusted.misspelt else _meant(index, stem, word)
        trust = 1.0 if known == stem else trusted.misspelt
        weights[known] = max(weights.get(known, 0.0), trust * rarity(index, known) ** 2)
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
    if len(nearest) <= 2 * READERS:
        return nearest
    lowest = nearest[0][0]
    return [each for each in nearest if each[0] > lowest] or nearest[:READERS]


def _inferred_codes(index: SupplierIndex, nearest: list[tuple[float, int]]) -> dict[str, float]:
    """What UNSPSC branches are worth to a text, from the offerings that are nearest to it."""
    if not nearest:
        return {}
    floor = sorted((score for score, _ in nearest), reverse=True)[:NEIGHBOURS][-1]
    return codes.inferred(sorted((score, index.codes_at(slot)) for score, slot in nearest if score >= floor))


def _related_terms(
    index: SupplierIndex, terms: dict[str, float], nearest: list[tuple[float, int]]
) -> dict[str, float]:
    """Words that several of the nearest offerings use, with their shares."""
    read = [(score, index.terms_at(slot)) for score, slot in nearest]
    uses = Counter(chain.from_iterable(found for _, found in read))
    often = max(OFTEN, index.offerings // 100)
    votes = {
        term: 0.0
        for term, count in uses.items()
        if count >= LEAST_USES and index.count(term) <= often and term not in terms
    }
    for score, found in read:
        for term in votes.keys() & found:
            votes[term] += score
    values = {term: vote * rarity(index, term) ** 2 for term, vote in votes.items()}
    kept = sorted(values, key=lambda term: (-values[term], term))[:RELATED_TERMS]
    total = sum(values[term] for term in kept)
    return {term: values[term] / total for term in sorted(kept)}
