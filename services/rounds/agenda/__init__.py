"""The agenda engine: pure functions over plain data. `solve` is the way in."""

from services.rounds.agenda.problem import (
    Agenda,
    Collision,
    Delegate,
    LeftOut,
    Pinned,
    Placed,
    Problem,
    Request,
    Slot,
)
from services.rounds.agenda.solver import Progress, solve

__all__ = [
    "Agenda",
    "Collision",
    "Delegate",
    "LeftOut",
    "Pinned",
    "Placed",
    "Problem",
    "Progress",
    "Request",
    "Slot",
    "solve",
]
