"""The way in: a portfolio of first-fit, annealing over Kempe chains and exact solving.

First-fit gives an agenda at once. Small cases are then left to CP-SAT alone, on one thread and in its
own deterministic time; in middling ones the annealing races with it; large ones belong to the annealing,
unless they are so tight that there are few places for each meeting.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from services.rounds.agenda.answer import answer
from services.rounds.agenda.book import Book
from services.rounds.agenda.case import case_of
from services.rounds.agenda.pins import check_pinned
from services.rounds.agenda.problem import Delegate, Problem, Request, Slot
from services.rounds.agenda.run import Progress, Run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from services.rounds.agenda.case import Case
    from services.rounds.agenda.problem import Agenda

# Sizes as places: slots of all meetings, times the people who could hold them.
SMALL, MIDDLING, MODEL = 300, 40_000, 120_000
FEW_MEETINGS = 5_000
# A large case is for the exact search where a meeting has so few places on average.
FEW_PLACES = 6
_HEED_SECONDS = 0.1


def solve(
    problem: Problem,
    *,
    seconds: float = 10.0,
    seed: int = 1,
    watch: Callable[[Progress], None] = lambda _: None,
    stop: threading.Event | None = None,
) -> Agenda:
    """The best agenda found within about `seconds`, and for each request left out the reason.

    It ends early when nothing can be better, or when `stop` is set. A small problem gives the same agenda
    for the same seed; a larger one is raced for by the clock. Raises Collision where pinned meetings
    exclude one another.
    """
    case = case_of(problem)
    check_pinned(case)
    run = Run(case, seconds, stop or threading.Event(), watch)
    if run.possible > len(run.best):
        with heeding(run):
            _search(run, seed)
    return answer(run)


@contextmanager
def heeding(run: Run) -> Iterator[None]:
    """Ends the run's searches, silent ones too, soon after it is told to stop."""
    over = threading.Event()

    def heed() -> None:
        while not over.wait(_HEED_SECONDS):
            if run.stop.is_set():
                run.finish()

    thread = threading.Thread(target=heed, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _search(run: Run, seed: int) -> None:
    case = run.case
    size = _places(case)
    if size <= SMALL:
        from services.rounds.agenda.proof import phases

        _first_fit(run)
        phases(run, seed, 1, run.left)
    elif not _suits(case):
        _without_annealing(run, seed, size)
    elif size <= MIDDLING and len(case.meetings) <= FEW_MEETINGS:
        _race(run, seed)
    else:
        _large(run, seed, size)


def warm_up() -> float:
    """Load the compiled part, or compile it on a machine that runs it first; the seconds it took.

    A run does this by itself, beside the exact search.
    """
    begun = time.perf_counter()
    from services.rounds.agenda.anneal import anneal
    from services.rounds.agenda.cooling import first

    one = (Slot("1", "day"),)
    people = tuple(Delegate(name, name, frozenset({"1"})) for name in "bst")
    problem = Problem(one, people, (Request("1", "b", "s", 1), Request("2", "b", "t", 1)))
    board = first(Run(case_of(problem), 0.01, threading.Event(), lambda _: None), 1)
    anneal(board, 10, 1.0)
    return time.perf_counter() - begun


def _places(case: Case) -> int:
    teams = [len(team) for team in case.teams]
    return sum(len(m.slots) * max(1, teams[m.buyer] * teams[m.supplier]) for m in case.meetings)


def _suits(case: Case) -> bool:
    """Whether the annealing knows all rules of the case."""
    from services.rounds.agenda.board import suits

    return suits(case)


def _first_fit(run: Run, seconds: float = 0.3) -> None:
    """An agenda at once; what does not fit into it is given so many seconds more to be pushed in."""
    book = Book(run.case)
    book.fill()
    run.offer(dict(book.plan))
    if not run.all_held and not _overfull(run):
        end = time.monotonic() + seconds
        book.make_way(lambda: run.left and max(0.0, end - time.monotonic()))
        run.offer(book.plan)


def _without_annealing(run: Run, seed: int, size: int) -> None:
    """For rules that the annealing does not know: first-fit, mended by hand where the model is too large."""
    from services.rounds.agenda.proof import climb, most_weight, phases

    _first_fit(run, run.left / 4)
    if size <= MODEL:
        climb(run, seed)
        phases(run, seed, 2, run.left)
    elif not run.all_held:
        most_weight(run)


def _overfull(run: Run) -> bool:
    """Whether somebody has more requests than times, or all of them more than tables: not all can be held."""
    at_once = max((person.at_once for person in run.case.people), default=1)
    if run.case.tables is not None and run.possible > run.case.tables * len(run.case.day_of) * at_once:
        return True
    room = [sum(run.case.people[n].most for n in team) for team in run.case.teams]
    for number in run.case.possible:
        room[run.case.meetings[number].buyer] -= 1
        room[run.case.meetings[number].supplier] -= 1
    return min(room, default=0) < 0


def _race(run: Run, seed: int) -> None:
    """Anneal beside the exact search; whoever cannot be beaten ends it for both."""
    from services.rounds.agenda.cooling import cool
    from services.rounds.agenda.proof import all_held, climb, most_weight, phases

    _first_fit(run)
    if _overfull(run):
        most_weight(run)
        cool(run, seed, 0.2)
        phases(run, seed, 2, run.left)
        return
    other = threading.Thread(target=cool, args=(run, seed), daemon=True)
    other.start()
    if not run.all_held:
        all_held(run, seed, run.left / 2)
    climb(run, seed)
    if run.left:
        phases(run, seed, 2, run.left)
    run.done.set()
    other.join()


def _large(run: Run, seed: int, size: int) -> None:
    if len(run.case.meetings) <= FEW_MEETINGS:
        # Where the compiled part must be compiled first, this is the agenda until then.
        _first_fit(run)
    from services.rounds.agenda.cooling import cool, first
    from services.rounds.agenda.proof import most_weight, perfect

    first(run, seed)
    # A second annealing from another seed is worth its core where the exact search has nothing to say.
    exact = size <= FEW_PLACES * len(run.case.meetings) and not _overfull(run)
    if not run.all_held and not exact:
        most_weight(run)
    other = threading.Thread(target=cool, args=(run, seed if exact else seed + 1), daemon=True)
    other.start()
    if exact:
        perfect(run, seed, run.left)
    else:
        cool(run, seed)
    other.join()
