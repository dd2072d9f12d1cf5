"""A broker that asks for TLS and a password, and clients that have them, or not."""

from __future__ import annotations

import secrets
import ssl
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from deploy.kafka_local import LocalKafka, find_java_and_maven
from deploy.topics import make_topics
from shared.bus import BusUnavailable, connect
from shared.config import Config, KafkaSecurity
from tests.backing import free_port, not_to_be_had
from tests.certificates import self_signed
from tests.integration.bus_member import config_for
from tests.integration.test_bus import keys, numbered, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = [
    pytest.mark.usefixtures("collect_refused_sockets"),
    # kafka-python leaves the sockets of refused connections to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed <:ResourceWarning"),
]

TOPIC = "catalog.events"
_LISTENER = """
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller},SECURED://127.0.0.1:{secured}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},SECURED://127.0.0.1:{secured}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURED:SASL_SSL
listener.name.secured.ssl.keystore.type=PEM
listener.name.secured.ssl.keystore.location={certificate}
listener.name.secured.sasl.enabled.mechanisms=PLAIN
listener.name.secured.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule \
required user_encadena="{password}";
"""


class SecuredKafka(LocalKafka):
    """The local broker with one more door, which takes only those who know a password."""

    def __init__(self, folder: Path, certificate: Path) -> None:
        self.ports = {"port": free_port(), "controller": free_port(), "secured": free_port()}
        super().__init__(folder, self.ports["port"], self.ports["controller"])
        self.certificate, self.password = certificate, secrets.token_urlsafe(16)

    def settings(self) -> str:
        return super().settings() + _LISTENER.format(
            certificate=self.certificate, password=self.password, **self.ports
        )


@dataclass(frozen=True)
class Door:
    """The secured door: a configuration that opens it."""

    config: Config

    def with_security(self, **changed: Any) -> Config:
        return replace(self.config, kafka=replace(self.config.kafka, **changed))


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    missing = find_java_and_maven()
    if missing:
        not_to_be_had(missing)
    folder = tmp_path_factory.mktemp("secured")
    certificate = self_signed(folder)
    broker = SecuredKafka(folder, certificate)
    broker.start()
    security = KafkaSecurity(
        protocol="SASL_SSL", mechanism="PLAIN", username="encadena", password=broker.password,
        ca_file=str(certificate),
    )  # fmt: skip
    yield Door(replace(config_for(f"kafka://127.0.0.1:{broker.ports['secured']}"), kafka=security))
    broker.stop()


def test_topics_are_made_and_events_cross_with_tls_and_a_password(
    door: Door, opened: Callable[[Any], Any]
) -> None:
    make_topics(door.config, [TOPIC], partitions=1, replication=1)
    bus = connect(door.config)
    opened(bus.producer()).publish(numbered(TOPIC, 1, 2))
    consumer = opened(bus.consumer("g", [TOPIC]))
    assert keys(read(consumer, 2)) == ["1", "2"]
    consumer.commit()


@pytest.mark.parametrize(
    "changed",
    [
        {"password": "guessed"},
        {"ca_file": ssl.get_default_verify_paths().cafile},
    ],
    ids=["a wrong password", "a certificate of a stranger"],
)
def test_who_comes_with_something_else_is_told_to_look_at_the_security_settings(
    door: Door, opened: Callable[[Any], Any], changed: dict[str, str | None]
) -> None:
    bus = connect(door.with_security(**changed))
    with pytest.raises(BusUnavailable, match="security settings"):
        opened(bus.producer()).publish(numbered(TOPIC, 3))
