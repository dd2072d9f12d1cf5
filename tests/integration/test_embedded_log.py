"""What is special to the bus on one machine: its files, its locks, and bad days of disk and process."""

from __future__ import annotations

import resource
import shutil
import sqlite3
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from shared.bus import BusUnavailable, Record
from shared.bus.embedded import EmbeddedBus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from shared.bus import Received

TOPIC = "catalog.events"


def publish(bus: EmbeddedBus, *keys: str, topic: str = TOPIC, value: bytes = b"{}") -> None:
    producer = bus.producer()
    try:
        producer.publish([Record(topic, key, value) for key in keys])
    finally:
        producer.close()


def everything(bus: EmbeddedBus, group: str = "auditor") -> list[Received]:
    """What a new group would read."""
    consumer = bus.consumer(group, [TOPIC])
    records: list[Received] = []
    while batch := consumer.poll(1000, 0.0):
        records += batch
    consumer.close()
    return records


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "bus"


@pytest.fixture
def bus(folder: Path) -> EmbeddedBus:
    return EmbeddedBus(folder)


def test_many_processes_publish_at_once_and_offsets_have_no_gap(
    bus: EmbeddedBus, folder: Path, run_member: Callable[..., subprocess.Popen[str]]
) -> None:
    members = [run_member("publish", f"embedded://{folder}", TOPIC, name, 400, 10) for name in "abcd"]
    assert [member.wait(60) for member in members] == [0, 0, 0, 0]
    records = everything(bus)
    assert [record.offset for record in records] == list(range(1, 1601))
    for name in "abcd":
        own = [record.key for record in records if record.key.startswith(name)]
        assert own == [f"{name}-{number}" for number in range(400)]


def test_a_publisher_killed_at_any_moment_loses_nothing_acknowledged(
    bus: EmbeddedBus, folder: Path, run_member: Callable[..., subprocess.Popen[str]]
) -> None:
    acknowledged: dict[str, int] = {}
    for turn in range(8):
        member = run_member("publish", f"embedded://{folder}", TOPIC, f"p{turn}", 1_000_000, 7)
        assert member.stdout is not None
        for _ in range(1 + turn * 5):
            member.stdout.readline()
        member.kill()
        lines = member.stdout.read().split("\n")
        acknowledged[f"p{turn}"] = int(lines[-2]) if len(lines) > 1 else 0
    records = everything(bus)
    assert [record.offset for record in records] == list(range(1, len(records) + 1))
    for name, last in acknowledged.items():
        own = [int(record.key.partition("-")[2]) for record in records if record.key.startswith(name + "-")]
        assert own == list(range(len(own)))
        assert len(own) > last


def test_a_killed_consumer_leaves_a_position_that_skips_nothing(
    bus: EmbeddedBus, folder: Path, run_member: Callable[..., subprocess.Popen[str]]
) -> None:
    publish(bus, *[str(number) for number in range(2000)])
    seen: list[str] = []
    for _ in range(4):
        member = run_member("consume", f"embedded://{folder}", TOPIC, "g")
        assert member.stdout is not None
        seen += [member.stdout.readline().strip() for _ in range(150)]
        member.kill()
        seen += member.stdout.read().split()
    # On a busy machine the last member may have read them all before it was killed.
    publish(bus, "2000")
    committed = bus.consumer("g", [TOPIC])
    (following,) = committed.poll(1, 5.0)
    committed.close()
    # The member commits before it prints, so what it printed was committed.
    assert max(int(key) for key in seen) < int(following.key)
    assert len(everything(bus)) == 2001


def test_a_member_reads_the_topics_that_no_other_member_holds(bus: EmbeddedBus) -> None:
    first = bus.consumer("g", ["a.events"])
    first.poll(1, 0.0)
    second = bus.consumer("g", ["a.events", "b.events"])
    publish(bus, "1", topic="a.events")
    publish(bus, "2", topic="b.events")
    assert [record.key for record in second.poll(10, 5.0)] == ["2"]
    assert [record.key for record in first.poll(10, 5.0)] == ["1"]
    first.close()
    second.close()


