"""UNSPSC by its tree: the nearer the common branch, the more it is worth."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# What sharing each level adds: segment, family, class, commodity (2, 4, 6 and 8 digits).
LEVELS = {2: 0.2, 4: 0.3, 6: 0.3, 8: 0.2}

# What sharing the division, the group or the class of CIIU is worth (2, 3 and 4 digits).
ACTIVITY = {2: 0.3, 3: 0.6, 4: 1.0}


@lru_cache(maxsize=100_000)
def branches(code: str) -> tuple[str, ...]:
    """The code and what is above it: `43211503` gives 43, 4321, 432115 and 43211503."""
    digits = code.strip()
    return tuple(digits[:size] for size in LEVELS if len(digits) >= size and digits[:size].isdigit())


def all_branches(codes: Iterable[str]) -> list[str]:
    """The branches of several codes, each once, sorted."""
    return sorted({branch for code in codes for branch in branches(code)})


def worth(codes: Iterable[str]) -> dict[str, float]:
    """What sharing each branch of the wanted codes adds, so that a whole code adds up to 1."""
    values: dict[str, float] = {}
    for code in codes:
        path = branches(code)
        whole = sum(LEVELS[len(branch)] for branch in path)
        for branch in path:
            values[branch] = max(values.get(branch, 0.0), LEVELS[len(branch)] / whole)
    return dict(sorted(values.items()))


def inferred(neighbours: Iterable[tuple[float, Iterable[str]]]) -> dict[str, float]:
    """What sharing each branch is worth when only the codes of similar offerings are known.

    `neighbours` are pairs of a similarity and the offering's codes. If all carry one code it is worth as
    much as if it had been stated; the less they agree, the less.
    """
    votes: dict[str, float] = {}
    total = 0.0
    for similarity, codes in neighbours:
        strength = similarity * similarity
        total += strength
        for branch, value in worth(codes).items():
            votes[branch] = votes.get(branch, 0.0) + strength * value
    return {branch: votes[branch] / total for branch in sorted(votes)} if total else {}


def kinship(wanted: Mapping[str, float], held: Iterable[str]) -> float:
    """How near a company's CIIU activities are to the wanted ones, 0 to 1.

    `wanted` says of each code how sure it is. A company that states none is taken to be half way.
    """
    held = list(held)
    if not held:
        return 0.5 * max(wanted.values(), default=0.0)
    return max(
        (
            sure * worth
            for code, sure in wanted.items()
            for digits, worth in ACTIVITY.items()
            if any(code[:digits] == each[:digits] for each in held)
        ),
        default=0.0,
    )
