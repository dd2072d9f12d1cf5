"""What each side takes from a meeting, where the two differ, and what counts."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from services.rounds.model.attendance import ORGANIZER
from shared.errors import Conflict, Invalid
from shared.money import Money

if TYPE_CHECKING:
    from services.rounds.model.meetings import Meeting

INTERESTS = ("none", "low", "medium", "high")


class NextStep(msgspec.Struct, frozen=True, kw_only=True):
    """What was agreed to do, by which of the two companies, until when."""

    what: str
    owner_company_id: str
    due_on: date


class ExpectedDeal(msgspec.Struct, frozen=True, kw_only=True):
    """What one side expects: value, probability in percent (0–100), horizon in months."""

    value: Money
    probability: int
    horizon_months: int


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What one side takes from a meeting, as it said it at one time."""

    interest: str
    next_step: NextStep | None = None
    expected: ExpectedDeal | None = None


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """What the two sides see differently: `interest`, `value`, `probability` or `horizon_months`."""

    about: str
    buyer: str
    supplier: str


def differences(buyer: Outcome | None, supplier: Outcome | None) -> list[Difference]:
    """Where the two differ, once both have said something; each value as text, empty where none was given."""
    if buyer is None or supplier is None:
        return []
    said = [
        ("interest", buyer.interest, supplier.interest),
        *(
            (field, _text(buyer.expected, field), _text(supplier.expected, field))
            for field in ("value", "probability", "horizon_months")
        ),
    ]
    return [Difference(about=about, buyer=one, supplier=two) for about, one, two in said if one != two]


def _text(deal: ExpectedDeal | None, field: str) -> str:
    if deal is None:
        return ""
    value = getattr(deal, field)
    return f"{value.amount} {value.currency}" if isinstance(value, Money) else str(value)


def reconciled(buyer: Outcome | None, supplier: Outcome | None) -> ExpectedDeal | None:
    """The one expected deal of a meeting, from what each side said last.

    The lower value counts, with that side's probability and horizon, so that a round never claims more than
    both would sign. The buyer's counts where the currencies differ, for it is the one who pays; a
    single side's where the other gave none; and none at all once a side has no interest.
    """
    said = [outcome for outcome in (buyer, supplier) if outcome]
    if any(outcome.interest == "none" for outcome in said):
        return None
    deals = [outcome.expected for outcome in said if outcome.expected]
    if len(deals) == 2 and deals[0].value.currency == deals[1].value.currency:
        return min(deals, key=lambda deal: (deal.value.amount, deal.probability))
    return deals[0] if deals else None


def agreed_by(meeting: Meeting, by: str, deal: ExpectedDeal) -> Meeting:
    """The meeting with a proposal of one figure for both sides; it counts once both propose the same.

    The organizer's counts at once. Raises Conflict while a side has not said what it expects.
    """
    if not set(meeting.company_ids) <= set(meeting.outcomes):
        raise Conflict(
            "outcome_missing",
            "Antes de conciliar, las dos partes deben registrar su resultado.",
            "Before you reconcile, both sides must record their outcome.",
        )
    proposed = {**meeting.proposed, by: deal}
    both = [proposed.get(company_id) for company_id in meeting.company_ids]
    agreed = deal if by == ORGANIZER or both == [deal, deal] else None
    return replace(
        meeting,
        proposed=proposed,
        agreed=agreed or meeting.agreed,
        expected=agreed or meeting.expected,
        version=meeting.version + 1,
    )


def with_sale(meeting: Meeting, by: str, sold: Money) -> Meeting:
    """The meeting with what was really sold until now. Raises Conflict unless it was held; Invalid.

    It is verified once both sides have said it, at the lower value, or by the organizer.
    """
    meeting.must_stand()
    if not meeting.held:
        raise Conflict(
            "meeting_not_held",
            "La cita no consta como celebrada; registre antes la asistencia.",
            "The meeting does not count as held; record the attendance first.",
        )
    known = {money.currency for name, money in meeting.sales.items() if name != by}
    if known - {sold.currency}:
        raise Invalid(
            "another_currency",
            f"La otra parte registró la venta en {', '.join(known)}; use la misma moneda.",
            f"The other side recorded the sale in {', '.join(known)}; use the same currency.",
            "sold.currency",
        )
    sales = {**meeting.sales, by: sold}
    both = [sales[company_id] for company_id in meeting.company_ids if company_id in sales]
    verified = min(both, key=lambda money: money.amount) if len(both) == 2 else None
    return replace(meeting, sales=sales, verified=sales.get(ORGANIZER, verified), version=meeting.version + 1)
