"""An organizer at a round, and what the pages for organizers share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from flask import redirect, request, url_for

from services.portal.asking import PATIENCE, services_for
from services.portal.pages.page import page
from services.portal.pages.reader import Reader
from services.portal.signed_in import in_person, person, sign_in_first
from services.portal.texts import TEXTS, state, text
from shared import web
from shared.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.wrappers import Response as AnyResponse

    from services.portal.asking import Services
    from services.portal.model import Account

MOST_AT_ONCE = 100
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RoundDesk:
    """An organizer, the rounds service in that person's name, and one of the person's rounds."""

    account: Account
    services: Services
    round: Row
    reader: Reader

    @property
    def id(self) -> str:
        """The round's id."""
        return str(self.round["round_id"])

    @property
    def today(self) -> str:
        """The date in the round's time zone."""
        return self.reader.now.astimezone(ZoneInfo(self.round["time_zone"])).date().isoformat()

    def get(self, path: str = "", **query: Any) -> Row:
        """What the rounds service has at a path below the round. Raises NoAnswer."""
        return self.services.get("rounds", f"/rounds/{quote(self.id, safe='')}{path}", **query)

    def every(self, path: str, **query: Any) -> list[Row]:
        """All items of a list below the round. Raises NoAnswer."""
        found: list[Row] = []
        cursor: str | None = None
        while True:
            part = self.get(path, limit=MOST_AT_ONCE, **query, **({"cursor": cursor} if cursor else {}))
            found += part["items"]
            cursor = part["next_cursor"]
            if cursor is None:
                return found

    def send(self, method: str, path: str, body: Row | None = None, **query: Any) -> tuple[int, Row]:
        """Status and answer of the rounds service at any of its paths. Raises NoAnswer."""
        return self.services.ask(method, "rounds", path, body, **query)

    def at(self, path: str, body: Row | None = None, **query: Any) -> tuple[int, Row]:
        """Status and answer of a POST below the round. Raises NoAnswer."""
        return self.send("POST", f"/rounds/{quote(self.id, safe='')}{path}", body, **query)

    def time(self, moment: str) -> str:
        """A moment as the clock of the round's time zone shows it."""
        return self.reader.time(moment, self.round["time_zone"])

    def hour(self, moment: str) -> str:
        """The hour of a moment by the same clock."""
        return self.reader.hour(moment, self.round["time_zone"])

    def slot(self, slot_id: str) -> str:
        """A slot by its start; one that the round no longer has by its id."""
        starts = {slot["slot_id"]: slot["starts_at"] for slot in self.round["slots"]}
        return self.time(starts[slot_id]) if slot_id in starts else slot_id

    def text(self, key: str, **facts: Any) -> str:
        """A text of the pages with its facts; numbers as the reader writes them."""
        told = {n: self.reader.number(fact) if type(fact) is int else fact for n, fact in facts.items()}
        return text(key, self.account.language).format(**told)

    def page(self, template: str, status: int = 200, *, script: bool = False, **values: Any) -> AnyResponse:
        """A page about the round."""
        days = [self.reader.day(self.round[name]) for name in ("starts_on", "ends_on")]
        return page(
            f"rounds/{template}",
            status,
            script=script,
            desk=self,
            round=self.round,
            number=self.reader.number,
            say=self.text,
            state=state(self.round["status"], self.account.language),
            dates=" – ".join(dict.fromkeys(days)),
            done=self._done(),
            **values,
        )

    def _done(self) -> str:
        """What was done on the page before this one, in words."""
        key = f"done_{request.args.get('done', '')}"
        count = request.args.get("n", "0")
        if key not in TEXTS or not (count.isdecimal() and len(count) < 7):
            return ""
        return self.text(key, n=int(count))


def faults_of(told: Row) -> list[str]:
    """The faults of a refusal in words."""
    return list(dict.fromkeys(fault["detail"] for fault in told.get("faults", [])))


def desk_of(round_id: str) -> RoundDesk:
    """The round of an organizer who is signed in. Raises NotFound for everybody else."""
    account = in_person()
    services = services_for(account, None, PATIENCE)
    status, told = services.ask("GET", "rounds", f"/rounds/{quote(round_id, safe='')}")
    mine = status == 200 and ("admin" in account.roles or told["organizer_id"] == account.id)
    if not mine:
        raise NotFound("not_found", "No existe o no es para usted.", "It does not exist, or is not for you.")
    return RoundDesk(account, services, told, Reader(account, None, web.now()))


def at_desk(view: Callable[..., AnyResponse]) -> Callable[..., AnyResponse]:
    """Give a view the desk of the round that the address names; whoever opens a page signs in first."""

    @wraps(view)
    def opened(round_id: str, **values: str) -> AnyResponse:
        if request.method == "GET" and person() is None:
            return sign_in_first()
        return view(desk_of(round_id), **values)

    return opened


def done(endpoint: str, key: str, count: int = 0, **values: Any) -> AnyResponse:
    """Lead on to a page that says what was done."""
    said: dict[str, Any] = {"done": key, **({"n": str(count)} if count else {})}
    return redirect(url_for(endpoint, **values, **said), 303)


def one_of(name: str, known: tuple[str, ...]) -> str:
    """What a request asks for under a name if it is known, else nothing."""
    asked = request.values.get(name, "")
    return asked if asked in known else ""
