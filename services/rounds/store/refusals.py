"""What the database's refusals mean to a person."""

from __future__ import annotations

from typing import Any

from pymongo.errors import BulkWriteError, DuplicateKeyError

from services.rounds.model.agendas import Agenda, AgendaRun
from services.rounds.model.changes import ChangeRequest
from services.rounds.model.follow_ups import FollowUp
from services.rounds.model.meetings import Meeting
from services.rounds.model.offers import Offer
from services.rounds.model.registrations import Registration
from services.rounds.model.requests import MeetingRequest
from shared.errors import Conflict, Stale

SEAT_TAKEN = (
    "slot_taken",
    "Alguien acaba de tomar ese horario. Elija otro.",
    "Somebody has just taken that slot. Choose another.",
)
TAKEN: dict[type[Any], tuple[str, str, str]] = {
    Registration: (
        "already_registered",
        "La empresa ya está inscrita en esta rueda.",
        "The company is already registered in this round.",
    ),
    MeetingRequest: (
        "already_requested",
        "Ya hay una solicitud entre estas dos empresas en esta rueda.",
        "There is already a request between these two companies in this round.",
    ),
    Meeting: (
        "already_scheduled",
        "Estas dos empresas ya tienen su cita en esta rueda.",
        "These two companies already have their meeting in this round.",
    ),
    AgendaRun: (
        "run_in_progress",
        "Ya se está generando una agenda para esta rueda. Espere a que termine.",
        "An agenda is already being made for this round. Wait until it is done.",
    ),
    Agenda: (
        "agenda_exists",
        "Otra agenda se guardó al mismo tiempo. Repita.",
        "Another agenda was saved at the same time. Repeat.",
    ),
    FollowUp: (
        "already_asked",
        "Ya se preguntó por esta cita.",
        "This meeting has been asked about already.",
    ),
    ChangeRequest: (
        "change_already_asked",
        "Su empresa ya pidió un cambio para esta cita. Espere la respuesta o retírelo.",
        "Your company has already asked to change this meeting. Wait for the answer or take it back.",
    ),
    Offer: (
        "slot_already_offered",
        "Ese espacio ya se ofreció a otra empresa.",
        "That slot has already been offered to another company.",
    ),
}


def conflict(error: DuplicateKeyError | BulkWriteError, words: tuple[str, str, str]) -> Exception:
    """The Conflict that a duplicate key means; any other error as it is."""
    codes = {fault.get("code") for fault in (error.details or {}).get("writeErrors", ())}
    is_duplicate = isinstance(error, DuplicateKeyError) or codes == {11000}
    return Conflict(*words) if is_duplicate else error


def stale() -> Stale:
    """The error for a change of something that somebody else has changed."""
    return Stale(
        "changed_meanwhile",
        "Alguien lo cambió mientras tanto. Léalo de nuevo y repita.",
        "Somebody changed it meanwhile. Read it again and repeat.",
    )
