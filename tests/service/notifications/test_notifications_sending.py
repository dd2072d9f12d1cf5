"""Mails on their way, in real conversations with a mail server."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from icalendar import Calendar
from structlog.testing import capture_logs

from shared.contracts import portal, rounds
from tests.service.notifications.conftest import NOW, Mailbox, meeting_fields, request, request_fields

if TYPE_CHECKING:
    from services.notifications.usecases.sending import Postman
    from tests.service.notifications.conftest import Town

SECRET = "https://portal.example/entrar/secreto-de-una-vez"


def sign_in(minutes: float = 15) -> portal.SignInRequested:
    return portal.SignInRequested(
        account_id="ana",
        email="ana@mail.example",
        name="Ana",
        language="es",
        link=SECRET,
        expires_at=NOW + timedelta(minutes=minutes),
    )


def test_a_mail_reaches_its_reader_in_the_readers_language(
    town: Town, running: Mailbox, postman: Postman
) -> None:
    town.person("ana", "tubos", "es")
    town.person("john", "tubos", "en")
    town.happens(request())
    town.later(seconds=0)
    postman(town.store)
    subjects = {str(mail["To"].addresses[0].addr_spec): str(mail["Subject"]) for mail in running.taken}
    assert subjects == {
        "ana@mail.example": "Grupo Andino le pide una cita",
        "john@mail.example": "Grupo Andino asks you for a meeting",
    }
    assert {sender for sender, _ in running.envelopes} == {"no-responder@encadena.example"}
    assert town.states() == ["sent", "sent"]


def test_a_batch_needs_one_connection(town: Town, running: Mailbox, postman: Postman) -> None:
    town.written_mail(10)
    postman(town.store)
    assert (len(running.taken), running.connections) == (10, 1)


def test_what_a_mail_was_made_of_is_not_kept_after_it_is_sent(
    town: Town, running: Mailbox, postman: Postman
) -> None:
    town.written_mail()
    postman(town.store)
    assert not {"facts", "email", "link", "lease"} & set(town.all_mails()[0])


def test_a_person_who_switched_a_kind_off_gets_it_in_the_app_alone(
    town: Town, running: Mailbox, postman: Postman
) -> None:
    town.store.save_preferences("ana", 0, ["meeting_requests"])
    town.written_mail()
    postman(town.store)
    assert town.told("ana") == ["meeting_requested"]
    assert running.taken == []


def test_a_sign_in_link_goes_out_first_and_is_forgotten(
    town: Town, running: Mailbox, postman: Postman
) -> None:
    town.written_mail(3)
    town.happens(sign_in())
    postman(town.store)
    body = running.taken[0].get_body(("plain",))
    assert body is not None
    assert SECRET in body.get_content()
    assert len(running.taken) == 4
    assert SECRET not in str(town.all_mails())
    assert "sign_in" not in town.told("ana")


def test_a_sign_in_link_that_expired_unsent_is_deleted_and_never_sent(
    town: Town, running: Mailbox, postman: Postman
) -> None:
    town.happens(sign_in())
    town.later(minutes=16)
    postman(town.store)
    assert running.taken == []
    assert town.states() == ["expired"]
    assert SECRET not in str(town.all_mails())


def test_neither_link_nor_address_is_logged_when_the_server_hangs_up(
    town: Town, running: Mailbox, postman: Postman
) -> None:
    running.refusal = lambda address: f"421 no more for {address}"
    town.happens(sign_in())
    with capture_logs() as entries:
        postman(town.store)
    assert [entry["event"] for entry in entries] == ["mail_server_away"]
    assert SECRET not in str(entries)
    assert "ana@mail.example" not in str(entries)


def test_neither_name_nor_address_is_logged_when_a_text_fails(
    town: Town, running: Mailbox, postman: Postman
) -> None:
    town.person("ana", "tubos")
    unwritable = meeting_fields(NOW + timedelta(days=3), time_zone="Marte/Olimpo")
    town.happens(rounds.MeetingScheduled(**unwritable))
    town.later(seconds=0)
    with capture_logs() as entries:
        postman(town.store)
    assert [entry["event"] for entry in entries] == ["mail_unwritable"]
    assert "ana@mail.example" not in str(entries)
    assert "Tubos" not in str(entries)


def test_an_invitation_arrives_and_its_cancellation_takes_it_back(
    town: Town, running: Mailbox, postman: Postman
) -> None:
    town.person("ana", "tubos")
    fields = meeting_fields(NOW + timedelta(days=3))
    steps = (
        rounds.MeetingScheduled(**fields),
        rounds.MeetingMoved(**{**fields, "table": 9}, previous_starts_at=fields["starts_at"]),
        rounds.MeetingCancelled(**fields, reason="Viaje"),
    )
    for step in steps:
        town.happens(step)
        town.later(seconds=0)
        postman(town.store)
    calendars = [
        Calendar.from_ical(part.get_content())
        for mail in running.taken
        for part in mail.iter_attachments()
        if part.get_content_type() == "application/ics"
    ]
    events = [calendar.walk("VEVENT")[0] for calendar in calendars]
    assert [str(calendar["METHOD"]) for calendar in calendars] == ["REQUEST", "REQUEST", "CANCEL"]
    assert [event["SEQUENCE"] for event in events] == [0, 1, 2]
    assert len({str(event["UID"]) for event in events}) == 1
    assert str(events[1]["LOCATION"]) == "Mesa 9"


def test_a_hostile_company_name_reaches_nobody_else(town: Town, running: Mailbox, postman: Postman) -> None:
    name = "Andino\r\nBcc: victima@mail.example\r\n.\r\nMAIL FROM:<x@y.co><script>"
    town.person("ana", "tubos")
    town.happens(rounds.MeetingRequested(**{**request_fields(), "from_company_name": name}))
    town.later(seconds=0)
    postman(town.store)
    assert running.envelopes == [("no-responder@encadena.example", ["ana@mail.example"])]
    assert running.taken[0]["Bcc"] is None
    page = running.taken[0].get_body(("html",))
    assert page is not None
    assert "<script" not in page.get_content()
