"""What a registration says of its company, and the meetings that a change of it breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from services.rounds.model.cancellations import Cancellation
from services.rounds.model.registrations import Delegate, Registration, check_delegates
from services.rounds.store.refusals import stale
from services.rounds.usecases.registrations import own, scheduled_of, with_ids
from services.rounds.usecases.repairing import Repaired, repair
from shared.errors import Conflict, Fault
from shared.store import transactional

if TYPE_CHECKING:
    from datetime import datetime

    from services.rounds.model.meetings import Meeting
    from services.rounds.store import RoundsStore
    from shared.auth import Actor


class Presence(msgspec.Struct, frozen=True, kw_only=True):
    """What a registration says of its company; None leaves a text or list as it is.

    `although_broken`: the meetings that the change breaks are to be moved or, where that can't be, cancelled.
    """

    delegates: tuple[Delegate, ...]
    seeks: str | None = None
    offers: str | None = None
    never_meet: tuple[str, ...] | None = None
    although_broken: bool = False


@transactional
def change_presence(
    store: RoundsStore, read: tuple[str, int], presence: Presence, *, actor: Actor, now: datetime
) -> Registration:
    """Change a registration: its delegates, their free times, what it seeks and offers, whom it never meets.

    `read` is its id and the version that was read. A delegate whose id is kept stays the same person. Raises
    Conflict, naming each meeting that would break, unless the change is wanted although they do.
    """
    registration, round_ = own(store, read[0], actor)
    if registration.version != read[1]:
        raise stale()
    check_delegates(presence.delegates, round_)
    known = {delegate.delegate_id for delegate in registration.delegates}
    kept = tuple(
        replace(d, delegate_id=d.delegate_id if d.delegate_id in known else "") for d in presence.delegates
    )
    words = {
        name: getattr(registration if getattr(presence, name) is None else presence, name)
        for name in ("seeks", "offers", "never_meet")
    }
    changed = replace(registration.with_delegates(with_ids(kept)), **words)
    broken = [
        meeting
        for meeting in scheduled_of(store, round_.id, registration.company_id)
        if meeting.ends_at > now and not meeting.has_happened and not _holds(meeting, changed)
    ]
    if broken and not presence.although_broken:
        raise _warning(broken, registration.company_id)
    store.save(changed)
    repair(store, round_, broken, Cancellation(cause="nobody_free", company=changed.company_name), now=now)
    return changed


@transactional
def come_late(
    store: RoundsStore, registration_id: str, arrives_at: datetime, *, actor: Actor, now: datetime
) -> Repaired:
    """A company comes only then: what it misses is put later, with the fewest moves, or cancelled.

    The hours that come free are offered. Raises Conflict unless the agenda is published; Forbidden.
    """
    registration, round_ = own(store, registration_id, actor)
    round_.must_be("published", "running")
    missed = {slot.slot_id for slot in round_.slots if slot.starts_at < arrives_at}
    every = tuple(slot.slot_id for slot in round_.slots)
    delegates = tuple(
        replace(d, free_slots=tuple(s for s in d.free_slots or every if s not in missed))
        if d.free_slots != ()
        else d
        for d in registration.delegates
    )
    changed = registration.with_delegates(delegates)
    store.save(changed)
    displaced = [
        meeting
        for meeting in scheduled_of(store, round_.id, registration.company_id)
        if meeting.slot_id in missed and meeting.ends_at > now and not meeting.has_happened
    ]
    return repair(
        store, round_, displaced, Cancellation(cause="absent", company=changed.company_name), now=now
    )


def _holds(meeting: Meeting, registration: Registration) -> bool:
    return registration.can_meet(meeting.side_of(registration.company_id).delegate_id, meeting.slot_id)


def _warning(broken: list[Meeting], company_id: str) -> Conflict:
    """The error that names the meetings which a change would break."""
    faults = []
    for meeting in broken:
        other = meeting.counterpart_of(company_id).company_name
        faults.append(
            Fault(
                "delegate_has_meetings",
                f"La cita con {other} ({meeting.slot_id}) quedaría sin representante."
                " Confirme el cambio para que la reubiquemos, o déjelo libre a esa hora.",
                f"The meeting with {other} ({meeting.slot_id}) would have no delegate."
                " Confirm the change to have it moved, or leave somebody free then.",
                "delegates",
            )
        )
    return Conflict.of(faults)
