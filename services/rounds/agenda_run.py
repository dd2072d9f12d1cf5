"""One run of the agenda engine in a process of its own: `python -m services.rounds.agenda_run --run ID`.

The worker starts and watches it. Progress and result are documents. It may be killed at any moment:
the answer is written in one transaction, and only while the run still counts as running.
"""

from __future__ import annotations

import argparse
import os
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from services.rounds.agenda import Collision, solve
from services.rounds.model.agendas import AgendaRun
from services.rounds.store import RoundsStore
from services.rounds.usecases.agendas import end_run, finish_run
from services.rounds.usecases.problems import problem_of
from shared import log
from shared.config import Config
from shared.errors import Conflict

if TYPE_CHECKING:
    from services.rounds.agenda import Progress

HEARTBEAT_SECONDS = 1.0

_log = log.get(__name__)


class Pulse:
    """A thread that shows every second that the process lives and how far it is, and hears if it is to stop.

    The solver keeps the main thread, and it may find nothing better for a long time. The process ends
    when its worker is gone: nobody would stop it then.
    """

    def __init__(self, store: RoundsStore, run_id: str) -> None:
        self.store, self.run_id = store, run_id
        self.progress: dict[str, Any] = {}
        self.stop = threading.Event()
        self.over = threading.Event()
        self.parent = os.getppid()
        self.thread = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> Pulse:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.thread.join()

    def watch(self, progress: Progress) -> None:
        """Take note of how far a phase is."""
        self.progress = {**self.progress, progress.phase: {"best": progress.best, "bound": progress.bound}}

    def _beat(self) -> None:
        while True:
            try:
                now = datetime.now(UTC)
                self.store.update_run(self.run_id, {"heartbeat_at": now, "progress": self.progress})
                if self.store.get(AgendaRun, self.run_id).stopping:
                    self.stop.set()
            except Exception as error:
                # The next beat may reach the database; if none does, the worker gives the run up.
                _log.warning("heartbeat_failed", error=repr(error))
            if self.over.wait(HEARTBEAT_SECONDS):
                return
            if os.getppid() != self.parent:
                _log.warning("worker_is_gone", run_id=self.run_id)
                os._exit(1)


def perform(store: RoundsStore, run: AgendaRun) -> None:
    """Solve what the run is for, and keep the answer as a draft, or the reason why there is none."""
    try:
        problem, round_ = problem_of(store, run, datetime.now(UTC))
        with Pulse(store, run.id) as pulse:
            answer = solve(problem, seconds=run.seconds, seed=run.seed, watch=pulse.watch, stop=pulse.stop)
        agenda = finish_run(store, run, answer, round_=round_, now=datetime.now(UTC))
        _log.info("agenda_made", run_id=run.id, agenda_id=agenda.id, meetings=len(agenda.placed))
    except Conflict as error:
        _log.warning("agenda_run_given_up", run_id=run.id, error=str(error))
    except Collision as error:
        # The engine names the meetings by their requests.
        named = [request.id for request in problem.requests if request.id in str(error)]
        end_run(store, run.id, "failed", now=datetime.now(UTC), error=str(error), colliding=named)
        _log.warning("agenda_run_failed", run_id=run.id, error=str(error))
    except Exception as error:
        end_run(store, run.id, "failed", now=datetime.now(UTC), error=repr(error))
        raise


def main() -> None:
    """Entry point of the process."""
    parser = argparse.ArgumentParser(description="Makes one version of a round's agenda.")
    parser.add_argument("--run", required=True, help="id of a run that a worker has claimed")
    run_id = parser.parse_args().run
    config = Config.from_env("rounds")
    log.configure("rounds", config.log_level)
    store = RoundsStore.open(config)
    try:
        perform(store, store.get(AgendaRun, run_id))
    finally:
        store.close()


if __name__ == "__main__":
    main()
