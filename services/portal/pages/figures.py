"""A person's own numbers: what the other services answer, in the words and formats of the reader.

A part is None where its service gave no answer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from services.portal.asking import all_at_once, services_for
from services.portal.texts import state

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.portal.asking import Services
    from services.portal.pages.reader import Reader

SHOWN = 5
NEWEST = 3
PAGE = 100
MOST_PAGES = 10
MOST_ROUNDS = 10

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """One number, the first few of what it counts, whether there are more, and sums of money."""

    count: int
    rows: list[Row]
    more: bool = False
    sums: list[str] = field(default_factory=list)


Parts = dict[str, Part | None]


def of(reader: Reader) -> Parts:
    """The parts that concern the reader by their roles; all are asked for at once."""
    services = services_for(reader.account, reader.company.id if reader.company else None)
    asked: dict[str, Callable[[], Part]] = {"messages": lambda: messages(services, reader)}
    if reader.roles & {"supplier", "anchor"}:
        asked["meetings"] = lambda: meetings(services, reader)
        asked["requests"] = lambda: requests_waiting(services, reader)
    if "supplier" in reader.roles:
        asked["opportunities"] = lambda: opportunities(services, reader)
    if "anchor" in reader.roles:
        asked["needs"] = lambda: needs(services, reader)
    if reader.roles & {"organizer", "admin"}:
        asked["rounds"] = lambda: rounds(services, reader)
    return all_at_once(asked)


def messages(services: Services, reader: Reader) -> Part:
    """The newest messages."""
    items, more = services.items("notifications", "/messages", limit=NEWEST)
    rows = [
        {
            "title": item["title"],
            "text": item["text"],
            "language": item["language"],
            "when": reader.day(item["created_at"][:10]),
        }
        for item in items
    ]
    return Part(len(rows), rows, more)


def opportunities(services: Services, reader: Reader) -> Part:
    """Open needs that the company fits, best first."""
    items, more = services.items("matching", "/opportunities", limit=PAGE)
    rows = [
        {
            "id": item["need_id"],
            "title": item["need_title"],
            "buyer": item["anchor_name"] or "",
            "fit": reader.share(item["score"]),
            "closes": reader.day(item["closes_on"]),
        }
        for item in items[:SHOWN]
    ]
    return Part(len(items), rows, more)


def needs(services: Services, reader: Reader) -> Part:
    """The company's open needs, the first ones with the number of candidates that fit."""
    company_id = reader.company.id if reader.company else ""
    asked = {"company_id": company_id, "status": "open", "limit": PAGE}
    items, more = services.items("catalog", "/needs", **asked)
    counts = all_at_once({item["id"]: _candidates(services, item["id"]) for item in items[:SHOWN]})
    rows = [
        {
            "id": item["id"],
            "title": item["title"],
            "closes": reader.day(item["closes_on"]),
            "candidates": counts[item["id"]],
        }
        for item in items[:SHOWN]
    ]
    return Part(len(items), rows, more)


def _candidates(services: Services, need_id: str) -> Callable[[], int]:
    return lambda: int(services.get("matching", f"/needs/{need_id}/shortlist", limit=1)["matches"])


def meetings(services: Services, reader: Reader) -> Part:
    """The company's meetings ahead, and what it said it expects of all its meetings."""
    ahead: list[Row] = []
    expected: list[Row] = []
    for item in _all(services, "rounds", "/meetings"):
        if datetime.fromisoformat(item["ends_at"]) > reader.now:
            ahead.append(item)
        expected += [said["expected"]["value"] for said in item["outcomes"].values() if said["expected"]]
    rows = [_meeting(item, reader) for item in ahead[:SHOWN]]
    return Part(len(ahead), rows, sums=reader.sums(expected))


def _meeting(item: Row, reader: Reader) -> Row:
    other = next(
        side
        for side in (item["buyer"], item["supplier"])
        if reader.company is None or side["company_id"] != reader.company.id
    )
    room = item["room_url"] or ""
    return {
        "when": reader.time(item["starts_at"], item["time_zone"]),
        "starts_at": item["starts_at"],
        "zone": reader.zone(item["time_zone"]),
        "id": item["meeting_id"],
        "company": other["company_name"],
        "person": other["delegate_name"],
        "table": item["table"],
        "room": room if room.startswith(("https://", "http://")) else "",
    }


def requests_waiting(services: Services, reader: Reader) -> Part:
    """Requests to meet that the company has not answered, in all rounds, the oldest first."""
    asked = {"status": "pending", "direction": "received", "limit": PAGE}
    items, more = services.items("rounds", "/requests", **asked)
    rows = [
        {
            "id": item["request_id"],
            "company": item["from_company_name"],
            "round": item["round_name"],
            "note": item["note"],
            "until": reader.time(item["expires_at"], item["time_zone"]) if item["expires_at"] else "",
            "zone": reader.zone(item["time_zone"]),
        }
        for item in items
    ]
    return Part(len(rows), rows, more)


def rounds(services: Services, reader: Reader) -> Part:
    """The rounds that the person organizes, the first ones with their totals."""
    shown, more = services.items("rounds", "/rounds", limit=MOST_ROUNDS, managed="true")
    totals = all_at_once({item["round_id"]: _totals(services, item) for item in shown})
    largest = max((_in_pesos(total, "raw") for total in totals.values() if total), default=0)
    rows = [_round(item, totals[item["round_id"]], largest, reader) for item in shown]
    return Part(len(rows), rows, more)


def _totals(services: Services, item: Row) -> Callable[[], Row]:
    return lambda: services.get("rounds", f"/rounds/{item['round_id']}/totals")


def _in_pesos(totals: Row, kind: str) -> int:
    amounts = [each[kind] for each in totals["expected"]]
    return sum(money["amount"] for money in amounts if money["currency"] == "COP")


def _round(item: Row, totals: Row | None, largest: int, reader: Reader) -> Row:
    days = [reader.day(item[name]) for name in ("starts_on", "ends_on")]
    row = {
        "id": item["round_id"],
        "name": item["name"],
        "dates": " – ".join(dict.fromkeys(days)),
        "state": state(item["status"], reader.language),
        "totals": totals,
    }
    if totals:
        for name, kind in (("expected", "raw"), ("weighted", "weighted")):
            row[name] = reader.sums([each[kind] for each in totals["expected"]])
        row["bar"] = _bar(totals, row, largest)
    return row


def _bar(totals: Row, row: Row, largest: int) -> Row | None:
    """Widths in percent of the round with most; drawn for pesos, and only where something is expected."""
    if not largest:
        return None
    raw, weighted = (_in_pesos(totals, kind) for kind in ("raw", "weighted"))
    return {
        "raw_width": round(100 * raw / largest, 1),
        "weighted_width": round(100 * weighted / largest, 1),
        "expected": " + ".join(row["expected"]),
        "weighted": " + ".join(row["weighted"]),
    }


def _all(services: Services, service: str, path: str) -> list[Row]:
    found: list[Row] = []
    cursor: str | None = None
    for _ in range(MOST_PAGES):
        asked = {"limit": PAGE, **({"cursor": cursor} if cursor else {})}
        page = services.get(service, path, **asked)
        found += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    return found
