"""A round as the agenda engine takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.rounds.agenda import Delegate, Pinned, Placed, Problem, Request, Slot
from services.rounds.model.agendas import Agenda
from services.rounds.model.meetings import Meeting
from services.rounds.model.registrations import exclude_each_other
from services.rounds.model.requests import MeetingRequest
from services.rounds.model.rounds import Round
from services.rounds.usecases.registrations import participants
from shared.store import transactional

if TYPE_CHECKING:
    from datetime import datetime

    from services.rounds.model.agendas import AgendaRun
    from services.rounds.model.registrations import Registration
    from services.rounds.store import RoundsStore


@transactional
def problem_of(store: RoundsStore, run: AgendaRun, now: datetime) -> tuple[Problem, Round]:
    """What the engine is to solve: the round as it stands, with what must stay where it is.

    While the round is running nothing is planned into the past.
    """
    round_ = store.get(Round, run.round_id)
    companies = {registration.company_id: registration for registration in participants(store, round_.id)}
    begun = round_.status == "running"
    ahead = frozenset(slot.slot_id for slot in round_.slots if not begun or slot.starts_at > now)
    query = {"round_id": round_.id, "status": "accepted"}
    meetings = standing(store, round_.id)
    over = {meeting.request_id for meeting in meetings if meeting.gave_way}
    accepted = [r for r in store.find(MeetingRequest, query) if may_meet(companies, r)]
    requests = [request for request in accepted if request.id not in over]
    wanted = {request.id for request in requests}
    problem = Problem(
        slots=_slots(round_),
        delegates=tuple(
            Delegate(
                delegate.delegate_id,
                registration.company_id,
                ahead if delegate.free_slots is None else ahead & frozenset(delegate.free_slots),
            )
            for registration in companies.values()
            for delegate in registration.delegates
        ),
        requests=tuple(Request(r.id, r.buyer_id, r.supplier_id, r.weight) for r in requests),
        tables=round_.plan.tables,
        pinned=tuple(_pinned(store, run, [m for m in meetings if not m.gave_way], wanted, ahead)),
        published=tuple(placed_of(m) for m in meetings if m.request_id in wanted),
        # Who already has an agenda in hand is better off with holes than with other hours.
        objectives=("weight", "promised", "moves", "holes", "fairness"),
    )
    return problem, round_


def _slots(round_: Round) -> tuple[Slot, ...]:
    """The slots with their sessions: a new one begins after each break."""
    slots, session, ended = [], 0, None
    for slot in round_.slots:
        session += slot.starts_at != ended
        ended = slot.ends_at
        slots.append(Slot(slot.slot_id, slot.on.isoformat(), str(session)))
    return tuple(slots)


def _pinned(
    store: RoundsStore, run: AgendaRun, meetings: list[Meeting], wanted: set[str], ahead: frozenset[str]
) -> list[Pinned]:
    """The meetings that stay: pinned and past ones, and what the run is told to keep of a version."""
    fixed = {
        meeting.request_id: placed_of(meeting)
        for meeting in meetings
        if meeting.pinned or meeting.slot_id not in ahead
    }
    kept: tuple[Placed, ...] = ()
    if run.from_agenda_id is not None:
        base = store.get(Agenda, run.from_agenda_id)
        locked = set(base.locked)
        kept = tuple(p for p in base.placed if run.only_unplaced or p.request_id in locked)
    elif run.only_unplaced:
        kept = tuple(placed_of(meeting) for meeting in meetings)
    for place in kept:
        if place.request_id in wanted:
            fixed.setdefault(place.request_id, place)
    return [
        Pinned(p.request_id, p.slot_id, p.buyer_delegate_id, p.supplier_delegate_id, p.table)
        for p in fixed.values()
    ]


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
