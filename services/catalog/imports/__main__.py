"""`python -m services.catalog.imports FILE`: import a file of JSON Lines or CSV into the catalog."""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import msgspec
from tqdm import tqdm

from services.catalog.imports.jobs import TakenOver, run_job
from services.catalog.imports.rows import KINDS, Order, Refusal
from services.catalog.imports.run import FORMATS, Progress, entries_of, run
from services.catalog.model.states import today
from services.catalog.store import CatalogStore
from shared import log, structs
from shared.config import Config
from shared.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run an import; 0 when every line was taken, 1 when some were refused, 2 when it could not be run."""
    options = _parser().parse_args(arguments)
    try:
        config = Config.from_env("catalog")
    except ConfigError as error:
        return _fail(str(error))
    log.configure("catalog", config.log_level)
    structs.prepare()
    store = CatalogStore.open(config)
    try:
        if options.job:
            return _run_claimed(store, options.job)
        return _import_file(store, options)
    except OSError as error:
        return _fail(f"{options.file}: {error.strerror}")
    finally:
        store.close()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m services.catalog.imports",
        description="Import companies, offerings and needs. Sending the same file again changes nothing.",
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("file", nargs="?", type=Path, help="JSON Lines, or CSV of one kind")
    what.add_argument("--job", help="run an import that was sent over HTTP (the worker does this)")
    parser.add_argument("--format", choices=FORMATS, help="default: by the file's name")
    parser.add_argument("--kind", choices=list(KINDS), help="of CSV lines, and of JSON lines without a kind")
    parser.add_argument("--source", help="where the refs come from; default: the file's name")
    parser.add_argument("--company", help="id of the company that lines without one are for")
    parser.add_argument("--report", type=Path, help="write refused lines here, not to standard output")
    return parser


def _import_file(store: CatalogStore, options: argparse.Namespace) -> int:
    file_format = options.format or ("csv" if options.file.suffix.lower() == ".csv" else "jsonl")
    if file_format == "csv" and options.kind is None:
        return _fail("a CSV file holds one kind of record: name it with --kind")
    order = Order(
        source=options.source or options.file.stem,
        today=today(datetime.now(UTC)),
        kind=options.kind,
        company_id=options.company,
        strict=file_format != "csv",
    )
    store.ensure_indexes()
    done = Progress()
    with ExitStack() as stack:
        file = stack.enter_context(options.file.open("rb"))
        report = stack.enter_context(options.report.open("wb")) if options.report else sys.stdout.buffer
        size = options.file.stat().st_size
        bar = stack.enter_context(tqdm(total=size, unit="B", unit_scale=True, disable=None))
        entries = entries_of(file.read, file_format, order.kind)
        for done, refusals in run(store, entries, order, Progress()):
            _report(report, refusals)
            bar.update(done.end - bar.n)
        report.flush()
    sys.stderr.write(
        f"{done.lines} lines: {done.created} new, {done.changed} changed, "
        f"{done.unchanged} as before; {done.refused_lines} lines with faults\n"
    )
    return 1 if done.refused_lines else 0


def _report(report: BinaryIO, refusals: list[Refusal]) -> None:
    for refusal in refusals:
        fault = refusal.fault
        said = {
            "line": refusal.line,
            "field": fault.field,
            "code": fault.code,
            "es": fault.es,
            "en": fault.en,
        }
        report.write(msgspec.json.encode(said) + b"\n")


def _run_claimed(store: CatalogStore, job_id: str) -> int:
    try:
        run_job(store, job_id)
    except TakenOver:
        return _fail(f"import {job_id} is being run by another process")
    return 0


def _fail(reason: str) -> int:
    sys.stderr.write(f"{reason}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main())
