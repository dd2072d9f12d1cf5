"""What is told to whom, when it falls due, and how often a mail is tried."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shared.contracts.base import Event


class Kind(StrEnum):
    """What a person can switch on or off for mail. The sign-in link can't be switched off."""

    SIGN_IN = "sign_in"
    NEW_SUPPLIERS = "new_suppliers"
    NEW_OPPORTUNITIES = "new_opportunities"
    MEETING_REQUESTS = "meeting_requests"
    DECISIONS = "decisions"
    AGENDA = "agenda"
    MEETINGS = "meetings"
    REMINDERS = "reminders"
    OUTCOME_DUE = "outcome_due"


OPTIONAL_KINDS = tuple(kind for kind in Kind if kind is not Kind.SIGN_IN)


class Wording(StrEnum):
    """One text, in every language (`templates/es.toml`, `templates/en.toml`)."""

    SIGN_IN = "sign_in"
    NEW_SUPPLIERS = "new_suppliers"
    NEW_OPPORTUNITIES = "new_opportunities"
    CANDIDATE_SHORTLISTED = "candidate_shortlisted"
    INTEREST_DECLARED = "interest_declared"
    INTEREST_DENIED = "interest_denied"
    MEETING_REQUESTED = "meeting_requested"
    REQUEST_ACCEPTED = "request_accepted"
    REQUEST_DECLINED = "request_declined"
    AGENDA_PUBLISHED = "agenda_published"
    MEETING_SCHEDULED = "meeting_scheduled"
    MEETING_MOVED = "meeting_moved"
    MEETING_CANCELLED = "meeting_cancelled"
    REMINDER_DAY = "reminder_day"
    REMINDER_HOUR = "reminder_hour"
    OUTCOME_DUE = "outcome_due"
    REGISTRATION_ACCEPTED = "registration_accepted"
    REGISTRATION_REFUSED = "registration_refused"
    REQUEST_EXPIRED = "request_expired"
    CHANGE_REQUESTED = "change_requested"
    CHANGE_DECIDED = "change_decided"
    SLOT_OFFERED = "slot_offered"
    ATTENDANCE_DISPUTED = "attendance_disputed"
    FOLLOW_UP_DUE = "follow_up_due"
    DISPUTE_RAISED = "dispute_raised"
    DISPUTE_DECIDED = "dispute_decided"
    REGISTRATION_ENDED = "registration_ended"
    PARTICIPANT_LEFT = "participant_left"

    @property
    def kind(self) -> Kind:
        """The kind that the text belongs to."""
        return _KINDS[self]

    @property
    def invites(self) -> bool:
        """Whether the mail carries a calendar invitation or takes one back."""
        return self.kind is Kind.MEETINGS


_KINDS = {
    Wording.SIGN_IN: Kind.SIGN_IN,
    Wording.NEW_SUPPLIERS: Kind.NEW_SUPPLIERS,
    Wording.NEW_OPPORTUNITIES: Kind.NEW_OPPORTUNITIES,
    Wording.CANDIDATE_SHORTLISTED: Kind.DECISIONS,
    Wording.INTEREST_DECLARED: Kind.DECISIONS,
    Wording.INTEREST_DENIED: Kind.DECISIONS,
    Wording.MEETING_REQUESTED: Kind.MEETING_REQUESTS,
    Wording.REQUEST_ACCEPTED: Kind.DECISIONS,
    Wording.REQUEST_DECLINED: Kind.DECISIONS,
    Wording.AGENDA_PUBLISHED: Kind.AGENDA,
    Wording.MEETING_SCHEDULED: Kind.MEETINGS,
    Wording.MEETING_MOVED: Kind.MEETINGS,
    Wording.MEETING_CANCELLED: Kind.MEETINGS,
    Wording.REMINDER_DAY: Kind.REMINDERS,
    Wording.REMINDER_HOUR: Kind.REMINDERS,
    Wording.OUTCOME_DUE: Kind.OUTCOME_DUE,
    Wording.REGISTRATION_ACCEPTED: Kind.DECISIONS,
    Wording.REGISTRATION_REFUSED: Kind.DECISIONS,
    Wording.REQUEST_EXPIRED: Kind.DECISIONS,
    Wording.CHANGE_REQUESTED: Kind.MEETING_REQUESTS,
    Wording.CHANGE_DECIDED: Kind.DECISIONS,
    Wording.SLOT_OFFERED: Kind.MEETING_REQUESTS,
    Wording.ATTENDANCE_DISPUTED: Kind.DECISIONS,
    Wording.FOLLOW_UP_DUE: Kind.OUTCOME_DUE,
    Wording.DISPUTE_RAISED: Kind.DECISIONS,
    Wording.DISPUTE_DECIDED: Kind.DECISIONS,
    Wording.REGISTRATION_ENDED: Kind.DECISIONS,
    Wording.PARTICIPANT_LEFT: Kind.DECISIONS,
}

# A person waits in front of the screen for the first; the last can come an hour later without harm.
_URGENCY = {Kind.SIGN_IN: 0, Kind.NEW_SUPPLIERS: 2, Kind.NEW_OPPORTUNITIES: 2, Kind.OUTCOME_DUE: 2}


