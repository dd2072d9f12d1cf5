"""What every bus does: one suite, run on the embedded log and on Kafka."""

from __future__ import annotations

import os
import time
import uuid
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pytest

from shared.bus import Record, connect
from shared.config import Config
from shared.errors import ConfigError

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from shared.bus import Bus, Consumer, Received

DEADLINE = 60.0

Opened = Any  # the fixture that closes a client at the end of the test


def read(consumer: Consumer, count: int) -> list[Received]:
    """Poll until `count` records have come."""
    records: list[Received] = []
    deadline = time.monotonic() + DEADLINE
    while len(records) < count and time.monotonic() < deadline:
        records += consumer.poll(count - len(records), 0.5)
    assert len(records) == count
    return records


def keys(records: list[Received]) -> list[str]:
    return [record.key for record in records]


def numbered(topic: str, *numbers: int) -> list[Record]:
    return [Record(topic, str(number), b"{}") for number in numbers]


def test_what_is_published_is_read_in_order_of_each_key(
    bus: Bus, make_topic: Callable[[int], str], opened: Opened
) -> None:
    topic = make_topic(3)
    sent = [Record(topic, f"k{n % 7}", str(n).encode()) for n in range(1000)]
    opened(producer := bus.producer())
    for first in range(0, 1000, 300):
        producer.publish(sent[first : first + 300])
    received = read(opened(bus.consumer("g", [topic])), 1000)
    by_key: dict[str, list[int]] = defaultdict(list)
    for record in received:
        by_key[record.key].append(int(record.value))
    assert by_key == {f"k{k}": list(range(k, 1000, 7)) for k in range(7)}


def test_key_headers_and_bytes_come_back_unchanged(bus: Bus, topic: str, opened: Opened) -> None:
    value = bytes(range(256)) * 3
    headers = {"ce_type": "catalog.need_published", "ce_subject": "ñandú – 供应商", "empty": ""}
    opened(bus.producer()).publish([Record(topic, "clave ñ", value, headers)])
    (record,) = read(opened(bus.consumer("g", [topic])), 1)
    assert (record.topic, record.key, record.value) == (topic, "clave ñ", value)
    assert record.headers == headers


def test_offsets_of_a_partition_are_consecutive(bus: Bus, topic: str, opened: Opened) -> None:
    producer = opened(bus.producer())
    for n in range(5):
        producer.publish(numbered(topic, n))
    received = read(opened(bus.consumer("g", [topic])), 5)
    first = received[0].offset
    assert [(r.partition, r.offset) for r in received] == [(0, first + n) for n in range(5)]


def test_an_empty_batch_is_published(bus: Bus, opened: Opened) -> None:
    opened(bus.producer()).publish([])


def test_a_value_of_900_kb_is_carried(bus: Bus, topic: str, opened: Opened) -> None:
    value = uuid.uuid4().bytes * 56_250
    opened(bus.producer()).publish([Record(topic, "big", value), Record(topic, "big", value)])
    assert [r.value for r in read(opened(bus.consumer("g", [topic])), 2)] == [value, value]


def test_a_poll_gives_no_more_than_its_limit(bus: Bus, topic: str, opened: Opened) -> None:
    opened(bus.producer()).publish(numbered(topic, *range(50)))
    consumer = opened(bus.consumer("g", [topic]))
    read(consumer, 1)
    assert keys(consumer.poll(7, 10.0)) == [str(n) for n in range(1, 8)]


def test_a_group_goes_on_where_it_committed(bus: Bus, topic: str, opened: Opened) -> None:
    producer = opened(bus.producer())
    producer.publish(numbered(topic, 1, 2, 3))
    first = bus.consumer("g", [topic])
    read(first, 2)
    first.commit()
    first.close()
    producer.publish(numbered(topic, 4))
    assert keys(read(opened(bus.consumer("g", [topic])), 2)) == ["3", "4"]


def test_two_groups_each_get_everything(bus: Bus, topic: str, opened: Opened) -> None:
    opened(bus.producer()).publish(numbered(topic, 1, 2, 3))
    for group in ("matching", "rounds"):
        consumer = opened(bus.consumer(group, [topic]))
        assert keys(read(consumer, 3)) == ["1", "2", "3"]
        consumer.commit()


def test_what_was_not_committed_is_read_again_after_rewind(bus: Bus, topic: str, opened: Opened) -> None:
    opened(bus.producer()).publish(numbered(topic, 1, 2, 3, 4))
    consumer = opened(bus.consumer("g", [topic]))
    read(consumer, 1)
    consumer.commit()
    assert keys(read(consumer, 2)) == ["2", "3"]
    consumer.rewind()
    assert keys(read(consumer, 3)) == ["2", "3", "4"]
    consumer.commit()
    consumer.rewind()
    opened(bus.producer()).publish(numbered(topic, 5))
    assert keys(read(consumer, 1)) == ["5"]


