"""Events of matching: who fits whom, and what both sides said of it."""

from __future__ import annotations

from typing import Any

import msgspec

from shared.contracts.base import Payload, contract


class ShortlistEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A supplier's place in a shortlist; `score` is between 0 and 1."""

    supplier_id: str
    supplier_name: str
    score: float


@contract("matching.shortlist_updated", key="need_id")
class ShortlistUpdated(Payload, frozen=True, kw_only=True):
    """The top of a need's shortlist has changed. `entered` holds the suppliers that are new in it."""

    need_id: str
    need_title: str
    anchor_id: str
    entries: list[ShortlistEntry]
    entered: list[str]


class _Decision(Payload, frozen=True, kw_only=True):
    match_id: str
    need_id: str
    need_title: str
    anchor_id: str
    supplier_id: str
    decided_by: str


@contract("matching.candidate_shortlisted", key="match_id")
class CandidateShortlisted(_Decision, frozen=True, kw_only=True):
    """The anchor wants to meet the supplier about the need."""


@contract("matching.candidate_dismissed", key="match_id")
class CandidateDismissed(_Decision, frozen=True, kw_only=True):
    """The anchor does not want the supplier for the need."""


@contract("matching.interest_declared", key="match_id")
class InterestDeclared(_Decision, frozen=True, kw_only=True):
    """The supplier says whether the need interests it."""

    interested: bool


class LinkageGap(msgspec.Struct, frozen=True, kw_only=True):
    """A mandatory requirement that the supplier does not meet yet and can come to meet.

    `distance` is the share that is missing, 0 to 1; `asked` and `found` are what was compared.
    """

    requirement: str
    reason: str
    distance: float
    asked: dict[str, Any]
    found: dict[str, Any] | None = None


@contract("matching.linkage_proposed", key="linkage_id")
class LinkageProposed(Payload, frozen=True, kw_only=True):
    """Only closable gaps separate a supplier from a need: supplier development can start here."""

    linkage_id: str
    need_id: str
    need_title: str
    anchor_id: str
    supplier_id: str
    supplier_name: str
    score: float
    gaps: list[LinkageGap]
