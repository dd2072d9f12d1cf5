"""What the pages say, in Spanish and in English."""

from __future__ import annotations

from services.portal.model import LANGUAGES
from services.portal.texts import (
    agendas,
    days,
    general,
    matches,
    meetings,
    needs,
    offerings,
    registrations,
    rounds,
)

SUBJECTS = (general, meetings, matches, needs, offerings, rounds, registrations, agendas, days)
TEXTS: dict[str, tuple[str, str]] = {key: text for each in SUBJECTS for key, text in each.TEXTS.items()}

# The states of a round, as the rounds service names them.
STATES: dict[str, tuple[str, str]] = {
    "draft": ("En preparación", "Being prepared"),
    "announced": ("Anunciada", "Announced"),
    "registration_open": ("Inscripciones abiertas", "Registration open"),
    "requests_open": ("Solicitudes de cita abiertas", "Meeting requests open"),
    "agenda_draft": ("Agenda en borrador", "Agenda in draft"),
    "published": ("Agenda publicada", "Agenda published"),
    "running": ("En curso", "Running"),
    "closed": ("Cerrada", "Closed"),
    "followed_up": ("Con seguimiento terminado", "Followed up"),
}


def text(key: str, language: str) -> str:
    """A text of the pages. Raises KeyError for one that is not there."""
    return TEXTS[key][LANGUAGES.index(language)]


def state(name: str, language: str) -> str:
    """A round's state in words; one that is not known here is shown as it is."""
    return STATES.get(name, (name, name))[LANGUAGES.index(language)]
