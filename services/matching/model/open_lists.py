"""What a ranking worker remembers of open needs and their shortlists, and what a supplier's change means."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from services.matching.engine import NeedBook, has_mandatory

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.matching.engine import Match, Need, Supplier
    from services.matching.model.shortlists import Shortlisted

# A need's words are weighed anew when the number of offerings has changed by more than this share.
DRIFT = 0.1


class _Kept(NamedTuple):
    """The scores that a shortlist's two lists take, and who is in it: in the matches, or almost."""

    floors: tuple[float, float]
    members: dict[str, bool]


@dataclass
class Due:
    """Shortlists that must follow changes: `needs` are made anew, `edits` only change by some suppliers,
    which is exact and a hundred times cheaper; None is for a supplier that no longer belongs.
    """

    needs: set[str] = field(default_factory=set)
    edits: dict[str, dict[str, Match | None]] = field(default_factory=dict)


class OpenLists:
    """The open needs, with what it takes to get into their lists and who is in which."""

    def __init__(self) -> None:
        self.book = NeedBook()
        self._kept: dict[str, _Kept] = {}
        self._listed: dict[str, dict[str, bool]] = {}

    def note(self, need: Need, kept: Shortlisted) -> None:
        """Remember an open need with its shortlist."""
        self.book.put(need, kept.profile)
        self.remember(kept)

    def remember(self, kept: Shortlisted) -> None:
        """Remember who is in a noted need's shortlist by now and what it takes to get into it."""
        self._forget_members(kept.need_id)
        members = {each.supplier_id: False for each in kept.matches}
        members |= {each.supplier_id: True for each in kept.almost}
        for company_id, almost in members.items():
            self._listed.setdefault(company_id, {})[kept.need_id] = almost
        floors = (kept.floor(almost=False), kept.floor(almost=True))
        self._kept[kept.need_id] = _Kept(floors, members)
        can_lack = has_mandatory(self.book.need(kept.need_id))
        self.book.ask(kept.need_id, min(floors) if can_lack else floors[False])

    def forget(self, need_ids: Iterable[str]) -> None:
        """Forget needs, as when they are no longer open or another worker ranks them."""
        for need_id in need_ids:
            self.book.remove(need_id)
            self._forget_members(need_id)

    def touch(self, company_id: str, supplier: Supplier | None, offerings: int, due: Due) -> None:
        """Note which shortlists follow from a supplier's change, or from its leaving.

        `offerings` is how many the market has now.
        """
        fitting = self.book.reachable(supplier) if supplier else []
        matches = {match.need_id: match for match in fitting}
        was_in = self._listed.get(company_id, {})
        for name in matches.keys() | was_in.keys():
            floors = self._kept[name].floors
            match, was = matches.get(name), was_in.get(name)
            belongs = match is not None and match.score >= floors[match.almost]
            stays = match is not None and belongs and match.almost is was
            frees_a_place = was is not None and floors[was] > 0 and not stays
            if frees_a_place or (belongs and self._has_drifted(name, offerings)):
                # Only the index knows who moves up, and how rare each word is by now.
                due.needs.add(name)
            elif belongs or was is not None:
                due.edits.setdefault(name, {})[company_id] = match if belongs else None

    def _has_drifted(self, need_id: str, offerings: int) -> bool:
        """Whether the market is another than when the need's profile was made."""
        made_at = self.book.profile(need_id).corpus
        return abs(offerings - made_at) > DRIFT * made_at

    def _forget_members(self, need_id: str) -> None:
        kept = self._kept.pop(need_id, None)
        for company_id in kept.members if kept else ():
            self._listed[company_id].pop(need_id)
            if not self._listed[company_id]:
                del self._listed[company_id]
