"""Moving meetings by hand, several at once, in a draft or in the agenda that holds; tried first if wanted."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec

from services.rounds.agenda import Placed
from services.rounds.model.agendas import Agenda
from services.rounds.model.timetable import Clash, Shift
from services.rounds.store.refusals import stale
from services.rounds.usecases.booking import sent, told
from services.rounds.usecases.registrations import participants
from services.rounds.usecases.rounds import managed
from services.rounds.usecases.timetables import desk, placed_of, standing, take_turns
from shared.contracts.rounds import MeetingMoved
from shared.errors import Conflict, Invalid
from shared.store import transactional

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from services.rounds.model.meetings import Meeting
    from services.rounds.model.rounds import Round
    from services.rounds.model.timetable import Pair, Timetable
    from services.rounds.store import RoundsStore
    from shared.auth import Actor


class Rearrangement(msgspec.Struct, frozen=True, kw_only=True):
    """Where meetings go (or would go), and what stands in the way; with clashes nothing is changed."""

    placed: tuple[Placed, ...]
    clashes: tuple[Clash, ...]


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Shifts, or two requests whose meetings change places; `try_only` shows what would be."""

    shifts: tuple[Shift, ...] = ()
    swap: tuple[str, str] | None = None
    try_only: bool = False


@transactional
def rearrange_draft(
    store: RoundsStore, read: tuple[str, int], wanted: Wanted, *, actor: Actor
) -> tuple[Agenda, Rearrangement]:
    """Change a draft by hand, also putting in what it leaves out. `read`: id and version. Raises Stale."""
    draft = store.get(Agenda, read[0])
    round_ = managed(store, draft.round_id, actor)
    draft.must_be_a_draft()
    if draft.version != read[1]:
        raise stale()
    timetable, pairs, weights = desk(store, round_, draft.placed)
    fixed = [m for m in standing(store, round_.id) if m.pinned or m.has_happened]
    found = _with_fixed(_rearrange(round_, timetable, pairs, wanted), fixed)
    if wanted.try_only or found.clashes:
        return draft, found
    order = {slot.slot_id: number for number, slot in enumerate(round_.slots)}
    placed = sorted(timetable.placed.values(), key=lambda p: (order[p.slot_id], p.request_id))
    weight = sum(weights.get(place.request_id, 0) for place in placed)
    changed = draft.rearranged(tuple(placed), weight, holes_of(round_, placed))
    store.save(changed)
    return changed, found


@transactional
def rearrange_meetings(
    store: RoundsStore, round_id: str, wanted: Wanted, *, actor: Actor, now: datetime
) -> Rearrangement:
    """Change meetings of the agenda that holds; both sides of each are told. Raises Conflict, Stale."""
    round_ = managed(store, round_id, actor)
    meetings = {meeting.request_id: meeting for meeting in standing(store, round_id)}
    timetable, pairs, _ = desk(store, round_)
    known = {name: pair for name, pair in pairs.items() if name in meetings}
    happened = [meeting for meeting in meetings.values() if meeting.has_happened]
    found = _with_fixed(_rearrange(round_, timetable, known, wanted), happened, _over(round_, now))
    if not wanted.try_only and not found.clashes:
        move_to(store, round_, [(meetings[p.request_id], p) for p in found.placed], now=now)
    return found


def move_to(
    store: RoundsStore,
    round_: Round,
    changes: Sequence[tuple[Meeting, Placed]],
    *,
    now: datetime,
    for_good: bool = True,
) -> list[Meeting]:
    """Write where meetings go, and tell both sides; `for_good`, later agendas leave them there.

    Raises Conflict when a seat was taken since.
    """
    companies = {registration.company_id: registration for registration in participants(store, round_.id)}
    moved = []
    for meeting, place in changes:
        sides = (
            sent(companies[meeting.buyer.company_id], place.buyer_delegate_id),
            sent(companies[meeting.supplier.company_id], place.supplier_delegate_id),
        )
        after = meeting.moved(round_.slot(place.slot_id), sides)
        moved.append(after.placed_at(place.table, pinned=for_good or meeting.pinned))
    if not moved:
        return []
    concerned = {company_id for meeting in moved for company_id in meeting.company_ids}
    take_turns(store, round_, [companies[company_id] for company_id in sorted(concerned)])
    store.leave_seats(moved)
    store.save(*moved)
    store.take_seats(moved, round_.agenda.suppliers_at_once)
    store.publish_all(
        [
            (MeetingMoved(**told(after, round_), previous_starts_at=before.starts_at), after.version)
            for (before, _), after in zip(changes, moved, strict=True)
        ],
        now,
    )
    return moved


def _rearrange(round_: Round, timetable: Timetable, pairs: dict[str, Pair], wanted: Wanted) -> Rearrangement:
    shifts = wanted.shifts or _swap(timetable, wanted.swap)
    for shift in shifts:
        round_.slot(shift.slot_id)
        if shift.request_id not in pairs:
            raise Invalid(
                "unknown_request",
                "Esa solicitud no tiene cita aquí, o no está aceptada por las dos empresas.",
                "That request has no meeting here, or both companies have not accepted it.",
                "shifts",
            )
    placed, clashes = timetable.rearrange(shifts, pairs)
    return Rearrangement(placed=tuple(placed), clashes=tuple(clashes))


def _over(round_: Round, now: datetime) -> frozenset[str]:
    return frozenset(slot.slot_id for slot in round_.slots if slot.ends_at <= now)


def _with_fixed(
    found: Rearrangement, fixed: Sequence[Meeting], over: frozenset[str] = frozenset()
) -> Rearrangement:
    """What stands in the way when the `fixed` meetings stay where they are, and nothing goes into slots that
    are `over`.
    """
    places = {meeting.request_id: placed_of(meeting) for meeting in fixed}
    clashes = [
        Clash("stays" if place.request_id in places else "slot_over", place.request_id, place.slot_id)
        for place in found.placed
        if places.get(place.request_id, place) != place or place.slot_id in over
    ]
    return Rearrangement(placed=found.placed, clashes=(*found.clashes, *clashes))


def _swap(timetable: Timetable, swap: tuple[str, str] | None) -> tuple[Shift, ...]:
    """Each goes to the other's slot, to the other's table."""
    places = [timetable.placed[name] for name in swap or () if name in timetable.placed]
    if len(places) != 2:
        raise Conflict(
            "nothing_to_swap",
            "Para intercambiar, las dos solicitudes deben tener cita.",
            "To change places both requests must have a meeting.",
        )
    one, other = places
    return (
        Shift(one.request_id, other.slot_id, other.table),
        Shift(other.request_id, one.slot_id, one.table),
    )


def holes_of(round_: Round, placed: Sequence[Placed]) -> int:
    """Maximal runs of free slots between two meetings of a delegate on one day."""
    order = {slot.slot_id: (slot.on, number) for number, slot in enumerate(round_.slots)}
    busy: dict[tuple[str, object], list[int]] = {}
    for place in placed:
        on, number = order[place.slot_id]
        for delegate_id in (place.buyer_delegate_id, place.supplier_delegate_id):
            busy.setdefault((delegate_id, on), []).append(number)
    days = (sorted(numbers) for numbers in busy.values())
    return sum(later - earlier > 1 for numbers in days for earlier, later in pairwise(numbers))
