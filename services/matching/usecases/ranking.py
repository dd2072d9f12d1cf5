"""The shortlists follow what changed: an in-memory index that each round of the worker's loop brings up.

One worker ranks at a time, by a lease; the others only copy. With Kafka each worker copies the events of
its partitions, and the one with the lease reads what all of them noted in `changes`. A noted change is
removed only after the shortlists follow it, so a kill at any point repeats work and loses none.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from services.matching.engine import SHORTLIST_SIZE, Match, NeedBook, Shortlist, SupplierIndex, shortlist
from services.matching.model import today
from services.matching.store import LEASE_SECONDS, LeaseLost, MatchingStore, Shortlisted
from shared import log
from shared.contracts.matching import ShortlistEntry, ShortlistUpdated
from shared.store import transactional

if TYPE_CHECKING:
    from services.matching.engine import Need

TOP = 10
# What is done in one round of the loop, so that events are not kept waiting for long.
LOADED_A_ROUND = 2_000
INDEXED_A_ROUND = 500
RANKED_A_ROUND = 10
CHANGES_A_ROUND = 200
# During a bulk import the shortlists wait for calm: half a second without a large batch, at most this.
LARGE_BATCH = 200
CALM_SECONDS = 0.5
LONGEST_WAIT = 30.0
# With more changed suppliers than this, ranking every need is quicker than asking which are affected.
MANY = 1_000

_log = log.get(__name__)


@dataclass
class _Changes:
    """Noted changes that are worked off together."""

    ids: list[Any] = field(default_factory=list)
    companies: set[str] = field(default_factory=set)
    needs: set[str] = field(default_factory=set)
    since: float = 0.0


class Ranker:
    """The worker's job. Between rounds it keeps the index, the open needs and who is in which list."""

    def __init__(self) -> None:
        self._epoch: int | None = None
        self._lease_checked = -LEASE_SECONDS * 1.0
        self._forget()

    def _forget(self) -> None:
        self.index = SupplierIndex()
        self.book = NeedBook()
        self._floors: dict[str, float] = {}
        self._listed: dict[str, set[str]] = {}
        self._members: dict[str, set[str]] = {}
        self._loaded_to: str | None = ""
        self._waiting = _Changes()
        self._current: _Changes | None = None
        self._last_large = 0.0

    def __call__(self, store: MatchingStore) -> bool:
        """One round. True when there is more to do at once."""
        if not self._leads(store):
            return False
        if self._loaded_to is not None:
            self._load(store)
            return True
        self._collect(store)
        if self._current is None and not self._begin(store):
            return False
        try:
            return self._work(store)
        except LeaseLost:
            _log.warning("ranking_taken_over")
            self._epoch = None
            return False

    def _leads(self, store: MatchingStore) -> bool:
        """Whether this worker has the lease; what it knew is forgotten when it was another's meanwhile."""
        if time.monotonic() - self._lease_checked < LEASE_SECONDS / 10:
            return self._epoch is not None
        epoch = store.take_lease(self._epoch, datetime.now(UTC))
        self._lease_checked = time.monotonic()
        if epoch is not None and epoch != self._epoch:
            _log.info("ranking_taken", epoch=epoch)
            self._forget()
        self._epoch = epoch
        return epoch is not None

    def _load(self, store: MatchingStore) -> None:
        """Read some more suppliers into the index and, at the end, the open needs."""
        ids = store.company_ids_after(self._loaded_to or "", LOADED_A_ROUND)
        for supplier in store.suppliers(ids).values():
            self.index.put(supplier)
        if ids:
            self._loaded_to = ids[-1]
            return
        day = today(datetime.now(UTC))
        needs = store.open_needs(store.open_need_ids(day), day)
        for name, stored in store.shortlists(needs).items():
            self._note(needs[name][0], stored)
        self._waiting.needs |= {name for name in needs if name not in self.book}
        self._loaded_to = None
        _log.info("index_loaded", suppliers=len(self.index), needs=len(needs))

    def _collect(self, store: MatchingStore) -> None:
        """Learn of changes that have been noted since the last round."""
        known = self._waiting.ids + (self._current.ids if self._current else [])
        found = store.changes(known, CHANGES_A_ROUND)
        now = time.monotonic()
        if found and not self._waiting.ids:
            self._waiting.since = now
        touched = 0
        for change in found:
            self._waiting.ids.append(change["_id"])
            self._waiting.companies.update(change["companies"])
            self._waiting.needs.update(change["needs"])
            touched += len(change["companies"])
        if touched >= LARGE_BATCH:
            self._last_large = now

    def _begin(self, store: MatchingStore) -> bool:
        """Take up what waits, unless there is nothing or a bulk import is running."""
        waiting, now = self._waiting, time.monotonic()
        if not waiting.ids and not waiting.needs:
            return False
        if now - self._last_large < CALM_SECONDS and now - waiting.since < LONGEST_WAIT:
            return False
        # A company's group, or that it is gone, matters to its own needs as well.
        waiting.needs.update(store.needs_of(waiting.companies))
        if len(waiting.companies) > MANY:
            waiting.needs.update(store.open_need_ids(today(datetime.now(UTC))))
        self._waiting, self._current = _Changes(), waiting
        return True

    def _work(self, store: MatchingStore) -> bool:
        current = self._current
        if current is None:
            return False
        if current.companies:
            self._index_some(store, current)
        elif current.needs:
            self._rank_some(store, current)
        if current.companies or current.needs:
            return True
        store.forget_changes(current.ids)
        self._current = None
        return bool(self._waiting.ids)

    def _index_some(self, store: MatchingStore, current: _Changes) -> None:
        """Bring suppliers up in the index, and find the needs whose shortlists that touches."""
        some = list(islice(current.companies, INDEXED_A_ROUND))
        every_need_is_due = len(current.needs) >= len(self.book) > 0
        found = store.suppliers(some)
        for company_id in some:
            supplier = found.get(company_id)
            current.needs |= self._listed.get(company_id, set())
            if supplier is None:
                self.index.remove(company_id)
                continue
            self.index.put(supplier)
            if not every_need_is_due:
                fitting = self.book.fitting(supplier, limit=len(self.book))
                current.needs |= {
                    match.need_id for match in fitting if match.score >= self._floors[match.need_id]
                }
        current.companies.difference_update(some)

    def _rank_some(self, store: MatchingStore, current: _Changes) -> None:
        """Make some shortlists anew and keep them."""
        some = list(islice(current.needs, RANKED_A_ROUND))
        now = datetime.now(UTC)
        needs = store.open_needs(some, today(now))
        dismissed = store.dismissed(some)
        made = {
            name: shortlist(self.index, need, dismissed.get(name, set())) for name, (need, _) in needs.items()
        }
        kept = keep_shortlists(store, made, needs, epoch=self._epoch or 0, now=now)
        for name in some:
            self._unlist(name)
        for each in kept:
            self._note(needs[each.need_id][0], each)
        current.needs.difference_update(some)

    def _note(self, need: Need, stored: Shortlisted) -> None:
        """Remember who is in a shortlist and what it takes to get into it."""
        self.book.put(need, stored.profile)
        members = {match.supplier_id for match in (*stored.matches, *stored.almost)}
        for company_id in members:
            self._listed.setdefault(company_id, set()).add(need.need_id)
        self._members[need.need_id] = members
        full = len(stored.matches) >= SHORTLIST_SIZE
        self._floors[need.need_id] = stored.matches[-1].score if full else 0.0

    def _unlist(self, need_id: str) -> None:
        self.book.remove(need_id)
        self._floors.pop(need_id, None)
        for company_id in self._members.pop(need_id, set()):
            self._listed[company_id].discard(need_id)
            if not self._listed[company_id]:
                del self._listed[company_id]


