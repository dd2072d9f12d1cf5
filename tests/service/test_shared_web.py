"""What every service's HTTP door does, seen on a small application with a real database."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from marshmallow import fields, validate

from shared import web
from shared.auth import requires
from shared.errors import Conflict
from shared.paging import decode_cursor, encode_cursor
from shared.store import Store, new_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from flask.testing import FlaskClient

    from tests.conftest import MakeConfig, MakeToken

bp = web.Blueprint("notes", __name__, description="Notes")


class NoteSchema(web.Schema):
    text = fields.String(required=True, validate=validate.Length(1, 20))
    price = web.MoneyField(load_default=None)
    count = fields.Integer(load_default=0, strict=True)


@bp.route("/notes", methods=["POST"])
@requires("anchor")
@bp.arguments(NoteSchema)
@bp.response(201)
def add_note(body: dict[str, Any]) -> dict[str, Any]:
    """Add a note."""
    if body["text"] == "taken":
        raise Conflict("taken", "Ya está tomado.", "It is taken.", "text")
    note = {"_id": new_id(), "text": body["text"], "count": body["count"]}
    web.store().db.notes.insert_one(note)
    web.set_etag(1)
    return note


@bp.route("/notes/<note_id>", methods=["PUT"])
@requires()
@bp.arguments(NoteSchema)
@bp.response(200)
def change_note(body: dict[str, Any], note_id: str) -> dict[str, Any]:
    """Change a note."""
    return {"version": web.if_match(), "id": note_id}


@bp.route("/notes", methods=["GET"])
@requires()
@bp.arguments(web.PageSchema, location="query")
@bp.response(200)
def list_notes(query: dict[str, Any]) -> dict[str, Any]:
    """List notes."""
    after = decode_cursor(query["cursor"], 1)
    found = web.store().db.notes.find({"_id": {"$gt": after[0] if after else ""}}, sort=[("_id", 1)])
    items = list(found.limit(query["limit"]))
    return web.page(items, encode_cursor(items[-1]["_id"]) if len(items) == query["limit"] else None)


@pytest.fixture
def app(config: MakeConfig) -> Iterator[Flask]:
    made = web.create_app(config("catalog"), Store, [bp])
    yield made
    made.extensions["encadena.store"].close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def anchor(token: MakeToken) -> dict[str, str]:
    return {"Authorization": f"Bearer {token(roles=['anchor'], company_id='c1', account_id='a1')}"}


def test_a_fault_is_told_in_spanish_or_in_the_readers_language(
    client: FlaskClient, anchor: dict[str, str]
) -> None:
    spanish = client.post("/notes", json={"text": "taken"}, headers=anchor)
    english = client.post("/notes", json={"text": "taken"}, headers={**anchor, "Accept-Language": "en-US"})
    assert spanish.status_code == english.status_code == 409
    assert spanish.content_type == "application/problem+json"
    assert (spanish.json["code"], spanish.json["field"]) == ("taken", "text")
    assert (spanish.json["detail"], english.json["detail"]) == ("Ya está tomado.", "It is taken.")


def test_all_faults_of_a_body_are_named_at_once_and_nothing_is_saved(
    client: FlaskClient, app: Flask, anchor: dict[str, str]
) -> None:
    body = {"count": "x", "other": 1, "price": {"amount": -5, "currency": "ZZZ"}}
    answer = client.post("/notes", json=body, headers=anchor)
    assert answer.status_code == 422
    assert {(fault["field"], fault["code"]) for fault in answer.json["faults"]} == {
        ("text", "required"),
        ("count", "wrong_type"),
        ("other", "unknown_field"),
        ("price.amount", "out_of_range"),
        ("price.currency", "not_allowed"),
    }
    assert app.extensions["encadena.store"].db.notes.count_documents({}) == 0


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        ("{", "application/json", 400),
        ("text=hello", "application/x-www-form-urlencoded", 415),
        ("[" * 100_000, "application/json", 422),
        ('{"text": "\\ud800"}', "application/json", 422),
        ('{"text": "a", "count": 99999999999999999999}', "application/json", 422),
        (json.dumps({"text": "x" * 2_000_000}), "application/json", 413),
    ],
)
def test_a_body_that_can_not_be_stored_gets_the_right_status(
    client: FlaskClient, anchor: dict[str, str], body: str, content_type: str, status: int
) -> None:
    answer = client.post("/notes", data=body, content_type=content_type, headers=anchor)
    assert answer.status_code == status
    assert answer.json["code"] != "internal_error"


@pytest.mark.parametrize("header", [None, "Basic abc", "Bearer ", "Bearer not.a.token"])
def test_a_call_without_a_good_token_is_unauthenticated(client: FlaskClient, header: str | None) -> None:
    answer = client.post("/notes", json={"text": "a"}, headers={"Authorization": header} if header else {})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_an_expired_token_is_unauthenticated(client: FlaskClient, token: MakeToken) -> None:
    old = {"Authorization": f"Bearer {token(roles=['anchor'], expires_in=-5)}"}
    answer = client.post("/notes", json={"text": "a"}, headers=old)
    assert (answer.status_code, answer.json["code"]) == (401, "token_expired")


def test_a_role_that_is_missing_is_forbidden_before_the_body_is_read(
    client: FlaskClient, token: MakeToken
) -> None:
    answer = client.post("/notes", data="{", headers={"Authorization": f"Bearer {token(roles=['supplier'])}"})
    assert (answer.status_code, answer.json["code"]) == (403, "role_missing")


def test_the_same_idempotency_key_has_its_effect_once(
    client: FlaskClient, app: Flask, anchor: dict[str, str]
) -> None:
    headers = {**anchor, "Idempotency-Key": "k1"}
    first, second = (client.post("/notes", json={"text": "a"}, headers=headers) for _ in range(2))
    assert first.status_code == second.status_code == 201
    assert first.json == second.json
    assert first.headers["ETag"] == second.headers["ETag"]
    assert second.headers["Idempotent-Replayed"] == "true"
    assert app.extensions["encadena.store"].db.notes.count_documents({}) == 1


def test_an_idempotency_key_used_for_something_else_is_refused(
    client: FlaskClient, anchor: dict[str, str]
) -> None:
    headers = {**anchor, "Idempotency-Key": "k1"}
    client.post("/notes", json={"text": "a"}, headers=headers)
    answer = client.post("/notes", json={"text": "b"}, headers=headers)
    assert (answer.status_code, answer.json["code"]) == (422, "idempotency_key_reused")


def test_a_refused_post_does_not_use_up_its_idempotency_key(
    client: FlaskClient, anchor: dict[str, str]
) -> None:
    headers = {**anchor, "Idempotency-Key": "k1"}
    assert client.post("/notes", json={"text": "taken"}, headers=headers).status_code == 409
    assert client.post("/notes", json={"text": "free"}, headers=headers).status_code == 201


@pytest.mark.parametrize(("tag", "status"), [(None, 422), ('"x"', 412), ("*", 412), ('"3"', 200)])
def test_a_change_names_the_version_that_it_changes(
    client: FlaskClient, anchor: dict[str, str], tag: str | None, status: int
) -> None:
    headers = {**anchor, "If-Match": tag} if tag else anchor
    assert client.put("/notes/1", json={"text": "a"}, headers=headers).status_code == status


def test_a_list_is_read_to_its_end_by_cursor(client: FlaskClient, anchor: dict[str, str]) -> None:
    for number in range(7):
        client.post("/notes", json={"text": str(number)}, headers=anchor)
    seen, cursor = [], None
    while True:
        query = {"limit": 3, **({"cursor": cursor} if cursor else {})}
        body = client.get("/notes", query_string=query, headers=anchor).json
        seen += [item["text"] for item in body["items"]]
        cursor = body["next_cursor"]
        if cursor is None:
            break
    assert sorted(seen) == [str(number) for number in range(7)]


@pytest.mark.parametrize("cursor", ["%%%", "bm9wZQ", "W10", "ñ"])
def test_a_cursor_of_another_list_is_refused(
    client: FlaskClient, anchor: dict[str, str], cursor: str
) -> None:
    answer = client.get("/notes", query_string={"cursor": cursor}, headers=anchor)
    assert (answer.status_code, answer.json["code"]) == (422, "wrong_cursor")


def test_health_metrics_and_documents_need_no_token(client: FlaskClient) -> None:
    for address in ("/healthz", "/readyz", "/metrics", "/openapi.json", "/docs/"):
        assert client.get(address).status_code == 200, address
    assert "encadena_outbox_pending" in client.get("/metrics").text


def test_the_page_to_try_the_api_loads_nothing_from_elsewhere(client: FlaskClient) -> None:
    assert "https://" not in client.get("/docs/").text.replace("https://www.w3.org", "")


def test_a_request_keeps_its_id_and_a_strange_one_is_replaced(client: FlaskClient) -> None:
    assert (
        client.get("/healthz", headers={"X-Request-Id": "story-123"}).headers["X-Request-Id"] == "story-123"
    )
    assert client.get("/healthz", headers={"X-Request-Id": "<script>"}).headers["X-Request-Id"] != "<script>"


def test_without_its_database_a_service_says_so_and_stays_alive(
    config: MakeConfig, anchor: dict[str, str]
) -> None:
    away = replace(config("catalog"), mongo_url="mongodb://127.0.0.1:9/")
    app = web.create_app(away, Store, [bp])
    client = app.test_client()
    answer = client.post("/notes", json={"text": "a"}, headers=anchor)
    assert (answer.status_code, answer.json["code"]) == (503, "unavailable")
    assert answer.headers["Retry-After"]
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200
    app.extensions["encadena.store"].close()


def test_without_the_key_set_a_service_says_so(config: MakeConfig, anchor: dict[str, str]) -> None:
    app = web.create_app(replace(config("catalog"), jwks_url="http://127.0.0.1:9/jwks"), Store, [bp])
    answer = app.test_client().post("/notes", json={"text": "a"}, headers=anchor)
    assert (answer.status_code, answer.json["code"]) == (503, "keys_unavailable")
    app.extensions["encadena.store"].close()


def test_an_unknown_address_and_a_wrong_method_are_problems_too(client: FlaskClient) -> None:
    assert client.get("/nothing").json["code"] == "no_such_address"
    wrong = client.delete("/notes")
    assert (wrong.status_code, wrong.json["code"]) == (405, "method_not_allowed")
    assert "POST" in wrong.headers["Allow"]
