"""Tables as files for a spreadsheet. What people wrote is never run as a formula."""

from __future__ import annotations

import csv
from io import BytesIO, StringIO
from typing import TYPE_CHECKING, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.rounds.exports.sheets import Row

# A spreadsheet takes text that begins so for a formula (OWASP, CSV Injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_WIDEST = 50


def as_csv(rows: Iterable[Row]) -> bytes:
    """UTF-8 with a mark at its start, by which spreadsheets know it."""
    text = StringIO(newline="")
    csv.writer(text).writerows([_harmless(value) for value in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def as_xlsx(rows: list[Row], title: str) -> bytes:
    """A workbook of one sheet, its head in bold and in sight."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    for number, width in enumerate(_widths(rows)):
        sheet.column_dimensions[chr(ord("A") + number)].width = width
    for number, row in enumerate(rows):
        sheet.append([_cell(sheet, value, bold=number == 0) for value in row])
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def _widths(rows: list[Row]) -> list[int]:
    columns = zip(*rows, strict=True)
    return [min(_WIDEST, 2 + max(len(str(value)) for value in column)) for column in columns]


def _cell(sheet: Any, value: Any, *, bold: bool) -> Any:
    is_text = isinstance(value, str)
    cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", value) if is_text else value)
    if is_text:
        cell.data_type = "s"
    if bold:
        cell.font = Font(bold=True)
    return cell
