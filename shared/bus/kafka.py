"""The bus on Kafka: several machines, replicated topics, as many members as there are partitions.

Topics are made by `deploy/topics.py`, never by a publish. Clients connect on first use, so that a
process can start before the broker does. A client of one process never works in a forked child.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

import structlog
from kafka import KafkaConsumer as Client
from kafka import KafkaProducer as Publisher
from kafka import TopicPartition
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor
from kafka.errors import (
    CommitFailedError,
    IllegalGenerationError,
    KafkaError,
    RebalanceInProgressError,
    UnknownMemberIdError,
)

from shared.bus import BusUnavailable, Received

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shared.bus import Record
    from shared.config import Config, KafkaSecurity

_PATIENCE_MS = 8_000  # for a connection, for a topic to be known, and for an acknowledgement
_SESSION_SECONDS = 10
_JOINING_SECONDS = 20
_LOST_PARTITION = (
    CommitFailedError,
    IllegalGenerationError,
    RebalanceInProgressError,
    UnknownMemberIdError,
)

log = structlog.get_logger()


class KafkaBus:
    """A cluster; `settings` are what every client needs to reach it."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._settings = settings

    @classmethod
    def open(cls, config: Config) -> Self:
        """The cluster that `config.bus_url` names (`kafka://host:port,host:port`)."""
        return cls(client_settings(config.bus_url, config.kafka))

    def producer(self) -> KafkaProducer:
        """A producer, which connects when it first publishes."""
        return KafkaProducer(self._settings)

    def consumer(self, group: str, topics: Sequence[str]) -> KafkaConsumer:
        """A member of `group`, which connects when it first polls."""
        return KafkaConsumer(self._settings, group, topics)


def client_settings(url: str, security: KafkaSecurity) -> dict[str, Any]:
    """What every client of kafka-python needs to reach the cluster at `kafka://host:port,host:port`."""
    return {
        "bootstrap_servers": urlsplit(url).netloc.split(","),
        "bootstrap_timeout_ms": _PATIENCE_MS,
        "reconnect_backoff_max_ms": 1_000,
        "security_protocol": security.protocol,
        "ssl_cafile": security.ca_file,
        "sasl_mechanism": security.mechanism,
        "sasl_plain_username": security.username,
        "sasl_plain_password": security.password,
    }


