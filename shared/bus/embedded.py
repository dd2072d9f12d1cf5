"""The bus on one machine: a log on disk that several processes share, with nothing to install.

For one machine and one local disk: a laptop, a test, a small installation. Not for network file
systems (their locks and shared memory can't be trusted) and not for several machines: there, use
Kafka.

A topic is one SQLite file in WAL mode with one partition, so its offsets are gapless and all of a
topic is in order, and the writers of two topics never wait for each other. A commit is flushed to
the disk before it returns, so a killed process or a power cut loses nothing acknowledged. One
process at a time writes a file, held by an OS lock, which also keeps clear of the race between two
checkpoints that damages files in SQLite before 3.51.3 (https://sqlite.org/wal.html#walresetbug).
Records older than the retention are removed in passing; their room in the file is used again.

Each group has a file of committed positions, and an OS lock for each topic that makes one member
active. The kernel frees it when the member ends, however it ends, unless a child inherited it:
start children with `subprocess` or multiprocessing's `spawn`, not with a bare fork.

An idle reader looks at its topics every 20 ms. A look is one index seek in shared memory, some
2 µs, so five topics cost a waiting worker less than 0.1 % of a core; and unlike a signal, a look
can't be missed.
"""

from __future__ import annotations

import sqlite3
import time
from collections import deque
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import unquote, urlsplit

import msgspec
from filelock import FileLock, Timeout

from shared.bus import BusUnavailable, Received

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shared.bus import Record
    from shared.config import Config

_PATIENCE = 10.0  # seconds that a writer waits for another one
_LOOK = 0.02  # seconds between two looks of an idle reader at its topics
_CLAIM = 0.1  # seconds between two tries of a standby to take over
_SWEEP = 60.0  # seconds between two removals of old records
_SWEEP_ROWS = 10_000  # the most that one removal takes, so that a publisher is not held up

_RECORDS = """CREATE TABLE IF NOT EXISTS records (
    "offset" INTEGER PRIMARY KEY AUTOINCREMENT, -- goes on rising when the newest record is removed
    key TEXT NOT NULL, value BLOB NOT NULL, headers BLOB NOT NULL, stored_at REAL NOT NULL)"""
_POSITIONS = """CREATE TABLE IF NOT EXISTS positions (
    topic TEXT PRIMARY KEY, next INTEGER NOT NULL) WITHOUT ROWID"""

_INSERT = "INSERT INTO records (key, value, headers, stored_at) VALUES (?, ?, ?, ?)"

_ADVICE = {
    sqlite3.SQLITE_FULL: "The disk is full: free some space, and the system goes on by itself.",
    sqlite3.SQLITE_IOERR: "The disk is full or faulty: free some space, or look at the disk.",
    sqlite3.SQLITE_CANTOPEN: "Look whether the folder exists, has space, and may be written.",
    sqlite3.SQLITE_READONLY: "Look whether this user may write there.",
    sqlite3.SQLITE_BUSY: "Another process holds it: look whether one hangs.",
    sqlite3.SQLITE_CORRUPT: "The file is damaged: stop everything and restore it from a copy.",
    sqlite3.SQLITE_NOTADB: "The file is damaged: stop everything and restore it from a copy.",
}


class EmbeddedBus:
    """The topics in one folder. `retention` is how long a record is kept at least."""

    def __init__(self, folder: Path, retention: timedelta = timedelta(days=7)) -> None:
        self._folder = folder
        self._retention = retention

    @classmethod
    def open(cls, config: Config) -> Self:
        """The bus in the folder that `config.bus_url` names (`embedded:///folder`)."""
        return cls(Path(unquote(urlsplit(config.bus_url).path)))

    def producer(self) -> EmbeddedProducer:
        """Open a producer; files are made when the first record comes."""
        return EmbeddedProducer(self._folder, self._retention)

    def consumer(self, group: str, topics: Sequence[str]) -> EmbeddedConsumer:
        """Open a member of `group`. Raises BusUnavailable when the files can't be made."""
        return EmbeddedConsumer(self._folder, group, topics)


class EmbeddedProducer:
    """Publishes; a batch is one transaction for each topic."""

    def __init__(self, folder: Path, retention: timedelta) -> None:
        self._folder = folder
        self._retention = retention.total_seconds()
        self._topics: dict[str, _File] = {}
        self._swept: dict[str, float] = {}

    def publish(self, records: Sequence[Record]) -> None:
        """Store all records durably. Raises BusUnavailable, with what to do in its text."""
        rows: dict[str, list[tuple[str, bytes, bytes, float]]] = {}
        now = time.time()
        for record in records:
            row = (record.key, record.value, msgspec.json.encode(record.headers), now)
            rows.setdefault(record.topic, []).append(row)
        for topic, batch in rows.items():
            if topic not in self._topics:
                self._topics[topic] = _topic_file(self._folder, topic)
            with self._topics[topic].writing() as connection:
                self._sweep(topic, connection)
                connection.executemany(
                    "INSERT INTO records (key, value, headers, stored_at) VALUES (?, ?, ?, ?)",
                    batch,
                )

    def _sweep(self, topic: str, connection: sqlite3.Connection) -> None:
        if time.monotonic() < self._swept.get(topic, 0.0) + _SWEEP:
            return
        query = 'SELECT "offset", stored_at FROM records ORDER BY "offset" LIMIT ?'
        limit = time.time() - self._retention
        last = 0
        for offset, stored_at in connection.execute(query, (_SWEEP_ROWS,)).fetchall():
            if stored_at >= limit:
                self._swept[topic] = time.monotonic()
                break
            last = offset
        connection.execute('DELETE FROM records WHERE "offset" <= ?', (last,))

    def close(self) -> None:
        """Close the files."""
        for topic in self._topics.values():
            topic.close()
        self._topics.clear()


