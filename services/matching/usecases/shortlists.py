"""Shortlists are kept together with the word to others: their top has changed, a gap is worth closing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from services.matching.engine import ALMOST_SIZE, only_closable
from services.matching.model.decisions import linkage_id_of
from services.matching.store import part_of
from shared.contracts.matching import LinkageGap, LinkageProposed, ShortlistEntry, ShortlistUpdated
from shared.store import transactional

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from services.matching.engine import Need
    from services.matching.model.shortlists import Listed, Shortlisted
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
    events += _proposals(store, needs, changed)
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


def _proposals(
    store: MatchingStore, needs: Mapping[str, Need], kept: Sequence[Shortlisted]
) -> list[tuple[LinkageProposed, int]]:
    """Proposals that are news, each with the version of the shortlist that it comes from.

    For suppliers that closing their gaps would bring into the shortlist: who would score too little even
    then is separated by more than the gaps.
    """
    found = {
        linkage_id_of(each.need_id, almost.supplier_id): (each, almost)
        for each in kept
        for almost in each.almost[:ALMOST_SIZE]
        if only_closable(almost.gaps) and almost.closed >= each.floor(almost=False)
    }
    news = store.note_linkages({name: almost.gaps for name, (_, almost) in found.items()}) if found else ()
    return [
        (_proposal(name, needs[found[name][0].need_id], found[name][1]), found[name][0].version)
        for name in found
        if name in news
    ]


def _proposal(linkage_id: str, need: Need, almost: Listed) -> LinkageProposed:
    return LinkageProposed(
        linkage_id=linkage_id,
        need_id=need.need_id,
        need_title=need.title,
        anchor_id=need.company_id,
        supplier_id=almost.supplier_id,
        supplier_name=almost.supplier_name,
        score=almost.score,
        gaps=[
            LinkageGap(
                requirement=gap.requirement,
                reason=gap.reason,
                distance=gap.distance,
                asked=gap.asked,
                found=gap.found,
            )
            for gap in almost.gaps
        ],
    )
