"""The worker of the matching service: `python -m services.matching.worker`."""

from __future__ import annotations

from typing import Any

from services.matching.store import MatchingStore
from services.matching.usecases.copies import copy_catalog
from services.matching.usecases.fairness import Spreader
from services.matching.usecases.feedback import hear_feedback
from services.matching.usecases.ranking import Ranker
from shared.consumption import batched
from shared.worker import main

# One handler for all of them, so that a batch of any mixture is a few bulk writes.
_copy = batched(copy_catalog)
_learn = batched(hear_feedback)

HANDLERS: dict[str, Any] = dict.fromkeys(
    (
        "catalog.company_registered",
        "catalog.company_changed",
        "catalog.company_withdrawn",
        "catalog.offering_published",
        "catalog.offering_changed",
        "catalog.offering_withdrawn",
        "catalog.need_published",
        "catalog.need_changed",
        "catalog.need_closed",
    ),
    _copy,
) | dict.fromkeys(
    (
        "rounds.request_accepted",
        "rounds.request_declined",
        "rounds.meeting_scheduled",
        "rounds.meeting_cancelled",
        "rounds.attendance_recorded",
        "rounds.outcome_recorded",
        "rounds.sale_recorded",
    ),
    _learn,
)

RANKER = Ranker()
JOBS: list[Any] = [RANKER, Spreader()]

if __name__ == "__main__":
    main("matching", MatchingStore, HANDLERS, JOBS, RANKER.leave)
