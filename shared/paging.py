"""Lists are paged by an opaque cursor: where the last page ended, not how many came before."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import msgspec
from marshmallow import Schema, fields, validate

from shared.errors import Invalid


class PageSchema(Schema):
    """The query arguments of every list."""

    limit = fields.Integer(load_default=20, validate=validate.Range(1, 100))
    cursor = fields.String(load_default=None, validate=validate.Length(max=1000))


def encode_cursor(*position: Any) -> str:
    """An opaque text for the sort key of the last item of a page."""
    return urlsafe_b64encode(msgspec.json.encode(position)).decode().rstrip("=")


def decode_cursor(cursor: str | None, length: int) -> list[Any] | None:
    """The position of `length` parts that a cursor holds; None for the first page. Raises Invalid."""
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        position = msgspec.json.decode(urlsafe_b64decode(padded), type=list[str | int | float | None])
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        position = []
    if len(position) != length:
        raise Invalid(
            "wrong_cursor",
            "El cursor no es de esta lista. Empiece desde la primera página.",
            "The cursor does not belong to this list. Start from the first page.",
            "cursor",
        )
    return position
