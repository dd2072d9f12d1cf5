"""What is special to Kafka: a broker that goes away, other people's records, and rebalancing."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from kafka import KafkaAdminClient
from kafka import KafkaProducer as BareProducer
from kafka.admin import MemberToRemove

from deploy.kafka_local import LocalKafka, find_java_and_maven
from deploy.topics import make_topics
from shared.bus import BusUnavailable, Record, connect
from tests.backing import free_port, not_to_be_had
from tests.integration.bus_member import config_for
from tests.integration.test_bus import keys, numbered, read

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from shared.bus import Bus

TOPIC = "catalog.events"

pytestmark = [
    pytest.mark.usefixtures("collect_refused_sockets"),
    # kafka-python leaves the sockets of refused connections to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
]


@pytest.fixture
def bus_url(kafka_address: str) -> str:
    return f"kafka://{kafka_address}"


@pytest.fixture
def own_kafka(tmp_path: Path) -> Iterator[LocalKafka]:
    """A broker of this test alone, which it may stop and start."""
    missing = find_java_and_maven()
    if missing:
        not_to_be_had(missing)
    broker = LocalKafka(tmp_path, free_port(), free_port())
    broker.start()
    yield broker
    broker.stop()


def test_producer_and_consumer_go_on_when_the_broker_is_back(
    own_kafka: LocalKafka, opened: Callable[[Any], Any]
) -> None:
    config = config_for(f"kafka://{own_kafka.address}")
    make_topics(config, [TOPIC], partitions=1, replication=1)
    bus = connect(config)
    producer, consumer = opened(bus.producer()), opened(bus.consumer("g", [TOPIC]))
    producer.publish(numbered(TOPIC, 1))
    assert keys(read(consumer, 1)) == ["1"]
    consumer.commit()
    own_kafka.stop()
    started = time.monotonic()
    with pytest.raises(BusUnavailable, match="Look if the broker runs"):
        producer.publish(numbered(TOPIC, 2))
    with pytest.raises(BusUnavailable):
        opened(bus.producer()).publish(numbered(TOPIC, 3))
    assert time.monotonic() - started < 60
    own_kafka.start()
    producer.publish(numbered(TOPIC, 4))
    while "4" not in (seen := keys(read(consumer, 1))):
        assert seen == ["2"]  # it may have been stored, although nobody could say so
    consumer.commit()
    consumer.close()
    producer.publish(numbered(TOPIC, 5))
    assert keys(read(opened(bus.consumer("g", [TOPIC])), 1)) == ["5"]


@contextmanager
def frozen(broker: LocalKafka) -> Iterator[None]:
    """The broker takes connections and says nothing."""
    os.kill(broker.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(broker.pid, signal.SIGCONT)


def test_a_broker_that_hangs_is_told_in_bounded_time_and_leaves_no_thread(
    own_kafka: LocalKafka, opened: Callable[[Any], Any]
) -> None:
    config = config_for(f"kafka://{own_kafka.address}")
    make_topics(config, [TOPIC], partitions=1, replication=1)
    producer = opened(connect(config).producer())
    producer.publish(numbered(TOPIC, 1))
    with frozen(own_kafka):
        started = time.monotonic()
        with pytest.raises(BusUnavailable):
            producer.publish([Record(TOPIC, "2", b"x" * 1000)] * 500)
        assert time.monotonic() - started < 30
        assert not [thread for thread in threading.enumerate() if "producer" in thread.name]
    producer.publish(numbered(TOPIC, 3))


def test_a_broker_that_was_never_there_is_told_clearly(opened: Callable[[Any], Any]) -> None:
    bus = connect(config_for(f"kafka://127.0.0.1:{free_port()}"))
    with pytest.raises(BusUnavailable, match="Look if the broker runs"):
        opened(bus.consumer("g", [TOPIC])).poll(1, 0.1)


def test_a_topic_that_does_not_exist_is_told_clearly(bus: Bus, opened: Callable[[Any], Any]) -> None:
    producer = opened(bus.producer())
    with pytest.raises(BusUnavailable, match=r"deploy\.topics"):
        producer.publish(numbered("nobody.made.this", 1))


def test_records_that_others_wrote_do_not_stop_the_reader(
    bus: Bus, topic: str, kafka_address: str, opened: Callable[[Any], Any]
) -> None:
    bare = opened(BareProducer(bootstrap_servers=kafka_address))
    bare.send(topic, value=None, key=b"\xff", headers=[("ce_type", b"\xe9t\xe9"), ("ce_id", b"")])
    bare.send(topic, value=b"no key")
    bare.flush()
    first, second = read(opened(bus.consumer("g", [topic])), 2)
    assert (first.key, first.value) == (r"\xff", b"")
    assert first.headers == {"ce_type": r"\xe9t\xe9", "ce_id": ""}
    assert (second.key, second.value) == ("", b"no key")


def test_two_members_share_the_partitions_and_lose_nothing(
    bus: Bus,
    bus_url: str,
    make_topic: Callable[[int], str],
    opened: Callable[[Any], Any],
    run_member: Callable[..., subprocess.Popen[str]],
) -> None:
    topic = make_topic(2)
    ours, producer = opened(bus.consumer(topic, [topic])), opened(bus.producer())
    producer.publish(numbered(topic, *range(50)))
    read(ours, 50)
    ours.commit()
    other = run_member("consume", bus_url, topic, topic)
    seen, theirs = {str(number) for number in range(50)}, set[str]()
    listener = threading.Thread(target=lambda: theirs.update(line.strip() for line in other.stdout or ()))
    listener.start()
    sent, deadline = 50, time.monotonic() + 60
    while not theirs or len(seen | theirs) < sent:
        assert time.monotonic() < deadline
        if not theirs:
            producer.publish(numbered(topic, *range(sent, sent + 50)))
            sent += 50
        seen.update(keys(ours.poll(1000, 0.3)))
        ours.commit()
    other.kill()
    listener.join()


def test_a_commit_after_losing_the_partition_is_no_error_and_the_batch_is_read_again(
    bus: Bus, topic: str, kafka_address: str, opened: Callable[[Any], Any]
) -> None:
    opened(bus.producer()).publish(numbered(topic, 1, 2))
    consumer = opened(bus.consumer(topic, [topic]))
    read(consumer, 2)
    admin = opened(KafkaAdminClient(bootstrap_servers=kafka_address))
    (member,) = admin.describe_groups([topic])[topic]["members"]
    admin.remove_group_members(topic, [MemberToRemove(member_id=member["member_id"])])
    consumer.commit()
    assert keys(read(consumer, 2)) == ["1", "2"]
    consumer.commit()
    consumer.rewind()
    opened(bus.producer()).publish(numbered(topic, 3))
    assert keys(read(consumer, 1)) == ["3"]


def test_a_member_whose_heartbeats_stopped_joins_its_group_again(
    bus: Bus, make_topic: Callable[[int], str], opened: Callable[[Any], Any]
) -> None:
    topic = make_topic(1)
    producer, consumer = opened(bus.producer()), opened(bus.consumer("g", [topic]))
    producer.publish(numbered(topic, 1))
    assert keys(read(consumer, 1)) == ["1"]
    consumer.commit()
    first = consumer._client
    # What 3.0.12 comes to after some outages; no call of its own is known that does it at will.
    first._coordinator._disable_heartbeat()
    deadline = time.monotonic() + 40
    while consumer._client is first:
        assert time.monotonic() < deadline
        consumer.poll(10, 0.1)
    producer.publish(numbered(topic, 2))
    assert keys(read(consumer, 1)) == ["2"]


def test_a_standby_whose_heartbeats_stopped_joins_its_group_again(
    bus: Bus, make_topic: Callable[[int], str], opened: Callable[[Any], Any]
) -> None:
    topic = make_topic(1)
    producer, active = opened(bus.producer()), opened(bus.consumer("g", [topic]))
    producer.publish(numbered(topic, 1))
    assert keys(read(active, 1)) == ["1"]
    active.commit()
    standby = opened(bus.consumer("g", [topic]))
    first, deadline = None, time.monotonic() + 90
    while standby._client is first or first is None:
        assert time.monotonic() < deadline
        active.poll(10, 0.1)
        standby.poll(10, 0.1)
        if first is None and standby._client._coordinator._heartbeat_enabled:
            first = standby._client
            assert not first.assignment()
            first._coordinator._disable_heartbeat()
    active.close()
    producer.publish(numbered(topic, 2))
    assert keys(read(standby, 1)) == ["2"]
