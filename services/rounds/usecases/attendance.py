"""Who came: both sides say so, the organizer decides where they differ, and a free hour is offered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from services.rounds.model.attendance import ORGANIZER
from services.rounds.usecases.meetings import seen, speaker
from services.rounds.usecases.offers import Hour, offer_hours
from services.rounds.usecases.rounds import manages
from shared.contracts.rounds import AttendanceDisputed, AttendanceRecorded, Decision
from shared.store import transactional

if TYPE_CHECKING:
    from datetime import datetime

    from services.rounds.model.meetings import Meeting
    from services.rounds.model.rounds import Round
    from services.rounds.store import RoundsStore
    from shared.auth import Actor


@transactional
def record_attendance(
    store: RoundsStore, meeting_id: str, said: tuple[str | None, bool], *, actor: Actor, now: datetime
) -> Meeting:
    """Record whether a company was present: `said` is the company (None: one's own) and the word on it.

    Each side speaks of itself and of the other; the organizer's word decides. Raises Conflict before the day.
    """
    meeting, round_ = seen(store, meeting_id, actor)
    by = ORGANIZER if manages(round_, actor) else speaker(actor, meeting)
    company_id = said[0] or speaker(actor, meeting)
    changed = meeting.with_attendance(company_id, said[1], now, by)
    missed = changed.present.get(company_id) is False and changed.ends_at > now
    if missed and not meeting.gave_way:
        changed = replace(changed, gave_way=True)
    store.save(changed)
    record = {"company_id": company_id, "present": said[1], "said_by": by}
    store.append("attendance", changed, record, actor.account_id, now)
    ended = company_id in meeting.disputed and by == ORGANIZER
    store.publish(_told(changed, company_id, round_, actor, ended), changed.version, now)
    if changed.gave_way and not meeting.gave_way:
        _give_free(store, round_, changed, now)
    return changed


def _give_free(store: RoundsStore, round_: Round, meeting: Meeting, now: datetime) -> None:
    """Offer the hour of those who are not known to be absent to somebody else."""
    store.leave_seats([meeting])
    there = [company for company in meeting.company_ids if meeting.present.get(company) is not False]
    offer_hours(store, round_, [Hour(company_id, meeting.slot_id) for company_id in there], now=now)


def _told(
    meeting: Meeting, company_id: str, round_: Round, actor: Actor, ended: bool
) -> AttendanceRecorded | AttendanceDisputed:
    """The event of a word on a company's presence; `ended` says that it decided a dispute."""
    other = meeting.counterpart_of(company_id)
    facts: dict[str, Any] = {
        "round_name": round_.plan.name,
        "company_name": meeting.side_of(company_id).company_name,
        "counterpart_id": other.company_id,
        "counterpart_name": other.company_name,
        "starts_at": meeting.starts_at,
        "time_zone": meeting.time_zone,
    }
    if company_id in meeting.disputed:
        return AttendanceDisputed(
            meeting_id=meeting.id,
            round_id=meeting.round_id,
            company_id=company_id,
            organizer_id=round_.organizer_id,
            **facts,
        )
    return AttendanceRecorded(
        meeting_id=meeting.id,
        round_id=meeting.round_id,
        company_id=company_id,
        present=meeting.present[company_id],
        held=meeting.held,
        recorded_by=actor.account_id,
        decision=Decision(**facts) if ended else None,
    )
