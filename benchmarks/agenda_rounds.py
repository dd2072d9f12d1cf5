"""Generated rounds for the agenda's benchmark: a plausible year, and rounds with a known full solution."""

from __future__ import annotations

import math
import random
from collections import Counter
from itertools import accumulate
from typing import TYPE_CHECKING

from services.rounds.agenda import Delegate, Problem, Request, Slot

if TYPE_CHECKING:
    from collections.abc import Iterable

SLACKS = (0.3, 0.2, 0.1, 0.05, 0.02)
ROUNDS, BUYERS, SUPPLIERS, MEETINGS = 15, 2303, 6990, 22077
SLOTS_A_DAY = 18


def year(seed: int) -> list[Problem]:
    """15 rounds of 2 or 3 days with 2,303 buyers, 6,990 suppliers and 22,077 requests, all told."""
    chance = random.Random(seed)
    share = [chance.uniform(0.5, 1.5) for _ in range(ROUNDS)]
    counts = zip(*(_parts(total, share) for total in (BUYERS, SUPPLIERS, MEETINGS)), strict=True)
    return [_round(chance, f"r{n}", 2 + n % 2, count) for n, count in enumerate(counts)]


def mega_round(seed: int) -> Problem:
    """The whole year in one round of 3 days."""
    return _round(random.Random(seed), "mega", 3, (BUYERS, SUPPLIERS, MEETINGS))


def with_tables(problem: Problem, full: float) -> Problem:
    """The same round with so many tables that `full` of all their times are needed."""
    tables = math.ceil(len(problem.requests) / (full * len(problem.slots)))
    return Problem(problem.slots, problem.delegates, problem.requests, tables)


def _parts(total: int, share: list[float]) -> list[int]:
    """Whole numbers in these proportions that add up to the total."""
    ends = [round(total * sum(share[: n + 1]) / sum(share)) for n in range(len(share))]
    return [end - start for start, end in zip([0, *ends], ends, strict=False)]


def _slots(days: int) -> tuple[Slot, ...]:
    half = SLOTS_A_DAY // 2
    return tuple(
        Slot(f"{day}.{n:02}", f"day{day}", "morning" if n < half else "afternoon")
        for day in range(days)
        for n in range(SLOTS_A_DAY)
    )


def _round(chance: random.Random, name: str, days: int, count: tuple[int, int, int]) -> Problem:
    """Buyers and suppliers who are not free for 10 to 20 % of the time, and as many requests as given."""
    slots = _slots(days)
    buyers, suppliers, meetings = count
    people = [_person(chance, f"{name}.b{n}", slots) for n in range(buyers)]
    people += [_person(chance, f"{name}.s{n}", slots) for n in range(suppliers)]
    # Some are asked for a lot, most a little; nobody is asked for more than four fifths of the free times.
    room = [int(0.8 * len(person.free)) for person in people]
    pull = [chance.lognormvariate(0, 0.7) for _ in people]
    sides = range(buyers), range(buyers, len(people))
    pulls = [list(accumulate(pull[n] for n in side)) for side in sides]
    pairs: dict[tuple[int, int], None] = {}
    while len(pairs) < meetings:
        buyer, supplier = pair = _pair(chance, sides, pulls)
        common = people[buyer].free & people[supplier].free
        if room[buyer] and room[supplier] and pair not in pairs and len(common) > len(slots) // 3:
            pairs[pair] = None
            room[buyer] -= 1
            room[supplier] -= 1
    return Problem(slots, tuple(people), _requests(name, people, pairs))


def _pair(chance: random.Random, sides: tuple[range, range], pulls: list[list[float]]) -> tuple[int, int]:
    buyer = chance.choices(sides[0], cum_weights=pulls[0])[0]
    return buyer, chance.choices(sides[1], cum_weights=pulls[1])[0]


def _requests(name: str, people: list[Delegate], pairs: Iterable[tuple[int, int]]) -> tuple[Request, ...]:
    return tuple(
        Request(f"{name}.m{n}", people[buyer].company_id, people[supplier].company_id, 1)
        for n, (buyer, supplier) in enumerate(pairs)
    )


