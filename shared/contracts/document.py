"""Writes docs/events.md and docs/asyncapi.json from the contracts: `python -m shared.contracts.document`."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

import msgspec

from shared.config import SERVICES
from shared.contracts.base import CONTRACTS, Payload, topic_of

FOLDER = Path(__file__).parents[2] / "docs"

_HEADERS = {
    "type": "object",
    "required": ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "ce_subject", "ce_dataschema"],
    "properties": {
        "ce_specversion": {"const": "1.0"},
        "ce_id": {"type": "string", "description": "Aggregate and sequence; unique for the source."},
        "ce_source": {"type": "string"},
        "ce_type": {"type": "string"},
        "ce_time": {"type": "string", "format": "date-time"},
        "ce_subject": {"type": "string", "description": "Id of the aggregate, and the record's key."},
        "ce_dataschema": {"type": "string", "description": "Ends in the version of the payload."},
        "ce_sequence": {"type": "string", "description": "Version of the aggregate after the change."},
        "ce_correlationid": {"type": "string", "description": "The request that it all goes back to."},
    },
}


def declared() -> list[type[Payload]]:
    """All payload classes, by type and version."""
    return [CONTRACTS[name][version] for name in sorted(CONTRACTS) for version in sorted(CONTRACTS[name])]


def event_table() -> str:
    """The table of all events, in Markdown."""
    lines = [
        "# Events",
        "",
        "Generated from `shared/contracts/` by `make docs`. A field with `?` may be absent.",
        "",
        "| event | says | key | fields |",
        "| --- | --- | --- | --- |",
    ]
    for payload in declared():
        fields = ", ".join(
            f"`{field.name}{'' if field.required else '?'}`" for field in msgspec.structs.fields(payload)
        )
        says = " ".join(inspect.cleandoc(payload.__doc__ or "").split())
        name = f"`{payload.event_type}` v{payload.event_version}"
        lines.append(f"| {name} | {says} | `{payload.event_key}` | {fields} |")
    return "\n".join(lines) + "\n"


def asyncapi() -> dict[str, Any]:
    """The AsyncAPI 3.0 document: a channel for each publisher, a message for each event version."""
    schemas, components = msgspec.json.schema_components(
        declared(), ref_template="#/components/schemas/{name}"
    )
    messages: dict[str, Any] = {}
    channels: dict[str, Any] = {
        f"{service}.events": {"address": f"{service}.events", "messages": {}} for service in SERVICES
    }
    for payload, schema in zip(declared(), schemas, strict=True):
        name = f"{payload.event_type}.v{payload.event_version}"
        messages[name] = {
            "name": payload.event_type,
            "summary": " ".join(inspect.cleandoc(payload.__doc__ or "").split()),
            "contentType": "application/json",
            "headers": {"$ref": "#/components/schemas/CloudEventHeaders"},
            "payload": schema,
        }
        topic = topic_of(payload.event_type)
        channels[topic]["messages"][name] = {"$ref": f"#/components/messages/{name}"}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Encadena", "version": "1.0.0", "description": "CloudEvents 1.0, binary mode."},
        "channels": {topic: channel for topic, channel in channels.items() if channel["messages"]},
        "operations": {
            f"publish_{topic.partition('.')[0]}": {
                "action": "send",
                "channel": {"$ref": f"#/channels/{topic}"},
            }
            for topic, channel in channels.items()
            if channel["messages"]
        },
        "components": {"messages": messages, "schemas": {"CloudEventHeaders": _HEADERS, **components}},
    }


def documents() -> dict[str, str]:
    """The text of each generated file, by name."""
    return {
        "events.md": event_table(),
        "asyncapi.json": json.dumps(asyncapi(), indent=2, ensure_ascii=False) + "\n",
    }


if __name__ == "__main__":
    for name, text in documents().items():
        (FOLDER / name).write_text(text)
