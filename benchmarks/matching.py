"""How well matching finds the right supplier, and how fast.

    python -m benchmarks.matching --task DIR [--out FILE]   through the public import and the real workers
    python -m benchmarks.matching rank DIR FILE             the engine alone; never opens qrels.tsv
    python -m benchmarks.matching ablation DIR              what each part of the ranking adds
    python -m benchmarks.matching speed --suppliers N --needs M   the engine alone, both ways, and a change
    python -m benchmarks.matching bulk --suppliers N --needs M    by one real worker and by two, on a MongoDB

DIR holds `suppliers.jsonl` (`id`, `offerings: [{title, unspsc?, place?}]`), `needs.jsonl` (`id`, `title`,
`place?`) and, for `--task`, `qrels.tsv` (need and supplier that was awarded, by whitespace). The ranking is
a line for each need: {"need": "n0", "suppliers": [50 ids, best first]}.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

# Run by its path, Python would look beside this file first, where `http` is a benchmark.
sys.path.pop(0)
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from msgspec.structs import replace

from benchmarks import directory, matching_bulk, matching_speed
from services.catalog.imports.rows import identity
from services.catalog.model.places import department_code
from services.matching.engine import SHIPPED, Need, Offering, Supplier, SupplierIndex, Weights, shortlist
from services.matching.engine.places import named
from services.matching.store import MatchingStore
from shared.contracts.catalog import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.config import Config

Ranking = dict[str, list[str]]

CLOSES_ON = datetime.now(UTC).date() + timedelta(days=90)
SOURCE = "task"
ANCHOR = "anchor"
WAIT_SECONDS = 120
WORKERS = ("catalog", "matching")


def lines_of(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a JSON Lines file."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def write_ranking(ranking: Ranking, path: Path) -> None:
    """One line for each need."""
    with path.open("w", encoding="utf-8") as file:
        for need, suppliers in ranking.items():
            file.write(json.dumps({"need": need, "suppliers": suppliers}) + "\n")


def scores(task: Path, ranking: Ranking) -> dict[str, float]:
    """Recall at 1, 10 and 50 and the mean reciprocal rank; a need that is missing counts as a miss."""
    wanted = defaultdict(set)
    for line in (task / "qrels.tsv").read_text().splitlines():
        need, supplier = line.split()
        wanted[need].add(supplier)
    found = dict.fromkeys(("recall@1", "recall@10", "recall@50", "mrr"), 0.0)
    for need, answers in wanted.items():
        places = [n for n, supplier in enumerate(ranking.get(need, [])[:50], 1) if supplier in answers]
        for depth in (1, 10, 50):
            found[f"recall@{depth}"] += sum(n <= depth for n in places) / min(depth, len(answers))
        found["mrr"] += 1 / places[0] if places else 0.0
    return {name: round(total / len(wanted), 4) for name, total in found.items()}


def import_lines(task: Path) -> Iterator[dict[str, Any]]:
    """The task in the format of the catalog's import."""
    yield {"kind": "company", "ref": ANCHOR, "name": "Entidades compradoras", "roles": ["anchor"]}
    for supplier in lines_of(task / "suppliers.jsonl"):
        offerings = [{**each, "place": known_place(each)} for each in supplier["offerings"]]
        yield {"kind": "company", "ref": supplier["id"], "name": supplier["id"], "offerings": offerings}
    for need in lines_of(task / "needs.jsonl"):
        yield {
            "kind": "need",
            "ref": need["id"],
            "company": ANCHOR,
            "title": need["title"],
            "place": known_place(need),
            "closes_on": CLOSES_ON.isoformat(),
        }


def known_place(record: dict[str, Any]) -> str | None:
    """The department as it is written, unless it is none (as "No Definido")."""
    place = record.get("place")
    return place if place and department_code(place) else None


@contextmanager
def services(folder: Path) -> Iterator[Config]:
    """A MongoDB and an embedded bus of one's own, with the real workers of catalog and matching."""
    with matching_bulk.database(folder) as config, ExitStack() as stack:
        for service in WORKERS:
            stack.enter_context(matching_bulk.worker(folder / f"{service}.log", service))
        yield config


def run_task(task: Path, out: Path | None) -> dict[str, Any]:
    """Import the task, let matching work, and score the shortlists that it keeps."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        directory.write(folder / "import.jsonl", import_lines(task))
        store = MatchingStore.open(stack.enter_context(services(folder)))
        stack.callback(store.close)
        begun = time.perf_counter()
        command = [sys.executable, "-m", "services.catalog.imports", str(folder / "import.jsonl")]
        done = subprocess.run([*command, "--source", SOURCE], capture_output=True, text=True, check=False)
        print(done.stderr.strip().splitlines()[-1], *done.stdout.splitlines()[:5], sep="\n", flush=True)
        imported = time.perf_counter()
        needs = {identity(SOURCE, "need", each["id"]): each["id"] for each in lines_of(task / "needs.jsonl")}
        refs = {
            identity(SOURCE, "company", each["id"]): each["id"] for each in lines_of(task / "suppliers.jsonl")
        }
        await_ranked(store, set(needs), set(refs))
        ranked = time.perf_counter()
        ranking = {
            needs[name]: [refs[match.supplier_id] for match in stored.matches]
            for name, stored in store.shortlists(list(needs)).items()
        }
    if out is not None:
        write_ranking(ranking, out)
    sizes = {"task": task.name, "suppliers": len(refs), "needs": len(needs)}
    took = {"import_seconds": imported - begun, "ranked_after_seconds": ranked - imported}
    return {**sizes, **{name: round(value, 1) for name, value in took.items()}, **scores(task, ranking)}


def await_ranked(store: MatchingStore, needs: set[str], companies: set[str]) -> None:
    """Return when all have been copied and every shortlist follows. Raises TimeoutError."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        copied = store.db.companies.count_documents({"_id": {"$in": list(companies)}})
        listed = len(store.shortlist_versions(needs))
        if copied == len(companies) and listed == len(needs) and store.ranked():
            return
        time.sleep(0.2)
    raise TimeoutError(
        f"after {WAIT_SECONDS} s: {copied} of {len(companies)} companies, {listed} of {len(needs)} shortlists"
    )


