"""What an operator watches, in Prometheus' text format; nothing private."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from pymongo.errors import PyMongoError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Request, Response
    from prometheus_client.metrics_core import Metric

    from shared.store import Store


class Metrics:
    """Counts and times of one web process, and the state of its service's queues."""

    def __init__(self, service: str, store: Store) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_Queues(service, store))
        self._requests = Counter(
            "encadena_http_requests", "Requests answered.", ["service", "method", "route", "status"],
            registry=self._registry,
        )  # fmt: skip
        self._seconds = Histogram(
            "encadena_http_request_seconds", "Time to answer.", ["service", "method", "route"],
            registry=self._registry,
        )  # fmt: skip
        self._service = service

    def observe(self, request: Request, response: Response, seconds: float) -> None:
        """Count one request, by its route's pattern: never by the ids in its address."""
        route = request.url_rule.rule if request.url_rule else "unknown"
        self._requests.labels(self._service, request.method, route, response.status_code).inc()
        self._seconds.labels(self._service, request.method, route).observe(seconds)

    def text(self) -> bytes:
        """All figures in the exposition format."""
        return generate_latest(self._registry)


class _Queues(Collector):
    """Read from the database at each scrape: workers have no port of their own."""

    def __init__(self, service: str, store: Store) -> None:
        self._service, self._store = service, store

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        db = self._store.db
        pending = GaugeMetricFamily("encadena_outbox_pending", "Events to relay.", labels=["service"])
        buried = GaugeMetricFamily("encadena_dead_letters", "Events buried.", labels=["service"])
        seen = GaugeMetricFamily(
            "encadena_worker_seen_seconds", "Since a worker was last alive.", labels=["service"]
        )
        try:
            pending.add_metric([self._service], db.outbox.estimated_document_count())
            buried.add_metric([self._service], db.dead_letters.estimated_document_count())
            last = db.worker_status.find_one(sort=[("at", -1)])
        except PyMongoError:
            return
        yield pending
        yield buried
        if last:
            seen.add_metric([self._service], (datetime.now(UTC) - last["at"]).total_seconds())
            yield seen
