"""Two real worker processes on one database share the needs, and one goes on where the other was killed."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from services.matching.store import LeaseLost, MatchingStore, new_holder
from services.matching.usecases.ranking import Ranker
from shared import bus
from shared.contracts.base import Event, encode
from tests.service.matching.conftest import a_company, a_need, an_offering

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from services.matching.model.shortlists import Shortlisted
    from shared.config import Config
    from shared.contracts.base import Payload
    from tests.conftest import MakeConfig

SUPPLIERS, NEEDS = 200, 150
RANDOM = random.Random(3)
WORDS = ["aguacate", "hass", "panela", "café", "molido", "tubería", "acero", "dotación", "botas", "aseo"]
ANCHOR = a_company(name="Exportadora del Valle S. A.", roles=["anchor"])


class Workers:
    """Worker processes of matching on one database and one embedded bus."""

    def __init__(self, config: Config, logs: Path) -> None:
        self.config = config
        self.store = MatchingStore.open(config)
        self.store.ensure_indexes()
        self.producer = bus.connect(config).producer()
        self.logs = logs
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self) -> subprocess.Popen[bytes]:
        settings = {
            "ENCADENA_MONGO_URL": self.config.mongo_url,
            "ENCADENA_BUS_URL": self.config.bus_url,
            "ENCADENA_DATABASE_PREFIX": self.config.database_prefix,
            "ENCADENA_PORTAL_URL": self.config.portal_url,
        }
        command = [sys.executable, "-m", "services.matching.worker"]
        with (self.logs / f"worker-{len(self.running)}.log").open("wb") as log:
            worker = subprocess.Popen(command, env=os.environ | settings, stdout=log, stderr=log)
        self.running.append(worker)
        return worker

    def stop(self) -> None:
        for worker in self.running:
            worker.terminate()
        for worker in self.running:
            worker.wait(20)

    def publish(self, *payloads: Payload) -> None:
        now = datetime.now(UTC)
        self.producer.publish([encode(Event(payload, 1, now, "test")) for payload in payloads])

    def parts(self) -> dict[int, int]:
        """How many parts of the needs each process holds."""
        held = Counter(row["holder"] for row in self.store.db.leases.find())
        return {int(holder.split(":")[1]): parts for holder, parts in held.items() if holder}

    def work(self) -> dict[int, int]:
        """How many transactions each process has written for the parts that it holds."""
        done: Counter[int] = Counter()
        for row in self.store.db.leases.find({"holder": {"$ne": None}}):
            done[int(row["holder"].split(":")[1])] += row.get("uses", 0)
        return done

    def shortlists(self) -> dict[str, Shortlisted]:
        return self.store.shortlists(self.store.db.needs.distinct("_id"))

    def have_ranked(self, needs: int) -> bool:
        return self.store.db.shortlists.count_documents({}) == needs and self.store.ranked()

    def told(self) -> int:
        """How many different events said that a shortlist has changed."""
        reader = bus.connect(self.config).consumer("test", ["matching.events"])
        ids = set()
        while records := reader.poll(1_000, 0.0):
            ids |= {r.headers["ce_id"] for r in records if r.headers["ce_type"].endswith("shortlist_updated")}
        reader.close()
        return len(ids)


@pytest.fixture
def workers(config: MakeConfig, tmp_path: Path) -> Iterator[Workers]:
    made = Workers(config("matching"), tmp_path)
    with closed_at_the_end(made):
        yield made


@contextmanager
def closed_at_the_end(workers: Workers) -> Iterator[None]:
    try:
        yield
    finally:
        workers.stop()
        workers.producer.close()
        workers.store.close()


NOW = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)


def shares(store: MatchingStore, *workers: str, now: datetime = NOW) -> list[int]:
    """How many parts each of these workers holds after a few rounds in which all are ready."""
    for _ in range(3):
        held = [set().union(*store.share_parts(f"{worker}:1:x", True, now)) for worker in workers]
    assert sum(map(len, held)) == len(set().union(*held))
    return [len(parts) for parts in held]


def test_workers_have_equal_shares_whoever_comes_and_goes(workers: Workers) -> None:
    store = workers.store
    assert shares(store, "one") == [64]
    assert shares(store, "one", "two") == [32, 32]
    assert shares(store, "one", "two", "three") == [22, 22, 20]
    assert shares(store, "one", "three", now=NOW + timedelta(seconds=21)) == [32, 32]


def test_a_worker_that_loads_its_index_holds_a_single_part(workers: Workers) -> None:
    assert shares(workers.store, "one") == [64]
    assert workers.store.share_parts("two:1:x", False, NOW) == (set(), set())
    assert shares(workers.store, "one") == [63]
    _, taken = workers.store.share_parts("two:1:x", False, NOW)
    assert len(taken) == 1


def test_only_a_worker_that_can_be_seen_from_here_is_known_to_have_ended(workers: Workers) -> None:
    store = workers.store
    home, mine, _ = new_holder().split(":")
    elsewhere = home.replace("[", "[1")
    assert elsewhere.split("/")[0] == home.split("/")[0]
    store.share_parts(f"{elsewhere}:{mine}:x", True, NOW)
    # A container of the same name whose process has the same number still lives.
    assert store.share_parts("one:1:x", True, NOW) == (set(), set())
    store.leave_parts("one:1:x")
    assert store.share_parts(new_holder(), True, NOW) == (set(), set())
    store.leave_parts(f"{elsewhere}:{mine}:x")
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    store.db.leases.update_many({}, {"$set": {"holder": f"{home}:{ended.pid}:x"}})
    _, taken = store.share_parts(new_holder(), True, NOW)
    assert len(taken) == 64


def test_a_change_is_kept_until_the_shortlists_of_every_part_follow_it(workers: Workers) -> None:
    store = workers.store
    store.share_parts("one:1:x", True, NOW)
    store.share_parts("two:1:x", True, NOW)
    one, _ = store.share_parts("one:1:x", True, NOW)
    _, two = store.share_parts("two:1:x", True, NOW)
    store.note_change(["a company"])
    (change,) = store.changes(one, [], 10)
    store.settle_changes("one:1:x", [change["_id"]], one)
    assert store.changes(one, [], 10) == []
    assert [each["companies"] for each in store.changes(two, [], 10)] == [["a company"]]
    with pytest.raises(LeaseLost):
        store.settle_changes("one:1:x", [change["_id"]], two)
    assert not store.ranked()
    store.settle_changes("two:1:x", [change["_id"]], two)
    assert store.ranked()


def wait_until(is_so: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline, what
        time.sleep(0.002)


def two_workers_with_suppliers(workers: Workers) -> None:
    """Start two workers, let them take in the same suppliers and share the needs that will come."""
    workers.start()
    workers.start()
    suppliers = [a_company(name=f"Finca {number}") for number in range(SUPPLIERS)]
    titles = [" ".join(RANDOM.choices(WORDS, k=3)) for _ in suppliers]
    offerings = [an_offering(each, title=title) for each, title in zip(suppliers, titles, strict=True)]
    workers.publish(ANCHOR, *suppliers, *offerings)
    wait_until(lambda: workers.store.db.offerings.count_documents({}) == SUPPLIERS, "copied")
    wait_until(lambda: sorted(workers.parts().values()) == [32, 32], "shared in halves")
    wait_until(workers.store.ranked, "both indexes follow")


def publish_needs(workers: Workers) -> None:
    workers.publish(*(a_need(ANCHOR, title=" ".join(RANDOM.choices(WORDS, k=4))) for _ in range(NEEDS)))


def ranked_by_one(workers: Workers) -> dict[str, Shortlisted]:
    """The shortlists that a single ranker makes of the same copies."""
    count = workers.store.db.shortlists.delete_many({}).deleted_count
    alone = Ranker()
    wait_until(lambda: not alone(workers.store) and workers.have_ranked(count), "ranked by one")
    return workers.shortlists()


def test_two_workers_rank_as_one_does_and_one_finishes_what_a_killed_one_had_begun(workers: Workers) -> None:
    two_workers_with_suppliers(workers)
    before = workers.work()
    publish_needs(workers)
    wait_until(lambda: workers.have_ranked(NEEDS), "ranked by both")
    done = {process: uses - before[process] for process, uses in workers.work().items()}
    assert len(done) == 2
    assert min(done.values()) >= NEEDS / 10 / 4

    before, victim, heir = workers.work(), workers.running[0], workers.running[1]
    publish_needs(workers)
    wait_until(lambda: workers.work()[victim.pid] > before[victim.pid], "begun")
    victim.kill()
    victim.wait()
    assert NEEDS < workers.store.db.shortlists.count_documents({}) < 2 * NEEDS
    wait_until(lambda: workers.have_ranked(2 * NEEDS), "finished by the other")
    assert workers.parts() == {heir.pid: 64}

    wait_until(lambda: not workers.store.pending(1), "told")
    workers.stop()
    assert workers.parts() == {}
    lists = workers.shortlists()
    assert {each.version for each in lists.values()} == {1}
    assert workers.told() == 2 * NEEDS
    assert lists == ranked_by_one(workers)
