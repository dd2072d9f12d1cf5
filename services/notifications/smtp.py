"""The conversation with the mail server, with bounded waits, and what its answers mean for a mail."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self
from urllib.parse import unquote, urlsplit

from shared.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage

_PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
# The loop of the worker waits as long, so it must stay well under the bus's patience.
PATIENCE_SECONDS = 5.0


class Away(Exception):
    """The server can't be talked to: nothing is known to be wrong with the mail itself."""


class Refused(Exception):
    """The server will never take this mail (5xx)."""


class Postponed(Exception):
    """The server does not take this mail now (4xx, greylisting)."""


@dataclass(frozen=True)
class MailServer:
    """Where mail is handed in: `smtp://`, `smtps://` (TLS) or `smtp+starttls://` user:password@host:port."""

    scheme: str
    host: str
    port: int
    username: str | None = None
    password: str | None = None
    patience: float = PATIENCE_SECONDS

    @classmethod
    def at(cls, url: str) -> Self:
        """The server at an address. Raises ConfigError, without the password."""
        try:
            parts = urlsplit(url)
            port = parts.port or _PORTS[parts.scheme]
            if not parts.hostname:
                raise ValueError("no host")
        except (KeyError, ValueError) as error:
            raise ConfigError(
                "ENCADENA_SMTP_URL must be smtp://host:port, smtps://user:password@host or "
                "smtp+starttls://user:password@host:port"
            ) from error
        user, password = (unquote(part) if part else None for part in (parts.username, parts.password))
        return cls(parts.scheme, parts.hostname, port, user, password)

    @contextmanager
    def conversation(self) -> Iterator[smtplib.SMTP]:
        """A connection, signed in where the address says so. Raises Away."""
        try:
            connection = self._connect()
        except (OSError, smtplib.SMTPException) as error:
            raise Away(f"{type(error).__name__}: {error}") from error
        try:
            yield connection
        finally:
            try:
                connection.quit()
            except (OSError, smtplib.SMTPException):
                connection.close()

    def _connect(self) -> smtplib.SMTP:
        connection: smtplib.SMTP
        if self.scheme == "smtps":
            context = ssl.create_default_context()
            connection = smtplib.SMTP_SSL(self.host, self.port, timeout=self.patience, context=context)
        else:
            connection = smtplib.SMTP(self.host, self.port, timeout=self.patience)
        try:
            if self.scheme == "smtp+starttls":
                connection.starttls(context=ssl.create_default_context())
            if self.username is not None:
                connection.login(self.username, self.password or "")
        except BaseException:
            connection.close()
            raise
        return connection


def hand_in(connection: smtplib.SMTP, message: EmailMessage, sender: str, recipient: str) -> None:
    """Give the server one mail. Raises Refused, Postponed or Away; after the last, end the conversation."""
    try:
        connection.send_message(message, sender, [recipient])
    except smtplib.SMTPRecipientsRefused as error:
        code, reason = next(iter(error.recipients.values()))
        raise _verdict(code, reason) from error
    except smtplib.SMTPDataError as error:
        raise _verdict(error.smtp_code, error.smtp_error) from error
    except smtplib.SMTPNotSupportedError as error:
        raise Refused("the server takes no addresses with letters outside ASCII") from error
    except smtplib.SMTPSenderRefused as error:
        # That is about all mails of this installation, not about this one.
        raise Postponed(f"sender refused: {_said(error.smtp_code, error.smtp_error)}") from error
    except (OSError, smtplib.SMTPException) as error:
        raise Away(f"{type(error).__name__}: {error}") from error


def _verdict(code: int, reason: bytes | str) -> Exception:
    if code == 421:
        return Away(_said(code, reason))
    return (Refused if code >= 500 else Postponed)(_said(code, reason))


def _said(code: int, reason: bytes | str) -> str:
    text = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else reason
    return f"{code} {text}"[:300]
