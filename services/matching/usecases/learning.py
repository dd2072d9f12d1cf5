"""Learning from feedback: the preferences in it, fitting weights to them and rolling back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from services.matching.engine import assess, tie_break
from services.matching.engine.learning import Preference, fitted, ordered_right
from services.matching.model.decisions import DISMISSED, today
from services.matching.model.grades import GRADES, LISTED, by_value, grade
from shared.errors import NotFound
from shared.store import transactional

if TYPE_CHECKING:
    from datetime import datetime

    from services.matching.engine import Weights
    from services.matching.model.shortlists import Shortlisted
    from services.matching.store import MatchingStore
    from shared.store import Document

_LISTED = 10
_HELD_OUT = 4


def fit(store: MatchingStore, *, now: datetime) -> Document:
    """Fit weights to all feedback, and use them if they order held-out needs no worse than those in use.

    A quarter of the needs is held out, by a seeded hash. Without enough feedback nothing changes. Reading
    all feedback may take longer than a transaction may, so only the result is written in one.
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
    return {**figures, "version": _keep(store, after, figures, now), "changed": True}


@transactional
def _keep(store: MatchingStore, weights: Weights, figures: Document, now: datetime) -> int:
    version = store.add_weights(weights, figures, now)
    _use(store, version, now)
    return version


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
    grades, worth = _grades(store), _worth(store)
    learned: list[Preference] = []
    held: list[Preference] = []
    for need_id, stored in store.shortlists(list(grades)).items():
        graded = dict.fromkeys((each.supplier_id for each in stored.matches[:_LISTED]), GRADES[LISTED])
        graded |= grades[need_id]
        for supplier_id, more in worth.get(need_id, {}).items():
            graded[supplier_id] += more if graded[supplier_id] else 0.0
        is_held = tie_break(need_id, "held out")[0] % _HELD_OUT == 0
        (held if is_held else learned).extend(_pairs(store, stored, graded))
    return learned, held


def _grades(store: MatchingStore) -> dict[str, dict[str, float]]:
    """For each need how good its suppliers are, by all that was said of the pair."""
    found: dict[str, dict[str, float]] = {}
    dismissed = set()
    for each in store.decisions({}):
        said = [each.by_anchor] if each.by_anchor else []
        if each.interested is not None:
            said.append("interested" if each.interested else "not_interested")
        if said:
            found.setdefault(each.need_id, {})[each.supplier_id] = grade(said)
        if each.by_anchor == DISMISSED:
            dismissed.add((each.need_id, each.supplier_id))
    for (need_id, supplier_id), rows in _told(store).items():
        if (need_id, supplier_id) not in dismissed:
            found.setdefault(need_id, {})[supplier_id] = grade([row["said"] for row in rows])
    return found


def _worth(store: MatchingStore) -> dict[str, dict[str, float]]:
    """For each need what its suppliers' deals add to their grades."""
    values: dict[str, dict[str, Document]] = {}
    for (need_id, supplier_id), rows in _told(store).items():
        for row in rows:
            if "value" in row:
                values.setdefault(need_id, {})[supplier_id] = row["value"]
    return {need_id: by_value(each) for need_id, each in values.items()}


def _told(store: MatchingStore) -> dict[tuple[str, str], list[Document]]:
    """By need and supplier all that was said of the two companies, where they met because of the need."""
    rows = store.feedback()
    by_pair: dict[tuple[str, ...], list[Document]] = {}
    for row in rows:
        by_pair.setdefault(tuple(row["companies"]), []).append(row)
    anchors = store.anchors_of({row["need_id"] for row in rows if row["need_id"]})
    found = {}
    for row in rows:
        anchor_id = anchors.get(row["need_id"] or "")
        for supplier_id in row["companies"]:
            if anchor_id in row["companies"] and supplier_id != anchor_id:
                found[row["need_id"], supplier_id] = [
                    each
                    for each in by_pair[tuple(row["companies"])]
                    if each.get("supplier_id", supplier_id) == supplier_id
                ]
    return found


def _pairs(store: MatchingStore, stored: Shortlisted, graded: dict[str, float]) -> list[Preference]:
    need, _ = store.need(stored.need_id)
    # What came of the need speaks for whom it came of; to learn from that would be to learn the answer.
    profile = replace(stored.profile, context=replace(stored.profile.context, history={}))
    values = {}
    for company_id, supplier in store.suppliers(list(graded)).items():
        others = [each for each in supplier.offerings if each.offering_id != stored.need_id]
        match = assess(need, profile, replace(supplier, offerings=others))
        if match is not None:
            values[company_id] = {part.name: part.value for part in match.parts}
    return [
        Preference(values[one], values[other], graded[one] - graded[other])
        for one in sorted(values)
        for other in sorted(values)
        if graded[one] > graded[other]
    ]
