"""Giving a meeting a time, a place and two delegates, and telling of it."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from services.rounds.model.meetings import Meeting, side
from services.rounds.usecases.registrations import must_be_willing, registration_of
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
    if slot.ends_at <= now:
        raise Conflict("slot_over", "Ese horario ya pasó. Elija otro.", "That slot is over. Choose another.")
    taken = set(store.taken(round_.id, slot_id))
    pair = [registration_of(store, round_.id, c) for c in (request.buyer_id, request.supplier_id)]
    must_be_willing(*pair)
    buyer, supplier = (free_side(registration, slot_id, taken) for registration in pair)
    meeting = new_meeting(round_, request, slot, (buyer, supplier), now=now)
    meeting = meeting.placed_at(free_table(round_, taken), pinned=True)
    store.add(meeting)
    store.take_seats([meeting])
    store.publish(contracts.MeetingScheduled(**told(meeting, round_)), meeting.version, now)
    return meeting


def free_side(registration: Registration, slot_id: str, taken: set[str], usual: str = "") -> Side:
    """A company's side with a delegate free in a slot, the `usual` one if possible. Raises Conflict."""
    for delegate in sorted(registration.delegates, key=lambda d: d.delegate_id != usual):
        if delegate.is_free(slot_id) and f"delegate:{delegate.delegate_id}" not in taken:
            return side(registration, delegate)
    raise Conflict(
        "no_delegate_free",
        f"{registration.company_name} no tiene a nadie libre en ese horario. Elija otro.",
        f"{registration.company_name} has nobody free in that slot. Choose another.",
        "slot_id",
    )


def free_table(round_: Round, taken: set[str]) -> int | None:
    """A table that is free, or None where there are no tables. Raises Conflict when all are taken.

    Any one of them, by chance: if all who book at once reached for the first, they would only get in
    one another's way.
    """
    if not round_.plan.tables:
        return None
    free = [table for table in range(1, round_.plan.tables + 1) if f"table:{table}" not in taken]
    if not free:
        raise Conflict(
            "tables_taken",
            f"Las {round_.plan.tables} mesas están ocupadas en ese horario. Elija otro.",
            f"All {round_.plan.tables} tables are taken in that slot. Choose another.",
            "slot_id",
        )
    return secrets.choice(free)


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
        "room_url": meeting.room_url,
    }
