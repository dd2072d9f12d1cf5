"""The notifications service with a real database, what happens to it, and a real mail server."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.controller import Controller

from services.notifications.store import NotificationsStore
from services.notifications.usecases import telling
from services.notifications.usecases.sending import Postman
from services.notifications.worker import HANDLERS
from shared.bus import Received
from shared.consumption import Consumption
from shared.contracts import catalog, matching, portal, rounds
from shared.contracts.base import Event, encode
from tests.backing import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from email.message import EmailMessage

    from aiosmtpd.smtp import SMTP, Envelope, Session

    from shared.contracts.base import Payload
    from tests.conftest import MakeConfig

NOW = datetime.now(UTC).replace(microsecond=0)


class Town:
    """The other services, as this one sees them: events of theirs, and what became of those here."""

    def __init__(self, store: NotificationsStore) -> None:
        self.store = store
        self.now = NOW
        self._consumption = Consumption(store, HANDLERS)
        self._sequences: dict[str, int] = {}

    def happens(self, *payloads: Payload, sequence: int | None = None) -> None:
        """Events arrive, over the wire's form, in one batch."""
        records = []
        for payload in payloads:
            number = sequence or self._sequences.get(payload.aggregate_id, 0) + 1
            self._sequences[payload.aggregate_id] = max(number, self._sequences.get(payload.aggregate_id, 0))
            record = encode(Event(payload, number, self.now, "story"))
            records.append(Received(record.topic, record.key, record.value, record.headers))
        self._consumption.take(records)
        assert list(self.store.db.dead_letters.find()) == []

    def person(self, name: str, company: str, language: str = "es") -> None:
        """Somebody has an account and acts for a company."""
        self.account(name, language)
        self.member(name, company)

    def account(self, name: str, language: str = "es") -> None:
        email = f"{name}@mail.example"
        self.happens(portal.AccountOpened(account_id=name, email=email, name=name.title(), language=language))

    def member(self, name: str, company: str) -> None:
        membership = f"{name}-{company}"
        self.happens(portal.MembershipGranted(membership_id=membership, account_id=name, company_id=company))

    def company(self, company: str, name: str) -> None:
        self.happens(catalog.CompanyRegistered(company_id=company, name=name, roles=["anchor", "supplier"]))

    def shortlist(self, need: str, present: list[str], entered: list[str] | None = None) -> None:
        entries = [
            matching.ShortlistEntry(supplier_id=one, supplier_name=one.title(), score=0.5) for one in present
        ]
        self.happens(
            matching.ShortlistUpdated(
                need_id=need,
                need_title=need.title(),
                anchor_id="andino",
                entries=entries,
                entered=present if entered is None else entered,
            )
        )

    def need_closes(self, need: str) -> None:
        self.happens(catalog.NeedClosed(need_id=need, company_id="andino", status="closed"))

    def later(self, **period: float) -> None:
        """Time goes on, and all that falls due meanwhile is told."""
        self.now += timedelta(**period)
        while telling.tell_digests(self.store, self.now):
            pass
        while telling.tell_notices(self.store, self.now):
            pass
        self.store.expire_deliveries(self.now)

    def told(self, name: str) -> list[str]:
        """The wordings of a person's messages, oldest first."""
        rows = self.store.db.messages.find({"account_id": name}, sort=[("created_at", 1), ("_id", 1)])
        return [row["wording"] for row in rows]

    def mails(self, name: str, state: str = "pending") -> list[dict[str, Any]]:
        """A person's mails in that state."""
        return list(self.store.db.deliveries.find({"account_id": name, "state": state}))

    def all_mails(self) -> list[dict[str, Any]]:
        return list(self.store.db.deliveries.find())

    def states(self) -> list[str]:
        """The states of all mails, sorted."""
        return sorted(mail["state"] for mail in self.all_mails())

    def pause_is_over(self) -> None:
        """The next try of every mail is due now."""
        self.store.db.deliveries.update_many({"state": "pending"}, {"$set": {"due_at": NOW}})

    def written_mail(self, count: int = 1) -> None:
        """So many mails wait to be sent to Ana."""
        self.person("ana", "tubos")
        self.happens(*[request(number) for number in range(count)])
        self.later(seconds=0)


def request(number: int = 0) -> rounds.MeetingRequested:
    return rounds.MeetingRequested(**request_fields(number))


def request_fields(number: int = 0) -> dict[str, Any]:
    return {
        "request_id": f"request-{number}",
        "round_id": "round",
        "round_name": "Rueda Textil",
        "from_company_id": "andino",
        "from_company_name": "Grupo Andino",
        "to_company_id": "tubos",
        "to_company_name": "Tubos del Valle",
        "note": "Queremos conocerlos",
    }


def meeting_fields(starts_at: datetime, **changes: Any) -> dict[str, Any]:
    """The meeting of Andino and Tubos, which takes half an hour."""
    return {
        "meeting_id": "meeting",
        "round_id": "round",
        "round_name": "Rueda Textil",
        "buyer": rounds.Seat(company_id="andino", company_name="Grupo Andino"),
        "supplier": rounds.Seat(company_id="tubos", company_name="Tubos del Valle"),
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=30),
        "time_zone": "America/Bogota",
        "table": 7,
        **changes,
    }


def outcome(company: str) -> rounds.OutcomeRecorded:
    counterpart = "andino" if company == "tubos" else "tubos"
    return rounds.OutcomeRecorded(
        meeting_id="meeting",
        round_id="round",
        company_id=company,
        counterpart_id=counterpart,
        interest="high",
        next_step=rounds.NextStep(what="Cotizar", owner_company_id="tubos", due_on=date(2027, 1, 15)),
        recorded_by="ana",
    )


@pytest.fixture
def store(config: MakeConfig) -> Iterator[NotificationsStore]:
    opened = NotificationsStore.open(config("notifications"))
    opened.ensure_indexes()
    yield opened
    opened.close()


@pytest.fixture
def town(store: NotificationsStore) -> Town:
    return Town(store)


@dataclass
class Mailbox:
    """A mail server that keeps what it takes. `refusal` says, for a recipient, what it answers instead."""

    port: int
    taken: list[EmailMessage] = field(default_factory=list)
    envelopes: list[tuple[str, list[str]]] = field(default_factory=list)
    connections: int = 0
    refusal: Callable[[str], str | None] | None = None

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_EHLO(  # noqa: N802  # aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(  # noqa: N802  # aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.refusal(address) if self.refusal else None
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(  # noqa: N802  # aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        assert envelope.mail_from is not None
        self.taken.append(message_from_bytes(envelope.content, policy=policy.default))
        self.envelopes.append((envelope.mail_from, envelope.rcpt_tos))
        return "250 OK"


@pytest.fixture
def mailbox() -> Mailbox:
    """A mail server that is not running yet."""
    return Mailbox(free_port())


@pytest.fixture
def running(mailbox: Mailbox) -> Iterator[Mailbox]:
    """A mail server that is running."""
    controller = Controller(mailbox, hostname="127.0.0.1", port=mailbox.port)
    controller.start()
    yield mailbox
    controller.stop()


@pytest.fixture
def postman(config: MakeConfig, mailbox: Mailbox) -> Postman:
    settings = config(
        "notifications", smtp_url=mailbox.url, mail_from="Encadena <no-responder@encadena.example>"
    )
    return Postman.of(settings)
