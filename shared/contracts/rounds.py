"""Events of rounds: from the announcement to what each side expects of a meeting."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from shared.contracts.base import Payload, contract
from shared.money import Money


class _Round(Payload, frozen=True, kw_only=True):
    round_id: str
    name: str
    sector: str
    modality: str
    time_zone: str
    starts_on: date
    ends_on: date
    organizer_id: str


@contract("rounds.registration_opened", key="round_id")
class RegistrationOpened(_Round, frozen=True, kw_only=True):
    """Companies can register. `modality` is virtual, in_person or hybrid."""


@contract("rounds.round_closed", key="round_id")
class RoundClosed(_Round, frozen=True, kw_only=True):
    """The round is over; outcomes can still be recorded."""


@contract("rounds.registration_made", key="registration_id")
class RegistrationMade(Payload, frozen=True, kw_only=True):
    """A company takes part. `side` is buyer or supplier.

    `waited`: it was not let in at once, but by the organizer's word or when a place came free.
    """

    registration_id: str
    round_id: str
    round_name: str
    company_id: str
    side: str
    waited: bool = False


@contract("rounds.registration_refused", key="registration_id")
class RegistrationRefused(Payload, frozen=True, kw_only=True):
    """The organizer does not let a company take part, for the reason given."""

    registration_id: str
    round_id: str
    round_name: str
    company_id: str
    side: str
    reason: str = ""


@contract("rounds.registration_withdrawn", key="registration_id")
class RegistrationWithdrawn(Payload, frozen=True, kw_only=True):
    """A company that asked to take part, or took part, does so no longer."""

    registration_id: str
    round_id: str
    round_name: str
    company_id: str
    side: str
    reason: str = ""


class _Request(Payload, frozen=True, kw_only=True):
    request_id: str
    round_id: str
    round_name: str
    from_company_id: str
    from_company_name: str
    to_company_id: str
    to_company_name: str
    need_id: str | None = None
    note: str = ""


@contract("rounds.meeting_requested", key="request_id")
class MeetingRequested(_Request, frozen=True, kw_only=True):
    """One company asks another one to meet in a round."""


@contract("rounds.request_accepted", key="request_id")
class RequestAccepted(_Request, frozen=True, kw_only=True):
    """The company that was asked wants to meet: from now on both may see each other's contacts."""


@contract("rounds.request_declined", key="request_id")
class RequestDeclined(_Request, frozen=True, kw_only=True):
    """The company that was asked does not want to meet."""


@contract("rounds.request_expired", key="request_id")
class RequestExpired(_Request, frozen=True, kw_only=True):
    """Nobody answered in time. `next_*` is the best company left to ask instead, if there is one."""

    next_company_id: str | None = None
    next_company_name: str | None = None
    next_need_id: str | None = None
    next_need_title: str | None = None


class AgendaChange(msgspec.Struct, frozen=True, kw_only=True):
    """How many meetings of a company are new, elsewhere or gone in a version of the agenda."""

    company_id: str
    scheduled: int = 0
    moved: int = 0
    cancelled: int = 0


@contract("rounds.agenda_published", key="agenda_id")
class AgendaPublished(Payload, frozen=True, kw_only=True):
    """A version of a round's agenda holds from now on; `company_ids` are those that meet in it.

    `changes` names the companies for which something is different from the version before.
    """

    agenda_id: str
    round_id: str
    round_name: str
    version: int
    meetings: int
    company_ids: list[str]
    changes: list[AgendaChange] = []


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """One side of a meeting: the company and, where known, the account of its delegate."""

    company_id: str
    company_name: str
    account_id: str | None = None


class _Meeting(Payload, frozen=True, kw_only=True):
    meeting_id: str
    round_id: str
    round_name: str
    buyer: Seat
    supplier: Seat
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    table: int | None = None
    room_url: str | None = None


@contract("rounds.meeting_scheduled", key="meeting_id")
class MeetingScheduled(_Meeting, frozen=True, kw_only=True):
    """Two delegates have a time and a table or a room."""


