"""All needs against all suppliers by real workers on a real MongoDB: see `benchmarks.matching`."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import directory
from deploy.mongod import LocalMongod
from services.matching.store import MatchingStore
from shared.config import Config

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

LONGEST = 3600
COPIED_AT_ONCE = 2_000
Document = dict[str, Any]


@contextmanager
def database(folder: Path, service: str = "matching") -> Iterator[Config]:
    """A MongoDB of one's own, and the configuration of a service on it with an empty embedded bus."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    mongod = LocalMongod(folder / "mongo", port)
    for name in [name for name in os.environ if name.startswith("ENCADENA_")]:
        del os.environ[name]
    os.environ |= {
        "ENCADENA_MONGO_URL": mongod.start(),
        "ENCADENA_BUS_URL": f"embedded://{folder / 'bus'}",
        "ENCADENA_PORTAL_URL": "http://127.0.0.1:9",
    }
    try:
        yield Config.from_env(service)
    finally:
        mongod.stop()


@contextmanager
def worker(log: Path, service: str = "matching") -> Iterator[int]:
    """A real worker process; gives its number."""
    with log.open("wb") as output:
        command = [sys.executable, "-m", f"services.{service}.worker"]
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(60)


def run_bulk(suppliers: int, needs: int) -> dict[str, Any]:
    """Start a worker on a full database, let it rank all needs, and then two workers once more."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        store = MatchingStore.open(stack.enter_context(database(folder)), patience=300)
        stack.callback(store.close)
        store.ensure_indexes()
        offerings = fill(store, suppliers, needs)
        begun = time.perf_counter()
        first = stack.enter_context(worker(folder / "first.log"))
        wait_until(lambda: ready(store) == 1)
        started, spent = time.perf_counter() - begun, processor_seconds(first)
        alone = rate(store, needs)
        memory = memory_mb(first)
        stack.enter_context(worker(folder / "second.log"))
        wait_until(lambda: ready(store) == 2 and len(shares(store)) == 2 and min(shares(store)) >= 30)
        store.db.shortlists.delete_many({})
        store.note_change(needs=(row["_id"] for row in store.db.needs.find({}, {"_id": 1})))
        both = rate(store, needs)
    return {
        "suppliers": suppliers,
        "offerings": offerings,
        "needs": needs,
        "start_from_mongodb_seconds": round(started, 1),
        "start_processor_seconds": round(spent, 1),
        "worker_memory_mb": round(memory),
        "needs_a_second": {"1": round(alone, 1), "2": round(both, 1)},
        "two_against_one": round(both / alone, 2),
    }


def rate(store: MatchingStore, needs: int) -> float:
    """Shortlists a second, from the first to the last."""
    wait_until(lambda: store.db.shortlists.estimated_document_count() > 0)
    begun, had = time.perf_counter(), store.db.shortlists.estimated_document_count()
    wait_until(lambda: store.db.shortlists.estimated_document_count() >= needs)
    return (needs - had) / (time.perf_counter() - begun)


def ready(store: MatchingStore) -> int:
    """How many workers have their index."""
    return store.db.rankers.count_documents({"ready": True})


def shares(store: MatchingStore) -> list[int]:
    """How many parts of the needs each worker holds."""
    rows = store.db.leases.aggregate([{"$group": {"_id": "$holder", "parts": {"$sum": 1}}}])
    return [row["parts"] for row in rows]


def wait_until(is_so: Callable[[], bool]) -> None:
    """Return when it is so. Raises TimeoutError."""
    deadline = time.monotonic() + LONGEST
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.05)


def fill(store: MatchingStore, suppliers: int, needs: int) -> int:
    """The copies that matching has of a generated directory. Returns how many offerings there are."""
    count = 0
    companies = directory.companies(suppliers)
    while some := list(islice(companies, COPIED_AT_ONCE)):
        offerings = [(each["ref"], offering) for each in some for offering in each.pop("offerings")]
        count += len(offerings)
        store.copy("companies", copies((each["ref"], "company_id", each) for each in some))
        store.copy("offerings", copies((ref, "offering_id", each) for ref, each in offerings))
    asked = [each for each in directory.needs(needs) if each["kind"] == "need"]
    wanted = copies((each.pop("company"), "need_id", each) for each in asked)
    for document in wanted.values():
        document |= {"status": "open", "closes_on": document["data"]["closes_on"]}
    store.copy("needs", wanted)
    return count


def copies(records: Iterable[tuple[str, str, Document]]) -> dict[str, Document]:
    """Copies as they are kept, by id, of (company, name of the id, record)."""
    found = {}
    for company_id, name, record in records:
        ref = record.pop("ref")
        data = {**record, "company_id": company_id, name: ref}
        found[ref] = {"_id": ref, "sequence": 1, "company_id": company_id, "gone": False, "data": data}
    return found


def memory_mb(process: int) -> float:
    """The most memory that a process has had."""
    status = Path(f"/proc/{process}/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


def processor_seconds(process: int) -> float:
    """What a process has used of a core: where others use the machine too, less than the time that passed."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
