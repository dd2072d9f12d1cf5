"""Where things lie in a board: one flat array of 64-bit integers, with a header of sizes and offsets.

One array and not many, because compiled code counts references to every array that it passes on, which
made a move ten times slower. All is counted from 0; -1 means none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.rounds.agenda.compiled import inlined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Board = NDArray[Any]

# The header: sizes, limits, prices of each objective's unit, and where each table begins.
MEETINGS, PEOPLE, COMPANIES, SLOTS, DAYS, TABLES, RANDOM, WIDEST = range(8)
WEIGHT_PRICE, PROMISE_PRICE, HOLE_PRICE, MOVE_PRICE = range(8, 12)
AT, MAY, ASKS, FREE, BUSY, LINKED, SLOT_ROWS, MEETING_ROWS, PERSON_ROWS = range(12, 21)
COMPANY_ROWS, TEAM, TIES, MINE, CHAIN, ENDS, RESTLESS, HOSTS = range(21, 29)
# What a meeting above the tables of its slot costs (0: there may be none), what a hole more costs whoever
# has many, and how many are restless.
OVER_PRICE, FAIR_PRICE, RESTLESS_COUNT, HEADER = range(29, 33)

# Columns. A meeting's people stand in SEAT (buyer) and SEAT + 1; the same for PARTY and RANK.
SLOT, SEAT, PARTY, WEIGHT, HOME, LOCKED, TIES_FROM, TIES_TO, RANK, MEETING_WIDTH = (
    0,
    1,
    3,
    5,
    6,
    7,
    8,
    9,
    10,
    12,
)
DAY, BIT, LOAD, SLOT_WIDTH = range(4)
# LEAST are the holes that a person has in any agenda; LISTED is where those with more stand in RESTLESS.
MOST, MOST_A_DAY, MOST_IN_A_ROW, MET, HOLES, LEAST, LISTED, PERSON_WIDTH = range(8)
TEAM_FROM, TEAM_TO, MINIMUM, HELD, COMPANY_WIDTH = range(5)
# The end of a chain: who it is, and the slot that is left and the one that is taken.
WHO, ORIGIN, TARGET, END_WIDTH = range(4)

MOST_SLOTS_A_DAY = 62
NO_LIMIT = 1 << 30
LONGEST_CHAIN = 1024


@inlined
def meeting_cell(board: Board, meeting: int, column: int) -> int:
    """The index of a meeting's column."""
    return board[MEETING_ROWS] + meeting * MEETING_WIDTH + column


@inlined
def of_meeting(board: Board, meeting: int, column: int) -> int:
    """A meeting's column."""
    return board[board[MEETING_ROWS] + meeting * MEETING_WIDTH + column]


@inlined
def of_slot(board: Board, slot: int, column: int) -> int:
    """A slot's column."""
    return board[board[SLOT_ROWS] + slot * SLOT_WIDTH + column]


@inlined
def of_person(board: Board, person: int, column: int) -> int:
    """A person's column."""
    return board[board[PERSON_ROWS] + person * PERSON_WIDTH + column]


@inlined
def of_company(board: Board, company: int, column: int) -> int:
    """A company's column."""
    return board[board[COMPANY_ROWS] + company * COMPANY_WIDTH + column]


@inlined
def of_end(board: Board, row: int, side: int, column: int) -> int:
    """A column of one of the two ends of a traced chain."""
    return board[board[ENDS] + (row * 2 + side) * END_WIDTH + column]


@inlined
def link(board: Board, row: int, n: int) -> int:
    """The n-th meeting of a traced chain."""
    return board[board[CHAIN] + row * LONGEST_CHAIN + n]


@inlined
def met_at(board: Board, person: int, slot: int) -> int:
    """The meeting that a person has in a slot."""
    return board[board[AT] + person * board[SLOTS] + slot]


@inlined
def free_at(board: Board, person: int, slot: int) -> bool:
    """Whether a person is free in a slot, whoever they meet there."""
    return (
        board[board[FREE] + person * board[DAYS] + of_slot(board, slot, DAY)] & of_slot(board, slot, BIT) != 0
    )


@inlined
def may_meet(board: Board, meeting: int, slot: int) -> bool:
    """Whether a meeting's people may hold it in a slot, whoever else they meet there."""
    return (
        board[board[MAY] + meeting * board[DAYS] + of_slot(board, slot, DAY)] & of_slot(board, slot, BIT) != 0
    )


@inlined
def busy_word(board: Board, person: int, day: int) -> int:
    """The slots of a day in which a person meets, as bits."""
    return board[board[BUSY] + person * board[DAYS] + day]


@inlined
def sit(board: Board, meeting: int, buyer: int, supplier: int) -> None:
    """Say who meets, in a meeting that is not placed."""
    board[meeting_cell(board, meeting, SEAT)] = buyer
    board[meeting_cell(board, meeting, SEAT + 1)] = supplier
    days = board[DAYS]
    for day in range(days):
        free = board[board[HOSTS] + buyer * days + day] & board[board[FREE] + supplier * days + day]
        board[board[MAY] + meeting * days + day] = free & board[board[ASKS] + meeting * days + day]


@inlined
def turn(board: Board, person: int, slot: int, meeting: int) -> None:
    """Have a person meet, or no longer meet (-1), in a slot."""
    board[board[AT] + person * board[SLOTS] + slot] = meeting
    cell = board[BUSY] + person * board[DAYS] + of_slot(board, slot, DAY)
    bit = of_slot(board, slot, BIT)
    board[cell] = board[cell] | bit if meeting >= 0 else board[cell] & ~bit


@inlined
def draw(board: Board, below: int) -> int:
    """A random number from 0 to below - 1 (xorshift, Marsaglia 2003)."""
    x = board[RANDOM]
    x ^= x << 13
    x ^= (x >> 7) & ((1 << 57) - 1)
    x ^= x << 17
    board[RANDOM] = x
    return (((x >> 31) & ((1 << 32) - 1)) * below) >> 32
