"""What happens before and after each request: its id, its limits, its ETag, metrics and the log."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any, cast

from flask import Flask, Request, Response, g, request

from shared import auth, log
from shared.metrics import Metrics

if TYPE_CHECKING:
    from shared.store import Store

_REQUEST_ID = re.compile(r"[\w.:-]{8,100}", re.ASCII)
_log = log.get(__name__)


def add_frame(app: Flask, service: str, store: Store) -> None:
    """Put the frame around every request of a service's application."""
    _add_beginning(app, store)
    _add_end(app, Metrics(service, store))


def _add_beginning(app: Flask, store: Store) -> None:
    ready = False

    @app.before_request
    def begin() -> None:
        nonlocal ready
        sent = request.headers.get("X-Request-Id", "")
        g.request_id = sent if _REQUEST_ID.fullmatch(sent) else log.correlation_id()
        g.started = time.perf_counter()
        g.correlated = log.correlated(g.request_id)
        g.correlated.__enter__()
        view = app.view_functions.get(request.endpoint or "")
        request.max_content_length = getattr(view, "body_limit", app.config["MAX_CONTENT_LENGTH"])
        # The unique indexes are what races run into, so no request is served before they are there.
        if not ready and request.endpoint not in {"healthz", "metrics_page"}:
            store.ensure_indexes()
            ready = True


def _add_end(app: Flask, metrics: Metrics) -> None:
    @app.after_request
    def finish(response: Response) -> Response:
        # Each look at one of Flask's globals costs as much as setting a header does.
        noted: dict[str, Any] = vars(cast("Any", g)._get_current_object())
        asked: Request = cast("Any", request)._get_current_object()
        headers = response.headers
        headers["X-Request-Id"] = noted.get("request_id", "")
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Cache-Control", "no-cache" if "etag" in noted else "no-store")
        if "etag" in noted and response.status_code < 300:
            response.set_etag(noted["etag"])
            if asked.method == "GET" and asked.if_none_match:
                response.make_conditional(asked)
        seconds = time.perf_counter() - noted.get("started", time.perf_counter())
        metrics.observe(asked, response, seconds)
        told = {"method": asked.method, "path": asked.path, "status": response.status_code}
        _log.info("request", **told, ms=round(seconds * 1000, 1))
        return response

    @app.teardown_request
    def end(_: BaseException | None) -> None:
        if "correlated" in g:
            g.pop("correlated").__exit__(None, None, None)

    @app.get("/metrics")
    @auth.public
    def metrics_page() -> Response:
        return Response(metrics.text(), content_type="text/plain; version=0.0.4; charset=utf-8")
