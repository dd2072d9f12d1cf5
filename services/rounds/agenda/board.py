"""A case laid out as a board, on which compiled moves work, and read back from it."""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from services.rounds.agenda import memory as at
from services.rounds.agenda.seats import put
from services.rounds.agenda.tables import hosting_times

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from services.rounds.agenda.case import Case, Plan
    from services.rounds.agenda.memory import Board
    from services.rounds.agenda.run import Run

    Table = NDArray[Any]


def suits(case: Case) -> bool:
    """Whether the case can be laid out: days of at most 62 slots, and two people in every meeting."""
    return all(len(day) <= at.MOST_SLOTS_A_DAY for day in case.days) and all(
        person.at_once == 1 for person in case.people
    )


def board_of(run: Run, seed: int, prices: tuple[int, int, int, int]) -> Board:
    """The board of a run with the pinned meetings on it. `prices`: of weight, promises, holes and moves."""
    case = run.case
    tables = _tables(case)
    tables[at.PERSON_ROWS][:, at.LEAST] = run.least
    starts = [at.HEADER, *accumulate((table.size for table in tables.values()), initial=at.HEADER)][1:]
    board: Board = np.zeros(starts[-1], np.int64)
    for (place, table), start in zip(tables.items(), starts, strict=False):
        board[place] = start
        board[start : start + table.size] = table.ravel()
    board[at.MEETINGS], board[at.PEOPLE], board[at.COMPANIES] = (
        len(case.meetings),
        len(case.people),
        len(case.teams),
    )
    board[at.SLOTS], board[at.DAYS] = len(case.day_of), len(case.days)
    board[at.TABLES] = at.NO_LIMIT if case.tables is None else case.tables
    board[at.RANDOM] = seed * 2654435761 % (1 << 40) + 88172645463325252
    board[at.WIDEST] = tables[at.MINE].shape[1]
    board[at.WEIGHT_PRICE : at.MOVE_PRICE + 1] = prices
    board[at.FAIR_PRICE] = prices[2] // 4 if case.problem.spread is not None else prices[2] // 50
    for meeting, (slot, buyer, supplier) in case.pinned.items():
        at.sit(board, meeting, buyer, supplier)
        put(board, meeting, slot)
        if case.meetings[meeting].pinned:
            start = board[at.MAY] + meeting * board[at.DAYS]
            board[start : start + board[at.DAYS]] = 0
    return board


def plan_of(board: Board) -> Plan:
    """The plan that stands on a board."""
    places = _rows(board, at.MEETING_ROWS, at.MEETINGS, at.MEETING_WIDTH)[
        :, [at.SLOT, at.SEAT, at.SEAT + 1]
    ].tolist()
    return {n: (slot, buyer, supplier) for n, (slot, buyer, supplier) in enumerate(places) if slot >= 0}


def _tables(case: Case) -> dict[int, Table]:
    people, meetings, days = len(case.people), len(case.meetings), len(case.days)
    ties = _ties(case)
    degree = [0] * len(case.teams)
    for meeting in case.meetings:
        degree[meeting.buyer] += 1
        degree[meeting.supplier] += 1
    widest = max(1, min(len(case.day_of), max(degree, default=0)))
    return {
        at.AT: np.full((people, len(case.day_of)), -1),
        at.MAY: np.zeros((meetings, days), np.int64),
        at.ASKS: _words(case, [set(m.slots) for m in case.meetings]),
        at.FREE: _words(case, [person.free for person in case.people]),
        at.HOSTS: _words(case, hosting_times(case)),
        at.BUSY: np.zeros((people, days), np.int64),
        at.LINKED: _words(case, [{n for n, linked in enumerate(case.linked) if linked}]),
        at.SLOT_ROWS: _slot_rows(case),
        at.MEETING_ROWS: _meeting_rows(case, ties),
        at.PERSON_ROWS: _person_rows(case),
        at.COMPANY_ROWS: _company_rows(case),
        at.TEAM: np.array([n for team in case.teams for n in team], np.int64),
        at.TIES: np.array([tie for group in ties for tie in group], np.int64),
        at.MINE: np.full((people, widest), -1),
        at.RESTLESS: np.zeros(people, np.int64),
        at.CHAIN: np.zeros((2, at.LONGEST_CHAIN), np.int64),
        at.ENDS: np.zeros((2, 2, at.END_WIDTH), np.int64),
    }


def _words(case: Case, rows: list[set[int]]) -> Table:
    """Sets of slots as one word of bits for each day."""
    words = np.zeros((len(rows), len(case.days)), np.int64)
    for n, slots in enumerate(rows):
        for slot in slots:
            day = case.day_of[slot]
            words[n, day] |= 1 << (slot - case.days[day][0])
    return words


def _slot_rows(case: Case) -> Table:
    rows = [[day, 1 << (n - case.days[day][0]), 0] for n, day in enumerate(case.day_of)]
    return np.array(rows, np.int64).reshape(-1, at.SLOT_WIDTH)


def _meeting_rows(case: Case, ties: list[list[int]]) -> Table:
    rows = np.full((len(case.meetings), at.MEETING_WIDTH), -1, np.int64)
    rows[:, at.PARTY : at.PARTY + 2] = [(m.buyer, m.supplier) for m in case.meetings] or np.zeros((0, 2))
    rows[:, at.WEIGHT] = [m.weight for m in case.meetings]
    rows[:, at.LOCKED] = [m.pinned for m in case.meetings]
    ends = list(accumulate(map(len, ties), initial=0))
    rows[:, at.TIES_FROM], rows[:, at.TIES_TO] = ends[:-1], ends[1:]
    for n, (slot, _, _) in case.home.items():
        rows[n, at.HOME] = slot
    return rows


def _person_rows(case: Case) -> Table:
    rows = [
        [
            person.most,
            at.NO_LIMIT if person.most_a_day is None else person.most_a_day,
            at.NO_LIMIT if person.most_in_a_row is None else person.most_in_a_row,
            0,
            0,
            0,
            -1,
        ]
        for person in case.people
    ]
    return np.array(rows, np.int64).reshape(-1, at.PERSON_WIDTH)


def _company_rows(case: Case) -> Table:
    ends = list(accumulate(map(len, case.teams), initial=0))
    rows = [[start, end, case.minimum.get(n, 0), 0] for n, (start, end) in enumerate(pairwise(ends))]
    return np.array(rows, np.int64).reshape(-1, at.COMPANY_WIDTH)


def _ties(case: Case) -> list[list[int]]:
    ties: list[list[int]] = [[] for _ in case.meetings]
    for n, meeting in enumerate(case.meetings):
        for earlier in meeting.after:
            ties[n].append(earlier)
            ties[earlier].append(-1 - n)
    return ties


def placed_on(board: Board) -> int:
    """How many meetings have a slot."""
    slots = _rows(board, at.MEETING_ROWS, at.MEETINGS, at.MEETING_WIDTH)[:, at.SLOT]
    return int(np.count_nonzero(slots >= 0))


def within_tables(board: Board) -> bool:
    """Whether no slot has more meetings than tables."""
    loads = _rows(board, at.SLOT_ROWS, at.SLOTS, at.SLOT_WIDTH)[:, at.LOAD]
    return bool((loads <= board[at.TABLES]).all())


def _rows(board: Board, table: int, count: int, width: int) -> Table:
    start = board[table]
    return board[start : start + board[count] * width].reshape(-1, width)
