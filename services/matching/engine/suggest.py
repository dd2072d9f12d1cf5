"""Codes for a text: UNSPSC and CIIU classes whose official words, or whose companies, say the same.

A class is what its stems weigh: those of its name fully, those of what is above it less, and those of what
it includes by the share of it that has them, so that a word which all of a class has in common says more
than one which a single product of it has (as in class-based tf-idf). A text's first words say what it is
about, and the later ones where, for whom and how, so each counts less than the one before.

Confidence is the share of texts with such a score whose companies did use the code: logistic regression
(Platt, "Probabilistic Outputs for Support Vector Machines", 1999) on how far the code leads and how much of
the text it explains. It is fitted to coded companies' texts that are held out; where there are too few, to
what 1,899 Colombian public contracts gave with the official lists alone.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from services.matching.engine.scoring import tie_break
from services.matching.engine.text import stems, synonyms
from services.matching.engine.weights import SHIPPED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

SCHEMES = ("UNSPSC", "CIIU")
# Of each code so many companies' words are enough.
MOST_EXAMPLES = 20
# So many held-out texts settle what a score means, and fewer than the least settle nothing.
LEAST_HELD, MOST_HELD = 100, 400
LEAST_CONFIDENCE = 0.01

_ABOVE = 0.6
_LATER, _LEAST = 0.9, 0.3
_LENGTH = 0.3
_LEAD = 2.0
_COMPARED, _CALIBRATED = 20, 5
_SHIPPED_CALIBRATION = (0.96, 0.25, -0.26)
_HELD_OUT = 4


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A class of an official list, with what its stems weigh; `at` is where a municipality lies."""

    scheme: str
    code: str
    title: str
    terms: dict[str, float] = {}
    at: tuple[float, float] | None = None


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """A code that may fit a text. `confidence` is how probable it is that its company would use it."""

    scheme: str
    code: str
    title: str
    confidence: float


def described(title: str, above: str, included: Iterable[str]) -> dict[str, float]:
    """What the stems of a class weigh: of its name, of the name above it, and of what it includes."""
    pieces = [set(stems(text)) for text in included]
    weights = _shares(pieces, max(1, len(pieces)))
    for words, weight in ((above, _ABOVE), (title, 1.0)):
        for stem in stems(words):
            weights[stem] = max(weights.get(stem, 0.0), weight)
    return weights


def _shares(texts: Sequence[set[str]], of: int) -> dict[str, float]:
    """The square root of the share of texts that have each stem."""
    having = Counter(stem for text in texts for stem in text)
    return {stem: math.sqrt(count / of) for stem, count in having.items()}


class _Scored(NamedTuple):
    code: str
    lead: float
    explained: float


class _List:
    """The classes of one list, found by their stems."""

    def __init__(self, entries: Sequence[Entry], examples: Mapping[str, Sequence[set[str]]]) -> None:
        self.titles = {entry.code: entry.title for entry in entries}
        self._postings: dict[str, list[tuple[str, float]]] = {}
        for entry in entries:
            learned = examples.get(entry.code, ())
            weights = dict(entry.terms)
            for stem, weight in _shares(learned, len(learned) + 1).items():
                weights[stem] = max(weights.get(stem, 0.0), weight)
            for stem, weight in weights.items():
                self._postings.setdefault(stem, []).append((entry.code, weight))
        count = len(self.titles)
        self._unknown = math.log(1 + count)
        self._rarity = {stem: math.log(1 + count / len(found)) for stem, found in self._postings.items()}
        self._lengths: dict[str, float] = dict.fromkeys(self.titles, 1e-9)
        for stem, found in self._postings.items():
            for code, weight in found:
                self._lengths[code] += (self._rarity[stem] * weight) ** 2

    def scored(self, text: str) -> list[_Scored]:
        """The codes that share a stem with the text, best first."""
        wanted = {stem: max(_LEAST, _LATER**place) for place, stem in enumerate(dict.fromkeys(stems(text)))}
        whole = sum(value * self._rarity.get(stem, self._unknown) for stem, value in wanted.items())
        meant = dict(wanted)
        for stem, value in wanted.items():
            for other in synonyms(stem):
                meant[other] = max(meant.get(other, 0.0), SHIPPED.synonym * value)
        sums: dict[str, float] = {}
        for stem, value in meant.items():
            for code, weight in self._postings.get(stem, ()):
                sums[code] = sums.get(code, 0.0) + value * weight * self._rarity[stem]
        lengths = self._lengths
        best = sorted(((-found / lengths[code] ** (_LENGTH / 2), code) for code, found in sums.items()))
        best = best[:_COMPARED]
        field = sum((-score) ** _LEAD for score, _ in best)
        return [
            _Scored(code, (-score) ** _LEAD / field, min(1.0, sums[code] / whole)) for score, code in best
        ]


