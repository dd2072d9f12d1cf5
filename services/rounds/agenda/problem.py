"""What the engine is asked and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Reason = Literal[
    "participant_full",
    "delegate_full",
    "day_full",
    "row_full",
    "no_common_slot",
    "tables_taken",
    "beaten_by_others",
    "with_oneself",
    "asked_twice",
    "in_a_circle",
    "waits_for_another",
]
Remedy = Literal[
    "free_time",
    "second_delegate",
    "delegates_of_both",
    "table",
    "slot",
    "later_slot",
    "more_meetings",
    "more_a_day",
    "more_in_a_row",
]
Objective = Literal["weight", "promised", "holes", "moves", "fairness"]


class Collision(Exception):
    """Two pinned meetings can't both be held; the text names them."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A time to meet. Slots of one `day` that follow one another in the problem are neighbours.

    Between two `session`s of a day there is a break, which ends a row of meetings but not a hole.
    """

    id: str
    day: str
    session: str = ""


@dataclass(frozen=True, slots=True)
class Delegate:
    """A person who can be in one meeting in each slot of `free` (slot ids).

    Of these slots `keep_free` stay without a meeting. `most`, `most_a_day` and `most_in_a_row` limit the
    meetings. As a buyer's delegate the person receives up to `at_once` suppliers in one meeting.
    """

    id: str
    company_id: str
    free: frozenset[str]
    keep_free: int = 0
    most: int | None = None
    most_a_day: int | None = None
    most_in_a_row: int | None = None
    at_once: int = 1


@dataclass(frozen=True, slots=True)
class Request:
    """A buyer and a supplier who both want to meet. `weight` is above zero.

    It is held in one of `slots` (None: in any), and only after the requests `after`, which are then held.
    """

    id: str
    buyer_id: str
    supplier_id: str
    weight: int
    slots: frozenset[str] | None = None
    after: tuple[str, ...] = ()


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
class Promise:
    """The fewest meetings that a company was promised."""

    company_id: str
    meetings: int


@dataclass(frozen=True, slots=True)
class Problem:
    """A whole round. `slots` are in the order of time; `tables` None means without limit.

    A pinned meeting's request must be among `requests`. `published` is the agenda that people already
    have. `objectives` are worked off in their order: the `weight` of what is held; what is missing of the
    `promised` meetings; the holes; the `moves` against `published`; `fairness`, the difference in holes
    between the people who have most and fewest. That difference is never above `spread`, if one is given.
    With `own_table` a buyer's delegate has one table for a whole day. A pair that is asked for again is
    refused, unless `repeats` says that each request is a meeting of its own.
    """

    slots: tuple[Slot, ...]
    delegates: tuple[Delegate, ...]
    requests: tuple[Request, ...]
    tables: int | None = None
    pinned: tuple[Pinned, ...] = ()
    promised: tuple[Promise, ...] = ()
    published: tuple[Placed, ...] = ()
    spread: int | None = None
    own_table: bool = False
    repeats: bool = False
    objectives: tuple[Objective, ...] = ("weight", "promised", "holes", "moves", "fairness")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Why a request has no meeting.

    `participant_full`: `company_id` has `used` of `limit` possible meetings. `delegate_full`, `day_full` and
    `row_full`: whoever of `company_id` has time would have `used` meetings in all, on a day or in a row,
    and takes `limit`. `no_common_slot`: the two are never free together. `tables_taken`: all `limit` tables
    are taken in the `used` slots where both are still free. `beaten_by_others`: each has time left, but in
    all of their `limit` common slots one of the two meets somebody else. `waits_for_another`: the request
    `waits_for` that must come before is not held, or not early enough. `with_oneself`, `asked_twice` and
    `in_a_circle` are requests that can't be held.

    `remedy` would let it in, in this very agenda: one more free time of `remedy_company_id` or a second
    delegate of it, a delegate more of both, or one more table, at `remedy_slot_id`; one more `slot` for
    both, or a `later_slot` than all others; or `remedy_limit` meetings of the company in all, a day or in
    a row. None: no single change would.
    """

    request_id: str
    reason: Reason
    company_id: str | None = None
    used: int = 0
    limit: int = 0
    remedy: Remedy | None = None
    remedy_company_id: str | None = None
    remedy_slot_id: str | None = None
    remedy_limit: int = 0
    waits_for: str | None = None


@dataclass(frozen=True, slots=True)
class Agenda:
    """The answer. No agenda can have more than `bound`; `proved` says that `weight` is the best possible.

    A hole is a maximal run of free slots between two meetings of a delegate on one day; `holes` counts
    them over all delegates, no agenda of this weight has fewer than `holes_bound`, and `holes_proved`
    says that `holes` are the fewest. `moves` counts the published meetings that are elsewhere or gone,
    `missing` the promised meetings that are not held, and `spread` is the difference in holes.
    """

    placed: tuple[Placed, ...]
    left_out: tuple[LeftOut, ...]
    weight: int
    bound: int
    proved: bool
    holes: int
    holes_proved: bool
    holes_bound: int = 0
    missing: int = 0
    moves: int = 0
    spread: int = 0
