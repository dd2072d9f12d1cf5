"""Puts a run's best agenda into words: figures, tables, and the reasons for what is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.rounds.agenda.book import Book
from services.rounds.agenda.problem import Agenda
from services.rounds.agenda.reasons import reason
from services.rounds.agenda.run import spread
from services.rounds.agenda.tables import with_tables

if TYPE_CHECKING:
    from services.rounds.agenda.run import Run


def answer(run: Run) -> Agenda:
    """The best agenda of a run. What fits without moving anybody is put in, whatever holes it makes."""
    case = run.case
    if "weight" in case.problem.objectives and not run.all_held:
        book = Book(case, dict(run.best))
        book.fill()
        run.offer(book.plan)
    book = Book(case, run.best)
    left_out = [reason(book, n) for n in range(len(case.meetings)) if n not in run.best]
    holes = case.holes(run.best)
    bound = max(run.holes_bound, sum(run.least) if run.all_held else 0)
    weight = case.weight(run.best)
    return Agenda(
        placed=with_tables(case, run.best),
        left_out=(*left_out, *case.refused),
        weight=weight,
        bound=run.bound,
        proved=weight == run.bound,
        holes=sum(holes),
        holes_proved="holes" in run.proved or sum(holes) <= bound,
        holes_bound=min(bound, sum(holes)),
        missing=case.missing(run.best),
        moves=case.moves(run.best),
        spread=spread(holes),
    )
