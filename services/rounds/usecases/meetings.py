"""Moving and cancelling meetings, who came, and what each side takes from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from services.rounds.model.meetings import Meeting
from services.rounds.model.requests import MeetingRequest
from services.rounds.model.rounds import Round
from services.rounds.store.refusals import stale
from services.rounds.usecases.booking import free_side, free_table, told
from services.rounds.usecases.registrations import registration_of
from services.rounds.usecases.rounds import managed, manages
from shared.contracts import rounds as contracts
from shared.errors import Conflict, Forbidden, Invalid, NotFound
from shared.store import transactional

if TYPE_CHECKING:
    from datetime import datetime

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
    taken = {holder for holder, by in store.taken(round_.id, slot.slot_id).items() if by != meeting.id}
    buyer, supplier = (
        free_side(registration_of(store, round_.id, side.company_id), slot.slot_id, taken, side.delegate_id)
        for side in (meeting.buyer, meeting.supplier)
    )
    table = _table(round_, to.table, taken)
    moved = meeting.moved(slot, (buyer, supplier)).placed_at(table, pinned=True)
    store.leave_seats([meeting])
    store.save(moved)
    store.take_seats([moved])
    event = contracts.MeetingMoved(**told(moved, round_), previous_starts_at=meeting.starts_at)
    store.publish(event, moved.version, now)
    return moved


def _table(round_: Round, wanted: int | None, taken: set[str]) -> int | None:
    if wanted is None:
        return free_table(round_, taken)
    if not 1 <= wanted <= (round_.plan.tables or 0):
        raise Invalid(
            "unknown_table",
            f"La rueda tiene {round_.plan.tables or 0} mesas.",
            f"The round has {round_.plan.tables or 0} tables.",
            "table",
        )
    if f"table:{wanted}" in taken:
        raise Conflict(
            "table_taken",
            f"La mesa {wanted} está ocupada en ese horario. Elija otra.",
            f"Table {wanted} is taken in that slot. Choose another.",
            "table",
        )
    return wanted


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
    """Cancel a meeting and its request. Raises Conflict when it was held or cancelled; Forbidden."""
    meeting = store.get(Meeting, meeting_id)
    round_ = managed(store, meeting.round_id, actor)
    cancelled = call_off(store, round_, meeting, reason, now=now)
    store.save(store.get(MeetingRequest, meeting.request_id).cancelled())
    return cancelled


def call_off(store: RoundsStore, round_: Round, meeting: Meeting, reason: str, *, now: datetime) -> Meeting:
    """Cancel a meeting, give its seats free and tell both sides. Raises Conflict when it was held."""
    cancelled = meeting.cancelled(reason)
    store.save(cancelled)
    store.leave_seats([cancelled])
    event = contracts.MeetingCancelled(**told(cancelled, round_), reason=reason)
    store.publish(event, cancelled.version, now)
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