def test_what_was_not_committed_is_read_again_by_the_next_member(
    bus: Bus, topic: str, opened: Opened
) -> None:
    opened(bus.producer()).publish(numbered(topic, 1, 2))
    first = bus.consumer("g", [topic])
    read(first, 2)
    first.close()
    assert keys(read(opened(bus.consumer("g", [topic])), 2)) == ["1", "2"]


def test_a_rewind_and_a_commit_before_the_first_poll_do_nothing(bus: Bus, topic: str, opened: Opened) -> None:
    opened(bus.producer()).publish(numbered(topic, 1))
    consumer = opened(bus.consumer("g", [topic]))
    consumer.commit()
    consumer.rewind()
    assert keys(read(consumer, 1)) == ["1"]


def test_several_topics_are_read_by_one_consumer(
    bus: Bus, make_topic: Callable[[int], str], opened: Opened
) -> None:
    topics = [make_topic(1) for _ in range(3)]
    consumer = opened(bus.consumer("g", topics))
    opened(bus.producer()).publish([r for t in topics for r in numbered(t, 1, 2)])
    received = {(r.topic, r.key) for r in read(consumer, 6)}
    assert received == {(topic, key) for topic in topics for key in ("1", "2")}


def test_a_busy_topic_does_not_starve_another(
    bus: Bus, make_topic: Callable[[int], str], opened: Opened
) -> None:
    busy, quiet = make_topic(1), make_topic(1)
    # Bytes that don't compress, as Kafka hands out what one fetch of 1 MB brought before the next.
    many = [Record(busy, str(n), os.urandom(1000)) for n in range(5000)]
    producer, consumer = opened(bus.producer()), opened(bus.consumer("g", [busy, quiet]))
    producer.publish(numbered(busy, 0) + numbered(quiet, 0))
    read(consumer, 2)  # so that it has been given both
    producer.publish(many + numbered(quiet, 1))
    seen: list[Received] = []
    while quiet not in {record.topic for record in seen}:
        seen += read(consumer, 100)
        assert len(seen) < 5000


def test_an_idle_consumer_of_an_empty_topic_gets_what_is_published_later(
    bus: Bus, topic: str, opened: Opened
) -> None:
    consumer = opened(bus.consumer("g", [topic]))
    assert consumer.poll(10, 0.1) == []
    opened(bus.producer()).publish(numbered(topic, 1))
    assert keys(read(consumer, 1)) == ["1"]


def test_an_idle_consumer_is_woken_by_another_process(
    bus: Bus, bus_url: str, topic: str, opened: Opened, run_member: Callable[..., Any]
) -> None:
    consumer = opened(bus.consumer("g", [topic]))
    consumer.poll(1, 0.0)
    run_member("publish", bus_url, topic, "k", 1, 1)
    assert keys(consumer.poll(1, DEADLINE)) == ["k-0"]


def test_a_standby_gets_nothing_until_the_active_member_closes(bus: Bus, topic: str, opened: Opened) -> None:
    producer = opened(bus.producer())
    active, standby = bus.consumer("g", [topic]), opened(bus.consumer("g", [topic]))
    producer.publish(numbered(topic, 1))
    read(active, 1)
    active.commit()
    producer.publish(numbered(topic, 2))
    assert standby.poll(10, 0.5) == []
    active.close()
    assert keys(read(standby, 1)) == ["2"]


def test_a_standby_takes_over_when_the_active_member_is_killed(
    bus: Bus,
    bus_url: str,
    topic: str,
    opened: Opened,
    run_member: Callable[..., subprocess.Popen[str]],
) -> None:
    producer = opened(bus.producer())
    producer.publish(numbered(topic, 1))
    active = run_member("consume", bus_url, topic, "g")
    assert active.stdout is not None
    assert active.stdout.readline() == "1\n"
    standby = opened(bus.consumer("g", [topic]))
    assert standby.poll(10, 0.5) == []
    active.kill()
    producer.publish(numbered(topic, 2))
    assert keys(read(standby, 1)) == ["2"]


def test_an_address_of_another_kind_is_refused() -> None:
    config = Config(
        service="", mongo_url="", bus_url="amqp://host", portal_url="", jwks_url="", service_urls={}
    )
    with pytest.raises(ConfigError, match="embedded:///folder"):
        connect(config)
