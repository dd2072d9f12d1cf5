"""Bounds that no agenda can beat, worked out person by person."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.rounds.agenda.case import Case


def fewest_holes(free: set[int], days: list[list[int]], meetings: int) -> int:
    """The fewest holes with which a person can have so many meetings in these free slots.

    On one day the longest runs of free slots are filled first, and each run after the first costs a
    hole; the days are then put together (a knapsack over the number of meetings). More meetings than
    free slots count as holes of none: that is not for this bound to tell.
    """
    best = [0] + [meetings] * meetings
    for day in days:
        ends = list(accumulate(sorted(_runs(free, day), reverse=True)))
        best = [
            min(
                best[count],
                *(best[max(0, count - end)] + extra for extra, end in enumerate(ends)),
                meetings,
            )
            for count in range(meetings + 1)
        ]
    return best[meetings] if meetings <= len(free) else 0


def _runs(free: set[int], day: list[int]) -> list[int]:
    runs = [0]
    for slot in day:
        if slot in free:
            runs[-1] += 1
        elif runs[-1]:
            runs.append(0)
    return [run for run in runs if run]


def least_holes(case: Case) -> list[int]:
    """For each person the fewest holes, when all meetings are held; 0 where companies have several people."""
    own: list[list[int]] = [[] for _ in case.teams]
    for number in case.possible:
        own[case.meetings[number].buyer].append(number)
        own[case.meetings[number].supplier].append(number)
    found = []
    for n, person in enumerate(case.people):
        wanted = own[person.company]
        alone = len(case.teams[person.company]) == 1 and person.at_once == 1
        free = person.free & set().union(*(case.meetings[m].slots for m in wanted))
        free |= {case.pinned[m][0] for m in wanted if m in case.pinned and n in case.pinned[m][1:]}
        found.append(fewest_holes(free, case.days, len(wanted)) if alone else 0)
    return found
