"""A person's own numbers: what the other services answer, in the words and formats of the reader.

A part is None where its service gave no answer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, get_timezone_name
from babel.numbers import format_decimal, format_percent

from services.portal.asking import Services, all_at_once
from services.portal.model import Account, Caller, Company
from services.portal.texts import state
from services.portal.usecases.tokens import issue_token
from shared.money import Money, written

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.portal.store import PortalStore
    from shared.config import Config

SHOWN = 5
NEWEST = 3
PAGE = 100
MOST_PAGES = 10
MOST_ROUNDS = 10
LOCALES = {"es": "es_CO", "en": "en_US"}
TIMES = {"es": "EEE d MMM, h:mm a", "en": "EEE, MMM d, h:mm a"}
DATES = {"es": "d MMM y", "en": "MMM d, y"}

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: the account, the company it acts for now, and the time."""

    account: Account
    company: Company | None
    now: datetime

    @property
    def language(self) -> str:
        """`es` or `en`."""
        return self.account.language

    @property
    def roles(self) -> set[str]:
        """The roles of the person and of the company."""
        return {*self.account.roles, *(self.company.roles if self.company else [])}

    def day(self, text: str) -> str:
        """A date (`2027-03-31`) as the reader writes it."""
        return format_date(date.fromisoformat(text), DATES[self.language], LOCALES[self.language])

    def time(self, text: str, zone: str) -> str:
        """A moment as the clock of that time zone shows it."""
        moment = datetime.fromisoformat(text)
        local = LOCALES[self.language]
        return format_datetime(moment, TIMES[self.language], ZoneInfo(zone), local)

    def zone(self, zone: str) -> str:
        """A time zone in words, as “hora de Colombia”."""
        local = LOCALES[self.language]
        return get_timezone_name(ZoneInfo(zone), locale=local, zone_variant="generic")

    def number(self, count: int) -> str:
        """A count with the reader's separators."""
        return format_decimal(count, locale=LOCALES[self.language])

    def share(self, part: float) -> str:
        """A part of one as a percentage."""
        return format_percent(part, locale=LOCALES[self.language])

    def sums(self, amounts: list[Row]) -> list[str]:
        """Amounts added up by currency, the Colombian peso first; of nothing, no pesos."""
        totals = {"COP": 0}
        for money in amounts:
            totals[money["currency"]] = totals.get(money["currency"], 0) + money["amount"]
        shown = {name: sum_ for name, sum_ in totals.items() if sum_} or {"COP": 0}
        return [written(Money(sum_, name), self.language) for name, sum_ in shown.items()]


@dataclass(frozen=True, slots=True)
class Part:
    """One number, the first few of what it counts, whether there are more, and sums of money."""

    count: int
    rows: list[Row]
    more: bool = False
    sums: list[str] = field(default_factory=list)


Parts = dict[str, Part | None]


def of(store: PortalStore, config: Config, reader: Reader) -> Parts:
    """The parts that concern the reader by their roles; all are asked for at once."""
    company_id = reader.company.id if reader.company else None
    token, _ = issue_token(store, Caller(reader.account), company_id, now=reader.now)
    services = Services(config, token, reader.language)
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
    """The rounds that the person organizes, the newest ones with their totals."""
    items, more = services.items("rounds", "/rounds", limit=PAGE)
    own = [
        item for item in items if "admin" in reader.account.roles or item["organizer_id"] == reader.account.id
    ]
    shown = own[:MOST_ROUNDS]
    totals = all_at_once({item["round_id"]: _totals(services, item) for item in shown})
    largest = max((_in_pesos(total, "raw") for total in totals.values() if total), default=0)
    rows = [_round(item, totals[item["round_id"]], largest, reader) for item in shown]
    return Part(len(own), rows, more)


def _totals(services: Services, item: Row) -> Callable[[], Row]:
    return lambda: services.get("rounds", f"/rounds/{item['round_id']}/totals")


def _in_pesos(totals: Row, kind: str) -> int:
    amounts = [each[kind] for each in totals["expected"]]
    return sum(money["amount"] for money in amounts if money["currency"] == "COP")


def _round(item: Row, totals: Row | None, largest: int, reader: Reader) -> Row:
    days = [reader.day(item[name]) for name in ("starts_on", "ends_on")]
    row = {
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
