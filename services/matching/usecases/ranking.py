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
from typing import TYPE_CHECKING, Any, NamedTuple

from services.matching.engine import NeedBook, SupplierIndex, shortlist
from services.matching.model.decisions import today
from services.matching.model.shortlists import made_from, with_changes
from services.matching.store import LEASE_SECONDS, LeaseLost, MatchingStore
from services.matching.usecases.shortlists import keep_shortlists
from shared import log

if TYPE_CHECKING:
    from services.matching.engine import Match, Need, Supplier
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
# A need's words are weighed anew when the number of offerings has changed by more than this share.
DRIFT = 0.1

_log = log.get(__name__)


@dataclass
class _Changes:
    """Noted changes that are worked off together.

    The shortlists of `needs` are made anew; those of `edits` only change by some suppliers, which is
    exact and a hundred times cheaper.
    """

    ids: list[Any] = field(default_factory=list)
    companies: set[str] = field(default_factory=set)
    needs: set[str] = field(default_factory=set)
    edits: dict[str, dict[str, Match | None]] = field(default_factory=dict)
    since: float = 0.0


class _Kept(NamedTuple):
    """What is remembered of a shortlist: the scores that its two lists take, and who is in which."""

    floors: tuple[float, float]
    members: dict[str, bool]


class Ranker:
    """The worker's job. Between rounds it keeps the index, the open needs and who is in which list."""

    def __init__(self) -> None:
        self._epoch: int | None = None
        self._lease_checked = -LEASE_SECONDS * 1.0
        self._forget()

    def _forget(self) -> None:
        self.index = SupplierIndex()
        self.book = NeedBook()
        self._kept: dict[str, _Kept] = {}
        self._listed: dict[str, dict[str, bool]] = {}
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
        if len(waiting.companies) > max(MANY, len(self.book)):
            waiting.needs.update(store.open_need_ids(today(datetime.now(UTC))))
        else:
            # A company's group, or that it is gone, matters to its own needs as well.
            waiting.needs.update(store.needs_of(waiting.companies))
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
        elif current.edits:
            self._edit_some(store, current)
        if current.companies or current.needs or current.edits:
            return True
        store.forget_changes(current.ids)
        self._current = None
        return bool(self._waiting.ids)

    def _index_some(self, store: MatchingStore, current: _Changes) -> None:
        """Bring suppliers up in the index, and find the shortlists that they belong in or leave."""
        some = list(islice(current.companies, INDEXED_A_ROUND))
        all_are_due = len(current.needs) >= len(self.book) > 0
        found = store.suppliers(some)
        for company_id in some:
            supplier = found.get(company_id)
            if supplier is None:
                self.index.remove(company_id)
            else:
                self.index.put(supplier)
            if not all_are_due:
                self._touch(company_id, supplier, current)
        current.companies.difference_update(some)

    def _touch(self, company_id: str, supplier: Supplier | None, current: _Changes) -> None:
        """Note what a supplier's change means for each shortlist that it is in or belongs in."""
        floors_of = {name: min(kept.floors) for name, kept in self._kept.items()}
        fitting = self.book.reachable(supplier, floors_of) if supplier else []
        matches = {match.need_id: match for match in fitting}
        was_in = self._listed.get(company_id, {})
        for name in matches.keys() | was_in.keys():
            floors = self._kept[name].floors
            match, was = matches.get(name), was_in.get(name)
            belongs = match is not None and match.score >= floors[match.almost]
            stays = match is not None and belongs and match.almost is was
            frees_a_place = was is not None and floors[was] > 0 and not stays
            if frees_a_place or (belongs and self._has_drifted(name)):
                # Only the index knows who moves up, and how rare each word is by now.
                current.needs.add(name)
            elif belongs or was is not None:
                current.edits.setdefault(name, {})[company_id] = match if belongs else None

    def _has_drifted(self, need_id: str) -> bool:
        """Whether the market is another than when the need's profile was made."""
        made_at = self.book.profile(need_id).corpus
        return abs(self.index.offerings - made_at) > DRIFT * made_at

    def _rank_some(self, store: MatchingStore, current: _Changes) -> None:
        """Make some shortlists anew and keep them."""
        some = list(islice(current.needs, RANKED_A_ROUND))
        now = datetime.now(UTC)
        needs = store.open_needs(some, today(now))
        excluded = store.excluded({name: need.company_id for name, (need, _) in needs.items()})
        weights = store.weights_in_use()
        made = {
            name: made_from(name, sequence, shortlist(self.index, need, excluded[name], weights=weights))
            for name, (need, sequence) in needs.items()
        }
        epoch = self._epoch or 0
        asked = {name: need for name, (need, _) in needs.items()}
        kept = keep_shortlists(store, asked, lambda name, _: made[name], epoch=epoch, now=now)
        for name in some:
            self._forget_need(name)
            current.edits.pop(name, None)
        for each in kept:
            self._note(asked[each.need_id], each)
        current.needs.difference_update(some)

    def _edit_some(self, store: MatchingStore, current: _Changes) -> None:
        """Change some shortlists by the suppliers that changed."""
        some = list(islice(current.edits, EDITED_A_ROUND))
        needs = {name: self.book.need(name) for name in some}
        excluded = store.excluded({name: need.company_id for name, need in needs.items()})
        edits = {
            name: {
                company_id: None if company_id in excluded[name] else match
                for company_id, match in current.edits[name].items()
            }
            for name in some
        }

        def renew(name: str, old: Shortlisted | None) -> Shortlisted | None:
            return with_changes(old, edits[name]) if old else None

        epoch, now = self._epoch or 0, datetime.now(UTC)
        for each in keep_shortlists(store, needs, renew, epoch=epoch, now=now):
            self._remember(each)
        for name in some:
            del current.edits[name]

    def _note(self, need: Need, kept: Shortlisted) -> None:
        """Remember an open need with its shortlist."""
        self.book.put(need, kept.profile)
        self._remember(kept)

    def _remember(self, kept: Shortlisted) -> None:
        """Remember who is in a shortlist and what it takes to get into it."""
        self._forget_members(kept.need_id)
        members = {each.supplier_id: False for each in kept.matches}
        members |= {each.supplier_id: True for each in kept.almost}
        for company_id, almost in members.items():
            self._listed.setdefault(company_id, {})[kept.need_id] = almost
        floors = (kept.floor(almost=False), kept.floor(almost=True))
        self._kept[kept.need_id] = _Kept(floors, members)

    def _forget_need(self, need_id: str) -> None:
        self.book.remove(need_id)
        self._forget_members(need_id)

    def _forget_members(self, need_id: str) -> None:
        kept = self._kept.pop(need_id, None)
        for company_id in kept.members if kept else ():
            self._listed[company_id].pop(need_id)
            if not self._listed[company_id]:
                del self._listed[company_id]
