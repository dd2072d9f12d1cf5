"""What people see: a need's shortlist, a supplier's opportunities, what has been decided."""

from __future__ import annotations

from datetime import date
from threading import Lock
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from services.matching.engine import Match, NeedBook, assess, is_own
from services.matching.model.decisions import Decision, match_id_of
from services.matching.usecases.context import refresh_places
from shared.errors import NotFound
from shared.paging import decode_cursor, encode_cursor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from services.matching.engine import Need, Profile, Supplier
    from services.matching.model.shortlists import Listed, Shortlisted
    from services.matching.store import MatchingStore
    from shared.auth import Actor

MOST_OPPORTUNITIES = 200


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A match, measured now, with its place in the list and what was said of it."""

    rank: int
    match: Match
    decision: Decision | None


class ShortlistPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of a need's shortlist. `version` is 0 before it was first computed, from the need's version
    `need_version`.
    """

    version: int
    need_version: int
    matches: int
    almost: int
    items: list[Candidate]
    next_cursor: str | None


class Opportunity(msgspec.Struct, frozen=True, kw_only=True):
    """A need that a supplier fits, with the company that has it."""

    title: str
    anchor_id: str
    anchor_name: str | None
    closes_on: date
    match: Match
    decision: Decision | None


class OpenNeeds:
    """The open needs of a web process, with the profiles that the ranking worker stored.

    They are compared with the database at each use, and only what changed is read.
    """

    def __init__(self) -> None:
        self.book = NeedBook()
        self._versions: dict[str, int] = {}
        self._state: object = None
        self._lock = Lock()

    def fitting(self, store: MatchingStore, company_id: str, day: date) -> list[Match]:
        """The open needs that a supplier fits, best first, by the score that its anchors see."""
        supplier = store.suppliers([company_id]).get(company_id)
        if supplier is None:
            return []
        refresh_places(store)
        with self._lock:
            self._refresh(store, day)
            fitting = self.book.fitting(supplier, MOST_OPPORTUNITIES)
            needs = {match.need_id: self.book.need(match.need_id) for match in fitting}
        barred = _barred(store, supplier, needs)
        return [match for match in fitting if match.need_id not in barred]

    def _refresh(self, store: MatchingStore, day: date) -> None:
        # Two numbers tell that nothing has changed; all versions are a hundred times as much to read.
        state = (day, store.open_need_count(day), store.shortlists_state())
        if state == self._state:
            return
        versions = store.shortlist_versions(store.open_need_ids(day))
        for name in [name for name in self._versions if name not in versions]:
            self.book.remove(name)
            del self._versions[name]
        changed = [name for name, version in versions.items() if self._versions.get(name) != version]
        profiles = store.profiles(changed)
        for name, (need, _) in store.open_needs(changed, day).items():
            if name in profiles:
                self.book.put(need, profiles[name])
        self._versions.update((name, versions[name]) for name in changed)
        self._state = state


def _barred(store: MatchingStore, supplier: Supplier, needs: Mapping[str, Need]) -> set[str]:
    """Ids of the needs that a supplier must not be matched with: by a block, a dismissal or a declared group.

    All are asked for anew, for the version of a need's shortlist need not change with them.
    """
    company_id = supplier.company_id
    blocked = store.blocked([company_id]).get(company_id, set())
    groups = store.groups({need.company_id for need in needs.values()}) if supplier.group else {}
    own_or_blocked = {
        need_id
        for need_id, need in needs.items()
        if need.company_id in blocked or is_own(replace(need, group=groups.get(need.company_id)), supplier)
    }
    return own_or_blocked | store.dismissing(company_id)


def read_shortlist(
    store: MatchingStore, need_id: str, almost: bool, page: tuple[int, str | None], actor: Actor
) -> ShortlistPage:
    """A page of a need's matches, or of those that almost fit; `page` is (limit, cursor).

    Raises NotFound, Forbidden (the need of another company) or Invalid (a wrong cursor).
    """
    need, _ = store.need(need_id)
    if "organizer" not in actor.roles:
        actor.must_act_for(need.company_id)
    refresh_places(store)
    limit, cursor = page
    start = _start(cursor)
    stored = store.shortlists([need_id]).get(need_id)
    if stored is None:
        return ShortlistPage(version=0, need_version=0, matches=0, almost=0, items=[], next_cursor=None)
    ranked = stored.almost if almost else _as_shown(store, stored)
    return ShortlistPage(
        version=stored.version,
        need_version=stored.sequence,
        matches=len(stored.matches),
        almost=len(stored.almost),
        items=_candidates(store, need, stored.profile, ranked[start : start + limit], start),
        next_cursor=encode_cursor(start + limit) if start + limit < len(ranked) else None,
    )


