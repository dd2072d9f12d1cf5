"""A round as the agenda engine takes it."""

from __future__ import annotations

from collections import Counter
from dataclasses import astuple
from typing import TYPE_CHECKING, NamedTuple

from services.rounds.agenda import Delegate, Pinned, Placed, Problem, Promise, Request
from services.rounds.model.agendas import Agenda
from services.rounds.model.repair import slots_of
from services.rounds.model.requests import MeetingRequest
from services.rounds.model.rounds import Round
from services.rounds.usecases.registrations import participants
from services.rounds.usecases.timetables import engine_slots, may_meet, order_of, placed_of, standing
from shared.store import transactional

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from services.rounds.model import registrations as model
    from services.rounds.model.agendas import AgendaRun
    from services.rounds.model.limits import AgendaRules, Limits
    from services.rounds.model.meetings import Meeting
    from services.rounds.model.registrations import Registration
    from services.rounds.store import RoundsStore


class _Scene(NamedTuple):
    """A round as it stands: who takes part, what can be placed, the meetings of that, the slots ahead."""

    round_: Round
    companies: dict[str, Registration]
    requests: dict[str, MeetingRequest]
    meetings: list[Meeting]
    ahead: frozenset[str]


@transactional
def problem_of(store: RoundsStore, run: AgendaRun, now: datetime) -> tuple[Problem, Round]:
    """What the engine is to solve: the round as it stands, with what must stay where it is.

    While the round is running nothing is planned into the past.
    """
    scene = _scene(store, store.get(Round, run.round_id), now)
    round_, requests = scene.round_, scene.requests.values()
    pinned, after = _pinned(store, run, scene), order_of(store, requests)
    problem = Problem(
        slots=engine_slots(round_),
        delegates=tuple(_people(scene, pinned)),
        requests=tuple(_request(round_, request, after.get(request.id, ())) for request in requests),
        tables=round_.plan.tables,
        pinned=tuple(pinned),
        promised=promises(store, round_.agenda, scene.companies.values()),
        published=tuple(placed_of(meeting) for meeting in scene.meetings),
        own_table=round_.agenda.own_table,
        # Who already has an agenda in hand is better off with holes than with other hours.
        objectives=("weight", "promised", "moves", "holes", "fairness"),
    )
    return problem, round_


def _scene(store: RoundsStore, round_: Round, now: datetime) -> _Scene:
    companies = {registration.company_id: registration for registration in participants(store, round_.id)}
    begun = round_.status == "running"
    ahead = frozenset(slot.slot_id for slot in round_.slots if not begun or slot.starts_at > now)
    meetings = standing(store, round_.id)
    over = {meeting.request_id for meeting in meetings if meeting.gave_way}
    accepted = store.find(MeetingRequest, {"round_id": round_.id, "status": "accepted"})
    requests = {r.id: r for r in accepted if r.id not in over and may_meet(companies, r)}
    there = [meeting for meeting in meetings if meeting.request_id in requests]
    return _Scene(round_, companies, requests, there, ahead)


def _people(scene: _Scene, pinned: list[Pinned]) -> Iterator[Delegate]:
    """Everybody who is named, and those of fixed meetings whom their company names no more."""
    busy, named = slots_of(pinned), set()
    for registration in scene.companies.values():
        for person in registration.delegates:
            named.add(person.delegate_id)
            times = scene.ahead, busy[person.delegate_id]
            yield _delegate(scene.round_, registration, person, times)
    at_once = scene.round_.agenda.suppliers_at_once
    gone = {side for place in pinned for side in _sides(place, scene) if side[0] not in named}
    for name, company_id in sorted(gone):
        yield Delegate(name, company_id, busy[name], at_once=at_once)


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


def _request(round_: Round, request: MeetingRequest, after: tuple[str, ...]) -> Request:
    weight = request.weight(round_.agenda.weights)
    return Request(request.id, request.buyer_id, request.supplier_id, weight, after=after)


def promises(
    store: RoundsStore, rules: AgendaRules, registrations: Iterable[Registration]
) -> tuple[Promise, ...]:
    """What the rules promise to each supplier that the directory does not know as a large company."""
    if not rules.promised:
        return ()
    suppliers = [r.company_id for r in registrations if r.side == "supplier"]
    large = {row["_id"] for row in store.companies(suppliers) if row.get("size") == "large"}
    return tuple(Promise(name, rules.promised) for name in suppliers if name not in large)


def _sides(place: Placed, scene: _Scene) -> tuple[tuple[str, str], tuple[str, str]]:
    """The two people of a meeting, each with their company."""
    request = scene.requests[place.request_id]
    return (place.buyer_delegate_id, request.buyer_id), (place.supplier_delegate_id, request.supplier_id)


def _pinned(store: RoundsStore, run: AgendaRun, scene: _Scene) -> list[Pinned]:
    """The meetings that stay: pinned and past ones, and what the run is told to keep and still can be."""
    kept = [place for place in _kept(store, run, scene) if _can_be(place, scene)]
    fixed = [placed_of(m) for m in scene.meetings if m.pinned or m.slot_id not in scene.ahead]
    places = {place.request_id: place for place in (*kept, *fixed)}
    return [Pinned(*astuple(place)) for place in places.values()]


def _kept(store: RoundsStore, run: AgendaRun, scene: _Scene) -> list[Placed]:
    if run.from_agenda_id is None:
        return [placed_of(meeting) for meeting in scene.meetings if run.only_unplaced]
    base = store.get(Agenda, run.from_agenda_id)
    locked = set(base.locked)
    return [place for place in base.placed if run.only_unplaced or place.request_id in locked]


def _can_be(place: Placed, scene: _Scene) -> bool:
    """Whether a meeting is wanted and ahead, and both its people are still named and free then."""
    return (
        place.request_id in scene.requests
        and place.slot_id in scene.ahead
        and all(scene.companies[c].can_meet(person, place.slot_id) for person, c in _sides(place, scene))
    )
