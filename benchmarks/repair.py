"""How soon a running round mends itself, beside the two seconds that people wait.

    python -m benchmarks.repair [--buyers 150] [--suppliers 470] [--meetings 1500]

Starts a real mongod, the web process of rounds and its worker, plans a round of three days, registers
everybody and asks for meetings through the public interface, and publishes the agenda. Then companies are
late or do not come, and each answer is timed: it comes when the new agenda is settled and told.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

# Run by its path, Python would look beside this file first, where `http` is a benchmark.
sys.path.pop(0)
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import requests

from benchmarks.http import served, signer
from benchmarks.matching_bulk import database, worker
from services.rounds.store import RoundsStore
from services.rounds.worker import HANDLERS
from shared.bus import Received
from shared.consumption import Consumption
from shared.contracts.base import Event, encode
from shared.contracts.catalog import CompanyRegistered

if TYPE_CHECKING:
    from collections.abc import Callable

LIMIT_SECONDS = 2.0
AT_ONCE = 4
TIMES = 5
Answer = dict[str, Any]


class Round:
    """A round of today's service, and those who take part."""

    def __init__(self, address: str, sign: Callable[..., str]) -> None:
        self.address, self.sign = address, sign
        self.session = requests.Session()
        self.id = ""
        self.slots: list[Answer] = []

    def post(
        self, path: str, body: Any = None, company: str | None = None, role: str = "organizer"
    ) -> Answer:
        """The answer to a POST. Raises HTTPError for a refusal."""
        headers = {"Authorization": f"Bearer {self.sign(company, role)}"}
        answer = self.session.post(f"{self.address}{path}", json=body, headers=headers, timeout=120)
        answer.raise_for_status()
        found: Answer = answer.json()
        return found

    def get(self, path: str) -> Answer:
        """What is at a path for the organizer. Raises HTTPError."""
        headers = {"Authorization": f"Bearer {self.sign(None, 'organizer')}"}
        answer = self.session.get(f"{self.address}{path}", headers=headers, timeout=120)
        answer.raise_for_status()
        found: Answer = answer.json()
        return found


def planned(round_: Round) -> None:
    """Plan three days of twelve half hours with tables for everybody who buys, and open registration."""
    first = datetime.now(UTC).date() + timedelta(days=7)
    breaks = [{"starts": "12:00", "ends": "13:00"}]
    hours = {"starts": "08:00", "ends": "15:00", "slot_minutes": 30, "breaks": breaks}
    days = [{"on": (first + timedelta(days=day)).isoformat(), **hours} for day in range(3)]
    plan = {"name": "Rueda", "sector": "Alimentos", "modality": "in_person", "time_zone": "America/Bogota"}
    made = round_.post("/rounds", {**plan, "days": days, "tables": 120})
    round_.id, round_.slots = made["round_id"], made["slots"]
    round_.post(f"/rounds/{round_.id}/status", {"status": "registration_open"})


def registered(round_: Round, store: RoundsStore, side: str, count: int) -> dict[str, str]:
    """So many companies of a side, by id, with the id of their registration."""
    role = "anchor" if side == "buyer" else "supplier"
    names = {f"{side}-{number}": f"{side} {number}" for number in range(count)}
    told = [CompanyRegistered(company_id=each, name=name, roles=[role]) for each, name in names.items()]
    records = [encode(Event(each, 1, datetime.now(UTC), "bench")) for each in told]
    received = [Received(r.topic, r.key, r.value, r.headers, 0, n) for n, r in enumerate(records)]
    Consumption(store, HANDLERS).take(received)
    body = {"side": side, "delegates": [{"name": "Persona"}]}
    path = f"/rounds/{round_.id}/registrations"
    with ThreadPoolExecutor(AT_ONCE) as pool:
        made = pool.map(lambda each: round_.post(path, body, each, role)["registration_id"], names)
        return dict(zip(names, made, strict=True))


