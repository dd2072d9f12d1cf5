"""A process that publishes to a bus or reads from it, so that tests can kill it.

`python -m tests.integration.bus_member publish URL TOPIC NAME COUNT BATCH` prints the number of the
last record acknowledged after each batch; `consume URL TOPIC GROUP` prints the key of each record.
"""

from __future__ import annotations

import sys

from shared.bus import Record, connect
from shared.config import Config


def config_for(bus_url: str) -> Config:
    """A configuration of which only the bus matters."""
    return Config(service="test", mongo_url="", bus_url=bus_url, portal_url="", jwks_url="", service_urls={})


def publish(url: str, topic: str, name: str, count: str, batch: str) -> None:
    """Publish `count` records with the keys name-0, name-1, …"""
    producer = connect(config_for(url)).producer()
    for first in range(0, int(count), int(batch)):
        numbers = range(first, min(first + int(batch), int(count)))
        producer.publish([Record(topic, f"{name}-{number}", b"x" * 1000) for number in numbers])
        print(numbers[-1], flush=True)
    producer.close()


def consume(url: str, topic: str, group: str) -> None:
    """Read and commit until killed."""
    consumer = connect(config_for(url)).consumer(group, [topic])
    while True:
        records = consumer.poll(100, 0.5)
        consumer.commit()
        for record in records:
            print(record.key, flush=True)


if __name__ == "__main__":
    {"publish": publish, "consume": consume}[sys.argv[1]](*sys.argv[2:])
