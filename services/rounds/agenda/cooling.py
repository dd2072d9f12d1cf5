"""Drives the compiled annealing: temperatures, and taking over what it finds."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from services.rounds.agenda import memory as at
from services.rounds.agenda.anneal import anneal, fill
from services.rounds.agenda.board import board_of, placed_on, plan_of, within_tables

if TYPE_CHECKING:
    from services.rounds.agenda.memory import Board
    from services.rounds.agenda.run import Run

# In units of the price of a hole, found by trial: above, agendas fall apart; below, nothing moves any more.
HOTTEST, COLDEST = 0.35, 0.1
# Who still looks for a place needs the others to move about, whatever holes that makes.
SEEKING = 1.8
# What a meeting too many for the tables costs, times the temperature.
OVERBOOKED = 0.2
_LEAST, _UNIT = 100, 1000


def prices(run: Run) -> tuple[int, int, int, int]:
    """Prices of weight, promised meetings, holes and moves that keep the objectives' order."""
    order = [o for o in run.case.problem.objectives if o != "fairness"]
    found = {objective: _LEAST * _UNIT ** (len(order) - 1 - n) for n, objective in enumerate(order)}
    if not run.case.home:
        found["moves"] = 0
    return found.get("weight", 0), found.get("promised", 0), found.get("holes", 0), found.get("moves", 0)


def first(run: Run, seed: int) -> Board:
    """Place all that fits at once, and offer it."""
    board = board_of(run, seed, prices(run))
    # By lot, so that nobody is better off for an early place in a list.
    fill(board, np.random.default_rng(seed).permutation(len(run.case.meetings)))
    run.offer(plan_of(board))
    return board


def cool(run: Run, seed: int, share: float = 1.0) -> None:
    """Anneal for a share of the time that is left, in ever longer rounds, offering what is better."""
    board = first(run, seed)
    end = time.monotonic() + run.left * share
    seconds = max(0.25, len(run.case.meetings) / 2000)
    while run.left and (left := end - time.monotonic()) > 0:
        if left < 2 * seconds:
            seconds = left
        _cool_once(run, board, seconds)
        seconds *= 1.5


def _cool_once(run: Run, board: Board, seconds: float) -> None:
    begun = shown = time.monotonic()
    hottest = HOTTEST if placed_on(board) == run.possible else SEEKING
    while run.left and (passed := (time.monotonic() - begun) / seconds) < 1:
        _anneal_at(run, board, hottest * (COLDEST / hottest) ** passed, 1.0)
        # Reading a large board takes as long as many moves.
        if time.monotonic() - shown > max(0.02, len(run.case.meetings) / 20000) and within_tables(board):
            run.offer(plan_of(board))
            shown = time.monotonic()
    for _ in range(10):
        if within_tables(board):
            run.offer(plan_of(board))
            return
        _anneal_at(run, board, COLDEST, 10.0)


def _anneal_at(run: Run, board: Board, heat: float, strictness: float) -> None:
    """Try some moves. Tables may be overbooked on the way, at a price that rises as it gets colder.

    Nothing comes in while meetings wait for a place: their weight would pay for any overbooking.
    """
    unit, moves = max(1, prices(run)[2]), 20 * len(run.case.meetings) + 20_000
    board[at.OVER_PRICE] = (
        int(unit * strictness * OVERBOOKED / heat) if placed_on(board) == run.possible else 0
    )
    anneal(board, moves, unit * heat)
