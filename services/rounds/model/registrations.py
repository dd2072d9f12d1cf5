"""Who takes part in a round: companies, on one side or the other, through their delegates."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from services.rounds.model.limits import Limits
from shared.errors import Conflict, Fault, Invalid

if TYPE_CHECKING:
    from services.rounds.model.rounds import Round

# The role that a company must have in the catalog to take part on a side.
ROLE_OF_SIDE = {"buyer": "anchor", "supplier": "supplier"}
SIDES = tuple(ROLE_OF_SIDE)
# Asked for, on the waiting list, taking part; said no to by the organizer; gone by its own wish.
STATUSES = ("pending", "waiting", "accepted", "refused", "withdrawn")


class Delegate(msgspec.Struct, frozen=True, kw_only=True):
    """A person who meets for a company. `free_slots` None means all slots of the round.

    `limits` are the person's own, beside those of the round.
    """

    delegate_id: str
    name: str
    account_id: str | None = None
    languages: tuple[str, ...] = ()
    free_slots: tuple[str, ...] | None = None
    limits: Limits = Limits()

    def is_free(self, slot_id: str) -> bool:
        """Whether the delegate said to be free then; meetings are not looked at."""
        return self.free_slots is None or slot_id in self.free_slots


class Registration(msgspec.Struct, frozen=True, kw_only=True):
    """A company's part in a round. Its delegates meet in parallel.

    `seeks` and `offers` are shown to the others; `never_meet`, ids of companies, to nobody but its own
    company and the organizer.
    """

    id: str
    version: int
    round_id: str
    company_id: str
    company_name: str
    side: str
    delegates: tuple[Delegate, ...]
    registered_by: str
    registered_at: datetime
    status: str = "accepted"
    seeks: str = ""
    offers: str = ""
    never_meet: tuple[str, ...] = ()
    reason: str = ""

    def decided(self, status: str, reason: str = "") -> Registration:
        """The registration after the organizer's word, or with a place. Raises Conflict once decided."""
        if self.status not in {"pending", "waiting"}:
            raise Conflict(
                "registration_decided",
                f"Esta inscripción ya está en «{self.status}».",
                f"This registration is already “{self.status}”.",
            )
        return replace(self, status=status, reason=reason, version=self.version + 1)

    def withdrawn(self, reason: str) -> Registration:
        """The registration of a company that leaves. Raises Conflict when it takes no part."""
        if self.status in {"refused", "withdrawn"}:
            raise Conflict(
                "registration_ended",
                f"Esta inscripción ya está en «{self.status}».",
                f"This registration is already “{self.status}”.",
            )
        return replace(self, status="withdrawn", reason=reason, version=self.version + 1)

    def delegate(self, delegate_id: str) -> Delegate | None:
        """The delegate of that id, if the company still has it."""
        return next((d for d in self.delegates if d.delegate_id == delegate_id), None)

    def with_delegates(self, delegates: tuple[Delegate, ...]) -> Registration:
        """The registration with other delegates, or with other free times of theirs."""
        return replace(self, delegates=delegates, version=self.version + 1)

    def can_meet(self, delegate_id: str, slot_id: str) -> bool:
        """Whether the company still has that delegate, free in that slot."""
        delegate = self.delegate(delegate_id)
        return delegate is not None and delegate.is_free(slot_id)


def exclude_each_other(one: Registration, other: Registration) -> bool:
    """Whether one of the two must never meet the other."""
    return other.company_id in one.never_meet or one.company_id in other.never_meet


def check_side(roles: tuple[str, ...], side: str) -> None:
    """Raise Invalid when a company with these roles can't take part on that side."""
    if ROLE_OF_SIDE[side] not in roles:
        raise Invalid(
            "company_lacks_role",
            f"La empresa no figura como «{ROLE_OF_SIDE[side]}» en el directorio; corrija eso o el lado.",
            f"The company is not “{ROLE_OF_SIDE[side]}” in the directory; correct that or the side.",
            "side",
        )


def check_delegates(delegates: tuple[Delegate, ...], round_: Round) -> None:
    """Raise Invalid with every fault: slots that the round lacks, and people named twice."""
    known = {slot.slot_id for slot in round_.slots}
    accounts = Counter(delegate.account_id for delegate in delegates if delegate.account_id)
    faults = []
    for number, delegate in enumerate(delegates):
        unknown = sorted(set(delegate.free_slots or ()) - known)
        if unknown:
            faults.append(
                Fault(
                    "unknown_slot",
                    f"La rueda no tiene estos horarios: {', '.join(unknown[:5])}.",
                    f"The round has no such slots: {', '.join(unknown[:5])}.",
                    f"delegates.{number}.free_slots",
                )
            )
        if delegate.account_id and accounts[delegate.account_id] > 1:
            faults.append(
                Fault(
                    "delegate_twice",
                    "La misma persona está dos veces; nadie puede estar en dos citas a la vez.",
                    "The same person is there twice; nobody can be in two meetings at once.",
                    f"delegates.{number}.account_id",
                )
            )
    if faults:
        raise Invalid.of(faults)
