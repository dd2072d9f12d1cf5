"""One run of the engine: the best agenda so far, how good one can be, and when to stop."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.rounds.agenda.bounds import least_holes

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.rounds.agenda.case import Case, Plan
    from services.rounds.agenda.problem import Objective


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: the phase (`weight` or `holes`), its best value and its bound so far."""

    phase: str
    best: int
    bound: int


Watch = "Callable[[Progress], None]"


class Run:
    """What the searches of a run share. They may offer agendas from several threads.

    `hopeless` says that no agenda can hold every meeting.
    """

    def __init__(
        self, case: Case, seconds: float, stop: threading.Event, watch: Callable[[Progress], None]
    ) -> None:
        self.case, self.seconds, self.stop, self.watch = case, seconds, stop, watch
        self.started = time.monotonic()
        self.done = threading.Event()
        self.lock = threading.Lock()
        self.interrupts: list[Callable[[], None]] = []
        self.best: Plan = dict(case.pinned)
        self.best_key = self.key(self.best)
        self.possible = len(case.possible)
        self.bound = sum(case.meetings[n].weight for n in case.possible)
        self.least = least_holes(case)
        self.holes_bound = 0
        self.hopeless = False
        self.proved: set[Objective] = set()

    @property
    def left(self) -> float:
        """The seconds that are left; none once it is over."""
        over = self.stop.is_set() or self.done.is_set()
        return 0.0 if over else max(0.0, self.seconds - (time.monotonic() - self.started))

    @property
    def all_held(self) -> bool:
        """Whether the best agenda holds every meeting that can be held at all."""
        return len(self.best) == self.possible

    def value(self, plan: Plan, objective: Objective) -> int:
        """What an agenda reaches in an objective; less is better."""
        if objective == "weight":
            return -self.case.weight(plan)
        if objective == "promised":
            return self.case.missing(plan)
        if objective == "moves":
            return self.case.moves(plan)
        holes = self.case.holes(plan)
        return sum(holes) if objective == "holes" else spread(holes)

    def key(self, plan: Plan) -> list[int]:
        """What agendas are compared by."""
        return [self.value(plan, objective) for objective in self.case.problem.objectives]

    def offer(self, plan: Plan) -> bool:
        """Keep an agenda if it is better than the best so far and within the spread that is allowed."""
        allowed, key = self.case.problem.spread, self.key(plan)
        if allowed is not None and spread(self.case.holes(plan)) > allowed:
            return False
        with self.lock:
            if key >= self.best_key:
                return False
            self.best, self.best_key = plan, key
            self._tell()
        if self.finished():
            self.finish()
        return True

    def _tell(self) -> None:
        self.watch(Progress("weight", self.case.weight(self.best), self.bound))
        self.watch(Progress("holes", sum(self.case.holes(self.best)), self.holes_bound))

    def raise_holes_bound(self, bound: int) -> None:
        """Note that no agenda of the most weight has fewer holes."""
        self.holes_bound = max(self.holes_bound, bound)
        if self.finished():
            self.finish()

    def finished(self) -> bool:
        """Whether nothing can be better: every meeting is held, the fewest holes, nobody moved."""
        if not self.all_held or sum(self.case.holes(self.best)) > max(self.holes_bound, sum(self.least)):
            return False
        objectives = self.case.problem.objectives
        still = self.case.moves(self.best) == 0 or "moves" not in objectives
        return still and ("fairness" not in objectives or self.is_even(self.best))

    def is_even(self, plan: Plan) -> bool:
        """Whether nobody can have fewer holes unless somebody has more: they differ by one at most."""
        holes = self.case.holes(plan)
        return spread(holes) <= int(sum(holes) % max(1, len(holes)) > 0)

    def finish(self) -> None:
        """End all searches."""
        self.done.set()
        for interrupt in list(self.interrupts):
            interrupt()


def spread(holes: list[int]) -> int:
    """The difference between the people with most and fewest holes."""
    return max(holes, default=0) - min(holes, default=0)
