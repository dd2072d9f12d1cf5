"""Giving a meeting a time, a place and two delegates, and telling of it."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from services.rounds.model.cancellations import Cancellation
from services.rounds.model.meetings import Meeting, side
from services.rounds.model.timetable import Shift
from services.rounds.store.refusals import stale
from services.rounds.usecases.registrations import must_be_willing, registration_of
from services.rounds.usecases.timetables import place_for
from shared.contracts import rounds as contracts
from shared.errors import Conflict
from shared.store import new_id

if TYPE_CHECKING:
    from datetime import datetime

    from services.rounds.model.meetings import Side
    from services.rounds.model.plan import Slot
    from services.rounds.model.registrations import Registration
    from services.rounds.model.requests import MeetingRequest
    from services.rounds.model.rounds import Round
    from services.rounds.store import RoundsStore


def book(
    store: RoundsStore, round_: Round, request: MeetingRequest, slot_id: str, *, now: datetime
) -> Meeting:
    """Book an accepted request into a slot, for good: later agendas leave it where it is.

    Raises Conflict when a side has no delegate free then, or no table is left, or the two already meet.
    """
    slot = round_.slot(slot_id)
    must_be_open(slot, now)
    buyer, supplier = (registration_of(store, round_.id, c) for c in (request.buyer_id, request.supplier_id))
    must_be_willing(buyer, supplier)
    place = place_for(store, round_, request, Shift(request.id, slot_id), (buyer, supplier))
    sides = sent(buyer, place.buyer_delegate_id), sent(supplier, place.supplier_delegate_id)
    meeting = new_meeting(round_, request, slot, sides, now=now).placed_at(place.table, pinned=True)
    store.add(meeting)
    store.take_seats([meeting], round_.agenda.suppliers_at_once)
    store.publish(contracts.MeetingScheduled(**told(meeting, round_)), meeting.version, now)
    return meeting


def must_be_open(slot: Slot, now: datetime) -> None:
    """Raise Conflict when a slot is over."""
    if slot.ends_at <= now:
        raise Conflict("slot_over", "Ese horario ya pasó. Elija otro.", "That slot is over. Choose another.")


def sent(registration: Registration, delegate_id: str) -> Side:
    """A company's side of a meeting with that delegate. Raises Stale when the company has it no longer."""
    delegate = registration.delegate(delegate_id)
    if delegate is None:
        raise stale()
    return side(registration, delegate)


def new_meeting(
    round_: Round, request: MeetingRequest, slot: Slot, sides: tuple[Side, Side], *, now: datetime
) -> Meeting:
    """A meeting of buyer and supplier with a room of its own where the round is virtual or hybrid."""
    base = round_.plan.room_base_url
    return Meeting(
        id=new_id(),
        version=1,
        round_id=round_.id,
        request_id=request.id,
        slot_id=slot.slot_id,
        on=slot.on,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        time_zone=round_.plan.time_zone,
        buyer=sides[0],
        supplier=sides[1],
        company_ids=(sides[0].company_id, sides[1].company_id),
        table=None,
        # 128 random bits: whoever was not told the room does not find it.
        room_url=f"{base.rstrip('/')}/{secrets.token_urlsafe(16)}" if base else None,
        status="scheduled",
        pinned=False,
        present={},
        held=False,
        outcomes={},
        expected=None,
        created_at=now,
    )


def told(meeting: Meeting, round_: Round) -> dict[str, Any]:
    """What every event about a meeting says."""
    buyer, supplier = (
        contracts.Seat(company_id=s.company_id, company_name=s.company_name, account_id=s.account_id)
        for s in (meeting.buyer, meeting.supplier)
    )
    return {
        "meeting_id": meeting.id,
        "round_id": meeting.round_id,
        "round_name": round_.plan.name,
        "buyer": buyer,
        "supplier": supplier,
        "starts_at": meeting.starts_at,
        "ends_at": meeting.ends_at,
        "time_zone": meeting.time_zone,
        "table": meeting.table,
        "virtual": meeting.room_url is not None,
    }


def told_cancelled(meeting: Meeting, round_: Round) -> contracts.MeetingCancelled:
    """The event of a meeting that was called off."""
    why = meeting.cancellation or Cancellation(cause="organizer")
    return contracts.MeetingCancelled(
        **told(meeting, round_), reason=why.note, cause=why.cause, company_name=why.company
    )
