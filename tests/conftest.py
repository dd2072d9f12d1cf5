"""Fixtures for all tests: the real backing services, a configuration of one's own, and tokens."""

from __future__ import annotations

import json
import uuid
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any, Protocol

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm
from pymongo import MongoClient
from xdist.scheduler import LoadScopeScheduling

from shared.config import SERVICES, Config
from tests import backing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class ByServers(LoadScopeScheduling):
    """Gives a core one file after the other; the tests of a folder that share its servers stay together."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        folder = path.rpartition("/")[0]
        return folder if folder in {"tests/e2e", "tests/integration"} else path


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByServers:
    """Spread the tests over the cores."""
    return ByServers(config, log)


@pytest.fixture(scope="session")
def mongo_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a MongoDB replica set, started once for the whole session."""
    with backing.mongo(tmp_path_factory.mktemp("mongo")) as url:
        yield url


@pytest.fixture(scope="session")
def kafka_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`host:port` of a Kafka broker, started once for the whole session."""
    with backing.kafka(tmp_path_factory.mktemp("kafka")) as address:
        yield address


@pytest.fixture(scope="session")
def mongo_client(mongo_url: str) -> Iterator[MongoClient[dict[str, Any]]]:
    """A client of the tests' own, to look into databases from outside."""
    with MongoClient[dict[str, Any]](mongo_url, timeoutMS=30_000, tz_aware=True) as client:
        yield client


@pytest.fixture
def database_prefix(mongo_client: MongoClient[dict[str, Any]]) -> Iterator[str]:
    """A prefix for this test's databases, which are dropped after it."""
    with own_databases(mongo_client) as prefix:
        yield prefix


@contextmanager
def own_databases(mongo_client: MongoClient[dict[str, Any]]) -> Iterator[str]:
    """A prefix of databases, which are dropped after the block."""
    prefix = f"t{uuid.uuid4().hex[:10]}_"
    yield prefix
    for name in mongo_client.list_database_names():
        if name.startswith(prefix):
            mongo_client.drop_database(name)


class MakeConfig(Protocol):
    """`config("catalog", bus_url=…)`: a service's configuration, with fields of the test's own."""

    def __call__(self, service: str, **fields: Any) -> Config: ...


@pytest.fixture
def config(mongo_url: str, database_prefix: str, jwks_url: str, tmp_path: Path) -> MakeConfig:
    """Makes configurations that share this test's databases and its embedded bus."""
    return configurations(mongo_url, database_prefix, tmp_path, jwks_url)


def configurations(mongo_url: str, database_prefix: str, folder: Path, jwks_url: str) -> MakeConfig:
    """Makes configurations that share databases, and an embedded bus in the folder."""
    base = Config(
        service="",
        mongo_url=mongo_url,
        bus_url=f"embedded://{folder / 'bus'}",
        portal_url="http://portal.test",
        jwks_url=jwks_url,
        service_urls={name: f"http://{name}.test" for name in SERVICES},
        database_prefix=database_prefix,
    )

    def make(service: str, **fields: Any) -> Config:
        return replace(base, service=service, **fields)

    return make


class _QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Keep the tests' output free of access logs."""


class MakeToken(Protocol):
    """`token(roles=["supplier"], company_id=…)`: a signed token as the portal gives it."""

    def __call__(
        self,
        *,
        roles: list[str] | tuple[str, ...] = (),
        company_id: str | None = None,
        account_id: str | None = None,
        expires_in: float = 600,
    ) -> str: ...


@pytest.fixture(scope="session")
def signing_key() -> Ed25519PrivateKey:
    """The key that signs this session's tokens."""
    return Ed25519PrivateKey.generate()


@pytest.fixture(scope="session")
def jwks_url(signing_key: Ed25519PrivateKey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the key set that has the public half of `signing_key`, served on loopback."""
    public = OKPAlgorithm.to_jwk(signing_key.public_key(), as_dict=True)
    keys = {"keys": [{**public, "kid": "test", "alg": "EdDSA", "use": "sig"}]}
    folder = tmp_path_factory.mktemp("keys")
    (folder / "jwks.json").write_text(json.dumps(keys))
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_QuietHandler, directory=folder)) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/jwks.json"
        server.shutdown()


@pytest.fixture(scope="session")
def token(signing_key: Ed25519PrivateKey) -> MakeToken:
    """Signs tokens; `expires_in` is in seconds, and below zero for one that has expired."""

    def sign(
        *,
        roles: list[str] | tuple[str, ...] = (),
        company_id: str | None = None,
        account_id: str | None = None,
        expires_in: float = 600,
    ) -> str:
        now = datetime.now(UTC)
        claims = {
            "iss": "encadena",
            "aud": "encadena",
            "sub": account_id or str(uuid.uuid4()),
            "company": company_id,
            "roles": list(roles),
            "iat": now,
            "exp": now + timedelta(seconds=expires_in),
        }
        return jwt.encode(claims, signing_key, algorithm="EdDSA", headers={"kid": "test"})

    return sign