def _as_shown(store: MatchingStore, stored: Shortlisted) -> list[Listed]:
    """The matches by their score, or spread among suppliers of equal quality where that is in force."""
    order = store.order_of(stored.need_id, stored.version)
    by_id = {each.supplier_id: each for each in stored.matches}
    if order is None or len(order) != len(by_id):
        return stored.matches
    return [by_id[supplier_id] for supplier_id in order]


def _candidates(
    store: MatchingStore, need: Need, profile: Profile, shown: Sequence[Listed], start: int
) -> list[Candidate]:
    """The suppliers with all that their data say now; one that just left is left out."""
    suppliers = store.suppliers([each.supplier_id for each in shown])
    said = {each.supplier_id: each for each in store.decisions({"need_id": need.need_id})}
    found = []
    for rank, each in enumerate(shown, start + 1):
        supplier = suppliers.get(each.supplier_id)
        match = assess(need, profile, supplier) if supplier else None
        if match is not None:
            found.append(Candidate(rank=rank, match=match, decision=said.get(each.supplier_id)))
    return found


def read_opportunities(
    store: MatchingStore, open_needs: OpenNeeds, company_id: str, page: tuple[int, str | None], day: date
) -> tuple[list[Opportunity], str | None]:
    """A page of the open needs that a company fits, best first, and the cursor of the next one.

    `page` is (limit, cursor). Raises Invalid for a wrong cursor.
    """
    limit, cursor = page
    start = _start(cursor)
    fitting = open_needs.fitting(store, company_id, day)
    shown = fitting[start : start + limit]
    more = encode_cursor(start + limit) if start + limit < len(fitting) else None
    return _opportunities(store, company_id, shown, day), more


def read_opportunity(store: MatchingStore, need_id: str, company_id: str, day: date) -> Opportunity:
    """How a company stands to one open need. Raises NotFound when nothing links the two, or one may not be
    matched with the other.
    """
    refresh_places(store)
    profile = store.profiles([need_id]).get(need_id)
    supplier = store.suppliers([company_id]).get(company_id)
    need, _ = store.open_needs([need_id], day).get(need_id, (None, 0))
    if need and profile and supplier:
        match = assess(need, profile, supplier)
        shown = [match] if match and not _barred(store, supplier, {need_id: need}) else []
        found = _opportunities(store, company_id, shown, day)
        if found:
            return found[0]
    raise NotFound(
        "no_opportunity",
        "Esta necesidad ya no está abierta, o nada de lo que ofrece se relaciona con ella.",
        "This need is no longer open, or nothing that you offer is related to it.",
    )


def _start(cursor: str | None) -> int:
    """How many come before the page. These lists are bounded and computed whole, so a count is enough."""
    position = decode_cursor(cursor, 1)
    given = position[0] if position else 0
    return given if isinstance(given, int) and given >= 0 else 0


def _opportunities(
    store: MatchingStore, company_id: str, shown: Sequence[Match], day: date
) -> list[Opportunity]:
    needs = store.open_needs([match.need_id for match in shown], day)
    names = store.company_names({need.company_id for need, _ in needs.values()})
    ids = [match_id_of(match.need_id, company_id) for match in shown]
    said = {each.need_id: each for each in store.decisions({"_id": {"$in": ids}})}
    found = []
    for match in shown:
        if match.need_id in needs:
            need, _ = needs[match.need_id]
            found.append(
                Opportunity(
                    title=need.title,
                    anchor_id=need.company_id,
                    anchor_name=names.get(need.company_id),
                    closes_on=need.closes_on,
                    match=match,
                    decision=said.get(match.need_id),
                )
            )
    return found


def read_decisions(store: MatchingStore, need_id: str, actor: Actor) -> list[Decision]:
    """All that was said about a need's candidates, also of dismissed ones.

    Raises NotFound or Forbidden (the need of another company).
    """
    need, _ = store.need(need_id)
    if "organizer" not in actor.roles:
        actor.must_act_for(need.company_id)
    return store.decisions({"need_id": need_id})
