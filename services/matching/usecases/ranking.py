"""The shortlists follow what changed: an in-memory index that each round of the worker's loop brings up.

Needs are divided into parts, which the live workers lease in equal shares; each ranks the needs of its parts
against an index of all suppliers. Handlers only note in `changes` what events touched, whichever worker took
them. Every worker brings its index up by every change, and marks it as done for its parts after their
shortlists follow it, so a kill at any point repeats work and loses none: who takes the parts over finds what
is not done.
"""

from __future__ import annotations

import gc
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from services.matching.engine import LOOKED_AT, SupplierIndex, almost_size, shortlist, wants_pool
from services.matching.model.decisions import today
from services.matching.model.open_lists import Due, OpenLists
from services.matching.model.shortlists import made_from, with_changes
from services.matching.store import LEASE_SECONDS, LeaseLost, MatchingStore, new_holder, part_of
from services.matching.usecases.codes import Codes
from services.matching.usecases.context import Surroundings, refresh_places
from services.matching.usecases.shortlists import keep_shortlists
from shared import log

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from services.matching.engine import Need, Weights
    from services.matching.model.shortlists import Shortlisted

# What is done in one round of the loop, so that events are not kept waiting for long.
LOADED_A_ROUND = 2_000
INDEXED_A_ROUND = 500
RANKED_A_ROUND = 10
EDITED_A_ROUND = 100
CHANGES_A_ROUND = 200
# During a bulk import the shortlists wait for calm: half a second without a large batch, at most this.
LARGE_BATCH = 200
CALM_SECONDS = 0.5
LONGEST_WAIT = 30.0
# With more changed suppliers than this (and than needs) making every shortlist anew is quicker.
MANY = 50

_log = log.get(__name__)


@dataclass
class _Changes:
    """Noted changes that are worked off together, for the parts that were held when that began."""

    ids: list[Any] = field(default_factory=list)
    companies: set[str] = field(default_factory=set)
    due: Due = field(default_factory=Due)
    parts: set[int] = field(default_factory=set)
    since: float = 0.0


def _made(
    index: SupplierIndex, asked: tuple[Need, int], excluded: Collection[str], weights: Weights
) -> Shortlisted:
    """A need's shortlist, made anew; with more almosts where none of those who fit has the capacity alone."""
    need, sequence = asked
    found = shortlist(index, need, excluded, weights=weights)
    if not wants_pool(need, found.matches):
        return made_from(need.need_id, sequence, found)
    found = shortlist(index, need, excluded, LOOKED_AT, weights)
    return made_from(need.need_id, sequence, found, almost_size(LOOKED_AT))


