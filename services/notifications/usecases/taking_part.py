"""What a company is told about its part in a round, apart from its meetings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from services.notifications.model import NOTICE_LIFE, Notice, Wording

if TYPE_CHECKING:
    from services.notifications.store import NotificationsStore
    from shared.contracts import rounds
    from shared.contracts.base import Event


def tell_accepted(store: NotificationsStore, event: Event) -> None:
    """A company that waited for a word or a place hears that it takes part."""
    made = cast("rounds.RegistrationMade", event.data)
    if made.waited:
        facts = {"round_name": made.round_name}
        store.add_notices([_notice(event, Wording.REGISTRATION_ACCEPTED, made.company_id, facts)])


def tell_refused(store: NotificationsStore, event: Event) -> None:
    """A company hears that it takes no part, and why."""
    refused = cast("rounds.RegistrationRefused", event.data)
    facts = {"round_name": refused.round_name, "reason": refused.reason}
    store.add_notices([_notice(event, Wording.REGISTRATION_REFUSED, refused.company_id, facts)])


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
    store.add_notices([_notice(event, Wording.REQUEST_EXPIRED, request.from_company_id, facts)])


def _notice(event: Event, wording: Wording, company_id: str, facts: dict[str, Any]) -> Notice:
    return Notice(
        id=f"{event.type}:{event.id}:{company_id}",
        wording=wording,
        company_id=company_id,
        subject=event.subject,
        facts=facts,
        due_at=event.time,
        open_until=event.time + NOTICE_LIFE,
    )
