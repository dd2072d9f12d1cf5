"""What people say of a match: the anchor shortlists or dismisses, the supplier is interested or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.matching.model.decisions import (
    DISMISSED,
    SHORTLISTED,
    Decision,
    match_id_of,
    must_be_open,
    must_be_two_companies,
    today,
)
from shared.contracts.matching import CandidateDismissed, CandidateShortlisted, InterestDeclared
from shared.errors import Conflict, NotFound
from shared.store import transactional

if TYPE_CHECKING:
    from datetime import datetime

    from services.matching.engine import Need
    from services.matching.store import MatchingStore
    from shared.auth import Actor

_BY_ANCHOR = {SHORTLISTED: CandidateShortlisted, DISMISSED: CandidateDismissed}


@transactional
def decide(
    store: MatchingStore, pair: tuple[str, str], by_anchor: str, *, actor: Actor, now: datetime
) -> Decision:
    """The anchor shortlists or dismisses a supplier for its need; `pair` is (need id, supplier id).

    Saying the same again changes nothing. Raises NotFound (need or supplier), Forbidden (need of another
    company) or Conflict (the need is not open).
    """
    need_id, supplier_id = pair
    need = _open_need(store, need_id, now)
    actor.must_act_for(need.company_id)
    before = _decision(store, need, supplier_id)
    after = before.decided(by_anchor, now)
    if after is before:
        return before
    store.save_decision(after)
    event = _BY_ANCHOR[by_anchor](**_told(need, after, actor))
    store.publish(event, after.version, now)
    if DISMISSED in {before.by_anchor, by_anchor}:
        store.note_change(needs=[need_id])
    if by_anchor == DISMISSED:
        store.drop_candidate(need_id, supplier_id)
    return after


@transactional
def declare_interest(
    store: MatchingStore, need_id: str, interested: bool, *, actor: Actor, now: datetime
) -> Decision:
    """The supplier that the actor acts for says whether a need interests it; if not, it leaves the shortlist.

    Saying the same again changes nothing. Raises NotFound or Conflict (not open, or its own need).
    """
    need = _open_need(store, need_id, now)
    before = _decision(store, need, actor.company_id or "")
    after = before.answered(interested, now)
    if after is before:
        return before
    store.save_decision(after)
    event = InterestDeclared(**_told(need, after, actor), interested=interested)
    store.publish(event, after.version, now)
    if False in {before.interested, interested}:
        store.note_change(needs=[need_id])
    if not interested:
        store.drop_candidate(need_id, before.supplier_id)
    return after


def _open_need(store: MatchingStore, need_id: str, now: datetime) -> Need:
    need, status = store.need(need_id)
    must_be_open(status, need.closes_on, today(now))
    return need


def _decision(store: MatchingStore, need: Need, supplier_id: str) -> Decision:
    must_be_two_companies(need.company_id, supplier_id)
    if not store.has_company(supplier_id):
        raise NotFound(
            "supplier_unknown",
            "No existe esa empresa proveedora, o ya no está en el directorio.",
            "There is no such supplier, or it is no longer in the directory.",
        )
    if supplier_id in store.blocked([need.company_id]).get(need.company_id, ()):
        raise Conflict(
            "blocked",
            "Una de las dos empresas bloqueó a la otra; no se pueden emparejar.",
            "One of the two companies has blocked the other; they can't be matched.",
        )
    stored = store.decision(match_id_of(need.need_id, supplier_id))
    return stored or Decision.none(need.need_id, need.company_id, supplier_id)


def _told(need: Need, decision: Decision, actor: Actor) -> dict[str, str]:
    return {
        "match_id": decision.match_id,
        "need_id": need.need_id,
        "need_title": need.title,
        "anchor_id": need.company_id,
        "supplier_id": decision.supplier_id,
        "decided_by": actor.account_id,
    }
