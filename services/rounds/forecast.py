"""What will not fit, before the requests close: pure functions over plain data.

How many requests can be met is a maximum flow from buyers through requests to suppliers, with what each
can hold as capacity (Ahuja, Magnanti & Orlin, Network Flows, 1993, chapter 6). Two meetings that want the
same hour are not looked at, so that it is an upper bound: what is lost here is lost in every agenda.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from ortools.graph.python import max_flow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Beyond so many the gain of a second delegate is not worked out for each one.
MOST_NAMED = 25


@dataclass(frozen=True, slots=True)
class Participant:
    """A company: `free` has, for each delegate, the slots (their positions) in which it can meet, and `most`
    the most meetings of each that limits allow, if there are any.
    """

    company_id: str
    side: str
    free: tuple[frozenset[int], ...]
    most: tuple[int, ...] = ()

    @property
    def capacity(self) -> int:
        """In how many slots its delegates can meet."""
        slots = [len(slots) for slots in self.free]
        return sum(map(min, slots, self.most)) if self.most else sum(slots)

    @property
    def times(self) -> frozenset[int]:
        """The slots in which somebody of it can meet."""
        return frozenset[int]().union(*self.free)


@dataclass(frozen=True, slots=True)
class Demand:
    """A round before its agenda. `pairs` are requests, buyer and supplier; `tables` None is without limit.

    A buyer's delegate receives up to `at_once` suppliers in a slot.
    """

    participants: tuple[Participant, ...]
    pairs: tuple[tuple[str, str], ...]
    slots: int
    tables: int | None = None
    at_once: int = 1

    def capacity(self, participant: Participant) -> int:
        """How many requests a participant can meet."""
        return participant.capacity * (self.at_once if participant.side == "buyer" else 1)


@dataclass(frozen=True, slots=True)
class Crowded:
    """A company with more requests than it can hold, and how many more a second delegate would let in."""

    company_id: str
    side: str
    requests: int
    capacity: int
    second_delegate: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """Of `requests` at most `placeable` can be met, so that `lost` are left out at least.

    `two_suppliers` and `added_slot` are how many more it would be with one supplier more in a meeting than
    now (with two, instead of one to one), and with one more slot for everybody.
    """

    requests: int
    placeable: int
    lost: int
    two_suppliers: int
    added_slot: int
    crowded: tuple[Crowded, ...]


def forecast(demand: Demand) -> Forecast:
    """What fits, what does not, and what would help. Buyers come first, those with most too many first."""
    wanted = len(demand.pairs)
    base = _Network(demand)
    placeable = base.most()
    doubled = base.most(at_once=demand.at_once + 1)
    later = _Network(_with_a_slot(demand)).most()
    return Forecast(
        requests=wanted,
        placeable=placeable,
        lost=wanted - placeable,
        two_suppliers=doubled - placeable,
        added_slot=later - placeable,
        crowded=_crowded(demand, base, placeable),
    )


def _with_a_slot(demand: Demand) -> Demand:
    new = demand.slots
    participants = tuple(
        replace(p, free=tuple(slots | {new} for slots in p.free), most=tuple(most + 1 for most in p.most))
        for p in demand.participants
    )
    return replace(demand, participants=participants, slots=demand.slots + 1)


def _crowded(demand: Demand, network: _Network, placeable: int) -> tuple[Crowded, ...]:
    asked: dict[str, int] = {}
    for pair in demand.pairs:
        for company_id in pair:
            asked[company_id] = asked.get(company_id, 0) + 1
    over = [p for p in demand.participants if asked.get(p.company_id, 0) > demand.capacity(p)]
    over.sort(key=lambda p: (p.side != "buyer", demand.capacity(p) - asked[p.company_id], p.company_id))
    return tuple(
        Crowded(
            company_id=p.company_id,
            side=p.side,
            requests=asked[p.company_id],
            capacity=demand.capacity(p),
            second_delegate=network.most(extra={p.company_id: demand.slots}) - placeable,
        )
        for p in over[:MOST_NAMED]
    )


class _Network:
    """Source → buyers → suppliers → sink, one arc for each pair that has a time in common."""

    def __init__(self, demand: Demand) -> None:
        self.demand = demand
        people = {p.company_id: p for p in demand.participants}
        self.node = {company_id: number + 2 for number, company_id in enumerate(people)}
        times = {company_id: p.times for company_id, p in people.items()}
        pairs = [(b, s) for b, s in demand.pairs if b in people and s in people]
        # One whose second delegate would be free all day has a time in common with everybody who has any.
        self.pairs = [(b, s, bool(times[b] & times[s])) for b, s in pairs]
        self.times = times

    def most(self, at_once: int | None = None, extra: Mapping[str, int] | None = None) -> int:
        """The most requests that can be met, with more suppliers `at_once` or `extra` for some companies."""
        more = extra or {}
        together = at_once or self.demand.at_once
        arcs = [
            (0, self.node[p.company_id], (p.capacity + more.get(p.company_id, 0)) * together)
            if p.side == "buyer"
            else (self.node[p.company_id], 1, p.capacity + more.get(p.company_id, 0))
            for p in self.demand.participants
        ]
        arcs += [
            (self.node[b], self.node[s], 1)
            for b, s, common in self.pairs
            if common or (b in more and self.times[s]) or (s in more and self.times[b])
        ]
        flow = _flow(arcs)
        if self.demand.tables is None:
            return flow
        return min(flow, self.demand.tables * self.demand.slots * together)


def _flow(arcs: Sequence[tuple[int, int, int]]) -> int:
    if not arcs:
        return 0
    solver = max_flow.SimpleMaxFlow()
    tails, heads, capacities = (np.array(column) for column in zip(*arcs, strict=True))
    solver.add_arcs_with_capacity(tails, heads, capacities)
    if solver.solve(0, 1) != solver.OPTIMAL:
        return 0
    return int(solver.optimal_flow())
