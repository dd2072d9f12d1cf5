"""Groups of suppliers that could serve a need together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.matching.engine import assess, wants_pool
from services.matching.engine.pools import Pool, pool_of
from services.matching.usecases.context import refresh_places

if TYPE_CHECKING:
    from services.matching.store import MatchingStore
    from shared.auth import Actor


def propose_pool(store: MatchingStore, need_id: str, actor: Actor) -> Pool | None:
    """The smallest group of near suppliers that has a need's capacity together.

    None if there is none, or if a supplier in the shortlist has the capacity alone. Raises NotFound or
    Forbidden (the need of another company).
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
    alone = store.suppliers({each.supplier_id for each in stored.matches} - excluded)
    fitting = [match for each in alone.values() if (match := assess(need, stored.profile, each))]
    if not wants_pool(need, fitting):
        return None
    return pool_of(need, stored.profile, store.suppliers(ids).values(), store.blocked(ids))
