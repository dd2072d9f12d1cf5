"""Publishing a draft: what it changes is written and told, nothing else."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import msgspec

from services.rounds.model.agendas import Agenda, outdated
from services.rounds.model.cancellations import Cancellation
from services.rounds.model.meetings import Meeting, side
from services.rounds.model.requests import MeetingRequest
from services.rounds.model.timetable import Shift
from services.rounds.usecases.booking import new_meeting, told, told_cancelled
from services.rounds.usecases.registrations import participants
from services.rounds.usecases.rounds import managed
from services.rounds.usecases.timetables import desk, hold_back_others, may_meet, placed_of, standing
from shared.contracts import rounds as contracts
from shared.errors import Conflict
from shared.store import transactional

if TYPE_CHECKING:
    from datetime import datetime

    from services.rounds.agenda import Placed
    from services.rounds.model.meetings import Side
    from services.rounds.model.registrations import Registration
    from services.rounds.model.rounds import Round
    from services.rounds.store import RoundsStore
    from shared.auth import Actor
    from shared.contracts.base import Payload

_NOT_IN_THE_NEW_AGENDA = Cancellation(cause="not_in_agenda")


class _Changes(msgspec.Struct):
    """What publication does to meetings; `moved` pairs a meeting as it was with what it becomes."""

    kept: list[Meeting] = []
    new: list[Meeting] = []
    moved: list[tuple[Meeting, Meeting]] = []
    gone: list[Meeting] = []


@transactional
def publish_agenda(store: RoundsStore, agenda_id: str, *, actor: Actor, now: datetime) -> Agenda:
    """Make a draft the agenda that holds; slots that have begun are allowed, for it is the organizer's.

    Pinned meetings, those booked since the draft was made and those that have begun stay. Raises Conflict
    when the round has changed so that the draft no longer fits, or when it is no draft.
    """
    draft = store.get(Agenda, agenda_id)
    round_ = managed(store, draft.round_id, actor)
    agenda = draft.published(now)
    if agenda.based_on != round_.published_agenda_id or agenda.rules != round_.agenda:
        raise outdated()
    return put_in_force(store, round_, agenda, now=now)


def put_in_force(
    store: RoundsStore, round_: Round, agenda: Agenda, *, now: datetime, over_locks: bool = False
) -> Agenda:
    """Write what a published version changes, and tell it. `over_locks`: what is only pinned does not stay.

    Raises Conflict when the version does not fit the round as it is.
    """
    hold_back_others(store, round_)
    changes = _changes(store, round_, agenda, now, over_locks)
    _check_booked_since(store, round_, agenda, changes)
    _write(store, round_, changes)
    if round_.published_agenda_id:
        store.save(store.get(Agenda, round_.published_agenda_id).replaced())
    store.save(agenda)
    store.save(round_.with_published(agenda.id, now))
    store.publish_all(_events(round_, agenda, changes), now)
    return agenda


def _changes(store: RoundsStore, round_: Round, agenda: Agenda, now: datetime, over_locks: bool) -> _Changes:
    changes = _Changes()
    standing_by_request = {meeting.request_id: meeting for meeting in standing(store, round_.id)}
    accepted = {
        request.id: request
        for request in store.find(MeetingRequest, {"round_id": round_.id, "status": "accepted"})
    }
    registrations = {r.company_id: r for r in participants(store, round_.id)}
    for placed in agenda.placed:
        request = accepted.get(placed.request_id)
        if request is None or not may_meet(registrations, request):
            raise outdated()
        meeting = standing_by_request.pop(placed.request_id, None)
        slot = round_.slot(placed.slot_id)
        if meeting is not None and (_stays(meeting, over_locks, now) or _is_at(meeting, placed)):
            if not _is_at(meeting, placed):
                raise outdated()
            changes.kept.append(meeting)
            continue
        sides = (
            _side(registrations[request.buyer_id], placed.buyer_delegate_id, placed.slot_id),
            _side(registrations[request.supplier_id], placed.supplier_delegate_id, placed.slot_id),
        )
        if meeting is None:
            fresh = new_meeting(round_, request, slot, sides, now=now)
            changes.new.append(fresh.placed_at(placed.table, pinned=False))
        else:
            moved = meeting.moved(slot, sides).placed_at(placed.table, pinned=False)
            changes.moved.append((meeting, moved))
    for meeting in standing_by_request.values():
        if _stays(meeting, over_locks, now):
            changes.kept.append(meeting)
        else:
            changes.gone.append(meeting.cancelled(_NOT_IN_THE_NEW_AGENDA))
    return changes


def _check_booked_since(store: RoundsStore, round_: Round, agenda: Agenda, changes: _Changes) -> None:
    """Raise Conflict where what was booked since the draft was made breaks a rule together with the draft:
    a person's limit, an order, a buyer's own table.
    """
    fresh = [*changes.new, *(after for _, after in changes.moved)]
    places = [placed_of(meeting) for meeting in (*changes.kept, *fresh) if not meeting.gave_way]
    timetable, pairs, _ = desk(store, round_, places)
    known = {place.request_id for place in agenda.placed}
    for meeting in changes.kept:
        name = meeting.request_id
        if name in known or name not in pairs or meeting.has_happened:
            continue
        place = timetable.take_out(name)
        if (
            place is None
            or timetable.fit(pairs[name], Shift(name, place.slot_id, place.table), place) != place
        ):
            raise outdated()
        timetable.put(place)


def _stays(meeting: Meeting, over_locks: bool, now: datetime) -> bool:
    return meeting.has_begun(now) or (meeting.pinned and not over_locks)


def _is_at(meeting: Meeting, placed: Placed) -> bool:
    delegates = placed.buyer_delegate_id, placed.supplier_delegate_id
    return meeting.place() == (placed.slot_id, placed.table, *delegates)


def _side(registration: Registration, delegate_id: str, slot_id: str) -> Side:
    delegate = registration.delegate(delegate_id)
    if delegate is None or not delegate.is_free(slot_id):
        raise outdated()
    return side(registration, delegate)


def _write(store: RoundsStore, round_: Round, changes: _Changes) -> None:
    moved = [after for _, after in changes.moved]
    store.leave_seats([*moved, *changes.gone])
    store.save(*moved, *changes.gone)
    store.add(*changes.new)
    try:
        store.take_seats([*moved, *changes.new], round_.agenda.suppliers_at_once)
    except Conflict as error:
        raise outdated() from error


def _events(round_: Round, agenda: Agenda, changes: _Changes) -> list[tuple[Payload, int]]:
    meetings = [*changes.kept, *changes.new, *(after for _, after in changes.moved)]
    published = contracts.AgendaPublished(
        agenda_id=agenda.id,
        round_id=round_.id,
        round_name=round_.plan.name,
        version=agenda.number,
        meetings=len(meetings),
        company_ids=sorted({company for meeting in meetings for company in meeting.company_ids}),
        changes=_by_company(changes),
    )
    events: list[tuple[Payload, int]] = [(published, agenda.version)]
    events += [(contracts.MeetingScheduled(**told(m, round_)), m.version) for m in changes.new]
    events += [
        (contracts.MeetingMoved(**told(after, round_), previous_starts_at=before.starts_at), after.version)
        for before, after in changes.moved
    ]
    events += [(told_cancelled(m, round_), m.version) for m in changes.gone]
    return events


def _by_company(changes: _Changes) -> list[contracts.AgendaChange]:
    """How many meetings of each company are new, elsewhere or gone; those with none are left out."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    changed = {"scheduled": changes.new, "moved": [m for _, m in changes.moved], "cancelled": changes.gone}
    for kind, meetings in changed.items():
        for meeting in meetings:
            for company_id in meeting.company_ids:
                counts[company_id][kind] += 1
    return [contracts.AgendaChange(company_id=c, **counted) for c, counted in sorted(counts.items())]