def agreed(round_: Round, buyers: list[str], suppliers: list[str], count: int) -> None:
    """So many requests of random pairs, each accepted."""
    chance = random.Random(1)
    pairs = chance.sample([(buyer, supplier) for buyer in buyers for supplier in suppliers], count)

    def agree(pair: tuple[str, str]) -> None:
        buyer, supplier = pair
        body = {"to_company_id": buyer}
        asked = round_.post(f"/rounds/{round_.id}/requests", body, supplier, "supplier")
        round_.post(f"/requests/{asked['request_id']}/accept", {}, buyer, "anchor")

    round_.post(f"/rounds/{round_.id}/status", {"status": "requests_open"})
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(agree, pairs))


def published(round_: Round) -> tuple[int, float]:
    """How many meetings the agenda has, and the seconds until it was published."""
    run = round_.post(f"/rounds/{round_.id}/agendas", {"seconds": 5})
    while (told := round_.get(f"/runs/{run['run_id']}"))["status"] not in {"done", "failed", "interrupted"}:
        time.sleep(0.1)
    begun = time.perf_counter()
    round_.post(f"/agendas/{told['agenda_id']}/publish")
    seconds = time.perf_counter() - begun
    return len(round_.get(f"/agendas/{told['agenda_id']}")["placed"]), seconds


def seconds_of(round_: Round, path: str, bodies: list[Answer]) -> list[float]:
    """How long each of some POSTs took."""
    found = []
    for body in bodies:
        begun = time.perf_counter()
        round_.post(path, body)
        found.append(time.perf_counter() - begun)
    return found


def repaired(round_: Round, buyers: list[str], suppliers: list[str]) -> dict[str, list[float]]:
    """The seconds of each kind of repair; `buyers` and `suppliers` are registrations."""
    path, noon = f"/rounds/{round_.id}/absences", round_.slots[6]["starts_at"]
    some, others = suppliers[:TIMES], iter(suppliers[TIMES:])
    ten = [{"registration_ids": [next(others) for _ in range(10)], "until": noon} for _ in range(TIMES)]
    return {
        "a supplier is late": seconds_of(
            round_, path, [{"registration_ids": [s], "until": noon} for s in some]
        ),
        "a buyer is late": seconds_of(
            round_, path, [{"registration_ids": [b], "until": noon} for b in buyers[:TIMES]]
        ),
        "ten suppliers are late": seconds_of(round_, path, ten),
        "a supplier drops out": seconds_of(
            round_, path, [{"registration_ids": [next(others)]} for _ in range(TIMES)]
        ),
        "a buyer drops out": seconds_of(
            round_, path, [{"registration_ids": [b]} for b in buyers[TIMES : 2 * TIMES]]
        ),
    }


def main() -> None:
    """Play the round, and print the figures and a JSON line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    for name, usual in (("--buyers", 150), ("--suppliers", 470), ("--meetings", 1500)):
        parser.add_argument(name, type=int, default=usual)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        config = stack.enter_context(database(folder, "rounds"))
        jwks_url, sign = stack.enter_context(signer())
        store = RoundsStore.open(config)
        stack.callback(store.close)
        store.ensure_indexes()
        stack.enter_context(worker(folder / "worker.log", "rounds"))
        settings = {"ENCADENA_JWKS_URL": jwks_url}
        round_ = Round(stack.enter_context(served("services.rounds.api:create_app()", settings)), sign)
        planned(round_)
        buyers = registered(round_, store, "buyer", wanted.buyers)
        suppliers = registered(round_, store, "supplier", wanted.suppliers)
        agreed(round_, list(buyers), list(suppliers), wanted.meetings)
        placed, publishing = published(round_)
        print(f"{placed} of {wanted.meetings} meetings, published in {publishing:.2f} s", flush=True)
        found = repaired(round_, list(buyers.values()), list(suppliers.values()))
    for kind, seconds in found.items():
        middle, longest = statistics.median(seconds), max(seconds)
        verdict = "within" if longest < LIMIT_SECONDS else "beyond"
        print(f"{kind:24} median {middle:5.2f} s   longest {longest:5.2f} s   {verdict} {LIMIT_SECONDS:g} s")
    print(json.dumps({kind: [round(each, 2) for each in seconds] for kind, seconds in found.items()}))


if __name__ == "__main__":
    main()
