"""A delivery as an e-mail: plain text, HTML and, for a meeting, the calendar invitation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from typing import TYPE_CHECKING, Any

from services.notifications.invitation import invitation, method
from services.notifications.model import Kind, Wording
from services.notifications.texts import known_language, one_line, page_of, pages, with_room, write

if TYPE_CHECKING:
    from datetime import datetime


# Every server on the way can carry it.
_SEVEN_BIT = SMTP.clone(cte_type="7bit")


class Unwritable(Exception):
    """The recipient's address is not one that a mail can be sent to."""


@dataclass(frozen=True, kw_only=True)
class Letter:
    """All that one mail is made of. `id` makes its Message-ID, the same at every try."""

    id: str
    wording: Wording
    facts: dict[str, Any]
    email: str
    name: str
    language: str
    written_at: datetime
    link: str | None = None


@dataclass(frozen=True)
class Sender:
    """Who mails come from, and where the people who read them can go."""

    mail_from: str
    portal_url: str

    @property
    def address(self) -> Address:
        """The From address, from a form such as `Encadena <no-responder@example.org>`."""
        name, address = parseaddr(self.mail_from)
        return Address(display_name=name, addr_spec=address)


def compose(letter: Letter, sender: Sender) -> EmailMessage:
    """The message for a letter. Raises Unwritable."""
    to = _address(letter)
    letter = replace(letter, facts=with_room(letter.facts, sender.portal_url))
    text = write(letter.wording, letter.facts, letter.language)
    optional = letter.wording.kind is not Kind.SIGN_IN
    link = letter.link or page_of(letter.wording, letter.facts, sender.portal_url)
    plain, page = pages(text, letter.language, link, sender.portal_url if optional else None)
    message = EmailMessage(policy=_SEVEN_BIT)
    message["From"] = sender.address
    message["To"] = to
    message["Subject"] = text.title
    message["Date"] = letter.written_at
    message["Message-ID"] = f"<{letter.id}@{sender.address.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    if optional:
        message["List-Unsubscribe"] = f"<{sender.portal_url}>"
    message.set_content(plain)
    message.add_alternative(page, subtype="html")
    if letter.wording.invites:
        _attach_invitation(message, letter, (sender.address, to))
    message["Content-Language"] = known_language(letter.language)
    return message


def _address(letter: Letter) -> Address:
    try:
        address = Address(display_name=one_line(letter.name), addr_spec=letter.email)
    except (ValueError, IndexError, HeaderParseError) as error:
        raise Unwritable(f"not an address: {type(error).__name__}") from error
    if not (address.username and address.domain) or one_line(letter.email) != letter.email:
        raise Unwritable("not an address: a part is missing or has control characters")
    return address


def _attach_invitation(message: EmailMessage, letter: Letter, people: tuple[Address, Address]) -> None:
    """The invitation twice, as the common programs want it: one shows buttons for the part inside the
    alternatives, others only know the attached file.
    """
    asked = method(letter.wording)
    calendar = invitation(letter.wording, letter.facts, letter.language, people, letter.written_at)
    message.add_alternative(calendar.decode(), subtype="calendar", charset="utf-8", params={"method": asked})
    message.add_attachment(
        calendar,
        maintype="application",
        subtype="ics",
        filename="cancelada.ics" if asked == "CANCEL" else "cita.ics",
        params={"method": asked},
    )
