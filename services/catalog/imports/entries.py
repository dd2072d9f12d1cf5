"""What a file holds, line by line: the fields of a record, or the reason why they can't be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from services.catalog.imports.lines import LONGEST_LINE
from shared.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.catalog.imports.lines import Line


@dataclass(frozen=True, slots=True)
class Entry:
    """One record as it stands in the file. `end` is where the next one begins, in bytes."""

    line: int
    end: int
    fields: dict[str, Any] | None
    faults: list[Fault]


_decode = msgspec.json.Decoder(dict[str, Any]).decode


def entries_of_json_lines(source: Iterator[Line]) -> Iterator[Entry]:
    """The records of a JSON Lines file; blank lines are left out."""
    for line in source:
        if line.content is None:
            yield Entry(line.number, line.end, None, [too_long()])
        elif line.content.strip():
            yield _entry(line, line.content)


def _entry(line: Line, content: bytes) -> Entry:
    try:
        return Entry(line.number, line.end, _decode(content), [])
    except UnicodeDecodeError:
        fault = undecodable()
    except (msgspec.MsgspecError, RecursionError) as error:
        fault = unreadable("JSON", str(error))
    return Entry(line.number, line.end, None, [fault])


def unreadable(what: str, why: str) -> Fault:
    """The fault of a line that is not of its format."""
    return Fault(
        "unreadable_line",
        f"La línea no es {what} válido. Revise comillas, comas y llaves ({why}).",
        f"The line is not valid {what}. Check quotes, commas and braces ({why}).",
    )


def undecodable() -> Fault:
    """The fault of a line in another encoding."""
    return Fault(
        "not_utf8",
        "La línea no está en UTF-8. Guarde el archivo con esa codificación.",
        "The line is not in UTF-8. Save the file in that encoding.",
    )


def too_long() -> Fault:
    """The fault of a line that does not fit."""
    megabytes = LONGEST_LINE // 1024**2
    return Fault(
        "line_too_long",
        f"La línea pasa de {megabytes} MB. Repártala en varias.",
        f"The line is longer than {megabytes} MB. Split it up.",
    )
