"""The model: which requests meet in which slots, solved with CP-SAT (OR-Tools).

First the weight of what is scheduled, then, without losing any of it, the holes. First-fit gives both
a start, so that there is an agenda however short the time is.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ortools.sat.python import cp_model

from services.rounds.agenda.calendar import Calendar
from services.rounds.agenda.problem import Agenda, Placed

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.rounds.agenda.problem import Problem, Request


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: the phase (`weight` or `holes`), its best value and its bound so far."""

    phase: str
    best: int
    bound: int


def solve(
    problem: Problem,
    *,
    seconds: float = 10.0,
    seed: int = 1,
    watch: Callable[[Progress], None] = lambda _: None,
) -> Agenda:
    """The best agenda found within about `seconds`, and for each request left out the reason.

    The same problem and seed give the same agenda: time is counted in the solver's deterministic
    seconds, on one thread; the clock only stops a run at twice the limit. Raises Collision where
    pinned meetings exclude one another.
    """
    calendar = Calendar(problem)
    by_weight = sorted(problem.requests, key=lambda request: (-request.weight, request.id))
    calendar.fill(by_weight)
    start = dict(calendar.placed)
    search = _Search(problem, start, seed, watch)
    bound, proved = search.most_weight(seconds / 2)
    holes_proved = search.fewest_holes(seconds / 2) and proved
    calendar = Calendar(problem)
    for meeting in search.best.values():
        if meeting.request_id not in calendar.placed:
            calendar.put(meeting)
    calendar.fill(by_weight)
    weight = sum(calendar.requests[request_id].weight for request_id in calendar.placed)
    left_out = [calendar.reason(r) for r in problem.requests if r.id not in calendar.placed]
    return Agenda(
        placed=tuple(calendar.with_tables()),
        left_out=tuple(left_out),
        weight=weight,
        bound=bound,
        proved=proved or weight == bound,
        holes=(holes := calendar.holes()),
        holes_proved=holes_proved or holes == 0,
    )


