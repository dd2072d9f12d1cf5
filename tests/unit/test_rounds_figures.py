"""The figures of a round add up however they are grouped, and show nobody's own figures to all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.rounds.figures import groups_of, sums_of
from services.rounds.model.attendance import ORGANIZER
from services.rounds.model.follow_ups import due
from services.rounds.model.meetings import Meeting, Side
from services.rounds.model.outcomes import ExpectedDeal, Outcome, agreed_by, differences, with_sale
from shared.errors import Conflict, Invalid
from shared.money import Money
from tests.unit.test_rounds_model import a_meeting, a_round, an_outcome

HELD = {"held": True}


def a_deal(amount: int, probability: int = 50) -> ExpectedDeal:
    return ExpectedDeal(value=Money(amount, "COP"), probability=probability, horizon_months=6)


def a_side(company_id: str) -> Side:
    return Side(company_id=company_id, company_name=company_id, delegate_id="d", delegate_name="x")


def met(supplier: str, amount: int | None, currency: str = "COP", buyer: str = "b1") -> Meeting:
    expected = None
    if amount is not None:
        expected = ExpectedDeal(value=Money(amount, currency), probability=50, horizon_months=6)
    sides = {"buyer": a_side(buyer), "supplier": a_side(supplier)}
    return a_meeting(**sides, company_ids=(buyer, supplier), expected=expected, held=True)


_meetings = st.lists(
    st.builds(
        met,
        st.sampled_from("abcdefgh"),
        st.none() | st.integers(0, 10**12),
        st.sampled_from(["COP", "USD"]),
        st.sampled_from(["b1", "b2", "b3", "b4"]),
    )
)


def supplier_of(meeting: Meeting) -> str:
    return meeting.supplier.company_id


@given(_meetings)
def test_groups_add_up_to_the_whole(meetings: list[Meeting]) -> None:
    groups = groups_of(meetings, supplier_of, lambda company: "x" if company < "d" else "y")
    assert sum(group.sums.scheduled for group in groups) == len(meetings)
    for currency in ("COP", "USD"):
        whole = sum(row.raw.amount for row in sums_of(meetings).expected if row.raw.currency == currency)
        parts = sum(row.raw.amount for g in groups for row in g.sums.expected if row.raw.currency == currency)
        assert whole == parts


def both_said(buyer: int, supplier: int) -> Meeting:
    return a_meeting(outcomes={"b": an_outcome(buyer), "s": an_outcome(supplier)}, **HELD)


def test_where_the_two_differ_is_named() -> None:
    found = differences(an_outcome(300, 10), an_outcome(500, 10, interest="low"))
    assert [(d.about, d.buyer, d.supplier) for d in found] == [
        ("interest", "high", "low"), ("value", "300 COP", "500 COP"),
    ]  # fmt: skip
    assert differences(an_outcome(300), None) == []
    assert [d.about for d in differences(Outcome(interest="high"), an_outcome(1))] == [
        "value", "probability", "horizon_months",
    ]  # fmt: skip


def test_a_figure_counts_once_both_propose_it() -> None:
    one = agreed_by(both_said(300, 500), "b", a_deal(400))
    assert (one.agreed, one.expected) == (None, None)
    other = agreed_by(one, "s", a_deal(450))
    assert other.agreed is None
    both = agreed_by(other, "b", a_deal(450))
    assert (both.agreed, both.expected) == (a_deal(450), a_deal(450))


def test_the_organizers_figure_counts_at_once_and_a_new_outcome_undoes_it() -> None:
    settled = agreed_by(both_said(300, 500), ORGANIZER, a_deal(400))
    assert settled.expected == a_deal(400)
    later = settled.with_outcome("b", an_outcome(200), datetime(2027, 3, 9, 14, tzinfo=UTC))
    assert (later.agreed, later.expected) == (None, a_deal(200))


def test_nothing_is_reconciled_before_both_have_spoken() -> None:
    with pytest.raises(Conflict):
        agreed_by(a_meeting(outcomes={"b": an_outcome(1)}), "b", a_deal(1))


def test_a_sale_is_verified_by_both_sides_or_the_organizer() -> None:
    one = with_sale(a_meeting(**HELD), "s", Money(500, "COP"))
    assert one.verified is None
    both = with_sale(one, "b", Money(300, "COP"))
    assert both.verified == Money(300, "COP")
    decided = with_sale(both, ORGANIZER, Money(450, "COP"))
    assert with_sale(decided, "b", Money(100, "COP")).verified == Money(450, "COP")


def test_a_sale_needs_a_meeting_that_was_held_and_one_currency() -> None:
    with pytest.raises(Conflict):
        with_sale(a_meeting(), "s", Money(1, "COP"))
    with pytest.raises(Invalid):
        with_sale(with_sale(a_meeting(**HELD), "s", Money(1, "COP")), "b", Money(1, "USD"))


@pytest.mark.parametrize(("days", "asked"), [(29, []), (30, [30]), (90, [30, 90]), (400, [30, 90, 180, 365])])
def test_follow_ups_are_due_so_many_days_after_the_end(days: int, asked: list[int]) -> None:
    round_ = a_round()
    ended = round_.slots[-1].ends_at
    assert due(round_, ended + timedelta(days=days)) == asked
    followed = round_.followed_after([30], ended, last=False)
    assert due(followed, ended + timedelta(days=days)) == asked[1:]
