"""What an organizer settles for the agenda, and the limits that people set for themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from shared.errors import Fault, Invalid

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# What every accepted request weighs. All else that a request can weigh is less by default, so that two
# meetings are worth more than one and nobody is left out for somebody's score alone.
ACCEPTED = 100


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How many meetings a person has: in the round, on a day, without a pause; None is without limit.

    Of the slots in which the person is free, `keep_free` stay without a meeting.
    """

    most: int | None = None
    most_a_day: int | None = None
    most_in_a_row: int | None = None
    keep_free: int = 0

    def with_(self, other: Limits) -> Limits:
        """The stricter of the two in everything."""
        return Limits(
            most=_lower(self.most, other.most),
            most_a_day=_lower(self.most_a_day, other.most_a_day),
            most_in_a_row=_lower(self.most_in_a_row, other.most_in_a_row),
            keep_free=max(self.keep_free, other.keep_free),
        )

    def room(self, free: Sequence[int]) -> int:
        """The most meetings that the limits leave a person who has so many `free` slots on each day."""
        a_day = max(free, default=0) if self.most_a_day is None else self.most_a_day
        held = min(sum(min(slots, a_day) for slots in free), max(0, sum(free) - self.keep_free))
        return held if self.most is None else min(held, self.most)

    @property
    def any(self) -> bool:
        """Whether there is a limit at all."""
        return self != Limits()


def _lower(one: int | None, other: int | None) -> int | None:
    return min((limit for limit in (one, other) if limit is not None), default=None)


class Weights(msgspec.Struct, frozen=True, kw_only=True):
    """What a request weighs beyond ACCEPTED: `match` times its score between 0 and 1, `both_ranked` where
    both companies put it on their list, and `paid` where somebody paid for it.
    """

    match: int = 50
    both_ranked: int = 25
    paid: int = 20


class AgendaRules(msgspec.Struct, frozen=True, kw_only=True):
    """What every agenda of a round holds to.

    `promised` is the fewest meetings of each supplier that is not a large company. A buyer's delegate
    receives up to `suppliers_at_once` in one meeting and, with `own_table`, has one table for a day.
    """

    promised: int = 0
    suppliers_at_once: int = 1
    own_table: bool = False
    buyers: Limits = Limits()
    suppliers: Limits = Limits()
    weights: Weights = Weights()

    def limits(self, side: str) -> Limits:
        """What holds for each delegate of a side."""
        return self.buyers if side == "buyer" else self.suppliers

    def at_once(self, side: str) -> int:
        """How many companies a delegate of that side can meet in one slot."""
        return self.suppliers_at_once if side == "buyer" else 1


def check_agenda_rules(rules: AgendaRules, tables: int | None, slots: int) -> None:
    """Raise Invalid with every rule that this round can't keep."""
    faults = list(_faults(rules, tables, slots))
    if faults:
        raise Invalid.of(faults)


def _faults(rules: AgendaRules, tables: int | None, slots: int) -> Iterable[Fault]:
    if rules.own_table and tables is None:
        yield Fault(
            "own_table_without_tables",
            "La rueda no tiene mesas; quite la mesa propia de los compradores o diga cuántas mesas hay.",
            "The round has no tables; take out the buyers' own tables or say how many tables there are.",
            "agenda.own_table",
        )
    for side in ("buyers", "suppliers"):
        limits: Limits = getattr(rules, side)
        if limits.keep_free >= slots:
            yield Fault(
                "no_slot_left",
                f"La rueda tiene {slots} horarios; deje libres menos de esos.",
                f"The round has {slots} slots; keep fewer of them free.",
                f"agenda.{side}.keep_free",
            )
    most = rules.suppliers.most
    if rules.promised > min(slots, slots if most is None else most):
        yield Fault(
            "promise_too_high",
            "Nadie puede tener tantas citas como se prometen: baje el mínimo o suba el límite por persona.",
            "Nobody can have as many meetings as are promised: lower the promise or raise the limit.",
            "agenda.promised",
        )
