"""The factory of every service's web application, and what a view needs of the request.

Adds to the routes of a service: problem+json, request ids, structured logs, metrics, health, OpenAPI 3.1
with a page to try it, limits for bodies, idempotency keys and ETags.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import marshmallow
import msgspec
from flask import Flask, Response, current_app, g, request
from flask.json.provider import DefaultJSONProvider
from flask_smorest import Api, Blueprint
from flask_swagger_ui import get_swaggerui_blueprint
from marshmallow import fields, validate
from pymongo.errors import PyMongoError

from shared import auth, log, problems, structs
from shared.auth import actor
from shared.errors import DomainError, Invalid, Stale
from shared.frame import add_frame
from shared.idempotency import idempotent
from shared.money import Money, minor_digits
from shared.paging import PageSchema
from shared.store import is_passing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from werkzeug.exceptions import HTTPException

    from shared.config import Config
    from shared.store import Store

__all__ = ["Blueprint", "MoneyField", "PageSchema", "Schema", "actor", "create_app"]

V = TypeVar("V", bound="Callable[..., Any]")

BODY_LIMIT = 1024 * 1024
# A person waits no longer than this for a database that is away; then the answer is 503.
PATIENCE_SECONDS = 4.0
LARGEST_AMOUNT = 2**53 - 1
_log = log.get(__name__)


class Schema(marshmallow.Schema):
    """A body or query; unknown fields are faults, and fields keep their order."""

    class Meta:
        """Refuse what is not declared."""

        unknown = marshmallow.RAISE


class _MoneySchema(Schema):
    amount = fields.Integer(
        required=True, strict=True, validate=validate.Range(0, LARGEST_AMOUNT),
        metadata={"description": "Minor units: COP 1,500 is 150000."},
    )  # fmt: skip
    currency = fields.String(required=True, metadata={"description": "ISO 4217 code."})

    @marshmallow.validates("currency")
    def known(self, value: str, **_: Any) -> None:
        """Refuse what is not an ISO 4217 code."""
        try:
            minor_digits(value)
        except Invalid as error:
            raise marshmallow.ValidationError("Must be one of: ISO 4217.") from error

    @marshmallow.post_load
    def as_money(self, data: dict[str, Any], **_: Any) -> Money:
        """The two parts as one value."""
        return Money(**data)


class MoneyField(fields.Nested):
    """`{"amount": minor units, "currency": ISO 4217}`, loaded as Money. Never negative."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(_MoneySchema, **kwargs)


def store() -> Any:
    """The service's store."""
    return current_app.extensions["encadena.store"]


def now() -> datetime:
    """The time of this request: the same at each call, and to the millisecond, as the database keeps it."""
    if "now" not in g:
        moment = datetime.now(UTC)
        g.now = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    of_request: datetime = g.now
    return of_request


def page(items: Sequence[Any], next_cursor: str | None) -> dict[str, Any]:
    """The body of a list: one page, and the cursor of the next one, if there is one."""
    return {"items": items, "next_cursor": next_cursor}


def set_etag(version: int) -> None:
    """Give the answer the ETag of an aggregate's version."""
    g.etag = str(version)


def if_match() -> int:
    """The version that the caller wants to change. Raises Invalid (no header) or Stale (not a version)."""
    tags = request.if_match
    if not tags:
        raise Invalid(
            "if_match_missing",
            "Envíe «If-Match» con el ETag que leyó, para no pisar un cambio ajeno.",
            "Send “If-Match” with the ETag that you read, so as not to undo somebody's change.",
        )
    values = [tag for tag in tags if tag.isdecimal()] if not tags.star_tag else []
    if len(values) != 1 or len(values[0]) > 18:
        raise Stale(
            "if_match_unknown",
            "El «If-Match» no corresponde a ninguna versión. Lea de nuevo y repita.",
            "The “If-Match” is no version of this. Read it again and repeat.",
        )
    return int(values[0])


def body_limit(limit: int) -> Callable[[V], V]:
    """Let a view take a body of up to `limit` bytes instead of one megabyte."""

    def mark(view: V) -> V:
        view.body_limit = limit  # type: ignore[attr-defined]  # read before each request
        return view

    return mark


def streamed(limit: int) -> Callable[[V], V]:
    """Let a view read a body of up to `limit` bytes piece by piece.

    The body is in no transaction and its answer is not stored, so the view sees to repeated keys itself.
    """

    def mark(view: V) -> V:
        view.streams = True  # type: ignore[attr-defined]  # read where keys are kept
        return body_limit(limit)(view)

    return mark


class _Json(DefaultJSONProvider):
    """Writes answers with msgspec, which takes a tenth of the time."""

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """The answer with its body as JSON."""
        body = msgspec.json.encode(self._prepare_response_obj(args, kwargs))
        return Response(body, mimetype=self.mimetype)


class _Api(Api):  # type: ignore[misc]  # flask-smorest is not typed
    def handle_http_exception(self, error: HTTPException) -> Response:
        return problems.answer_http(error)


def create_app(
    config: Config,
    store_class: type[Store],
    blueprints: Sequence[Blueprint],
    checker: auth.TokenChecker | None = None,
) -> Flask:
    """A service's web application with `blueprints`. Tokens are checked by `checker`, or against the
    key set at `config.jwks_url`.
    """
    structs.prepare()
    app = Flask(f"services.{config.service}", static_folder=None)
    app.config.update(
        API_TITLE=f"Encadena: {config.service}",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/",
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS={
            "security": [{"token": []}],
            "components": {
                "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
            },
        },
        MAX_CONTENT_LENGTH=BODY_LIMIT,
    )
    app.json = _Json(app)
    app.extensions["encadena.store"] = store_class.open(config, PATIENCE_SECONDS)
    app.extensions["encadena.tokens"] = checker or auth.TokenChecker(config.jwks_url)
    api = _Api(app)
    for blueprint in blueprints:
        api.register_blueprint(blueprint)
    app.register_blueprint(get_swaggerui_blueprint("/docs", "/openapi.json"), url_prefix="/docs")
    _add_health(app)
    _add_errors(app)
    add_frame(app, config.service, app.extensions["encadena.store"])
    for rule in app.url_map.iter_rules():
        if "POST" in (rule.methods or ()):
            app.view_functions[rule.endpoint] = idempotent(app.view_functions[rule.endpoint], now)
    return app


def _add_health(app: Flask) -> None:
    @app.get("/healthz")
    @auth.public
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/readyz")
    @auth.public
    def readyz() -> dict[str, str]:
        store().ping()
        return {"status": "ready"}


def _add_errors(app: Flask) -> None:
    app.register_error_handler(DomainError, problems.answer)

    @app.errorhandler(PyMongoError)
    def database(error: PyMongoError) -> Response:
        if is_passing(error):
            _log.warning("database_unavailable", error=repr(error))
            return problems.answer(problems.UNAVAILABLE)
        return bug(error)

    @app.errorhandler(OverflowError)
    @app.errorhandler(UnicodeEncodeError)
    @app.errorhandler(RecursionError)
    def unstorable(error: Exception) -> Response:
        _log.warning("body_unstorable", error=repr(error))
        return problems.answer(
            Invalid(
                "unstorable",
                "Hay un número demasiado grande, un carácter inválido o demasiados niveles.",
                "There is a number too large, an invalid character, or too many levels.",
            )
        )

    @app.errorhandler(Exception)
    def bug(error: Exception) -> Response:
        _log.error("request_failed", exc_info=error)
        return problems.answer_bug()
