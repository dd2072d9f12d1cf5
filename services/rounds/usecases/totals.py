"""The figures of a round: for those who manage it, and without anybody's own figures for all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from services.rounds.disclosure import public_groups, public_sums
from services.rounds.figures import Group, Sums, groups_of, sums_of
from services.rounds.model.registrations import Registration
from services.rounds.model.requests import MeetingRequest
from services.rounds.model.rounds import Round
from services.rounds.usecases.rounds import managed
from services.rounds.usecases.timetables import standing
from shared.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.rounds.model.meetings import Meeting
    from services.rounds.store import RoundsStore
    from shared.auth import Actor

# The market is where the buyer is; all else says something of the supplier.
BY = ("sector", "department", "size", "market")
UNKNOWN = "unknown"


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """`requested` counts all requests; of meetings see `figures.Sums`."""

    buyers: int
    suppliers: int
    requested: int
    accepted: int
    sums: Sums


def totals(store: RoundsStore, round_id: str, actor: Actor) -> Totals:
    """The figures of a round, for those who manage it.

    A meeting's expected deal is the reconciled one (`model.outcomes.reconciled`), from the latest outcome of
    each side, or the one that both agreed on.
    """
    managed(store, round_id, actor)
    return _totals(store, round_id, standing(store, round_id))


def grouped(store: RoundsStore, round_id: str, by: str, actor: Actor) -> list[Group]:
    """The figures by sector (CIIU division), department, size or market, for those who manage the round."""
    managed(store, round_id, actor)
    meetings = standing(store, round_id)
    return groups_of(meetings, _company(by), _namer(store, meetings, by))


def public_results(store: RoundsStore, round_id: str) -> tuple[Round, Totals, dict[str, list[Group]]]:
    """What everybody may know of a round that is over. Raises NotFound before."""
    round_ = store.get(Round, round_id)
    if round_.status not in {"closed", "followed_up"}:
        raise NotFound("not_found", "No existe o no es para usted.", "It does not exist, or is not for you.")
    meetings = standing(store, round_id)
    groups = {by: public_groups(meetings, _company(by), _namer(store, meetings, by)) for by in BY}
    found = _totals(store, round_id, meetings)
    return round_, replace(found, sums=public_sums(meetings)), groups


def _totals(store: RoundsStore, round_id: str, meetings: list[Meeting]) -> Totals:
    sides = store.count_by(Registration, {"round_id": round_id, "status": "accepted"}, "side")
    requests = store.count_by(MeetingRequest, {"round_id": round_id}, "status")
    return Totals(
        buyers=sides.get("buyer", 0),
        suppliers=sides.get("supplier", 0),
        requested=sum(requests.values()),
        accepted=requests.get("accepted", 0),
        sums=sums_of(meetings),
    )


def _company(by: str) -> Callable[[Meeting], str]:
    if by == "market":
        return lambda meeting: meeting.buyer.company_id
    return lambda meeting: meeting.supplier.company_id


def _namer(store: RoundsStore, meetings: list[Meeting], by: str) -> Callable[[str], str]:
    company = _company(by)
    known = {row["_id"]: row for row in store.companies({company(meeting) for meeting in meetings})}
    read: dict[str, Callable[[dict[str, Any]], str | None]] = {
        "sector": lambda row: (row.get("sectors") or [""])[0][:2],
        "department": lambda row: row["place"].get("department"),
        "size": lambda row: row.get("size"),
        "market": lambda row: row["place"].get("country"),
    }
    return lambda company_id: (read[by](known[company_id]) if company_id in known else None) or UNKNOWN
