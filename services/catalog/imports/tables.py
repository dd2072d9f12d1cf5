"""CSV: the header names the fields of one kind of record, `place.department` those inside of others."""

from __future__ import annotations

import csv
from types import UnionType
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin

import msgspec

from services.catalog.imports.entries import Entry, too_long, undecodable, unreadable
from services.catalog.model.companies import Company
from services.catalog.model.needs import Need
from services.catalog.model.offerings import Offering
from shared.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.catalog.imports.lines import Line

_IDENTITY = {"ref": False, "id": False, "company": False, "company_id": False}


def _columns(record: type[msgspec.Struct], prefix: str = "") -> dict[str, bool]:
    """The columns that a record may have; True for those that hold several values."""
    found: dict[str, bool] = {}
    for field in msgspec.structs.fields(record):
        name, kind = f"{prefix}{field.name}", field.type
        if get_origin(kind) in {Union, UnionType}:
            kind = get_args(kind)[0]
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            found |= _columns(kind, f"{name}.")
        else:
            found[name] = get_origin(kind) is list
    return found


COLUMNS = {
    "company": _IDENTITY | _columns(Company),
    "offering": _IDENTITY | _columns(Offering),
    "need": _IDENTITY | _columns(Need),
}


def entries_of_table(source: Iterator[Line], kind: str) -> Iterator[Entry]:
    """The records of a CSV file of one kind; a file with an unknown column has no records, only faults."""
    table = _Table(source)
    header = table.next_row()
    if header is None:
        return
    names = [name.strip() for name in header]
    unknown = [name for name in names if name not in COLUMNS[kind]]
    if unknown:
        yield Entry(1, table.end, None, [_unknown_column(name, kind) for name in unknown])
        return
    while (row := table.next_row()) is not None:
        yield from table.refused
        table.refused.clear()
        if any(cell.strip() for cell in row):
            yield _entry(names, row, kind, table)
    yield from table.refused


def _entry(names: list[str], row: list[str], kind: str, table: _Table) -> Entry:
    if len(row) > len(names):
        fault = Fault(
            "too_many_cells",
            f"Hay {len(row)} celdas para {len(names)} columnas; ponga entre comillas lo que lleve comas.",
            f"There are {len(row)} cells for {len(names)} columns; quote what holds commas.",
        )
        return Entry(table.first, table.end, None, [fault])
    if any("\udc80" <= char <= "\udcff" for cell in row if not cell.isascii() for char in cell):
        return Entry(table.first, table.end, None, [undecodable()])
    fields: dict[str, Any] = {}
    for name, cell in zip(names, row, strict=False):
        text = cell.strip()
        if text:
            several = COLUMNS[kind][name]
            _put(
                fields, name, [part.strip() for part in text.split(";") if part.strip()] if several else text
            )
    return Entry(table.first, table.end, fields, [])


def _several(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]


def _put(fields: dict[str, Any], name: str, value: Any) -> None:
    *outer, last = name.split(".")
    for part in outer:
        fields = fields.setdefault(part, {})
    if last == "certifications":
        value = [{"standard": standard} for standard in value]
    fields[last] = value


def _unknown_column(name: str, kind: str) -> Fault:
    listed = ", ".join(COLUMNS[kind])
    return Fault(
        "unknown_column",
        f"No existe la columna «{name:.40}». Las columnas son: {listed}.",
        f"There is no column “{name:.40}”. The columns are: {listed}.",
        f"{name:.40}",
    )


class _Table:
    """Rows of cells, with the lines that they came from."""

    def __init__(self, source: Iterator[Line]) -> None:
        self._source = source
        self._reader: Any = None
        self.first = self.last = self.end = 0
        self.refused: list[Entry] = []

    def next_row(self) -> list[str] | None:
        """The cells of the next row; what can't be read as one is added to `refused`."""
        if self._reader is None:
            self._reader = self._open()
        while True:
            self.first = self.last + 1
            try:
                row: list[str] | None = next(self._reader, None)
            except csv.Error as error:
                self.refused.append(Entry(self.first, self.end, None, [unreadable("CSV", str(error))]))
            else:
                return row

    def _open(self) -> Any:
        texts = self._texts()
        header = next(texts, "")
        delimiter = max(",;\t", key=header.count)

        def again() -> Iterator[str]:
            yield header
            yield from texts

        return csv.reader(again(), delimiter=delimiter)

    def _texts(self) -> Iterator[str]:
        for line in self._source:
            self.last, self.end = line.number, line.end
            if line.content is None:
                self.first = line.number + 1 if self.first == line.number else self.first
                self.refused.append(Entry(line.number, line.end, None, [too_long()]))
            else:
                yield line.content.decode(errors="surrogateescape") + "\n"
