"""The first half of the story: people sign in, register companies, publish, and are matched."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

from deploy.demo.people import once_known, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from deploy.demo.cast import Character
    from deploy.demo.people import Mailbox, Person

T = TypeVar("T")

AT_ONCE = 4
ZONE = ZoneInfo("America/Bogota")
PURPOSE = "Que las empresas con las que acordemos reunirnos puedan escribirnos."


def today() -> date:
    """The day where the story happens."""
    return datetime.now(ZONE).date()


def arrive(characters: list[Character], mailbox: Mailbox) -> None:
    """Everybody signs in with a link from their mail and registers their company."""

    def one(character: Character) -> None:
        person = character.person
        person.ask_for_link(mailbox)
        profile = person.send("GET", "portal", "/me")
        headers = {"If-Match": person.etag}
        if profile["name"] != character.name:
            person.send("PATCH", "portal", "/me", {"name": character.name}, headers=headers)
        company = person.call("POST", "catalog", "/companies", character.company)
        person.act_for(company["id"], character.role)
        contact = {
            "name": character.name,
            "email": person.address,
            "consent": {"given_on": today().isoformat(), "purpose": PURPOSE},
        }
        person.call("POST", "catalog", f"/companies/{company['id']}/contacts", contact)

    in_parallel(one, characters)


def publish(characters: list[Character]) -> int:
    """Everybody publishes what they offer and need; returns how much that was."""

    def one(character: Character) -> int:
        person = character.person
        for offering in character.offerings:
            drafted = person.call("POST", "catalog", "/offerings", offering)
            person.call("POST", "catalog", f"/offerings/{drafted['id']}/publish")
        for need in character.needs:
            days = timedelta(days=need["closes_in_days"])
            body = {name: value for name, value in need.items() if name != "closes_in_days"}
            body["closes_on"] = (today() + days).isoformat()
            need["id"] = person.call("POST", "catalog", "/needs", body)["id"]
            person.call("POST", "catalog", f"/needs/{need['id']}/publish")
        return len(character.offerings) + len(character.needs)

    return sum(in_parallel(one, characters))


def shortlists(anchors: list[Character], suppliers: list[Character]) -> int:
    """Wait until every supplier stands in the shortlists of the needs that it fits.

    Returns how many matches there are, with those that nobody foresaw.
    """
    return sum(
        _matches(anchor.person, need, {each.company_id for each in suppliers if each.fits(need)})
        for anchor in anchors
        for need in anchor.needs
    )


def _matches(person: Person, need: dict[str, Any], expected: set[str]) -> int:
    path, what = f"/needs/{need['id']}/shortlist", f"candidatos para «{need['title']}»"
    once_known(what, "need_unknown", partial(person.call, "GET", "matching", path))

    def all_there() -> bool:
        found = [
            row["supplier_id"]
            for almost in ("false", "true")
            for row in person.list("matching", path, almost=almost)
        ]
        return expected <= set(found)

    wait_for(what, all_there)
    return int(person.call("GET", "matching", path)["matches"])


def in_parallel(one: Callable[[Character], T], characters: list[Character]) -> list[T]:
    """Do something for everybody, a few at once, as when many people come."""
    with ThreadPoolExecutor(AT_ONCE) as crowd:
        return list(crowd.map(one, characters))
