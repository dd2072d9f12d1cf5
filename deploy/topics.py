"""Make all topics on Kafka: `python -m deploy.topics --partitions 12 --replication 3`.

The cluster is the one that the configuration names. A topic that exists is left as it is: with
another number of partitions its keys would move, and the order of each key would be lost.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from kafka import KafkaAdminClient
from kafka.errors import KafkaError, TopicAlreadyExistsError

from shared.bus.kafka import client_settings
from shared.config import SERVICES, Config
from shared.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

TOPICS = tuple(f"{service}.events" for service in SERVICES)


def make_topics(config: Config, topics: Iterable[str], partitions: int, replication: int) -> None:
    """Make those of `topics` that don't exist. Raises KafkaError."""
    admin = KafkaAdminClient(**client_settings(config.bus_url, config.kafka))
    shape = {"num_partitions": partitions, "replication_factor": replication}
    try:
        for topic in topics:
            try:
                admin.create_topics({topic: shape}, wait_for_metadata=True)
            except TopicAlreadyExistsError:
                print(f"{topic} exists")
            else:
                print(f"{topic} made with {partitions} partitions, {replication} copies of each")
    finally:
        admin.close()


def main() -> None:
    """Read the command line and the configuration, and make the topics."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--partitions", type=int, default=12, help="members that can share a topic")
    parser.add_argument("--replication", type=int, default=1, help="copies of each; 3 in production")
    options = parser.parse_args()
    try:
        config = Config.from_env("topics")
        if config.bus_url.startswith("kafka:"):
            make_topics(config, TOPICS, options.partitions, options.replication)
        else:
            print("The embedded bus makes its topics itself: nothing to do.")
    except (ConfigError, KafkaError) as error:
        sys.exit(f"The topics could not be made: {error}")


if __name__ == "__main__":
    main()
