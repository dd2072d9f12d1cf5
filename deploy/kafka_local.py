"""A real Kafka on this machine without Docker: one KRaft node from Kafka's released jars.

It needs a Java runtime (17 or newer) and Maven, which fetches the jars once. For development and
tests; production runs a cluster.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
import uuid
from base64 import urlsafe_b64encode
from pathlib import Path

from filelock import FileLock
from kafka import KafkaAdminClient
from kafka.errors import KafkaError

HERE = Path(__file__).parent / "kafka"
START_SECONDS = 60.0

_PROPERTIES = """\
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
controller.quorum.bootstrap.servers=127.0.0.1:{controller_port}
log.dirs={folder}/data
auto.create.topics.enable=false
num.partitions=3
offsets.topic.replication.factor=1
offsets.topic.num.partitions=2
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
# The default of 128 MiB does not fit the small heap.
log.cleaner.dedupe.buffer.size=8388608
"""
_LOGGING = """\
status=error
appender.out.type=Console
appender.out.name=out
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%d %p %m (%c)%n
rootLogger.level=warn
rootLogger.appenderRef.out.ref=out
"""


class KafkaFailed(Exception):
    """The local broker can't be had or did not start; the text says why."""


def find_java_and_maven() -> str | None:
    """Why a local Kafka can't be run here, or None when it can."""
    missing = [name for name in ("java", "mvn") if shutil.which(name) is None]
    if not missing:
        return None
    return (
        f"a local Kafka needs {' and '.join(missing)}: install them"
        " (on Debian: apt install openjdk-17-jre-headless maven)"
    )


def fetch_jars() -> Path:
    """The folder with Kafka's jars, fetched by Maven the first time. Raises KafkaFailed."""
    jars = HERE / "libs"
    complete = jars / ".complete"
    jars.mkdir(exist_ok=True)
    with FileLock(jars / ".lock"):
        # Jars that were fetched for an older pom.xml are not those that it names now.
        if complete.exists() and complete.stat().st_mtime >= (HERE / "pom.xml").stat().st_mtime:
            return jars
        reason = find_java_and_maven()
        if reason:
            raise KafkaFailed(reason)
        for old in jars.glob("*.jar"):
            old.unlink()
        command = ["mvn", "-B", "-q", "-f", str(HERE / "pom.xml"), "dependency:copy-dependencies"]
        done = subprocess.run([*command, f"-Djars={jars}"], capture_output=True, text=True, check=False)
        if done.returncode:
            raise KafkaFailed(f"Maven could not fetch Kafka's jars:\n{done.stdout}{done.stderr}")
        complete.touch()
    return jars


class LocalKafka:
    """One broker with its data in `folder`; started again on the same folder it finds them."""

    def __init__(self, folder: Path, port: int, controller_port: int) -> None:
        self._folder = folder.absolute()
        self._ports = {"port": port, "controller_port": controller_port}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Where clients begin: host:port."""
        return f"127.0.0.1:{self._ports['port']}"

    def settings(self) -> str:
        """The broker's `server.properties`."""
        return _PROPERTIES.format(folder=self._folder, **self._ports)

    @property
    def pid(self) -> int:
        """The broker's process. Raises KafkaFailed when it was not started."""
        if self._process is None:
            raise KafkaFailed("Kafka has not been started")
        return self._process.pid

    def start(self) -> str:
        """Start the broker, wait until it answers, and return its address. Raises KafkaFailed."""
        jars = fetch_jars()
        self._folder.mkdir(parents=True, exist_ok=True)
        properties = self._folder / "server.properties"
        properties.write_text(self.settings())
        (self._folder / "log4j2.properties").write_text(_LOGGING)
        self._format(jars, properties)
        memory = ["-Xms128m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
        with (self._folder / "kafka.log").open("ab") as output:
            self._process = subprocess.Popen(
                [*self._java(jars, memory), "kafka.Kafka", str(properties)],
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is for us: we stop it last, in order
            )
        self._wait()
        return self.address

    def _java(self, jars: Path, options: list[str]) -> list[str]:
        logging = f"-Dlog4j2.configurationFile={self._folder / 'log4j2.properties'}"
        return ["java", *options, logging, "-cp", f"{jars}/*"]

    def _format(self, jars: Path, properties: Path) -> None:
        if (self._folder / "data" / "meta.properties").exists():
            return
        cluster = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        # Joined to its option, as one id in 64 begins with a dash.
        arguments = ["format", "--standalone", "--ignore-formatted", f"--cluster-id={cluster}"]
        done = subprocess.run(
            [
                *self._java(jars, ["-XX:TieredStopAtLevel=1"]),
                "kafka.tools.StorageTool",
                *arguments,
                "-c",
                str(properties),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise KafkaFailed(f"Kafka's storage could not be made:\n{done.stdout}{done.stderr}")

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process and self._process.poll() is None:
            if self._answers():
                return
            time.sleep(0.1)
        self.stop()
        log = self._folder / "kafka.log"
        raise KafkaFailed(f"Kafka did not start; the end of {log}:\n{log.read_text()[-2000:]}")

    def _answers(self) -> bool:
        try:
            # kafka-python leaks the sockets of refused connections: ask it when the port is open.
            socket.create_connection(("127.0.0.1", self._ports["port"]), timeout=1).close()
            admin = KafkaAdminClient(bootstrap_servers=self.address, bootstrap_timeout_ms=5_000)
        except (OSError, KafkaError):
            return False
        try:
            admin.list_topics()
        except KafkaError:
            return False
        finally:
            admin.close()
        return True

    def stop(self) -> None:
        """End the broker cleanly, or by force after 20 s."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
