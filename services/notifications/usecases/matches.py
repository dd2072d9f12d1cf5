"""New matches are gathered for a digest; decisions about them are told at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from services.notifications.model import NOTICE_LIFE, Kind, Notice, Wording
from services.notifications.store import Shortlist

if TYPE_CHECKING:
    from services.notifications.store import NotificationsStore
    from shared.contracts import matching
    from shared.contracts.base import Event


def gather_matches(store: NotificationsStore, events: list[Event]) -> None:
    """Note who entered which shortlist. Several updates of a need count as one from first to last."""
    lists: dict[str, Shortlist] = {}
    for event in events:
        update = cast("matching.ShortlistUpdated", event.data)
        before = lists.get(update.need_id)
        entered = [*before.entered, *update.entered] if before else update.entered
        present = [entry.supplier_id for entry in update.entries]
        lists[update.need_id] = Shortlist(
            need_id=update.need_id,
            need_title=update.need_title,
            anchor_id=update.anchor_id,
            present=present,
            entered=sorted(set(entered) & set(present)),
        )
    closed = store.closed_among(lists)
    told_of = [one for one in lists.values() if one.need_id not in closed]
    store.gather(told_of)
    touched = {(Kind.NEW_SUPPLIERS, one.anchor_id) for one in told_of if one.entered}
    touched |= {(Kind.NEW_OPPORTUNITIES, supplier) for one in told_of for supplier in one.entered}
    # Most companies of a bulk import have nobody yet: they are told when somebody comes.
    peopled = store.with_people({company_id for _, company_id in touched})
    store.arm_digests([one for one in touched if one[1] in peopled], events[-1].time)


def close_need(store: NotificationsStore, event: Event) -> None:
    """A need that is no longer open is no opportunity any more."""
    store.close_need(event.subject, event.time)


def tell_shortlisted(store: NotificationsStore, event: Event) -> None:
    """The supplier hears that the anchor wants to meet it."""
    match = cast("matching.CandidateShortlisted", event.data)
    store.add_notices([_decision(event, Wording.CANDIDATE_SHORTLISTED, match.supplier_id, match.anchor_id)])


def tell_interest(store: NotificationsStore, event: Event) -> None:
    """The anchor hears whether its need interests the supplier; the last word replaces the ones before."""
    match = cast("matching.InterestDeclared", event.data)
    wording = Wording.INTEREST_DECLARED if match.interested else Wording.INTEREST_DENIED
    for said in (Wording.INTEREST_DECLARED, Wording.INTEREST_DENIED):
        store.take_back([match.match_id], wording=str(said))
    store.add_notices([_decision(event, wording, match.anchor_id, match.supplier_id)])


def _decision(event: Event, wording: Wording, company_id: str, counterpart_id: str) -> Notice:
    match = cast("matching.CandidateShortlisted | matching.InterestDeclared", event.data)
    return Notice(
        id=f"{event.type}:{event.id}",
        wording=wording,
        company_id=company_id,
        subject=match.match_id,
        facts={
            "need_id": match.need_id,
            "need_title": match.need_title,
            "counterpart_id": counterpart_id,
        },
        due_at=event.time,
        open_until=event.time + NOTICE_LIFE,
    )