class EmbeddedConsumer:
    """A member of a group: active for the topics whose lock it holds, a standby for the others."""

    def __init__(self, folder: Path, group: str, topics: Sequence[str]) -> None:
        groups = folder / "groups"
        self._positions = _File(groups / f"{group}.db", _POSITIONS)
        self._topics = {topic: _topic_file(folder, topic) for topic in topics}
        self._claims = {topic: _lock(groups / f"{group}.{topic}.active") for topic in topics}
        self._turns = deque(topics)
        self._committed: dict[str, int] = {}
        self._next: dict[str, int] = {}
        self._claimed_at = 0.0

    def poll(self, limit: int, seconds: float) -> list[Received]:
        """Up to `limit` records; waits at most `seconds` for the first. Raises BusUnavailable."""
        deadline = time.monotonic() + seconds
        while True:
            self._take_over()
            records = self._read(limit)
            left = deadline - time.monotonic()
            if records or left <= 0:
                return records
            time.sleep(min(_LOOK, left))

    def _take_over(self) -> None:
        if len(self._next) == len(self._topics) or time.monotonic() < self._claimed_at + _CLAIM:
            return
        self._claimed_at = time.monotonic()
        for topic in self._topics.keys() - self._next.keys():
            with _explained(self._positions.path):
                try:
                    self._claims[topic].acquire(blocking=False)
                except Timeout:
                    continue
            self._committed[topic] = self._next[topic] = self._committed_position(topic)

    def _committed_position(self, topic: str) -> int:
        found = self._positions.read("SELECT next FROM positions WHERE topic = ?", (topic,))
        written = self._topics[topic].read("SELECT seq FROM sqlite_sequence")
        # A position behind the log's end is one of an earlier log, removed by hand: begin again.
        if found and written and found[0][0] <= written[0][0] + 1:
            return int(found[0][0])
        return 1

    def _read(self, limit: int) -> list[Received]:
        records: list[Received] = []
        query = (
            'SELECT key, value, headers, "offset" FROM records WHERE "offset" >= ? ORDER BY "offset" LIMIT ?'
        )
        for topic in self._turns:
            if topic in self._next and len(records) < limit:
                rows = self._topics[topic].read(query, (self._next[topic], limit - len(records)))
                for key, value, headers, offset in rows:
                    decoded = msgspec.json.decode(headers, type=dict[str, str])
                    records.append(Received(topic, key, value, decoded, 0, offset))
                if rows:
                    self._next[topic] = rows[-1][3] + 1
        self._turns.rotate(-1)  # so that a busy topic does not starve the others
        return records

    def commit(self) -> None:
        """Store the position durably. Raises BusUnavailable."""
        changed = self._next.items() - self._committed.items()
        if changed:
            with self._positions.writing() as connection:
                connection.executemany("INSERT OR REPLACE INTO positions VALUES (?, ?)", changed)
            self._committed.update(changed)

    def rewind(self) -> None:
        """Go back to the committed position, which nobody else can move while we hold the lock."""
        self._next = dict(self._committed)

    def close(self) -> None:
        """Free the locks and close the files."""
        for claim in self._claims.values():
            claim.release(force=True)
        for file in (self._positions, *self._topics.values()):
            file.close()


class _File:
    """One SQLite file that many processes read and one at a time writes."""

    def __init__(self, path: Path, schema: str) -> None:
        self.path = path
        with _explained(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._lock = _lock(Path(f"{path}.lock"))
            # Two processes that switch one new file to WAL mode at once would refuse each other.
            with self._lock:
                self._connection = sqlite3.connect(path, _PATIENCE, isolation_level=None)
                try:
                    self._connection.execute("PRAGMA journal_mode = WAL")
                    self._connection.execute("PRAGMA synchronous = FULL")
                    self._connection.execute(schema)
                except BaseException:
                    self._connection.close()
                    raise

    def read(self, query: str, values: Sequence[object] = ()) -> list[Any]:
        with _explained(self.path):
            return self._connection.execute(query, values).fetchall()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction, flushed to the disk at its end."""
        with _explained(self.path), self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                # SQLite itself has already gone back after some faults, like a full disk.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def close(self) -> None:
        self._connection.close()


def _topic_file(folder: Path, topic: str) -> _File:
    return _File(folder / "topics" / f"{topic}.db", _RECORDS)


def _lock(path: Path) -> FileLock:
    # No fallback to a lock by mere existence: it would outlive a killed process.
    return FileLock(path, timeout=_PATIENCE, poll_interval=0.005, thread_local=False, fallback_to_soft=False)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn faults of the disk and of SQLite into BusUnavailable; let our own mistakes through."""
    try:
        yield
    except Timeout as error:
        raise BusUnavailable(
            f"Another process has been writing {path} for {_PATIENCE:.0f} s: look if one hangs."
        ) from error
    except OSError as error:
        raise BusUnavailable(f"The event log {path} can't be used: {error}.") from error
    except sqlite3.DatabaseError as error:
        if type(error) not in (sqlite3.OperationalError, sqlite3.DatabaseError):
            raise
        advice = _ADVICE.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, "")
        raise BusUnavailable(f"The event log {path} can't be used: {error}. {advice}") from error
