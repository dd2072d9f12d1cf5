"""Mails on their way: real conversations with a mail server that takes, refuses, postpones, or is away."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.controller import Controller
from icalendar import Calendar
from structlog.testing import capture_logs

from services.notifications.model import LEASE, TRIES
from services.notifications.smtp import Away, MailServer
from services.notifications.store import NotificationsStore
from services.notifications.usecases.sending import Postman
from shared.contracts import portal, rounds
from tests.service.notifications.conftest import NOW, Mailbox, meeting_fields, request, request_fields

if TYPE_CHECKING:
    from tests.conftest import MakeConfig
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


def all_mails(town: Town) -> list[dict[str, Any]]:
    return list(town.store.db.deliveries.find())


def states(town: Town) -> list[str]:
    return sorted(mail["state"] for mail in all_mails(town))


def the_pause_is_over(town: Town) -> None:
    """The next try is due now."""
    town.store.db.deliveries.update_many({"state": "pending"}, {"$set": {"due_at": NOW}})


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
    assert states(town) == ["sent", "sent"]


def test_a_batch_needs_one_connection(town: Town, running: Mailbox, postman: Postman) -> None:
    town.written_mail(10)
    postman(town.store)
    assert (len(running.taken), running.connections) == (10, 1)


def test_what_a_mail_was_made_of_is_not_kept_after_it_is_sent(
    town: Town, running: Mailbox, postman: Postman
) -> None:
    town.written_mail()
    postman(town.store)
    assert not {"facts", "email", "link", "lease"} & set(all_mails(town)[0])


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
    assert SECRET not in str(all_mails(town))
    assert "sign_in" not in town.told("ana")


def test_a_sign_in_link_that_expired_unsent_is_deleted_and_never_sent(
    town: Town, running: Mailbox, postman: Postman
) -> None:
    town.happens(sign_in())
    town.later(minutes=16)
    postman(town.store)
    assert running.taken == []
    assert states(town) == ["expired"]
    assert SECRET not in str(all_mails(town))


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


def test_a_refused_mail_is_ended_and_the_others_go_on(town: Town, running: Mailbox, postman: Postman) -> None:
    town.person("luis", "tubos")
    running.refusal = lambda address: "550 no such person" if address.startswith("luis") else None
    town.written_mail()
    postman(town.store)
    assert [mail["state"] for mail in town.mails("luis", "refused")] == ["refused"]
    assert town.mails("luis", "refused")[0]["error"] == "550 no such person"
    assert len(town.mails("ana", "sent")) == 1


def test_an_address_that_is_none_is_ended_and_the_others_go_on(
    town: Town, running: Mailbox, postman: Postman
) -> None:
    broken = {"account_id": "luis", "email": "luis@\r\nx", "name": "Luis", "language": "es"}
    town.happens(portal.AccountOpened(**broken))
    town.member("luis", "tubos")
    town.written_mail()
    postman(town.store)
    assert states(town) == ["refused", "sent"]


def test_a_text_that_can_not_be_written_does_not_hold_the_others_up(
    town: Town, running: Mailbox, postman: Postman
) -> None:
    town.person("ana", "tubos")
    fields = meeting_fields(NOW + timedelta(days=3), time_zone="Marte/Olimpo")
    town.happens(rounds.MeetingScheduled(**fields), request())
    town.later(seconds=0)
    postman(town.store)
    assert states(town) == ["given_up", "sent"]


def test_a_greylisted_mail_goes_out_later_under_the_same_message_id(
    town: Town, running: Mailbox, postman: Postman
) -> None:
    running.refusal = lambda _: "451 greylisted, come back"
    town.written_mail()
    postman(town.store)
    (mail,) = all_mails(town)
    assert (mail["state"], mail["tries"]) == ("pending", 1)
    assert mail["due_at"] > datetime.now(UTC) + timedelta(seconds=30)
    running.refusal = None
    assert postman(town.store) is False
    assert running.taken == []
    the_pause_is_over(town)
    postman(town.store)
    assert [str(taken["Message-ID"]) for taken in running.taken] == [f"<{mail['_id']}@encadena.example>"]


def test_a_mail_that_is_always_postponed_is_given_up_with_its_reason(
    town: Town, running: Mailbox, postman: Postman
) -> None:
    running.refusal = lambda _: "451 come back"
    town.written_mail()
    for _ in range(TRIES):
        the_pause_is_over(town)
        postman(town.store)
    (mail,) = all_mails(town)
    assert (mail["state"], mail["tries"], mail["error"]) == ("given_up", TRIES, "451 come back")


def test_while_the_server_is_away_no_try_is_counted_and_it_is_asked_seldom(
    town: Town, mailbox: Mailbox, postman: Postman
) -> None:
    town.written_mail(3)
    for _ in range(5):
        assert postman(town.store) is False
    assert [(mail["state"], mail["tries"]) for mail in all_mails(town)] == [("pending", 0)] * 3


def test_mails_go_out_when_the_server_is_back(town: Town, mailbox: Mailbox, postman: Postman) -> None:
    town.written_mail(3)
    postman(town.store)
    controller = Controller(mailbox, hostname="127.0.0.1", port=mailbox.port)
    controller.start()
    try:
        deadline = time.monotonic() + 20
        while len(mailbox.taken) < 3 and time.monotonic() < deadline:
            postman(town.store)
    finally:
        controller.stop()
    assert states(town) == ["sent"] * 3


def test_a_server_that_says_nothing_is_left_after_a_bounded_wait() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = replace(MailServer.at(f"smtp://127.0.0.1:{silent.getsockname()[1]}"), patience=0.2)
        with pytest.raises(Away), server.conversation():
            pass


def test_four_workers_send_each_mail_once(town: Town, running: Mailbox, config: MakeConfig) -> None:
    town.written_mail(120)
    settings = config("notifications", smtp_url=running.url)

    def work() -> None:
        own = NotificationsStore.open(settings)
        postman = Postman.of(settings)
        while postman(own):
            pass
        own.close()

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(work) for _ in range(4)]:
            done.result()
    identifiers = [str(mail["Message-ID"]) for mail in running.taken]
    assert len(identifiers) == len(set(identifiers)) == 120


def test_workers_that_claim_at_the_same_moment_never_get_the_same_mail(town: Town) -> None:
    town.written_mail(60)
    barrier = Barrier(6)

    def claim() -> list[str]:
        claimed = []
        for _ in range(10):
            barrier.wait(timeout=30)
            claimed += [mail["_id"] for mail in town.store.claim_deliveries(datetime.now(UTC), 5)]
        return claimed

    with ThreadPoolExecutor(6) as pool:
        taken = [pool.submit(claim) for _ in range(6)]
        claimed = [mail for one in taken for mail in one.result()]
    assert len(claimed) == len(set(claimed)) > 10


def test_a_claim_of_a_worker_that_died_is_freed_by_its_lease(town: Town) -> None:
    town.written_mail()
    now = datetime.now(UTC)
    assert len(town.store.claim_deliveries(now, 10)) == 1
    assert town.store.claim_deliveries(now + LEASE / 2, 10) == []
    assert len(town.store.claim_deliveries(now + LEASE, 10)) == 1


def test_a_mail_that_is_erased_while_it_is_sent_stays_erased(town: Town) -> None:
    town.written_mail()
    (claimed,) = town.store.claim_deliveries(datetime.now(UTC), 10)
    town.happens(portal.AccountErased(account_id="ana"))
    town.store.retry_delivery(claimed, NOW, "451")
    assert all_mails(town) == []
