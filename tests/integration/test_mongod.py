"""The embedded `mongod`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pymongo import MongoClient

from deploy.mongod import LocalMongod, MongodFailed
from tests.backing import free_port

if TYPE_CHECKING:
    from pathlib import Path


def test_data_survive_a_kill_and_a_change_of_port(tmp_path: Path) -> None:
    first = LocalMongod(tmp_path / "data", free_port(), cache_gb=0.25)
    with MongoClient[dict[str, Any]](first.start()) as client:
        client.x.y.insert_one({"a": 1})
    assert first.process is not None
    first.process.kill()
    first.process.wait()
    second = LocalMongod(tmp_path / "data", free_port(), cache_gb=0.25)
    with MongoClient[dict[str, Any]](second.start()) as client:
        found = client.x.y.count_documents({})
    second.stop()
    assert found == 1


def test_a_taken_port_is_refused_and_named(tmp_path: Path, mongo_url: str) -> None:
    server = LocalMongod(tmp_path / "first", free_port(), cache_gb=0.25)
    server.start()
    with pytest.raises(MongodFailed, match=f"Port {server.port} is taken"):
        LocalMongod(tmp_path / "second", server.port).start()
    server.stop()


def test_data_in_use_by_another_mongod_are_refused(tmp_path: Path) -> None:
    server = LocalMongod(tmp_path / "data", free_port(), cache_gb=0.25)
    server.start()
    with pytest.raises(MongodFailed, match="Another mongod is using the data"):
        LocalMongod(tmp_path / "data", free_port()).start(tmp_path / "log")
    server.stop()


def test_configurations_of_one_test_share_databases_of_its_own(config, mongo_client) -> None:
    catalog, rounds = config("catalog"), config("rounds")
    mongo_client[catalog.database].x.insert_one({})
    assert catalog.database_prefix == rounds.database_prefix
    assert catalog.bus_url == rounds.bus_url
