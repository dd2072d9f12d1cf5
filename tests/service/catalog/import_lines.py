"""Lines of a file to import."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from services.catalog.imports.rows import Order
from tests.service.catalog.conftest import A_COMPANY, AN_OFFERING

ORDER = Order(source="prueba", today=date(2026, 11, 20))


def a_line(ref: str, **fields: Any) -> dict[str, Any]:
    """A company with an offering and a need to buy."""
    return {
        "kind": "company",
        "ref": ref,
        **A_COMPANY,
        "tax_number": None,
        "offerings": [AN_OFFERING],
        **fields,
    }


def as_lines(*records: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(record, ensure_ascii=False).encode() + b"\n" for record in records)
