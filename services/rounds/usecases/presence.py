"""What a registration says of its company, and the meetings that a change of it breaks."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from services.rounds.model.cancellations import Cancellation
from services.rounds.model.registrations import Delegate, Registration, check_delegates
from services.rounds.model.requests import MeetingRequest
from services.rounds.model.rounds import UNDER_WAY
from services.rounds.store.refusals import stale
from services.rounds.usecases.registrations import (
    must_represent_nobody_else,
    own,
    scheduled_of,
    with_ids,
)
from services.rounds.usecases.repairing import Repaired, repair
from services.rounds.usecases.rounds import managed
from shared.errors import Conflict, Fault, NotFound
from shared.store import transactional

if TYPE_CHECKING:
    from services.rounds.model.meetings import Meeting
    from services.rounds.model.rounds import Round
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


class Absence(msgspec.Struct, frozen=True, kw_only=True):
    """Who comes late, and `until` when; without that they do not come any more."""

    registration_ids: tuple[str, ...]
    until: datetime | None = None


@transactional
def change_presence(
    store: RoundsStore, read: tuple[str, int], presence: Presence, *, actor: Actor, now: datetime
) -> Registration:
    """Change a registration: its delegates, their free times, what it seeks and offers, whom it never meets.

    `read` is its id and the version that was read. A delegate whose id is kept stays the same person. Raises
    Conflict, naming each meeting that would break, unless the change is wanted although they do; and once the
    round is over.
    """
    registration, round_ = own(store, read[0], actor)
    if registration.version != read[1]:
        raise stale()
    round_.must_be(*UNDER_WAY)
    check_delegates(presence.delegates, round_)
    must_represent_nobody_else(store, registration, presence.delegates)
    known = {delegate.delegate_id for delegate in registration.delegates}
    kept = tuple(
        replace(d, delegate_id=d.delegate_id if d.delegate_id in known else "") for d in presence.delegates
    )
    words = {
        name: getattr(registration if getattr(presence, name) is None else presence, name)
        for name in ("seeks", "offers", "never_meet")
    }
    changed = replace(registration.with_delegates(with_ids(kept)), **words)
    why = _broken(store, changed, now)
    if why and not presence.although_broken:
        raise _warning([meeting for meeting, _ in why], changed)
    store.save(changed)
    causes = {meeting.id: Cancellation(cause=cause, company=company) for meeting, (cause, company) in why}
    repair(store, round_, [meeting for meeting, _ in why], causes, now=now)
    _end_requests(store, changed)
    return changed


def _broken(
    store: RoundsStore, changed: Registration, now: datetime
) -> list[tuple[Meeting, tuple[str, str]]]:
    """The coming meetings that a registration no longer allows, each with the cause and whose it is.

    Who must never meet whom is not told.
    """
    coming = scheduled_of(store, changed.round_id, changed.company_id)
    found = []
    for meeting in coming:
        if meeting.ends_at <= now or meeting.has_happened:
            continue
        if _is_shunned(meeting, changed):
            found.append((meeting, ("never_meet", "")))
        elif not _holds(meeting, changed):
            found.append((meeting, ("nobody_free", changed.company_name)))
    return found


def _end_requests(store: RoundsStore, changed: Registration) -> None:
    """Cancel the open requests between a company and those whom it never meets."""
    own, others = ("buyer_id", "supplier_id")[:: 1 if changed.side == "buyer" else -1]
    query = {
        "round_id": changed.round_id,
        own: changed.company_id,
        others: {"$in": list(changed.never_meet)},
        "status": {"$in": ["pending", "accepted"]},
    }
    held = {m.request_id for m in scheduled_of(store, changed.round_id, changed.company_id)}
    requests = store.find(MeetingRequest, query) if changed.never_meet else []
    store.save(*(request.cancelled() for request in requests if request.id not in held))


@transactional
def come_late(
    store: RoundsStore, registration_id: str, arrives_at: datetime, *, actor: Actor, now: datetime
) -> Repaired:
    """A company comes only then: what it misses is put later, with the fewest moves, or cancelled.

    The hours that come free are offered. Raises Conflict unless the agenda is published; Forbidden.
    """
    registration, round_ = own(store, registration_id, actor)
    return _miss(store, round_, [registration], arrives_at, now=now)


@transactional
def are_absent(
    store: RoundsStore, round_id: str, absence: Absence, *, actor: Actor, now: datetime
) -> Repaired:
    """Several companies come late or not at all: their meetings are repaired together. Raises as `come_late`,
    and NotFound for a registration of another round.
    """
    round_ = managed(store, round_id, actor)
    found = store.find(Registration, {"_id": {"$in": list(absence.registration_ids)}, "round_id": round_id})
    if len(found) != len(set(absence.registration_ids)):
        raise NotFound("not_found", "No existe o no es para usted.", "It does not exist, or is not for you.")
    return _miss(store, round_, found, absence.until or round_.slots[-1].ends_at, now=now)


def _miss(
    store: RoundsStore,
    round_: Round,
    registrations: list[Registration],
    until: datetime,
    *,
    now: datetime,
) -> Repaired:
    round_.must_be("published", "running")
    missed = {slot.slot_id for slot in round_.slots if slot.starts_at < until}
    every = tuple(slot.slot_id for slot in round_.slots)
    displaced: dict[str, Meeting] = {}
    why: dict[str, Cancellation] = {}
    for registration in registrations:
        delegates = tuple(
            replace(d, free_slots=tuple(s for s in _free(d, every) if s not in missed))
            for d in registration.delegates
        )
        store.save(registration.with_delegates(delegates))
        for meeting in scheduled_of(store, round_.id, registration.company_id):
            if meeting.slot_id in missed and meeting.ends_at > now and not meeting.has_happened:
                displaced[meeting.id] = meeting
                why[meeting.id] = Cancellation(cause="absent", company=registration.company_name)
    return repair(store, round_, list(displaced.values()), why, now=now)


def _free(delegate: Delegate, every: tuple[str, ...]) -> tuple[str, ...]:
    return every if delegate.free_slots is None else delegate.free_slots


def _holds(meeting: Meeting, registration: Registration) -> bool:
    return registration.can_meet(meeting.side_of(registration.company_id).delegate_id, meeting.slot_id)


def _is_shunned(meeting: Meeting, registration: Registration) -> bool:
    return meeting.counterpart_of(registration.company_id).company_id in registration.never_meet


def _warning(broken: list[Meeting], changed: Registration) -> Conflict:
    """The error that names the meetings which a change would break."""
    return Conflict.of([_fault(meeting, changed) for meeting in broken])


def _fault(meeting: Meeting, changed: Registration) -> Fault:
    other, slot_id = meeting.counterpart_of(changed.company_id).company_name, meeting.slot_id
    if _is_shunned(meeting, changed):
        return Fault(
            "never_meet_has_meeting",
            f"Ya hay una cita con {other} ({slot_id}). Confirme el cambio para cancelarla.",
            f"There is a meeting with {other} ({slot_id}) already. Confirm the change to cancel it.",
            "never_meet",
        )
    return Fault(
        "delegate_has_meetings",
        f"La cita con {other} ({slot_id}) quedaría sin representante."
        " Confirme el cambio para que la reubiquemos, o déjelo libre a esa hora.",
        f"The meeting with {other} ({slot_id}) would have no delegate."
        " Confirm the change to have it moved, or leave somebody free then.",
        "delegates",
    )
