"""The mail server of the embedded system."""

from __future__ import annotations

import smtplib
import stat
import subprocess
import sys
import time
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest

from deploy.demo.people import Mailbox
from tests.backing import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def smtp(tmp_path: Path) -> Iterator[smtplib.SMTP]:
    port = free_port()
    handler = ["-c", "deploy.mailbox.EmlFiles", str(tmp_path / "mail")]
    command = [sys.executable, "-m", "aiosmtpd", "-n", "-l", f"127.0.0.1:{port}", *handler]
    server = subprocess.Popen(command)
    deadline = time.monotonic() + 30
    while True:
        try:
            client = smtplib.SMTP("127.0.0.1", port, timeout=10)
            break
        except OSError:
            assert time.monotonic() < deadline
    with client:
        yield client
    server.terminate()
    server.wait()


def message(subject: str) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "a@encadena.example", "ñandú@empresa.example", subject
    made.set_content(f"Ingrese: http://127.0.0.1:8000/sign-in?code={subject}\n")
    return made


def test_every_message_is_a_file_that_only_its_owner_may_read(smtp, tmp_path) -> None:
    for subject in ("uno", "dos"):
        smtp.send_message(message(subject), "a@encadena.example", "luz@empresa.example")
    assert [found["Subject"] for found in Mailbox(tmp_path / "mail").messages()] == ["uno", "dos"]
    assert stat.S_IMODE((tmp_path / "mail").stat().st_mode) == 0o700


def test_a_recipient_with_signs_of_paths_stays_inside_the_folder(smtp, tmp_path) -> None:
    smtp.send_message(message("tres"), "a@encadena.example", '"../../x"@empresa.example')
    (path,) = tmp_path.rglob("*.eml")
    assert path.parent == tmp_path / "mail"
