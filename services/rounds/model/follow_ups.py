"""Asking, long after a round, what was really sold."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from services.rounds.model.meetings import Meeting
    from services.rounds.model.rounds import Round

DAYS = (30, 90, 180, 365)


class FollowUp(msgspec.Struct, frozen=True, kw_only=True):
    """A question to one side of a meeting that was held. `id` names meeting, company and days."""

    id: str
    version: int
    round_id: str
    meeting_id: str
    company_id: str
    days: int
    asked_at: datetime


def due(round_: Round, now: datetime) -> list[int]:
    """After how many days since the round's end there is something to ask now, the earliest first."""
    ended = round_.slots[-1].ends_at
    return [days for days in DAYS if days not in round_.followed and ended + timedelta(days=days) <= now]


def questions(meeting: Meeting, days: int, now: datetime) -> list[FollowUp]:
    """One question to each side."""
    return [
        FollowUp(
            id=f"{meeting.id}:{company_id}:{days}",
            version=1,
            round_id=meeting.round_id,
            meeting_id=meeting.id,
            company_id=company_id,
            days=days,
            asked_at=now,
        )
        for company_id in meeting.company_ids
    ]
