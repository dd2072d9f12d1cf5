"""Exact search: what is best possible, objective by objective."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from ortools.graph.python import min_cost_flow
from ortools.sat.python import cp_model

from services.rounds.agenda.exact import Model

if TYPE_CHECKING:
    from services.rounds.agenda.problem import Objective
    from services.rounds.agenda.run import Run

_FOUND = (cp_model.OPTIMAL, cp_model.FEASIBLE)
# Workers of CP-SAT for questions without an objective: with linear programs where places are few, without
# where there are many; and how much work is theirs first.
_FEW_PLACES, _ALONE = ["max_lp", "default_lp"], ["max_lp"]
_TEAMS = ["no_lp", "max_lp"], ["no_lp", "quick_restart_no_lp"]
_PATIENCE, _FEW_PEOPLE = 1.0, 8


class _Effort(NamedTuple):
    """How the solver goes about it: from which seed, with which workers, and for how long at most.

    `work` is in the solver's own time, which is about seconds of a processor that does nothing else.
    """

    seed: int
    workers: list[str]
    seconds: float
    work: float = math.inf


class _Found(cp_model.CpSolverSolutionCallback):
    """Offers every better agenda while the solver runs, and ends it when the run is over."""

    def __init__(self, run: Run, model: Model) -> None:
        super().__init__()
        self._run, self._model = run, model

    def on_solution_callback(self) -> None:
        self._run.offer(self._model.plan(self.boolean_value))
        if not self._run.left:
            self.stop_search()


def _solve(run: Run, model: Model, effort: _Effort) -> tuple[Any, cp_model.CpSolver]:
    solver = cp_model.CpSolver()
    solver.parameters.random_seed = effort.seed
    solver.parameters.num_workers = max(1, len(effort.workers))
    solver.parameters.subsolvers.extend(effort.workers)
    solver.parameters.max_time_in_seconds = effort.seconds
    solver.parameters.max_deterministic_time = effort.work
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
        status, _ = _solve(run, model, _Effort(seed, _TEAMS[0], left, patience))
        run.hopeless = status == cp_model.INFEASIBLE
        patience, seed = 2 * patience, seed + 1


def perfect(run: Run, seed: int, seconds: float) -> None:
    """Look for an agenda that holds everything with the fewest holes that each person alone could have."""
    _ask(run, sum(run.least), _Effort(seed, _FEW_PLACES, seconds))


def climb(run: Run, seed: int) -> None:
    """Raise the bound on holes and lower the best until they meet, each by one question at a time.

    Whether there is an agenda with at most so many holes is soon denied where they are far too few, which
    a search that minimizes them does not see. What is not answered in time is asked again for longer.
    """
    objectives = run.case.problem.objectives
    if not run.all_held or [o for o in objectives if o not in {"weight", "promised"}][:1] != ["holes"]:
        return
    # What comes after the holes has its share of the time.
    share = 1.0 if objectives[-1] == "holes" else 0.7
    end, patience, team = time.monotonic() + share * run.left, _PATIENCE, 0
    denied: set[int] = set()
    unanswered = -1
    while (left := min(run.left, end - time.monotonic())) > 0 and not _is_settled(run, "holes"):
        best, bound = sum(run.case.holes(run.best)), max(run.holes_bound, sum(run.least))
        effort = _Effort(seed, _TEAMS[team], left, patience)
        # Alone, the linear programs are used in presolving, too, and see at once that tables are too few.
        asked = (effort._replace(workers=_ALONE), effort) if bound > unanswered else ()
        if any(_ask(run, bound, each) != cp_model.UNKNOWN for each in asked):
            continue
        unanswered = bound
        if best - 1 > bound and _ask(run, best - 1, effort) != cp_model.UNKNOWN:
            continue
        if not _ask_in_turn(run, best - 1, effort, denied):
            patience, seed, team, unanswered = 2 * patience, seed + 1, 1 - team, -1


def _ask(run: Run, most: int, effort: _Effort, loose: set[int] | None = None) -> Any:
    """Whether an agenda has no more holes than so many, as a status of the solver's.

    With `loose` only these people may have more holes than they must.
    """
    if not run.holes_bound <= most < sum(run.case.holes(run.best)) or not run.left:
        return cp_model.OPTIMAL
    spare = most - sum(run.least)
    loose = set() if spare <= 0 else loose
    least = None if loose is None else [n + spare * (p in loose) for p, n in enumerate(run.least)]
    model = Model(run.case, all_held=True, least=least)
    model.model.add(sum(model.holes) <= most)
    status, _ = _solve(run, model, effort)
    if status == cp_model.INFEASIBLE and (spare <= 0 or loose is None):
        run.raise_holes_bound(most + 1)
    return status


def _ask_in_turn(run: Run, most: int, effort: _Effort, denied: set[int]) -> bool:
    """Ask for a few people at a time who alone may have more holes than they must; whether that helped.

    The rest of the model is then so tight that each is answered soon. Where one hole more is asked for,
    those who can't have it are noted as `denied`; it is refuted when all are. The others are asked in
    smaller groups the longer it takes.
    """
    held = run.case.holes(run.best)
    spare, untidy = most - sum(run.least), {n for n, least in enumerate(run.least) if held[n] > least}
    order = np.random.default_rng(effort.seed).permutation(len(held)).tolist()
    if spare == 1:
        people, size, fixed = [n for n in order if n not in denied], int(_FEW_PEOPLE / effort.work), set()
    else:
        people, size, fixed = order, _FEW_PEOPLE, untidy
    groups = [set(people[n : n + max(1, size)]) for n in range(0, len(people), max(1, size))]
    for group in groups if spare > 0 else []:
        status = _ask(run, most, effort._replace(workers=_TEAMS[0], work=effort.work / 2), group | fixed)
        if status in _FOUND:
            return True
        if status == cp_model.INFEASIBLE and spare == 1:
            denied |= group
    if len(denied) == len(held):
        run.raise_holes_bound(sum(run.least) + 2)
        return True
    return False


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


def phases(run: Run, seed: int, workers: int, seconds: float) -> None:
    """One objective after the other, each without losing what was reached before."""
    model = Model(run.case, all_held=run.all_held)
    certain, end = True, time.monotonic() + seconds
    for objective in run.case.problem.objectives:
        if _is_settled(run, objective):
            continue
        expression = _expression(model, objective)
        if objective == "holes" and run.holes_bound:
            model.model.add(expression >= run.holes_bound)
        model.model.minimize(expression)
        model.hint(run.best)
        # Alone, the solver gets the same time in every run. Beside others, half of what is left.
        if workers == 1:
            effort = _Effort(seed, [], run.seconds, run.seconds / 2)
        else:
            effort = _Effort(seed, ["core", "default_lp"], min(run.left, end - time.monotonic()) / 2)
        status, solver = _solve(run, model, effort)
        if status in _FOUND and certain:
            _note_bound(run, objective, int(_rounded_up(solver.best_objective_bound)))
        certain = certain and status == cp_model.OPTIMAL
        if certain:
            run.proved.add(objective)
        model.model.add(expression <= run.value(run.best, objective))


def _is_settled(run: Run, objective: Objective) -> bool:
    """Whether the best agenda cannot be better in this objective, as can be told without a search."""
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
