"""What a company is told about its part in a round, apart from its meetings."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from services.notifications.model import Notice, Wording

if TYPE_CHECKING:
    from services.notifications.store import NotificationsStore
    from shared.contracts import rounds
    from shared.contracts.base import Event


def tell_accepted(store: NotificationsStore, event: Event) -> None:
    """A company that waited for a word or a place hears that it takes part."""
    made = cast("rounds.RegistrationMade", event.data)
    if made.waited:
        facts = {"round_name": made.round_name}
        store.add_notices([Notice.of(event, Wording.REGISTRATION_ACCEPTED, made.company_id, facts)])


def tell_refused(store: NotificationsStore, event: Event) -> None:
    """A company hears that it takes no part, and why."""
    refused = cast("rounds.RegistrationRefused", event.data)
    facts = {"round_name": refused.round_name, "reason": refused.reason}
    store.add_notices([Notice.of(event, Wording.REGISTRATION_REFUSED, refused.company_id, facts)])


def tell_expired(store: NotificationsStore, event: Event) -> None:
    """Who asked hears that nobody answered and whom to ask instead; who was asked need not answer."""
    request = cast("rounds.RequestExpired", event.data)
    facts = {
        "counterpart": request.to_company_name,
        "round_name": request.round_name,
        "next_company": request.next_company_name,
        "need_title": request.next_need_title,
    }
    store.take_back([request.request_id])
    store.add_notices([Notice.of(event, Wording.REQUEST_EXPIRED, request.from_company_id, facts)])


def tell_change_requested(store: NotificationsStore, event: Event) -> None:
    """The other side of a meeting hears what is asked."""
    change = cast("rounds.ChangeRequested", event.data)
    facts = {**_change_facts(change), "own": change.counterpart_name, "counterpart": change.company_name}
    store.add_notices([Notice.of(event, Wording.CHANGE_REQUESTED, change.counterpart_id, facts)])


def tell_change_decided(store: NotificationsStore, event: Event) -> None:
    """Who asked for a change hears the answer; the other side need not answer any more."""
    change = cast("rounds.ChangeDecided", event.data)
    facts = {**_change_facts(change), "counterpart": change.counterpart_name, "accepted": change.accepted}
    store.take_back([change.change_id])
    store.add_notices([Notice.of(event, Wording.CHANGE_DECIDED, change.company_id, facts)])


def _change_facts(change: rounds.ChangeRequested | rounds.ChangeDecided) -> dict[str, Any]:
    return {
        "round_name": change.round_name,
        "kind": change.kind,
        "starts_at": change.starts_at,
        "proposed_starts_at": change.proposed_starts_at,
        "time_zone": change.time_zone,
        "note": change.note,
    }


def tell_offer(store: NotificationsStore, event: Event) -> None:
    """The guest alone hears of a free hour, while it can be taken."""
    offer = cast("rounds.SlotOffered", event.data)
    facts = {
        "own": offer.guest_name,
        "counterpart": offer.host_name,
        "round_name": offer.round_name,
        "starts_at": offer.starts_at,
        "ends_at": offer.ends_at,
        "time_zone": offer.time_zone,
        "expires_at": offer.expires_at,
    }
    notice = Notice.of(event, Wording.SLOT_OFFERED, offer.guest_id, facts)
    store.add_notices([replace(notice, open_until=offer.expires_at)])


def tell_dispute(store: NotificationsStore, event: Event) -> None:
    """A company hears that the other side missed it, so that it can say what happened; the organizer, that
    there is something to decide.
    """
    dispute = cast("rounds.AttendanceDisputed", event.data)
    facts = {
        "meeting_id": dispute.meeting_id,
        "own": dispute.company_name,
        "counterpart": dispute.counterpart_name,
        "round_name": dispute.round_name,
        "starts_at": dispute.starts_at,
        "time_zone": dispute.time_zone,
    }
    notices = [Notice.of(event, Wording.ATTENDANCE_DISPUTED, dispute.company_id, facts)]
    if dispute.organizer_id:
        facts = {name: fact for name, fact in facts.items() if name != "meeting_id"}
        notices.append(_to_organizer(event, Wording.DISPUTE_RAISED, dispute.organizer_id, facts))
    store.add_notices(notices)


def tell_decision(store: NotificationsStore, event: Event) -> None:
    """Both sides hear what the organizer decided, and nobody need say any more what happened."""
    word = cast("rounds.AttendanceRecorded", event.data)
    decision = word.decision
    if decision is None:
        return
    store.take_back([event.subject], wording=str(Wording.ATTENDANCE_DISPUTED))
    store.take_back([event.subject], wording=str(Wording.DISPUTE_RAISED))
    facts = {
        "meeting_id": word.meeting_id,
        "company": decision.company_name,
        "present": word.present,
        "round_name": decision.round_name,
        "starts_at": decision.starts_at,
        "time_zone": decision.time_zone,
    }
    sides = (
        (word.company_id, decision.counterpart_name),
        (decision.counterpart_id, decision.company_name),
    )
    store.add_notices(
        Notice.of(event, Wording.DISPUTE_DECIDED, company_id, {**facts, "counterpart": counterpart})
        for company_id, counterpart in sides
    )


def tell_left(store: NotificationsStore, event: Event) -> None:
    """The organizer hears that a company left, and the company itself that it was taken out."""
    left = cast("rounds.RegistrationWithdrawn", event.data)
    facts = {
        "round_name": left.round_name,
        "company": left.company_name,
        "cause": left.cause,
        "reason": left.reason,
        "cancelled_meetings": left.cancelled_meetings,
    }
    notices = []
    if left.cause != "company":
        notices.append(Notice.of(event, Wording.REGISTRATION_ENDED, left.company_id, facts))
    if left.cause != "organizer" and left.organizer_id:
        notices.append(_to_organizer(event, Wording.PARTICIPANT_LEFT, left.organizer_id, facts))
    store.add_notices(notices)


def tell_follow_up(store: NotificationsStore, event: Event) -> None:
    """A company is asked, long after a meeting, what was really sold."""
    question = cast("rounds.FollowUpDue", event.data)
    facts = {
        "meeting_id": question.meeting_id,
        "own": question.company_name,
        "counterpart": question.counterpart_name,
        "round_name": question.round_name,
        "days": question.days,
    }
    store.add_notices([Notice.of(event, Wording.FOLLOW_UP_DUE, question.company_id, facts)])


def _to_organizer(event: Event, wording: Wording, organizer_id: str, facts: dict[str, Any]) -> Notice:
    notice = Notice.of(event, wording, "", facts)
    return replace(notice, id=f"{notice.id}organizer", delegate_id=organizer_id)
