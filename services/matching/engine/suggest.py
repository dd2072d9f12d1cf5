"""Codes for a text: UNSPSC and CIIU classes whose official words, or whose companies, say the same.

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
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from services.matching.engine.classes import Classes
from services.matching.engine.scoring import tie_break
from services.matching.engine.text import stems

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from services.matching.engine.classes import Entry, Scored

SCHEMES = ("UNSPSC", "CIIU")
# Of each code so many companies' words are enough.
MOST_EXAMPLES = 20
# So many held-out texts settle what a score means, and fewer than the least settle nothing.
LEAST_HELD, MOST_HELD = 100, 400
LEAST_CONFIDENCE = 0.01

_CALIBRATED = 5
_SHIPPED_CALIBRATION = (1.74, 0.94, 2.59)
_HELD_OUT = 4
# Of a code that this many texts have, half of what they have of the other list is believed.
_FEW = 3.0


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
        self._lists: dict[str, Classes] = {}
        self._companions = _companions(texts)
        self.calibration: dict[str, tuple[float, ...]] = {}
        for scheme, listed in known.items():
            said = texts[scheme]
            coded = {each.code: _kept(each.code, said[each.code]) for each in listed if each.code in said}
            self.calibration[scheme] = _calibrated(scheme, listed, coded)
            self._lists[scheme] = Classes(listed, _stemmed(coded))

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


def _features(scored: Scored) -> tuple[float, float, float]:
    return math.log(scored.lead), math.log(scored.explained + 1e-3), 1.0


def _sureness(scored: Scored, weights: Sequence[float]) -> float:
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
    listed = Classes(entries, _stemmed(kept))
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
