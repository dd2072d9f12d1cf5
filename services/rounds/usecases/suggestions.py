"""Whom a registered company might want to meet, from what matching told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from services.rounds.model.registrations import exclude_each_other
from services.rounds.model.requests import MeetingRequest
from services.rounds.usecases.registrations import participants

if TYPE_CHECKING:
    from services.rounds.model.registrations import Registration
    from services.rounds.store import RoundsStore


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """A company of the other side with a need that joins the two. `score` is None off the shortlist's top."""

    company_id: str
    company_name: str
    need_id: str
    need_title: str
    score: float | None
    shortlisted: bool
    interested: bool | None
    request_id: str | None


def suggestions(store: RoundsStore, registration: Registration) -> list[Suggestion]:
    """The best first by match score, among the companies of this round; dismissed matches are out."""
    company_id, side = registration.company_id, registration.side
    others = {
        other.company_id: other
        for other in participants(store, registration.round_id)
        if other.side != side and not exclude_each_other(other, registration)
    }
    field, theirs = ("buyer_id", "supplier_id") if side == "buyer" else ("supplier_id", "buyer_id")
    asked = {
        getattr(request, theirs): request.id
        for request in store.find(MeetingRequest, {"round_id": registration.round_id, field: company_id})
        if not request.may_be_asked_again(company_id)
    }
    said = store.decisions(company_id, side)
    found = []
    for pair in _pairs(store.open_shortlists(company_id, side), said):
        other = others.get(pair["supplier_id"] if side == "buyer" else pair["anchor_id"])
        words = said.get((pair["need_id"], pair["supplier_id"]), {})
        is_own = company_id in (pair["anchor_id"], pair["supplier_id"])
        if other and is_own and not words.get("dismissed"):
            found.append(_suggestion(other, pair, words, asked.get(other.company_id)))
    return sorted(found, key=lambda s: (-(s.score or 0.0), not s.shortlisted, s.company_name, s.need_id))


def _pairs(
    shortlists: list[dict[str, Any]], said: dict[tuple[str, str], dict[str, Any]]
) -> list[dict[str, Any]]:
    """Need and supplier, from the shortlists and, where these have changed since, from what was said."""
    pairs = {
        (row["_id"], entry["supplier_id"]): {
            "need_id": row["_id"],
            "need_title": row["need_title"],
            "anchor_id": row["anchor_id"],
            "supplier_id": entry["supplier_id"],
            "score": entry["score"],
        }
        for row in shortlists
        for entry in row["entries"]
    }
    for key, words in said.items():
        if words.get("shortlisted"):
            pairs.setdefault(key, {**words["pair"], "score": None})
    return list(pairs.values())


def _suggestion(
    other: Registration, pair: dict[str, Any], words: dict[str, Any], request_id: str | None
) -> Suggestion:
    return Suggestion(
        company_id=other.company_id,
        company_name=other.company_name,
        need_id=pair["need_id"],
        need_title=pair["need_title"],
        score=pair["score"],
        shortlisted=bool(words.get("shortlisted")),
        interested=words.get("interested"),
        request_id=request_id,
    )
