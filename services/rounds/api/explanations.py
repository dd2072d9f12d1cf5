"""Why a request was left out of an agenda, in words that say what would help."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.rounds.model.registrations import Registration
from services.rounds.model.requests import MeetingRequest

if TYPE_CHECKING:
    from services.rounds.agenda import LeftOut
    from services.rounds.model.agendas import Agenda
    from services.rounds.store import RoundsStore

_WORDS = {
    "participant_full": (
        "{company} ya tiene {used} de {limit} citas posibles; ayudaría otro representante u horario.",
        "{company} has {used} of {limit} possible meetings; a second delegate or one more slot would help.",
    ),
    "no_common_slot": (
        "No coinciden en ningún horario libre; alguno de los dos tendría que abrir otro.",
        "They are never free together; one of the two would have to open another slot.",
    ),
    "tables_taken": (
        "Las {limit} mesas están ocupadas en sus {used} horarios comunes restantes; falta otra mesa.",
        "All {limit} tables are taken in the {used} common slots they have left; another table would help.",
    ),
    "beaten_by_others": (
        "En sus {limit} horarios comunes uno de los dos tiene otra cita; más horarios libres ayudarían.",
        "In each of their {limit} common slots one of the two meets somebody else; one more slot would help.",
    ),
}


def explained(store: RoundsStore, agenda: Agenda, language: str) -> list[dict[str, Any]]:
    """The requests that an agenda leaves out, each with its pair and the reason in `es` or `en`."""
    query = {"round_id": agenda.round_id}
    requests = {request.id: request for request in store.find(MeetingRequest, query)}
    names = {r.company_id: r.company_name for r in store.find(Registration, query)}
    return [
        {
            "request_id": left.request_id,
            "buyer_id": requests[left.request_id].buyer_id,
            "supplier_id": requests[left.request_id].supplier_id,
            "reason": left.reason,
            "explanation": _words(left, names, language),
        }
        for left in agenda.left_out
    ]


def _words(left: LeftOut, names: dict[str, str], language: str) -> str:
    spanish, english = _WORDS[left.reason]
    text = spanish if language == "es" else english
    return text.format(company=names.get(left.company_id or "", ""), used=left.used, limit=left.limit)
