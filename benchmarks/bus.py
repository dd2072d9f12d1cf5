"""Events a second through each bus, end to end, and how soon an idle consumer wakes.

`python -m benchmarks.bus --events 100000 --buses embedded,kafka`. One process publishes events of
1 kB in batches of 500 while another reads and commits. Beside Kafka runs a bare kafka-python producer
and consumer on the same broker, with none of our code; it sends without waiting and has the larger
batches that more than double its rate, as ours has. The broker is started here from its released
jars, or is the one given by --kafka.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import multiprocessing
import platform
import statistics
import sys
import tempfile
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

# Run by its path, Python would look beside this file first, where `http` is a benchmark.
sys.path.pop(0)
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from kafka import KafkaConsumer, KafkaProducer

from deploy.kafka_local import LocalKafka, find_java_and_maven
from deploy.topics import make_topics
from shared.bus import Record, connect
from shared.config import Config

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection

BATCH = 500
WAKE_UPS = 200
VALUE = json.dumps({"text": "suministro de uniformes y dotación " * 27}).encode()
HEADERS = {
    "ce_specversion": "1.0",
    "ce_id": f"{uuid.uuid4()}:0000000001",
    "ce_source": "/encadena/catalog",
    "ce_type": "catalog.offering_published",
    "ce_subject": str(uuid.uuid4()),
    "ce_time": "2026-11-20T10:00:00+00:00",
    "ce_sequence": "1",
}


def configured(url: str) -> Config:
    """A configuration of which only the bus matters."""
    return Config(service="bench", mongo_url="", bus_url=url, portal_url="", jwks_url="", service_urls={})


def read_from_bus(url: str, topic: str, count: int, pipe: Connection) -> None:
    """Read and commit `count` events; send the clock at the end."""
    consumer = connect(configured(url)).consumer("bench", [topic])
    consumer.poll(1, 1.0)
    pipe.send("ready")
    seen = 0
    while seen < count:
        seen += len(consumer.poll(BATCH, 1.0))
        consumer.commit()
    pipe.send(time.monotonic())
    consumer.close()


def publish_to_bus(url: str, topic: str, count: int) -> None:
    """Publish `count` events in batches."""
    producer = connect(configured(url)).producer()
    for first in range(0, count, BATCH):
        numbers = range(first, min(first + BATCH, count))
        producer.publish([Record(topic, f"k{number % 997}", VALUE, HEADERS) for number in numbers])
    producer.close()


def read_bare(url: str, topic: str, count: int, pipe: Connection) -> None:
    """The same with kafka-python alone."""
    consumer = KafkaConsumer(
        topic,
        bootstrap_servers=url.removeprefix("kafka://"),
        group_id="bare",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    consumer.poll(1000, max_records=1)
    pipe.send("ready")
    seen = 0
    while seen < count:
        seen += sum(map(len, consumer.poll(1000).values()))
        consumer.commit()
    pipe.send(time.monotonic())
    consumer.close()


def publish_bare(url: str, topic: str, count: int) -> None:
    """The same with kafka-python alone: all sent, then one flush."""
    servers = url.removeprefix("kafka://")
    producer = KafkaProducer(bootstrap_servers=servers, batch_size=131_072, linger_ms=5)
    headers = [(name, text.encode()) for name, text in HEADERS.items()]
    for number in range(count):
        producer.send(topic, key=f"k{number % 997}".encode(), value=VALUE, headers=headers)
    producer.flush()
    producer.close()


def rate(url: str, count: int, publish: Callable[..., None], read: Callable[..., None]) -> float:
    """Events a second, from the first publish to the last commit in the other process."""
    topic = fresh_topic(url)
    # With spawn, as a fork would hand the parent's clients to the child.
    processes = multiprocessing.get_context("spawn")
    ours, theirs = processes.Pipe()
    reader = processes.Process(target=read, args=(url, topic, count, theirs))
    reader.start()
    ours.recv()
    started = time.monotonic()
    publish(url, topic, count)
    ended: Any = ours.recv()
    reader.join()
    return count / (ended - started)


def stamp_arrivals(url: str, topic: str, pipe: Connection) -> None:
    """Send the clock for each event as it arrives."""
    consumer = connect(configured(url)).consumer("wake", [topic])
    consumer.poll(1, 1.0)
    pipe.send("ready")
    seen = 0
    while seen < WAKE_UPS:
        if consumer.poll(1, 5.0):
            pipe.send(time.monotonic())
            consumer.commit()
            seen += 1
    consumer.close()


def wake_ups(url: str) -> list[float]:
    """Seconds from the call of publish to the return of another process's poll, sorted."""
    topic = fresh_topic(url)
    processes = multiprocessing.get_context("spawn")
    ours, theirs = processes.Pipe()
    reader = processes.Process(target=stamp_arrivals, args=(url, topic, theirs))
    reader.start()
    ours.recv()
    producer = connect(configured(url)).producer()
    producer.publish([])
    waits = []
    for number in range(WAKE_UPS):
        time.sleep(0.03 + 0.0007 * (number % 29))  # the reader is idle, at any phase of its looking
        started = time.monotonic()
        producer.publish([Record(topic, "k", VALUE, HEADERS)])
        waits.append(ours.recv() - started)
    producer.close()
    reader.join()
    return sorted(waits[1:])  # the first one connects


