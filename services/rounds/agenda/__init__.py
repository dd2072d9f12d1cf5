"""The agenda engine: pure functions over plain data. `solve` is the way in."""

from services.rounds.agenda.problem import (
    Agenda,
    Collision,
    Delegate,
    LeftOut,
    Pinned,
    Placed,
    Problem,
    Promise,
    Request,
    Slot,
)
from services.rounds.agenda.run import Progress
from services.rounds.agenda.solver import solve, warm_up

__all__ = [
    "Agenda",
    "Collision",
    "Delegate",
    "LeftOut",
    "Pinned",
    "Placed",
    "Problem",
    "Progress",
    "Promise",
    "Request",
    "Slot",
    "solve",
    "warm_up",
]
