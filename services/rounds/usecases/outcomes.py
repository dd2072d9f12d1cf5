"""What each side expects and has sold: said, reconciled, asked for again. Nothing is ever overwritten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from services.rounds.model.attendance import ORGANIZER
from services.rounds.model.follow_ups import DAYS, due, questions
from services.rounds.model.meetings import Meeting
from services.rounds.model.outcomes import agreed_by, with_sale
from services.rounds.model.rounds import Round
from services.rounds.usecases.meetings import seen, speaker
from services.rounds.usecases.rounds import manages
from shared.contracts import rounds as contracts
from shared.errors import Stale
from shared.store import transactional

if TYPE_CHECKING:
    from datetime import datetime

    from services.rounds.model.follow_ups import FollowUp
    from services.rounds.model.outcomes import ExpectedDeal, Outcome
    from services.rounds.store import RoundsStore
    from shared.auth import Actor
    from shared.money import Money


@transactional
def record_outcome(
    store: RoundsStore, meeting_id: str, outcome: Outcome, *, actor: Actor, now: datetime
) -> Meeting:
    """Record what the actor's company takes from a meeting; the latest counts, the earlier ones are kept."""
    meeting, _ = seen(store, meeting_id, actor)
    company_id = speaker(actor, meeting)
    changed = meeting.with_outcome(company_id, outcome, now)
    store.save(changed)
    record: dict[str, Any] = {"company_id": company_id, **msgspec.to_builtins(outcome)}
    store.append("outcome", changed, record, actor.account_id, now)
    event = contracts.OutcomeRecorded(
        meeting_id=changed.id,
        round_id=changed.round_id,
        company_id=company_id,
        counterpart_id=changed.counterpart_of(company_id).company_id,
        interest=outcome.interest,
        next_step=_as(contracts.NextStep, outcome.next_step),
        expected=_as(contracts.ExpectedDeal, outcome.expected),
        recorded_by=actor.account_id,
    )
    store.publish(event, changed.version, now)
    return changed


def _as(kind: type[Any], value: msgspec.Struct | None) -> Any:
    return None if value is None else msgspec.convert(msgspec.to_builtins(value), kind)


@transactional
def reconcile(
    store: RoundsStore, meeting_id: str, deal: ExpectedDeal, *, actor: Actor, now: datetime
) -> Meeting:
    """Propose one figure for both sides, or settle it as the organizer. Raises Conflict, Forbidden."""
    meeting, round_ = seen(store, meeting_id, actor)
    by = ORGANIZER if manages(round_, actor) else speaker(actor, meeting)
    changed = agreed_by(meeting, by, deal)
    store.save(changed)
    record = {"said_by": by, **msgspec.to_builtins(deal)}
    store.append("reconciliation", changed, record, actor.account_id, now)
    if changed.agreed is not None:
        event = contracts.OutcomeReconciled(
            meeting_id=changed.id,
            round_id=changed.round_id,
            expected=_as(contracts.ExpectedDeal, changed.agreed),
            by_organizer=by == ORGANIZER,
        )
        store.publish(event, changed.version, now)
    return changed


@transactional
def record_sale(
    store: RoundsStore, meeting_id: str, said: tuple[Money, str], *, actor: Actor, now: datetime
) -> Meeting:
    """Record what was really sold until now, and a note on the evidence: `said`. Raises Conflict, Invalid."""
    meeting, round_ = seen(store, meeting_id, actor)
    by = ORGANIZER if manages(round_, actor) else speaker(actor, meeting)
    changed = with_sale(meeting, by, said[0])
    store.save(changed)
    record = {"said_by": by, "sold": msgspec.to_builtins(said[0]), "note": said[1]}
    store.append("sale", changed, record, actor.account_id, now)
    event = contracts.SaleRecorded(
        meeting_id=changed.id,
        round_id=changed.round_id,
        buyer_id=changed.buyer.company_id,
        supplier_id=changed.supplier.company_id,
        sold=said[0],
        verified=changed.verified,
        recorded_by=actor.account_id,
    )
    store.publish(event, changed.version, now)
    return changed


def ask_follow_ups(store: RoundsStore, now: datetime) -> None:
    """Ask both sides of each meeting that was held in a closed round what was sold, when it is time."""
    for round_ in store.find(Round, {"status": "closed"}):
        days = due(round_, now)
        if days:
            try:
                _ask(store, round_, days, now)
            except Stale:
                continue  # Changed in this very moment; the next look finds it again.


@transactional
def _ask(store: RoundsStore, round_: Round, due_days: list[int], now: datetime) -> None:
    """Ask once, for the latest of the days that have come: a round may be closed long after it ended."""
    days = due_days[-1]
    store.save(round_.followed_after(due_days, now, last=days == DAYS[-1]))
    held = store.find(Meeting, {"round_id": round_.id, "status": "scheduled", "held": True})
    asked = [(meeting, question) for meeting in held for question in questions(meeting, days, now)]
    store.add(*(question for _, question in asked))
    store.publish_all([(_question(meeting, question, round_), 1) for meeting, question in asked], now)


def _question(meeting: Meeting, question: FollowUp, round_: Round) -> contracts.FollowUpDue:
    own = meeting.side_of(question.company_id)
    other = meeting.counterpart_of(question.company_id)
    return contracts.FollowUpDue(
        follow_up_id=question.id,
        round_id=round_.id,
        round_name=round_.plan.name,
        meeting_id=meeting.id,
        company_id=own.company_id,
        company_name=own.company_name,
        counterpart_id=other.company_id,
        counterpart_name=other.company_name,
        days=question.days,
        met_on=meeting.on,
    )