def urgency(kind: Kind) -> int:
    """0 goes out first, 2 last."""
    return _URGENCY.get(kind, 1)


class State(StrEnum):
    """Where a mail stands. A claimed one is pending, with its next try after the claim's end."""

    PENDING = "pending"
    SENT = "sent"
    REFUSED = "refused"
    GIVEN_UP = "given_up"
    EXPIRED = "expired"


class NoticeState(StrEnum):
    """Where a notice stands: due, told, or with nobody known to tell it to yet."""

    DUE = "due"
    TOLD = "told"
    NOBODY = "nobody"
    MISSED = "missed"


NOTICE_LIFE = timedelta(days=7)
LATE_READERS = timedelta(hours=1)
LOOK_AGAIN = timedelta(hours=1)
MESSAGES_KEPT = timedelta(days=180)
DELIVERIES_KEPT = timedelta(days=90)


@dataclass(frozen=True, kw_only=True)
class Notice:
    """Something to tell a company, through the people who act for it when it falls due.

    Where `delegate_id` is known and acts for the company, that person alone is told; where `company_id` is
    empty the person `delegate_id` is told, who needs to act for nobody (as an organizer). `subject` is the id
    of what it is about, so that all about it can be taken back. Nobody is told after `open_until`.
    """

    id: str
    wording: Wording
    company_id: str
    subject: str
    facts: dict[str, Any]
    due_at: datetime
    open_until: datetime
    delegate_id: str | None = None

    @classmethod
    def of(cls, event: Event, wording: Wording, company_id: str, facts: dict[str, Any]) -> Notice:
        """What an event makes known to a company at once, about the event's own subject."""
        return cls(
            id=f"{event.type}:{event.id}:{company_id}",
            wording=wording,
            company_id=company_id,
            subject=event.subject,
            facts=facts,
            due_at=event.time,
            open_until=event.time + NOTICE_LIFE,
        )


@dataclass(frozen=True)
class Reader:
    """A person who can be written to, as somebody who acts for a company."""

    account_id: str
    company_id: str
    switched_off: frozenset[str]


@dataclass(frozen=True)
class Settled:
    """What became of a notice: whom it was `told` to now, and until when somebody new is told as well."""

    notice: Notice
    state: NoticeState
    told: list[str]
    again_at: datetime
    late_until: datetime


def readers_of(notice: Notice, people: list[Reader], told: frozenset[str]) -> list[Reader]:
    """Who of the `people` of the notice's company is to be told now; `told` know it already."""
    delegate = [person for person in people if person.account_id == notice.delegate_id]
    return [person for person in delegate or people if person.account_id not in told]


def settle(notice: Notice, readers: list[Reader], told: frozenset[str], now: datetime) -> Settled:
    """What becomes of a due notice for which `readers` were found; `told` know it already.

    Events of different aggregates come in any order, and a person may come to act for the company a
    moment later. Where nobody does, the first to come is told while the notice is open; where somebody
    does, others are told for an hour more.
    """
    if notice.open_until <= now:
        return missed(notice, now)
    if readers or told:
        ids = [reader.account_id for reader in readers]
        late_until = min(notice.open_until, now + LATE_READERS)
        return Settled(notice, NoticeState.TOLD, ids, notice.due_at, late_until)
    return Settled(notice, NoticeState.NOBODY, [], now + LOOK_AGAIN, notice.open_until)


def missed(notice: Notice, now: datetime) -> Settled:
    """What becomes of a notice that is of no use any more: nobody is told."""
    return Settled(notice, NoticeState.MISSED, [], notice.due_at, now)


# --- new matches, gathered so that nobody gets a mail for every update --------------------------------

GATHERING = timedelta(seconds=15)
BETWEEN_DIGESTS = timedelta(hours=1)
DIGEST_LINES = 12
DIGEST_NAMES = 3


def digest_due(now: datetime, told_at: datetime | None) -> datetime:
    """When what has just come up is told: soon, but an hour after the last time at the earliest."""
    soon = now + GATHERING
    return soon if told_at is None else max(soon, told_at + BETWEEN_DIGESTS)


# --- meetings ------------------------------------------------------------------------------------------

REMINDERS = (
    (Wording.REMINDER_DAY, timedelta(hours=24), timedelta(hours=2)),
    (Wording.REMINDER_HOUR, timedelta(hours=1), timedelta(0)),
)
OUTCOME_GRACE = timedelta(minutes=30)


def reminders(starts_at: datetime, now: datetime) -> list[tuple[Wording, datetime, datetime]]:
    """Wording, due time and last useful time of the reminders that are still ahead."""
    return [
        (wording, starts_at - before, starts_at - useless)
        for wording, before, useless in REMINDERS
        if starts_at - before > now
    ]


# --- mail ----------------------------------------------------------------------------------------------

_PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720, 1440))
TRIES = len(_PAUSES) + 1
# Longer than a batch can last, so that nobody else sends what is being sent; a crash costs so long.
LEASE = timedelta(seconds=90)


def next_try(tries: int, now: datetime) -> datetime | None:
    """When to try again after `tries` failed tries; None when it is time to give up (after two days)."""
    return now + _PAUSES[tries - 1] if tries < TRIES else None
