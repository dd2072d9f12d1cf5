"""A stream of bytes as numbered lines, whatever it holds, in little memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# A company with a hundred long offerings fits many times over.
LONGEST_LINE = 1024 * 1024
_CHUNK = 256 * 1024
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Line:
    """A line without its end. `content` is None when it was too long to be kept; `end` counts bytes."""

    number: int
    content: bytes | None
    end: int


def lines(read: Callable[[int], bytes]) -> Iterator[Line]:
    """The lines that `read` gives, numbered from 1. Ends in LF or CRLF and a leading BOM are taken off."""
    number = end = 0
    rest, too_long = b"", False
    while chunk := read(_CHUNK):
        *pieces, rest = (rest + chunk).split(b"\n")
        for piece in pieces:
            number, end = number + 1, end + len(piece) + 1
            yield Line(number, None if too_long else _kept(piece, number), end)
            too_long = False
        if len(rest) > LONGEST_LINE + len(_BOM) + 1:
            end, rest, too_long = end + len(rest), b"", True
    if rest or too_long:
        yield Line(number + 1, None if too_long else _kept(rest, number + 1), end + len(rest))


def _kept(piece: bytes, number: int) -> bytes | None:
    content = piece.removesuffix(b"\r")
    content = content.removeprefix(_BOM) if number == 1 else content
    return content if len(content) <= LONGEST_LINE else None