def fresh_topic(url: str) -> str:
    """A topic of one partition that nobody has used."""
    topic = f"bench-{uuid.uuid4().hex[:8]}"
    if url.startswith("kafka:"):
        with contextlib.redirect_stdout(None):
            make_topics(configured(url), [topic], partitions=1, replication=1)
    return topic


@contextlib.contextmanager
def addresses(buses: list[str], given: str | None) -> Iterator[dict[str, str]]:
    """The buses to measure, by name; a Kafka of our own where none is given."""
    with tempfile.TemporaryDirectory(dir=".", prefix=".bench-") as folder, contextlib.ExitStack() as stack:
        urls = {"embedded": f"embedded://{Path(folder).absolute() / 'bus'}"}
        if "kafka" in buses and not given:
            missing = find_java_and_maven()
            if missing:
                raise SystemExit(missing)
            broker = LocalKafka(Path(folder) / "kafka", 19_112, 19_113)
            given = broker.start()
            stack.callback(broker.stop)
        urls["kafka"] = f"kafka://{given}"
        yield {name: urls[name] for name in buses}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--buses", default="embedded,kafka", type=lambda text: text.split(","))
    parser.add_argument("--kafka", help="host:port of a broker to use instead of one started here")
    options = parser.parse_args()
    logging.getLogger("kafka").setLevel(logging.ERROR)
    print(
        f"{options.events} events of {len(VALUE)} bytes and {len(HEADERS)} headers in batches of {BATCH},"
        f" one partition, one process publishes and one reads; {WAKE_UPS} wake-ups."
        f" Python {platform.python_version()}, {multiprocessing.cpu_count()} cores."
    )
    result: dict[str, Any] = {"events": options.events, "bytes": len(VALUE), "batch": BATCH}
    print(f"{'':24}{'events/s':>10}{'wake-up p50':>14}{'p95':>10}")
    with addresses(options.buses, options.kafka) as urls:
        for name, url in urls.items():
            speed = rate(url, options.events, publish_to_bus, read_from_bus)
            waits = wake_ups(url)
            p50, p95 = statistics.median(waits) * 1000, waits[int(len(waits) * 0.95)] * 1000
            print(f"{name:24}{speed:10,.0f}{p50:11.1f} ms{p95:7.1f} ms")
            result[name] = {"events_per_s": round(speed), "wake_p50_ms": p50, "wake_p95_ms": p95}
        if "kafka" in urls:
            bare = rate(urls["kafka"], options.events, publish_bare, read_bare)
            print(f"{'bare kafka-python':24}{bare:10,.0f}")
            result["bare_kafka"] = {"events_per_s": round(bare)}
            for name in urls:
                result[name]["share_of_bare"] = round(result[name]["events_per_s"] / bare, 2)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
