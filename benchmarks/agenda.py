"""How good and how fast the agenda engine is, on files and on generated rounds.

`benchmarks/agenda.py FILE… [--seconds S] [--fair D] --out DIR` reads brokerage events in the format of
Bofill et al., "Constraint Solving Approaches to the Business-to-Business Meeting Scheduling Problem"
(JAIR 2022), and writes DIR/<name>.json. `--scale`, `--tight` and `--order` run on generated rounds.
The compiled part is loaded, or compiled, before the clock starts; what that took is printed.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

# Run by its path, Python would look beside this file first, where `http` is a benchmark.
sys.path.pop(0)
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.agenda_files import BadFile, problem_of
from benchmarks.agenda_rounds import SLACKS, mega_round, planted, renamed, with_tables, year
from services.rounds.agenda import Agenda, Collision, Problem, Progress, solve, warm_up

SEED = 1


@dataclass
class Trial:
    """One run of the engine, and when it found what."""

    problem: Problem
    seconds: float
    first: float | None = None
    best: tuple[int, int, float] = (1, 0, 0.0)
    weight: int = 0
    begun: float = field(default_factory=time.perf_counter)

    def run(self) -> tuple[Agenda, float]:
        """The engine's answer and the seconds it took."""
        self.begun = time.perf_counter()
        agenda = solve(self.problem, seconds=self.seconds, seed=SEED, watch=self._watch)
        took = time.perf_counter() - self.begun
        self.first = took if self.first is None and not agenda.left_out else self.first
        return agenda, took

    def _watch(self, progress: Progress) -> None:
        now = time.perf_counter() - self.begun
        if progress.phase == "weight":
            self.weight = progress.best
            if progress.best == sum(r.weight for r in self.problem.requests) and self.first is None:
                self.first = now
        elif (-self.weight, progress.best) < self.best[:2]:
            self.best = (-self.weight, progress.best, now)


def files(paths: list[Path], options: argparse.Namespace) -> int:
    """Solve every file and write its result; how many files have no agenda that holds everything."""
    options.out.mkdir(parents=True, exist_ok=True)
    print(f"{'event':20}{'held':>12}{'holes':>7}{'bound':>7} proved{'first s':>9}{'best s':>8}{'all s':>8}")
    short = 0
    for path in paths:
        try:
            problem = problem_of(path, options.fair)
            trial = Trial(problem, options.seconds or 60)
            agenda, took = trial.run()
        except (BadFile, Collision, OSError, UnicodeDecodeError) as error:
            print(f"{path.stem:20} can't be solved: {error}", flush=True)
            short += 1
            continue
        report(path, options.out, trial, agenda, took)
        short += bool(agenda.left_out)
    return short


def report(path: Path, out: Path, trial: Trial, agenda: Agenda, took: float) -> None:
    """Write the result of a file, and its line on screen."""
    requests = trial.problem.requests
    held = {meeting.request_id: int(meeting.slot_id) for meeting in agenda.placed}
    result: dict[str, Any] = {
        "slots": [held.get(request.id) for request in requests],
        "holes": agenda.holes,
        "bound": agenda.holes_bound,
        "proved": agenda.proved and agenda.holes_proved,
        "seconds_to_first": rounded(trial.first),
        "seconds_to_best": rounded(trial.best[2]),
        "seconds": rounded(took),
    }
    (out / f"{path.stem}.json").write_text(json.dumps(result) + "\n")
    count = f"{len(held)}/{len(requests)}"
    first = f"{trial.first:.2f}" if trial.first is not None else "never"
    proved = "yes" if result["proved"] else "no"
    print(f"{path.stem:20}{count:>12}{agenda.holes:>7}{agenda.holes_bound:>7} {proved:6}"
          f"{first:>9}{trial.best[2]:>8.2f}{took:>8.2f}", flush=True)  # fmt: skip
    if agenda.left_out:
        most = "no agenda holds more" if agenda.proved else f"at most {agenda.bound} can be held"
        reasons = Counter(left.reason for left in agenda.left_out)
        print(f"    {most}; left out: {', '.join(f'{n} {name}' for name, n in reasons.items())}", flush=True)


