"""Learning from feedback: what is heard from rounds, the preferences in it, fitting and rolling back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.matching.engine import assess, tie_break
from services.matching.engine.learning import Preference, fitted, ordered_right
from services.matching.model.decisions import DISMISSED, SHORTLISTED, today
from shared.contracts.rounds import OutcomeRecorded, RequestAccepted, RequestDeclined
from shared.errors import NotFound
from shared.store import transactional

if TYPE_CHECKING:
    from datetime import datetime

    from services.matching.model.shortlists import Shortlisted
    from services.matching.store import MatchingStore
    from shared.contracts.base import Event
    from shared.store import Document

# How good each thing is: who was only listed is between those who were wanted and those who were not.
GRADES = {
    DISMISSED: 0.0, "declined": 0.0, "not_interested": 0.0, "listed": 1.0, "none": 1.0, "low": 1.5,
    "interested": 2.0, SHORTLISTED: 2.0, "accepted": 2.5, "medium": 3.0, "high": 3.5, "expected": 4.0,
}  # fmt: skip
_LISTED = 10
_HELD_OUT = 4


def hear_feedback(store: MatchingStore, events: list[Event]) -> None:
    """Keep who accepted or declined a meeting, and what came of it. Runs in the batch's transaction."""
    store.save_feedback([_row(event.subject, event.data) for event in events])


def _row(subject: str, payload: Any) -> Document:
    if isinstance(payload, OutcomeRecorded):
        said = "expected" if payload.expected else payload.interest
        companies = sorted((payload.company_id, payload.counterpart_id))
        name = f"{subject}:{payload.company_id}"
        return {"_id": name, "companies": companies, "need_id": None, "said": said}
    if not isinstance(payload, RequestAccepted | RequestDeclined):
        raise TypeError(f"{type(payload).__name__} is no feedback")
    said = "accepted" if isinstance(payload, RequestAccepted) else "declined"
    companies = sorted((payload.from_company_id, payload.to_company_id))
    return {"_id": subject, "companies": companies, "need_id": payload.need_id, "said": said}


@transactional
def fit(store: MatchingStore, *, now: datetime) -> Document:
    """Fit weights to all feedback, and use them if they order held-out needs no worse than those in use.

    A quarter of the needs is held out, by a seeded hash. Without enough feedback nothing changes.
    """
    learned, held = preferences(store)
    before = store.weights_in_use()
    after = fitted(learned, before)
    checked = held or learned
    figures = {
        "pairs": len(learned),
        "held_out_pairs": len(held),
        "before": ordered_right(checked, before),
        "after": ordered_right(checked, after),
    }
    if after == before or figures["after"] < figures["before"]:
        return {**figures, "version": before.version, "changed": False}
    version = store.add_weights(after, figures, now)
    _use(store, version, now)
    return {**figures, "version": version, "changed": True}


@transactional
def use_version(store: MatchingStore, version: int, *, now: datetime) -> None:
    """Go back (or forward) to a version of the weights; 0 are the shipped ones. Raises NotFound."""
    if store.weights_of(version) is None:
        raise NotFound(
            "weights_unknown",
            f"No existe la versión {version} de los pesos.",
            f"There is no version {version} of the weights.",
        )
    _use(store, version, now)


def _use(store: MatchingStore, version: int, now: datetime) -> None:
    store.use_weights(version, now)
    store.note_change(needs=store.open_need_ids(today(now)))


def preferences(store: MatchingStore) -> tuple[list[Preference], list[Preference]]:
    """Pairs of suppliers of which one was preferred: for learning, and held out."""
    grades = _grades(store)
    learned: list[Preference] = []
    held: list[Preference] = []
    for need_id, stored in store.shortlists(list(grades)).items():
        graded = dict.fromkeys((each.supplier_id for each in stored.matches[:_LISTED]), GRADES["listed"])
        graded |= grades[need_id]
        is_held = tie_break(need_id, "held out")[0] % _HELD_OUT == 0
        (held if is_held else learned).extend(_pairs(store, stored, graded))
    return learned, held


def _grades(store: MatchingStore) -> dict[str, dict[str, float]]:
    """For each need how good its suppliers are, by what was said last and counts most."""
    found: dict[str, dict[str, float]] = {}
    for each in store.decisions({}):
        said = [each.by_anchor] if each.by_anchor else []
        if each.interested is not None:
            said.append("interested" if each.interested else "not_interested")
        if said:
            found.setdefault(each.need_id, {})[each.supplier_id] = _grade(said)
    by_pair: dict[tuple[str, ...], list[str]] = {}
    rows = store.feedback()
    for row in rows:
        by_pair.setdefault(tuple(row["companies"]), []).append(row["said"])
    anchors = store.anchors_of({row["need_id"] for row in rows if row["need_id"]})
    for row in rows:
        anchor_id = anchors.get(row["need_id"] or "")
        if anchor_id in row["companies"]:
            (supplier_id,) = [company for company in row["companies"] if company != anchor_id] or [anchor_id]
            found.setdefault(row["need_id"], {})[supplier_id] = _grade(by_pair[tuple(row["companies"])])
    return found


def _grade(said: list[str]) -> float:
    """A clear no counts; otherwise the best that happened."""
    grades = [GRADES.get(each, GRADES["listed"]) for each in said]
    return 0.0 if min(grades) == 0.0 else max(grades)


def _pairs(store: MatchingStore, stored: Shortlisted, graded: dict[str, float]) -> list[Preference]:
    need, _ = store.need(stored.need_id)
    values = {}
    for company_id, supplier in store.suppliers(list(graded)).items():
        match = assess(need, stored.profile, supplier)
        if match is not None:
            values[company_id] = {part.name: part.value for part in match.parts}
    return [
        Preference(values[one], values[other])
        for one in sorted(values)
        for other in sorted(values)
        if graded[one] > graded[other]
    ]
