"""An import from its first line to its last, batch by batch, from wherever it stood."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from services.catalog.imports.entries import Entry, entries_of_json_lines
from services.catalog.imports.lines import lines
from services.catalog.imports.rows import Order, Refusal, Row, rows_of
from services.catalog.imports.tables import entries_of_table
from services.catalog.usecases.imports import Outcome, import_batch
from shared.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from services.catalog.store import CatalogStore

    Note = Callable[["Progress", list[Refusal]], None]

FORMATS = ("jsonl", "csv")
# Large enough for the journal's flush not to count, small enough for a transaction of about a second.
_LINES = 1000
_ROWS = 2000


@dataclass(frozen=True)
class Progress:
    """How far an import is. `end` is in bytes; the counts are of records, `refused_lines` of lines."""

    end: int = 0
    lines: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused_lines: int = 0


@dataclass
class _Batch:
    rows: list[Row] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    lines: int = 0
    end: int = 0


def entries_of(read: Callable[[int], bytes], file_format: str, kind: str | None) -> Iterator[Entry]:
    """The records of a file; a CSV file holds those of one kind."""
    if file_format == "csv":
        return entries_of_table(lines(read), kind or "company")
    return entries_of_json_lines(lines(read))


def run(
    store: CatalogStore,
    entries: Iterator[Entry],
    order: Order,
    done: Progress,
    note: Note = lambda _progress, _refusals: None,
) -> Iterator[tuple[Progress, list[Refusal]]]:
    """Import what comes after `done`; gives the progress and the refusals after each committed batch.

    `note` is called with the same inside the batch's transaction, maybe more than once.
    """
    for batch in _ahead(_batches(entries, order, done.end)):
        before = done

        def sum_up(
            outcome: Outcome, batch: _Batch = batch, before: Progress = before
        ) -> tuple[Progress, list[Refusal]]:
            refusals = sorted(batch.refusals + outcome.refusals, key=lambda refusal: refusal.line)
            return _after(before, batch, outcome, refusals), refusals

        outcome = import_batch(
            store, batch.rows, order, datetime.now(UTC), lambda outcome: note(*sum_up(outcome))
        )
        done, refusals = sum_up(outcome)
        yield done, refusals


def _ahead(batches: Iterator[_Batch]) -> Iterator[_Batch]:
    """The same batches, each read and checked while the database writes the one before."""
    with ThreadPoolExecutor(max_workers=1) as reader:
        following = reader.submit(next, batches, None)
        while (batch := following.result()) is not None:
            following = reader.submit(next, batches, None)
            yield batch


def _after(before: Progress, batch: _Batch, outcome: Outcome, refusals: list[Refusal]) -> Progress:
    return Progress(
        end=batch.end,
        lines=before.lines + batch.lines,
        created=before.created + outcome.created,
        changed=before.changed + outcome.changed,
        unchanged=before.unchanged + outcome.unchanged,
        refused_lines=before.refused_lines + len({refusal.line for refusal in refusals}),
    )


def _batches(entries: Iterator[Entry], order: Order, done: int) -> Iterator[_Batch]:
    """The lines that end after `done`; those before are only read, to know a ref that comes again."""
    seen: set[str] = set()
    batch = _Batch()
    for entry in entries:
        found = rows_of(entry, order)
        fresh = [row for row in found.rows if row.id not in seen]
        repeated = [row.refused(_REPEATED) for row in found.rows if row.id in seen]
        seen.update(row.id for row in fresh)
        if entry.end <= done:
            continue
        batch.rows += fresh
        batch.refusals += found.refusals + repeated
        batch.lines, batch.end = batch.lines + 1, entry.end
        if batch.lines >= _LINES or len(batch.rows) >= _ROWS:
            yield batch
            batch = _Batch()
    if batch.lines:
        yield batch


_REPEATED = Fault(
    "repeated_ref",
    "Esta referencia ya está en una línea anterior del archivo; deje una sola.",
    "This ref is on an earlier line of the file already; leave only one.",
    "ref",
)
