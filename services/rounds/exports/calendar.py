"""A person's meetings as an iCalendar feed (RFC 5545), which a calendar program reads again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from icalendar import Calendar, Event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from services.rounds.model.meetings import Meeting

PRODUCT = "-//Encadena//Ruedas de negocios//ES"


def feed(
    meetings: Iterable[Meeting], company_id: str, room_page: Callable[[str], str], now: datetime
) -> bytes:
    """The calendar of one company's person. UIDs are those of the invitations by mail; times are in UTC.

    `room_page` gives the page through which one enters the room of a meeting.
    """
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", "Encadena")
    calendar.add("refresh-interval;value=duration", "PT15M")
    for meeting in meetings:
        calendar.add_component(_event(meeting, company_id, room_page(meeting.id), now))
    written: bytes = calendar.to_ical()
    return written


def _event(meeting: Meeting, company_id: str, room: str, now: datetime) -> Event:
    event = Event()
    event.add("uid", f"{meeting.id}@encadena")
    event.add("sequence", meeting.version)
    event.add("dtstamp", now)
    event.add("dtstart", meeting.starts_at)
    event.add("dtend", meeting.ends_at)
    event.add("summary", f"Cita: {meeting.counterpart_of(company_id).company_name}")
    if meeting.table is not None:
        event.add("location", f"Mesa {meeting.table}")
    elif meeting.room_url:
        event.add("location", room)
    if meeting.room_url:
        event.add("url", room)
    return event
