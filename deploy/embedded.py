"""Runs the whole system on one machine: `make run`, or `python -m deploy.embedded`.

A real mongod, a mail server that writes files, the embedded bus (or a local Kafka), and the web and
worker process of each service, which `Procfile` lists. All state is under one folder.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import requests
from filelock import FileLock, Timeout

from deploy.kafka_local import KafkaFailed, LocalKafka
from deploy.mongod import LocalMongod, MongodFailed, port_is_free
from deploy.supervisor import Supervisor, holder_of, stop_marked
from shared.config import SERVICES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parent.parent
MARK = "ENCADENA_VAR"
READY_SECONDS = 120
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# The order of the ports, from the base: the portal is what people open.
WEB = ("portal", "catalog", "matching", "rounds", "notifications")
MONGO, SMTP, KAFKA, KAFKA_CONTROLLER = 10, 11, 12, 13


class CannotRun(Exception):
    """Something on this machine is in the way; the text says what, and what to do."""


@dataclass(frozen=True)
class Place:
    """Where one copy of the system lives: its folder, the first of its ports, its kind of bus."""

    var: Path
    port: int
    bus: str = "embedded"

    def url(self, service: str) -> str:
        """Where a service answers."""
        return f"http://127.0.0.1:{self.port + WEB.index(service)}"

    def ports(self) -> dict[int, str]:
        """Every port that is needed, and what for."""
        needed = {self.port + n: name for n, name in enumerate(WEB)}
        needed |= {self.port + MONGO: "mongod", self.port + SMTP: "correo"}
        if self.bus == "kafka":
            needed |= {self.port + KAFKA: "Kafka", self.port + KAFKA_CONTROLLER: "Kafka"}
        return needed

    def settings(self, mongo_url: str) -> dict[str, str]:
        """The environment of all processes."""
        kafka = f"kafka://127.0.0.1:{self.port + KAFKA}"
        urls = {f"ENCADENA_{service.upper()}_URL": self.url(service) for service in SERVICES}
        ports = {f"{name.upper()}_PORT": str(self.port + n) for n, name in enumerate(WEB)}
        return {
            MARK: str(self.var),
            "ENCADENA_MONGO_URL": mongo_url,
            "ENCADENA_BUS_URL": kafka if self.bus == "kafka" else f"embedded://{self.var / 'bus'}",
            "ENCADENA_JWKS_URL": f"{self.url('portal')}/.well-known/jwks.json",
            "ENCADENA_SMTP_URL": f"smtp://127.0.0.1:{self.port + SMTP}",
            "ENCADENA_MAIL_FROM": "Encadena <no-responder@encadena.localhost>",
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "PYTHONUNBUFFERED": "1",
            **urls,
            **ports,
        }


def say(text: str) -> None:
    """One line for the person who watches."""
    print(f"  {text}", flush=True)


@contextmanager
def alone(place: Place) -> Iterator[None]:
    """Hold the folder for this run, and clear away what a killed run left. Raises CannotRun."""
    place.var.mkdir(parents=True, exist_ok=True, mode=0o700)
    owner = place.var / "run.pid"
    # The kernel gives the lock back even after kill -9, so whoever holds it is alive.
    lock = FileLock(place.var / "run.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        pid = owner.read_text().strip() if owner.exists() else "?"
        raise CannotRun(
            f"Encadena ya está en marcha con {place.var} (proceso {pid}). Deténgala con Ctrl-C o"
            f" «kill {pid}», o use otra carpeta y otro puerto: make run VAR=otra PORT=9000"
        ) from error
    try:
        owner.write_text(f"{os.getpid()}\n")
        left = stop_marked(MARK, str(place.var))
        if left:
            say(f"Se detuvieron {left} procesos que dejó una ejecución interrumpida")
        yield
    finally:
        owner.unlink(missing_ok=True)
        lock.release()


class Stack:
    """Everything that runs; `start` it, `wait` with it, and `stop` it in the end."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.logs = place.var / "log"
        self.logs.mkdir(parents=True, exist_ok=True)
        self.mongod = LocalMongod(place.var / "mongo", place.port + MONGO)
        self.kafka: LocalKafka | None = None
        # What the services stand on is stopped after them.
        self.base = Supervisor(self.logs, say)
        self.services = Supervisor(self.logs, say)

    def start(self) -> None:
        """Start everything and wait until every service is ready. Raises CannotRun."""
        self._check_ports()
        for name in [name for name in os.environ if name.startswith("ENCADENA_")]:
            del os.environ[name]
        # Set before the first process starts: a later run knows by the mark what is left of this.
        os.environ.update(self.place.settings(self.mongod.url))
        try:
            timed("MongoDB", self._start_mongod)
            if self.place.bus == "kafka":
                timed("Kafka", self._start_kafka)
        except (MongodFailed, KafkaFailed) as error:
            raise CannotRun(str(error)) from error
        address = f"127.0.0.1:{self.place.port + SMTP}"
        handler = ["-c", "deploy.mailbox.EmlFiles", str(self.place.var / "mail")]
        mail = [sys.executable, "-m", "aiosmtpd", "-n", "-l", address, *handler]
        self.base.start("mail", mail)
        for line in (ROOT / "Procfile").read_text().splitlines():
            name, _, command = line.partition(": ")
            self.services.start(name, ["/bin/sh", "-c", f"exec {command}"])
        for service in WEB:
            timed(f"{service} en {self.place.url(service)}", self._await_ready, service)

    def wait(self, until: Callable[[], bool]) -> None:
        """Look after the processes until something is so."""
        while not until():
            self.base.tick()
            self.services.tick()
            time.sleep(0.1)

    def stop(self) -> None:
        """Stop everything in order, the database last, and leave nothing behind."""
        self.services.stop()
        if self.kafka:
            self.kafka.stop()
        self.base.stop()
        stop_marked(MARK, str(self.place.var))

    def _check_ports(self) -> None:
        for port, purpose in self.place.ports().items():
            if not port_is_free(port):
                holder = holder_of(port) or "de otro usuario"
                raise CannotRun(
                    f"El puerto {port} ({purpose}) está ocupado por el proceso {holder}."
                    f" Deténgalo, o use otros puertos: make run PORT={self.place.port + 100}"
                )

    def _start_mongod(self) -> None:
        self.base.start("mongod", self.mongod.command())
        self.mongod.await_primary(self.base.kept["mongod"].process, self.logs / "mongod.log")

    def _start_kafka(self) -> None:
        first, second = self.place.port + KAFKA, self.place.port + KAFKA_CONTROLLER
        self.kafka = LocalKafka(self.place.var / "kafka", first, second)
        self.kafka.start()
        made = subprocess.run(
            [sys.executable, "-m", "deploy.topics"], capture_output=True, text=True, check=False
        )
        if made.returncode:
            raise CannotRun(f"No se pudieron crear los temas en Kafka:\n{made.stderr}")

    def _await_ready(self, service: str) -> None:
        deadline = time.monotonic() + READY_SECONDS
        web = self.services.kept[f"{service}-web"]

        def answers() -> bool:
            if web.deaths_in_a_row >= 3 or time.monotonic() > deadline:
                log = self.logs / f"{service}-web.log"
                lines = log.read_text(errors="replace").splitlines()[-15:]
                last = "\n".join(line[:200] for line in lines)
                raise CannotRun(f"{service} no arranca; {log} termina así:\n{last}")
            try:
                return requests.get(f"{self.place.url(service)}/readyz", timeout=2).ok
            except requests.RequestException:
                return False

        self.wait(answers)


