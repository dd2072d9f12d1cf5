"""The agenda's finer rules, on small rounds for the exact search and on larger ones for the annealing."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import groupby, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.rounds.agenda import (
    Agenda,
    Delegate,
    Problem,
    Promise,
    Request,
    Slot,
    solve,
)
from tests.unit.rounds_agenda_checker import check

SECONDS = 1.0


def a_round(buyers: int, suppliers: int, slots: int, *, days: int = 1, tables: int | None = None) -> Problem:
    """Everybody wants everybody and is always free; a break in the middle of each day."""
    times = tuple(
        Slot(f"{day}.{n}", f"day{day}", "am" if n < slots / 2 else "pm")
        for day in range(days)
        for n in range(slots)
    )
    free = frozenset(slot.id for slot in times)
    names = [f"b{n}" for n in range(buyers)] + [f"s{n}" for n in range(suppliers)]
    requests = tuple(
        Request(f"b{b}-s{s}", f"b{b}", f"s{s}", 1) for b in range(buyers) for s in range(suppliers)
    )
    return Problem(times, tuple(Delegate(name, name, free) for name in names), requests, tables)


def times_of(problem: Problem, agenda: Agenda, person: str) -> list[int]:
    place = {slot.id: n for n, slot in enumerate(problem.slots)}
    return sorted(
        {place[m.slot_id] for m in agenda.placed if person in (m.buyer_delegate_id, m.supplier_delegate_id)}
    )


def limited(problem: Problem, **limits: int) -> Problem:
    return replace(problem, delegates=tuple(replace(d, **limits) for d in problem.delegates))


def person(name: str, *free: str) -> Delegate:
    return Delegate(name, name, frozenset(free))


# Few places are searched exactly alone; many are raced for with the annealing.
SIZES = [(2, 4, 6), (9, 10, 16)]


@pytest.mark.parametrize("size", SIZES)
def test_nobody_meets_more_often_in_a_row_than_they_take(size: tuple[int, int, int]) -> None:
    problem = limited(a_round(*size), most_in_a_row=2)
    agenda = solve(problem, seconds=SECONDS)
    check_placed(problem, agenda)
    linked = [(a.day, a.session) == (b.day, b.session) for a, b in pairwise(problem.slots)]
    for person in problem.delegates:
        row = 0
        busy = set(times_of(problem, agenda, person.id))
        for n in range(len(problem.slots)):
            row = 0 if n not in busy else row + 1 if n and linked[n - 1] else 1
            assert row <= 2


@pytest.mark.parametrize("size", SIZES)
def test_limits_per_day_and_per_person_and_slots_kept_free_hold(size: tuple[int, int, int]) -> None:
    problem = limited(a_round(*size, days=2), most_a_day=2, keep_free=len(a_round(*size, days=2).slots) - 3)
    agenda = solve(problem, seconds=SECONDS)
    check_placed(problem, agenda)
    for person in problem.delegates:
        times = times_of(problem, agenda, person.id)
        assert len(times) <= 3
        days = Counter(problem.slots[n].day for n in times)
        assert max(days.values(), default=0) <= 2


@pytest.mark.parametrize("size", SIZES)
def test_a_meeting_that_must_come_after_another_is_held_later(size: tuple[int, int, int]) -> None:
    problem = a_round(*size)
    first, *rest = problem.requests
    chain = [replace(b, after=(a.id,)) for a, b in pairwise([first, *rest[:3]])]
    problem = replace(problem, requests=(first, *chain, *rest[3:]))
    agenda = solve(problem, seconds=SECONDS)
    check_placed(problem, agenda)
    held = {
        m.request_id: times_of(problem, replace(agenda, placed=(m,)), m.buyer_delegate_id)[0]
        for m in agenda.placed
    }
    for request in chain:
        if request.id in held:
            assert held[request.after[0]] < held[request.id]
    assert {r.id for r in chain} <= held.keys()


def test_a_circle_of_precedences_is_left_out_by_name_and_the_rest_is_held() -> None:
    problem = a_round(2, 2, 4)
    one, two, *rest = problem.requests
    circle = (replace(one, after=(two.id,)), replace(two, after=(one.id,)))
    agenda = solve(replace(problem, requests=(*circle, *rest)), seconds=SECONDS)
    assert {left.request_id for left in agenda.left_out if left.reason == "in_a_circle"} == {one.id, two.id}
    assert len(agenda.placed) == len(rest)


def test_a_request_with_oneself_and_one_asked_twice_are_left_out_by_name() -> None:
    problem = a_round(1, 1, 3)
    own, again = Request("own", "b0", "b0", 1), Request("again", "b0", "s0", 1)
    agenda = solve(replace(problem, requests=(*problem.requests, own, again)), seconds=SECONDS)
    assert {(left.request_id, left.reason) for left in agenda.left_out} == {
        ("own", "with_oneself"),
        ("again", "asked_twice"),
    }


@pytest.mark.parametrize("size", SIZES)
def test_a_pair_may_meet_as_often_as_it_asks_where_each_request_is_a_meeting(
    size: tuple[int, int, int],
) -> None:
    problem = a_round(*size, tables=size[0])
    again = tuple(replace(request, id=f"{request.id} again") for request in problem.requests)
    problem = replace(problem, requests=(*problem.requests, *again), repeats=True)
    agenda = solve(problem, seconds=SECONDS)
    check_placed(problem, agenda)
    # Every buyer has as many requests as there are slots, or more, and a table.
    room = size[0] * min(size[2], 2 * size[1])
    assert len(agenda.placed) == room if size == SIZES[0] else len(agenda.placed) >= 0.9 * room


def test_several_suppliers_share_a_meeting_and_its_table() -> None:
    problem = a_round(1, 6, 2, tables=1)
    host = replace(problem.delegates[0], at_once=3)
    agenda = solve(replace(problem, delegates=(host, *problem.delegates[1:])), seconds=SECONDS)
    assert sorted(Counter(m.slot_id for m in agenda.placed).values()) == [3, 3]
    assert {m.table for m in agenda.placed} == {1}


def test_with_a_table_of_their_own_no_more_buyers_receive_on_a_day_than_there_are_tables() -> None:
    problem = replace(a_round(4, 2, 4, tables=2), own_table=True)
    agenda = solve(problem, seconds=SECONDS)
    check_placed(problem, agenda)
    tables = {(m.buyer_delegate_id, m.table) for m in agenda.placed}
    assert len(tables) == len({buyer for buyer, _ in tables}) == len({table for _, table in tables}) == 2


@pytest.mark.parametrize("size", [(4, 6, 8), (12, 20, 14)])
def test_buyers_keep_their_tables_in_rounds_of_any_size(size: tuple[int, int, int]) -> None:
    tables = size[0] // 2 + 1
    problem = replace(a_round(*size, days=2, tables=tables), own_table=True)
    agenda = solve(problem, seconds=SECONDS)
    check_placed(problem, agenda)
    day = {slot.id: slot.day for slot in problem.slots}
    homes = {(day[m.slot_id], m.buyer_delegate_id, m.table) for m in agenda.placed}
    assert len(homes) == len({(today, buyer) for today, buyer, _ in homes})
    assert len(homes) == len({(today, table) for today, _, table in homes})
    # On each day as many buyers can receive as there are tables, as many as a day has slots.
    assert len(agenda.placed) >= 0.9 * min(len(problem.requests), 2 * tables * min(size[1:]))


def test_a_large_round_with_shared_meetings_is_filled_and_says_what_it_cannot_prove() -> None:
    problem = a_round(60, 120, 12, days=3, tables=40)
    people = [replace(d, at_once=3) if d.id.startswith("b") else d for d in problem.delegates]
    requests = [r for n, r in enumerate(problem.requests) if n % 4 == n // 120 % 4]
    problem = replace(problem, delegates=tuple(people), requests=tuple(requests))
    agenda = solve(problem, seconds=SECONDS)
    assert len(agenda.placed) >= 0.97 * len(requests)
    assert agenda.bound >= agenda.weight
    assert agenda.proved == (len(agenda.placed) == len(requests))
    crowds = Counter((m.slot_id, m.buyer_delegate_id) for m in agenda.placed)
    assert max(crowds.values()) <= 3
    assert max(Counter(slot for slot, _ in crowds).values()) <= 40
    assert len({(m.slot_id, m.supplier_delegate_id) for m in agenda.placed}) == len(agenda.placed)


def test_a_request_that_can_never_be_held_does_not_keep_the_rest_from_being_proved() -> None:
    problem = a_round(9, 10, 30)
    never = (person("b0"), *problem.delegates[1:])
    agenda = solve(replace(problem, delegates=never), seconds=60)
    assert {left.reason for left in agenda.left_out} == {"no_common_slot"}
    assert (len(agenda.placed), agenda.proved, agenda.holes, agenda.holes_proved) == (80, True, 0, True)


def test_a_day_may_have_more_slots_than_a_word_has_bits() -> None:
    problem = a_round(3, 4, 70, tables=3)
    agenda = solve(problem, seconds=SECONDS)
    check(problem, agenda)
    assert len(agenda.placed) == 12


def test_more_meetings_than_the_tables_have_room_for_are_known_to_be_too_many() -> None:
    problem = a_round(9, 10, 14, tables=6)
    agenda = solve(problem, seconds=SECONDS)
    assert (len(agenda.placed), agenda.bound, agenda.proved) == (84, 84, True)


def test_without_tables_a_large_round_is_answered_without_a_search() -> None:
    agenda = solve(replace(a_round(20, 30, 16), tables=0), seconds=60)
    assert (agenda.placed, agenda.bound, agenda.proved) == ((), 0, True)
    assert {(left.reason, left.remedy) for left in agenda.left_out} == {("tables_taken", "table")}


def test_the_best_of_two_hundred_requests_get_the_fourteen_slots_of_a_buyer() -> None:
    problem = a_round(1, 200, 14)
    requests = tuple(replace(r, weight=1 + n * 37 % 150) for n, r in enumerate(problem.requests))
    agenda = solve(replace(problem, requests=requests), seconds=SECONDS)
    best = sum(sorted(request.weight for request in requests)[-14:])
    assert (len(agenda.placed), agenda.weight, agenda.bound) == (14, best, best)
    assert {(left.reason, left.used, left.limit) for left in agenda.left_out} == {
        ("participant_full", 14, 14)
    }


def test_thousands_of_circles_are_all_found() -> None:
    problem = a_round(60, 60, 2)
    pairs = [(n, n ^ 1) for n in range(len(problem.requests))]
    circles = tuple(replace(problem.requests[n], after=(problem.requests[m].id,)) for n, m in pairs)
    agenda = solve(replace(problem, requests=circles), seconds=SECONDS)
    assert Counter(left.reason for left in agenda.left_out) == {"in_a_circle": len(circles)}


def test_a_promise_is_kept_before_holes_are_closed() -> None:
    # One buyer with two times; the two who want the same time are worth the same, one was promised.
    problem = a_round(1, 4, 2)
    agenda = solve(replace(problem, promised=(Promise("s3", 1), Promise("s2", 1))), seconds=SECONDS)
    assert {m.supplier_delegate_id for m in agenda.placed} == {"s2", "s3"}
    assert agenda.missing == 0


def test_a_published_agenda_stays_where_nothing_is_won_by_a_move() -> None:
    problem = a_round(3, 3, 6)
    before = solve(problem, seconds=SECONDS, seed=1)
    after = solve(replace(problem, published=before.placed), seconds=SECONDS, seed=2)
    assert after.moves == 0
    assert after.placed == before.placed


def test_with_moves_as_the_only_worry_a_dropout_changes_nobody_elses_agenda() -> None:
    problem = a_round(5, 8, 12)
    before = solve(problem, seconds=SECONDS)
    still = tuple(request for request in problem.requests if request.buyer_id != "b0")
    published = tuple(m for m in before.placed if m.buyer_delegate_id != "b0")
    smaller = replace(problem, requests=still, published=published, objectives=("weight", "moves"))
    assert solve(smaller, seconds=SECONDS).moves == 0


def test_the_difference_in_holes_stays_within_what_is_asked() -> None:
    problem = a_round(2, 5, 8)
    # The first buyer is only free at every second slot and cannot meet without holes.
    odd = replace(problem.delegates[0], free=frozenset(s.id for s in problem.slots[::2]))
    problem = replace(problem, delegates=(odd, *problem.delegates[1:]), spread=1)
    agenda = solve(problem, seconds=SECONDS)
    check_placed(problem, agenda)
    assert agenda.spread <= 1


@st.composite
def large_rounds(draw: st.DrawFn) -> Problem:
    """Rounds that are raced for with the annealing: days, breaks, delegates, weights, limits, tables."""
    problem = a_round(draw(st.integers(4, 7)), draw(st.integers(5, 8)), draw(st.integers(5, 8)), days=2)
    slots = [slot.id for slot in problem.slots]
    people = [
        Delegate(
            f"{d.company_id}.{n}",
            d.company_id,
            frozenset(draw(st.sets(st.sampled_from(slots), min_size=len(slots) // 2))),
            most_a_day=draw(st.none() | st.integers(1, 4)),
        )
        for d in problem.delegates
        for n in range(draw(st.sampled_from([1, 1, 1, 2])))
    ]
    weights = draw(
        st.lists(st.integers(1, 150), min_size=len(problem.requests), max_size=len(problem.requests))
    )
    requests = [replace(r, weight=weight) for r, weight in zip(problem.requests, weights, strict=True)]
    tables = draw(st.none() | st.integers(2, 6))
    return replace(problem, delegates=tuple(people), requests=tuple(requests), tables=tables)


@settings(max_examples=10, deadline=None)
@given(large_rounds())
def test_every_raced_agenda_keeps_every_promise(problem: Problem) -> None:
    agenda = solve(problem, seconds=0.5)
    check_placed(problem, agenda)
    for person in problem.delegates:
        times = times_of(problem, agenda, person.id)
        for _, today in groupby(times, key=lambda n: problem.slots[n].day):
            assert person.most_a_day is None or len(list(today)) <= person.most_a_day


def check_placed(problem: Problem, agenda: Agenda) -> None:
    """The checker's promises about meetings; its reasons know none of the limits of people."""
    check(problem, agenda, reasons=False)