@transactional
def keep_shortlists(
    store: MatchingStore,
    made: dict[str, Shortlist],
    needs: dict[str, tuple[Need, int]],
    *,
    epoch: int,
    now: datetime,
) -> list[Shortlisted]:
    """Store shortlists, by need, and tell of those whose first ten changed. Returns all as stored.

    Raises LeaseLost when another worker ranks by now.
    """
    store.must_hold_lease(epoch)
    stored = store.shortlists(made)
    kept, changed, events = [], [], []
    for name, fresh in made.items():
        need, sequence = needs[name]
        old = stored.get(name)
        new = Shortlisted(
            need_id=name,
            version=old.version if old else 0,
            sequence=sequence,
            profile=fresh.profile,
            matches=fresh.matches,
            almost=fresh.almost,
        )
        kept.append(new)
        if new == old:
            continue
        new.version += 1
        changed.append(new)
        event = _updated(need, new.matches, old.matches if old else [])
        if event is not None:
            events.append((event, new.version))
    store.save_shortlists(changed)
    store.publish_all(events, now)
    return kept


def _updated(need: Need, matches: list[Match], before: list[Match]) -> ShortlistUpdated | None:
    """The event that the first ten are others, or in another order; None when they are the same."""
    top = [match.supplier_id for match in matches[:TOP]]
    known = [match.supplier_id for match in before[:TOP]]
    if top == known:
        return None
    return ShortlistUpdated(
        need_id=need.need_id,
        need_title=need.title,
        anchor_id=need.company_id,
        entries=[
            ShortlistEntry(
                supplier_id=match.supplier_id, supplier_name=match.supplier_name, score=match.score
            )
            for match in matches[:TOP]
        ],
        entered=[supplier for supplier in top if supplier not in known],
    )
