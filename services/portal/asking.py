"""Asks the other services in the name of a person; one that does not answer spoils nothing else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, TypeVar

import requests

from shared import log

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from shared.config import Config

T = TypeVar("T")

SECONDS_TO_CONNECT, SECONDS_TO_ANSWER = 1.0, 2.0
AT_ONCE = 8
_log = log.get(__name__)


class NoAnswer(Exception):
    """A service is away, too slow, or refuses."""


class Services:
    """The other services, as the bearer of one token sees them, in the reader's language."""

    def __init__(self, config: Config, token: str, language: str) -> None:
        self._urls = config.service_urls
        self._headers = {
            "Authorization": f"Bearer {token}",
            "Accept-Language": language,
            "X-Request-Id": log.correlation_id(),
        }

    def get(self, service: str, path: str, **query: Any) -> dict[str, Any]:
        """The JSON object at a path. Raises NoAnswer."""
        try:
            response = requests.get(
                f"{self._urls[service]}{path}",
                params=query,
                headers=self._headers,
                timeout=(SECONDS_TO_CONNECT, SECONDS_TO_ANSWER),
                allow_redirects=False,
            )
            response.raise_for_status()
            found = response.json()
        except (requests.RequestException, ValueError, KeyError) as error:
            _log.warning("no_answer", asked=service, path=path, error=type(error).__name__)
            raise NoAnswer(service) from error
        if not isinstance(found, dict):
            raise NoAnswer(service)
        return found

    def items(self, service: str, path: str, **query: Any) -> tuple[list[dict[str, Any]], bool]:
        """The first page of a list, and whether there is more. Raises NoAnswer."""
        page = self.get(service, path, **query)
        return page["items"], page["next_cursor"] is not None


def all_at_once(questions: Mapping[str, Callable[[], T]]) -> dict[str, T | None]:
    """The answers by name; None where a service gave none."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        running = {
            name: pool.submit(copy_context().run, _answer, question) for name, question in questions.items()
        }
        return {name: future.result() for name, future in running.items()}


def _answer(question: Callable[[], T]) -> T | None:
    try:
        return question()
    except NoAnswer:
        return None
    except (KeyError, TypeError, ValueError) as error:
        # An answer of another shape than expected: shown as missing, and told to the operator.
        _log.error("answer_not_understood", error=repr(error))
        return None
