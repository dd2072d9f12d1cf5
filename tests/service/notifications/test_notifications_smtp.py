"""Talking to guarded mail servers: encrypted, and with a password."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from services.notifications.smtp import Away, MailServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aiosmtpd.smtp import Envelope, Session

    from tests.service.notifications.conftest import Mailbox


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 with its key, in one file, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path / "mail.pem"
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


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
