"""A run of the agenda engine that is told to stop."""

from __future__ import annotations

import threading

from services.rounds.agenda import solve
from services.rounds.agenda.case import case_of
from services.rounds.agenda.run import Run
from services.rounds.agenda.solver import heeding
from tests.unit.test_rounds_agenda_rules import a_round


def test_a_run_that_is_stopped_keeps_what_it_has() -> None:
    stop = threading.Event()
    stop.set()
    agenda = solve(a_round(9, 10, 16), seconds=60, stop=stop)
    assert len(agenda.placed) == 90


def test_a_search_that_finds_nothing_is_ended_too() -> None:
    stop, ended = threading.Event(), threading.Event()
    run = Run(case_of(a_round(2, 2, 2)), 60, stop, lambda _: None)
    run.interrupts.append(ended.set)
    with heeding(run):
        assert not ended.wait(0.3)
        stop.set()
        assert ended.wait(30)
