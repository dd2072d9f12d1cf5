"""No public figure, nor the difference of two, is that of a few companies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from services.rounds.disclosure import FEWEST_COMPANIES, OTHERS, is_of_few, public_groups, public_sums
from services.rounds.figures import is_settled
from tests.unit.test_rounds_figures import met, supplier_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.rounds.figures import Sums
    from services.rounds.model.meetings import Meeting


def group_of(company: str) -> str:
    return "x" if company < "c" else "y" if company < "f" else "z"


def settled(meeting: Meeting, agreed: bool) -> Meeting:
    return replace(meeting, agreed=meeting.expected) if agreed else meeting


_meetings = st.lists(
    st.builds(
        settled,
        st.builds(
            met,
            st.sampled_from("abcdefgh"),
            st.none() | st.integers(1, 10**12),
            st.sampled_from(["COP", "USD"]),
            st.sampled_from(["b1", "b2", "b3", "b4"]),
        ),
        st.booleans(),
    ),
    max_size=40,
)


def of_currency(meetings: Iterable[Meeting], currency: str, *, agreed: bool = False) -> list[Meeting]:
    return [
        m for m in meetings
        if m.expected and m.expected.value.currency == currency and (is_settled(m) or not agreed)
    ]  # fmt: skip


def currencies(sums: Sums, kind: str) -> set[str]:
    return {row.raw.currency for row in getattr(sums, kind)}


def members(meetings: list[Meeting], shown: set[str], name: str) -> list[Meeting]:
    if name == OTHERS:
        return [m for m in meetings if group_of(supplier_of(m)) not in shown - {OTHERS}]
    return [m for m in meetings if group_of(supplier_of(m)) == name]


@given(_meetings)
def test_no_group_is_of_fewer_than_three_companies_on_either_side(meetings: list[Meeting]) -> None:
    shown = public_groups(meetings, supplier_of, group_of)
    names = {group.name for group in shown}
    for group in shown:
        found = members(meetings, names, group.name)
        assert len({m.buyer.company_id for m in found}) >= FEWEST_COMPANIES
        assert len({m.supplier.company_id for m in found}) >= FEWEST_COMPANIES
    hidden = [m for m in meetings if not any(m in members(meetings, names, name) for name in names)]
    assert not shown or not hidden or not is_of_few(hidden)


@given(_meetings)
def test_neither_a_sum_nor_what_it_leaves_of_another_is_of_few(meetings: list[Meeting]) -> None:
    total, groups = public_sums(meetings), public_groups(meetings, supplier_of, group_of)
    names = {group.name for group in groups}
    for kind, agreed in (("expected", False), ("reconciled", True)):
        for currency in ("COP", "USD"):
            whole = of_currency(meetings, currency, agreed=agreed)
            left = list(whole)
            for group in groups:
                if currency in currencies(group.sums, kind):
                    found = of_currency(members(meetings, names, group.name), currency, agreed=agreed)
                    assert not is_of_few(found)
                    left = [m for m in left if m not in found]
            if currency in currencies(total, kind):
                assert not is_of_few(whole)
                assert not left or not is_of_few(left)


@given(_meetings)
def test_what_is_not_reconciled_can_not_be_worked_out_for_few(meetings: list[Meeting]) -> None:
    total = public_sums(meetings)
    for currency in currencies(total, "reconciled"):
        rest = [m for m in of_currency(meetings, currency) if not is_settled(m)]
        assert not rest or not is_of_few(rest)


def test_small_groups_are_shown_together() -> None:
    meetings = [met(company, 100, buyer=f"b{n % 3}") for n, company in enumerate("abcdef")]
    shown = public_groups(meetings, supplier_of, lambda company: "big" if company < "d" else company)
    assert [(group.name, group.companies) for group in shown] == [("big", 3), (OTHERS, 3)]


def test_a_group_of_few_takes_the_smallest_other_with_it() -> None:
    many = [met(company, 100, buyer=f"b{n}") for n, company in enumerate("abcd")]
    some = [met(company, 100, buyer=f"b{n}") for n, company in enumerate("efg")]
    meetings = [*many, *some, met("h", 900)]
    names = dict.fromkeys("abcd", "many") | dict.fromkeys("efg", "some") | {"h": "one"}
    shown = public_groups(meetings, supplier_of, names.__getitem__)
    assert [(group.name, group.companies) for group in shown] == [("many", 4), (OTHERS, 4)]


def test_a_figure_in_a_currency_of_one_is_hidden_though_its_group_is_large() -> None:
    meetings = [met(company, 100, buyer=f"b{n}") for n, company in enumerate("abc")]
    meetings.append(met("a", 77, "USD", buyer="b1"))
    assert currencies(public_sums(meetings), "expected") == {"COP"}


def test_what_is_reconciled_is_hidden_where_one_alone_has_not_agreed() -> None:
    agreed = [settled(met(company, 100, buyer=f"b{n}"), True) for n, company in enumerate("abcd")]
    assert currencies(public_sums(agreed), "reconciled") == {"COP"}
    sums = public_sums([*agreed, met("e", 900, buyer="b4")])
    assert (currencies(sums, "expected"), currencies(sums, "reconciled")) == ({"COP"}, set())
