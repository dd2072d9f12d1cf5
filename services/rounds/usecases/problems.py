"""A round as the agenda engine takes it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from services.rounds.agenda import Delegate, Pinned, Placed, Problem, Promise, Request
from services.rounds.model.agendas import Agenda
from services.rounds.model.repair import slots_of
from services.rounds.model.requests import MeetingRequest
from services.rounds.model.rounds import Round
from services.rounds.usecases.registrations import participants
from services.rounds.usecases.timetables import engine_slots, may_meet, placed_of, standing
from shared.store import transactional

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from services.rounds.model import registrations as model
    from services.rounds.model.agendas import AgendaRun
    from services.rounds.model.limits import AgendaRules, Limits
    from services.rounds.model.meetings import Meeting
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
    pinned = _pinned(store, run, [m for m in meetings if not m.gave_way], wanted, ahead)
    busy = slots_of(pinned)
    problem = Problem(
        slots=engine_slots(round_),
        delegates=tuple(
            _delegate(round_, registration, delegate, (ahead, busy[delegate.delegate_id]))
            for registration in companies.values()
            for delegate in registration.delegates
        ),
        requests=tuple(_request(round_, request) for request in requests),
        tables=round_.plan.tables,
        pinned=tuple(pinned),
        promised=promises(store, round_.agenda, companies.values()),
        published=tuple(placed_of(m) for m in meetings if m.request_id in wanted),
        own_table=round_.agenda.own_table,
        # Who already has an agenda in hand is better off with holes than with other hours.
        objectives=("weight", "promised", "moves", "holes", "fairness"),
    )
    return problem, round_


def _delegate(
    round_: Round,
    registration: Registration,
    person: model.Delegate,
    times: tuple[frozenset[str], frozenset[str]],
) -> Delegate:
    """A person with the slots that are ahead and, that they count for the limits, those of fixed meetings."""
    ahead, busy = times
    limits = round_.agenda.limits(registration.side).with_(person.limits)
    free = busy | (ahead if person.free_slots is None else ahead & frozenset(person.free_slots))
    return Delegate(
        id=person.delegate_id,
        company_id=registration.company_id,
        free=free,
        keep_free=limits.keep_free,
        most=_most(round_, free, limits),
        most_a_day=limits.most_a_day,
        most_in_a_row=limits.most_in_a_row,
        at_once=round_.agenda.at_once(registration.side),
    )


def _most(round_: Round, free: frozenset[str], limits: Limits) -> int | None:
    """The most meetings that the limits leave a person, so that the engine can tell who is full."""
    if not limits.any:
        return None
    days = Counter(slot.on for slot in round_.slots if slot.slot_id in free)
    return limits.room(tuple(days.values()))


def _request(round_: Round, request: MeetingRequest) -> Request:
    weight = request.weight(round_.agenda.weights)
    return Request(request.id, request.buyer_id, request.supplier_id, weight, after=request.after)


def promises(
    store: RoundsStore, rules: AgendaRules, registrations: Iterable[Registration]
) -> tuple[Promise, ...]:
    """What the rules promise to each supplier that the directory does not know as a large company."""
    if not rules.promised:
        return ()
    suppliers = [r.company_id for r in registrations if r.side == "supplier"]
    large = {row["_id"] for row in store.companies(suppliers) if row.get("size") == "large"}
    return tuple(Promise(name, rules.promised) for name in suppliers if name not in large)


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
