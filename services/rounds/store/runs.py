"""Agenda runs, which a worker claims and watches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymongo import ASCENDING, ReturnDocument

from services.rounds.model.agendas import AgendaRun
from services.rounds.store.documents import aggregate, document
from shared.store import Document, Store

if TYPE_CHECKING:
    from datetime import datetime


class Runs(Store):
    """The `runs` collection: one active run for each round."""

    def claim_run(self, now: datetime) -> AgendaRun | None:
        """Take the oldest queued run, so that one worker alone starts it."""
        row = self.db.runs.find_one_and_update(
            {"status": "queued"},
            {"$set": {"status": "running", "heartbeat_at": now}},
            sort=[("created_at", ASCENDING)],
            return_document=ReturnDocument.AFTER,
        )
        return None if row is None else aggregate(AgendaRun, row)

    def save_run(self, run: AgendaRun) -> None:
        """Store a run as it is now."""
        self.db.runs.replace_one({"_id": run.id}, document(run))

    def update_run(self, run_id: str, changes: Document) -> bool:
        """Change a run that is still running; False when it is not."""
        query = {"_id": run_id, "status": "running"}
        return self.db.runs.update_one(query, {"$set": changes}).matched_count == 1

    def interrupt_silent_runs(self, since: datetime, changes: Document) -> int:
        """Change the running runs that gave no sign of life after `since`; how many there were."""
        query = {"status": "running", "heartbeat_at": {"$lt": since}}
        return self.db.runs.update_many(query, {"$set": changes}).modified_count
