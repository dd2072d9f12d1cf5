"""Two versions of an agenda side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from services.rounds.agenda import Placed

if TYPE_CHECKING:
    from collections.abc import Iterable


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """What a later version does to an earlier one; `moved` has each meeting as it was and as it is."""

    new: tuple[Placed, ...]
    gone: tuple[Placed, ...]
    moved: tuple[tuple[Placed, Placed], ...]
    kept: int


def compare(before: Iterable[Placed], after: Iterable[Placed]) -> Comparison:
    """What changes from one version to another, in the order of requests."""
    old = {place.request_id: place for place in before}
    new = {place.request_id: place for place in after}
    both = sorted(old.keys() & new.keys())
    moved = tuple((old[name], new[name]) for name in both if _where(old[name]) != _where(new[name]))
    return Comparison(
        new=tuple(new[name] for name in sorted(new.keys() - old.keys())),
        gone=tuple(old[name] for name in sorted(old.keys() - new.keys())),
        moved=moved,
        kept=len(both) - len(moved),
    )


def _where(place: Placed) -> tuple[str, str, str, int | None]:
    return place.slot_id, place.buyer_delegate_id, place.supplier_delegate_id, place.table
