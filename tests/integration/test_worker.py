"""What a worker does with events: once in effect, poison buried, the rest goes on."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from shared import bus, log
from shared.bus import Record
from shared.consumption import TRIES, Consumption, batched
from shared.contracts import catalog
from shared.contracts.base import Event, encode
from shared.errors import Conflict
from shared.store import Store, new_id, transactional
from shared.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.config import Config
    from tests.conftest import MakeConfig

NOW = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)


def need(title: str = "Aguacate Hass", sequence: int = 1, need_id: str | None = None) -> Event:
    payload = catalog.NeedPublished(
        need_id=need_id or new_id(), company_id=new_id(), title=title, closes_on=date(2027, 6, 30)
    )
    return Event(payload, sequence, NOW, "story-1")


def count_need(store: Store, event: Event) -> None:
    store.db.counted.update_one({"_id": event.subject}, {"$inc": {"times": 1}}, upsert=True)
    if event.data.title == "of a rule":
        raise Conflict("no", "No.", "No.")
    if event.data.title == "of a bug":
        raise ZeroDivisionError


@pytest.fixture
def settings(config: MakeConfig) -> Config:
    return config("matching")


@pytest.fixture
def store(settings: Config) -> Iterator[Store]:
    opened = Store.open(settings)
    opened.ensure_indexes()
    yield opened
    opened.close()


@pytest.fixture
def worker(settings: Config, store: Store) -> Iterator[Worker[Store]]:
    made = Worker(settings, store, {"catalog.need_published": count_need})
    yield made
    made.close()


def publish(settings: Config, *records: Record) -> None:
    producer = bus.connect(settings).producer()
    producer.publish(records)
    producer.close()


def work_through(worker: Worker[Any]) -> None:
    while worker.step(0.05):
        pass


def counted(store: Store) -> list[int]:
    return [row["times"] for row in store.db.counted.find()]


def test_an_event_that_comes_twice_has_its_effect_once(
    settings: Config, store: Store, worker: Worker[Store]
) -> None:
    record = encode(need())
    publish(settings, record, record)
    work_through(worker)
    publish(settings, record)
    work_through(worker)
    assert counted(store) == [1]


def test_an_unreadable_event_is_buried_with_its_bytes_and_the_rest_goes_on(
    settings: Config, store: Store, worker: Worker[Store]
) -> None:
    good = encode(need())
    publish(settings, good, replace(encode(need()), value=b"\xff not json"), encode(need()))
    work_through(worker)
    assert counted(store) == [1, 1]
    [letter] = store.db.dead_letters.find()
    assert letter["value"] == b"\xff not json"
    assert "unreadable" in letter["reason"]


def test_a_record_that_is_no_event_at_all_is_buried(
    settings: Config, store: Store, worker: Worker[Store]
) -> None:
    publish(settings, Record("catalog.events", "k", b"hello", {}), encode(need()))
    work_through(worker)
    assert counted(store) == [1]
    assert store.db.dead_letters.count_documents({}) == 1


def test_an_event_of_a_newer_version_is_buried(settings: Config, store: Store, worker: Worker[Store]) -> None:
    record = encode(need())
    newer = {**record.headers, "ce_dataschema": record.headers["ce_dataschema"].replace(":1", ":2")}
    publish(settings, replace(record, headers=newer))
    work_through(worker)
    [letter] = store.db.dead_letters.find()
    assert "newer" in letter["reason"]


def test_an_event_of_a_type_that_nobody_here_handles_leaves_no_trace(
    settings: Config, store: Store, worker: Worker[Store]
) -> None:
    closed = catalog.NeedClosed(need_id=new_id(), company_id=new_id(), status="closed")
    publish(settings, encode(Event(closed, 2, NOW, "")))
    work_through(worker)
    assert store.db.inbox.count_documents({}) == store.db.dead_letters.count_documents({}) == 0


def test_what_a_rule_refuses_is_buried_at_once_without_its_effects(
    settings: Config, store: Store, worker: Worker[Store]
) -> None:
    publish(settings, encode(need()), encode(need("of a rule")), encode(need()))
    work_through(worker)
    assert counted(store) == [1, 1]
    [letter] = store.db.dead_letters.find()
    assert letter["reason"].startswith("refused")


def test_a_bug_gets_five_tries_and_is_buried(settings: Config, store: Store, worker: Worker[Store]) -> None:
    publish(settings, encode(need("of a bug")), encode(need()))
    work_through(worker)
    assert counted(store) == [1]
    [letter] = store.db.dead_letters.find()
    assert letter["reason"] == f"failed {TRIES} times: ZeroDivisionError()"


def test_what_was_buried_comes_back_after_the_mend(
    settings: Config, store: Store, worker: Worker[Store]
) -> None:
    publish(settings, encode(need("of a bug")), encode(need("of a rule")))
    work_through(worker)

    def mended(store: Store, event: Event) -> None:
        store.db.counted.insert_one({"_id": event.subject, "times": 1})

    assert Consumption(store, {"catalog.need_published": mended}).replay() == (2, 0)
    assert counted(store) == [1, 1]
    assert store.db.dead_letters.count_documents({}) == 0


def test_a_replay_that_fails_again_keeps_the_event(
    settings: Config, store: Store, worker: Worker[Store]
) -> None:
    publish(settings, encode(need("of a bug")))
    work_through(worker)
    assert worker.consumption.replay() == (0, 1)
    assert store.db.dead_letters.count_documents({}) == 1


def test_many_events_can_be_handled_with_one_call(settings: Config, store: Store) -> None:
    calls: list[int] = []

    def together(_: Store, events: list[Event]) -> None:
        calls.append(len(events))

    many = Worker(settings, store, {"catalog.need_published": batched(together)})
    publish(settings, *[encode(need()) for _ in range(40)])
    work_through(many)
    many.close()
    assert calls == [40]


def test_effects_events_and_inbox_are_written_together_or_not_at_all(settings: Config, store: Store) -> None:
    def half(store: Store, event: Event) -> None:
        store.db.counted.insert_one({"_id": event.subject, "times": 1})
        store.publish(event.data, 7, NOW)
        if store.db.tries.find_one() is None:
            raise ZeroDivisionError

    worker = Worker(settings, store, {"catalog.need_published": half})
    event = need()
    publish(settings, encode(event))
    work_through(worker)
    assert store.db.counted.count_documents({}) == 0
    assert store.db.inbox.count_documents({}) == 0
    assert not store.pending(10)
    worker.close()


def test_an_event_that_follows_from_another_belongs_to_the_same_story(settings: Config, store: Store) -> None:
    def answer(store: Store, event: Event) -> None:
        store.publish(event.data, 9, NOW)

    worker = Worker(settings, store, {"catalog.need_published": answer})
    publish(settings, encode(need()))
    assert worker.step(1.0)
    consumer = bus.connect(settings).consumer("test", ["catalog.events"])
    _, record = consumer.poll(10, 1)
    consumer.close()
    assert record.headers["ce_correlationid"] == "story-1"
    worker.close()


def test_the_outbox_is_relayed_in_order_for_each_aggregate(settings: Config, store: Store) -> None:
    subject = new_id()

    @transactional
    def change(store: Store, sequence: int) -> None:
        store.publish(need(need_id=subject).data, sequence, NOW)

    for sequence in range(1, 13):
        change(store, sequence)
    worker = Worker(settings, store, {})
    work_through(worker)
    worker.close()
    consumer = bus.connect(settings).consumer("test", ["catalog.events"])
    read = consumer.poll(100, 1)
    consumer.close()
    assert [record.headers["ce_sequence"] for record in read] == [str(n) for n in range(1, 13)]
    assert not store.pending(10)


def test_a_failing_job_does_not_stop_the_events(settings: Config, store: Store) -> None:
    def broken(_: Store) -> bool:
        raise ZeroDivisionError

    worker = Worker(settings, store, {"catalog.need_published": count_need}, [broken])
    publish(settings, encode(need()))
    work_through(worker)
    worker.close()
    assert counted(store) == [1]


def test_an_event_that_its_contract_does_not_permit_is_never_stored(store: Store) -> None:
    wrong = catalog.NeedClosed(need_id=new_id(), company_id=new_id(), status=5)
    with pytest.raises(Exception, match="Expected `str`"), log.correlated("x"):
        store.publish(wrong, 1, NOW)
    assert not store.pending(1)


def test_the_command_brings_back_what_was_buried(settings: Config, store: Store) -> None:
    record = encode(need())
    parts = {name: getattr(record, name) for name in ("topic", "key", "value", "headers")}
    store.bury(bus.Received(**parts, offset=7), "failed 5 times", NOW)
    environment = {
        "ENCADENA_MONGO_URL": settings.mongo_url,
        "ENCADENA_BUS_URL": settings.bus_url,
        "ENCADENA_PORTAL_URL": settings.portal_url,
        "ENCADENA_DATABASE_PREFIX": settings.database_prefix,
    }
    replay = [sys.executable, "-m", "services.matching.worker", "--replay"]
    done = subprocess.run(replay, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (0, "1 brought back, 0 still failing\n"), done.stderr
    assert store.db.needs.find_one({"_id": record.key})
    assert store.db.dead_letters.count_documents({}) == 0
