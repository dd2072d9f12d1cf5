"""Events come in, mails go out: `python -m services.notifications.worker`."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from services.notifications.store import NotificationsStore
from services.notifications.usecases import matches, people, rounds, taking_part, telling
from services.notifications.usecases.sending import Postman
from shared.config import Config
from shared.consumption import batched
from shared.worker import main

if TYPE_CHECKING:
    from collections.abc import Callable

_companies = batched(people.copy_companies)
_meetings = batched(rounds.follow_meetings)

HANDLERS = {
    "portal.account_opened": people.copy_account,
    "portal.account_changed": people.copy_account,
    "portal.account_erased": people.erase_account,
    "portal.membership_granted": people.grant_membership,
    "portal.membership_revoked": people.revoke_membership,
    "portal.sign_in_requested": telling.put_up_sign_in,
    "catalog.company_registered": _companies,
    "catalog.company_changed": _companies,
    "catalog.company_withdrawn": _companies,
    "catalog.need_closed": matches.close_need,
    "matching.shortlist_updated": batched(matches.gather_matches),
    "matching.candidate_shortlisted": matches.tell_shortlisted,
    "matching.interest_declared": matches.tell_interest,
    "rounds.registration_made": taking_part.tell_accepted,
    "rounds.registration_refused": taking_part.tell_refused,
    "rounds.registration_withdrawn": taking_part.tell_left,
    "rounds.request_expired": taking_part.tell_expired,
    "rounds.meeting_requested": rounds.tell_request,
    "rounds.request_accepted": rounds.tell_answer,
    "rounds.request_declined": rounds.tell_answer,
    "rounds.agenda_published": rounds.tell_agenda,
    "rounds.meeting_scheduled": _meetings,
    "rounds.meeting_moved": _meetings,
    "rounds.meeting_cancelled": _meetings,
    "rounds.attendance_recorded": rounds.note_presence,
    "rounds.attendance_disputed": taking_part.tell_dispute,
    "rounds.change_requested": taking_part.tell_change_requested,
    "rounds.change_decided": taking_part.tell_change_decided,
    "rounds.slot_offered": taking_part.tell_offer,
    "rounds.follow_up_due": taking_part.tell_follow_up,
    "rounds.outcome_recorded": rounds.note_outcome,
}


def tell_digests(store: NotificationsStore) -> bool:
    """Job: gathered matches that are due become notices."""
    return telling.tell_digests(store, datetime.now(UTC))


def tell_notices(store: NotificationsStore) -> bool:
    """Job: due notices become messages and mails."""
    return telling.tell_notices(store, datetime.now(UTC))


def expire(store: NotificationsStore) -> bool:
    """Job: mails that are of no use any more are ended, and their secrets deleted."""
    store.expire_deliveries(datetime.now(UTC))
    return False


@cache
def _postman() -> Postman:
    return Postman.of(Config.from_env("notifications"))


def send(store: NotificationsStore) -> bool:
    """Job: due mails are sent."""
    return _postman()(store)


JOBS: list[Callable[[NotificationsStore], bool]] = [expire, tell_digests, tell_notices, send]

if __name__ == "__main__":
    main("notifications", NotificationsStore, HANDLERS, JOBS)
