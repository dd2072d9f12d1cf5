"""The HTTP door: one's own messages and choices, and the figures for organizers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from services.notifications.api import create_app
from services.notifications.model import OPTIONAL_KINDS
from tests.service.notifications.conftest import request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask.testing import FlaskClient

    from tests.conftest import MakeConfig, MakeToken
    from tests.service.notifications.conftest import Town

ALL_ON = {str(kind): True for kind in OPTIONAL_KINDS}


@pytest.fixture
def client(config: MakeConfig, town: Town) -> Iterator[FlaskClient]:
    app = create_app(config("notifications"))
    yield app.test_client()
    app.extensions["encadena.store"].close()


@pytest.fixture
def signed_in(token: MakeToken) -> Callable[..., dict[str, str]]:
    """Headers of a signed-in person."""

    def headers(name: str, *roles: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {token(account_id=name, roles=roles)}"}

    return headers


def list_all(client: FlaskClient, headers: dict[str, str], limit: int) -> list[dict[str, Any]]:
    items, cursor = [], ""
    while cursor is not None:
        query = {"limit": limit} | ({"cursor": cursor} if cursor else {})
        body = client.get("/messages", query_string=query, headers=headers).json
        assert body is not None
        items += body["items"]
        cursor = body["next_cursor"]
    return items


def test_a_person_reads_messages_in_their_language_newest_first(
    client: FlaskClient, town: Town, signed_in: Callable[..., dict[str, str]]
) -> None:
    town.person("john", "tubos", "en")
    for number in range(5):
        town.happens(request(number))
        town.later(seconds=1)
    items = list_all(client, signed_in("john"), 2)
    assert [item["about"] for item in items] == [f"request-{n}" for n in (4, 3, 2, 1, 0)]
    assert items[0]["title"] == "Grupo Andino asks you for a meeting"


def test_messages_of_one_moment_are_each_on_one_page(
    client: FlaskClient, town: Town, signed_in: Callable[..., dict[str, str]]
) -> None:
    town.written_mail(7)
    items = list_all(client, signed_in("ana"), 3)
    assert {item["about"] for item in items} == {f"request-{n}" for n in range(7)}
    assert len(items) == 7


def test_reading_a_message_lowers_the_count_once(
    client: FlaskClient, town: Town, signed_in: Callable[..., dict[str, str]]
) -> None:
    town.written_mail(2)
    headers = signed_in("ana")
    first = list_all(client, headers, 10)[0]
    read = [client.post(f"/messages/{first['id']}/read", headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in read] == [200, 200]
    assert read[0].json is not None
    assert read[1].json is not None
    assert read[0].json["read_at"] == read[1].json["read_at"]
    assert client.get("/messages/unread", headers=headers).json == {"unread": 1}
    unread = client.get("/messages?unread=true", headers=headers).json
    assert unread is not None
    assert first["id"] not in [item["id"] for item in unread["items"]]


def test_the_messages_of_others_are_not_there(
    client: FlaskClient, town: Town, signed_in: Callable[..., dict[str, str]]
) -> None:
    town.written_mail()
    (message,) = list_all(client, signed_in("ana"), 10)
    others = signed_in("luis", "admin", "organizer")
    assert list_all(client, others, 10) == []
    assert client.post(f"/messages/{message['id']}/read", headers=others).status_code == 404


def test_a_wrong_cursor_is_refused(client: FlaskClient, signed_in: Callable[..., dict[str, str]]) -> None:
    for cursor in ("x", "WyJub3QgYSB0aW1lIiwiaWQiXQ", "WzEsMl0"):
        answer = client.get(f"/messages?cursor={cursor}", headers=signed_in("ana"))
        assert answer.status_code == 422
        assert answer.json is not None
        assert answer.json["code"] == "wrong_cursor"


def test_everything_comes_by_mail_until_a_person_chooses(
    client: FlaskClient, signed_in: Callable[..., dict[str, str]]
) -> None:
    answer = client.get("/preferences", headers=signed_in("ana"))
    assert answer.json == ALL_ON
    assert answer.headers["ETag"] == '"0"'


def test_a_choice_is_saved_over_the_version_that_was_read(
    client: FlaskClient, signed_in: Callable[..., dict[str, str]]
) -> None:
    headers = signed_in("ana")
    chosen = {**ALL_ON, "reminders": False}
    first = client.put("/preferences", json=chosen, headers={**headers, "If-Match": '"0"'})
    assert (first.status_code, first.headers["ETag"]) == (200, '"1"')
    assert client.get("/preferences", headers=headers).json == chosen
    stale = client.put("/preferences", json=ALL_ON, headers={**headers, "If-Match": '"0"'})
    assert stale.status_code == 412
    assert client.get("/preferences", headers=headers).json == chosen


def test_a_choice_without_the_version_that_was_read_is_refused(
    client: FlaskClient, signed_in: Callable[..., dict[str, str]]
) -> None:
    answer = client.put("/preferences", json=ALL_ON, headers=signed_in("ana"))
    assert answer.json is not None
    assert answer.json["code"] == "if_match_missing"


def test_the_sign_in_mail_can_not_be_switched_off(
    client: FlaskClient, signed_in: Callable[..., dict[str, str]]
) -> None:
    headers = {**signed_in("ana"), "If-Match": '"0"'}
    answer = client.put("/preferences", json={**ALL_ON, "sign_in": False}, headers=headers)
    assert answer.status_code == 422
    assert answer.json is not None
    assert [fault["field"] for fault in answer.json["faults"]] == ["sign_in"]


def test_an_organizer_sees_figures_and_nothing_of_any_person(
    client: FlaskClient, town: Town, signed_in: Callable[..., dict[str, str]]
) -> None:
    town.written_mail(2)
    answer = client.get("/deliveries/summary", headers=signed_in("olga", "organizer"))
    assert answer.json == {
        "deliveries": [{"kind": "meeting_requests", "state": "pending", "count": 2}],
        "waiting_for_people": 0,
    }


def test_a_supplier_does_not_see_the_figures(
    client: FlaskClient, signed_in: Callable[..., dict[str, str]]
) -> None:
    assert client.get("/deliveries/summary", headers=signed_in("ana", "supplier")).status_code == 403
    assert client.get("/deliveries/summary").status_code == 401