@contract("rounds.meeting_moved", key="meeting_id")
class MeetingMoved(_Meeting, frozen=True, kw_only=True):
    """A published meeting has another time or place; the payload is the new state."""

    previous_starts_at: datetime


@contract("rounds.meeting_cancelled", key="meeting_id")
class MeetingCancelled(_Meeting, frozen=True, kw_only=True):
    """A published meeting does not take place."""

    reason: str = ""


@contract("rounds.attendance_recorded", key="meeting_id")
class AttendanceRecorded(Payload, frozen=True, kw_only=True):
    """A side (or the organizer, for it) said whether a company was there; `held` when both were."""

    meeting_id: str
    round_id: str
    company_id: str
    present: bool
    held: bool
    recorded_by: str


@contract("rounds.attendance_disputed", key="meeting_id")
class AttendanceDisputed(Payload, frozen=True, kw_only=True):
    """The counterpart says that a company did not come, which that company has not admitted.

    The organizer decides; until then the meeting does not count as held.
    """

    meeting_id: str
    round_id: str
    round_name: str
    company_id: str
    company_name: str
    counterpart_id: str
    counterpart_name: str
    starts_at: datetime
    time_zone: str


class _Change(Payload, frozen=True, kw_only=True):
    change_id: str
    round_id: str
    round_name: str
    meeting_id: str
    company_id: str
    company_name: str
    counterpart_id: str
    counterpart_name: str
    kind: str
    starts_at: datetime
    proposed_starts_at: datetime | None = None
    time_zone: str
    note: str = ""


@contract("rounds.change_requested", key="change_id")
class ChangeRequested(_Change, frozen=True, kw_only=True):
    """A side asks its counterpart for another time, or not to meet. `kind` is time or cancel."""


@contract("rounds.change_decided", key="change_id")
class ChangeDecided(_Change, frozen=True, kw_only=True):
    """The counterpart, or the organizer for it, answered. What was accepted is done."""

    accepted: bool


@contract("rounds.slot_offered", key="offer_id")
class SlotOffered(Payload, frozen=True, kw_only=True):
    """The host has become free, and the guest, whose request both had accepted, may take the time."""

    offer_id: str
    round_id: str
    round_name: str
    host_id: str
    host_name: str
    guest_id: str
    guest_name: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    expires_at: datetime


class NextStep(msgspec.Struct, frozen=True, kw_only=True):
    """What was agreed to do, by which of the two companies, until when."""

    what: str
    owner_company_id: str
    due_on: date


class ExpectedDeal(msgspec.Struct, frozen=True, kw_only=True):
    """What one side expects: value, probability in percent, horizon in months."""

    value: Money
    probability: int
    horizon_months: int


@contract("rounds.outcome_recorded", key="meeting_id")
class OutcomeRecorded(Payload, frozen=True, kw_only=True):
    """What one side takes from a meeting. `interest` is none, low, medium or high."""

    meeting_id: str
    round_id: str
    company_id: str
    counterpart_id: str
    interest: str
    next_step: NextStep | None = None
    expected: ExpectedDeal | None = None
    recorded_by: str


@contract("rounds.outcome_reconciled", key="meeting_id")
class OutcomeReconciled(Payload, frozen=True, kw_only=True):
    """Both sides, or the organizer, settled on one expected deal."""

    meeting_id: str
    round_id: str
    expected: ExpectedDeal
    by_organizer: bool


@contract("rounds.follow_up_due", key="follow_up_id")
class FollowUpDue(Payload, frozen=True, kw_only=True):
    """So many `days` after a round one side of a meeting is asked what was really sold."""

    follow_up_id: str
    round_id: str
    round_name: str
    meeting_id: str
    company_id: str
    company_name: str
    counterpart_id: str
    counterpart_name: str
    days: int
    met_on: date


@contract("rounds.sale_recorded", key="meeting_id")
class SaleRecorded(Payload, frozen=True, kw_only=True):
    """What was sold until now after a meeting; `verified` once both sides or the organizer have said it."""

    meeting_id: str
    round_id: str
    buyer_id: str
    supplier_id: str
    sold: Money
    verified: Money | None = None
    recorded_by: str
