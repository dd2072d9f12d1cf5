"""Events that were once published stay readable, and the documents say what the contracts say."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from shared.bus import Received
from shared.contracts import base
from shared.contracts.base import CONTRACTS, Event, Payload, Unreadable, contract, decode, encode, upcast
from shared.contracts.document import FOLDER, asyncapi, declared, documents

if TYPE_CHECKING:
    from collections.abc import Iterator

SAMPLES = Path(__file__).parent / "samples"
RELEASED = SAMPLES / "released.txt"
NOW = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)


def sample_of(payload: type[Payload]) -> Path:
    return SAMPLES / f"{payload.event_type}.v{payload.event_version}.json"


def received(event: Event) -> Received:
    record = encode(event)
    return Received(record.topic, record.key, record.value, record.headers)


@pytest.mark.parametrize(
    "payload", declared(), ids=lambda payload: f"{payload.event_type}.v{payload.event_version}"
)
def test_every_version_of_every_event_has_a_sample_that_reads_and_writes_unchanged(
    payload: type[Payload],
) -> None:
    sample = json.loads(sample_of(payload).read_text())
    known = {field.encode_name for field in msgspec.structs.fields(payload)}
    assert set(sample) == known, "a sample shows every field"
    read = msgspec.convert(sample, type=payload)
    again = json.loads(msgspec.json.encode(read))
    assert msgspec.convert(again, type=payload) == read
    assert decode(received(Event(read, 3, NOW, "c"))).type == payload.event_type


def test_no_sample_is_without_its_contract() -> None:
    assert {path.name for path in SAMPLES.glob("*.json")} == {
        sample_of(payload).name for payload in declared()
    }


def test_a_released_sample_never_changes() -> None:
    """`released.txt` holds the SHA-256 of each released sample. A changed contract is a new version."""
    released = dict(reversed(line.split()) for line in RELEASED.read_text().splitlines())
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in SAMPLES.glob("*.json")}
    assert released == found


def test_the_generated_documents_are_up_to_date() -> None:
    stale = [name for name, text in documents().items() if (FOLDER / name).read_text() != text]
    assert not stale, "run `make docs`"


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        node = list(node.values())
    if isinstance(node, list):
        for inner in node:
            yield from references(inner)


def test_every_reference_in_the_asyncapi_document_leads_somewhere() -> None:
    document = asyncapi()
    for reference in references(document):
        target: Any = document
        for step in reference.removeprefix("#/").split("/"):
            target = target[step]


@pytest.fixture
def renamed(monkeypatch: pytest.MonkeyPatch) -> type[Payload]:
    """An event type of its own, whose second version renamed a field."""
    monkeypatch.setattr(base, "CONTRACTS", {})
    monkeypatch.setattr(base, "_UPCASTS", {})

    @contract("test.thing_named", key="thing_id", version=1)
    class First(Payload, frozen=True, kw_only=True):
        """The first version."""

        thing_id: str
        label: str

    @contract("test.thing_named", key="thing_id", version=2)
    class Second(Payload, frozen=True, kw_only=True):
        """The second version."""

        thing_id: str
        name: str

    @upcast("test.thing_named", 1)
    def rename(fields: dict[str, Any]) -> dict[str, Any]:
        return {"thing_id": fields["thing_id"], "name": fields["label"]}

    return First


def test_an_event_of_an_older_version_is_read_as_the_newest(renamed: type[Payload]) -> None:
    event = decode(received(Event(renamed(thing_id="t1", label="Finca"), 1, NOW, "c")))
    assert msgspec.to_builtins(event.data) == {"thing_id": "t1", "name": "Finca"}


def test_reading_ignores_fields_that_it_does_not_know(renamed: type[Payload]) -> None:
    record = received(Event(renamed(thing_id="t1", label="Finca"), 1, NOW, "c"))
    value = json.dumps({**json.loads(record.value), "colour": "green"}).encode()
    assert decode(with_value(record, value)).subject == "t1"


def test_publishing_refuses_fields_that_the_contract_does_not_have() -> None:
    with pytest.raises(TypeError, match="colour"):
        next(iter(CONTRACTS["catalog.company_withdrawn"].values()))(company_id="c", colour="green")


def test_a_record_whose_key_is_not_its_aggregate_is_unreadable(renamed: type[Payload]) -> None:
    record = received(Event(renamed(thing_id="t1", label="Finca"), 1, NOW, "c"))
    with pytest.raises(Unreadable, match="key"):
        decode(Received(record.topic, "other", record.value, record.headers))


def with_value(record: Received, value: bytes) -> Received:
    return Received(record.topic, record.key, value, record.headers)
