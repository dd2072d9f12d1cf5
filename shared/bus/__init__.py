"""The bus: topics of records, in order per key, read by consumer groups at least once.

Two implementations keep the same behaviour: `embedded` (one machine, a log on disk) and `kafka`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from shared.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.config import Config


class BusUnavailable(Exception):
    """The bus can't be reached, or can't take more; nothing that was not acknowledged counts as sent."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record to publish. `key` decides the order: records of one key stay in order."""

    topic: str
    key: str
    value: bytes
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Received(Record):
    """A record as read, with its place in the log. Headers that are not UTF-8 are read with `\\x` escapes."""

    partition: int = 0
    offset: int = 0


class Producer(Protocol):
    """Publishes records."""

    def publish(self, records: Sequence[Record]) -> None:
        """Return when every record is stored durably; raise BusUnavailable when that can't be said.

        After an error some of the records may have been stored: publish them again.
        """

    def close(self) -> None:
        """Give back what is held."""


class Consumer(Protocol):
    """Reads the topics of one consumer group, from the group's committed position."""

    def poll(self, limit: int, seconds: float) -> list[Received]:
        """Up to `limit` records that follow the last poll; waits at most `seconds` for the first one.

        A group has one active member for each partition; a standby gets nothing until it takes over.
        Raises BusUnavailable.
        """

    def commit(self) -> None:
        """Store the position after the last poll: what was polled is not read again by the group."""

    def rewind(self) -> None:
        """Go back to the committed position, to read again what was polled and not committed."""

    def close(self) -> None:
        """Leave the group, so that a standby takes over at once."""


class Bus(Protocol):
    """One connection's settings, from which producers and consumers are opened."""

    def producer(self) -> Producer:
        """Open a producer. Open it in the process that uses it, never before a fork."""

    def consumer(self, group: str, topics: Sequence[str]) -> Consumer:
        """Open a member of `group` that reads `topics` (they need not have records yet)."""


def connect(config: Config) -> Bus:
    """The bus that `config.bus_url` names. Raises ConfigError for an address of another kind."""
    address = urlsplit(config.bus_url)
    if address.scheme == "embedded":
        from shared.bus.embedded import EmbeddedBus

        return EmbeddedBus.open(config)
    if address.scheme == "kafka":
        from shared.bus.kafka import KafkaBus

        return KafkaBus.open(config)
    raise ConfigError(f"ENCADENA_BUS_URL is {config.bus_url!r}; give embedded:///folder or kafka://host:port")
