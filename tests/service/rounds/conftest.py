"""The rounds service with a real database, and the people of a round."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from services.rounds.agenda_run import perform
from services.rounds.api import create_app
from services.rounds.worker import HANDLERS
from shared.bus import Received
from shared.consumption import Consumption
from shared.contracts.base import Event, decode, encode
from shared.contracts.catalog import CompanyRegistered
from shared.contracts.matching import ShortlistEntry, ShortlistUpdated
from shared.store import new_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from werkzeug.test import TestResponse

    from services.rounds.store import RoundsStore
    from shared.config import Config
    from shared.contracts.base import Payload
    from tests.conftest import MakeConfig, MakeToken

BOGOTA = ZoneInfo("America/Bogota")


def a_plan(**changes: Any) -> dict[str, Any]:
    """An afternoon of six half-hour slots, three tables, in a week."""
    on = (datetime.now(BOGOTA) + timedelta(days=7)).date().isoformat()
    day = {"on": on, "starts": "14:00", "ends": "17:15", "slot_minutes": 30}
    day["breaks"] = [{"starts": "15:30", "ends": "15:45"}]
    return {
        "name": "Rueda de negocios de alimentos",
        "sector": "Alimentos",
        "modality": "in_person",
        "time_zone": "America/Bogota",
        "days": [day],
        "tables": 3,
        **changes,
    }


def a_plan_today(**changes: Any) -> dict[str, Any]:
    """A day of hours where it is past nine now: some lie behind and many ahead, whenever this runs."""
    now = datetime.now(UTC)
    offset = 9 - now.hour if now.hour <= 21 else 33 - now.hour
    zone = f"Etc/GMT{-offset:+d}" if offset else "UTC"
    on = now.astimezone(ZoneInfo(zone)).date().isoformat()
    day = {"on": on, "starts": "00:00", "ends": "23:59", "slot_minutes": 60}
    return a_plan(time_zone=zone, days=[day], **changes)


@dataclass(eq=False)
class Person:
    """Somebody with a token: an organizer, or a person who acts for a company."""

    rounds: Rounds
    roles: tuple[str, ...]
    company_id: str | None = None
    account_id: str = field(default_factory=new_id)
    name: str = ""

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        token = self.rounds.token(roles=self.roles, company_id=self.company_id, account_id=self.account_id)
        sent = {"Authorization": f"Bearer {token}", **{k.replace("_", "-"): v for k, v in headers.items()}}
        return self.rounds.app.test_client().open(path, method=method, json=body, headers=sent)

    def get(self, path: str) -> Any:
        answer = self.send("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json

    def post(self, path: str, body: Any = None) -> Any:
        answer = self.send("POST", path, body)
        assert answer.status_code < 300, answer.text
        return answer.json


@dataclass
class Rounds:
    """The service: its application, its store, and the events that it hears and tells."""

    app: Flask
    config: Config
    token: MakeToken

    @property
    def store(self) -> RoundsStore:
        store: RoundsStore = self.app.extensions["encadena.store"]
        return store

    def hear(self, *payloads: Payload, sequence: int = 1) -> None:
        consumption = Consumption(self.store, HANDLERS)
        records = [encode(Event(payload, sequence, datetime.now(UTC), "test")) for payload in payloads]
        consumption.take([Received(r.topic, r.key, r.value, r.headers, 0, n) for n, r in enumerate(records)])
        assert self.store.db.dead_letters.count_documents({}) == 0

    def told(self, event_type: str) -> list[Any]:
        rows = self.store.db.outbox.find({"headers.ce_type": event_type}, sort=[("_id", 1)])
        received = [Received(r["topic"], r["key"], r["value"], r["headers"], 0, 0) for r in rows]
        return [decode(record).data for record in received]

    def person(self, *roles: str, company: str | None = None) -> Person:
        return Person(self, roles, new_id() if company else None, name=company or "")

    def company(self, name: str, *roles: str) -> Person:
        person = self.person(*roles, company=name)
        assert person.company_id
        self.hear(CompanyRegistered(company_id=person.company_id, name=name, roles=list(roles)))
        return person

    def shortlist(self, buyer: Person, scores: dict[Person, float], **fields: Any) -> ShortlistUpdated:
        assert buyer.company_id
        entries = [
            ShortlistEntry(supplier_id=str(s.company_id), supplier_name=s.name, score=score)
            for s, score in scores.items()
        ]
        sent = {"need_id": new_id(), "need_title": "Panela orgánica", "entered": [], **fields}
        return ShortlistUpdated(anchor_id=buyer.company_id, entries=entries, **sent)

    def run_agenda(self, organizer: Person, round_id: str, **effort: Any) -> Any:
        """Make an agenda as the worker's child process does, and return the draft."""
        run = organizer.post(f"/rounds/{round_id}/agendas", {"seconds": 1, **effort})
        claimed = self.store.claim_run(datetime.now(UTC))
        assert claimed
        perform(self.store, claimed)
        done = organizer.get(f"/runs/{run['run_id']}")
        assert done["status"] == "done", done
        return organizer.get(f"/agendas/{done['agenda_id']}")


@dataclass
class Story:
    """A round with buyers and suppliers who are registered, and open for requests."""

    rounds: Rounds
    organizer: Person
    buyers: list[Person]
    suppliers: list[Person]
    round: dict[str, Any]

    @property
    def round_id(self) -> str:
        return str(self.round["round_id"])

    @property
    def slot_ids(self) -> list[str]:
        return [slot["slot_id"] for slot in self.round["slots"]]

    def request(self, asking: Person, asked: Person) -> Any:
        return asking.post(f"/rounds/{self.round_id}/requests", {"to_company_id": asked.company_id})

    def agreed(self, asking: Person, asked: Person, slot_id: str | None = None) -> Any:
        request = self.request(asking, asked)
        return asked.post(f"/requests/{request['request_id']}/accept", {"slot_id": slot_id})


def tell_story(rounds: Rounds, buyers: int, suppliers: int, plan: dict[str, Any], people: int = 1) -> Story:
    organizer = rounds.person("organizer")
    made = organizer.post("/rounds", plan)
    path = f"/rounds/{made['round_id']}"
    organizer.post(f"{path}/status", {"status": "registration_open"})
    story = Story(rounds, organizer, [], [], made)
    for side, role, count in (("buyer", "anchor", buyers), ("supplier", "supplier", suppliers)):
        for number in range(count):
            person = rounds.company(f"{side} {number}", role)
            delegates = [{"name": f"Persona {n}"} for n in range(people)]
            person.post(f"{path}/registrations", {"side": side, "delegates": delegates})
            (story.buyers if side == "buyer" else story.suppliers).append(person)
    story.round = organizer.post(f"{path}/status", {"status": "requests_open"})
    return story


@pytest.fixture
def rounds(config: MakeConfig, token: MakeToken) -> Iterator[Rounds]:
    made = config("rounds")
    app = create_app(made)
    app.extensions["encadena.store"].ensure_indexes()
    yield Rounds(app, made, token)
    app.extensions["encadena.store"].close()


@pytest.fixture
def story(rounds: Rounds) -> Story:
    """Two buyers and three suppliers in a round next week."""
    return tell_story(rounds, 2, 3, a_plan())


@pytest.fixture
def story_today(rounds: Rounds) -> Story:
    """The same in a round of today, which may be played at once."""
    return tell_story(rounds, 2, 3, a_plan_today())
