"""Mails leave in batches, outside transactions; a server that is away holds nothing else up."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from services.notifications.mail import Letter, Sender, Unwritable, compose
from services.notifications.model import State, Wording, next_try
from services.notifications.smtp import Away, MailServer, Postponed, Refused, hand_in
from shared import log

if TYPE_CHECKING:
    import smtplib
    from email.message import EmailMessage

    from services.notifications.store import NotificationsStore
    from shared.config import Config

BATCH = 25
# A round of the worker's loop gives mail this long at most, and one answer of the server.
BUDGET_SECONDS = 1.0
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0

_log = log.get(__name__)


class Postman:
    """Sends what is due, as a job of the worker: one connection for a batch.

    Every mail has the same Message-ID at each try. When the process dies between the server's yes and our
    note of it, the mail goes out again under that id after the lease, so that a mail program can tell.
    """

    def __init__(self, server: MailServer, sender: Sender) -> None:
        self.server = server
        self.sender = sender
        self._pause = FIRST_PAUSE
        self._resume_at = 0.0

    @classmethod
    def of(cls, config: Config) -> Postman:
        """For the mail server of the configuration. Raises ConfigError."""
        return cls(MailServer.at(config.smtp_url), Sender(config.mail_from, config.portal_url))

    def __call__(self, store: NotificationsStore) -> bool:
        """Send a batch. True when there may be more to send now."""
        if time.monotonic() < self._resume_at:
            return False
        claimed = store.claim_deliveries(datetime.now(UTC), BATCH)
        if not claimed:
            return False
        try:
            self._send(store, claimed)
            self._pause = FIRST_PAUSE
        except Away as error:
            # What a server says can hold an address, so it stays out of the log.
            _log.warning("mail_server_away", fault=type(error.__cause__).__name__, seconds=self._pause)
            self._resume_at = time.monotonic() + self._pause
            self._pause = min(2 * self._pause, LONGEST_PAUSE)
        store.release_deliveries(claimed, datetime.now(UTC))
        return time.monotonic() >= self._resume_at

    def _send(self, store: NotificationsStore, waiting: list[dict[str, Any]]) -> None:
        """Send from the front of the list until it is empty or the time is over. Raises Away."""
        over = time.monotonic() + BUDGET_SECONDS
        accounts = store.accounts({delivery["account_id"] for delivery in waiting})
        with self.server.conversation() as connection:
            while waiting and time.monotonic() < over:
                delivery = waiting.pop(0)
                message = self._written(store, delivery, accounts)
                if message is not None:
                    self._hand_in(store, connection, delivery, message)

    def _hand_in(
        self,
        store: NotificationsStore,
        connection: smtplib.SMTP,
        delivery: dict[str, Any],
        message: EmailMessage,
    ) -> None:
        recipient = message["To"].addresses[0].addr_spec
        try:
            hand_in(connection, message, self.sender.address.addr_spec, recipient)
        except Refused as error:
            store.finish_delivery(delivery, State.REFUSED, datetime.now(UTC), str(error))
        except Postponed as error:
            _try_again(store, delivery, str(error))
        except Away as error:
            _try_again(store, delivery, str(error))
            raise
        else:
            store.finish_delivery(delivery, State.SENT, datetime.now(UTC))

    def _written(
        self, store: NotificationsStore, delivery: dict[str, Any], accounts: dict[str, dict[str, Any]]
    ) -> EmailMessage | None:
        """The message of a delivery; None when it can't be written, and is ended with the reason."""
        try:
            return compose(_letter(delivery, accounts), self.sender)
        except Unwritable as error:
            store.finish_delivery(delivery, State.REFUSED, datetime.now(UTC), str(error))
        except Exception as error:
            # A fault in one text must not keep the other mails waiting.
            _log.exception("mail_unwritable", delivery=delivery["_id"], kind=delivery["kind"])
            store.finish_delivery(delivery, State.GIVEN_UP, datetime.now(UTC), repr(error)[:300])
        return None


def _letter(delivery: dict[str, Any], accounts: dict[str, dict[str, Any]]) -> Letter:
    reader = delivery if "email" in delivery else accounts.get(delivery["account_id"])
    if reader is None:
        raise Unwritable("the account is gone")
    return Letter(
        id=delivery["_id"],
        wording=Wording(delivery["wording"]),
        facts=delivery["facts"],
        email=reader["email"],
        name=reader["name"],
        language=reader["language"],
        written_at=delivery["created_at"],
        link=delivery.get("link"),
    )


def _try_again(store: NotificationsStore, delivery: dict[str, Any], error: str) -> None:
    now = datetime.now(UTC)
    due_at = next_try(delivery["tries"], now)
    if due_at is None:
        store.finish_delivery(delivery, State.GIVEN_UP, now, error)
    else:
        store.retry_delivery(delivery, due_at, error)