def scale(seconds: float | None) -> None:
    """A generated year, virtual and with tables 90 and 97 % full, and the same as one round."""
    rounds, mega = year(SEED), mega_round(SEED)
    for label, full in (("virtual", None), ("tables 90 % full", 0.9), ("tables 97 % full", 0.97)):
        figures = [measure(seated(problem, full), seconds or 5) for problem in rounds]
        print_sum(f"15 rounds, {label}", figures)
        print_sum(f"mega-round, {label}", [measure(seated(mega, full), seconds or 60)])


def seated(problem: Problem, full: float | None) -> Problem:
    """The round with so many tables that `full` of their times are needed; None: virtual."""
    return with_tables(problem, full) if full else problem


def measure(problem: Problem, seconds: float) -> tuple[int, int, int, int, float]:
    """Requests, held meetings, holes, their bound and the seconds until every meeting had a place."""
    trial = Trial(problem, seconds)
    agenda, took = trial.run()
    first = trial.first if trial.first is not None else took
    return len(problem.requests), len(agenda.placed), agenda.holes, agenda.holes_bound, first


def print_sum(label: str, figures: list[tuple[int, int, int, int, float]]) -> None:
    """One line for one or several rounds."""
    requests, held, holes, bound = (sum(row[n] for row in figures) for n in range(4))
    ratio = f"{holes / bound:.3f}" if bound else "-"
    slowest = max(row[4] for row in figures)
    print(f"{label:32}{held:>7} of {requests} held, {holes:>5} holes, bound {bound:>5}, ratio {ratio}, "
          f"all placed after {slowest:.2f} s at most", flush=True)  # fmt: skip


def tight(seconds: float | None) -> None:
    """Mega-rounds of which a full agenda without holes is known, with less and less time to spare."""
    for slack in SLACKS:
        print_sum(f"planted, {slack:.0%} slack", [measure(planted(SEED, slack), seconds or 60)])


def order(seconds: float | None) -> None:
    """One round with too many requests, shuffled a hundred times: do early suppliers get more?"""
    sums = [[0, 0, 0], [0, 0, 0]]
    base = year(SEED)[0]
    for seed in range(100):
        problem, half_of = renamed(base, seed)
        agenda = solve(problem, seconds=seconds or 1, seed=seed)
        count(agenda, problem, half_of, sums)
    for name, (asked, held, holes) in zip(("early", "late"), sums, strict=True):
        print(f"suppliers {name:6} in the list: {held / asked:.4f} of {asked} requests held, "
              f"{holes / 100:.2f} holes a run", flush=True)  # fmt: skip


def count(agenda: Agenda, problem: Problem, half_of: dict[str, int], sums: list[list[int]]) -> None:
    """Add up what the suppliers of each half asked for, got, and the holes they have."""
    supplier = {request.id: request.supplier_id for request in problem.requests}
    place = {slot.id: n for n, slot in enumerate(problem.slots)}
    day = [slot.day for slot in problem.slots]
    times: dict[str, list[int]] = {}
    for request in problem.requests:
        sums[half_of[request.supplier_id]][0] += 1
    for meeting in agenda.placed:
        sums[half_of[supplier[meeting.request_id]]][1] += 1
        times.setdefault(supplier[meeting.request_id], []).append(place[meeting.slot_id])
    for company, slots in times.items():
        slots.sort()
        gaps = sum(b > a + 1 and day[a] == day[b] for a, b in pairwise(slots))
        sums[half_of[company]][2] += gaps


def rounded(seconds: float | None) -> float | None:
    """Seconds to the millisecond."""
    return None if seconds is None else round(seconds, 3)


def main() -> None:
    """Entry point of the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="*", type=Path, help=".dzn files")
    parser.add_argument("--seconds", type=float, help="for each run")
    parser.add_argument("--fair", type=int, help="the greatest difference in holes between two participants")
    parser.add_argument("--out", type=Path, help="where the results of files go")
    for name in ("scale", "tight", "order"):
        parser.add_argument(f"--{name}", action="store_true", help="generated rounds")
    options = parser.parse_args()
    if options.files and not options.out:
        parser.error("--out says where the results go")
    print(f"compiled part ready after {warm_up():.1f} s", flush=True)
    short = files(options.files, options) if options.files else 0
    for wanted, run in ((options.scale, scale), (options.tight, tight), (options.order, order)):
        if wanted:
            run(options.seconds)
    sys.exit(short > 0)


if __name__ == "__main__":
    main()
