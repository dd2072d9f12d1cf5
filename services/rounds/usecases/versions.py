"""Versions of an agenda: compared, locked in part, and brought back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from services.rounds.agenda import LeftOut, Placed
from services.rounds.model.agendas import Agenda
from services.rounds.model.timetable import Shift
from services.rounds.model.versions import compare
from services.rounds.usecases.agendas import next_number
from services.rounds.usecases.publication import put_in_force
from services.rounds.usecases.rearranging import holes_of
from services.rounds.usecases.rounds import managed
from services.rounds.usecases.timetables import desk, placed_of, standing
from shared.errors import Conflict, Invalid
from shared.store import new_id, transactional

if TYPE_CHECKING:
    from datetime import datetime

    from services.rounds.model.rounds import Round
    from services.rounds.model.timetable import Clash
    from services.rounds.model.versions import Comparison
    from services.rounds.store import RoundsStore
    from shared.auth import Actor


def compared(store: RoundsStore, agenda_id: str, against: str | None, actor: Actor) -> Comparison:
    """What an agenda changes against another one of its round, or against the meetings that stand now."""
    agenda = store.get(Agenda, agenda_id)
    managed(store, agenda.round_id, actor)
    if against is None:
        return compare([placed_of(m) for m in standing(store, agenda.round_id)], agenda.placed)
    other = store.get(Agenda, against)
    if other.round_id != agenda.round_id:
        raise Invalid(
            "another_rounds_agenda",
            "Las dos agendas deben ser de la misma rueda.",
            "Both agendas must be of the same round.",
            "against",
        )
    return compare(other.placed, agenda.placed)


@transactional
def lock_in_draft(store: RoundsStore, agenda_id: str, request_ids: set[str], *, actor: Actor) -> Agenda:
    """Choose which meetings of a draft the next run from it leaves where they are. Raises Conflict."""
    draft = store.get(Agenda, agenda_id)
    managed(store, draft.round_id, actor)
    changed = draft.with_locked(request_ids)
    store.save(changed)
    return changed


@transactional
def restore(store: RoundsStore, agenda_id: str, *, actor: Actor, now: datetime) -> Agenda:
    """Bring an earlier version back as a new one, at once, and tell each company what changes for it.

    Meetings that have begun or happened stay, and so do those whose earlier hour is over; what no longer fits
    them is left out. Raises Conflict for a draft.
    """
    earlier = store.get(Agenda, agenda_id)
    round_ = managed(store, earlier.round_id, actor)
    round_.must_be("published", "running")
    if earlier.status == "draft":
        raise Conflict(
            "agenda_never_held",
            "Esta versión no se ha publicado; publíquela en lugar de volver a ella.",
            "This version was never published; publish it instead of going back to it.",
        )
    placed, lost = _still_possible(store, round_, earlier, now)
    again = replace(
        earlier,
        id=new_id(),
        version=1,
        number=next_number(store, round_.id),
        status="draft",
        based_on=round_.published_agenda_id,
        placed=tuple(placed),
        left_out=(*earlier.left_out, *lost),
        holes=holes_of(round_, placed),
        created_at=now,
        restores=earlier.id,
        rules=round_.agenda,
        locked=(),
    )
    store.add(again)
    return put_in_force(store, round_, again.published(now), now=now, over_locks=True)


def _still_possible(
    store: RoundsStore, round_: Round, earlier: Agenda, now: datetime
) -> tuple[list[Placed], list[LeftOut]]:
    """The meetings that stay, with those of the earlier version that fit beside them."""
    meetings = [meeting for meeting in standing(store, round_.id) if not meeting.gave_way]
    settled = [placed_of(meeting) for meeting in meetings if meeting.has_begun(now)]
    timetable, pairs, _ = desk(store, round_, settled)
    begun = {slot.slot_id for slot in round_.slots if slot.starts_at <= now}
    here = {meeting.request_id: placed_of(meeting) for meeting in meetings}
    ahead = [place for place in earlier.placed if place.slot_id not in begun]
    ahead += [here.get(p.request_id, p) for p in earlier.placed if p.slot_id in begun]
    lost = []
    for place in ahead:
        if place.request_id not in pairs or place.request_id in timetable.placed:
            continue
        if place.slot_id in begun:
            lost.append(LeftOut(place.request_id, "no_common_slot"))
            continue
        found = timetable.fit(pairs[place.request_id], Shift(place.request_id, place.slot_id), place)
        if isinstance(found, Placed):
            timetable.put(found)
        else:
            lost.append(_reason(place.request_id, found))
    order = {slot.slot_id: number for number, slot in enumerate(round_.slots)}
    # What stands of companies that have left stays beside the agenda.
    placed = [place for name, place in timetable.placed.items() if name in pairs]
    return sorted(placed, key=lambda p: (order[p.slot_id], p.request_id)), lost


def _reason(request_id: str, clashes: list[Clash]) -> LeftOut:
    """Why a meeting can't go back to its one slot."""
    codes = {clash.code for clash in clashes}
    if "never_free" in codes:
        return LeftOut(request_id, "no_common_slot")
    if "out_of_order" in codes:
        return LeftOut(request_id, "waits_for_another")
    return LeftOut(request_id, "beaten_by_others", limit=1)
