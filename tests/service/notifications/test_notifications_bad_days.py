"""A mail server's bad days: it refuses, postpones, says nothing, is away; and workers that race or die."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import TYPE_CHECKING

import pytest
from aiosmtpd.controller import Controller

from services.notifications.model import LEASE, TRIES
from services.notifications.smtp import Away, MailServer
from services.notifications.store import NotificationsStore
from services.notifications.usecases.sending import Postman
from shared.contracts import portal, rounds
from tests.service.notifications.conftest import NOW, Mailbox, meeting_fields, request

if TYPE_CHECKING:
    from tests.conftest import MakeConfig
    from tests.service.notifications.conftest import Town


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
    assert town.states() == ["refused", "sent"]


def test_a_text_that_can_not_be_written_does_not_hold_the_others_up(
    town: Town, running: Mailbox, postman: Postman
) -> None:
    town.person("ana", "tubos")
    fields = meeting_fields(NOW + timedelta(days=3), time_zone="Marte/Olimpo")
    town.happens(rounds.MeetingScheduled(**fields), request())
    town.later(seconds=0)
    postman(town.store)
    assert town.states() == ["given_up", "sent"]


def test_a_greylisted_mail_goes_out_later_under_the_same_message_id(
    town: Town, running: Mailbox, postman: Postman
) -> None:
    running.refusal = lambda _: "451 greylisted, come back"
    town.written_mail()
    postman(town.store)
    (mail,) = town.all_mails()
    assert (mail["state"], mail["tries"]) == ("pending", 1)
    assert mail["due_at"] > datetime.now(UTC) + timedelta(seconds=30)
    running.refusal = None
    assert postman(town.store) is False
    assert running.taken == []
    town.pause_is_over()
    postman(town.store)
    assert [str(taken["Message-ID"]) for taken in running.taken] == [f"<{mail['_id']}@encadena.example>"]


def test_a_mail_that_is_always_postponed_is_given_up_with_its_reason(
    town: Town, running: Mailbox, postman: Postman
) -> None:
    running.refusal = lambda _: "451 come back"
    town.written_mail()
    for _ in range(TRIES):
        town.pause_is_over()
        postman(town.store)
    (mail,) = town.all_mails()
    assert (mail["state"], mail["tries"], mail["error"]) == ("given_up", TRIES, "451 come back")


def test_while_the_server_is_away_no_try_is_counted_and_it_is_asked_seldom(
    town: Town, mailbox: Mailbox, postman: Postman
) -> None:
    town.written_mail(3)
    for _ in range(5):
        assert postman(town.store) is False
    assert [(mail["state"], mail["tries"]) for mail in town.all_mails()] == [("pending", 0)] * 3


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
    assert town.states() == ["sent"] * 3


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
    assert town.all_mails() == []