def timed(what: str, do: Callable[..., object], *arguments: object) -> None:
    """Do it, and say how long it took."""
    begun = time.monotonic()
    do(*arguments)
    say(f"✓ {what} ({time.monotonic() - begun:.1f} s)")


def run(place: Place, *, demo: bool) -> None:
    """Run until Ctrl-C, SIGTERM or SIGHUP. Raises CannotRun."""
    for number in STOP_SIGNALS:
        signal.signal(number, signal.default_int_handler)
    with alone(place):
        stack = Stack(place)
        try:
            stack.start()
            if demo:
                play_demo(stack)
            else:
                print(f"\nPortal: {place.url('portal')}. Para ingresar: make invite EMAIL=su@correo")
            print("\nEncadena está en marcha. Ctrl-C la detiene; los datos quedan en", place.var)
            print(f"Registros de los procesos: {stack.logs}", flush=True)
            stack.wait(lambda: False)
        except KeyboardInterrupt:
            print("\nDeteniendo…", flush=True)
        finally:
            for number in STOP_SIGNALS:
                signal.signal(number, signal.SIG_IGN)
            stack.stop()


def play_demo(stack: Stack) -> None:
    """Play the demo story in a process of its own, as an outsider, while this one supervises."""
    place = stack.place
    story = subprocess.Popen(
        [sys.executable, "-m", "deploy.demo", "--port", str(place.port), "--var", str(place.var)],
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    stack.wait(lambda: story.poll() is not None)


def main() -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="make run", description=__doc__)
    parser.add_argument("--port", type=int, default=8000, help="the first of its ports")
    parser.add_argument("--var", type=Path, default=Path("var"), help="the folder of all state")
    parser.add_argument("--bus", choices=["embedded", "kafka"], default="embedded")
    parser.add_argument("--demo", choices=["yes", "no"], default="yes", help="the demo story")
    options = parser.parse_args()
    place = Place(options.var.absolute(), options.port, options.bus)
    os.chdir(ROOT)
    print(f"Encadena · puertos desde {place.port} · datos en {place.var}", flush=True)
    try:
        run(place, demo=options.demo == "yes")
    except CannotRun as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
