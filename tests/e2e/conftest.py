"""The systems that the stories run on: started once for this folder, each used by several tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from deploy.kafka_local import fetch_jars, find_java_and_maven
from tests import backing
from tests.e2e.system import System, running

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="package")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A system on the embedded bus, on which the demo story was told."""
    with running(System(tmp_path_factory.mktemp("embedded"))) as system:
        yield system


@pytest.fixture(scope="package")
def on_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A system on a local Kafka, on which the demo story was told."""
    reason = find_java_and_maven()
    if reason:
        backing.not_to_be_had(reason)
    fetch_jars()
    with running(System(tmp_path_factory.mktemp("kafka"), bus="kafka")) as system:
        yield system