class CodeBook:
    """The official lists, together with what companies that use the codes say of themselves."""

    def __init__(self, entries: Iterable[Entry], examples: Iterable[tuple[str, str, str]] = ()) -> None:
        """`examples` are (scheme, code, text) of companies; those of unknown codes are left out."""
        known: dict[str, list[Entry]] = {scheme: [] for scheme in SCHEMES}
        for entry in entries:
            if entry.scheme in known:
                known[entry.scheme].append(entry)
        texts: dict[str, dict[str, set[str]]] = {scheme: {} for scheme in SCHEMES}
        for scheme, code, text in examples:
            texts[scheme].setdefault(code, set()).add(text)
        self._lists: dict[str, _List] = {}
        self.calibration: dict[str, tuple[float, ...]] = {}
        for scheme, listed in known.items():
            said = texts[scheme]
            coded = {each.code: _kept(each.code, said[each.code]) for each in listed if each.code in said}
            self.calibration[scheme] = _calibrated(scheme, listed, coded)
            self._lists[scheme] = _List(listed, _stemmed(coded))

    def __len__(self) -> int:
        return sum(len(each.titles) for each in self._lists.values())

    def suggest_codes(self, text: str, limit: int = 5, schemes: Sequence[str] = SCHEMES) -> list[Suggestion]:
        """The best codes of each list for a text, the surest first; none for a text that says nothing."""
        found = []
        for scheme in schemes:
            listed, weights = self._lists[scheme], self.calibration[scheme]
            for each in listed.scored(text)[:limit]:
                sure = _sureness(each, weights)
                if sure >= LEAST_CONFIDENCE:
                    title = listed.titles[each.code]
                    found.append(
                        Suggestion(scheme=scheme, code=each.code, title=title, confidence=round(sure, 3))
                    )
        return sorted(found, key=lambda each: (-each.confidence, each.scheme, each.code))


def _kept(code: str, texts: set[str]) -> list[str]:
    """At most 20 of a code's texts, the same whatever order they came in and not by the alphabet."""
    return sorted(texts, key=lambda text: tie_break(code, text))[:MOST_EXAMPLES]


def _stemmed(coded: Mapping[str, Sequence[str]]) -> dict[str, list[set[str]]]:
    return {code: [set(stems(text)) for text in texts] for code, texts in coded.items()}


def _features(scored: _Scored) -> tuple[float, float, float]:
    return math.log(scored.lead), math.log(scored.explained + 1e-3), 1.0


def _sureness(scored: _Scored, weights: Sequence[float]) -> float:
    said = sum(weight * value for weight, value in zip(weights, _features(scored), strict=True))
    return 1.0 / (1.0 + math.exp(-max(-50.0, min(50.0, said))))


def _calibrated(
    scheme: str, entries: Sequence[Entry], coded: Mapping[str, Sequence[str]]
) -> tuple[float, ...]:
    """What a score means, from texts that are held out; what is shipped when there are too few."""
    held = [
        (text, code)
        for code, texts in coded.items()
        for text in texts
        if tie_break(scheme, text)[0] % _HELD_OUT == 0
    ]
    if len(held) < LEAST_HELD:
        return _SHIPPED_CALIBRATION
    held = sorted(held, key=lambda each: tie_break(each[1], each[0]))[:MOST_HELD]
    out = set(held)
    kept = {code: [text for text in texts if (text, code) not in out] for code, texts in coded.items()}
    listed = _List(entries, _stemmed(kept))
    rows = [
        (_features(each), each.code == code)
        for text, code in held
        for each in listed.scored(text)[:_CALIBRATED]
    ]
    return _logistic(np.array([row for row, _ in rows]), np.array([right for _, right in rows], float))


def _logistic(rows: NDArray[np.float64], right: NDArray[np.float64]) -> tuple[float, ...]:
    """Logistic regression by Newton's method, drawn a little towards what is shipped."""
    shipped = np.array(_SHIPPED_CALIBRATION)
    weights = shipped.copy()
    for _ in range(30):
        sure = 1.0 / (1.0 + np.exp(-np.clip(rows @ weights, -50.0, 50.0)))
        gradient = rows.T @ (right - sure) - (weights - shipped)
        curvature = (rows * (sure * (1.0 - sure))[:, None]).T @ rows + np.eye(len(weights))
        weights = weights + np.linalg.solve(curvature, gradient)
    return tuple(round(float(weight), 4) for weight in weights)
