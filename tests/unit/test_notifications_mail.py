"""A mail as it goes out: its parts, its headers, and the calendar invitation in it."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any

import pytest
from icalendar import Calendar

from services.notifications.mail import Letter, Sender, Unwritable, compose
from services.notifications.model import Wording
from services.notifications.smtp import MailServer
from shared.errors import ConfigError

if TYPE_CHECKING:
    from email.message import EmailMessage

SENDER = Sender("Encadena <no-responder@encadena.example>", "https://encadena.example")
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
FACTS: dict[str, Any] = {
    "meeting_id": "0f8a",
    "round_name": "Rueda Textil",
    "own": "Textiles del Valle",
    "counterpart": "Grupo Andino",
    "buyer": "Grupo Andino",
    "supplier": "Textiles del Valle",
    "starts_at": datetime(2026, 11, 30, 14, 30, tzinfo=UTC),
    "ends_at": datetime(2026, 11, 30, 15, 0, tzinfo=UTC),
    "time_zone": "America/Bogota",
    "table": 7,
    "room_url": None,
    "change": 0,
}


def letter(wording: Wording = Wording.MEETING_SCHEDULED, **changes: Any) -> Letter:
    fields: dict[str, Any] = {
        "id": "d1",
        "wording": wording,
        "facts": FACTS,
        "email": "ana@textiles.example",
        "name": "Ana Pérez",
        "language": "es",
        "written_at": NOW,
    }
    return Letter(**{**fields, **changes})


def sent(mail: Letter) -> EmailMessage:
    """The message as a mail program reads it, after its way through the wire."""
    return message_from_bytes(compose(mail, SENDER).as_bytes(), policy=policy.default)


def event_of(mail: Letter) -> tuple[Calendar, Any]:
    attached = next(part for part in sent(mail).walk() if part.get_content_type() == "application/ics")
    calendar = Calendar.from_ical(attached.get_content())
    return calendar, calendar.walk("VEVENT")[0]


def test_a_meeting_goes_out_as_text_page_calendar_and_file() -> None:
    types = [part.get_content_type() for part in sent(letter()).walk()]
    assert types == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
        "application/ics",
    ]


def test_the_calendar_part_says_its_method() -> None:
    part = next(p for p in sent(letter()).walk() if p.get_content_type() == "text/calendar")
    assert part.get_param("method") == "REQUEST"
    assert "METHOD:REQUEST" in part.get_content()


def test_a_mail_without_a_meeting_has_text_and_page_alone() -> None:
    mail = letter(Wording.REQUEST_ACCEPTED)
    assert [part.get_content_type() for part in sent(mail).walk()][1:] == ["text/plain", "text/html"]


def test_the_message_id_is_the_same_at_every_try() -> None:
    assert sent(letter())["Message-ID"] == sent(letter())["Message-ID"] == "<d1@encadena.example>"


def test_every_byte_of_a_mail_is_ascii_so_that_any_server_carries_it() -> None:
    assert compose(letter(), SENDER).as_bytes().isascii()


def test_the_invitation_is_in_utc_with_the_zone_of_the_round() -> None:
    calendar, event = event_of(letter())
    text = event.to_ical().decode()
    assert "DTSTART:20261130T143000Z" in text
    assert "DTEND:20261130T150000Z" in text
    assert [str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")] == ["America/Bogota"]


def test_a_zone_with_summer_time_brings_its_rules() -> None:
    calendar, _ = event_of(letter(facts={**FACTS, "time_zone": "America/Santiago"}))
    zone = calendar.walk("VTIMEZONE")[0]
    assert {part.name for part in zone.subcomponents} == {"STANDARD", "DAYLIGHT"}
    assert len(zone.to_ical()) < 1_000


def test_the_invitation_names_both_companies_and_the_table_but_only_the_readers_address() -> None:
    _, event = event_of(letter())
    assert str(event["SUMMARY"]) == "Cita: Grupo Andino y Textiles del Valle"
    assert str(event["LOCATION"]) == "Mesa 7"
    assert str(event["ATTENDEE"]) == "mailto:ana@textiles.example"
    assert str(event["ORGANIZER"]) == "mailto:no-responder@encadena.example"
    assert event["ATTENDEE"].params["CN"] == "Ana Pérez"


def test_an_english_reader_gets_an_english_invitation() -> None:
    _, event = event_of(letter(language="en"))
    assert str(event["SUMMARY"]) == "Meeting: Grupo Andino and Textiles del Valle"
    assert str(event["LOCATION"]) == "Table 7"


def test_a_virtual_meeting_has_its_room_as_place_and_address() -> None:
    page = "https://encadena.example/rooms/0f8a"
    mail = letter(facts={**FACTS, "table": None, "virtual": True})
    _, event = event_of(mail)
    assert (str(event["LOCATION"]), str(event["URL"])) == (page, page)
    assert page in sent(mail).get_body(("plain",)).get_content()  # type: ignore[union-attr]  # it has one


@pytest.mark.parametrize(
    ("wording", "page"),
    [
        (Wording.MEETING_SCHEDULED, "/meetings/0f8a"),
        (Wording.OUTCOME_DUE, "/meetings/0f8a"),
        (Wording.MEETING_REQUESTED, "/requests"),
        (Wording.NEW_SUPPLIERS, "/needs"),
        (Wording.NEW_OPPORTUNITIES, "/opportunities"),
        (Wording.CANDIDATE_SHORTLISTED, "/opportunities/9b1c"),
        (Wording.INTEREST_DECLARED, "/needs/9b1c"),
        (Wording.INTEREST_DENIED, "/needs/9b1c"),
    ],
)
def test_a_mail_leads_to_the_page_on_which_one_can_do_what_it_is_about(wording: Wording, page: str) -> None:
    found = {"needs": [{"title": "Aguacate", "count": 1, "names": [], "anchor": None}], "total": 1, "more": 0}
    about = {**found, "need_id": "9b1c", "need_title": "Aguacate"}
    mail = sent(letter(wording, facts={**FACTS, "note": "", **about}))
    assert f"https://encadena.example{page}" in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]  # it has one


@pytest.mark.parametrize("room", ["https://salas.example/r/8", "javascript:alert(1)"])
def test_the_address_of_a_room_itself_is_in_no_mail(room: str) -> None:
    assert room not in sent(letter(facts={**FACTS, "room_url": room})).as_string()


def test_a_move_keeps_the_uid_and_raises_the_sequence() -> None:
    moved = {**FACTS, "change": 1, "previous_starts_at": FACTS["starts_at"]}
    _, before = event_of(letter())
    _, after = event_of(letter(Wording.MEETING_MOVED, facts=moved))
    assert before["UID"] == after["UID"]
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (0, 1)


def test_a_cancellation_really_cancels() -> None:
    cancelled = {**FACTS, "change": 2, "reason": "La empresa no puede asistir"}
    calendar, event = event_of(letter(Wording.MEETING_CANCELLED, facts=cancelled))
    _, before = event_of(letter())
    assert str(calendar["METHOD"]) == "CANCEL"
    assert str(event["STATUS"]) == "CANCELLED"
    assert event["UID"] == before["UID"]
    assert event["SEQUENCE"] == 2


HOSTILE = 'Tubos"\r\nBcc: todos@example.org\r\nEND:VCALENDAR\r\n<b>'


def test_hostile_names_add_no_header_and_no_calendar_line() -> None:
    names = dict.fromkeys(("own", "counterpart", "buyer", "supplier", "round_name"), HOSTILE)
    mail = letter(facts={**FACTS, **names}, name=HOSTILE)
    message = sent(mail)
    calendar, event = event_of(mail)
    assert message["Bcc"] is None
    assert message["To"].addresses[0].addr_spec == "ana@textiles.example"
    assert [component.name for component in calendar.subcomponents] == ["VTIMEZONE", "VEVENT"]
    assert "\n" not in str(event["SUMMARY"])
    assert event["ATTENDEE"].params["CN"].startswith("Tubos' Bcc:")


@pytest.mark.parametrize(
    "email", ["", "ana", "@textiles.example", "ana@", "a@x.co\r\nBcc: b@y.co", "a@x.co, b@y.co", "ana@x\0"]
)
def test_what_is_no_address_is_never_written_to(email: str) -> None:
    with pytest.raises(Unwritable):
        compose(letter(email=email), SENDER)


def test_only_the_sign_in_mail_carries_the_link_and_no_footer() -> None:
    link = "https://encadena.example/entrar/secreto"
    facts = {"name": "Ana", "minutes": 15}
    message = sent(letter(Wording.SIGN_IN, facts=facts, link=link))
    body = message.get_body(("plain",))
    assert body is not None
    assert link in body.get_content()
    assert message["List-Unsubscribe"] is None
    assert sent(letter())["List-Unsubscribe"] == "<https://encadena.example>"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://127.0.0.1:8011", ("smtp", "127.0.0.1", 8011, None, None)),
        ("smtp://mail.example", ("smtp", "mail.example", 25, None, None)),
        ("smtps://u:p@mail.example", ("smtps", "mail.example", 465, "u", "p")),
        ("smtp+starttls://u%40x:p%2Fq@m.example", ("smtp+starttls", "m.example", 587, "u@x", "p/q")),
    ],
)
def test_the_address_of_the_mail_server_is_understood(url: str, expected: tuple[Any, ...]) -> None:
    server = MailServer.at(url)
    assert (server.scheme, server.host, server.port, server.username, server.password) == expected


@pytest.mark.parametrize("url", ["http://mail.example", "smtp://", "mail.example:25", "smtp://h:port"])
def test_a_wrong_address_of_the_mail_server_is_named(url: str) -> None:
    with pytest.raises(ConfigError, match="ENCADENA_SMTP_URL"):
        MailServer.at(url)


def test_the_password_of_the_mail_server_is_not_in_the_fault() -> None:
    with pytest.raises(ConfigError) as fault:
        MailServer.at("smtp://user:hunter2@host:port")
    assert "hunter2" not in str(fault.value)
