"""The portal's worker on a real bus."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from services.portal.usecases.accounts import Profile, open_account
from services.portal.worker import HANDLERS, Forgetting
from shared import bus
from shared.contracts.base import encode
from shared.store import new_id
from shared.worker import Worker
from tests.service.portal.conftest import registered

if TYPE_CHECKING:
    from services.portal.store import PortalStore
    from shared.config import Config


def test_the_event_of_a_registration_makes_its_person_the_owner(settings: Config, store: PortalStore) -> None:
    account = open_account(store, Profile("ana@prado.co"), now=datetime.now(UTC))
    company = new_id()
    producer = bus.connect(settings).producer()
    producer.publish([encode(registered(company, account.id))])
    producer.close()
    worker = Worker(settings, store, HANDLERS)
    deadline = datetime.now(UTC) + timedelta(seconds=20)
    while not store.members(company) and datetime.now(UTC) < deadline:
        worker.step(0.1)
    worker.close()
    assert [member.account_id for member in store.members(company)] == [account.id]


def test_unused_accounts_are_looked_for_once_an_hour(store: PortalStore) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=40)
    forget = Forgetting()
    open_account(store, Profile("ana@prado.co"), now=long_ago)
    forget(store)
    assert store.account_of("ana@prado.co") is None
    open_account(store, Profile("eva@prado.co"), now=long_ago)
    forget(store)
    assert store.account_of("eva@prado.co") is not None
