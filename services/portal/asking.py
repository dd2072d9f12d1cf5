"""Asks the other services in the name of a person; one that does not answer spoils nothing else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, TypeVar

import requests
from flask import Response

from services.portal.model import Caller
from services.portal.signed_in import config, store
from services.portal.usecases.tokens import issue_token
from shared import log, web
from shared.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from services.portal.model import Account
    from shared.config import Config

T = TypeVar("T")

SECONDS_TO_CONNECT, SECONDS_TO_ANSWER = 1.0, 2.0
# For what a person has asked for and waits for: publishing the agenda of a large round takes seconds.
PATIENCE = 20.0
AT_ONCE = 8
_OF_FILES = ("Content-Type", "Content-Disposition", "Cache-Control")
_log = log.get(__name__)


class NoAnswer(Unavailable):
    """A service is away, too slow, or refuses."""

    def __init__(self, service: str) -> None:
        super().__init__(
            "no_answer",
            "Esto no está disponible en este momento. Vuelva a intentarlo en un minuto.",
            "This is not available at the moment. Try again in a minute.",
        )
        self.service = service


class Services:
    """The other services, as the bearer of one token sees them, in the reader's language."""

    def __init__(self, config: Config, token: str, language: str, seconds: float = SECONDS_TO_ANSWER) -> None:
        self._urls = config.service_urls
        self._timeout = (SECONDS_TO_CONNECT, seconds)
        self._headers = {
            "Accept-Language": language,
            "X-Request-Id": log.correlation_id(),
            **({"Authorization": f"Bearer {token}"} if token else {}),
        }

    def get(self, service: str, path: str, **query: Any) -> dict[str, Any]:
        """The JSON object at a path. Raises NoAnswer."""
        status, found = self.ask("GET", service, path, **query)
        if status != 200:
            _log.warning("no_answer", asked=service, path=path, status=status)
            raise NoAnswer(service)
        return found

    def ask(
        self, method: str, service: str, path: str, body: dict[str, Any] | None = None, **query: Any
    ) -> tuple[int, dict[str, Any]]:
        """Status and JSON object of any answer below 500, also of a refusal. Raises NoAnswer.

        With `if_match` only that version of what is there is changed; with an `idempotency_key` what is
        sent twice is done once.
        """
        conditions = {
            "If-Match": query.pop("if_match", None),
            "Idempotency-Key": query.pop("idempotency_key", None),
        }
        sent = {name: f'"{value}"' for name, value in conditions.items() if value is not None}
        try:
            response = requests.request(
                method,
                f"{self._urls[service]}{path}",
                params=query,
                json=body,
                headers={**self._headers, **sent},
                timeout=self._timeout,
                allow_redirects=False,
            )
            found = response.json() if response.content else {}
        except (requests.RequestException, ValueError, KeyError) as error:
            _log.warning("no_answer", asked=service, path=path, error=type(error).__name__)
            raise NoAnswer(service) from error
        if response.status_code >= 500 or not isinstance(found, dict):
            raise NoAnswer(service)
        return response.status_code, found

    def file(self, service: str, path: str) -> Response:
        """A file of another service as it is, or its refusal. Raises NoAnswer."""
        try:
            found = requests.get(
                f"{self._urls[service]}{path}",
                headers=self._headers,
                timeout=self._timeout,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise NoAnswer(service) from error
        headers = {name: found.headers[name] for name in _OF_FILES if name in found.headers}
        return Response(found.content, found.status_code, headers)

    def items(self, service: str, path: str, **query: Any) -> tuple[list[dict[str, Any]], bool]:
        """The first page of a list, and whether there is more. Raises NoAnswer."""
        page = self.get(service, path, **query)
        return page["items"], page["next_cursor"] is not None


def services_for(account: Account, company_id: str | None, seconds: float = SECONDS_TO_ANSWER) -> Services:
    """The services in the name of a person, who acts for that company if one is named.

    `seconds` is how long to wait for an answer. Raises Forbidden when the person does not act for it.
    """
    token, _ = issue_token(store(), Caller(account), company_id, now=web.now())
    return Services(config(), token, account.language, seconds)


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
