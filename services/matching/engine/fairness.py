"""How unevenly places in the shortlists fall on suppliers, and spreading those of equal quality."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from services.matching.engine.scoring import tie_break

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

# Scores that differ by less are of equal quality, unless an organizer says by how much.
TOLERANCE = 0.01
# Of fewer suppliers than this nothing is said apart, for one could be told from them.
LEAST_TOLD = 5
OTHER = "other"


class Trait(msgspec.Struct, frozen=True, kw_only=True):
    """Totals of suppliers that share a size, a department or that they declared a group.

    `listed` of the `suppliers` have the `places`, and `gini` says how unevenly.
    """

    suppliers: int
    listed: int
    places: int
    gini: float


class Fairness(msgspec.Struct, frozen=True, kw_only=True):
    """Of the suppliers that fit at least one need well enough to be kept in its list of fifty (`viable`): how
    the first places of the lists fall on them.

    `gini` is 0 when all have as many places and goes to 1 when one has them all; `unlisted` are viable and
    have none. `by` has the same for each trait: totals only, of at least five suppliers, with all values that
    fewer have put together as `other`.
    """

    viable: int
    unlisted: int
    places: int
    gini: float
    by: dict[str, dict[str, Trait]]


def gini(counts: Iterable[int]) -> float:
    """The Gini coefficient of counts (C. Gini, "Variabilità e mutabilità", 1912); 0 for none."""
    ordered = sorted(counts)
    total = sum(ordered)
    if total == 0:
        return 0.0
    size = len(ordered)
    weighted = sum(rank * count for rank, count in enumerate(ordered, 1))
    return round(2 * weighted / (size * total) - (size + 1) / size, 6)


def report(
    shortlists: Iterable[Sequence[str]], traits: Mapping[str, Mapping[str, str]], top: int
) -> Fairness:
    """`shortlists` are all that fit each need, best first, of which `top` get a place.

    `traits` says of each supplier its size, department and so on.
    """
    lists = list(shortlists)
    viable = {supplier for each in lists for supplier in each}
    places = Counter(supplier for each in lists for supplier in each[:top])
    by: dict[str, dict[str, list[int]]] = {}
    for supplier in viable:
        for name, value in traits.get(supplier, {}).items():
            by.setdefault(name, {}).setdefault(value, []).append(places[supplier])
    return Fairness(
        viable=len(viable),
        unlisted=len(viable) - len(places),
        places=places.total(),
        gini=gini(places[supplier] for supplier in viable),
        by={
            name: {value: _trait(counts) for value, counts in sorted(_tellable(values).items())}
            for name, values in sorted(by.items())
        },
    )


def _trait(counts: Sequence[int]) -> Trait:
    listed = sum(count > 0 for count in counts)
    return Trait(suppliers=len(counts), listed=listed, places=sum(counts), gini=gini(counts))


def _tellable(values: Mapping[str, list[int]]) -> dict[str, list[int]]:
    """The values with those that too few have put together; with one more where these would be too few still,
    as what is left out could be told from the sum.
    """
    told: dict[str, list[int]] = {}
    others: list[int] = []
    for value, counts in sorted(values.items(), key=lambda each: (len(each[1]), each[0])):
        if len(counts) < LEAST_TOLD or 0 < len(others) < LEAST_TOLD:
            others += counts
        else:
            told[value] = counts
    return {**told, OTHER: others} if others else told


def spread(
    need_id: str, ranked: Sequence[tuple[str, float]], places: Mapping[str, int], tolerance: float = TOLERANCE
) -> list[str]:
    """The suppliers with, among those of equal quality, who has fewer places elsewhere first.

    `ranked` are (supplier, score), best first. Nobody is put behind one whose score is lower by more than
    the tolerance.
    """
    spread_out: list[str] = []
    left = list(ranked)
    while left:
        best = left[0][1]
        equal = [each for each in left if best - each[1] < tolerance] or left[:1]
        equal.sort(key=lambda each: (places.get(each[0], 0), -each[1], tie_break(need_id, each[0])))
        spread_out += [supplier for supplier, _ in equal]
        left = left[len(equal) :]
    return spread_out


def drawn(need_ids: Iterable[str]) -> list[str]:
    """The needs in the order in which places are given away: a seeded one, not that of their arrival."""
    return sorted(need_ids, key=lambda need_id: tie_break(need_id, ""))


def give_places(
    lists: Iterable[tuple[str, Sequence[tuple[str, float]]]],
    places: dict[str, int],
    top: int,
    tolerance: float = TOLERANCE,
) -> dict[str, list[str]]:
    """The order of each need's suppliers when those of equal quality are spread, one need after the other.

    `lists` are (need, ranked) in the order in which they are drawn; `places` counts who is among the first
    `top` and goes on counting.
    """
    orders = {}
    for need_id, ranked in lists:
        orders[need_id] = spread(need_id, ranked, places, tolerance)
        for supplier in orders[need_id][:top]:
            places[supplier] = places.get(supplier, 0) + 1
    return orders
