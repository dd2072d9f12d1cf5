"""A meeting as an iCalendar invitation (RFC 5545, RFC 5546), which the reader's calendar keeps up to date."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from icalendar import Calendar, Event, Timezone, vCalAddress
from icalendar.enums import STATUS

from services.notifications.model import Wording
from services.notifications.texts import known_language, one_line, write

if TYPE_CHECKING:
    from datetime import datetime
    from email.headerregistry import Address

PRODUCT = "-//Encadena//Ruedas de negocios//ES"
_PLACE = {"es": "Mesa {table}", "en": "Table {table}"}
_SUMMARY = {"es": "Cita: {buyer} y {supplier}", "en": "Meeting: {buyer} and {supplier}"}


def method(wording: Wording) -> str:
    """What the calendar is asked to do: REQUEST adds or corrects a meeting, CANCEL takes it out."""
    return "CANCEL" if wording is Wording.MEETING_CANCELLED else "REQUEST"


def invitation(
    wording: Wording,
    facts: dict[str, Any],
    language: str,
    people: tuple[Address, Address],
    now: datetime,
) -> bytes:
    """The calendar file for one reader; `people` are the organizer and the attendee.

    One UID for the meeting's whole life; SEQUENCE counts its changes, so a late mail never undoes a newer
    one. Times are in UTC, and the round's zone goes along for programs that show it. The other side's
    address is not in it: contacts are shown in Encadena alone.
    """
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method(wording))
    calendar.add_component(_zone(facts["time_zone"], facts["starts_at"].year))
    calendar.add_component(_event(wording, facts, known_language(language), people, now))
    written: bytes = calendar.to_ical()
    return written


@lru_cache(maxsize=64)
def _zone(name: str, year: int) -> Timezone:
    """The zone's rules around that year: those of decades would be larger than all the rest."""
    return Timezone.from_tzid(name, first_date=date(year - 1, 1, 1), last_date=date(year + 1, 12, 31))


def _event(
    wording: Wording,
    facts: dict[str, Any],
    language: str,
    people: tuple[Address, Address],
    now: datetime,
) -> Event:
    names = {side: one_line(facts[side]) for side in ("buyer", "supplier")}
    cancelled = wording is Wording.MEETING_CANCELLED
    event = Event()
    event.add("uid", f"{facts['meeting_id']}@encadena")
    event.add("sequence", facts["change"])
    event.add("dtstamp", now)
    event.add("dtstart", facts["starts_at"])
    event.add("dtend", facts["ends_at"])
    event.add("summary", _SUMMARY[language].format(**names))
    event.add("description", write(wording, facts, language).plain)
    event.add("status", STATUS.CANCELLED if cancelled else STATUS.CONFIRMED)
    event.add("transp", "TRANSPARENT" if cancelled else "OPAQUE")
    _add_place(event, facts, language)
    event.add("organizer", _calendar_user(people[0]))
    attendee = _calendar_user(people[1])
    attendee.params.update(
        {"ROLE": "REQ-PARTICIPANT", "PARTSTAT": "NEEDS-ACTION", "RSVP": "FALSE", "CUTYPE": "INDIVIDUAL"}
    )
    event.add("attendee", attendee, encode=False)
    return event


def _add_place(event: Event, facts: dict[str, Any], language: str) -> None:
    room = facts.get("room_url")
    if facts.get("table"):
        event.add("location", _PLACE[language].format(table=facts["table"]))
    elif room:
        event.add("location", room)
    if room:
        event.add("url", room)


def _calendar_user(address: Address) -> vCalAddress:
    user = vCalAddress(f"mailto:{address.addr_spec}")
    if address.display_name:
        # RFC 5545 has no way to write a double quote in a parameter.
        user.params["CN"] = one_line(address.display_name).replace('"', "'")
    return user
