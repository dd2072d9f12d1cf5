"""Running imports: by command, over HTTP, side by side, and after a crash."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from services.catalog.imports.jobs import ImportWatch, TakenOver, receive
from services.catalog.imports.rows import identity
from services.catalog.imports.run import Progress, entries_of, run
from shared.errors import Conflict
from tests.service.catalog.import_lines import ORDER, a_line, as_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from werkzeug.test import TestResponse

    from tests.service.catalog.conftest import Caller, Catalog


def within(seconds: float, what: Callable[[], Any]) -> Any:
    """The first true answer; fails when there is none in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = what()
        if answer:
            return answer
        time.sleep(0.02)
    raise AssertionError("it did not happen in time")


@pytest.fixture
def environment(catalog: Catalog, monkeypatch: pytest.MonkeyPatch, mongo_url: str, jwks_url: str) -> None:
    """What the command and the processes of imports read."""
    monkeypatch.setenv("ENCADENA_MONGO_URL", mongo_url)
    monkeypatch.setenv("ENCADENA_BUS_URL", "embedded:///nowhere")
    monkeypatch.setenv("ENCADENA_PORTAL_URL", "http://portal.test")
    prefix = catalog.store.db.name.removesuffix("catalog")
    monkeypatch.setenv("ENCADENA_DATABASE_PREFIX", prefix)


