"""What is heard from rounds: who accepted, declined and held a meeting, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.matching.model.grades import OUTCOMES
from shared.contracts.rounds import (
    AttendanceRecorded,
    MeetingCancelled,
    MeetingScheduled,
    OutcomeRecorded,
    RequestAccepted,
    RequestDeclined,
    SaleRecorded,
)

if TYPE_CHECKING:
    from services.matching.store import MatchingStore
    from shared.contracts.base import Event
    from shared.store import Document

_HAPPENED = (AttendanceRecorded, MeetingCancelled)


def hear_feedback(store: MatchingStore, events: list[Event]) -> None:
    """Keep who accepted, declined or held a meeting, and what came of it. Runs in the batch's transaction.

    What two companies have had with each other also speaks for the supplier, so the shortlists follow.
    """
    rows = [_row(event.subject, event.data) for event in events if not isinstance(event.data, _HAPPENED)]
    store.save_feedback(rows)
    pairs = [row["companies"] for row in rows if row["said"] in OUTCOMES]
    for event in events:
        if isinstance(event.data, AttendanceRecorded):
            pairs.append(store.mark_meeting(event.subject, "met" if event.data.held else "scheduled"))
        elif isinstance(event.data, MeetingCancelled):
            pairs.append(store.mark_meeting(event.subject, "cancelled"))
    touched = {company_id for pair in pairs for company_id in pair}
    if touched:
        store.note_change(companies=touched)


def _row(subject: str, payload: Any) -> Document:
    if isinstance(payload, OutcomeRecorded):
        said = "expected" if payload.expected else payload.interest
        row = _about(f"{subject}:{payload.company_id}", payload.company_id, payload.counterpart_id, said)
        if payload.expected:
            worth = payload.expected.value.amount * payload.expected.probability / 100
            row["value"] = {"amount": worth, "currency": payload.expected.value.currency}
        return row
    if isinstance(payload, SaleRecorded):
        row = _about(f"sale:{subject}", payload.buyer_id, payload.supplier_id, "sold")
        value = {"amount": payload.sold.amount, "currency": payload.sold.currency}
        return {**row, "supplier_id": payload.supplier_id, "value": value}
    if isinstance(payload, MeetingScheduled):
        row = _about(f"meeting:{subject}", payload.buyer.company_id, payload.supplier.company_id, "scheduled")
        return {**row, "supplier_id": payload.supplier.company_id, "round_id": payload.round_id}
    if not isinstance(payload, RequestAccepted | RequestDeclined):
        raise TypeError(f"{type(payload).__name__} is no feedback")
    said = "accepted" if isinstance(payload, RequestAccepted) else "declined"
    row = _about(subject, payload.from_company_id, payload.to_company_id, said)
    return {**row, "need_id": payload.need_id, "round_id": payload.round_id}


def _about(name: str, one: str, other: str, said: str) -> Document:
    return {"_id": name, "companies": sorted((one, other)), "need_id": None, "said": said}
