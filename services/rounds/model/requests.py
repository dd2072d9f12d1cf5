"""A company asks another one to meet in a round, and the other one decides."""

from __future__ import annotations

from datetime import datetime
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from services.rounds.model.limits import ACCEPTED
from shared.errors import Conflict, Invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.rounds.model.limits import Weights
    from services.rounds.model.registrations import Registration

STATUSES = ("pending", "accepted", "declined", "cancelled", "expired")


class MeetingRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request; there is one at most for each buyer and supplier of a round.

    `score` is the match score when it was made, between 0 and 1, if matching had one. Unanswered, it expires
    at `expires_at`, and `next_company_id` is who was then offered instead.

    `ranks` hold its place on each company's list, 1 for the one that is wanted most. The organizer says that
    it was `paid` for, and which requests it comes `after`.
    """

    id: str
    version: int
    round_id: str
    from_company_id: str
    from_company_name: str
    to_company_id: str
    to_company_name: str
    buyer_id: str
    supplier_id: str
    need_id: str | None
    note: str
    score: float | None
    status: str
    created_by: str
    created_at: datetime
    decided_by: str | None = None
    decided_at: datetime | None = None
    expires_at: datetime | None = None
    next_company_id: str | None = None
    ranks: dict[str, int] = {}
    paid: bool = False
    after: tuple[str, ...] = ()

    def weight(self, weights: Weights) -> int:
        """What a meeting is worth to the agenda. Where both have ranked it, first with both counts in full,
        second with both half, and so on.
        """
        ranks = [self.ranks.get(company_id) for company_id in (self.buyer_id, self.supplier_id)]
        known = [rank for rank in ranks if rank is not None]
        both = weights.both_ranked * 2 / sum(known) if len(known) == 2 else 0
        bonus = weights.match * (self.score or 0.0) + both + weights.paid * self.paid
        return ACCEPTED + round(bonus)

    def ranked(self, company_id: str, rank: int | None) -> MeetingRequest:
        """The request with the place that it has on a company's list, or off that list."""
        others = {name: place for name, place in self.ranks.items() if name != company_id}
        ranks = others if rank is None else {**others, company_id: rank}
        return replace(self, ranks=ranks, version=self.version + 1)

    def conditioned(self, paid: bool, after: tuple[str, ...]) -> MeetingRequest:
        """The request as the organizer weighs and orders it."""
        return replace(self, paid=paid, after=after, version=self.version + 1)

    def decided(self, accept: bool, account_id: str, now: datetime) -> MeetingRequest:
        """The request with a decision. A refusal can still be turned into a yes, but not the reverse.

        Raises Conflict when it was decided for good.
        """
        final = {"accepted", "cancelled", "expired"}
        if self.status in final or (self.status == "declined" and not accept):
            raise Conflict(
                "already_decided",
                f"Esta solicitud ya está en «{self.status}».",
                f"This request is already “{self.status}”.",
            )
        status = "accepted" if accept else "declined"
        return replace(self, status=status, decided_by=account_id, decided_at=now, version=self.version + 1)

    def may_be_asked_again(self, company_id: str) -> bool:
        """Whether the company may ask for a meeting of this pair anew: after a cancellation, or once it has
        let the other's request expire.
        """
        return self.status == "cancelled" or (self.status == "expired" and self.to_company_id == company_id)

    def expired(self, next_company_id: str | None) -> MeetingRequest:
        """The request that nobody answered in time, and whom its sender was offered instead."""
        return replace(self, status="expired", next_company_id=next_company_id, version=self.version + 1)

    def cancelled(self) -> MeetingRequest:
        """The request after its meeting was cancelled: it gets no place in later agendas."""
        return replace(self, status="cancelled", version=self.version + 1)


def check_pair(asking: Registration, asked: Registration) -> None:
    """Raise Invalid unless one is a buyer and the other one a supplier."""
    if asking.company_id == asked.company_id:
        raise Invalid(
            "request_to_oneself",
            "Una empresa no puede pedirse una cita a sí misma.",
            "A company can't ask itself for a meeting.",
            "to_company_id",
        )
    if asking.side == asked.side:
        raise Invalid(
            "same_side",
            "Las citas son entre un comprador y un proveedor; las dos empresas están del mismo lado.",
            "Meetings are between a buyer and a supplier; both companies are on the same side.",
            "to_company_id",
        )


def check_order(after: Mapping[str, tuple[str, ...]]) -> None:
    """Raise Invalid when a request would have to come before itself."""
    try:
        TopologicalSorter(after).prepare()
    except CycleError as error:
        raise Invalid(
            "order_in_a_circle",
            "Ese orden se muerde la cola: una cita tendría que ir antes de sí misma. Quite una condición.",
            "That order goes in a circle: a meeting would have to come before itself. Take one out.",
            "after",
        ) from error