def command(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    call = [sys.executable, "-m", "services.catalog.imports", *map(str, arguments)]
    return subprocess.run(call, capture_output=True, text=True, check=False)


@pytest.mark.usefixtures("environment")
def test_the_command_imports_a_table_and_reports_the_refused_lines(catalog: Catalog, tmp_path: Path) -> None:
    file, report = tmp_path / "empresas.csv", tmp_path / "faltas.jsonl"
    file.write_text("ref,name,size\nc1,La Aguja,micro\nc2,El Dedal,huge\n")
    ended = command(file, "--kind", "company", "--report", report)
    assert ended.returncode == 1, ended.stderr
    assert "2 lines: 1 new, 0 changed, 0 as before; 1 lines with faults" in ended.stderr
    (said,) = map(json.loads, report.read_text().splitlines())
    assert (said["line"], said["field"], said["code"]) == (3, "size", "unknown_choice")
    assert catalog.store.db.companies.find_one({"imported.source": "empresas"}) is not None


@pytest.mark.usefixtures("environment")
def test_the_command_says_what_is_wrong_with_its_call(tmp_path: Path) -> None:
    file = tmp_path / "empresas.csv"
    missing = command(file, "--kind", "company")
    assert missing.returncode == 2
    assert "empresas.csv: No such file" in missing.stderr
    file.touch()
    kindless = command(file)
    assert kindless.returncode == 2
    assert "--kind" in kindless.stderr


def send(caller: Caller, content: bytes, query: str = "", **headers: str) -> TestResponse:
    sent = {"Authorization": f"Bearer {caller.token}", "Content-Type": "application/x-ndjson", **headers}
    return caller.client.post(f"/imports{query}", data=content, headers=sent)


@pytest.fixture
def watch(environment: None) -> Iterator[ImportWatch]:
    made = ImportWatch()
    yield made
    made.stop()


def finished(catalog: Catalog, watch: ImportWatch, address: str, caller: Caller) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        watch(catalog.store)
        shown: dict[str, Any] = caller.get(address).get_json()
        return shown if shown["status"] in {"done", "failed"} else None

    answer: dict[str, Any] = within(60, look)
    return answer


def test_a_file_sent_over_http_is_imported_by_a_process_of_its_own(
    catalog: Catalog, watch: ImportWatch
) -> None:
    organizer = catalog.caller("organizer")
    content = as_lines(a_line("c1"), a_line("c2", size="huge"), a_line("c3", ciiu=["x"]))
    answer = send(organizer, content, "?source=camara")
    assert answer.status_code == 202
    assert answer.get_json()["status"] == "waiting"
    shown = finished(catalog, watch, answer.headers["Location"], organizer)
    assert (shown["status"], shown["size"], shown["progress"]["end"]) == ("done", len(content), len(content))
    assert (shown["progress"]["created"], shown["progress"]["refused_lines"]) == (2, 2)
    first = organizer.get(f"{answer.headers['Location']}/faults?limit=1").get_json()
    rest = organizer.get(f"{answer.headers['Location']}/faults?cursor={first['next_cursor']}").get_json()
    assert [(fault["line"], fault["field"]) for fault in first["items"] + rest["items"]] == [
        (2, "size"),
        (3, "ciiu.0"),
    ]
    assert first["items"][0]["detail"].startswith("Use uno de")
    assert catalog.store.db["import_files.chunks"].count_documents({}) == 0
    assert identity("camara", "company", "c1") in {row["_id"] for row in catalog.store.db.companies.find()}


def test_an_import_that_is_killed_goes_on_and_ends_with_the_same_figures(
    catalog: Catalog, watch: ImportWatch
) -> None:
    organizer = catalog.caller("organizer")
    content = as_lines(*(a_line(f"c{number}") for number in range(6000)), a_line("c5", name="Repetida"))
    address = send(organizer, content).headers["Location"]
    job_id = address.rpartition("/")[2]

    def halfway() -> Any:
        watch(catalog.store)
        job = catalog.store.get_import(job_id)
        return job["progress"]["lines"] >= 1000 and job["status"] == "running"

    within(60, halfway)
    assert watch.process_id is not None
    os.kill(watch.process_id, signal.SIGKILL)
    shown = finished(catalog, watch, address, organizer)
    assert shown["status"] == "done"
    assert shown["progress"] == {
        "end": len(content),
        "lines": 6001,
        "created": 12_000,
        "changed": 0,
        "unchanged": 0,
        "refused_lines": 1,
    }
    assert catalog.store.get_import(job_id)["runs"] == 2
    assert len(organizer.get(f"{address}/faults").get_json()["items"]) == 2
    assert catalog.store.db.outbox.count_documents({}) == 12_000


def test_a_stopped_import_waits_for_the_next_worker(catalog: Catalog, watch: ImportWatch) -> None:
    organizer = catalog.caller("organizer")
    content = as_lines(*(a_line(f"c{number}") for number in range(6000)))
    address = send(organizer, content).headers["Location"]
    job_id = address.rpartition("/")[2]

    def begun() -> Any:
        watch(catalog.store)
        return catalog.store.get_import(job_id)["progress"]["lines"] >= 1000

    within(60, begun)
    watch.stop()
    assert catalog.store.get_import(job_id)["status"] == "waiting"
    shown = finished(catalog, ImportWatch(), address, organizer)
    assert shown["progress"]["created"] == 12_000


def test_an_import_that_can_not_be_run_is_given_up_and_says_so(catalog: Catalog, watch: ImportWatch) -> None:
    organizer = catalog.caller("organizer")
    address = send(organizer, as_lines(a_line("c1"))).headers["Location"]
    catalog.store.drop_file(address.rpartition("/")[2])
    shown = finished(catalog, watch, address, organizer)
    assert shown["status"] == "failed"
    assert "envíe el archivo de nuevo" in shown["detail"]


def test_a_silent_run_is_taken_over_and_can_write_no_more(catalog: Catalog) -> None:
    job_id = send(catalog.caller("organizer"), as_lines(a_line("c1"))).get_json()["id"]
    store, now = catalog.store, datetime.now(UTC)
    assert store.claim_import("first", now) is not None
    assert store.claim_import("second", now + timedelta(seconds=10)) is None
    assert store.claim_import("second", now + timedelta(seconds=20)) is not None
    assert not store.note_import(job_id, "first", {"status": "done"})
    assert store.note_import(job_id, "second", {"status": "done"})


def test_a_batch_whose_progress_can_not_be_written_leaves_nothing(catalog: Catalog) -> None:
    def taken_over(*_: object) -> None:
        raise TakenOver

    entries = entries_of(io.BytesIO(as_lines(a_line("c1"))).read, "jsonl", None)
    with pytest.raises(TakenOver):
        list(run(catalog.store, entries, ORDER, Progress(), taken_over))
    assert catalog.store.db.companies.count_documents({}) == 0
    assert catalog.told() == []


def test_a_supplier_imports_for_its_own_company_alone(catalog: Catalog, watch: ImportWatch) -> None:
    owner, other = catalog.company(), catalog.company()
    offering = {"kind": "offering", "title": "Uniformes"}
    content = as_lines(
        {**offering, "ref": "o1"},
        {**offering, "ref": "o2", "company_id": owner.company_id},
        {**offering, "ref": "o3", "company_id": other.company_id},
        a_line("c1"),
    )
    answer = send(owner, content)
    address = answer.headers["Location"]
    shown = finished(catalog, watch, address, owner)
    assert (shown["progress"]["created"], shown["progress"]["refused_lines"]) == (2, 2)
    # The owner's account differs at each call of the fixture, so another account is a stranger.
    assert other.get(address).status_code == 404
    assert send(owner, content, f"?company_id={other.company_id}").status_code == 403
    published = catalog.caller().get(f"/offerings?company_id={owner.company_id}").get_json()["items"]
    assert len(published) == 2


def test_an_import_needs_a_kind_for_a_table_and_a_role(catalog: Catalog) -> None:
    organizer = catalog.caller("organizer")
    answer = send(organizer, b"ref,name\n", **{"Content-Type": "text/csv"})
    assert (answer.status_code, answer.get_json()["code"]) == (422, "kind_missing")
    assert send(organizer, b"", "?format=xlsx").status_code == 422
    assert send(catalog.caller(), b"").status_code == 403
    assert catalog.store.db.imports.count_documents({}) == 0


def test_a_repeated_key_sends_a_file_once(catalog: Catalog) -> None:
    organizer = catalog.caller("organizer")
    key = {"Idempotency-Key": "archivo-1"}
    first, again = (send(organizer, as_lines(a_line("c1")), **key) for _ in range(2))
    assert first.headers["Location"] == again.headers["Location"]
    assert catalog.store.db.imports.count_documents({}) == 1


def test_a_file_of_several_megabytes_is_taken_where_a_body_of_that_size_is_not(catalog: Catalog) -> None:
    answer = send(catalog.caller("organizer"), b" " * 5_000_000 + b"\n")
    assert (answer.status_code, answer.get_json()["size"]) == (202, 5_000_001)


_KILLED_UPLOAD = """
import os, signal, sys
from datetime import UTC, date, datetime
from services.catalog.imports.jobs import receive
from services.catalog.imports.rows import Order
from services.catalog.store import CatalogStore
from shared.config import Config

def read(size, pieces=[b"x" * 300_000]):
    return pieces.pop() if pieces else os.kill(os.getpid(), signal.SIGKILL)

job = {"_id": sys.argv[1], "by": sys.argv[2], "format": "jsonl", "created_at": datetime.now(UTC)}
order = Order(source="api", today=date(2026, 1, 1), kind=None, company_id=None, strict=True)
receive(CatalogStore.open(Config.from_env("catalog")), job, order, read)
"""


@pytest.mark.usefixtures("environment")
def test_an_upload_whose_receiver_was_killed_fails_in_time_and_can_be_sent_again(catalog: Catalog) -> None:
    organizer, store, key = catalog.caller("organizer"), catalog.store, "archivo-2"
    account = send(organizer, as_lines(a_line("c1"))).get_json()["id"]
    account = store.db.imports.find_one({"_id": account})["by"]
    job_id = identity("Idempotency-Key", account, key)
    killed = subprocess.run([sys.executable, "-c", _KILLED_UPLOAD, job_id, account], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert store.get_import(job_id)["status"] == "uploading"
    assert store.fail_silent_uploads(datetime.now(UTC) + timedelta(minutes=4)) == 0
    assert store.fail_silent_uploads(datetime.now(UTC) + timedelta(minutes=6)) == 1
    shown = organizer.get(f"/imports/{job_id}").get_json()
    assert (shown["status"], shown["detail"][:27]) == ("failed", "El archivo no llegó complet")
    assert store.db["import_files.chunks"].count_documents({"files_id": job_id}) == 0
    again = send(organizer, as_lines(a_line("c1")), **{"Idempotency-Key": key})
    assert (again.get_json()["id"], again.get_json()["status"]) == (job_id, "waiting")


def test_an_upload_that_was_given_up_is_refused_when_it_ends_after_all(catalog: Catalog) -> None:
    store, pieces = catalog.store, [as_lines(a_line("c1"))]

    def slowly(_: int) -> bytes:
        store.fail_silent_uploads(datetime.now(UTC) + timedelta(minutes=6))
        return pieces.pop() if pieces else b""

    job = {"_id": "late", "by": "somebody", "format": "jsonl", "created_at": datetime.now(UTC)}
    with pytest.raises(Conflict, match="took too long"):
        receive(store, job, ORDER, slowly)
    assert store.get_import("late")["status"] == "failed"
    assert store.db["import_files.chunks"].count_documents({}) == 0
