"""A round and the order of its life."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from services.rounds.model.limits import AgendaRules, check_agenda_rules
from services.rounds.model.plan import RoundPlan, Slot, slots_of
from services.rounds.model.rules import Rules, check_rules
from shared.errors import Conflict, Invalid

if TYPE_CHECKING:
    from collections.abc import Sequence

# What may follow what. Only publishing an agenda leads to `published`; the clock leads on to `running`.
_NEXT: dict[str, set[str]] = {
    "draft": {"announced", "registration_open"},
    "announced": {"registration_open"},
    "registration_open": {"requests_open"},
    "requests_open": {"agenda_draft"},
    "agenda_draft": {"requests_open", "published"},
    "published": {"running", "closed"},
    "running": {"closed"},
    "closed": {"followed_up"},
    "followed_up": set(),
}
STATUSES = tuple(_NEXT)
# From when others see it until it is over.
UNDER_WAY = ("announced", "registration_open", "requests_open", "agenda_draft", "published", "running")
# Each in Spanish and English.
_NAMES = {
    "draft": ("en preparación", "being prepared"),
    "announced": ("anunciada", "announced"),
    "registration_open": ("con inscripciones abiertas", "open for registration"),
    "requests_open": ("con solicitudes de cita abiertas", "open for requests"),
    "agenda_draft": ("con la agenda en borrador", "with its agenda in draft"),
    "published": ("con la agenda publicada", "with its agenda published"),
    "running": ("en curso", "running"),
    "closed": ("cerrada", "closed"),
    "followed_up": ("con el seguimiento terminado", "followed up"),
}


def named(statuses: Sequence[str]) -> tuple[str, str]:
    """Statuses in words, in Spanish and English."""
    return " o ".join(_NAMES[s][0] for s in statuses), " or ".join(_NAMES[s][1] for s in statuses)


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """A round and its place in its life. `published_agenda_id` is the agenda that holds.

    `reached` tells when the round came to each status, the last time that it did; `followed`, after how many
    days it has been asked what was sold.
    """

    id: str
    version: int
    organizer_id: str
    plan: RoundPlan
    slots: tuple[Slot, ...]
    status: str
    starts_at: datetime
    created_at: datetime
    published_agenda_id: str | None = None
    reached: dict[str, datetime] = {}
    followed: tuple[int, ...] = ()

    @property
    def rules(self) -> Rules:
        """What holds for those who take part."""
        return self.plan.rules

    @property
    def agenda(self) -> AgendaRules:
        """What every agenda holds to."""
        return self.plan.agenda

    @property
    def starts_on(self) -> date:
        """The local date of the first day."""
        return self.plan.days[0].on

    @property
    def ends_on(self) -> date:
        """The local date of the last day."""
        return self.plan.days[-1].on

    def slot(self, slot_id: str) -> Slot:
        """Raises Invalid when the round has no such slot."""
        for slot in self.slots:
            if slot.slot_id == slot_id:
                return slot
        raise Invalid(
            "unknown_slot",
            "Esta rueda no tiene ese horario. Elija uno de la lista de horarios de la rueda.",
            "This round has no such slot. Choose one of the slots that the round lists.",
            "slot_id",
        )

    def moved_to(self, status: str, now: datetime) -> Round:
        """The round in its next status. Raises Conflict when that is not what comes next."""
        if status not in _NEXT[self.status]:
            spanish, english = named(sorted(_NEXT[self.status], key=STATUSES.index))
            raise Conflict(
                "wrong_round_status",
                f"La rueda está {_NAMES[self.status][0]} y no puede quedar {_NAMES[status][0]}."
                f" Desde aquí puede quedar: {spanish or 'de ninguna otra manera'}.",
                f"The round is {_NAMES[self.status][1]} and can't be {_NAMES[status][1]} next."
                f" From here it can be: {english or 'nothing else'}.",
                "status",
            )
        reached = {**self.reached, status: now}
        return replace(self, status=status, reached=reached, version=self.version + 1)

    def with_published(self, agenda_id: str, now: datetime) -> Round:
        """The round with the agenda that holds from now on; a running one goes on running.

        Raises Conflict as `moved_to`.
        """
        if self.status in {"published", "running"}:
            return replace(self, published_agenda_id=agenda_id, version=self.version + 1)
        return replace(self.moved_to("published", now), published_agenda_id=agenda_id)

    def with_rules(self, rules: Rules) -> Round:
        """The round with other rules. Raises Conflict once it is closed, Invalid as `check_rules`."""
        self.must_be(*STATUSES[: STATUSES.index("closed")])
        check_rules(rules, self.starts_at)
        return replace(self, plan=replace(self.plan, rules=rules), version=self.version + 1)

    def with_agenda_rules(self, rules: AgendaRules) -> Round:
        """The round with other rules for its next agendas. Raises Conflict once it is closed, Invalid."""
        self.must_be(*STATUSES[: STATUSES.index("closed")])
        check_agenda_rules(rules, self.plan.tables, len(self.slots))
        return replace(self, plan=replace(self.plan, agenda=rules), version=self.version + 1)

    def followed_after(self, days: Sequence[int], now: datetime, *, last: bool) -> Round:
        """The round once everybody was asked, so many days after it, what was sold; after the `last` time it
        is followed up.
        """
        asked = replace(self, followed=(*self.followed, *days))
        return asked.moved_to("followed_up", now) if last else replace(asked, version=self.version + 1)

    def must_be(self, *statuses: str) -> None:
        """Raise Conflict unless the round is in one of the statuses."""
        if self.status not in statuses:
            spanish, english = named(statuses)
            raise Conflict(
                "wrong_round_status",
                f"La rueda está {_NAMES[self.status][0]}; esto se hace cuando está {spanish}.",
                f"The round is {_NAMES[self.status][1]}; this is done while it is {english}.",
            )

    def replanned(self, plan: RoundPlan, now: datetime) -> Round:
        """The round with another plan. Raises Conflict once registration is open, Invalid as `planned`."""
        self.must_be("draft")
        slots = _checked(plan, now)
        return replace(self, plan=plan, slots=slots, starts_at=slots[0].starts_at, version=self.version + 1)


def planned(plan: RoundPlan, round_id: str, organizer_id: str, now: datetime) -> Round:
    """A new round in draft. Raises Invalid with every fault of the plan."""
    slots = _checked(plan, now)
    return Round(
        id=round_id,
        version=1,
        organizer_id=organizer_id,
        plan=plan,
        slots=slots,
        status="draft",
        starts_at=slots[0].starts_at,
        created_at=now,
        reached={"draft": now},
    )


def _checked(plan: RoundPlan, now: datetime) -> tuple[Slot, ...]:
    """The slots of a plan whose rules can be kept. Raises Invalid."""
    slots = slots_of(plan, now)
    check_rules(plan.rules, slots[0].starts_at)
    check_agenda_rules(plan.agenda, plan.tables, len(slots))
    return slots
