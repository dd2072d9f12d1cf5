"""Who takes part in the story: invented companies in real places, read from `companies.json`.

Their tax numbers begin with 999, which is not given out; the check digits are right.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deploy.demo.people import Person

if TYPE_CHECKING:
    from deploy.embedded import Place

ORGANIZER = "marta@encadena.example"
ORGANIZER_NAME = "Marta Lucía Bedoya"


@dataclass
class Character:
    """A person of the story, the company they act for, and what it offers or needs."""

    person: Person
    name: str
    role: str
    company: dict[str, Any]
    offerings: list[dict[str, Any]] = field(default_factory=list)
    needs: list[dict[str, Any]] = field(default_factory=list)
    # Whom the person asks for a meeting by hand, with which words, and what the answer will be.
    asks: dict[str, str] = field(default_factory=dict)

    @property
    def company_id(self) -> str:
        """The company, once it is registered."""
        return self.person.company_id or ""

    def fits(self, need: dict[str, Any]) -> bool:
        """Whether the company offers just what a need asks for."""
        return any(offering["unspsc"] == need["unspsc"] for offering in self.offerings)


def cast(place: Place) -> tuple[list[Character], list[Character]]:
    """The suppliers and the anchors."""
    written = json.loads((Path(__file__).parent / "companies.json").read_text())
    suppliers, anchors = (
        [
            Character(
                person=Person(place, entry["email"]),
                name=entry["person"],
                role=role,
                company=entry["company"],
                offerings=entry.get("offerings", []),
                needs=entry.get("needs", []),
                asks=entry.get("asks", {}),
            )
            for entry in written[kind]
        ]
        for kind, role in (("suppliers", "supplier"), ("anchors", "anchor"))
    )
    return suppliers, anchors
