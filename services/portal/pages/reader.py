"""Who reads a page, and how that person writes dates, times, numbers and money."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, get_timezone_name
from babel.numbers import format_decimal, format_percent

from shared.money import Money, written

if TYPE_CHECKING:
    from services.portal.model import Account, Company

LOCALES = {"es": "es_CO", "en": "en_US"}
TIMES = {"es": "EEE d MMM, h:mm a", "en": "EEE, MMM d, h:mm a"}
HOUR = "h:mm a"
DATES = {"es": "d MMM y", "en": "MMM d, y"}


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

    def hour(self, text: str, zone: str) -> str:
        """The hour of a moment on that clock."""
        moment = datetime.fromisoformat(text)
        return format_datetime(moment, HOUR, ZoneInfo(zone), LOCALES[self.language])

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

    def sums(self, amounts: list[dict[str, Any]]) -> list[str]:
        """Amounts added up by currency, the Colombian peso first; of nothing, no pesos."""
        totals = {"COP": 0}
        for money in amounts:
            totals[money["currency"]] = totals.get(money["currency"], 0) + money["amount"]
        shown = {name: sum_ for name, sum_ in totals.items() if sum_} or {"COP": 0}
        return [written(Money(sum_, name), self.language) for name, sum_ in shown.items()]
