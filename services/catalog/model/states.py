"""The lives of offerings and needs: which step leads from which state to which."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from shared.errors import Conflict

if TYPE_CHECKING:
    from datetime import date, datetime

OFFERING_STATES = ("draft", "published", "withdrawn")
NEED_STATES = ("draft", "open", "closed", "awarded", "cancelled")

OFFERING_STEPS = {
    ("draft", "publish"): "published",
    ("draft", "withdraw"): "withdrawn",
    ("published", "withdraw"): "withdrawn",
}
# An award is decided after the closing date as often as before it.
NEED_STEPS = {
    ("draft", "publish"): "open",
    ("draft", "cancel"): "cancelled",
    ("open", "close"): "closed",
    ("open", "award"): "awarded",
    ("open", "cancel"): "cancelled",
    ("closed", "award"): "awarded",
}
EDITABLE = {"draft", "published", "open"}

_SPANISH = {
    "draft": "en borrador",
    "published": "publicada",
    "withdrawn": "retirada",
    "open": "abierta",
    "closed": "cerrada",
    "awarded": "adjudicada",
    "cancelled": "cancelada",
    "publish": "publicar",
    "withdraw": "retirar",
    "close": "cerrar",
    "award": "adjudicar",
    "cancel": "cancelar",
    "change": "cambiar",
}

# The day on which needs close is a day in Colombia, where the rounds are held.
_CALENDAR = ZoneInfo("America/Bogota")


def today(now: datetime) -> date:
    """The calendar day that a person in Colombia has at `now`."""
    return now.astimezone(_CALENDAR).date()


def after(steps: dict[tuple[str, str], str], state: str, step: str) -> str:
    """The state that a step leads to. Raises Conflict when it can't be taken from this state."""
    following = steps.get((state, step))
    if following is None:
        raise _wrong_state(state, step)
    return following


def must_be_editable(state: str) -> None:
    """Raise Conflict when a thing in this state is over and can't be changed any more."""
    if state not in EDITABLE:
        raise _wrong_state(state, "change")


def _wrong_state(state: str, step: str) -> Conflict:
    return Conflict(
        "wrong_state",
        f"Está {_SPANISH[state]} y no se puede {_SPANISH[step]}. Vuelva a cargarla para ver su estado.",
        f"It is {state}, so one can't {step} it. Load it again to see its state.",
    )
