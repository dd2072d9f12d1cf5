"""Why a request was left out of an agenda, in words that say what would help."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from services.rounds.model.registrations import Registration
from services.rounds.model.requests import MeetingRequest
from services.rounds.model.rounds import Round

if TYPE_CHECKING:
    from services.rounds.agenda import LeftOut
    from services.rounds.model.agendas import Agenda, AgendaRun
    from services.rounds.store import RoundsStore

_WORDS = {
    "participant_full": (
        "{company} ya tiene {used} de {limit} citas posibles; ayudaría otro representante u horario.",
        "{company} has {used} of {limit} possible meetings; a second delegate or one more slot would help.",
    ),
    "delegate_full": (
        "Quien tiene tiempo de {company} llegaría a {used} citas y acepta {limit}.",
        "Whoever of {company} has time would have {used} meetings and takes {limit}.",
    ),
    "day_full": (
        "{company} llegaría a {used} citas en un día y acepta {limit}.",
        "{company} would have {used} meetings on a day and takes {limit}.",
    ),
    "row_full": (
        "{company} llegaría a {used} citas seguidas y acepta {limit}.",
        "{company} would have {used} meetings in a row and takes {limit}.",
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
    "waits_for_another": (
        "Debe ir después de otra cita{pair}, que no quedó en la agenda, o no a tiempo.",
        "It must follow another meeting{pair}, which has no place in the agenda, or not early enough.",
    ),
    "with_oneself": (
        "Una empresa no se reúne consigo misma.",
        "A company does not meet itself.",
    ),
    "asked_twice": (
        "El mismo par ya tiene otra solicitud.",
        "The same pair has another request.",
    ),
    "in_a_circle": (
        "El orden pedido se muerde la cola: cada cita debe ir después de la otra.",
        "The order that was asked for goes in a circle: each meeting must follow the other.",
    ),
}
_COLLISION = (
    "Estas citas están fijas a la misma hora y no caben a la vez: {pairs}. Suelte una y repita.",
    "These meetings are fixed at the same time and can't all be held: {pairs}. Let one go, and repeat.",
)
_REMEDIES = {
    "free_time": (
        "Entraría si {company} abriera el horario del {slot}.",
        "It would fit if {company} opened the slot on {slot}.",
    ),
    "second_delegate": (
        "Entraría con otro representante de {company} el {slot}.",
        "It would fit with a second delegate of {company} on {slot}.",
    ),
    "table": ("Entraría con una mesa más el {slot}.", "It would fit with one more table on {slot}."),
    "slot": ("Entraría con un horario más.", "It would fit with one more slot."),
    "later_slot": (
        "Entraría con un horario más, después de los demás.",
        "It would fit with one more slot, after the others.",
    ),
    "delegates_of_both": (
        "Entraría con otro representante de cada empresa el {slot}.",
        "It would fit with a second delegate of each company on {slot}.",
    ),
    "more_meetings": (
        "Entraría el {slot} si {company} aceptara {limit} citas en total.",
        "It would fit on {slot} if {company} took {limit} meetings in all.",
    ),
    "more_a_day": (
        "Entraría el {slot} si {company} aceptara {limit} citas ese día.",
        "It would fit on {slot} if {company} took {limit} meetings that day.",
    ),
    "more_in_a_row": (
        "Entraría el {slot} si {company} aceptara {limit} citas seguidas.",
        "It would fit on {slot} if {company} took {limit} meetings in a row.",
    ),
}


_LOCALES = {"es": "es_CO", "en": "en_US"}
_TIME = "EEE d MMM, h:mm a"


def ended(text: str) -> str:
    """A sentence with one full stop, also where it ends in a name such as “Panela S.A.S.”."""
    return text.replace("..", ".")


def explained(store: RoundsStore, agenda: Agenda, language: str) -> list[dict[str, Any]]:
    """The requests that an agenda leaves out, each with its pair and the reason in `es` or `en`."""
    ids = [name for left in agenda.left_out for name in (left.request_id, left.waits_for) if name]
    requests = {request.id: request for request in store.find(MeetingRequest, {"_id": {"$in": ids}})}
    names = {r.company_id: r.company_name for r in store.find(Registration, {"round_id": agenda.round_id})}
    round_ = store.get(Round, agenda.round_id)
    zone = ZoneInfo(round_.plan.time_zone)
    local = _LOCALES[language]
    times = {s.slot_id: format_datetime(s.starts_at, _TIME, zone, local) for s in round_.slots}
    return [
        {
            "request_id": left.request_id,
            "buyer_id": requests[left.request_id].buyer_id,
            "supplier_id": requests[left.request_id].supplier_id,
            "reason": left.reason,
            "explanation": _words(left, names, _pair(requests.get(left.waits_for or "")), language),
            "remedy": _remedy(left, names, times, language),
        }
        for left in agenda.left_out
    ]


def collision(store: RoundsStore, run: AgendaRun, language: str) -> str | None:
    """Which fixed meetings exclude one another, and what to do; None where that is not what went wrong."""
    if not run.colliding:
        return None
    requests = store.find(MeetingRequest, {"_id": {"$in": list(run.colliding)}})
    pairs = "; ".join(f"{r.from_company_name} – {r.to_company_name}" for r in requests)
    spanish, english = _COLLISION
    return (spanish if language == "es" else english).format(pairs=pairs)


def _pair(request: MeetingRequest | None) -> str:
    return f" ({request.from_company_name} – {request.to_company_name})" if request else ""


def _words(left: LeftOut, names: dict[str, str], pair: str, language: str) -> str:
    spanish, english = _WORDS[left.reason]
    text = spanish if language == "es" else english
    company = names.get(left.company_id or "", "")
    return ended(text.format(company=company, used=left.used, limit=left.limit, pair=pair))


def _remedy(left: LeftOut, names: dict[str, str], times: dict[str, str], language: str) -> str | None:
    """What would let the request into this very agenda, where the engine knows something."""
    if left.remedy is None:
        return None
    spanish, english = _REMEDIES[left.remedy]
    company, slot = names.get(left.remedy_company_id or "", ""), times.get(left.remedy_slot_id or "", "")
    text = spanish if language == "es" else english
    return ended(text.format(company=company, slot=slot, limit=left.remedy_limit))
