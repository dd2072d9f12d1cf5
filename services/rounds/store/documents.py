"""How aggregates are kept: where, in which order their lists are, and as which documents."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import msgspec
from pymongo import ASCENDING, DESCENDING

from services.rounds.model.agendas import Agenda, AgendaRun
from services.rounds.model.changes import ChangeRequest
from services.rounds.model.follow_ups import FollowUp
from services.rounds.model.meetings import Meeting
from services.rounds.model.offers import Offer
from services.rounds.model.registrations import Registration
from services.rounds.model.requests import MeetingRequest
from services.rounds.model.rounds import Round

if TYPE_CHECKING:
    from shared.store import Document


class Aggregate(Protocol):
    """What is stored by id; those with a `version` are saved only as the next one."""

    @property
    def id(self) -> str:
        """The key."""


A = TypeVar("A", bound=Aggregate)

# Where an aggregate is kept, and in which order its lists are.
KEPT: dict[type[Any], tuple[str, str, int]] = {
    Round: ("rounds", "starts_at", DESCENDING),
    Registration: ("registrations", "registered_at", ASCENDING),
    MeetingRequest: ("requests", "created_at", ASCENDING),
    Meeting: ("meetings", "starts_at", ASCENDING),
    Agenda: ("agendas", "number", DESCENDING),
    AgendaRun: ("runs", "created_at", DESCENDING),
    ChangeRequest: ("changes", "created_at", DESCENDING),
    Offer: ("offers", "created_at", DESCENDING),
    FollowUp: ("follow_ups", "asked_at", DESCENDING),
}

# What is large and no page shows.
NOT_IN_PAGES: dict[type[Any], dict[str, bool]] = {Agenda: {"placed": False, "left_out": False}}


def document(aggregate: Any) -> Document:
    """An aggregate as the database keeps it."""
    row: Document = msgspec.to_builtins(aggregate, builtin_types=(datetime,))
    return {"_id": row.pop("id"), **row}


def aggregate(kind: type[A], row: Document) -> A:
    """The aggregate that a document keeps."""
    return msgspec.convert({"id": row["_id"], **row}, kind)
