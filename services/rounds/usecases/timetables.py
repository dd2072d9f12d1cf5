"""The timetable of a round, or of what lies around one request, as people and rules allow it."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, NamedTuple

from services.rounds.agenda import Placed, Slot
from services.rounds.model.diary import Frame
from services.rounds.model.meetings import Meeting
from services.rounds.model.registrations import Registration, exclude_each_other
from services.rounds.model.requests import MeetingRequest
from services.rounds.model.rounds import Round
from services.rounds.model.timetable import Pair, Shift, Timetable
from services.rounds.usecases.registrations import participants
from shared.errors import Conflict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.rounds.model.timetable import Clash
    from services.rounds.store import RoundsStore


class Desk(NamedTuple):
    """A timetable, and the pair and the weight of every request that may be placed in it."""

    timetable: Timetable
    pairs: dict[str, Pair]
    weights: dict[str, int]


def desk(store: RoundsStore, round_: Round, placed: Iterable[Placed] | None = None) -> Desk:
    """The desk with the places of a version, or with the meetings that stand and take up their time."""
    registrations = participants(store, round_.id)
    by_company = {registration.company_id: registration for registration in registrations}
    meetings = standing(store, round_.id)
    gave_way = {meeting.request_id for meeting in meetings if meeting.gave_way}
    requests = [
        request
        for request in store.find(MeetingRequest, {"round_id": round_.id, "status": "accepted"})
        if may_meet(by_company, request) and request.id not in gave_way
    ]
    if placed is None:
        placed = [placed_of(meeting) for meeting in meetings if not meeting.gave_way]
    pairs = {r.id: Pair(r.id, r.buyer_id, r.supplier_id) for r in requests}
    weights = {request.id: request.weight(round_.agenda.weights) for request in requests}
    return Desk(Timetable(registrations, frame_of(store, round_, requests), placed), pairs, weights)


def frame_of(store: RoundsStore, round_: Round, requests: Iterable[MeetingRequest]) -> Frame:
    """What the round sets for its timetables, with the order of these requests."""
    return Frame(engine_slots(round_), round_.plan.tables, round_.agenda, order_of(store, requests))


def order_of(store: RoundsStore, requests: Iterable[MeetingRequest]) -> dict[str, tuple[str, ...]]:
    """The requests that each of these must still come after.

    What is off for good (cancelled, expired, or given way to somebody's absence) binds nobody any more: a
    meeting that both still want is not lost for another that will never be.
    """
    waiting = [request for request in requests if request.after]
    names = {"$in": sorted({name for request in waiting for name in request.after})}
    if not waiting:
        return {}
    ended = store.find(MeetingRequest, {"_id": names, "status": {"$in": ["cancelled", "expired"]}})
    missed = store.find(Meeting, {"request_id": names, "status": "scheduled", "gave_way": True})
    off = {request.id for request in ended} | {meeting.request_id for meeting in missed}
    return {r.id: tuple(name for name in r.after if name not in off) for r in waiting}


def engine_slots(round_: Round) -> tuple[Slot, ...]:
    """The slots with their sessions: a new one begins after each break."""
    slots, session, ended = [], 0, None
    for slot in round_.slots:
        session += slot.starts_at != ended
        ended = slot.ends_at
        slots.append(Slot(slot.slot_id, slot.on.isoformat(), str(session)))
    return tuple(slots)


def place_for(
    store: RoundsStore,
    round_: Round,
    request: MeetingRequest,
    shift: Shift,
    pair: tuple[Registration, Registration],
) -> Placed:
    """Where the request's meeting can be, from what lies around it alone. Raises Conflict, saying why not.

    Any free table is as good, by chance: if all who book at once reached for the first, they would only
    get in one another's way.
    """
    take_turns(store, round_, pair)
    after = {"after": request.id, "after.0": {"$exists": True}, "status": "accepted"}
    related = [request, *store.find(MeetingRequest, {"round_id": round_.id, **after})]
    meetings = _around(store, round_, related, shift.slot_id)
    before = next((placed_of(m) for m in meetings if m.request_id == request.id), None)
    placed = [placed_of(m) for m in meetings if m.request_id != request.id]
    timetable = Timetable(pair, frame_of(store, round_, related), placed, secrets.choice)
    found = timetable.fit(Pair(request.id, request.buyer_id, request.supplier_id), shift, before)
    if isinstance(found, Placed):
        return found
    raise refusal(found, {registration.company_id: registration.company_name for registration in pair})


def _around(store: RoundsStore, round_: Round, related: list[MeetingRequest], slot_id: str) -> list[Meeting]:
    """The meetings of a request's companies, of the requests before and after it, and of its slot or day."""
    request, *later = related
    at = round_.slot(slot_id)
    whole_day = [slot.starts_at for slot in round_.slots if slot.on == at.on]
    times = whole_day if round_.agenda.own_table else [at.starts_at]
    names = [*request.after, *(other.id for other in later)]
    either: list[dict[str, Any]] = [
        {"company_ids": {"$in": [request.buyer_id, request.supplier_id]}},
        {"round_id": round_.id, "starts_at": {"$in": times}},
    ]
    if names:
        either.append({"request_id": {"$in": names}})
    query = {"round_id": round_.id, "status": "scheduled", "gave_way": False, "$or": either}
    return store.find(Meeting, query)


def take_turns(store: RoundsStore, round_: Round, registrations: Iterable[Registration]) -> None:
    """Make those who place something for these companies take turns, also with whoever changes or withdraws
    their registrations: what each has read of the other's would else be out of date once both are done.
    """
    store.take_turn(Registration, *(registration.id for registration in registrations))
    if round_.agenda.own_table:
        store.take_turn(Round, round_.id)


def hold_back_others(store: RoundsStore, round_: Round) -> None:
    """Take everybody's turn before long work that others would else be done with first, again and again.

    The round's own comes first, so that two of such works do not both read everything.
    """
    store.take_turn(Round, round_.id)
    take_turns(store, round_, participants(store, round_.id))


_REFUSALS = {
    "never_free": (
        "no_delegate_free",
        "{company} no tiene a nadie libre en ese horario. Elija otro.",
        "{company} has nobody free in that slot. Choose another.",
    ),
    "too_many": (
        "too_many_meetings",
        "{company} ya tiene las {limit} citas que admite por persona en la rueda.",
        "{company} already has the {limit} meetings that it takes for each person in the round.",
    ),
    "too_many_a_day": (
        "too_many_meetings",
        "{company} ya tiene ese día las {limit} citas que admite por persona. Elija otro día.",
        "{company} already has the {limit} meetings that it takes for each person that day. Choose another.",
    ),
    "too_many_in_a_row": (
        "too_many_meetings",
        "{company} tendría más de {limit} citas seguidas. Elija un horario después de una pausa.",
        "{company} would have more than {limit} meetings in a row. Choose a slot after a pause.",
    ),
    "keeps_free": (
        "too_many_meetings",
        "{company} deja {limit} horarios sin cita, y no le queda otro.",
        "{company} keeps {limit} slots without a meeting, and has no other one left.",
    ),
    "out_of_order": (
        "out_of_order",
        "Esta cita va en otro orden: quien organiza puso otra antes o después. Elija otro horario.",
        "This meeting has its place in an order that the organizer set. Choose another slot.",
    ),
    "table_taken": (
        "table_taken",
        "Esa mesa está ocupada en ese horario. Elija otra.",
        "That table is taken in that slot. Choose another.",
    ),
    "tables_taken": (
        "tables_taken",
        "Todas las mesas están ocupadas en ese horario. Elija otro.",
        "All tables are taken in that slot. Choose another.",
    ),
    "unknown_table": (
        "unknown_table",
        "La rueda no tiene esa mesa.",
        "The round has no such table.",
    ),
    "other_table": (
        "table_taken",
        "{company} recibe a esa hora en la mesa {limit}.",
        "{company} receives at table {limit} then.",
    ),
}
_REFUSALS["busy"] = _REFUSALS["never_free"]


def refusal(clashes: list[Clash], names: dict[str, str]) -> Conflict:
    """The error for the first of the things that stand in a meeting's way."""
    clash = clashes[0]
    code, spanish, english = _REFUSALS[clash.code]
    facts = {"company": names.get(clash.company_id or "", ""), "limit": clash.limit}
    field = "table" if "table" in clash.code and clash.code != "tables_taken" else "slot_id"
    return Conflict(code, spanish.format(**facts), english.format(**facts), field)


def placed_of(meeting: Meeting) -> Placed:
    """A meeting as the engine names its place."""
    sides = meeting.buyer.delegate_id, meeting.supplier.delegate_id
    return Placed(meeting.request_id, meeting.slot_id, *sides, meeting.table)


def may_meet(by_company: dict[str, Registration], request: MeetingRequest) -> bool:
    """Whether both companies take part and neither must never meet the other."""
    buyer, supplier = by_company.get(request.buyer_id), by_company.get(request.supplier_id)
    return buyer is not None and supplier is not None and not exclude_each_other(buyer, supplier)


def standing(store: RoundsStore, round_id: str) -> list[Meeting]:
    """The meetings of a round that stand, in the order of time."""
    return store.find(Meeting, {"round_id": round_id, "status": "scheduled"})
