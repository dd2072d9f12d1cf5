"""Moving and cancelling meetings, who came, and what each side takes from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from services.rounds.model.cancellations import Cancellation
from services.rounds.model.meetings import Meeting
from services.rounds.model.requests import MeetingRequest
from services.rounds.model.rounds import Round
from services.rounds.model.timetable import Shift
from services.rounds.store.refusals import stale
from services.rounds.usecases.booking import must_be_open, sent, told, told_cancelled
from services.rounds.usecases.offers import hours_of, offer_hours
from services.rounds.usecases.registrations import registration_of
from services.rounds.usecases.rounds import managed, manages
from services.rounds.usecases.timetables import place_for
from shared.contracts import rounds as contracts
from shared.errors import Forbidden, NotFound
from shared.store import transactional

if TYPE_CHECKING:
    from datetime import datetime

    from services.rounds.model.meetings import Room
    from services.rounds.store import RoundsStore
    from shared.auth import Actor


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """Where a meeting is to go; without a table, one that is free."""

    slot_id: str
    table: int | None = None


def seen(store: RoundsStore, meeting_id: str, actor: Actor) -> tuple[Meeting, Round]:
    """A meeting and its round, for its two companies and the organizer. Raises NotFound."""
    meeting = store.get(Meeting, meeting_id)
    round_ = store.get(Round, meeting.round_id)
    if actor.company_id not in meeting.company_ids and not manages(round_, actor):
        raise NotFound("not_found", "No existe o no es para usted.", "It does not exist, or is not for you.")
    return meeting, round_


def room_of(store: RoundsStore, meeting_id: str, actor: Actor, now: datetime) -> Room:
    """A meeting's room; suppliers whom a buyer receives together share one. Raises NotFound, Conflict."""
    meeting, round_ = seen(store, meeting_id, actor)
    together = store.find(Meeting, {"round_id": round_.id, "starts_at": meeting.starts_at})
    host = meeting.buyer.delegate_id
    shared = [m for m in together if m.status == "scheduled" and m.buyer.delegate_id == host]
    first = min(shared or [meeting], key=lambda m: m.id)
    return replace(meeting, room_url=first.room_url).room(now)


@transactional
def move(store: RoundsStore, read: tuple[str, int], to: Move, *, actor: Actor, now: datetime) -> Meeting:
    """Move a meeting, for good; `read` is its id and the version that was read.

    Raises Conflict, with the reason, when a delegate or the table is taken there; Stale; Forbidden.
    """
    meeting = store.get(Meeting, read[0])
    round_ = managed(store, meeting.round_id, actor)
    if meeting.version != read[1]:
        raise stale()
    slot = round_.slot(to.slot_id)
    must_be_open(slot, now)
    buyer, supplier = (registration_of(store, round_.id, c) for c in meeting.company_ids)
    request = store.get(MeetingRequest, meeting.request_id)
    place = place_for(store, round_, request, Shift(request.id, slot.slot_id, to.table), (buyer, supplier))
    sides = sent(buyer, place.buyer_delegate_id), sent(supplier, place.supplier_delegate_id)
    moved = meeting.moved(slot, sides).placed_at(place.table, pinned=True)
    store.leave_seats([meeting])
    store.save(moved)
    store.take_seats([moved], round_.agenda.suppliers_at_once)
    event = contracts.MeetingMoved(**told(moved, round_), previous_starts_at=meeting.starts_at)
    store.publish(event, moved.version, now)
    return moved


@transactional
def lock(store: RoundsStore, meeting_id: str, locked: bool, *, actor: Actor) -> Meeting:
    """Keep a meeting where it is in later agendas, or let it go. Raises Conflict, Forbidden."""
    meeting = store.get(Meeting, meeting_id)
    managed(store, meeting.round_id, actor)
    changed = meeting.locked(locked)
    store.save(changed)
    return changed


@transactional
def cancel(store: RoundsStore, meeting_id: str, reason: str, *, actor: Actor, now: datetime) -> Meeting:
    """Cancel a meeting and its request, and offer its hours. Raises Conflict as `Meeting.cancelled`."""
    meeting = store.get(Meeting, meeting_id)
    round_ = managed(store, meeting.round_id, actor)
    why = Cancellation(cause="organizer", note=reason)
    cancelled = call_off(store, round_, meeting, why, now=now)
    store.save(store.get(MeetingRequest, meeting.request_id).cancelled())
    offer_hours(store, round_, hours_of(meeting), now=now)
    return cancelled


def call_off(
    store: RoundsStore, round_: Round, meeting: Meeting, why: Cancellation, *, now: datetime
) -> Meeting:
    """Cancel a meeting, give its seats free and tell both sides. Raises Conflict when it was held."""
    cancelled = meeting.cancelled(why)
    store.save(cancelled)
    store.leave_seats([cancelled])
    store.publish(told_cancelled(cancelled, round_), cancelled.version, now)
    return cancelled


def speaker(actor: Actor, meeting: Meeting) -> str:
    """The company of the meeting that the actor speaks for. Raises Forbidden when it is none of the two."""
    if actor.company_id not in meeting.company_ids:
        raise Forbidden(
            "not_in_the_meeting",
            "Su empresa no participa en esta cita; diga de cuál de las dos se trata.",
            "Your company is not in this meeting; say which of the two it is about.",
        )
    return actor.company_id
