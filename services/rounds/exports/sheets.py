"""What tables of an agenda and of its results say, in Spanish or English."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from shared.money import as_decimal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.rounds.model.meetings import Meeting
    from services.rounds.model.outcomes import ExpectedDeal

Row = list[Any]

_AGENDA = {
    "es": ["Fecha", "Desde", "Hasta", "Mesa", "Comprador", "Quién compra", "Proveedor", "Quién vende"],
    "en": ["Date", "From", "To", "Table", "Buyer", "For the buyer", "Supplier", "For the supplier"],
}
_RESULTS = {
    "es": [
        "Fecha", "Comprador", "Proveedor", "Celebrada", "Interés del comprador", "Interés del proveedor",
        "Moneda", "Espera el comprador", "Espera el proveedor", "Esperado", "Probabilidad (%)",
        "Plazo (meses)", "Conciliado", "Moneda de lo vendido", "Vendido y verificado",
    ],
    "en": [
        "Date", "Buyer", "Supplier", "Held", "Interest of the buyer", "Interest of the supplier", "Currency",
        "Expected by the buyer", "Expected by the supplier", "Expected", "Probability (%)",
        "Horizon (months)", "Reconciled", "Currency of what was sold", "Sold and verified",
    ],
}  # fmt: skip
_WORDS = {
    "es": {True: "sí", False: "no", "none": "ninguno", "low": "bajo", "medium": "medio", "high": "alto"},
    "en": {True: "yes", False: "no", "none": "none", "low": "low", "medium": "medium", "high": "high"},
}


def agenda_sheet(meetings: Iterable[Meeting], language: str) -> list[Row]:
    """A head and a row for each meeting, by time and table; hours are the round's own."""
    rows = sorted(meetings, key=lambda m: (m.starts_at, m.table or 0, m.buyer.company_name))
    return [_AGENDA[language], *(_agenda_row(meeting) for meeting in rows)]


def _agenda_row(meeting: Meeting) -> Row:
    zone = ZoneInfo(meeting.time_zone)
    return [
        meeting.starts_at.astimezone(zone).date(),
        f"{meeting.starts_at.astimezone(zone):%H:%M}",
        f"{meeting.ends_at.astimezone(zone):%H:%M}",
        meeting.table,
        meeting.buyer.company_name,
        meeting.buyer.delegate_name,
        meeting.supplier.company_name,
        meeting.supplier.delegate_name,
    ]


def results_sheet(meetings: Iterable[Meeting], language: str) -> list[Row]:
    """A head and a row for each meeting that stands, with what both sides said and what counts."""
    rows = sorted(meetings, key=lambda m: (m.starts_at, m.buyer.company_name, m.supplier.company_name))
    return [_RESULTS[language], *(_results_row(meeting, _WORDS[language]) for meeting in rows)]


def _results_row(meeting: Meeting, words: dict[Any, str]) -> Row:
    said = [meeting.outcomes.get(company_id) for company_id in meeting.company_ids]
    deals = [outcome.expected if outcome else None for outcome in said]
    known = [deal.value.currency for deal in (meeting.expected, *deals) if deal]
    currency = known[0] if known else None
    return [
        meeting.on,
        meeting.buyer.company_name,
        meeting.supplier.company_name,
        words[meeting.held],
        *(words[outcome.interest] if outcome else None for outcome in said),
        currency,
        *(_amount(deal, currency) for deal in deals),
        _amount(meeting.expected, currency),
        meeting.expected.probability if meeting.expected else None,
        meeting.expected.horizon_months if meeting.expected else None,
        words[meeting.agreed is not None],
        meeting.verified.currency if meeting.verified else None,
        as_decimal(meeting.verified) if meeting.verified else None,
    ]


def _amount(deal: ExpectedDeal | None, currency: str | None) -> Any:
    """The amount, as a number where it is in the row's currency."""
    if deal is None:
        return None
    amount, own = as_decimal(deal.value), deal.value.currency
    return amount if own == currency else f"{amount} {own}"
