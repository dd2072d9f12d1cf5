"""What the two sides say of a match, kept apart from the ranking, which is computed anew all the time."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from shared.errors import Conflict

_NAMESPACE = UUID("6f1a2c1e-5f0b-5d0c-9d57-0f6f0a9b3c41")

_CALENDAR = ZoneInfo("America/Bogota")

SHORTLISTED, DISMISSED = "shortlisted", "dismissed"


def today(now: datetime) -> date:
    """The calendar day that a person in Colombia has at `now`: a need is open until the end of its day."""
    return now.astimezone(_CALENDAR).date()


def match_id_of(need_id: str, supplier_id: str) -> str:
    """The id of the pair, the same whoever computes it and whenever."""
    return str(uuid5(_NAMESPACE, f"{need_id}:{supplier_id}"))


def linkage_id_of(need_id: str, supplier_id: str) -> str:
    """The id of what would make a match of the pair, the same whenever it is proposed."""
    return str(uuid5(_NAMESPACE, f"linkage:{need_id}:{supplier_id}"))


class Decision(msgspec.Struct, frozen=True):
    """Of one need and one supplier: whether the anchor wants it, and whether it is interested.

    `by_anchor` is shortlisted, dismissed or None, `interested` True, False or None: nothing said yet.
    `version` 0 is one that has not been stored.
    """

    match_id: str
    need_id: str
    anchor_id: str
    supplier_id: str
    by_anchor: str | None = None
    interested: bool | None = None
    decided_at: datetime | None = None
    version: int = 0

    @classmethod
    def none(cls, need_id: str, anchor_id: str, supplier_id: str) -> Decision:
        """Nothing has been said yet."""
        return cls(match_id_of(need_id, supplier_id), need_id, anchor_id, supplier_id)

    def decided(self, by_anchor: str, at: datetime) -> Decision:
        """What the anchor says now; the same object when it says the same as before."""
        if self.by_anchor == by_anchor:
            return self
        return replace(self, by_anchor=by_anchor, decided_at=at, version=self.version + 1)

    def answered(self, interested: bool, at: datetime) -> Decision:
        """What the supplier says now; the same object when it says the same as before."""
        if self.interested is interested:
            return self
        return replace(self, interested=interested, decided_at=at, version=self.version + 1)


def must_be_open(status: str, closes_on: date, day: date) -> None:
    """Raise Conflict unless the need takes decisions on that day."""
    if status != "open" or closes_on < day:
        raise Conflict(
            "need_not_open",
            "La necesidad ya no está abierta; no admite más decisiones.",
            "The need is no longer open; it takes no more decisions.",
        )


def must_be_two_companies(anchor_id: str, supplier_id: str) -> None:
    """Raise Conflict when a company would decide about itself."""
    if anchor_id == supplier_id:
        raise Conflict(
            "own_need",
            "Una empresa no puede ser proveedora de su propia necesidad.",
            "A company can't be a supplier of its own need.",
        )