class Ranker:
    """The worker's job. Between rounds it keeps the index and what it knows of its needs' shortlists."""

    def __init__(self) -> None:
        self._me = new_holder()
        self._surroundings = Surroundings(Codes())
        self._parts: set[int] = set()
        self._shared_at = -LEASE_SECONDS * 1.0
        self._forget()

    def _forget(self) -> None:
        self.index = SupplierIndex()
        self.lists = OpenLists()
        self._loaded_to: str | None = ""
        self._waiting = _Changes()
        self._current: _Changes | None = None
        self._last_large = 0.0

    def __call__(self, store: MatchingStore) -> bool:
        """One round. True when there is more to do at once."""
        self._share(store)
        if not self._parts:
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
            self._shared_at = -LEASE_SECONDS * 1.0
            return True

    def leave(self, store: MatchingStore) -> None:
        """Give all needs back, so that the other workers take them over at once."""
        store.leave_parts(self._me)

    def _share(self, store: MatchingStore) -> None:
        """Keep this worker's share of the needs.

        While it holds at least one part nothing is removed from `changes` that its index has not followed;
        one that has lost all, as after a long pause, begins anew.
        """
        if time.monotonic() - self._shared_at < LEASE_SECONDS / 10:
            return
        kept, taken = store.share_parts(self._me, self._loaded_to is None, datetime.now(UTC))
        self._shared_at = time.monotonic()
        # A fault may have come between the lease of a part and its needs.
        taken |= kept - self._parts
        kept &= self._parts
        lost, self._parts = self._parts - kept, kept
        if not kept:
            self._forget()
        if self._loaded_to is None:
            self._drop(lost)
            self._adopt(store, taken)
        self._parts = kept | taken
        if lost or taken:
            _log.info("parts_held", parts=len(self._parts), lost=len(lost), taken=len(taken))

    def _drop(self, parts: set[int]) -> None:
        """Leave needs to another worker, with whatever is not done for them."""
        self.lists.forget([name for name in self.lists.book if part_of(name) in parts])
        if self._current is not None:
            self._current.parts -= parts
            due = self._current.due
            due.needs = {name for name in due.needs if part_of(name) not in parts}
            due.edits = {name: edits for name, edits in due.edits.items() if part_of(name) not in parts}

    def _adopt(self, store: MatchingStore, parts: set[int]) -> None:
        """Take up the open needs of parts, with the shortlists that whoever had them has stored."""
        day = today(datetime.now(UTC))
        needs = store.open_needs([name for name in store.open_need_ids(day) if part_of(name) in parts], day)
        for name, stored in store.shortlists(needs).items():
            self.lists.note(needs[name][0], stored)
        self._waiting.due.needs |= {name for name in needs if name not in self.lists.book}

    def _mine(self, need_ids: Iterable[str]) -> set[str]:
        return {name for name in need_ids if part_of(name) in self._parts}

    def _load(self, store: MatchingStore) -> None:
        """Read some more suppliers into the index and, at the end, the open needs."""
        ids = store.company_ids_after(self._loaded_to or "", LOADED_A_ROUND)
        for supplier in store.suppliers(ids).values():
            self.index.put(supplier)
        if ids:
            self._loaded_to = ids[-1]
            return
        # The index stays, so the garbage collector need not go through its millions of objects again.
        gc.freeze()
        refresh_places(store)
        self._adopt(store, self._parts)
        self._loaded_to = None
        # The share of one that is ready is had at once.
        self._shared_at = -LEASE_SECONDS * 1.0
        _log.info("index_loaded", suppliers=len(self.index))

    def _collect(self, store: MatchingStore) -> None:
        """Learn of changes that have been noted since the last round."""
        known = self._waiting.ids + (self._current.ids if self._current else [])
        found = store.changes(self._parts, known, CHANGES_A_ROUND)
        now = time.monotonic()
        if found and not self._waiting.ids:
            self._waiting.since = now
        touched = 0
        for change in found:
            self._waiting.ids.append(change["_id"])
            self._waiting.companies.update(change["companies"])
            self._waiting.due.needs.update(change["needs"])
            touched += len(change["companies"])
        if touched >= LARGE_BATCH:
            self._last_large = now

    def _begin(self, store: MatchingStore) -> bool:
        """Take up what waits, unless there is nothing or a bulk import is running."""
        waiting, now = self._waiting, time.monotonic()
        if not waiting.ids and not waiting.due.needs:
            return False
        if now - self._last_large < CALM_SECONDS and now - waiting.since < LONGEST_WAIT:
            return False
        if len(waiting.companies) > max(MANY, len(self.lists.book)):
            waiting.due.needs.update(store.open_need_ids(today(datetime.now(UTC))))
        else:
            # A company's group, or that it is gone, matters to its own needs as well.
            waiting.due.needs.update(store.needs_of(waiting.companies))
        waiting.due.needs = self._mine(waiting.due.needs)
        waiting.parts = set(self._parts)
        self._waiting, self._current = _Changes(), waiting
        return True

    def _work(self, store: MatchingStore) -> bool:
        current = self._current
        if current is None:
            return False
        if current.companies:
            self._index_some(store, current)
        elif current.due.needs:
            self._rank_some(store, current.due)
        elif current.due.edits:
            self._edit_some(store, current.due)
        if current.companies or current.due.needs or current.due.edits:
            return True
        store.settle_changes(self._me, current.ids, current.parts)
        self._current = None
        return bool(self._waiting.ids)

    def _index_some(self, store: MatchingStore, current: _Changes) -> None:
        """Bring suppliers up in the index, and find the shortlists that they belong in or leave."""
        some = list(islice(current.companies, INDEXED_A_ROUND))
        all_are_due = len(current.due.needs) >= len(self.lists.book) > 0
        found = store.suppliers(some)
        for company_id in some:
            supplier = found.get(company_id)
            if supplier is None:
                self.index.remove(company_id)
            else:
                self.index.put(supplier)
            if not all_are_due:
                self.lists.touch(company_id, supplier, self.index.offerings, current.due)
        current.companies.difference_update(some)

    def _rank_some(self, store: MatchingStore, due: Due) -> None:
        """Make some shortlists anew and keep them."""
        some = list(islice(due.needs, RANKED_A_ROUND))
        now = datetime.now(UTC)
        needs = self._surroundings.around(store, store.open_needs(some, today(now)))
        excluded = store.excluded({name: need.company_id for name, (need, _) in needs.items()})
        weights = store.weights_in_use()
        made = {
            name: _made(self.index, (need, sequence), excluded[name], weights)
            for name, (need, sequence) in needs.items()
        }
        asked = {name: need for name, (need, _) in needs.items()}
        kept = keep_shortlists(store, asked, lambda name, _: made[name], ranker=self._me, now=now)
        self.lists.forget(some)
        for each in kept:
            self.lists.note(asked[each.need_id], each)
        due.needs.difference_update(some)
        for name in some:
            due.edits.pop(name, None)

    def _edit_some(self, store: MatchingStore, due: Due) -> None:
        """Change some shortlists by the suppliers that changed."""
        some = list(islice(due.edits, EDITED_A_ROUND))
        needs: dict[str, Need] = {name: self.lists.book.need(name) for name in some}
        excluded = store.excluded({name: need.company_id for name, need in needs.items()})
        edits = {
            name: {
                company_id: None if company_id in excluded[name] else match
                for company_id, match in due.edits[name].items()
            }
            for name in some
        }

        def renew(name: str, old: Shortlisted | None) -> Shortlisted | None:
            return with_changes(old, edits[name]) if old else None

        for each in keep_shortlists(store, needs, renew, ranker=self._me, now=datetime.now(UTC)):
            self.lists.remember(each)
        for name in some:
            del due.edits[name]
