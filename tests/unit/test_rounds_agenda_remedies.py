"""What a request that is left out is told would let it in does let it in."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from services.rounds.agenda import Delegate, LeftOut, Pinned, Problem, Slot, solve
from tests.unit.test_rounds_agenda import problems
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
    agenda = solve(problem, seconds=SECONDS)
    weights = {request.id: request.weight for request in problem.requests}
    for left in agenda.left_out:
        # The same agenda, pinned, with what would help: the request must find a place beside it.
        pinned = tuple(Pinned(*(getattr(m, name) for name in FIELDS)) for m in agenda.placed)
        better = solve(replace(with_remedy(problem, left), pinned=pinned), seconds=SECONDS)
        assert better.weight >= agenda.weight + weights[left.request_id], left


FIELDS = ("request_id", "slot_id", "buyer_delegate_id", "supplier_delegate_id", "table")


def with_remedy(problem: Problem, left: LeftOut) -> Problem:
    """The problem after what a request that is left out is told to ask for."""
    request = next(request for request in problem.requests if request.id == left.request_id)
    if left.remedy == "slot":
        # One more slot for both, for one person each.
        both = {request.buyer_id, request.supplier_id}
        people = [
            replace(d, free=d.free | {"more"}) if d.company_id in both else d for d in problem.delegates
        ]
        missing = both - {d.company_id for d in people}
        people += [Delegate(name, name, frozenset({"more"})) for name in missing]
        return replace(problem, slots=(*problem.slots, Slot("more", "another day")), delegates=tuple(people))
    if left.remedy == "table":
        return replace(problem, tables=(problem.tables or 0) + 1)
    if left.remedy == "second_delegate":
        assert left.remedy_company_id
        new = Delegate("new", left.remedy_company_id, frozenset({str(left.remedy_slot_id)}))
        return replace(problem, delegates=(*problem.delegates, new))
    people = [
        replace(d, free=d.free | {str(left.remedy_slot_id)}) if d.company_id == left.remedy_company_id else d
        for d in problem.delegates
    ]
    return replace(problem, delegates=tuple(people))
