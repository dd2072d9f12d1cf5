"""Weights learned from what people did: which of two suppliers for one need they preferred.

Pairwise logistic regression on the parts of the score (Burges et al., "Learning to Rank using Gradient
Descent", 2005, with a linear scorer), drawn towards the weights that are in use, so that little feedback
changes little. Weights stay positive and keep their sum.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from services.matching.engine.scoring import PARTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.matching.engine.weights import Weights

LEAST_PAIRS = 30

_STEPS = 500
_RATE = 0.05
_STEEPNESS = 10.0
# As much as so many pairs speak for the weights in use.
_PRIOR_PAIRS = 20.0
_LEAST_WEIGHT = 0.01


class Preference(NamedTuple):
    """The values of the parts of the supplier that was preferred and of the one that was not.

    The pair counts `weight` times.
    """

    better: dict[str, float]
    worse: dict[str, float]
    weight: float = 1.0


def fitted(preferences: Sequence[Preference], start: Weights) -> Weights:
    """The weights that order the pairs best; those given when there are fewer than 30 pairs."""
    if len(preferences) < LEAST_PAIRS:
        return start
    differences = _differences(preferences)
    counts = np.array([pair.weight for pair in preferences])
    first = np.array([getattr(start, part) for part in PARTS])
    weights = first.copy()
    for _ in range(_STEPS):
        doubt = 1.0 / (1.0 + np.exp(np.clip(_STEEPNESS * differences @ weights, -50.0, 50.0)))
        pull = _PRIOR_PAIRS * _STEEPNESS * (weights - first)
        gradient = pull - _STEEPNESS * ((counts * doubt)[:, None] * differences).sum(axis=0)
        weights = weights - _RATE * gradient / (_STEEPNESS**2 * counts.sum() + _PRIOR_PAIRS * _STEEPNESS)
        weights = np.maximum(weights, _LEAST_WEIGHT)
        weights *= first.sum() / weights.sum()
    values = {part: round(float(weight), 6) for part, weight in zip(PARTS, weights, strict=True)}
    return msgspec.structs.replace(start, **values)


def ordered_right(preferences: Sequence[Preference], weights: Weights) -> float:
    """The share of the pairs that the weights order as people did; a tie counts half."""
    if not preferences:
        return 0.0
    margins = _differences(preferences) @ np.array([getattr(weights, part) for part in PARTS])
    return round(float(((margins > 1e-12) + 0.5 * (abs(margins) <= 1e-12)).mean()), 4)


def _differences(preferences: Sequence[Preference]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return np.array(
        [[pair.better.get(part, 0.0) - pair.worse.get(part, 0.0) for part in PARTS] for pair in preferences]
    )
