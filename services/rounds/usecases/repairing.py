"""Meetings that lost their time: moved with the fewest moves or cancelled; and free hours offered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from services.rounds.model.meetings import Meeting
from services.rounds.model.offers import Offer
from services.rounds.model.repair import Repair
from services.rounds.usecases.meetings import call_off
from services.rounds.usecases.offers import hours_of, offer_hours
from services.rounds.usecases.rearranging import move_to
from services.rounds.usecases.timetables import desk, hold_back_others, placed_of, standing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from services.rounds.model.cancellations import Cancellation
    from services.rounds.model.rounds import Round
    from services.rounds.store import RoundsStore


class Repaired(msgspec.Struct, frozen=True, kw_only=True):
    """What a repair did: meetings that are elsewhere now, that are cancelled, and hours that are offered."""

    moved: tuple[Meeting, ...] = ()
    cancelled: tuple[Meeting, ...] = ()
    offered: tuple[Offer, ...] = ()


def repair(
    store: RoundsStore,
    round_: Round,
    displaced: Sequence[Meeting],
    why: Mapping[str, Cancellation],
    *,
    now: datetime,
) -> Repaired:
    """Put meetings that can't stay where they are elsewhere, in slots that are still ahead; or cancel them:
    `why` has the reason for each.

    Only the two sides of each meeting that changes are told, and whoever is offered an hour that comes free.
    """
    if not displaced:
        return Repaired()
    hold_back_others(store, round_)
    meetings = {meeting.request_id: meeting for meeting in standing(store, round_.id)}
    timetable, pairs, _ = desk(store, round_)
    for meeting in displaced:
        timetable.take_out(meeting.request_id)
    ahead = [slot.slot_id for slot in round_.slots if slot.starts_at > now]
    movable = frozenset(
        name for name, m in meetings.items() if not m.pinned and m.starts_at > now and name in pairs
    )
    possible = [placed_of(m) for m in displaced if m.request_id in pairs]
    moved, _ = Repair(timetable, pairs, ahead, movable).put_back(possible)
    places = {place.request_id for place in moved}
    cancelled = [
        call_off(store, round_, m, why[m.id], now=now) for m in displaced if m.request_id not in places
    ]
    changes = [(meetings[place.request_id], place) for place in moved]
    after = move_to(store, round_, changes, now=now, for_good=False)
    hours = [hour for meeting, _ in changes for hour in hours_of(meeting)]
    hours += [hour for meeting in cancelled for hour in hours_of(meeting)]
    offered = offer_hours(store, round_, hours, now=now)
    return Repaired(moved=tuple(after), cancelled=tuple(cancelled), offered=tuple(offered))