class _Search:
    """The CP-SAT model of one problem, and the best placement found in it."""

    def __init__(
        self,
        problem: Problem,
        start: dict[str, Placed],
        seed: int,
        watch: Callable[[Progress], None],
    ) -> None:
        self.problem, self.best, self.seed, self.watch = problem, start, seed, watch
        self.model: Any = cp_model.CpModel()
        self.pinned = Calendar(problem)
        self.meets: dict[tuple[str, str], Any] = {}
        self.seats: dict[tuple[str, str, str], Any] = {}
        self.busy: dict[tuple[str, str], list[Any]] = defaultdict(list)
        for meeting in problem.pinned:
            for delegate_id in (meeting.buyer_delegate_id, meeting.supplier_delegate_id):
                self.busy[delegate_id, meeting.slot_id].append(1)
        for request in problem.requests:
            if request.id not in self.pinned.placed:
                self._add_request(request)
        self._add_limits()
        self.weight = sum(
            self.pinned.requests[request_id].weight * literal
            for (request_id, _), literal in self.meets.items()
        )
        self.pinned_weight = sum(self.pinned.requests[request_id].weight for request_id in self.pinned.placed)

    def _add_request(self, request: Request) -> None:
        literals = []
        for slot_id in self.pinned.open_slots(request):
            if self.pinned.tables_left(slot_id) <= 0:
                continue
            literal = self.model.new_bool_var(f"{request.id}@{slot_id}")
            self.meets[request.id, slot_id] = literal
            literals.append(literal)
            for company_id in (request.buyer_id, request.supplier_id):
                self._add_seats(request.id, slot_id, company_id)
        if literals:
            self.model.add_at_most_one(literals)

    def _add_seats(self, request_id: str, slot_id: str, company_id: str) -> None:
        delegates = self.pinned.available(company_id, slot_id)
        meets = self.meets[request_id, slot_id]
        seats = [meets]
        if len(delegates) > 1:
            seats = [self.model.new_bool_var(f"{request_id}@{slot_id}:{d.id}") for d in delegates]
            self.model.add(sum(seats) == meets)
        for delegate, seat in zip(delegates, seats, strict=True):
            self.seats[request_id, slot_id, delegate.id] = seat
            self.busy[delegate.id, slot_id].append(seat)

    def _add_limits(self) -> None:
        for literals in self.busy.values():
            if len(literals) > 1:
                self.model.add_at_most_one(literals)
        by_slot: dict[str, list[Any]] = defaultdict(list)
        for (_, slot_id), literal in self.meets.items():
            by_slot[slot_id].append(literal)
        for slot_id, literals in by_slot.items():
            if len(literals) > self.pinned.tables_left(slot_id):
                self.model.add(sum(literals) <= self.pinned.tables_left(slot_id))

    def most_weight(self, seconds: float) -> tuple[int, bool]:
        """Place as much weight as possible. The upper bound, and whether it was reached."""
        total = sum(request.weight for request in self.problem.requests)
        if not self.meets:
            return self.pinned_weight, True
        if len(self.best) == len(self.problem.requests):
            return total, True
        self.model.maximize(self.weight)
        solver, status = self._run("weight", seconds, self.pinned_weight)
        bound = min(total, self.pinned_weight + int(solver.best_objective_bound + 1e-6))
        return bound, status == cp_model.OPTIMAL

    def fewest_holes(self, seconds: float) -> bool:
        """Take out holes without losing weight; whether the fewest are proved."""
        if not self.meets:
            return True
        requests = self.pinned.requests
        placed = sum(requests[request_id].weight for request_id in self.best)
        self.model.add(self.weight >= placed - self.pinned_weight)
        self.model.minimize(self._holes())
        _, status = self._run("holes", seconds, 0)
        return bool(status == cp_model.OPTIMAL)

    def _holes(self) -> Any:
        """Blocks of meetings less days with a meeting, over all delegates."""
        days: dict[str, list[str]] = defaultdict(list)
        for slot in self.problem.slots:
            days[slot.day].append(slot.id)
        terms = []
        for delegate in self.problem.delegates:
            for slots in days.values():
                busy = [sum(self.busy.get((delegate.id, slot_id), ())) for slot_id in slots]
                if any(not isinstance(b, int) for b in busy):
                    terms.append(self._holes_of_a_day(busy))
        return sum(terms)

    def _holes_of_a_day(self, busy: list[Any]) -> Any:
        before: Any = 0
        starts = []
        for now in busy:
            if not (isinstance(now, int) and now == 0):
                start = self.model.new_bool_var("")
                self.model.add(start >= now - before)
                starts.append(start)
            before = now
        met = self.model.new_bool_var("")
        self.model.add(met <= sum(busy))
        return sum(starts) - met

    def _run(self, phase: str, seconds: float, offset: int) -> tuple[cp_model.CpSolver, Any]:
        self.model.clear_hints()
        for (request_id, slot_id), literal in self.meets.items():
            placed = self.best.get(request_id)
            self.model.add_hint(literal, placed is not None and placed.slot_id == slot_id)
        for (request_id, slot_id, delegate_id), literal in self.seats.items():
            if literal is not self.meets[request_id, slot_id]:
                placed = self.best.get(request_id)
                self.model.add_hint(literal, placed is not None and _sits(placed, slot_id, delegate_id))
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = self.seed
        solver.parameters.max_deterministic_time = seconds
        solver.parameters.max_time_in_seconds = 2 * seconds
        status = solver.solve(self.model, _Watcher(phase, offset, self.watch))
        if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            self.best = self._read(solver)
        return solver, status

    def _read(self, solver: cp_model.CpSolver) -> dict[str, Placed]:
        best = dict(self.pinned.placed)
        chosen = [key for key, literal in self.meets.items() if solver.boolean_value(literal)]
        for request_id, slot_id in chosen:
            request = self.pinned.requests[request_id]
            buyer, supplier = (
                next(
                    delegate.id
                    for delegate in self.pinned.available(company_id, slot_id)
                    if solver.boolean_value(self.seats[request_id, slot_id, delegate.id])
                )
                for company_id in (request.buyer_id, request.supplier_id)
            )
            best[request_id] = Placed(request_id, slot_id, buyer, supplier, None)
        return best


class _Watcher(cp_model.CpSolverSolutionCallback):
    """Tells of every better agenda while the solver runs."""

    def __init__(self, phase: str, offset: int, watch: Callable[[Progress], None]) -> None:
        super().__init__()
        self._phase, self._offset, self._watch = phase, offset, watch

    def on_solution_callback(self) -> None:
        best = self._offset + round(self.objective_value)
        bound = self._offset + round(self.best_objective_bound)
        self._watch(Progress(self._phase, best, bound))


def _sits(placed: Placed, slot_id: str, delegate_id: str) -> bool:
    seats = (placed.buyer_delegate_id, placed.supplier_delegate_id)
    return placed.slot_id == slot_id and delegate_id in seats
