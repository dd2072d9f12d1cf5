"""A mail server for one machine: takes every message and keeps it as an `.eml` file; sends nothing.

Run by `python -m aiosmtpd -n -l 127.0.0.1:PORT -c deploy.mailbox.EmlFiles FOLDER`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from aiosmtpd.smtp import SMTP, Envelope, Session


class EmlFiles:
    """Keeps messages in `folder`, named by the time of arrival and the first recipient."""

    def __init__(self, folder: Path) -> None:
        # Sign-in links arrive here: nobody else on the machine may read them.
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder = folder

    @classmethod
    def from_cli(cls, parser: ArgumentParser, *arguments: str) -> EmlFiles:
        """Made from the command line of `aiosmtpd`: one argument, the folder."""
        if len(arguments) != 1:
            parser.error("give the folder that takes the messages")
        return cls(Path(arguments[0]))

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Store the message before saying that it was taken."""
        recipient = re.sub(r"[^\w.@+-]", "_", envelope.rcpt_tos[0])[:100]
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}-{recipient}"
        part = self.folder / f"{name}.part"
        part.write_bytes(envelope.original_content or b"")
        # A reader of *.eml sees whole messages only.
        part.rename(self.folder / f"{name}.eml")
        return "250 Message accepted"
