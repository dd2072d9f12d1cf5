"""Structured logs: one JSON object a line on standard error, with the ids that tie a story together."""

from __future__ import annotations

import logging
import sys
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import msgspec
import structlog

if TYPE_CHECKING:
    from collections.abc import Iterator

_correlation: ContextVar[str] = ContextVar("correlation", default="")


def configure(service: str, level: str) -> None:
    """Send all logs of this process, the libraries' as well, to standard error as JSON lines."""
    steps: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    as_json = structlog.processors.JSONRenderer(serializer=_serialized)
    structlog.configure(
        processors=[*steps, as_json],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )
    libraries = logging.StreamHandler(sys.stderr)
    libraries.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=steps,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    logging.basicConfig(handlers=[libraries], level=level, force=True)
    logging.getLogger("kafka").setLevel(logging.WARNING)
    # At DEBUG it writes every command with its documents: addresses, sign-in links, tokens.
    logging.getLogger("pymongo").setLevel(logging.WARNING)
    structlog.contextvars.bind_contextvars(service=service)


def _serialized(event: Any, **_: Any) -> bytes:
    return msgspec.json.encode(event, enc_hook=repr)


def get(name: str) -> structlog.typing.FilteringBoundLogger:
    """A logger; call it with an event name and key=value pairs, never with personal data."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger(origin=name)
    return logger


def correlation_id() -> str:
    """The id of the request or event that all this work goes back to; a new one where there is none."""
    return _correlation.get() or str(uuid4())


@contextmanager
def correlated(identifier: str) -> Iterator[None]:
    """Work inside the block belongs to the story `identifier`, in logs and in published events."""
    token = _correlation.set(identifier)
    try:
        with structlog.contextvars.bound_contextvars(correlation_id=identifier):
            yield
    finally:
        _correlation.reset(token)
