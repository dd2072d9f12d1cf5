"""What is told about a business round: requests and their answers, the agenda, meetings, outcomes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from services.notifications.model import (
    NOTICE_LIFE,
    OUTCOME_GRACE,
    Notice,
    Wording,
    reminders,
)
from services.notifications.usecases.taking_part import tell_decision
from shared.contracts import rounds

if TYPE_CHECKING:
    from datetime import datetime

    from services.notifications.store import NotificationsStore
    from shared.contracts.base import Event
    from shared.contracts.rounds import Seat

    Meeting = rounds.MeetingScheduled | rounds.MeetingMoved | rounds.MeetingCancelled


def tell_request(store: NotificationsStore, event: Event) -> None:
    """The company that was asked hears of the request."""
    request = cast("rounds.MeetingRequested", event.data)
    facts = {
        "own": request.to_company_name,
        "counterpart": request.from_company_name,
        "round_name": request.round_name,
        "note": request.note,
    }
    store.add_notices([Notice.of(event, Wording.MEETING_REQUESTED, request.to_company_id, facts)])


def tell_answer(store: NotificationsStore, event: Event) -> None:
    """The company that asked hears the answer; the other one need not be asked any more."""
    request = cast("rounds.RequestAccepted | rounds.RequestDeclined", event.data)
    accepted = isinstance(request, rounds.RequestAccepted)
    wording = Wording.REQUEST_ACCEPTED if accepted else Wording.REQUEST_DECLINED
    facts = {
        "own": request.from_company_name,
        "counterpart": request.to_company_name,
        "round_name": request.round_name,
    }
    store.take_back([request.request_id])
    store.add_notices([Notice.of(event, wording, request.from_company_id, facts)])


def tell_agenda(store: NotificationsStore, event: Event) -> None:
    """Each company that meets in an agenda hears of it, and of a later version what it changes for it.

    The newest version alone is told.
    """
    agenda = cast("rounds.AgendaPublished", event.data)
    changed = [change.company_id for change in agenda.changes]
    concerned = agenda.company_ids if agenda.version == 1 else changed
    for company_id in concerned:
        store.take_back([agenda.round_id], company_id=company_id, wording=str(Wording.AGENDA_PUBLISHED))
    store.add_notices(
        # All versions of a round's agenda are one subject, so that a newer one takes the older back.
        replace(
            Notice.of(event, Wording.AGENDA_PUBLISHED, company_id, _news(agenda, company_id)),
            subject=agenda.round_id,
        )
        for company_id in dict.fromkeys(concerned)
    )


def _news(agenda: rounds.AgendaPublished, company_id: str) -> dict[str, Any]:
    change = next((c for c in agenda.changes if c.company_id == company_id), None)
    return {
        "round_name": agenda.round_name,
        "version": agenda.version,
        "new": change.scheduled if change else 0,
        "moved": change.moved if change else 0,
        "cancelled": change.cancelled if change else 0,
    }


def follow_meetings(store: NotificationsStore, events: list[Event]) -> None:
    """Both sides hear when and where they meet, and what was to be told about an earlier state is gone.

    Takes many at once, for an agenda schedules hundreds.
    """
    known = store.meetings({event.subject for event in events})
    changed: dict[str, dict[str, Any]] = {}
    notices: dict[str, list[Notice]] = {}
    for event in events:
        before = changed.get(event.subject) or known.get(event.subject)
        if before and before["sequence"] >= event.sequence:
            continue
        after = {
            "_id": event.subject,
            "sequence": event.sequence,
            "change": before["change"] + 1 if before else 0,
            "reported": before["reported"] if before else [],
        }
        changed[event.subject] = after
        notices[event.subject] = _meeting_notices(event, after)
    store.take_back([meeting_id for meeting_id in changed if meeting_id in known])
    store.save_meetings(changed.values())
    store.add_notices(notice for many in notices.values() for notice in many)


def note_outcome(store: NotificationsStore, event: Event) -> None:
    """A company that has recorded its outcome is not asked for it any more."""
    outcome = cast("rounds.OutcomeRecorded", event.data)
    store.note_outcome(outcome.meeting_id, outcome.company_id)
    store.take_back([outcome.meeting_id], company_id=outcome.company_id, wording=str(Wording.OUTCOME_DUE))


def note_presence(store: NotificationsStore, event: Event) -> None:
    """Where somebody was missing there is no outcome to ask for."""
    word = cast("rounds.AttendanceRecorded", event.data)
    store.note_presence(word.meeting_id, word.company_id, word.present)
    tell_decision(store, event)


def _meeting_notices(event: Event, copy: dict[str, Any]) -> list[Notice]:
    meeting = cast("Meeting", event.data)
    notices = []
    for own, other in ((meeting.buyer, meeting.supplier), (meeting.supplier, meeting.buyer)):
        facts = _facts(meeting, own, other, copy["change"])
        told = _told_of_meeting(meeting, event.time, own.company_id in copy["reported"])
        notices += [
            Notice(
                id=f"{event.id}:{wording}:{own.company_id}",
                wording=wording,
                company_id=own.company_id,
                delegate_id=own.account_id,
                subject=meeting.meeting_id,
                facts=facts,
                due_at=due_at,
                open_until=open_until,
            )
            for wording, due_at, open_until in told
        ]
    return notices


def _told_of_meeting(
    meeting: Meeting, now: datetime, reported: bool
) -> list[tuple[Wording, datetime, datetime]]:
    """Wording, due time and last useful time of all that is to be told of this state of a meeting."""
    if isinstance(meeting, rounds.MeetingCancelled):
        return [(Wording.MEETING_CANCELLED, now, meeting.ends_at)]
    moved = isinstance(meeting, rounds.MeetingMoved)
    wording = Wording.MEETING_MOVED if moved else Wording.MEETING_SCHEDULED
    told = [(wording, now, meeting.ends_at), *reminders(meeting.starts_at, now)]
    if not reported:
        due_at = meeting.ends_at + OUTCOME_GRACE
        told.append((Wording.OUTCOME_DUE, due_at, due_at + NOTICE_LIFE))
    return told


def _facts(meeting: Meeting, own: Seat, other: Seat, change: int) -> dict[str, Any]:
    facts = {
        "meeting_id": meeting.meeting_id,
        "round_name": meeting.round_name,
        "own": own.company_name,
        "counterpart": other.company_name,
        "buyer": meeting.buyer.company_name,
        "supplier": meeting.supplier.company_name,
        "starts_at": meeting.starts_at,
        "ends_at": meeting.ends_at,
        "time_zone": meeting.time_zone,
        "table": meeting.table,
        "virtual": meeting.virtual or meeting.room_url is not None,
        "change": change,
    }
    if isinstance(meeting, rounds.MeetingMoved):
        facts["previous_starts_at"] = meeting.previous_starts_at
    if isinstance(meeting, rounds.MeetingCancelled):
        facts |= {"reason": meeting.reason, "cause": meeting.cause, "company": meeting.company_name}
    return facts
