"""The figures of a round, from its meetings: pure functions."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec

from shared.money import Money

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from services.rounds.model.meetings import Meeting
    from services.rounds.model.outcomes import ExpectedDeal


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """What is expected in one currency, and the same weighted by probability."""

    raw: Money
    weighted: Money
    meetings: int


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """What was really sold in one currency, as both sides or the organizer have said."""

    sold: Money
    meetings: int


class Sums(msgspec.Struct, frozen=True, kw_only=True):
    """`scheduled` and `held` count meetings that stand; `reconciled` is the part of `expected` on which both
    sides agree; currencies are never added up.
    """

    scheduled: int
    held: int
    expected: list[Expected]
    reconciled: list[Expected]
    verified: list[Verified]


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of those suppliers, or buyers, that have `name` in common."""

    name: str
    companies: int
    sums: Sums


def sums_of(meetings: Iterable[Meeting]) -> Sums:
    """The figures of these meetings."""
    rows = list(meetings)
    settled = [m.expected for m in rows if m.expected is not None and is_settled(m)]
    sold: dict[str, list[Money]] = defaultdict(list)
    for meeting in rows:
        if meeting.verified is not None:
            sold[meeting.verified.currency].append(meeting.verified)
    return Sums(
        scheduled=len(rows),
        held=sum(meeting.held for meeting in rows),
        expected=_expected([m.expected for m in rows if m.expected is not None]),
        reconciled=_expected(settled),
        verified=[
            Verified(sold=Money(sum(money.amount for money in values), currency), meetings=len(values))
            for currency, values in sorted(sold.items())
        ],
    )


def is_settled(meeting: Meeting) -> bool:
    """Whether both sides agree on what is expected."""
    said = [outcome.expected for outcome in meeting.outcomes.values()]
    return meeting.agreed is not None or (len(said) == 2 and said[0] == said[1])


def _expected(deals: Iterable[ExpectedDeal]) -> list[Expected]:
    """By currency. The weighted sum is rounded once, half up."""
    by_currency: dict[str, list[ExpectedDeal]] = defaultdict(list)
    for deal in deals:
        by_currency[deal.value.currency].append(deal)
    return [
        Expected(
            raw=Money(sum(deal.value.amount for deal in rows), currency),
            weighted=Money((sum(d.value.amount * d.probability for d in rows) + 50) // 100, currency),
            meetings=len(rows),
        )
        for currency, rows in sorted(by_currency.items())
    ]


def groups_of(
    meetings: Iterable[Meeting], company: Callable[[Meeting], str], name: Callable[[str], str]
) -> list[Group]:
    """The figures by the `name` of each meeting's `company`, in the order of names."""
    rows: dict[str, list[Meeting]] = defaultdict(list)
    for meeting in meetings:
        rows[name(company(meeting))].append(meeting)
    return [
        Group(name=group, companies=len({company(m) for m in found}), sums=sums_of(found))
        for group, found in sorted(rows.items())
    ]
