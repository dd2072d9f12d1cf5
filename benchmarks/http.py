"""Requests a second of a read and of a durable write, beside a bare Flask route.

    python -m benchmarks.http [--seconds 5] [--clients 8]

Starts a real mongod, the catalog's web process and a bare Flask application, the latter two under the same
gunicorn settings, and asks each from one process with `--clients` connections that are kept open.
A read is a company by its id (token checked, one query); a write is a new company (validated, state and
outbox in one journaled majority transaction). The bare route only returns a small JSON object.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

# Run by its path, Python would look beside this file first, where `http` is a benchmark.
sys.path.pop(0)
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import jwt
import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask
from jwt.algorithms import OKPAlgorithm

from deploy.mongod import LocalMongod

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[1]
COMPANY = {
    "name": "Café del Huila SAS",
    "roles": ["supplier"],
    "size": "micro",
    "place": {"country": "CO", "department": "41", "municipality": "41001"},
}


def bare() -> Flask:
    """The application to compare with: one route, no token, no database."""
    app = Flask("bare")

    @app.get("/")
    def hello() -> dict[str, str]:
        return {"name": "Café del Huila SAS", "size": "micro"}

    return app


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def signer() -> Iterator[tuple[str, Callable[..., str]]]:
    """A key set on loopback, and what signs tokens with its key for a company and a role, or an organizer."""
    key = Ed25519PrivateKey.generate()
    public = OKPAlgorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": "bench", "use": "sig"}

    def sign(company: str | None = None, role: str = "organizer") -> str:
        now = int(time.time())
        claims = {"iss": "encadena", "aud": "encadena", "sub": company or "bench", "company": company,
                  "roles": [role], "iat": now, "exp": now + 900}  # fmt: skip
        return jwt.encode(claims, key, algorithm="EdDSA", headers={"kid": "bench"})

    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "jwks.json").write_text(json.dumps({"keys": [public]}))
        handler = partial(SimpleHTTPRequestHandler, directory=folder)
        with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            yield f"http://127.0.0.1:{server.server_address[1]}/jwks.json", sign
            server.shutdown()


@contextmanager
def served(application: str, environment: dict[str, str]) -> Iterator[str]:
    """An application under gunicorn with the project's settings; gives its address."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "-b", f"127.0.0.1:{port}"]
    process = subprocess.Popen(
        [*command, application],
        cwd=ROOT, env={**os.environ, **environment}, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                requests.get(f"http://127.0.0.1:{port}/", timeout=2)
                break
            except requests.ConnectionError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def request_bytes(method: str, path: str, token: str, body: dict[str, Any] | None) -> bytes:
    """A whole HTTP/1.1 request."""
    content = json.dumps(body).encode() if body is not None else b""
    lines = [f"{method} {path} HTTP/1.1", "Host: bench", f"Authorization: Bearer {token}"]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
    return "\r\n".join([*lines, "", ""]).encode() + content


def exchange(connection: socket.socket, request: bytes) -> int:
    """Send a request and read its whole answer; returns the status."""
    connection.sendall(request)
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, content = data.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
    while len(content) < length:
        content += connection.recv(65536)
    return int(head.split(b" ", 2)[1])


def ask(address: str, request: bytes, clients: int, seconds: float) -> tuple[float, float, float]:
    """(requests a second, p50 ms, p95 ms) with `clients` connections. Raises on a status above 299."""
    host, port = address.removeprefix("http://").split(":")
    times: list[float] = []
    wrong: list[int] = []
    until = time.perf_counter() + seconds

    def client() -> None:
        with socket.create_connection((host, int(port)), timeout=30) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while (begun := time.perf_counter()) < until:
                status = exchange(connection, request)
                times.append(time.perf_counter() - begun)
                if status > 299:
                    wrong.append(status)
                    return

    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise SystemExit(f"{address} answered {wrong[0]}")
    times.sort()
    return len(times) / seconds, times[len(times) // 2] * 1000, times[int(len(times) * 0.95)] * 1000


def measure(address: str, request: bytes, clients: int, seconds: float) -> tuple[float, float, float]:
    """`ask` from a process of its own, after a warm-up."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        pool.apply(ask, (address, request, clients, 1.0))
        return pool.apply(ask, (address, request, clients, seconds))


def main() -> None:
    """Run all three and print the table and a JSON line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--clients", type=int, default=8)
    arguments = parser.parse_args()
    figures: dict[str, tuple[float, float, float]] = {}
    load = (arguments.clients, arguments.seconds)
    with tempfile.TemporaryDirectory() as folder, signer() as (jwks_url, sign):
        mongod = LocalMongod(Path(folder, "mongo"), free_port())
        settings = {
            "ENCADENA_MONGO_URL": mongod.start(),
            "ENCADENA_BUS_URL": f"embedded://{folder}/bus",
            "ENCADENA_PORTAL_URL": "http://127.0.0.1:9",
            "ENCADENA_JWKS_URL": jwks_url,
        }
        try:
            with served("benchmarks.http:bare()", {}) as address:
                figures["bare"] = measure(address, request_bytes("GET", "/", "", None), *load)
            with served("services.catalog.api:create_app()", settings) as address:
                write = request_bytes("POST", "/companies", sign(), COMPANY)
                headers = {"Authorization": f"Bearer {sign()}", "Idempotency-Key": str(uuid4())}
                made = requests.post(f"{address}/companies", json=COMPANY, headers=headers, timeout=10)
                made.raise_for_status()
                read = request_bytes("GET", f"/companies/{made.json()['id']}", sign(), None)
                figures["read"] = measure(address, read, *load)
                figures["write"] = measure(address, write, *load)
        finally:
            mongod.stop()
    print(f"{arguments.clients} connections, {arguments.seconds:g} s each, one web process of 16 threads")
    for name, (rate, p50, p95) in figures.items():
        share = rate / figures["bare"][0]
        print(
            f"{name:6} {rate:8,.0f} requests/s   p50 {p50:6.1f} ms   p95 {p95:6.1f} ms   {share:5.2f} of bare"
        )
    print(json.dumps({name: {"per_second": round(r), "p50_ms": round(a, 2), "p95_ms": round(b, 2)}
                      for name, (r, a, b) in figures.items()}))  # fmt: skip


if __name__ == "__main__":
    main()
