"""How an event looks on the wire, and how its versions are told apart.

The envelope is CloudEvents 1.0 in binary mode (https://github.com/cloudevents/spec): the attributes
are headers, the value is the JSON payload. Publishing is strict, reading ignores unknown fields.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import msgspec

from shared.bus import Received, Record

if TYPE_CHECKING:
    from collections.abc import Callable

    Upcast = Callable[[dict[str, Any]], dict[str, Any]]

SCHEMA = "urn:encadena:event:"


class Unreadable(Exception):
    """The record can't be understood: not an event, of an unknown type, or of a newer version."""


class Payload(msgspec.Struct, frozen=True, kw_only=True):
    """What an event says. A subclass is one version of one event type."""

    event_type: ClassVar[str]
    event_version: ClassVar[int]
    event_key: ClassVar[str]

    @property
    def aggregate_id(self) -> str:
        """Id of the aggregate that the event is about: the key that keeps its events in order."""
        return str(getattr(self, self.event_key))


P = TypeVar("P", bound=Payload)

CONTRACTS: dict[str, dict[int, type[Payload]]] = {}
_UPCASTS: dict[tuple[str, int], Upcast] = {}


def contract(event_type: str, *, key: str, version: int = 1) -> Callable[[type[P]], type[P]]:
    """Declare a payload class as `version` of `event_type`; `key` names the aggregate's id field."""

    def declare(payload: type[P]) -> type[P]:
        versions = CONTRACTS.setdefault(event_type, {})
        if version in versions:
            raise ValueError(f"{event_type} v{version} is declared twice")
        versions[version] = payload
        payload.event_type, payload.event_version, payload.event_key = event_type, version, key
        return payload

    return declare


def upcast(event_type: str, version: int) -> Callable[[Upcast], Upcast]:
    """Declare the function that turns the payload of `version` into that of `version + 1`."""

    def declare(function: Upcast) -> Upcast:
        _UPCASTS[event_type, version] = function
        return function

    return declare


@dataclass(frozen=True, slots=True)
class Event:
    """A payload in its envelope. `sequence` is the version number of the aggregate after the change."""

    data: Payload
    sequence: int
    time: datetime
    correlation_id: str

    @property
    def type(self) -> str:
        """Such as `catalog.need_published`."""
        return self.data.event_type

    @property
    def subject(self) -> str:
        """Id of the aggregate."""
        return self.data.aggregate_id

    @property
    def id(self) -> str:
        """Unique among the publisher's events, and sorts in the order of the aggregate's changes."""
        return f"{self.subject}:{self.sequence:010d}"


def topic_of(event_type: str) -> str:
    """The topic that events of this type are published to: one for each publisher."""
    return f"{event_type.partition('.')[0]}.events"


def encode(event: Event) -> Record:
    """The event as a record. Raises msgspec.ValidationError where a field is not of its declared type."""
    payload = type(event.data)
    value = msgspec.json.encode(event.data)
    msgspec.json.decode(value, type=payload)
    publisher = event.type.partition(".")[0]
    return Record(
        topic=topic_of(event.type),
        key=event.subject,
        value=value,
        headers={
            "ce_specversion": "1.0",
            "ce_id": event.id,
            "ce_source": f"/encadena/{publisher}",
            "ce_type": event.type,
            "ce_subject": event.subject,
            "ce_time": event.time.isoformat(),
            "ce_dataschema": f"{SCHEMA}{event.type}:{payload.event_version}",
            "ce_sequence": str(event.sequence),
            "ce_correlationid": event.correlation_id,
            "content-type": "application/json",
        },
    )


def decode(record: Received) -> Event:
    """The event that a record holds, brought up to the newest version. Raises Unreadable."""
    try:
        event_type = record.headers["ce_type"]
        version = int(record.headers["ce_dataschema"].rpartition(":")[2])
        data = _payload(event_type, version, record.value)
        event = Event(
            data=data,
            sequence=int(record.headers["ce_sequence"]),
            time=datetime.fromisoformat(record.headers["ce_time"]),
            correlation_id=record.headers.get("ce_correlationid", ""),
        )
    except (KeyError, ValueError, msgspec.MsgspecError) as error:
        raise Unreadable(f"{type(error).__name__}: {error}") from error
    if event.subject != record.key:
        raise Unreadable(f"the record's key is {record.key!r}, the payload's is {event.subject!r}")
    return event


def _payload(event_type: str, version: int, value: bytes) -> Payload:
    versions = CONTRACTS.get(event_type)
    if versions is None:
        raise Unreadable(f"no contract for events of type {event_type!r}")
    newest = max(versions)
    if version > newest:
        raise Unreadable(f"{event_type} v{version} is newer than the v{newest} known here")
    if version == newest:
        return msgspec.json.decode(value, type=versions[newest])
    fields = msgspec.json.decode(value, type=dict[str, Any])
    for step in range(version, newest):
        fields = _UPCASTS[event_type, step](fields)
    return msgspec.convert(fields, type=versions[newest])
