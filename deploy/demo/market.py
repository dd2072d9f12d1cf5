"""The first half of the story: people sign in, register companies, publish, and are matched."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

from deploy.demo.people import StoryError, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from deploy.demo.cast import Character
    from deploy.demo.people import Mailbox

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


def shortlists(anchors: list[Character]) -> int:
    """Wait until there are candidates for every need; returns how many matches there are."""
    return sum(_matches(anchor, need) for anchor in anchors for need in anchor.needs)


def _matches(anchor: Character, need: dict[str, Any]) -> int:
    def compared() -> int:
        try:
            shortlist = anchor.person.call("GET", "matching", f"/needs/{need['id']}/shortlist")
        except StoryError as error:
            # Matching hears of a new need a moment after the catalog does.
            if error.code == "need_unknown":
                return 0
            raise
        return int(shortlist["matches"])

    return wait_for(f"candidatos para «{need['title']}»", compared)


def in_parallel(one: Callable[[Character], T], characters: list[Character]) -> list[T]:
    """Do something for everybody, a few at once, as when many people come."""
    with ThreadPoolExecutor(AT_ONCE) as crowd:
        return list(crowd.map(one, characters))
