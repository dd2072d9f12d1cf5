"""Shortlists are kept together with the word to others: their top has changed, a gap is worth closing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from services.matching.engine import only_closable
from services.matching.model.decisions import linkage_id_of
from services.matching.store import part_of
from shared.contracts.matching import LinkageGap, LinkageProposed, ShortlistEntry, ShortlistUpdated
from shared.store import transactional

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from services.matching.engine import Need
    from services.matching.model.shortlists import Shortlisted
    from services.matching.store import MatchingStore
    from shared.contracts.base import Payload

TOP = 10


@transactional
def keep_shortlists(
    store: MatchingStore,
    needs: dict[str, Need],
    renew: Callable[[str, Shortlisted | None], Shortlisted | None],
    *,
    ranker: str,
    now: datetime,
) -> list[Shortlisted]:
    """Keep what `renew` makes of each need's stored shortlist, and tell of those whose first ten changed.

    `renew` gets the need's id and what is stored, and may give None to leave it. Returns what is kept now.
    Raises LeaseLost when another worker than `ranker` ranks one of them by now.
    """
    store.must_hold(ranker, {part_of(name) for name in needs})
    stored = store.shortlists(needs)
    kept, changed = [], []
    events: list[tuple[Payload, int]] = []
    for name, need in needs.items():
        old = stored.get(name)
        new = renew(name, old)
        if new is None:
            continue
        version = old.version if old else 0
        if new.differs(old):
            version += 1
        new = msgspec.structs.replace(new, version=version)
        kept.append(new)
        if old is None or version > old.version:
            changed.append(new)
            event = _updated(need, new, old)
            if event is not None:
                events.append((event, version))
            events += [(proposal, version) for proposal in _proposals(need, new, old)]
    store.save_shortlists(changed)
    store.publish_all(events, now)
    return kept


def _updated(need: Need, new: Shortlisted, old: Shortlisted | None) -> ShortlistUpdated | None:
    """The event that the first ten are others, or in another order; None when they are the same."""
    top = [each.supplier_id for each in new.matches[:TOP]]
    known = [each.supplier_id for each in old.matches[:TOP]] if old else []
    if top == known:
        return None
    return ShortlistUpdated(
        need_id=need.need_id,
        need_title=need.title,
        anchor_id=need.company_id,
        entries=[
            ShortlistEntry(supplier_id=each.supplier_id, supplier_name=each.supplier_name, score=each.score)
            for each in new.matches[:TOP]
        ],
        entered=[supplier for supplier in top if supplier not in known],
    )


def _proposals(need: Need, new: Shortlisted, old: Shortlisted | None) -> list[LinkageProposed]:
    """A proposal for each supplier that only closable gaps separate, and for whom these are news."""
    known = {each.supplier_id: each.gaps for each in old.almost} if old else {}
    return [
        LinkageProposed(
            linkage_id=linkage_id_of(need.need_id, each.supplier_id),
            need_id=need.need_id,
            need_title=need.title,
            anchor_id=need.company_id,
            supplier_id=each.supplier_id,
            supplier_name=each.supplier_name,
            score=each.score,
            gaps=[
                LinkageGap(
                    requirement=gap.requirement,
                    reason=gap.reason,
                    distance=gap.distance,
                    asked=gap.asked,
                    found=gap.found,
                )
                for gap in each.gaps
            ],
        )
        for each in new.almost
        if only_closable(each.gaps) and known.get(each.supplier_id) != each.gaps
    ]