class KafkaProducer:
    """Publishes idempotently and waits until all replicas in sync have the records."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._settings = settings
        self._publisher: Any = None

    def publish(self, records: Sequence[Record]) -> None:
        """Return when all records are acknowledged; raise BusUnavailable after some 10 s.

        A publisher that failed is thrown away with whatever it still held, so that nothing
        old is sent after what the caller publishes next.
        """
        try:
            with _explained():
                if self._publisher is None:
                    self._publisher = self._connect()
                self._send(records)
        except BaseException:
            self.close()
            raise

    def _send(self, records: Sequence[Record]) -> None:
        pending = [
            self._publisher.send(
                record.topic,
                key=record.key.encode(),
                value=record.value,
                headers=[(name, text.encode()) for name, text in record.headers.items()],
            )
            for record in records
        ]
        deadline = time.monotonic() + _PATIENCE_MS / 1000 + 2
        for future in pending:
            future.get(max(0.0, deadline - time.monotonic()))

    def _connect(self) -> Any:
        return Publisher(
            **self._settings,
            acks="all",
            enable_idempotence=True,
            allow_auto_create_topics=False,
            compression_type="lz4",
            batch_size=131_072,
            linger_ms=2,
            max_block_ms=_PATIENCE_MS,
            request_timeout_ms=_PATIENCE_MS // 2,
            delivery_timeout_ms=_PATIENCE_MS,
        )

    def close(self) -> None:
        """Close the connection."""
        publisher, self._publisher = self._publisher, None
        if publisher is None:
            return
        try:
            publisher.close(timeout=1)
        except KafkaError:
            # Where a broker hangs, close() of 3.0.12 gives up and leaves its thread, which would send
            # the old records some day. Stopped by force it fails them, and then close() ends.
            publisher._sender.force_close()
            publisher._sender.join(2)
            publisher.close(timeout=1)


class KafkaConsumer:
    """A member of a consumer group, with manual commits and cooperative rebalancing."""

    def __init__(self, settings: dict[str, Any], group: str, topics: Sequence[str]) -> None:
        self._settings = settings
        self._group = group
        self._topics = list(topics)
        self._client: Any = None
        self._uncommitted: dict[TopicPartition, int] = {}  # the first offset of each, to rewind to

    def poll(self, limit: int, seconds: float) -> list[Received]:
        """Up to `limit` records; waits at most `seconds` for the first. Raises BusUnavailable."""
        if not self._uncommitted and self._is_forgotten():
            log.warning("kafka_joins_again", group=self._group)
            self.close()
        with _explained():
            if self._client is None:
                self._client = self._connect()
            polled = self._client.poll(timeout_ms=int(seconds * 1000), max_records=limit)
        for partition, records in polled.items():
            self._uncommitted.setdefault(partition, records[0].offset)
        return [_received(record) for records in polled.values() for record in records]

    def _is_forgotten(self) -> bool:
        """Whether the broker must have given our place away, for lack of an answered heartbeat.

        The heartbeats of 3.0.12 can stop for good, after an outage or on a busy machine even before the
        first assignment, while it goes on as a member and keeps a core busy in poll(); only a new client
        joins again. One without partitions gets more time, for it may be joining.
        """
        if self._client is None:
            return False
        heartbeat = self._client._coordinator.heartbeat
        silent = time.monotonic() - max(heartbeat.last_receive, heartbeat.last_reset)
        patience = _SESSION_SECONDS if self._client.assignment() else _JOINING_SECONDS
        return bool(silent > patience)

    def _connect(self) -> Any:
        client = Client(
            **self._settings,
            group_id=self._group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            allow_auto_create_topics=False,
            partition_assignment_strategy=[CooperativeStickyAssignor],
            session_timeout_ms=_SESSION_SECONDS * 1000,  # after a kill -9 its partitions move after this time
            heartbeat_interval_ms=1_000,  # a member learns of a rebalance after this time
            metadata_max_age_ms=30_000,  # a topic or partition made later is seen after this time
        )
        client.subscribe(self._topics)
        return client

    def commit(self) -> None:
        """Store the position. Raises BusUnavailable.

        A partition that a rebalance has given to another member can't be committed any more: its
        new owner reads the batch again and the inbox refuses what was handled, so that is no error.
        """
        if not self._uncommitted:
            return
        try:
            with _explained():
                self._client.commit(timeout_ms=_PATIENCE_MS)
        except _LOST_PARTITION as error:
            log.warning("kafka_commit_after_rebalance", group=self._group, reason=str(error))
        self._uncommitted.clear()

    def rewind(self) -> None:
        """Go back to the committed position of the partitions that are still ours."""
        assigned = self._client.assignment() if self._client else set()
        for partition, offset in self._uncommitted.items():
            if partition in assigned:
                self._client.seek(partition, offset)
        self._uncommitted.clear()

    def close(self) -> None:
        """Leave the group and close the connection."""
        client, self._client = self._client, None
        self._uncommitted.clear()
        if client is not None:
            with _explained():
                client.close(timeout_ms=2_000)


def _received(record: Any) -> Received:
    return Received(
        topic=record.topic,
        key=(record.key or b"").decode("utf-8", "backslashreplace"),
        value=record.value or b"",
        headers={name: (text or b"").decode("utf-8", "backslashreplace") for name, text in record.headers},
        partition=record.partition,
        offset=record.offset,
    )


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except _LOST_PARTITION:
        raise
    except KafkaError as error:
        raise BusUnavailable(
            f"Kafka does not answer as it should: {error}. Look if the broker runs, the address"
            " and the security settings are right, and the topics exist (python -m deploy.topics)."
        ) from error
