"""What the engine is asked and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Reason = Literal["participant_full", "no_common_slot", "tables_taken", "beaten_by_others"]


class Collision(Exception):
    """Two pinned meetings can't both be held; the text names them."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A time to meet. Slots of one `day` that follow one another in the problem are neighbours."""

    id: str
    day: str


@dataclass(frozen=True, slots=True)
class Delegate:
    """A person who can be in one meeting in each slot of `free` (slot ids)."""

    id: str
    company_id: str
    free: frozenset[str]


@dataclass(frozen=True, slots=True)
class Request:
    """A buyer and a supplier who both want to meet, once. `weight` is above zero."""

    id: str
    buyer_id: str
    supplier_id: str
    weight: int


@dataclass(frozen=True, slots=True)
class Placed:
    """A meeting in the agenda. Tables count from 1; None where tables are not limited."""

    request_id: str
    slot_id: str
    buyer_delegate_id: str
    supplier_delegate_id: str
    table: int | None


@dataclass(frozen=True, slots=True)
class Pinned(Placed):
    """A meeting that stays as it is, whatever the free times say."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A whole round. `slots` are in the order of time; `tables` None means without limit.

    A pinned meeting's request must be among `requests`.
    """

    slots: tuple[Slot, ...]
    delegates: tuple[Delegate, ...]
    requests: tuple[Request, ...]
    tables: int | None = None
    pinned: tuple[Pinned, ...] = ()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Why a request has no meeting.

    `participant_full`: `company_id` has `used` of `limit` possible meetings. `no_common_slot`: the two are
    never free together. `tables_taken`: all `limit` tables are taken in the `used` slots where both
    are still free. `beaten_by_others`: each has time left, but in all of their `limit` common slots
    one of the two meets somebody else.
    """

    request_id: str
    reason: Reason
    company_id: str | None = None
    used: int = 0
    limit: int = 0


@dataclass(frozen=True, slots=True)
class Agenda:
    """The answer. No agenda can have more than `bound`; `proved` says that `weight` is the best possible.

    A hole is a maximal run of free slots between two meetings of a delegate on one day; `holes` counts
    them over all delegates, and `holes_proved` says that no agenda of this weight has fewer.
    """

    placed: tuple[Placed, ...]
    left_out: tuple[LeftOut, ...]
    weight: int
    bound: int
    proved: bool
    holes: int
    holes_proved: bool
