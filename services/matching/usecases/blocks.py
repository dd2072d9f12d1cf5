"""Blocks: a company never wants to be matched with another. Absolute, on both sides, until taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.matching.model.decisions import must_be_two_companies
from shared.errors import NotFound
from shared.store import transactional

if TYPE_CHECKING:
    from datetime import datetime

    from services.matching.store import MatchingStore
    from shared.store import Document


@transactional
def block(store: MatchingStore, company_id: str, other_id: str, *, now: datetime) -> None:
    """Never match the two again: both leave the other's lists at once. Repeating it changes nothing.

    Raises NotFound (no such company) or Conflict (itself).
    """
    must_be_two_companies(company_id, other_id)
    if not store.has_company(other_id):
        raise NotFound(
            "company_unknown",
            "No existe esa empresa, o ya no está en el directorio.",
            "There is no such company, or it is no longer in the directory.",
        )
    if not store.save_block(company_id, other_id, now):
        return
    for anchor_id, supplier_id in ((company_id, other_id), (other_id, company_id)):
        needs = store.needs_of([anchor_id])
        for need_id in needs:
            store.drop_candidate(need_id, supplier_id)
        store.note_change(needs=needs)


@transactional
def unblock(store: MatchingStore, company_id: str, other_id: str) -> None:
    """Take back the company's own block; what the other side said stays. Without one nothing happens."""
    if store.drop_block(company_id, other_id):
        store.note_change(needs=store.needs_of([company_id, other_id]))


def read_blocks(store: MatchingStore, company_id: str) -> list[Document]:
    """The blocks that the company has set."""
    return store.blocks_by(company_id)
