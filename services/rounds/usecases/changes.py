"""Changes that a side asks for after publication."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from services.rounds.agenda import Placed
from services.rounds.model.cancellations import Cancellation
from services.rounds.model.changes import ChangeRequest
from services.rounds.model.meetings import Meeting
from services.rounds.model.requests import MeetingRequest
from services.rounds.model.rounds import Round
from services.rounds.model.timetable import Shift
from services.rounds.usecases.meetings import call_off, seen, speaker
from services.rounds.usecases.offers import hours_of, offer_hours
from services.rounds.usecases.rearranging import move_to
from services.rounds.usecases.registrations import registration_of
from services.rounds.usecases.rounds import manages
from services.rounds.usecases.timetables import desk, place_for
from shared.contracts.rounds import ChangeDecided, ChangeRequested
from shared.errors import Conflict, Invalid
from shared.store import new_id, transactional

if TYPE_CHECKING:
    from datetime import datetime

    from services.rounds.store import RoundsStore
    from shared.auth import Actor


class ChangeWish(msgspec.Struct, frozen=True, kw_only=True):
    """Another time (`slot_id`), a colleague instead (`delegate_id`), or no meeting; with a note."""

    kind: str
    slot_id: str | None = None
    delegate_id: str | None = None
    note: str = ""


@transactional
def ask_change(
    store: RoundsStore, meeting_id: str, wish: ChangeWish, *, actor: Actor, now: datetime
) -> ChangeRequest:
    """Ask the other side for a change; a colleague who is free goes without asking.

    Raises Conflict when the proposal can't be, or another one is open; Invalid.
    """
    meeting, round_ = seen(store, meeting_id, actor)
    own = meeting.side_of(speaker(actor, meeting))
    other = meeting.counterpart_of(own.company_id)
    round_.must_be("published", "running")
    meeting.must_be_ahead(now)
    change = ChangeRequest(
        id=new_id(),
        version=1,
        round_id=round_.id,
        meeting_id=meeting.id,
        company_id=own.company_id,
        company_name=own.company_name,
        counterpart_id=other.company_id,
        counterpart_name=other.company_name,
        kind=wish.kind,
        slot_id=wish.slot_id,
        delegate_id=wish.delegate_id,
        note=wish.note,
        status="accepted" if wish.kind == "colleague" else "open",
        created_by=actor.account_id,
        created_at=now,
    )
    if wish.kind == "colleague":
        _send_colleague(store, round_, meeting, change, now)
        store.add(change)
        return change
    if wish.kind == "time":
        _new_place(store, round_, meeting, wish.slot_id, now)
    store.add(change)
    store.publish(ChangeRequested(**_told(change, meeting, round_)), change.version, now)
    return change


@transactional
def decide_change(
    store: RoundsStore, change_id: str, accept: bool, *, actor: Actor, now: datetime
) -> ChangeRequest:
    """Answer for the other side, or as the organizer; a yes is carried out at once.

    Raises Conflict when it can't be carried out any more or was decided before; Forbidden.
    """
    change = store.get(ChangeRequest, change_id)
    round_ = store.get(Round, change.round_id)
    if not manages(round_, actor):
        actor.must_act_for(change.counterpart_id)
    meeting = store.get(Meeting, change.meeting_id)
    decided = change.decided("accepted" if accept else "declined", actor.account_id, now)
    store.save(decided)
    if accept:
        meeting.must_be_ahead(now)
        _carry_out(store, round_, meeting, change, now)
    event = ChangeDecided(**_told(change, meeting, round_), accepted=accept)
    store.publish(event, decided.version, now)
    return decided


@transactional
def withdraw_change(store: RoundsStore, change_id: str, *, actor: Actor, now: datetime) -> ChangeRequest:
    """Take a request for a change back. Raises Conflict when it was decided; Forbidden."""
    change = store.get(ChangeRequest, change_id)
    actor.must_act_for(change.company_id)
    withdrawn = change.decided("withdrawn", actor.account_id, now)
    store.save(withdrawn)
    return withdrawn


def _carry_out(
    store: RoundsStore, round_: Round, meeting: Meeting, change: ChangeRequest, now: datetime
) -> None:
    if change.kind == "cancel":
        why = Cancellation(cause="asked", company=change.company_name, note=change.note)
        call_off(store, round_, meeting, why, now=now)
        store.save(store.get(MeetingRequest, meeting.request_id).cancelled())
    else:
        place = _new_place(store, round_, meeting, change.slot_id, now)
        move_to(store, round_, [(meeting, place)], now=now)
    offer_hours(store, round_, hours_of(meeting), now=now)


def _new_place(
    store: RoundsStore, round_: Round, meeting: Meeting, slot_id: str | None, now: datetime
) -> Placed:
    """Where the meeting would go. Raises Conflict when one of the two, or every table, is taken then."""
    if slot_id is None:
        raise Invalid("slot_missing", "Diga a qué hora.", "Say which slot.", "slot_id")
    slot = round_.slot(slot_id)
    timetable, pairs, _ = desk(store, round_)
    before = timetable.take_out(meeting.request_id)
    if meeting.request_id in pairs and slot.starts_at > now and slot_id != meeting.slot_id:
        found = timetable.fit(pairs[meeting.request_id], Shift(meeting.request_id, slot_id), before)
        if isinstance(found, Placed):
            return found
    raise Conflict(
        "time_not_possible",
        "A esa hora no están libres las dos empresas y una mesa. Proponga otra.",
        "Both companies and a table are not free then. Propose another time.",
        "slot_id",
    )


def _send_colleague(
    store: RoundsStore, round_: Round, meeting: Meeting, change: ChangeRequest, now: datetime
) -> None:
    """Put another delegate of the same company into the meeting. Raises Conflict when nobody such is free."""
    registration = registration_of(store, round_.id, change.company_id)
    colleague = registration.delegate(change.delegate_id or "")
    is_there = meeting.side_of(change.company_id).delegate_id == change.delegate_id
    if colleague is None or is_there or not colleague.is_free(meeting.slot_id):
        raise _not_free()
    # Alone in the company the colleague is the only one who can be found free.
    alone = registration.with_delegates((colleague,))
    other = registration_of(store, round_.id, meeting.counterpart_of(change.company_id).company_id)
    pair = (alone, other) if meeting.buyer.company_id == change.company_id else (other, alone)
    request = store.get(MeetingRequest, meeting.request_id)
    shift = Shift(request.id, meeting.slot_id, meeting.table)
    place = place_for(store, round_, request, shift, pair)
    move_to(store, round_, [(meeting, place)], now=now, for_good=False)


def _not_free() -> Conflict:
    return Conflict(
        "colleague_not_free",
        "Esa persona no está en la inscripción o no está libre a esa hora.",
        "That person is not in the registration, or is not free then.",
        "delegate_id",
    )


def _told(change: ChangeRequest, meeting: Meeting, round_: Round) -> dict[str, Any]:
    proposed = round_.slot(change.slot_id).starts_at if change.slot_id else None
    return {
        "change_id": change.id,
        "round_id": round_.id,
        "round_name": round_.plan.name,
        "meeting_id": meeting.id,
        "company_id": change.company_id,
        "company_name": change.company_name,
        "counterpart_id": change.counterpart_id,
        "counterpart_name": change.counterpart_name,
        "kind": change.kind,
        "starts_at": meeting.starts_at,
        "proposed_starts_at": proposed,
        "time_zone": meeting.time_zone,
        "note": change.note,
    }
