"""Codes for a text: UNSPSC and CIIU classes whose official words, or whose companies, say the same.

A class is what its stems weigh: those of its name fully, those of what is above it less, and those of what
it includes by the share of it that has them, so that a word which all of a class has in common says more
than one which a single product of it has (as in class-based tf-idf). A text's first words say what it is
about, and the later ones where, for whom and how, so each counts less than the one before.

Confidence is the share of texts with such a score whose companies did use the code: logistic regression
(Platt, "Probabilistic Outputs for Support Vector Machines", 1999) on how far the code leads and how much of
the text it explains. It is fitted to coded companies' texts that are held out; where there are too few, to
what the official lists alone gave for 1,899 titles of Colombian public contracts and, with the same weight,
for 2,000 names of products that were held out of their classes.

The two lists inform each other: what companies that use the one code use of the other list supports it, the
more the more of them there are.
"""

from __future__ import annotations

import math
from collections import Counter
from itertools import permutations
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from services.matching.engine.scoring import tie_break
from services.matching.engine.text import stems, synonyms
from services.matching.engine.weights import SHIPPED

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

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
# So much of a score counts only as far as the text has the words of the class's name.
_NAMED = 0.5
_LEAD = 2.0
_COMPARED, _CALIBRATED = 20, 5
_SHIPPED_CALIBRATION = (1.74, 0.94, 2.59)
_HELD_OUT = 4
# Of a code that this many texts have, half of what they have of the other list is believed.
_FEW = 3.0


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A class of an official list, with what its stems weigh; `at` is where a municipality lies."""

    scheme: str
    code: str
    title: str
    terms: dict[str, float] = {}
    at: tuple[float, float] | None = None


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """A code that may fit a text, the `rank`th of its list.

    `confidence` is how probable it is that its company would use it, and `level` that in a word: high, medium
    or low.
    """

    scheme: str
    code: str
    title: str
    rank: int
    confidence: float
    level: str


def level_of(confidence: float) -> str:
    """`high` for what is more likely right than not, `medium` for what is right in one of five, or `low`."""
    if confidence >= 0.5:
        return "high"
    return "medium" if confidence >= 0.2 else "low"


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
        postings: dict[str, list[tuple[str, float]]] = {}
        for entry in entries:
            learned = examples.get(entry.code, ())
            weights = dict(entry.terms)
            for stem, weight in _shares(learned, len(learned) + 1).items():
                weights[stem] = max(weights.get(stem, 0.0), weight)
            for stem, weight in weights.items():
                postings.setdefault(stem, []).append((entry.code, weight))
        count = len(self.titles)
        self._unknown = math.log(1 + count)
        self._rarity = {stem: math.log(1 + count / len(found)) for stem, found in postings.items()}
        named = {entry.code: self._named(entry) for entry in entries}
        self._lengths: dict[str, float] = dict.fromkeys(self.titles, 1e-9)
        for stem, found in postings.items():
            for code, weight in found:
                self._lengths[code] += (self._rarity[stem] * weight) ** 2
        self._postings = {
            stem: [(code, weight * self._rarity[stem], named[code].get(stem, 0.0)) for code, weight in found]
            for stem, found in postings.items()
        }

    def _named(self, entry: Entry) -> dict[str, float]:
        """The stems of a class's name that it can be found by, with their shares of it."""
        rarity = {stem: self._rarity[stem] for stem in stems(entry.title) if stem in entry.terms}
        whole = sum(rarity.values())
        return {stem: value / whole for stem, value in rarity.items()}

    def scored(self, text: str) -> list[_Scored]:
        """The codes that share a stem with the text, best first."""
        wanted = {stem: max(_LEAST, _LATER**place) for place, stem in enumerate(dict.fromkeys(stems(text)))}
        whole = sum(value * self._rarity.get(stem, self._unknown) for stem, value in wanted.items())
        meant = dict(wanted)
        for stem, value in wanted.items():
            for other in synonyms(stem):
                meant[other] = max(meant.get(other, 0.0), SHIPPED.synonym * value)
        sums: dict[str, float] = {}
        named: dict[str, float] = {}
        for stem, value in meant.items():
            for code, weight, share in self._postings.get(stem, ()):
                sums[code] = sums.get(code, 0.0) + value * weight
                named[code] = named.get(code, 0.0) + share
        best = sorted(
            (-found * (1.0 - _NAMED + _NAMED * named[code]) / self._lengths[code] ** (_LENGTH / 2), code)
            for code, found in sums.items()
        )[:_COMPARED]
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
        self._companions = _companions(texts)
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
        alone = {
            scheme: {each.code: _sureness(each, self.calibration[scheme]) for each in listed.scored(text)}
            for scheme, listed in self._lists.items()
        }
        found = []
        for scheme in schemes:
            titles = self._lists[scheme].titles
            supported = self._supported(scheme, alone)
            best = sorted(supported.items(), key=lambda each: (-each[1], each[0]))[:limit]
            found += [
                Suggestion(
                    scheme=scheme,
                    code=code,
                    title=titles[code],
                    rank=rank,
                    confidence=round(sure, 3),
                    level=level_of(round(sure, 3)),
                )
                for rank, (code, sure) in enumerate(best, 1)
                if sure >= LEAST_CONFIDENCE
            ]
        return sorted(found, key=lambda each: (-each.confidence, each.scheme, each.rank))

    def _supported(self, scheme: str, alone: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
        """How sure each code of a list is together with what the codes of the other lists say."""
        found = dict(alone[scheme])
        for other, codes in alone.items():
            for code, sure in codes.items() if other != scheme else ():
                for companion, share in self._companions.get((other, code), {}).items():
                    if companion in self._lists[scheme].titles:
                        known = found.get(companion, 0.0)
                        found[companion] = known + (1.0 - known) * sure * share
        return found


def _companions(
    texts: Mapping[str, Mapping[str, Collection[str]]],
) -> dict[tuple[str, str], dict[str, float]]:
    """Of each code, by (scheme, code), how surely what has it has each code of the other list as well."""
    codes: dict[str, dict[str, set[str]]] = {scheme: {} for scheme in texts}
    for scheme, by_code in texts.items():
        for code, having in by_code.items():
            for text in having:
                codes[scheme].setdefault(text, set()).add(code)
    together: dict[tuple[str, str], Counter[str]] = {}
    for one, other in permutations(codes, 2):
        for text in codes[one].keys() & codes[other].keys():
            for code in codes[one][text]:
                together.setdefault((one, code), Counter()).update(codes[other][text])
    return {
        (scheme, code): {other: count / (len(texts[scheme][code]) + _FEW) for other, count in counted.items()}
        for (scheme, code), counted in together.items()
    }


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
