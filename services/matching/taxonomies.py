"""`python -m services.matching.taxonomies FILE…`: load official lists of codes, as they are published.

Known by their columns: UNSPSC in Spanish as Colombia Compra Eficiente publishes it (segment, family, class
and product with their names), CIIU Rev. 4 A.C. of DANE (class, name, group, what it includes) and DANE's
DIVIPOLA (municipalities with their coordinates in degrees), CSV in UTF-8, gzipped or not. Loading a list
again replaces it. Nothing is loaded when one of the files can't be read. Every open need is ranked anew by
the worker afterwards.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from services.matching.engine.classes import Entry, described
from services.matching.model.decisions import today
from services.matching.store import MatchingStore
from services.matching.usecases.codes import load_list
from shared.config import Config
from shared.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    Row = dict[str, str]

_GZIP = b"\x1f\x8b"
_PIECES = re.compile(r"[;\n]+")


class UnknownList(Exception):
    """The file's columns are of no list that is known."""


def read_list(content: bytes) -> list[Entry]:
    """The classes of an official list, of which there is at least one. Raises UnknownList."""
    found: list[Entry] = []
    try:
        plain = gzip.decompress(content) if content.startswith(_GZIP) else content
        rows = csv.DictReader(io.StringIO(plain.decode("utf-8-sig"), newline=""))
        columns = set(rows.fieldnames or ())
        if columns >= {"clase", "clase_nombre", "familia_nombre", "producto_nombre"}:
            found = list(_unspsc(rows))
        elif columns >= {"clase", "nombre", "incluye"}:
            found = list(_ciiu(rows))
        elif columns >= {"cod_mpio", "municipio", "longitud", "latitud"}:
            found = list(_divipola(rows))
    except (UnicodeDecodeError, OSError, EOFError, ValueError, csv.Error) as error:
        raise UnknownList(str(error)) from error
    if not found:
        named = ", ".join(sorted(columns)) or "none"
        raise UnknownList(f"no list that is known, or an empty one; columns: {named}")
    return found


def _unspsc(rows: Iterable[Row]) -> Iterator[Entry]:
    """One entry a class; what it includes are its products."""
    names: dict[str, tuple[str, str]] = {}
    products: dict[str, list[str]] = {}
    for row in rows:
        names[row["clase"]] = row["clase_nombre"], row["familia_nombre"]
        products.setdefault(row["clase"], []).append(row["producto_nombre"])
    for code, (title, family) in names.items():
        terms = described(title, family, products[code])
        yield Entry(scheme="UNSPSC", code=code, title=title, terms=terms)


def _ciiu(rows: Iterable[Row]) -> Iterator[Entry]:
    for row in rows:
        terms = described(row["nombre"], row.get("grupo_nombre") or "", _PIECES.split(row["incluye"]))
        yield Entry(scheme="CIIU", code=row["clase"], title=row["nombre"], terms=terms)


def _divipola(rows: Iterable[Row]) -> Iterator[Entry]:
    """One entry a municipality; those whose coordinates the list leaves out are left out."""
    for row in rows:
        if row["latitud"] and row["longitud"]:
            at = (float(row["latitud"]), float(row["longitud"]))
            yield Entry(scheme="DIVIPOLA", code=row["cod_mpio"], title=row["municipio"], at=at)


def main(arguments: Sequence[str] | None = None) -> int:
    """Load lists; 0 when they were taken, 2 when they could not be."""
    parser = argparse.ArgumentParser(prog="python -m services.matching.taxonomies", description=__doc__)
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE")
    options = parser.parse_args(arguments)
    lists = []
    for file in options.files:
        try:
            lists.append(read_list(file.read_bytes()))
        except (OSError, UnknownList) as error:
            sys.stderr.write(f"{file}: {error}\n")
            return 2
    try:
        store = MatchingStore.open(Config.from_env("matching"))
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    try:
        for entries in lists:
            load_list(store, entries, today(datetime.now(UTC)))
            sys.stdout.write(f"{entries[0].scheme}: {len(entries)}\n")
    finally:
        store.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
