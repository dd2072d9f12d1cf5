"""Who came, what each side expects, and what was really sold."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from shared.contracts.base import Payload, contract
from shared.money import Money


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """The organizer's word where two sides differed on whether a company came."""

    round_name: str
    company_name: str
    counterpart_id: str
    counterpart_name: str
    starts_at: datetime
    time_zone: str


@contract("rounds.attendance_recorded", key="meeting_id")
class AttendanceRecorded(Payload, frozen=True, kw_only=True):
    """A side (or the organizer, for it) said whether a company was there; `held` when both were.

    `decision` is there when that ended a dispute.
    """

    meeting_id: str
    round_id: str
    company_id: str
    present: bool
    held: bool
    recorded_by: str
    decision: Decision | None = None


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
    organizer_id: str | None = None


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
