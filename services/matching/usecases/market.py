"""The market as a whole: groups that could serve a need together, and how fairly places fall."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from services.matching.engine import fairness, tie_break
from services.matching.engine.pools import Pool, pool_of
from services.matching.usecases.context import refresh_places
from services.matching.usecases.shortlists import TOP

if TYPE_CHECKING:
    from datetime import date

    from services.matching.store import MatchingStore
    from shared.auth import Actor


class FairnessReport(msgspec.Struct, frozen=True, kw_only=True):
    """How the first ten places fall on suppliers now, and how they would if equal ones were spread."""

    needs: int
    now: fairness.Fairness
    spread: fairness.Fairness


def propose_pool(store: MatchingStore, need_id: str, actor: Actor) -> Pool | None:
    """The smallest group of near suppliers that has a need's capacity together; None if there is none.

    Raises NotFound or Forbidden (the need of another company).
    """
    need, _ = store.need(need_id)
    if "organizer" not in actor.roles:
        actor.must_act_for(need.company_id)
    stored = store.shortlists([need_id]).get(need_id)
    if stored is None:
        return None
    refresh_places(store)
    excluded = store.excluded({need_id: need.company_id})[need_id]
    ids = {each.supplier_id for each in stored.almost} - excluded
    return pool_of(need, stored.profile, store.suppliers(ids).values())


def report_fairness(store: MatchingStore, day: date) -> FairnessReport:
    """Totals over the shortlists of all needs that are open on that day."""
    lists = {
        need_id: [(each.supplier_id, each.score) for each in stored.matches]
        for need_id, stored in store.shortlists(store.open_need_ids(day)).items()
    }
    traits = store.traits({supplier for each in lists.values() for supplier, _ in each})
    order = sorted(lists, key=lambda need_id: tie_break(need_id, ""))
    places: dict[str, int] = {}
    spread = []
    for need_id in order:
        ranked = fairness.spread(need_id, lists[need_id], places)
        spread.append(ranked)
        for supplier in ranked[:TOP]:
            places[supplier] = places.get(supplier, 0) + 1
    now = [[supplier for supplier, _ in each] for each in lists.values()]
    return FairnessReport(
        needs=len(lists),
        now=fairness.report(now, traits, TOP),
        spread=fairness.report(spread, traits, TOP),
    )
