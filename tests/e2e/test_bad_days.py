"""Processes die, the broker and the database go away: nothing is lost, nothing is done twice."""

from __future__ import annotations

import random
import threading
import time
import uuid
from typing import TYPE_CHECKING

import psutil
import requests

from deploy.demo.people import Mailbox, Person
from shared.config import SERVICES
from tests.e2e.system import System, eventually, running
from tests.e2e.test_story import buried

if TYPE_CHECKING:
    from pathlib import Path

KILLS = 25
BROKER_AWAY_SECONDS = 60
# Longer than the time after which a client gives up one attempt.
DATABASE_AWAY_SECONDS = 12


def kill_workers(system: System, until: threading.Event, killed: list[str]) -> None:
    """Kill -9 a worker of any service, again and again, at moments that nobody chose."""
    while not until.wait(random.uniform(0.2, 1.2)) and len(killed) < KILLS:
        service = random.choice(SERVICES)
        for process in system.processes("-m", f"services.{service}.worker"):
            try:
                process.kill()
                killed.append(service)
            except psutil.NoSuchProcess:
                continue


def test_a_story_under_random_kills_ends_with_the_same_figures(told: System, tmp_path: Path) -> None:
    over, killed = threading.Event(), list[str]()
    with running(System(tmp_path), demo=False) as system:
        killer = threading.Thread(target=kill_workers, args=(system, over, killed))
        killer.start()
        try:
            system.tell()
        finally:
            over.set()
            killer.join()
        assert len(killed) > 5
        assert set(buried(system).values()) == {0}
    assert system.figures()["totals"] == told.figures()["totals"]
    assert system.figures()["matches"] == told.figures()["matches"]


def newcomer(system: System) -> Person:
    """Somebody with an account, who has no company yet."""
    person = Person(system.place, f"nuevo-{uuid.uuid4().hex[:8]}@ejemplo.example")
    person.ask_for_link(Mailbox(system.place.var / "mail"))
    return person


COMPANY = {"name": "Panela de Villeta SAS", "roles": ["supplier"], "place": {"department": "25"}}


def test_while_the_broker_is_away_writes_go_on_and_their_events_arrive_after(on_kafka: System) -> None:
    person = newcomer(on_kafka)
    with on_kafka.frozen("java", "kafka.Kafka"):
        company = person.call("POST", "catalog", "/companies", COMPANY)
        time.sleep(BROKER_AWAY_SECONDS)
        assert person.send("GET", "portal", "/me")["companies"] == []
    person.act_for(company["id"], "supplier")


def test_while_the_database_is_away_services_say_so_and_then_go_on(told: System) -> None:
    person = newcomer(told)
    with told.frozen("mongod", "--replSet"):
        answer = requests.get(f"{told.place.url('catalog')}/readyz", timeout=30)
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert requests.get(f"{told.place.url('catalog')}/healthz", timeout=30).ok
        time.sleep(DATABASE_AWAY_SECONDS)
    eventually("all services to be ready again", told.is_ready)
    company = person.call("POST", "catalog", "/companies", COMPANY)
    person.act_for(company["id"], "supplier")


def test_a_body_of_50_megabytes_is_refused_with_words_and_the_service_goes_on(told: System) -> None:
    address = f"{told.place.url('catalog')}/companies"
    person = newcomer(told)
    token = person.send("POST", "portal", "/tokens", {})["token"]
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    answer = requests.post(
        address, data=b'{"name": "' + b"x" * 50_000_000 + b'"}', headers=headers, timeout=60
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert requests.get(f"{told.place.url('catalog')}/readyz", timeout=10).ok
