"""People who use Encadena from outside: they sign in with a link from their mail, and call services."""

from __future__ import annotations

import email
import email.policy
import json
import re
import time
import uuid
from typing import TYPE_CHECKING, Any, TypeVar

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

if TYPE_CHECKING:
    from collections.abc import Callable
    from email.message import EmailMessage
    from pathlib import Path

    from deploy.embedded import Place

T = TypeVar("T")

# A mail whose sender was killed waits for its lease to run out.
PATIENCE_SECONDS = 180
TOKEN_SECONDS = 600
_LINK = re.compile(r"https?://\S+/sign-in\?code=([\w-]+)")


class StoryError(Exception):
    """The story can't go on; the text says what was done, and what the answer was, with its `code`."""

    def __init__(self, text: str, code: str = "") -> None:
        super().__init__(text)
        self.code = code


def wait_for(what: str, look: Callable[[], T | None]) -> T:
    """Look again and again until there is something. Raises StoryError after `PATIENCE_SECONDS`."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.1)
    raise StoryError(f"Se esperó en vano: {what}")


def once_known(what: str, code: str, call: Callable[[], T]) -> T:
    """Call until the answer is no longer the problem `code`: services hear of things a moment later."""

    def look() -> tuple[T] | None:
        try:
            return (call(),)
        except StoryError as error:
            if error.code == code:
                return None
            raise

    return wait_for(what, look)[0]


class Mailbox:
    """All mail that was delivered, as `.eml` files in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def messages(self) -> list[EmailMessage]:
        """Every message, in the order of arrival."""
        return [_read(path) for path in sorted(self.folder.glob("*.eml"))]

    def link_for(self, address: str, known: set[Path]) -> str | None:
        """The code of the newest sign-in link for an address, in a file that was not `known`."""
        for path in sorted(set(self.folder.glob("*.eml")) - known, reverse=True):
            message = _read(path)
            body = message.get_body(("plain",))
            link = _LINK.search(body.get_content()) if body else None
            if link and address in str(message["To"]):
                return link[1]
        return None


def _read(path: Path) -> EmailMessage:
    return email.message_from_bytes(path.read_bytes(), policy=email.policy.default)


class Person:
    """One person with a mail address, signed in to the portal, who may act for a company."""

    def __init__(self, place: Place, address: str) -> None:
        self.place = place
        self.address = address
        self.company_id: str | None = None
        self.etag = ""
        self._browser = requests.Session()
        # A connection that was kept open may be closed by the server as it is used again; a service
        # that is being restarted answers in a moment. What is sent twice has its effect once.
        again = Retry(
            total=6, backoff_factor=0.2, allowed_methods=None, status_forcelist=[503], raise_on_status=False
        )
        self._browser.mount("http://", HTTPAdapter(max_retries=again))
        self._token = ("", 0.0)

    def ask_for_link(self, mailbox: Mailbox) -> None:
        """Ask for a sign-in link, wait for the mail, and sign in."""
        known = set(mailbox.folder.glob("*.eml"))
        self.send("POST", "portal", "/sign-in-links", {"email": self.address, "language": "es"})
        wanted = f"el enlace de ingreso para {self.address}"
        self.sign_in(wait_for(wanted, lambda: mailbox.link_for(self.address, known)))

    def sign_in(self, code: str) -> None:
        """Sign in with the code of a link."""
        self.send("POST", "portal", "/sessions", {"code": code})

    def act_for(self, company_id: str, role: str) -> None:
        """Act for a company from now on, once the portal knows that it may be."""
        self.company_id, self._token = company_id, ("", 0.0)
        wait_for(f"{self.address} como {role}", lambda: self._may_act(role))

    def _may_act(self, role: str) -> bool:
        companies = self.send("GET", "portal", "/me")["companies"]
        return any(c["company_id"] == self.company_id and role in c["roles"] for c in companies)

    def call(self, method: str, service: str, path: str, body: Any = None, **more: Any) -> Any:
        """Call a service with a token; returns the answer's JSON. Raises StoryError.

        The same POST by the same person has the same idempotency key, so that a story that was
        interrupted can be told again from its beginning.
        """
        headers = {"Authorization": f"Bearer {self._fresh_token()}"}
        if method == "POST":
            said = f"{self.address} {service}{path} {json.dumps(body, sort_keys=True)}"
            headers["Idempotency-Key"] = str(uuid.uuid5(uuid.NAMESPACE_URL, said))
        return self.send(method, service, path, body, headers=headers, **more)

    def list(self, service: str, path: str, **query: Any) -> list[dict[str, Any]]:
        """All items of a list that comes in pages."""
        found: list[dict[str, Any]] = []
        while True:
            page = self.call("GET", service, path, params=query)
            found += page["items"]
            if not page.get("next_cursor"):
                return found
            query["cursor"] = page["next_cursor"]

    def send(self, method: str, service: str, path: str, body: Any = None, **more: Any) -> Any:
        """Send a request and return the answer's JSON. Raises StoryError with the answer."""
        url = self.place.url(service) + path
        try:
            answer = self._browser.request(method, url, json=body, timeout=30, **more)
        except requests.RequestException as error:
            raise StoryError(f"{self.address}: {method} {url} → {error}") from error
        if not answer.ok:
            kind = answer.headers.get("Content-Type", "")
            code = answer.json().get("code", "") if kind == "application/problem+json" else ""
            text = f"{self.address}: {method} {url} → {answer.status_code} {answer.text}"
            raise StoryError(text, code)
        self.etag = answer.headers.get("ETag", "")
        return answer.json() if answer.content else None

    def _fresh_token(self) -> str:
        token, given = self._token
        if not token or time.monotonic() - given > TOKEN_SECONDS:
            answer = self.send("POST", "portal", "/tokens", {"company_id": self.company_id})
            token = answer["token"]
            self._token = (token, time.monotonic())
        return token
