"""A meeting: a time, a place and two delegates; who came; and what each side expects of it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from math import ceil
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from services.rounds.model.attendance import is_disputed, presence
from services.rounds.model.cancellations import Cancellation
from services.rounds.model.outcomes import ExpectedDeal, Outcome, reconciled
from shared.errors import Conflict, Forbidden, Invalid
from shared.money import Money

if TYPE_CHECKING:
    from services.rounds.model.plan import Slot
    from services.rounds.model.registrations import Delegate, Registration


# Time to try one's camera, and not so much that one walks into the meeting before.
ROOM_OPENS = timedelta(minutes=5)


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One side of a meeting."""

    company_id: str
    company_name: str
    delegate_id: str
    delegate_name: str
    account_id: str | None = None


class Room(msgspec.Struct, frozen=True, kw_only=True):
    """A virtual meeting's room, open from a little before the meeting to its end.

    Its address is told while it is open; `seconds_left` is the time until it opens, then until it closes.
    """

    room_url: str | None
    opens_at: datetime
    starts_at: datetime
    closes_at: datetime
    seconds_left: int


class Meeting(msgspec.Struct, frozen=True, kw_only=True):
    """A meeting of a round.

    `pinned` meetings stay where they are when the agenda is made anew. `words` hold, for each company, what
    each side and the organizer said last of its presence, `present` what counts (`model.attendance`), and
    `disputed` those whose presence the organizer must decide. `outcomes` hold the latest word of each
    company; all words are kept as records of their own. `expected` follows from them, unless both sides or
    the organizer `agreed` on one; `proposed` holds what each side would agree to. `sales` hold what each said
    last of what was really sold, `verified` what counts. A meeting to which somebody did not come `gave_way`:
    its delegates and table are free for others.
    """

    id: str
    version: int
    round_id: str
    request_id: str
    slot_id: str
    on: date
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    buyer: Side
    supplier: Side
    company_ids: tuple[str, str]
    table: int | None
    room_url: str | None
    status: str
    pinned: bool
    present: dict[str, bool]
    held: bool
    outcomes: dict[str, Outcome]
    expected: ExpectedDeal | None
    created_at: datetime
    cancellation: Cancellation | None = None
    words: dict[str, dict[str, bool]] = {}
    disputed: tuple[str, ...] = ()
    gave_way: bool = False
    proposed: dict[str, ExpectedDeal] = {}
    agreed: ExpectedDeal | None = None
    sales: dict[str, Money] = {}
    verified: Money | None = None

    def side_of(self, company_id: str) -> Side:
        """Raises Forbidden when the company is not in the meeting."""
        for side in (self.buyer, self.supplier):
            if side.company_id == company_id:
                return side
        raise Forbidden(
            "not_in_the_meeting",
            "Esa empresa no participa en esta cita.",
            "That company is not in this meeting.",
        )

    def counterpart_of(self, company_id: str) -> Side:
        """The other side."""
        return self.supplier if self.side_of(company_id) == self.buyer else self.buyer

    def place(self) -> tuple[str, int | None, str, str]:
        """All that an agenda decides: slot, table and delegates."""
        return self.slot_id, self.table, self.buyer.delegate_id, self.supplier.delegate_id

    def placed_at(self, table: int | None, *, pinned: bool) -> Meeting:
        """The same version of the meeting, with its table, to stay there or not."""
        return replace(self, table=table, pinned=pinned)

    @property
    def has_happened(self) -> bool:
        """Whether the two met, somebody is said not to have come, or something came of it: it is not planned
        anew. That one side has checked in says nothing of that yet, for people check in early.
        """
        missed = any(not came for said in self.words.values() for came in said.values())
        return self.held or missed or bool(self.outcomes)

    def has_begun(self, now: datetime) -> bool:
        """Whether its time has come, or it has happened before: no later agenda touches it."""
        return self.has_happened or self.starts_at <= now

    def locked(self, locked: bool) -> Meeting:
        """The meeting, to stay where it is in later agendas or not. Raises Conflict once it has happened."""
        self.must_stand()
        if self.has_happened and not locked:
            raise Conflict(
                "meeting_has_happened",
                "La cita ya tiene asistencia o resultado; no se puede soltar.",
                "The meeting has attendance or an outcome; it can't be let go.",
            )
        return replace(self, pinned=locked, version=self.version + 1)

    def moved(self, slot: Slot, sides: tuple[Side, Side]) -> Meeting:
        """The meeting at another time or with other delegates; its room stays its own. Raises Conflict."""
        self.must_stand()
        if self.has_happened:
            raise Conflict(
                "meeting_has_happened",
                "La cita ya tiene asistencia o resultado; no se puede mover.",
                "The meeting has attendance or an outcome; it can't be moved.",
            )
        return replace(
            self,
            slot_id=slot.slot_id,
            on=slot.on,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            buyer=sides[0],
            supplier=sides[1],
            version=self.version + 1,
        )

    def cancelled(self, why: Cancellation) -> Meeting:
        """The meeting that does not take place. Raises Conflict when it was held, or something came of it."""
        self.must_stand()
        if self.held or self.outcomes:
            raise Conflict(
                "meeting_was_held",
                "La cita ya se celebró o tiene un resultado, y no se puede cancelar.",
                "The meeting was held or has an outcome, and can't be cancelled.",
            )
        return replace(self, status="cancelled", cancellation=why, version=self.version + 1)

    def must_stand(self) -> None:
        """Raise Conflict when the meeting is cancelled."""
        if self.status == "cancelled":
            raise Conflict("meeting_cancelled", "Esta cita se canceló.", "This meeting was cancelled.")

    def must_be_ahead(self, now: datetime) -> None:
        """Raise Conflict when the meeting is cancelled, or its time is over."""
        self.must_stand()
        if self.ends_at <= now or self.has_happened:
            raise Conflict("meeting_over", "Esta cita ya pasó.", "This meeting is over.")

    def room(self, now: datetime) -> Room:
        """The room, for those who come in time or before. Raises Conflict once the meeting is over."""
        self.must_stand()
        if self.room_url is None:
            raise Conflict("no_room", "Esta cita no es virtual.", "This meeting is not virtual.")
        opens_at = self.starts_at - ROOM_OPENS
        if now >= self.ends_at:
            raise Conflict("room_closed", "La cita terminó y la sala se cerró.", "The meeting is over.")
        return Room(
            room_url=self.room_url if now >= opens_at else None,
            opens_at=opens_at,
            starts_at=self.starts_at,
            closes_at=self.ends_at,
            seconds_left=ceil(((self.ends_at if now >= opens_at else opens_at) - now).total_seconds()),
        )

    def with_attendance(
        self, company_id: str, present: bool, now: datetime, by: str | None = None
    ) -> Meeting:
        """The meeting with a word on one company's presence; it was held when both were there.

        `by` is the company that says so, or ORGANIZER; by itself where nobody is named. The meeting is
        pinned from then on: what has happened is not planned anew.
        """
        self._must_have_begun(now)
        about = self.side_of(company_id).company_id
        other = self.counterpart_of(about).company_id
        said = {**self.words.get(about, {}), by or about: present}
        counts = presence(said, about, other)
        rest = {company: was for company, was in self.present.items() if company != about}
        there = rest if counts is None else {**rest, about: counts}
        disputed = {company for company in self.disputed if company != about}
        return replace(
            self,
            words={**self.words, about: said},
            present=there,
            disputed=tuple(sorted(disputed | ({about} if is_disputed(said, about, other) else set()))),
            held=all(there.get(company, False) for company in self.company_ids),
            pinned=True,
            version=self.version + 1,
        )

    def with_outcome(self, company_id: str, outcome: Outcome, now: datetime) -> Meeting:
        """The meeting with what one side takes from it. Raises Invalid, Conflict or Forbidden."""
        self._must_have_begun(now)
        speaker = self.side_of(company_id).company_id
        owner = outcome.next_step.owner_company_id if outcome.next_step else speaker
        if owner not in self.company_ids:
            raise Invalid(
                "owner_not_in_the_meeting",
                "El responsable del próximo paso debe ser una de las dos empresas de la cita.",
                "The owner of the next step must be one of the two companies of the meeting.",
                "next_step.owner_company_id",
            )
        words = {**self.outcomes, speaker: outcome}
        buyer, supplier = (words.get(side.company_id) for side in (self.buyer, self.supplier))
        # Who says something new has not agreed to it with the other side.
        return replace(
            self,
            outcomes=words,
            expected=reconciled(buyer, supplier),
            proposed={},
            agreed=None,
            pinned=True,
            version=self.version + 1,
        )

    def _must_have_begun(self, now: datetime) -> None:
        """Raise Conflict unless the meeting's local day has begun.

        The day and not the hour: in a hall meetings are brought forward and swapped by word of mouth, and
        whoever has met must be able to say so; it also lets a whole round be rehearsed within one day.
        """
        self.must_stand()
        if now.astimezone(ZoneInfo(self.time_zone)).date() < self.on:
            raise Conflict(
                "meeting_not_begun",
                f"La cita es el {self.on}; podrá registrarlo desde ese día.",
                f"The meeting is on {self.on}; you can record this from that day on.",
            )


def side(registration: Registration, delegate: Delegate) -> Side:
    """A company's side of a meeting, with the delegate who goes."""
    return Side(
        company_id=registration.company_id,
        company_name=registration.company_name,
        delegate_id=delegate.delegate_id,
        delegate_name=delegate.name,
        account_id=delegate.account_id,
    )
