"""A POST with an `Idempotency-Key` has its effect once, however often it is sent.

The answer is stored in the transaction of the effect, for two days.
"""

from __future__ import annotations

import hashlib
from functools import wraps
from typing import TYPE_CHECKING, Any

from flask import Response, current_app, g, make_response, request
from pymongo.errors import DuplicateKeyError

from shared import auth
from shared.errors import Invalid, Unauthenticated

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from shared.store import Store

_KEPT_HEADERS = ("Content-Type", "Location")


def idempotent(view: Callable[..., Any], now: Callable[[], datetime]) -> Callable[..., Any]:
    """Wrap a view, so that a repeated key gets the stored answer. Not for public and streamed routes."""

    @wraps(view)
    def once(*args: Any, **kwargs: Any) -> Any:
        key = request.headers.get("Idempotency-Key")
        if not key or getattr(view, "access", None) is None or getattr(view, "streams", False):
            return view(*args, **kwargs)
        try:
            name = _name(key, auth.actor().account_id)
        except Unauthenticated:
            return view(*args, **kwargs)
        store: Store = current_app.extensions["encadena.store"]

        def work() -> Response:
            stored = store.db.idempotency.find_one({"_id": name})
            if stored:
                return _again(stored)
            response = make_response(view(*args, **kwargs))
            store.db.idempotency.insert_one(
                {
                    "_id": name,
                    "request": _fingerprint(),
                    "at": now(),
                    "status": response.status_code,
                    "headers": {h: response.headers[h] for h in _KEPT_HEADERS if h in response.headers},
                    "body": response.get_data(),
                    "etag": g.get("etag"),
                }
            )
            return response

        try:
            return store.transact(work)
        except DuplicateKeyError:
            # The same request was running beside this one and was first: its answer is stored now.
            return store.transact(work)

    return once


def _name(key: str, account_id: str) -> str:
    if len(key) > 200:
        raise Invalid(
            "wrong_idempotency_key",
            "La llave Idempotency-Key puede tener hasta 200 caracteres.",
            "The Idempotency-Key may have up to 200 characters.",
        )
    return f"{account_id}|{key}"


def _fingerprint() -> str:
    content = request.method.encode() + b"\0" + request.path.encode() + b"\0" + request.get_data()
    return hashlib.sha256(content).hexdigest()


def _again(stored: dict[str, Any]) -> Response:
    if stored["request"] != _fingerprint():
        raise Invalid(
            "idempotency_key_reused",
            "Esa Idempotency-Key ya se usó para otra solicitud. Use una nueva.",
            "That Idempotency-Key was used for another request. Use a new one.",
        )
    response = Response(stored["body"], status=stored["status"])
    response.headers.update(stored["headers"])
    response.headers["Idempotent-Replayed"] = "true"
    if stored["etag"]:
        g.etag = stored["etag"]
    return response