def _person(chance: random.Random, name: str, slots: tuple[Slot, ...]) -> Delegate:
    """Somebody who is busy elsewhere for runs of one to four slots."""
    free = {slot.id for slot in slots}
    wanted = len(slots) * (1 - chance.uniform(0.1, 0.2))
    while len(free) > wanted:
        start = chance.randrange(len(slots))
        free -= {slot.id for slot in slots[start : start + chance.randint(1, 4)]}
    return Delegate(name, name, frozenset(free))


def planted(seed: int, slack: float) -> Problem:
    """A mega-round that is made from a full agenda without holes, so that one is known to exist.

    Everybody meets in one run of slots a day, and all slots are equally full. People are free for these
    and for `slack` times as many more, beside their runs, so that the days they come stay as they are; and
    there are that many more tables than meetings in a slot.
    """
    chance = random.Random(seed)
    slots = _slots(3)
    pairs, busy = _without_holes(chance, len(slots))
    people = [_spare(chance, f"p{n}", slots, (times, slack)) for n, times in enumerate(busy)]
    shuffled = sorted(pairs, key=lambda _: chance.random())
    load = Counter(pairs.values())
    return Problem(
        slots,
        tuple(people),
        _requests("planted", people, shuffled),
        math.ceil(max(load.values()) * (1 + slack)),
    )


def _without_holes(chance: random.Random, slots: int) -> tuple[dict[tuple[int, int], int], list[set[int]]]:
    """Pairs with the slots in which they meet, and everybody's slots."""
    busy: list[set[int]] = [set() for _ in range(BUYERS + SUPPLIERS)]
    pairs: dict[tuple[int, int], int] = {}
    load = [0] * slots
    while len(pairs) < MEETINGS:
        buyer, supplier = chance.randrange(BUYERS), BUYERS + chance.randrange(SUPPLIERS)
        common = _beside(busy[buyer], slots) & _beside(busy[supplier], slots)
        if (buyer, supplier) not in pairs and common:
            slot = pairs[buyer, supplier] = min(common, key=lambda n: (load[n], chance.random()))
            load[slot] += 1
            busy[buyer].add(slot)
            busy[supplier].add(slot)
    return pairs, busy


def _beside(times: set[int], slots: int) -> set[int]:
    """The slots that make a day's run of meetings longer, or begin one on another day."""
    days = {slot // SLOTS_A_DAY for slot in times}
    found = {slot for slot in range(slots) if slot // SLOTS_A_DAY not in days}
    for slot in times:
        found |= {n for n in (slot - 1, slot + 1) if n // SLOTS_A_DAY == slot // SLOTS_A_DAY}
    return found - times


def _spare(
    chance: random.Random, name: str, slots: tuple[Slot, ...], times: tuple[set[int], float]
) -> Delegate:
    """Somebody who is free in these slots and in some more beside them, as the share says, on average."""
    own, slack = times
    free = set(own)
    for _ in range(math.floor(len(own) * slack + chance.random())):
        days = {slot // SLOTS_A_DAY for slot in free}
        beside = [n for n in _beside(free, len(slots)) if n // SLOTS_A_DAY in days]
        free |= {chance.choice(sorted(beside))} if beside else set()
    return Delegate(name, name, frozenset(slots[n].id for n in free))


def renamed(problem: Problem, seed: int) -> tuple[Problem, dict[str, int]]:
    """The same round in another order, with too few tables; and which half of the list a supplier is in."""
    chance = random.Random(seed)
    delegates, requests = list(problem.delegates), list(problem.requests)
    chance.shuffle(delegates)
    chance.shuffle(requests)
    sellers = {request.supplier_id for request in requests}
    listed = [delegate.company_id for delegate in delegates if delegate.company_id in sellers]
    half = {company_id: int(2 * n >= len(listed)) for n, company_id in enumerate(listed)}
    place = {company_id: n for n, company_id in enumerate(listed)}
    requests.sort(key=lambda request: place[request.supplier_id])
    tables = math.floor(0.9 * len(requests) / len(problem.slots))
    return Problem(problem.slots, tuple(delegates), tuple(requests), tables), half
