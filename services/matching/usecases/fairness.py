"""How the places of shortlists fall on suppliers, and spreading them among those of equal quality."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from services.matching.engine import fairness
from services.matching.model.decisions import today
from services.matching.store.fairness import Spread
from services.matching.usecases.shortlists import TOP
from shared.store import transactional

if TYPE_CHECKING:
    from datetime import date

    from services.matching.store import MatchingStore
    from shared.auth import Actor

NEEDS_A_ROUND = 200
EVERY_SECONDS = 10.0


class FairnessReport(msgspec.Struct, frozen=True, kw_only=True):
    """How the first ten places fall on suppliers by score alone, and when equal ones are spread.

    Equal are scores that differ by less than `tolerance`; `in_force` says whether it is so.
    """

    needs: int
    tolerance: float
    in_force: bool
    set_by: str | None
    set_at: datetime | None
    now: fairness.Fairness
    spread: fairness.Fairness


def report_fairness(store: MatchingStore, day: date, tolerance: float | None = None) -> FairnessReport:
    """Totals over the shortlists of all needs that are open on that day.

    `tolerance` is one to try; without it the one in force, or 0.01 while nothing is spread.
    """
    setting = store.spread()
    tried = tolerance or setting.tolerance or fairness.TOLERANCE
    ranked = store.placings(store.open_need_ids(day))
    lists = [(need_id, ranked[need_id][1]) for need_id in fairness.drawn(ranked)]
    traits = store.traits({supplier for _, each in lists for supplier, _ in each})
    orders = fairness.give_places(lists, {}, TOP, tried)
    now = [[supplier for supplier, _ in each] for _, each in lists]
    return FairnessReport(
        needs=len(lists),
        tolerance=tried,
        in_force=setting.tolerance == tried,
        set_by=setting.set_by,
        set_at=setting.set_at,
        now=fairness.report(now, traits, TOP),
        spread=fairness.report(orders.values(), traits, TOP),
    )


@transactional
def set_spread(store: MatchingStore, tolerance: float, *, actor: Actor, now: datetime) -> None:
    """Spread the places among suppliers whose scores differ by less than the tolerance; 0 ends it."""
    store.set_spread(Spread(tolerance=tolerance, set_by=actor.account_id, set_at=now))


class Spreader:
    """The worker's job: puts all open shortlists in order, some needs a round, when any of them changed."""

    def __init__(self) -> None:
        self._next_look = 0.0
        self._done: object = None
        self._doing: object = None
        self._left: list[str] = []
        self._places: dict[str, int] = {}
        self._tolerance = 0.0

    def __call__(self, store: MatchingStore) -> bool:
        """One round. True when there is more to do at once."""
        if not self._left and not self._begin(store):
            return False
        some, self._left = self._left[:NEEDS_A_ROUND], self._left[NEEDS_A_ROUND:]
        ranked = store.placings(some)
        lists = [(name, ranked[name][1]) for name in some if name in ranked]
        orders = fairness.give_places(lists, self._places, TOP, self._tolerance)
        store.save_orders(orders, {name: version for name, (version, _) in ranked.items()}, self._tolerance)
        if not self._left:
            self._done = self._doing
        return bool(self._left)

    def _begin(self, store: MatchingStore) -> bool:
        """Whether there is something to put in order."""
        if time.monotonic() < self._next_look:
            return False
        self._next_look = time.monotonic() + EVERY_SECONDS
        self._tolerance = store.spread().tolerance
        if not self._tolerance:
            return False
        day = today(datetime.now(UTC))
        self._doing = (self._tolerance, day, store.shortlists_state())
        if self._doing == self._done:
            return False
        self._left, self._places = fairness.drawn(store.open_need_ids(day)), {}
        return bool(self._left)
