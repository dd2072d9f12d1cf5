"""From a file of companies to shortlists, and from one offering's POST to its place in a shortlist.

    python -m benchmarks.pipeline [--companies 102081] [--needs 500] [--posts 60]

Starts the whole embedded system as `make run` does, imports a generated directory (`benchmarks/directory.py`)
and waits until the outbox is empty, every company and offering is in matching's copy and every shortlist
follows them. Then, on that full system, a supplier publishes offerings that fit a need word for word, one
after the other, and each is looked for in the need's shortlist over HTTP. Nobody else uses the system then.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

# Run by its path, Python would look beside this file first, where `http` is a benchmark.
sys.path.pop(0)
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pymongo import MongoClient

from benchmarks import directory
from deploy.demo.people import Mailbox, Person, StoryError, wait_for
from deploy.embedded import MONGO, ROOT, Place

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_WAIT = 1800
FOUND_WITHIN = 30


@contextmanager
def embedded(folder: Path) -> Iterator[Place]:
    """The whole system, without the demo story; its settings are put into this process's environment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        place = Place(folder / "var", min(probe.getsockname()[1], 65_000))
    command = [sys.executable, "-m", "deploy.embedded", "--demo", "no", "--port", str(place.port)]
    with (folder / "output.txt").open("wb") as output:
        process = subprocess.Popen(
            [*command, "--var", str(place.var)], cwd=ROOT, stdout=output, stderr=output
        )
    try:
        while "Encadena está en marcha" not in (folder / "output.txt").read_text():
            if process.poll() is not None:
                raise SystemExit((folder / "output.txt").read_text())
            time.sleep(0.2)
        os.environ.update(place.settings(f"mongodb://127.0.0.1:{place.port + MONGO}/?replicaSet=rs0"))
        yield place
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(120)


def import_all(file: Path) -> str:
    """Run the public import; returns what it said."""
    command = [sys.executable, "-m", "services.catalog.imports", str(file), "--source", "bench"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"the import failed: {done.stderr[-2000:]}")
    return done.stdout + done.stderr


def wait_until_matched(client: MongoClient[dict[str, Any]], wanted: dict[str, int]) -> None:
    """Wait until matching has `wanted` documents of each kind and nothing is left to do."""
    deadline = time.monotonic() + LONGEST_WAIT
    while True:
        copied = all(client.matching[name].estimated_document_count() >= n for name, n in wanted.items())
        left = client.catalog.outbox.find_one() or client.matching.changes.find_one()
        ranked = client.matching.shortlists.estimated_document_count() >= wanted["needs"]
        if copied and ranked and not left:
            return
        if time.monotonic() > deadline:
            raise SystemExit("matching did not come to an end")
        time.sleep(0.1)


def organizer_of(place: Place) -> Person:
    """A signed-in organizer."""
    command = [sys.executable, "-m", "services.portal.bootstrap", "bench@encadena.example", "--role"]
    link = subprocess.run(
        [*command, "organizer"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    organizer = Person(place, "bench@encadena.example")
    organizer.sign_in(parse_qs(urlsplit(link.split()[-1]).query)["code"][0])
    return organizer


def supplier_of(place: Place) -> Person:
    """A signed-in supplier with a company."""
    person = Person(place, "proveedora@encadena.example")
    person.ask_for_link(Mailbox(place.var / "mail"))
    company = {"name": "Proveedora de última hora SAS", "roles": ["supplier"], "regions_served": ["CO"]}
    person.act_for(person.call("POST", "catalog", "/companies", company)["id"], "supplier")
    return person


def latencies(place: Place, posts: int) -> list[float]:
    """Seconds from the POST that publishes an offering to its supplier's place in the need's shortlist.

    Each need asks for something that nobody else offers, so that no equal offering takes the place.
    """
    organizer, supplier = organizer_of(place), supplier_of(place)
    anchor = organizer.call("POST", "catalog", "/companies", {"name": "Molinos SA", "roles": ["anchor"]})
    closes_on = (datetime.now(UTC).date() + timedelta(days=60)).isoformat()
    found = []
    for number in range(posts):
        letters = random.Random(number)
        title = " ".join("".join(letters.choices("bcdfgaeiou", k=9)) for _ in range(2))
        need = {"company_id": anchor["id"], "title": title, "closes_on": closes_on}
        need_id = organizer.call("POST", "catalog", "/needs", need)["id"]
        organizer.call("POST", "catalog", f"/needs/{need_id}/publish")
        draft = supplier.call("POST", "catalog", "/offerings", {"title": title})
        wait_for("the need", lambda need_id=need_id: shortlisted(organizer, need_id) is not None)
        if supplier.company_id in (shortlisted(organizer, need_id) or ()):
            raise SystemExit(f"the supplier was in the shortlist of {title!r} before it offered anything")
        begun = time.perf_counter()
        supplier.call("POST", "catalog", f"/offerings/{draft['id']}/publish")
        while supplier.company_id not in (shortlisted(organizer, need_id) or ()):
            if time.perf_counter() - begun > FOUND_WITHIN:
                raise SystemExit(f"the offering does not come into the shortlist of {title!r}")
            time.sleep(0.005)
        found.append(time.perf_counter() - begun)
    return found


def shortlisted(organizer: Person, need_id: str) -> set[str] | None:
    """The suppliers of a need's shortlist, first page; None before matching has heard of the need."""
    try:
        page = organizer.call("GET", "matching", f"/needs/{need_id}/shortlist", params={"limit": 50})
    except StoryError as error:
        if error.code == "need_unknown":
            return None
        raise
    return {row["supplier_id"] for row in page["items"]}


def main() -> None:
    """Run both parts and print the figures and a JSON line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--companies", type=int, default=102_081)
    parser.add_argument("--needs", type=int, default=500)
    parser.add_argument("--posts", type=int, default=60)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, embedded(Path(name)) as place:
        file = Path(name, "directory.jsonl")
        # The needs come first, so that they are open while the suppliers come in.
        directory.write(file, chain(directory.needs(options.needs), directory.companies(options.companies)))
        offerings = sum(len(company["offerings"]) for company in directory.companies(options.companies))
        client: MongoClient[dict[str, Any]] = MongoClient(os.environ["ENCADENA_MONGO_URL"])
        begun = time.perf_counter()
        print(import_all(file))
        imported = time.perf_counter() - begun
        wanted = {"companies": options.companies, "offerings": offerings, "needs": options.needs}
        wait_until_matched(client, wanted)
        matched = time.perf_counter() - begun
        print(f"{options.companies:,} companies, {offerings:,} offerings, {options.needs} open needs")
        print(f"imported in {imported:.1f} s; all matched after {matched:.1f} s")
        times = sorted(latencies(place, options.posts))
        p50, p95 = statistics.median(times), times[int(len(times) * 0.95)]
        print(f"POST to shortlist, {len(times)} times: p50 {p50 * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms")
        client.close()
    figures = {"companies": options.companies, "offerings": offerings, "needs": options.needs,
               "import_s": round(imported, 1), "matched_s": round(matched, 1),
               "post_p50_ms": round(p50 * 1000), "post_p95_ms": round(p95 * 1000)}  # fmt: skip
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
