"""The forecast of a round, from its registrations and requests."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from services.rounds.forecast import Demand, Forecast, Participant, forecast
from services.rounds.model.requests import MeetingRequest
from services.rounds.usecases.registrations import participants
from services.rounds.usecases.rounds import managed
from services.rounds.usecases.timetables import may_meet

if TYPE_CHECKING:
    from services.rounds.model.registrations import Registration
    from services.rounds.model.rounds import Round
    from services.rounds.store import RoundsStore
    from shared.auth import Actor


def forecast_of(store: RoundsStore, round_id: str, actor: Actor) -> tuple[Forecast, dict[str, Registration]]:
    """What will not fit if all open requests are accepted, and the companies that it names by id."""
    round_ = managed(store, round_id, actor)
    place = {slot.slot_id: number for number, slot in enumerate(round_.slots)}
    companies = {registration.company_id: registration for registration in participants(store, round_id)}
    query = {"round_id": round_id, "status": {"$in": ["pending", "accepted"]}}
    wanted = [r for r in store.find(MeetingRequest, query) if may_meet(companies, r)]
    demand = Demand(
        participants=tuple(_participant(round_, registration, place) for registration in companies.values()),
        pairs=tuple((request.buyer_id, request.supplier_id) for request in wanted),
        slots=len(place),
        tables=round_.plan.tables,
        at_once=round_.agenda.suppliers_at_once,
    )
    return forecast(demand), companies


def _participant(round_: Round, registration: Registration, place: dict[str, int]) -> Participant:
    everywhere = frozenset(place.values())
    free = tuple(
        everywhere if d.free_slots is None else frozenset(place[slot_id] for slot_id in d.free_slots)
        for d in registration.delegates
    )
    rules = round_.agenda.limits(registration.side)
    limits = [rules.with_(delegate.limits) for delegate in registration.delegates]
    most: tuple[int, ...] = ()
    if any(each.any for each in limits):
        most = tuple(each.room(_by_day(round_, slots)) for each, slots in zip(limits, free, strict=True))
    return Participant(registration.company_id, registration.side, free, most)


def _by_day(round_: Round, free: frozenset[int]) -> list[int]:
    """How many free slots there are on each day."""
    return list(Counter(round_.slots[number].on for number in free).values())
