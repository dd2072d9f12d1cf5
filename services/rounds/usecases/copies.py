"""What this service keeps of others' events. Consecutive events come together, for one bulk write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from services.rounds.usecases.admission import withdraw_from_all
from shared.contracts import catalog, matching
from shared.contracts.catalog import NeedClosed

if TYPE_CHECKING:
    from services.rounds.store import RoundsStore
    from shared.contracts.base import Event


def copy_companies(store: RoundsStore, events: list[Event]) -> None:
    """Keep name, roles, place and sectors of companies; those that left take part in no round any more."""
    store.keep_newer("companies", [_company(event) for event in events])
    left = {e.subject: e.time for e in events if isinstance(e.data, catalog.CompanyWithdrawn)}
    for company_id, at in left.items():
        if store.company(company_id) is None:
            withdraw_from_all(store, company_id, now=at)


def _company(event: Event) -> dict[str, Any]:
    row = {"_id": event.subject, "sequence": event.sequence}
    data = event.data
    if isinstance(data, catalog.CompanyRegistered | catalog.CompanyChanged):
        place = msgspec.to_builtins(data.place)
        return {
            **row,
            "name": data.name,
            "roles": data.roles,
            "place": place,
            "size": data.size,
            "sectors": data.ciiu,
            "withdrawn": False,
        }
    return {**row, "withdrawn": True}


def copy_shortlists(store: RoundsStore, events: list[Event]) -> None:
    """Keep the top suppliers of needs."""
    rows = []
    for event in events:
        data: Any = event.data
        entries = [msgspec.to_builtins(entry) for entry in data.entries]
        row = {"need_title": data.need_title, "anchor_id": data.anchor_id, "entries": entries}
        rows.append({"_id": event.subject, "sequence": event.sequence, **row})
    store.keep_newer("shortlists", rows)


def copy_decisions(store: RoundsStore, events: list[Event]) -> None:
    """Keep what both sides said of matches; each kind of word on its own, for each has its own latest."""
    rows = []
    for event in events:
        data: Any = event.data
        fields = ("need_id", "need_title", "anchor_id", "supplier_id")
        pair = {name: getattr(data, name) for name in fields}
        if isinstance(data, matching.InterestDeclared):
            kind, said = "interest", {"interested": data.interested}
        else:
            shortlisted = isinstance(data, matching.CandidateShortlisted)
            kind, said = "choice", {"shortlisted": shortlisted, "dismissed": not shortlisted}
        row = {"_id": f"{event.subject}:{kind}", "sequence": event.sequence, **pair}
        rows.append({**row, "said": {**said, "pair": pair}})
    store.keep_newer("decisions", rows)


def forget_people(store: RoundsStore, events: list[Event]) -> None:
    """Erase the personal data of people who left; what they did for their companies stays."""
    store.forget_people([event.subject for event in events], "(persona borrada)")


def close_needs(store: RoundsStore, events: list[Event]) -> None:
    """Stop suggesting for needs that are closed."""
    store.close_needs(event.data.need_id for event in events if isinstance(event.data, NeedClosed))
