"""The worker of rounds: copies of others' data, and the processes that make agendas."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from services.rounds.model.agendas import AgendaRun
from services.rounds.store import RoundsStore
from services.rounds.usecases import copies
from services.rounds.usecases.agendas import end_run
from services.rounds.usecases.expiry import expire_requests
from services.rounds.usecases.offers import expire_offers
from services.rounds.usecases.outcomes import ask_follow_ups
from services.rounds.usecases.rounds import begin_rounds, close_rounds, open_rounds
from shared import log
from shared.consumption import batched
from shared.worker import main

if TYPE_CHECKING:
    from collections.abc import Callable

# A process gives a sign of life every second; after this long without one it is dead or cut off.
SILENCE = timedelta(seconds=15)
LOOK_EVERY = timedelta(seconds=1)

_log = log.get(__name__)

_companies = batched(copies.copy_companies)
_shortlists = batched(copies.copy_shortlists)
_decisions = batched(copies.copy_decisions)
_needs = batched(copies.close_needs)
_erasures = batched(copies.forget_people)

HANDLERS = {
    "catalog.company_registered": _companies,
    "catalog.company_changed": _companies,
    "catalog.company_withdrawn": _companies,
    "catalog.need_closed": _needs,
    "matching.shortlist_updated": _shortlists,
    "matching.candidate_shortlisted": _decisions,
    "matching.candidate_dismissed": _decisions,
    "matching.interest_declared": _decisions,
    "portal.account_erased": _erasures,
}


class AgendaProcesses:
    """The job that starts a process for one queued run at a time, and marks as interrupted what died."""

    def __init__(self) -> None:
        self.child: tuple[str, subprocess.Popen[bytes]] | None = None
        self._next_look = datetime.min.replace(tzinfo=UTC)

    def __call__(self, store: RoundsStore) -> bool:
        """Look after the processes; it never has more to do at once."""
        now = datetime.now(UTC)
        self._reap(store, now)
        if now >= self._next_look:
            self._next_look = now + LOOK_EVERY
            ended = {"status": "interrupted", "active": False, "finished_at": now}
            if store.interrupt_silent_runs(now - SILENCE, ended):
                _log.warning("silent_agenda_runs_interrupted")
            self._kill_stopped(store)
        if self.child is None:
            run = store.claim_run(now)
            if run is not None:
                command = [sys.executable, "-m", "services.rounds.agenda_run", "--run", run.id]
                self.child = (run.id, subprocess.Popen(command))  # noqa: S603  # our own module, and an id of ours
        return False

    def _kill_stopped(self, store: RoundsStore) -> None:
        if self.child is not None and not store.get(AgendaRun, self.child[0]).active:
            self.child[1].kill()

    def _reap(self, store: RoundsStore, now: datetime) -> None:
        if self.child is None or self.child[1].poll() is None:
            return
        run_id, process = self.child
        if end_run(store, run_id, "interrupted", now=now):
            _log.warning("agenda_run_interrupted", run_id=run_id, exit_code=process.returncode)
        self.child = None


class Clock:
    """The job that does, every second, what time alone brings about."""

    def __init__(self) -> None:
        self._next_look = datetime.min.replace(tzinfo=UTC)

    def __call__(self, store: RoundsStore) -> bool:
        """Do what is due; it has more to do at once while a limit cut it short."""
        now = datetime.now(UTC)
        if now < self._next_look:
            return False
        self._next_look = now + LOOK_EVERY
        open_rounds(store, now)
        begin_rounds(store, now)
        close_rounds(store, now)
        ask_follow_ups(store, now)
        if expire_requests(store, now) or expire_offers(store, now):
            self._next_look = now
            return True
        return False


JOBS: list[Callable[[RoundsStore], bool]] = [AgendaProcesses(), Clock()]

if __name__ == "__main__":
    main("rounds", RoundsStore, HANDLERS, JOBS)
