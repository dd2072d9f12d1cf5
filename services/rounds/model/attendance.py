"""Who was there: what both sides and the organizer say of a company, and what counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ORGANIZER = "organizer"


def presence(words: Mapping[str, bool], company_id: str, other_id: str) -> bool | None:
    """Whether a company was there, from the latest word of each; None while it is open or disputed.

    The organizer decides. Without that a company's own word counts unless the other side says that nobody
    came; and the other side's word alone makes nobody a no-show.
    """
    if ORGANIZER in words:
        return words[ORGANIZER]
    own, other = words.get(company_id), words.get(other_id)
    if own is False:
        return False
    if other is False:
        return None
    return True if own or other else None


def is_disputed(words: Mapping[str, bool], company_id: str, other_id: str) -> bool:
    """Whether the other side says that a company did not come, which it has not admitted, nor the organizer
    decided.
    """
    return ORGANIZER not in words and words.get(other_id) is False and words.get(company_id) is not False
