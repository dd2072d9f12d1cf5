"""Every route of every service says who may call it, and holds to that."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from shared.auth import ROLES
from shared.config import SERVICES
from shared.store import new_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

    from tests.conftest import MakeConfig, MakeToken

# Made by the framework or by the page to try the API; they show nothing of anybody.
FRAMEWORK = ("api-docs.", "swagger_ui.", "static", "portal_pages.static")


@pytest.fixture(params=SERVICES)
def app(request: pytest.FixtureRequest, config: MakeConfig) -> Iterator[Flask]:
    made = import_module(f"services.{request.param}.api").create_app(config(request.param))
    yield made
    made.extensions["encadena.store"].close()


def routes(app: Flask) -> Iterator[tuple[str, str, Any]]:
    """(method, address with made-up ids, view) of each route of our own."""
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith(FRAMEWORK):
            continue
        values = {name: 1 if "int:" in rule.rule else new_id() for name in rule.arguments}
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield method, adapter.build(rule.endpoint, values), app.view_functions[rule.endpoint]


def test_every_route_says_who_may_call_it(app: Flask) -> None:
    silent = [f"{method} {address}" for method, address, view in routes(app) if not hasattr(view, "access")]
    assert not silent


def test_no_route_lets_in_a_caller_without_a_token(app: Flask) -> None:
    client = app.test_client()
    for method, address, view in routes(app):
        if view.access is not None:
            assert client.open(address, method=method).status_code == 401, f"{method} {address}"


def test_no_route_lets_in_a_role_that_it_does_not_name(app: Flask, token: MakeToken) -> None:
    client = app.test_client()
    for method, address, view in routes(app):
        for role in ROLES - (view.access or ROLES):
            sent = {"Authorization": f"Bearer {token(roles=[role], company_id=new_id())}"}
            answer = client.open(address, method=method, headers=sent)
            assert answer.status_code == 403, f"{role}: {method} {address}"
            assert answer.json["code"] == "role_missing"


def test_a_role_that_a_route_names_is_not_turned_away_for_its_role(app: Flask, token: MakeToken) -> None:
    client = app.test_client()
    for method, address, view in routes(app):
        for role in view.access or ():
            sent = {"Authorization": f"Bearer {token(roles=[role], company_id=new_id())}"}
            answer = client.open(address, method=method, headers=sent)
            assert answer.status_code not in {401, 500}, f"{role}: {method} {address}"
            assert answer.status_code != 403 or answer.json["code"] != "role_missing"