def place_of(record: dict[str, Any]) -> Place | None:
    """The department by its code, or the province by its plain name if it is none of Colombia's."""
    found = named(record.get("place") or "")
    return Place(department=found) if found else None


def supplier_of(record: dict[str, Any]) -> Supplier:
    """A line of suppliers.jsonl."""
    offerings = [
        Offering(
            offering_id=f"{record['id']}/{number}",
            title=each["title"],
            unspsc=[each["unspsc"]] if each.get("unspsc") else [],
            place=place_of(each),
        )
        for number, each in enumerate(record["offerings"])
    ]
    return Supplier(company_id=record["id"], name=record["id"], offerings=offerings)


def need_of(record: dict[str, Any]) -> Need:
    """A line of needs.jsonl."""
    place = place_of(record)
    return Need(
        need_id=record["id"], company_id=ANCHOR, title=record["title"], place=place, closes_on=CLOSES_ON
    )


def run_rank(task: Path, out: Path) -> dict[str, Any]:
    """Rank all needs of the task by the engine."""
    index, needs = loaded(task)
    begun = time.process_time()
    ranking = ranked(index, needs, SHIPPED)
    spent = time.process_time() - begun
    write_ranking(ranking, out)
    return {"suppliers": len(index), "needs": len(needs), "ms_a_need": round(1000 * spent / len(needs), 2)}


def loaded(task: Path) -> tuple[SupplierIndex, list[Need]]:
    """The task's suppliers in an index, and its needs."""
    index = SupplierIndex()
    for record in lines_of(task / "suppliers.jsonl"):
        index.put(supplier_of(record))
    return index, [need_of(record) for record in lines_of(task / "needs.jsonl")]


def ranked(index: SupplierIndex, needs: list[Need], weights: Weights) -> Ranking:
    """The first 50 suppliers of each need."""
    return {
        need.need_id: [match.supplier_id for match in shortlist(index, need, weights=weights).matches]
        for need in needs
    }


WITHOUT = {"place": "place", "codes": "codes", "other offerings": "breadth", "synonyms": "synonym",
           "spelling": "misspelt"}  # fmt: skip


def run_ablation(task: Path) -> dict[str, Any]:
    """Score the engine as it is, and without each of its parts in turn."""
    index, needs = loaded(task)
    found = {"all": scores(task, ranked(index, needs, SHIPPED))}
    for name, field in WITHOUT.items():
        weights = replace(SHIPPED, **{field: 0.0})
        found[f"without {name}"] = scores(task, ranked(index, needs, weights))
    bare = Weights(place=0.0, codes=0.0, breadth=0.0, synonym=0.0, misspelt=0.0)
    found["text alone"] = scores(task, ranked(index, needs, bare))
    for name, figures in found.items():
        print(f"{name:24}", *(f"{key} {value:.4f} " for key, value in figures.items()))
    return found


def main() -> None:
    """Run one of them and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--task", type=Path, help="folder of suppliers.jsonl, needs.jsonl and qrels.tsv")
    parser.add_argument("--out", type=Path, help="keep the ranking here")
    commands = parser.add_subparsers(dest="command")
    rank = commands.add_parser("rank")
    rank.add_argument("folder", type=Path)
    rank.add_argument("file", type=Path)
    commands.add_parser("ablation").add_argument("folder", type=Path)
    for name in ("speed", "bulk"):
        command = commands.add_parser(name)
        command.add_argument("--suppliers", type=int, default=102_081)
        command.add_argument("--needs", type=int, default=5_000)
    options = parser.parse_args()
    print(f"matching, Python {platform.python_version()}, {os.cpu_count()} processors", flush=True)
    if options.command == "rank":
        result = run_rank(options.folder, options.file)
    elif options.command == "ablation":
        result = run_ablation(options.folder)
    elif options.command == "speed":
        result = matching_speed.run_speed(options.suppliers, options.needs)
    elif options.command == "bulk":
        result = matching_bulk.run_bulk(options.suppliers, options.needs)
    elif options.task is not None:
        result = run_task(options.task.resolve(), options.out)
    else:
        parser.error("say --task DIR, rank, ablation, speed or bulk")
    print(json.dumps(result))


if __name__ == "__main__":
    main()
