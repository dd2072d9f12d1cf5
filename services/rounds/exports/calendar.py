"""A person's meetings as an iCalendar feed (RFC 5545), which a calendar program reads again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from icalendar import Calendar, Event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from services.rounds.model.meetings import Meeting

_WORDS = {"es": ("Cita", "Mesa"), "en": ("Meeting", "Table")}
PRODUCT = "-//Encadena//Ruedas de negocios//ES"


class Reader(NamedTuple):
    """Whose calendar it is, in `es` or `en`; `room_page` gives the page through which one enters a room."""

    company_id: str
    language: str
    room_page: Callable[[str], str]


def feed(meetings: Iterable[Meeting], reader: Reader, now: datetime) -> bytes:
    """The calendar of one company's person. UIDs are those of the invitations by mail; times are in UTC."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", "Encadena")
    calendar.add("refresh-interval;value=duration", "PT15M")
    for meeting in meetings:
        calendar.add_component(_event(meeting, reader, now))
    written: bytes = calendar.to_ical()
    return written


def _event(meeting: Meeting, reader: Reader, now: datetime) -> Event:
    summary, table = _WORDS[reader.language]
    room = reader.room_page(meeting.id)
    event = Event()
    event.add("uid", f"{meeting.id}@encadena")
    event.add("sequence", meeting.version)
    event.add("dtstamp", now)
    event.add("dtstart", meeting.starts_at)
    event.add("dtend", meeting.ends_at)
    event.add("summary", f"{summary}: {meeting.counterpart_of(reader.company_id).company_name}")
    if meeting.table is not None:
        event.add("location", f"{table} {meeting.table}")
    elif meeting.room_url:
        event.add("location", room)
    if meeting.room_url:
        event.add("url", room)
    return event
