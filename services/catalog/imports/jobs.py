"""Imports that were sent over HTTP: each runs in its own process, which the worker starts and watches."""

from __future__ import annotations

import atexit
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from services.catalog.imports.rows import Order, Refusal
from services.catalog.imports.run import Progress, entries_of, run
from shared import log
from shared.errors import Conflict
from shared.store import new_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.catalog.store import CatalogStore
    from shared.store import Document

# A file that stops its process again and again would do so for ever.
_MOST_RUNS = 5
_LOOK_SECONDS = 0.5
_log = log.get(__name__)


class TakenOver(Exception):
    """Another process goes on with this import, because this one was silent for too long."""


def receive(store: CatalogStore, job: Document, order: Order, read: Callable[[int], bytes]) -> Document:
    """Keep a file as it comes in, to be imported when its turn comes; returns the job.

    `job` has its id, who sent it and its format. The day of the order is the one on which it was given,
    so that all runs judge alike. Raises Conflict when the upload was silent for so long that it was
    given up.
    """
    job = {
        **job,
        "status": "uploading",
        "order": {**asdict(order), "today": order.today.isoformat()},
        "runs": 0,
        "progress": asdict(Progress()),
        "finished_at": None,
    }
    store.add_import({**job, "run": "", "heard_at": datetime.now(UTC)})
    try:
        size = store.keep_file(job["_id"], read)
    except BaseException:
        store.forget_import(job["_id"])
        raise
    if not store.note_import(job["_id"], "", {"status": "waiting", "size": size}):
        store.drop_file(job["_id"])
        raise Conflict(
            "upload_given_up",
            "El archivo tardó demasiado en llegar. Envíelo de nuevo, si puede en partes más pequeñas.",
            "The file took too long to arrive. Send it again, in smaller parts if you can.",
        )
    return {**job, "status": "waiting", "size": size}


def run_job(store: CatalogStore, job_id: str) -> None:
    """Do a job that the worker has claimed, from where it stands. Raises TakenOver, NotFound.

    Stops after a batch on SIGTERM, or when the worker is gone: the next one finds the job waiting.
    """
    job = store.get_import(job_id)
    order = Order(**{**job["order"], "today": date.fromisoformat(job["order"]["today"])})
    entries = entries_of(store.open_file(job_id), job["format"], order.kind)

    def note(progress: Progress, refusals: list[Refusal]) -> None:
        changes = {"progress": asdict(progress), "heard_at": datetime.now(UTC)}
        if not store.note_import(job_id, job["run"], changes):
            raise TakenOver(job_id)
        store.add_import_faults(_documents(job_id, refusals))

    stops: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: stops.append(number))
    parent = os.getppid()
    for _ in run(store, entries, order, Progress(**job["progress"]), note):
        if stops or os.getppid() != parent:
            store.note_import(job_id, job["run"], {"status": "waiting"})
            return
    store.note_import(job_id, job["run"], {"status": "done", "finished_at": datetime.now(UTC)})
    store.drop_file(job_id)


def _documents(job_id: str, refusals: list[Refusal]) -> list[Document]:
    return [
        {
            "_id": f"{job_id}:{refusal.line:010d}:{number:06d}",
            "line": refusal.line,
            "field": refusal.fault.field,
            "code": refusal.fault.code,
            "es": refusal.fault.es,
            "en": refusal.fault.en,
        }
        for number, refusal in enumerate(refusals)
    ]


class ImportWatch:
    """A job of the worker's loop: starts the process of one import at a time, and again after a crash."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._job_id: str | None = None
        self._next_look = 0.0

    def __call__(self, store: CatalogStore) -> bool:
        """Look after the running import, or for the next one. Never has more to do at once."""
        if self._process is not None and self._process.poll() is None:
            return False
        if self._process is not None:
            _log.info("import_process_ended", import_id=self._job_id, status=self._process.returncode)
            self._process = None
        elif time.monotonic() < self._next_look:
            return False
        self._next_look = time.monotonic() + _LOOK_SECONDS
        job = store.claim_import(new_id(), datetime.now(UTC), self._job_id)
        self._job_id = job["_id"] if job else None
        if job is not None and job["runs"] > _MOST_RUNS:
            self._give_up(store, job)
        elif job is not None:
            command = [sys.executable, "-m", "services.catalog.imports", "--job", job["_id"]]
            atexit.unregister(self.stop)
            atexit.register(self.stop)
            self._process = subprocess.Popen(command)  # noqa: S603  # our own module, with an id of ours
        return False

    @property
    def process_id(self) -> int | None:
        """The process of the running import."""
        return self._process.pid if self._process is not None else None

    def stop(self) -> None:
        """End the running import; it goes on when a worker finds it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()

    def _give_up(self, store: CatalogStore, job: Document) -> None:
        _log.error("import_failed", import_id=job["_id"], runs=job["runs"])
        store.note_import(job["_id"], job["run"], {"status": "failed", "finished_at": datetime.now(UTC)})
        store.drop_file(job["_id"])
        self._job_id = None
