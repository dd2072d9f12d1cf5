"""What an organizer looks after in a round: how many there are of each, and who has yet to answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from services.rounds.model.changes import ChangeRequest
from services.rounds.model.follow_ups import FollowUp
from services.rounds.model.meetings import Meeting
from services.rounds.model.offers import Offer
from services.rounds.model.registrations import Registration
from services.rounds.model.requests import MeetingRequest
from services.rounds.usecases.rounds import managed
from services.rounds.usecases.timetables import standing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.rounds.store import RoundsStore
    from shared.auth import Actor


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """`registrations` and `requests` by their status; `arrived` are companies that were at a meeting, of the
    `expected` ones that have any; `unanswered` are follow-ups whose side never said what was sold.
    """

    registrations: dict[str, int]
    requests: dict[str, int]
    meetings: int
    expected: int
    arrived: int
    disputes: int
    changes: int
    offers: int
    follow_ups: int
    unanswered: int


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A follow-up with the meeting that it asks about."""

    question: FollowUp
    meeting: Meeting

    @property
    def answered(self) -> bool:
        """Whether that side has said what was sold."""
        return self.question.company_id in self.meeting.sales


def counts(store: RoundsStore, round_id: str, actor: Actor) -> Counts:
    """How many there are of each, for those who manage the round."""
    managed(store, round_id, actor)
    own, still_open = {"round_id": round_id}, {"round_id": round_id, "status": "open"}
    meetings = standing(store, round_id)
    return Counts(
        registrations=store.count_by(Registration, own, "status"),
        requests=store.count_by(MeetingRequest, own, "status"),
        meetings=len(meetings),
        expected=len({company_id for m in meetings for company_id in m.company_ids}),
        arrived=len({company_id for m in meetings for company_id, there in m.present.items() if there}),
        disputes=sum(bool(m.disputed) for m in meetings),
        changes=store.count(ChangeRequest, still_open),
        offers=store.count(Offer, still_open),
        follow_ups=store.count(FollowUp, own),
        unanswered=store.count(FollowUp, {**own, **_of_the_silent(meetings)}),
    )


def follow_ups(
    store: RoundsStore, round_id: str, unanswered: bool, limit: int, cursor: str | None
) -> tuple[list[Asked], str | None]:
    """A page of the questions that were asked, the newest first; on request only the `unanswered` ones."""
    query = {"round_id": round_id, **(_of_the_silent(standing(store, round_id)) if unanswered else {})}
    questions, following = store.page(FollowUp, query, limit, cursor)
    names = {"$in": sorted({question.meeting_id for question in questions})}
    meetings = {meeting.id: meeting for meeting in store.find(Meeting, {"_id": names})}
    return [Asked(question=q, meeting=meetings[q.meeting_id]) for q in questions], following


def _of_the_silent(meetings: Iterable[Meeting]) -> dict[str, object]:
    """The query for questions to sides that never said what was sold."""
    silent: dict[str, list[str]] = {}
    for meeting in meetings:
        for company_id in meeting.company_ids:
            if meeting.held and company_id not in meeting.sales:
                silent.setdefault(company_id, []).append(meeting.id)
    each = [{"company_id": company, "meeting_id": {"$in": ids}} for company, ids in sorted(silent.items())]
    return {"$or": each} if each else {"_id": {"$in": []}}
