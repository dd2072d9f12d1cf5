"""Structured logs: one JSON object a line on standard error, with the ids that tie a story together."""

from __future__ import annotations

import logging
import sys
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING
from uuid import uuid4

import structlog

if TYPE_CHECKING:
    from collections.abc import Iterator

_correlation: ContextVar[str] = ContextVar("correlation", default="")


def configure(service: str, level: str) -> None:
    """Send all logs of this process, the libraries' as well, to standard error as JSON lines."""
    shared_steps: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared_steps, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared_steps,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    logging.getLogger("kafka").setLevel(logging.WARNING)
    structlog.contextvars.bind_contextvars(service=service)


def get(name: str) -> structlog.stdlib.BoundLogger:
    """A logger; call it with an event name and key=value pairs, never with personal data."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
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
