"""The real MongoDB and Kafka that the tests run on: by address, in a container, or started here."""

from __future__ import annotations

import contextlib
import gc
import os
import random
import resource
import shutil
import socket
import tempfile
import time
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from deploy.mongod import LocalMongod, MongodFailed, form_replica_set

if TYPE_CHECKING:
    from collections.abc import Iterator

MEMORY_NEEDED = 4 * 1024**3
MONGO_IMAGE = "mongo:8.0"
KAFKA_IMAGE = "confluentinc/cp-kafka:7.9.0"


def not_to_be_had(reason: str) -> NoReturn:
    """Skip the test; in CI, where everything must have been run, fail it."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on.

    It lies below those that the kernel gives to outgoing connections, so none of these can take it
    before the server that it is for has started.
    """
    while True:
        port = random.randint(10_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def docker_answers() -> bool:
    """Whether containers can be started here."""
    import docker

    with warnings.catch_warnings():
        # Where no engine answers, the library leaves its socket to the garbage collector.
        warnings.simplefilter("ignore", ResourceWarning)
        try:
            docker.from_env().close()
            answers = True
        except docker.errors.DockerException:
            answers = False
        gc.collect()
    return answers


@contextmanager
def mongo(folder: Path) -> Iterator[str]:
    """The address of a MongoDB replica set."""
    given = os.environ.get("ENCADENA_TEST_MONGO_URL")
    if given:
        yield given
    elif docker_answers():
        with _mongo_container() as url:
            yield url
    else:
        with _fast_folder(folder) as fast:
            # Each test makes and drops some seventy files, and a process may hold only so many.
            most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
            server = LocalMongod(fast, free_port(), cache_gb=0.25, checkpoint_seconds=5)
            try:
                url = server.start()
            except MongodFailed as error:
                not_to_be_had(str(error))
            try:
                yield url
            finally:
                server.stop()


@contextmanager
def _fast_folder(folder: Path) -> Iterator[Path]:
    """A folder in memory, where there is room for it: making a test's collections takes a sixth of the time.

    That data outlive a crash is shown on whole systems, which keep theirs on the disk.
    """
    memory = Path("/dev/shm")  # a tmpfs on every Linux
    if memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > MEMORY_NEEDED:
        with tempfile.TemporaryDirectory(dir=memory, prefix="encadena-") as name:
            yield Path(name)
    else:
        yield folder


@contextmanager
def _mongo_container() -> Iterator[str]:
    from testcontainers.core.container import DockerContainer

    container = DockerContainer(MONGO_IMAGE).with_command("--replSet rs0 --bind_ip_all")
    with container.with_exposed_ports(27017) as started:
        host, port = started.get_container_host_ip(), started.get_exposed_port(27017)
        url = f"mongodb://{host}:{port}/?directConnection=true"
        deadline = time.monotonic() + 60
        with MongoClient[dict[str, object]](url, serverSelectionTimeoutMS=500) as client:
            while time.monotonic() < deadline:
                try:
                    form_replica_set(client, "127.0.0.1:27017")
                    if client.admin.command("hello").get("isWritablePrimary"):
                        break
                except PyMongoError:
                    time.sleep(0.1)
        yield url


@contextmanager
def kafka(folder: Path) -> Iterator[str]:
    """The address of a Kafka broker."""
    given = os.environ.get("ENCADENA_TEST_KAFKA")
    if given:
        yield given
    elif docker_answers():
        from testcontainers.community.kafka import KafkaContainer

        with KafkaContainer(KAFKA_IMAGE).with_kraft() as container:
            yield container.get_bootstrap_server()
    else:
        from deploy.kafka_local import LocalKafka, find_java_and_maven

        missing = find_java_and_maven()
        if missing:
            not_to_be_had(missing)
        broker = LocalKafka(folder, free_port(), free_port())
        address = broker.start()
        yield address
        broker.stop()
