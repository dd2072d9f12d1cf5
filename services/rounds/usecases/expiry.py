"""Requests that nobody answers, and whom to ask instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.rounds.model.registrations import Registration
from services.rounds.model.requests import MeetingRequest
from services.rounds.model.rounds import Round
from services.rounds.usecases.requests import told_of
from services.rounds.usecases.suggestions import suggestions
from shared.contracts.rounds import RequestExpired
from shared.errors import Stale
from shared.store import transactional

if TYPE_CHECKING:
    from datetime import datetime

    from services.rounds.store import RoundsStore
    from services.rounds.usecases.suggestions import Suggestion

BATCH = 50


def expire_requests(store: RoundsStore, now: datetime) -> bool:
    """End requests whose time is over, each in a transaction of its own. True when there may be more."""
    due = store.find(MeetingRequest, {"status": "pending", "expires_at": {"$lte": now}}, BATCH)
    for request in due:
        try:
            _expire(store, request, now)
        except Stale:
            continue  # Answered in this very moment.
    return len(due) == BATCH


@transactional
def _expire(store: RoundsStore, request: MeetingRequest, now: datetime) -> None:
    round_ = store.get(Round, request.round_id)
    following = _next_candidate(store, round_, request, now)
    expired = request.expired(following.company_id if following else None)
    store.save(expired)
    event = RequestExpired(
        **told_of(expired, round_),
        next_company_id=following.company_id if following else None,
        next_company_name=following.company_name if following else None,
        next_need_id=following.need_id if following else None,
        next_need_title=following.need_title if following else None,
    )
    store.publish(event, expired.version, now)


def _next_candidate(
    store: RoundsStore, round_: Round, request: MeetingRequest, now: datetime
) -> Suggestion | None:
    """The best company that the sender has not asked and was not offered before, while it can still ask."""
    until = round_.rules.requests_until
    if round_.status != "requests_open" or (until and now >= until):
        return None
    sender = {"round_id": round_.id, "company_id": request.from_company_id, "status": "accepted"}
    registration = store.first(Registration, sender)
    if registration is None:
        return None
    sent = {"round_id": round_.id, "from_company_id": request.from_company_id}
    offered = {row.next_company_id for row in store.find(MeetingRequest, sent)}
    return next(
        (s for s in suggestions(store, registration) if not s.request_id and s.company_id not in offered),
        None,
    )
