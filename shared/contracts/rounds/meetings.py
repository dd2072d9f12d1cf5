"""Agendas and meetings, and what people want changed."""

from __future__ import annotations

from datetime import datetime

import msgspec

from shared.contracts.base import Payload, contract


class AgendaChange(msgspec.Struct, frozen=True, kw_only=True):
    """How many meetings of a company are new, elsewhere or gone in a version of the agenda."""

    company_id: str
    scheduled: int = 0
    moved: int = 0
    cancelled: int = 0


@contract("rounds.agenda_published", key="agenda_id")
class AgendaPublished(Payload, frozen=True, kw_only=True):
    """A version of a round's agenda holds from now on; `company_ids` are those that meet in it.

    `changes` names the companies for which something is different from the version before.
    """

    agenda_id: str
    round_id: str
    round_name: str
    version: int
    meetings: int
    company_ids: list[str]
    changes: list[AgendaChange] = []


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """One side of a meeting: the company and, where known, the account of its delegate."""

    company_id: str
    company_name: str
    account_id: str | None = None


class _Meeting(Payload, frozen=True, kw_only=True):
    # A virtual meeting's room is behind the portal's page of the meeting; `room_url` is of earlier events.
    meeting_id: str
    round_id: str
    round_name: str
    buyer: Seat
    supplier: Seat
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    table: int | None = None
    room_url: str | None = None
    virtual: bool = False


@contract("rounds.meeting_scheduled", key="meeting_id")
class MeetingScheduled(_Meeting, frozen=True, kw_only=True):
    """Two delegates have a time and a table or a room."""


@contract("rounds.meeting_moved", key="meeting_id")
class MeetingMoved(_Meeting, frozen=True, kw_only=True):
    """A published meeting has another time or place; the payload is the new state."""

    previous_starts_at: datetime


@contract("rounds.meeting_cancelled", key="meeting_id")
class MeetingCancelled(_Meeting, frozen=True, kw_only=True):
    """A published meeting does not take place.

    `cause` is organizer, asked, withdrawn, left_directory, not_in_agenda, nobody_free, never_meet or absent,
    and comes from the company `company_name` if it comes from one; `reason` is what a person wrote about it.
    """

    reason: str = ""
    cause: str = ""
    company_name: str = ""


class _Change(Payload, frozen=True, kw_only=True):
    change_id: str
    round_id: str
    round_name: str
    meeting_id: str
    company_id: str
    company_name: str
    counterpart_id: str
    counterpart_name: str
    kind: str
    starts_at: datetime
    proposed_starts_at: datetime | None = None
    time_zone: str
    note: str = ""


@contract("rounds.change_requested", key="change_id")
class ChangeRequested(_Change, frozen=True, kw_only=True):
    """A side asks its counterpart for another time, or not to meet. `kind` is time or cancel."""


@contract("rounds.change_decided", key="change_id")
class ChangeDecided(_Change, frozen=True, kw_only=True):
    """The counterpart, or the organizer for it, answered. What was accepted is done."""

    accepted: bool


@contract("rounds.slot_offered", key="offer_id")
class SlotOffered(Payload, frozen=True, kw_only=True):
    """The host has become free, and the guest, whose request both had accepted, may take the time."""

    offer_id: str
    round_id: str
    round_name: str
    host_id: str
    host_name: str
    guest_id: str
    guest_name: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    expires_at: datetime
