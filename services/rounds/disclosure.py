"""The figures that everybody may see: none from which those of a few companies could be worked out.

A sum that few companies share is hidden, and with it as many of the smallest others as it takes so that the
whole less what is shown is not of a few either (secondary suppression: Hundepool et al., Statistical
Disclosure Control, 2012, chapter 4).
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from msgspec.structs import replace

from services.rounds.figures import Group, Sums, is_settled, sums_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from services.rounds.model.meetings import Meeting

# A group of fewer companies would show what one of them expects.
FEWEST_COMPANIES = 3
OTHERS = "other"

# A group's name and a currency.
Cell = tuple[str, str]
Groups = dict[str, "list[Meeting]"]


def public_sums(meetings: Iterable[Meeting]) -> Sums:
    """The figures of all these meetings."""
    rows = {"": list(meetings)}
    return _open(sums_of(rows[""]), "", _shown(rows))


def public_groups(
    meetings: Iterable[Meeting], company: Callable[[Meeting], str], name: Callable[[str], str]
) -> list[Group]:
    """The figures by the `name` of each meeting's `company`: groups of few go together as OTHERS."""
    groups: Groups = defaultdict(list)
    for meeting in meetings:
        groups[name(company(meeting))].append(meeting)
    hidden = _with_others(groups, {group for group, rows in groups.items() if is_of_few(rows)})
    others = [meeting for group in sorted(hidden) for meeting in groups.pop(group)]
    if others and not is_of_few(others):
        groups[OTHERS] = others
    shown = _shown(groups)
    return [
        Group(
            name=group,
            companies=len({company(meeting) for meeting in groups[group]}),
            sums=_open(sums_of(groups[group]), group, shown),
        )
        for group in sorted(groups, key=lambda group: (group == OTHERS, group))
    ]


def is_of_few(meetings: Iterable[Meeting]) -> bool:
    """Whether so few buyers or suppliers have met that a sum would show what one of them expects."""
    rows = list(meetings)
    sides = {m.buyer.company_id for m in rows}, {m.supplier.company_id for m in rows}
    return any(len(companies) < FEWEST_COMPANIES for companies in sides)


def _with_others(cells: Mapping[str, list[Meeting]], hidden: set[str]) -> set[str]:
    """The hidden cells, with the smallest others that must go with them."""
    rest = sorted(cells.keys() - hidden, key=lambda name: (-len(cells[name]), name))
    while rest and hidden and is_of_few(meeting for name in hidden for meeting in cells[name]):
        hidden = hidden | {rest.pop()}
    return hidden


def _shown(groups: Groups) -> dict[str, set[Cell]]:
    """For each kind of figure the cells that are shown.

    What is reconciled is a part of what is expected: it is hidden where the other part is of few.
    """
    cells = {kind: _cells(groups, currency_of) for kind, currency_of in _CURRENCY.items()}
    shown: dict[str, set[Cell]] = defaultdict(set)
    for kind in ("expected", "reconciled", "verified"):
        for currency, rows in cells[kind].items():
            rest = cells["unsettled"][currency] if kind == "reconciled" else {}
            few = {
                name for name, found in rows.items()
                if is_of_few(found) or (name in rest and is_of_few(rest[name]))
            }  # fmt: skip
            shown[kind] |= {(name, currency) for name in rows.keys() - _with_others(rows, few)}
    return shown


def _open(sums: Sums, group: str, shown: dict[str, set[Cell]]) -> Sums:
    """The sums without the figures of cells that are not shown."""
    return replace(
        sums,
        expected=[row for row in sums.expected if (group, row.raw.currency) in shown["expected"]],
        reconciled=[row for row in sums.reconciled if (group, row.raw.currency) in shown["reconciled"]],
        verified=[row for row in sums.verified if (group, row.sold.currency) in shown["verified"]],
    )


def _expected(meeting: Meeting) -> str | None:
    return meeting.expected.value.currency if meeting.expected else None


# The currency of a meeting's figure of each kind, if it has one.
_CURRENCY: dict[str, Callable[[Meeting], str | None]] = {
    "expected": _expected,
    "reconciled": lambda meeting: _expected(meeting) if is_settled(meeting) else None,
    "unsettled": lambda meeting: None if is_settled(meeting) else _expected(meeting),
    "verified": lambda meeting: meeting.verified.currency if meeting.verified else None,
}


def _cells(groups: Groups, currency_of: Callable[[Meeting], str | None]) -> dict[str, Groups]:
    """The meetings with a figure, by currency and group."""
    cells: dict[str, Groups] = defaultdict(lambda: defaultdict(list))
    for name, rows in groups.items():
        for meeting in rows:
            currency = currency_of(meeting)
            if currency is not None:
                cells[currency][name].append(meeting)
    return cells
