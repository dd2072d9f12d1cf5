"""What a request that is left out is told would let it in does let it in."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.rounds.agenda import Agenda, Delegate, LeftOut, Pinned, Problem, Request, Slot, solve
from tests.unit.test_rounds_agenda import problems, slots
from tests.unit.test_rounds_agenda_rules import SECONDS, a_round, person


@pytest.mark.parametrize(
    ("problem", "remedy"),
    [
        (a_round(2, 2, 1, tables=1), "table"),
        (replace(a_round(1, 1, 2), delegates=(person("b0", "0.0"), person("s0", "0.1"))), "free_time"),
        (a_round(1, 2, 1), "second_delegate"),
    ],
    ids=["table", "free time", "second delegate"],
)  # fmt: skip
def test_what_is_said_to_let_a_request_in_does_let_it_in(problem: Problem, remedy: str) -> None:
    agenda = solve(problem, seconds=SECONDS)
    left = next(left for left in agenda.left_out if left.remedy == remedy)
    better = solve(with_remedy(problem, left), seconds=SECONDS)
    assert better.weight == agenda.weight + 1


@settings(max_examples=40, deadline=None)
@given(problems())
def test_every_remedy_lets_its_request_into_the_very_agenda(problem: Problem) -> None:
    lets_in(problem, solve(problem, seconds=SECONDS))


def lets_in(problem: Problem, agenda: Agenda) -> None:
    """With the same agenda, pinned, and what would help, each request must find a place beside it."""
    weights = {request.id: request.weight for request in problem.requests}
    for left in agenda.left_out:
        if left.remedy:
            pinned = tuple(Pinned(*(getattr(m, name) for name in FIELDS)) for m in agenda.placed)
            better = solve(replace(with_remedy(problem, left), pinned=pinned), seconds=SECONDS)
            assert better.weight >= agenda.weight + weights[left.request_id], left


@st.composite
def ruled(draw: st.DrawFn) -> Problem:
    """Small rounds with every rule: limits, shared meetings, own tables, an order, wishes for sessions."""
    times = slots(*draw(st.lists(st.integers(2, 4), min_size=1, max_size=2)))
    ids = [slot.id for slot in times]
    few = st.none() | st.none() | st.integers(0, 2)
    names = [f"b{n}" for n in range(draw(st.integers(1, 2)))]
    names += [f"s{n}" for n in range(draw(st.integers(1, 4)))]
    delegates = tuple(
        Delegate(
            f"{name}.{n}", name, draw(st.frozensets(st.sampled_from(ids), min_size=2)),
            keep_free=draw(st.sampled_from([0, 0, 1])),
            most=draw(st.none() | few),
            most_a_day=draw(few),
            most_in_a_row=draw(few),
            at_once=draw(st.sampled_from([1, 1, 2])) if name[0] == "b" else 1,
        )
        for name in names
        for n in range(draw(st.sampled_from([1, 1, 2])))
    )  # fmt: skip
    pairs = [(b, s) for b in names if b[0] == "b" for s in names if s[0] == "s"]
    asked = st.none() | st.none() | st.frozensets(st.sampled_from(ids), min_size=1)
    requests = []
    for n, (b, s) in enumerate(pairs):
        after = ("-".join(pairs[n - 1]),) if n and draw(st.sampled_from([False, False, True])) else ()
        requests.append(Request(f"{b}-{s}", b, s, draw(st.integers(1, 9)), draw(asked), after))
    tables = draw(st.none() | st.integers(1, 2))
    return Problem(times, delegates, tuple(requests), tables, own_table=draw(st.booleans()))


@settings(max_examples=60, deadline=None)
@given(ruled())
def test_every_reason_is_true_and_every_remedy_helps_whatever_the_rules(problem: Problem) -> None:
    agenda = solve(problem, seconds=SECONDS)
    for left in agenda.left_out:
        assert is_true(problem, agenda, left), left
    lets_in(problem, agenda)


def is_true(problem: Problem, agenda: Agenda, left: LeftOut) -> bool:
    """Whether a reason holds, worked out from the problem and the answer alone."""
    request = next(request for request in problem.requests if request.id == left.request_id)
    if left.waits_for:
        return left.waits_for in request.after and is_too_late(problem, agenda, request, left.waits_for)
    common, unmet = times_left(problem, agenda, request)
    if left.reason == "no_common_slot":
        return not common
    if left.reason == "beaten_by_others":
        return bool(common) and not unmet and left.limit == len(common)
    if left.reason == "tables_taken":
        full = {slot_id for slot_id, buyer, _ in unmet if no_table(problem, agenda, buyer, slot_id)}
        return left.limit == problem.tables and 0 < left.used <= len(full)
    team = [d for d in problem.delegates if d.company_id == left.company_id]
    if left.reason == "participant_full":
        return (
            left.used == left.limit == sum(map(room_of, team)) == sum(len(slots_of(agenda, d)) for d in team)
        )
    mine = [(slot_id, d) for slot_id, *pair in unmet for d in pair if d in team]
    return any((left.used, left.limit) == would_be(problem, agenda, d, s)[left.reason] for s, d in mine)


def times_left(
    problem: Problem, agenda: Agenda, request: Request
) -> tuple[set[str], list[tuple[str, Delegate, Delegate]]]:
    """The slots when both are free, and who of them could meet then, limits and tables apart."""
    sides = [
        [d for d in problem.delegates if d.company_id == company]
        for company in (request.buyer_id, request.supplier_id)
    ]
    wanted = [slot.id for slot in problem.slots if request.slots is None or slot.id in request.slots]
    common = [(s, b, d) for s in wanted for b, d in product(*sides) if s in b.free & d.free]
    unmet = [(s, b, d) for s, b, d in common if takes(agenda, b, s) and takes(agenda, d, s)]
    return {slot_id for slot_id, _, _ in common}, unmet


def is_too_late(problem: Problem, agenda: Agenda, request: Request, first: str) -> bool:
    """Whether a meeting is not held, or not before the first slot when those who wait for it could meet."""
    place = {slot.id: n for n, slot in enumerate(problem.slots)}
    held = {m.request_id: place[m.slot_id] for m in agenda.placed}
    _, unmet = times_left(problem, agenda, request)
    return first not in held or any(held[first] >= place[slot_id] for slot_id, _, _ in unmet)


def slots_of(agenda: Agenda, delegate: Delegate) -> set[str]:
    return {m.slot_id for m in agenda.placed if delegate.id in (m.buyer_delegate_id, m.supplier_delegate_id)}


def room_of(delegate: Delegate) -> int:
    """How many meetings a delegate can have in all."""
    room = max(0, len(delegate.free) - delegate.keep_free)
    return room if delegate.most is None else min(room, delegate.most)


def takes(agenda: Agenda, delegate: Delegate, slot_id: str) -> bool:
    """Whether a delegate has a place left in a slot, limits apart."""
    count = sum(
        m.slot_id == slot_id and delegate.id in (m.buyer_delegate_id, m.supplier_delegate_id)
        for m in agenda.placed
    )
    return count < delegate.at_once


def no_table(problem: Problem, agenda: Agenda, buyer: Delegate, slot_id: str) -> bool:
    day = {slot.id: slot.day for slot in problem.slots}
    hosts = {
        m.buyer_delegate_id
        for m in agenda.placed
        if m.slot_id == slot_id or (problem.own_table and day[m.slot_id] == day[slot_id])
    }
    return buyer.id not in hosts and len(hosts) == problem.tables


def would_be(
    problem: Problem, agenda: Agenda, delegate: Delegate, slot_id: str
) -> dict[str, tuple[int, int | None]]:
    """How many meetings there would be with one in a slot, and the limit, where that breaks it."""
    slot = next(slot for slot in problem.slots if slot.id == slot_id)
    busy = slots_of(agenda, delegate) | {slot_id}
    today = [s for s in problem.slots if s.day == slot.day]
    rows = [list(row) for meets, row in groupby(today, key=lambda s: s.id in busy) if meets]
    found = {
        "delegate_full": (len(busy), room_of(delegate)),
        "day_full": (sum(s.id in busy for s in today), delegate.most_a_day),
        "row_full": (next(len(row) for row in rows if slot in row), delegate.most_in_a_row),
    }
    return {name: pair for name, pair in found.items() if pair[1] is not None and pair[0] > pair[1]}


FIELDS = ("request_id", "slot_id", "buyer_delegate_id", "supplier_delegate_id", "table")


def with_remedy(problem: Problem, left: LeftOut) -> Problem:
    """The problem after what a request that is left out is told to ask for."""
    request = next(request for request in problem.requests if request.id == left.request_id)
    slot_id = str(left.remedy_slot_id)
    if left.remedy == "table":
        return replace(problem, tables=(problem.tables or 0) + 1)
    if left.remedy in {"slot", "later_slot"}:
        return with_slot(problem, request)
    both = left.remedy == "delegates_of_both"
    companies = [request.buyer_id, request.supplier_id] if both else [str(left.remedy_company_id)]
    if left.remedy in {"second_delegate", "delegates_of_both"}:
        new = tuple(Delegate(f"new {name}", name, frozenset({slot_id})) for name in companies)
        return replace(problem, delegates=(*problem.delegates, *new))
    people = tuple(
        (freer(d, slot_id) if left.remedy == "free_time" else roomier(d, left))
        if d.company_id in companies
        else d
        for d in problem.delegates
    )
    return replace(problem, delegates=people)


def with_slot(problem: Problem, request: Request) -> Problem:
    """One more slot, after all others, when everybody of both is free."""
    both = {request.buyer_id, request.supplier_id}
    people = tuple(freer(d, "more") if d.company_id in both else d for d in problem.delegates)
    wish = request if request.slots is None else replace(request, slots=request.slots | {"more"})
    requests = tuple(wish if r == request else r for r in problem.requests)
    times = (*problem.slots, Slot("more", "another day"))
    return replace(problem, slots=times, delegates=people, requests=requests)


def freer(delegate: Delegate, slot_id: str) -> Delegate:
    return replace(delegate, free=delegate.free | {slot_id})


def roomier(delegate: Delegate, left: LeftOut) -> Delegate:
    """Somebody who takes as many meetings as are asked for: in all, a day or in a row."""
    limit = left.remedy_limit
    if left.remedy == "more_meetings":
        keep = max(0, min(delegate.keep_free, len(delegate.free) - limit))
        most = None if delegate.most is None else max(delegate.most, limit)
        return replace(delegate, most=most, keep_free=keep)
    if left.remedy == "more_a_day":
        most_a_day = None if delegate.most_a_day is None else max(delegate.most_a_day, limit)
        return replace(delegate, most_a_day=most_a_day)
    row = None if delegate.most_in_a_row is None else max(delegate.most_in_a_row, limit)
    return replace(delegate, most_in_a_row=row)
