"""Exact search: what is best possible, objective by objective."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np
from ortools.graph.python import min_cost_flow
from ortools.sat.python import cp_model

from services.rounds.agenda.exact import Model

if TYPE_CHECKING:
    from services.rounds.agenda.problem import Objective
    from services.rounds.agenda.run import Run

_FOUND = (cp_model.OPTIMAL, cp_model.FEASIBLE)
# Workers of CP-SAT for questions without an objective: with linear programs where places are few, without
# where there are many; and for how many seconds they are asked first.
_FEW_PLACES = ["max_lp", "default_lp"]
_TEAMS = ["no_lp", "quick_restart_no_lp"], ["no_lp", "max_lp"]
_PATIENCE = 2.0


class _Found(cp_model.CpSolverSolutionCallback):
    """Offers every better agenda while the solver runs, and ends it when the run is over."""

    def __init__(self, run: Run, model: Model) -> None:
        super().__init__()
        self._run, self._model = run, model

    def on_solution_callback(self) -> None:
        self._run.offer(self._model.plan(self.boolean_value))
        if not self._run.left:
            self.stop_search()


def _solve(
    run: Run, model: Model, seed: int, workers: list[str], seconds: float
) -> tuple[Any, cp_model.CpSolver]:
    solver = cp_model.CpSolver()
    solver.parameters.random_seed = seed
    solver.parameters.num_workers = max(1, len(workers))
    solver.parameters.subsolvers.extend(workers)
    solver.parameters.max_time_in_seconds = seconds
    if not workers:
        solver.parameters.max_deterministic_time = seconds
        solver.parameters.max_time_in_seconds = 2 * seconds
    run.interrupts.append(solver.stop_search)
    if not run.left:
        return cp_model.UNKNOWN, solver
    status = solver.solve(model.model, _Found(run, model))
    run.interrupts.remove(solver.stop_search)
    return status, solver


def all_held(run: Run, seed: int, seconds: float) -> None:
    """Look for an agenda that holds every meeting, whatever holes it has, and note if there is none."""
    end, patience = time.monotonic() + seconds, _PATIENCE
    while (left := min(run.left, end - time.monotonic())) > 0 and not (run.all_held or run.hopeless):
        model = Model(run.case, all_held=True)
        status, _ = _solve(run, model, seed, _TEAMS[1], min(patience, left))
        run.hopeless = status == cp_model.INFEASIBLE
        patience, seed = 2 * patience, seed + 1


def perfect(run: Run, seed: int, seconds: float) -> None:
    """Look for an agenda that holds everything with the fewest holes that each person alone could have."""
    _ask(run, sum(run.least), seed, _FEW_PLACES, seconds)


def climb(run: Run, seed: int, seconds: float) -> None:
    """Raise the bound on holes and lower the best until they meet, each by one question at a time.

    Whether there is an agenda with at most so many holes is soon denied where they are far too few, which
    a search that minimizes them does not see. What is not answered in time is asked again for longer.
    """
    end, patience, team = time.monotonic() + seconds, _PATIENCE, 0
    while (left := min(run.left, end - time.monotonic())) > 0 and run.all_held:
        best, bound = sum(run.case.holes(run.best)), max(run.holes_bound, sum(run.least))
        if best <= bound:
            return
        answers = [
            _ask(run, most, seed, _TEAMS[team], min(patience, left)) for most in sorted({bound, best - 1})
        ]
        if not any(answers):
            patience, seed, team = 2 * patience, seed + 1, 1 - team


def _ask(run: Run, most: int, seed: int, workers: list[str], seconds: float) -> bool:
    """Whether it is known after so many seconds if an agenda has no more holes than so many."""
    if not run.holes_bound <= most < sum(run.case.holes(run.best)):
        return True
    if most == sum(run.least):
        model = Model(run.case, all_held=True, least=run.least)
    else:
        model = Model(run.case, all_held=True)
        model.model.add(sum(model.holes) <= most)
    status, _ = _solve(run, model, seed, workers, seconds)
    if status == cp_model.INFEASIBLE:
        run.raise_holes_bound(most + 1)
    return status in (*_FOUND, cp_model.INFEASIBLE)


def most_weight(run: Run) -> None:
    """Bound the weight by what people and tables have room for, whoever is free when.

    A flow of least cost from buyers through requests to suppliers (Ahuja, Magnanti and Orlin, Network
    Flows, 1993, chapter 9). Who both buys and supplies has room twice, which the bound can bear.
    """
    case = run.case
    most = [[case.people[n].most * case.people[n].at_once for n in team] for team in case.teams]
    room, companies, wanted = [sum(team) for team in most], len(case.teams), len(case.possible)
    at_once = max((person.at_once for person in case.people), default=1)
    seats = wanted if case.tables is None else min(wanted, case.tables * len(case.day_of) * at_once)
    # Nodes: the buyers, the suppliers, the source, the desk with the tables, and the sink.
    source, desk, sink = range(2 * companies, 2 * companies + 3)
    arcs = [(source, desk, seats, 0), (source, sink, wanted, 0)]
    arcs += [(desk, company, room[company], 0) for company in range(companies)]
    arcs += [(companies + company, sink, room[company], 0) for company in range(companies)]
    for meeting in (case.meetings[n] for n in case.possible):
        arcs.append((meeting.buyer, companies + meeting.supplier, 1, -meeting.weight))
    flow = min_cost_flow.SimpleMinCostFlow()
    flow.add_arcs_with_capacity_and_unit_cost(*(np.array(column) for column in zip(*arcs, strict=True)))
    flow.set_nodes_supplies(np.array([source, sink]), np.array([wanted, -wanted]))
    if flow.solve() == flow.OPTIMAL:
        run.bound = min(run.bound, -flow.optimal_cost())


def phases(run: Run, seed: int, workers: int, seconds: float, *, hopeful: bool = False) -> None:
    """One objective after the other, each without losing what was reached before.

    With `hopeful` it looks only among agendas that hold every meeting, and notes if there is none.
    """
    model = Model(run.case, all_held=run.all_held or hopeful)
    certain, end = True, time.monotonic() + seconds
    for objective in run.case.problem.objectives:
        if _is_settled(run, objective, hopeful=hopeful):
            continue
        expression = _expression(model, objective)
        if objective == "holes" and run.holes_bound:
            model.model.add(expression >= run.holes_bound)
        model.model.minimize(expression)
        if not hopeful:
            # A search by unsatisfiable cores is led astray by one.
            model.hint(run.best)
        # Alone, the solver gets the same time in every run. Beside others, half of what is left.
        time_left = run.seconds / 2 if workers == 1 else min(run.left, end - time.monotonic())
        names = [] if workers == 1 else ["core", "default_lp"]
        status, solver = _solve(
            run, model, seed, names, time_left if hopeful or workers == 1 else time_left / 2
        )
        if hopeful and not run.all_held:
            run.hopeless = run.hopeless or status == cp_model.INFEASIBLE
            return
        if status in _FOUND and certain:
            _note_bound(run, objective, int(_rounded_up(solver.best_objective_bound)))
        certain = certain and status == cp_model.OPTIMAL
        if certain:
            run.proved.add(objective)
        model.model.add(expression <= run.value(run.best, objective))


def _is_settled(run: Run, objective: Objective, *, hopeful: bool) -> bool:
    """Whether the best agenda cannot be better in this objective, as can be told without a search."""
    if hopeful and not run.all_held:
        return objective in {"weight", "promised"}
    value = run.value(run.best, objective)
    if objective in {"weight", "promised"} and run.all_held:
        return True
    if objective == "holes" and run.all_held:
        return value <= max(run.holes_bound, sum(run.least))
    if objective == "fairness":
        return run.is_even(run.best)
    return objective != "weight" and value == 0


def _expression(model: Model, objective: Objective) -> Any:
    if objective == "weight":
        return -model.weight()
    if objective == "promised":
        return model.missing()
    if objective == "moves":
        return model.moves()
    return sum(model.holes) if objective == "holes" else model.spread()


def _note_bound(run: Run, objective: Objective, bound: int) -> None:
    if objective == "weight":
        run.bound = min(run.bound, -bound)
    elif objective == "holes":
        run.raise_holes_bound(bound)


def _rounded_up(bound: float) -> float:
    return -((-bound + 1e-6) // 1)
