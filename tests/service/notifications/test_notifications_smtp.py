"""Talking to guarded mail servers: encrypted, and with a password."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from services.notifications.smtp import Away, MailServer
from tests.certificates import self_signed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aiosmtpd.smtp import Envelope, Session

    from tests.service.notifications.conftest import Mailbox


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return self_signed(tmp_path)


@pytest.fixture
def server_side(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def encrypted(mailbox: Mailbox, server_side: ssl.SSLContext) -> Iterator[Mailbox]:
    """A mail server that speaks TLS from the first byte."""
    controller = Controller(mailbox, hostname="127.0.0.1", port=mailbox.port, ssl_context=server_side)
    controller.start()
    yield mailbox
    controller.stop()


@pytest.fixture
def guarded(mailbox: Mailbox, server_side: ssl.SSLContext) -> Iterator[Mailbox]:
    """A mail server that asks for TLS and then for the password of `encadena`."""

    def check(
        server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: LoginPassword
    ) -> AuthResult:
        return AuthResult(success=given == LoginPassword(b"encadena", b"p/q@r"), handled=False)

    controller = Controller(
        mailbox,
        hostname="127.0.0.1",
        port=mailbox.port,
        tls_context=server_side,
        require_starttls=True,
        auth_required=True,
        authenticator=check,
    )
    controller.start()
    yield mailbox
    controller.stop()


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine trusts the server's certificate."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))


def test_a_server_that_speaks_tls_is_reached(encrypted: Mailbox, trusted: None) -> None:
    with MailServer.at(f"smtps://127.0.0.1:{encrypted.port}").conversation() as connection:
        assert connection.noop()[0] == 250


def test_a_server_with_a_certificate_nobody_trusts_gets_no_mail(encrypted: Mailbox) -> None:
    server = MailServer.at(f"smtps://127.0.0.1:{encrypted.port}")
    with pytest.raises(Away, match="CERTIFICATE_VERIFY_FAILED"), server.conversation():
        pass


def test_a_password_is_given_after_the_line_is_encrypted(guarded: Mailbox, trusted: None) -> None:
    server = MailServer.at(f"smtp+starttls://encadena:p%2Fq%40r@127.0.0.1:{guarded.port}")
    with server.conversation() as connection:
        assert connection.mail("no-responder@encadena.example")[0] == 250


def test_a_wrong_password_counts_as_a_server_that_is_away(guarded: Mailbox, trusted: None) -> None:
    server = MailServer.at(f"smtp+starttls://encadena:wrong@127.0.0.1:{guarded.port}")
    with pytest.raises(Away, match="SMTPAuthenticationError"), server.conversation():
        pass


def test_a_password_is_never_sent_over_a_line_that_nobody_trusts(guarded: Mailbox) -> None:
    server = MailServer.at(f"smtp+starttls://encadena:p%2Fq%40r@127.0.0.1:{guarded.port}")
    with pytest.raises(Away, match="CERTIFICATE_VERIFY_FAILED"), server.conversation():
        pass