def test_a_writer_of_one_topic_does_not_hold_up_another(bus: EmbeddedBus, folder: Path) -> None:
    publish(bus, "1", topic="a.events")
    holder = sqlite3.connect(folder / "topics" / "a.events.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    publish(bus, "2")
    holder.execute("ROLLBACK")
    holder.close()
    assert [record.key for record in everything(bus)] == ["2"]


def test_old_records_are_removed_and_new_ones_kept(folder: Path) -> None:
    publish(EmbeddedBus(folder), "old", "older")
    publish(EmbeddedBus(folder, retention=timedelta(0)), "new")
    assert [(record.key, record.offset) for record in everything(EmbeddedBus(folder))] == [("new", 3)]


def test_records_younger_than_the_retention_are_kept(folder: Path) -> None:
    publish(EmbeddedBus(folder), "1")
    publish(EmbeddedBus(folder, retention=timedelta(minutes=5)), "2")
    assert [record.key for record in everything(EmbeddedBus(folder))] == ["1", "2"]


def test_a_group_whose_next_record_was_removed_goes_on_with_the_oldest(folder: Path) -> None:
    bus = EmbeddedBus(folder)
    publish(bus, "1", "2", "3")
    consumer = bus.consumer("g", [TOPIC])
    consumer.poll(1, 1.0)
    consumer.commit()
    consumer.close()
    publish(EmbeddedBus(folder, retention=timedelta(0)), "4")
    consumer = bus.consumer("g", [TOPIC])
    assert [record.key for record in consumer.poll(10, 1.0)] == ["4"]
    consumer.close()


def test_a_group_reads_a_log_that_was_made_anew(bus: EmbeddedBus, folder: Path) -> None:
    publish(bus, "1", "2", "3")
    consumer = bus.consumer("g", [TOPIC])
    consumer.poll(10, 1.0)
    consumer.commit()
    consumer.close()
    shutil.rmtree(folder / "topics")
    publish(bus, "4")
    consumer = bus.consumer("g", [TOPIC])
    assert [record.key for record in consumer.poll(10, 1.0)] == ["4"]
    consumer.close()


@contextmanager
def limited_files(folder: Path) -> Iterator[None]:
    """No file of this process may grow past 400 kB: for SQLite, a disk that takes no more."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def full_disk(folder: Path) -> Iterator[None]:
    """A file takes all that is left of the small disk, save 100 kB."""
    ballast = folder.parent / "ballast"
    ballast.write_bytes(b"\0" * (shutil.disk_usage(folder).free - 100_000))
    yield
    ballast.unlink()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 4 MB of its own, where this user may mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)]
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"a disk of its own can't be mounted here: {mounted.stderr.strip()}")
    yield disk / "bus"
    subprocess.run(["umount", str(disk)], check=True)


def fills_up_and_goes_on(folder: Path, shortage: Callable[[Path], Any]) -> None:
    bus = EmbeddedBus(folder)
    publish(bus, "before")
    consumer = bus.consumer("g", [TOPIC])
    producer = bus.producer()
    sent = ["before"]

    def fill_up() -> None:
        for number in range(200):
            producer.publish([Record(TOPIC, f"{number}-{part}", b"x" * 10_000) for part in "ab"])
            sent.extend([f"{number}-a", f"{number}-b"])

    with shortage(folder), pytest.raises(BusUnavailable, match=r"(?i)disk.*free some space"):
        fill_up()
    producer.publish([Record(TOPIC, "after", b"{}")])
    producer.close()
    assert [record.key for record in consumer.poll(1000, 1.0)] == [*sent, "after"]
    consumer.commit()
    consumer.close()
    records = everything(bus)
    assert [record.offset for record in records] == list(range(1, len(sent) + 2))


def test_a_file_that_can_not_grow_is_told_clearly_and_work_goes_on_after(folder: Path) -> None:
    fills_up_and_goes_on(folder, limited_files)


def test_a_full_disk_is_told_clearly_and_work_goes_on_after(small_disk: Path) -> None:
    fills_up_and_goes_on(small_disk, full_disk)


def test_a_full_disk_at_the_first_opening_is_told_clearly(small_disk: Path) -> None:
    small_disk.mkdir()
    with full_disk(small_disk):
        (small_disk / "rest").write_bytes(b"\0" * shutil.disk_usage(small_disk).free)
        with pytest.raises(BusUnavailable):
            publish(EmbeddedBus(small_disk), "1")
        with pytest.raises(BusUnavailable):
            EmbeddedBus(small_disk).consumer("g", [TOPIC])
    publish(EmbeddedBus(small_disk), "2")
    assert [record.key for record in everything(EmbeddedBus(small_disk))] == ["2"]


def test_a_position_that_can_not_be_stored_is_told_and_kept(small_disk: Path) -> None:
    bus = EmbeddedBus(small_disk)
    publish(bus, "1", "2")
    consumer = bus.consumer("g", [TOPIC])
    consumer.poll(1, 1.0)
    with full_disk(small_disk):
        (small_disk / "rest").write_bytes(b"\0" * shutil.disk_usage(small_disk).free)
        with pytest.raises(BusUnavailable, match="free some space"):
            consumer.commit()
    consumer.commit()
    consumer.close()
    consumer = bus.consumer("g", [TOPIC])
    assert [record.key for record in consumer.poll(10, 1.0)] == ["2"]
    consumer.close()


def test_a_folder_that_can_not_be_made_is_told_clearly(tmp_path: Path) -> None:
    (tmp_path / "bus").write_text("a file where the folder should be")
    with pytest.raises(BusUnavailable, match="bus"):
        publish(EmbeddedBus(tmp_path / "bus"), "1")


def test_a_damaged_file_is_told_clearly(bus: EmbeddedBus, folder: Path) -> None:
    publish(bus, "1")
    (folder / "topics" / f"{TOPIC}.db").write_bytes(b"not a database" * 1000)
    with pytest.raises(BusUnavailable, match="damaged"):
        publish(bus, "2")


def test_a_batch_with_a_record_that_can_not_be_stored_leaves_nothing(bus: EmbeddedBus) -> None:
    producer = bus.producer()
    with pytest.raises(UnicodeEncodeError):
        producer.publish([Record(TOPIC, "1", b"{}"), Record(TOPIC, "half a character: \ud800", b"{}")])
    producer.publish([Record(TOPIC, "2", b"{}")])
    producer.close()
    assert [(record.key, record.offset) for record in everything(bus)] == [("2", 1)]


def test_those_who_open_a_new_topic_at_once_do_not_hinder_each_other(bus: EmbeddedBus) -> None:
    together = threading.Barrier(8)

    def open_them_all(_: int) -> None:
        for number in range(50):
            together.wait(30)
            publish(bus, "1", topic=f"t{number}.events")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(open_them_all, range(8)))
    consumer = bus.consumer("g", [f"t{number}.events" for number in range(50)])
    assert len(consumer.poll(1000, 0.0)) == 400
    consumer.close()
