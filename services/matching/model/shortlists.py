"""A need's shortlist as it is kept: who is in it, in order, and how one supplier's change alters it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from services.matching.engine import ALMOST_SIZE, SHORTLIST_SIZE, Gap, Profile, gaps_of, tie_break

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from services.matching.engine import Match, Shortlist


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A supplier in a shortlist. Parts and verdicts follow from the data and are computed when read.

    `gaps` are what separates one that almost fits, `closed` is what it would score without them.
    """

    supplier_id: str
    supplier_name: str
    score: float
    gaps: list[Gap] = []
    closed: float = 0.0


class Shortlisted(msgspec.Struct, frozen=True, kw_only=True):
    """A need's kept shortlist. `sequence` is the version of the need that it was made from, `reach` the score
    below which suppliers were not looked at, `room` how many that almost fit are kept.
    """

    need_id: str
    version: int
    sequence: int
    profile: Profile
    matches: list[Listed]
    almost: list[Listed]
    reach: float = 0.0
    room: int = ALMOST_SIZE

    def floor(self, *, almost: bool) -> float:
        """The score that it takes to get into the list; while there is room, that to be looked at."""
        held, size = (self.almost, self.room) if almost else (self.matches, SHORTLIST_SIZE)
        return held[-1].score if len(held) >= size else self.reach

    def differs(self, other: Shortlisted | None) -> bool:
        """Whether anything but the version is another."""
        return other is None or msgspec.structs.replace(self, version=other.version) != other


def made_from(need_id: str, sequence: int, fresh: Shortlist, room: int = ALMOST_SIZE) -> Shortlisted:
    """What is kept of a shortlist that was made anew with `room` for those that almost fit."""
    return Shortlisted(
        need_id=need_id,
        version=0,
        sequence=sequence,
        profile=fresh.profile,
        matches=[_listed(match) for match in fresh.matches[:SHORTLIST_SIZE]],
        almost=[_listed(match) for match in fresh.almost],
        reach=fresh.reach,
        room=room,
    )


def with_changes(old: Shortlisted, changes: Mapping[str, Match | None]) -> Shortlisted:
    """The shortlist after some suppliers changed; None for one that no longer belongs in it.

    Right as long as nobody outside could take a place that becomes free: then it must be made anew.
    """
    came = [match for match in changes.values() if match is not None]
    return msgspec.structs.replace(
        old,
        matches=_merged(old, old.matches, changes, (m for m in came if not m.almost))[:SHORTLIST_SIZE],
        almost=_merged(old, old.almost, changes, (m for m in came if m.almost))[: old.room],
    )


def _merged(
    old: Shortlisted, held: list[Listed], changes: Mapping[str, Match | None], came: Iterable[Match]
) -> list[Listed]:
    stay = [each for each in held if each.supplier_id not in changes]
    return sorted(
        [*stay, *map(_listed, came)],
        key=lambda each: (-each.score, tie_break(old.need_id, each.supplier_id)),
    )


def _listed(match: Match) -> Listed:
    gaps = [gap for gap in gaps_of(match.verdicts) if gap.mandatory]
    lacking = {gap.requirement for gap in gaps}
    regained = sum(part.weight - part.points for part in match.parts if part.name in lacking)
    return Listed(
        supplier_id=match.supplier_id,
        supplier_name=match.supplier_name,
        score=match.score,
        gaps=gaps,
        closed=round(match.score + regained, 6),
    )
