"""Those who still want to meet: the stand-by list, and the free hours that are offered to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from services.rounds.model.offers import ANSWER_WITHIN, Offer
from services.rounds.model.requests import MeetingRequest
from services.rounds.model.rounds import Round
from services.rounds.model.timetable import Shift
from services.rounds.usecases.booking import book
from services.rounds.usecases.timetables import desk
from shared.contracts.rounds import SlotOffered
from shared.errors import Stale
from shared.store import new_id, transactional

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from services.rounds.model.meetings import Meeting
    from services.rounds.model.timetable import Pair, Timetable
    from services.rounds.store import RoundsStore
    from shared.auth import Actor

BATCH = 50
MOST_SLOTS_SHOWN = 5


class Hour(NamedTuple):
    """A slot in which a company has become free."""

    company_id: str
    slot_id: str


def hours_of(meeting: Meeting) -> list[Hour]:
    """The hours of both sides that a meeting takes up."""
    return [Hour(company_id, meeting.slot_id) for company_id in meeting.company_ids]


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A request that both have accepted and that has no meeting, and the next slots in which both could."""

    request: MeetingRequest
    slots: tuple[str, ...]


def standby(store: RoundsStore, round_: Round, now: datetime) -> list[Waiting]:
    """Who still wants to meet whom, the most valuable first."""
    waiting, timetable, pairs = _unplaced(store, round_)
    ahead = [slot.slot_id for slot in round_.slots if slot.starts_at > now]
    found = []
    for request in waiting:
        pair = pairs[request.id]
        fitting = (s for s in ahead if not isinstance(timetable.fit(pair, Shift(request.id, s)), list))
        slots = tuple(slot for slot, _ in zip(fitting, range(MOST_SLOTS_SHOWN), strict=False))
        found.append(Waiting(request=request, slots=slots))
    return found


def offer_hours(store: RoundsStore, round_: Round, hours: Iterable[Hour], *, now: datetime) -> list[Offer]:
    """Offer each hour to the best who is free then and wants to meet its company; only they are told.

    An hour that is over or taken again is not offered, nor any before the agenda is published.
    """
    slots = {slot.slot_id: slot for slot in round_.slots if slot.ends_at > now}
    open_hours = [hour for hour in dict.fromkeys(hours) if hour.slot_id in slots]
    if not open_hours or round_.status not in {"published", "running"}:
        return []
    waiting, timetable, pairs = _unplaced(store, round_)
    before = store.find(Offer, {"round_id": round_.id})
    said = {(offer.request_id, offer.slot_id) for offer in before}
    busy = {Hour(offer.host_id, offer.slot_id) for offer in before if offer.status == "open"}
    offers = []
    for hour in open_hours:
        request = next(
            (
                r
                for r in waiting
                if hour.company_id in (r.buyer_id, r.supplier_id)
                and (r.id, hour.slot_id) not in said
                and not isinstance(timetable.fit(pairs[r.id], Shift(r.id, hour.slot_id)), list)
            ),
            None,
        )
        if request is not None and hour not in busy:
            ends_at = slots[hour.slot_id].ends_at
            offers.append(_offer(round_, request, hour, min(now + ANSWER_WITHIN, ends_at), now))
            said.add((request.id, hour.slot_id))
    store.add(*offers)
    for offer in offers:
        store.publish(_told(offer, round_), offer.version, now)
    return offers


def _unplaced(store: RoundsStore, round_: Round) -> tuple[list[MeetingRequest], Timetable, dict[str, Pair]]:
    timetable, pairs, weights = desk(store, round_)
    names = pairs.keys() - timetable.placed.keys()
    query = {"_id": {"$in": sorted(names)}}
    return sorted(store.find(MeetingRequest, query), key=lambda r: (-weights[r.id], r.id)), timetable, pairs


def _offer(round_: Round, request: MeetingRequest, hour: Hour, expires_at: datetime, now: datetime) -> Offer:
    names = {
        request.from_company_id: request.from_company_name,
        request.to_company_id: request.to_company_name,
    }
    guest_id = next(company_id for company_id in names if company_id != hour.company_id)
    return Offer(
        id=new_id(),
        version=1,
        round_id=round_.id,
        request_id=request.id,
        slot_id=hour.slot_id,
        host_id=hour.company_id,
        host_name=names[hour.company_id],
        guest_id=guest_id,
        guest_name=names[guest_id],
        status="open",
        created_at=now,
        expires_at=expires_at,
    )


@transactional
def take_offer(store: RoundsStore, offer_id: str, *, actor: Actor, now: datetime) -> tuple[Offer, Meeting]:
    """Take an hour: the meeting is booked at once. Raises Conflict when it is gone; Forbidden."""
    offer, round_ = _own(store, offer_id, actor)
    taken = offer.answered("taken", now)
    store.save(taken)
    return taken, book(store, round_, store.get(MeetingRequest, offer.request_id), offer.slot_id, now=now)


@transactional
def decline_offer(store: RoundsStore, offer_id: str, *, actor: Actor, now: datetime) -> Offer:
    """Leave an hour to the next. Raises Conflict when it is gone; Forbidden."""
    offer, round_ = _own(store, offer_id, actor)
    declined = offer.answered("declined", now)
    store.save(declined)
    offer_hours(store, round_, [Hour(offer.host_id, offer.slot_id)], now=now)
    return declined


def expire_offers(store: RoundsStore, now: datetime) -> bool:
    """End offers that nobody answered, and offer their hours to the next. True when there may be more."""
    due = store.find(Offer, {"status": "open", "expires_at": {"$lte": now}}, BATCH)
    for offer in due:
        try:
            _expire(store, offer, now)
        except Stale:
            continue  # Answered in this very moment.
    return len(due) == BATCH


@transactional
def _expire(store: RoundsStore, offer: Offer, now: datetime) -> None:
    store.save(offer.expired())
    round_ = store.get(Round, offer.round_id)
    offer_hours(store, round_, [Hour(offer.host_id, offer.slot_id)], now=now)


def _own(store: RoundsStore, offer_id: str, actor: Actor) -> tuple[Offer, Round]:
    offer = store.get(Offer, offer_id)
    actor.must_act_for(offer.guest_id)
    return offer, store.get(Round, offer.round_id)


def _told(offer: Offer, round_: Round) -> SlotOffered:
    slot = round_.slot(offer.slot_id)
    return SlotOffered(
        offer_id=offer.id,
        round_id=round_.id,
        round_name=round_.plan.name,
        host_id=offer.host_id,
        host_name=offer.host_name,
        guest_id=offer.guest_id,
        guest_name=offer.guest_name,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        time_zone=round_.plan.time_zone,
        expires_at=offer.expires_at,
    )
