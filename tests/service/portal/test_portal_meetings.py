"""Requests to answer, virtual rooms and calendars, through the portal and the real services behind it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from services.rounds.usecases.copies import copy_companies
from tests.service.portal.conftest import HTML, make_code, page, registered
from tests.service.portal.test_portal_numbers import ANA, EVA, LUIS, town

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from tests.service.portal.test_portal_numbers import Town

__all__ = ["town"]

NOBODY = "nadie@prado.co"


class Pair:
    """A buyer's and a supplier's browser, and a request of the buyer in a virtual round that is on now."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.buyer, self.supplier = town.signed_in(ANA), town.signed_in(EVA, language="en")
        self.organizer = town.signed_in(LUIS, role="organizer")
        self.buyer_id = town.company(town.account_id(ANA), ("anchor",))
        self.supplier_id = town.company(town.account_id(EVA), ("supplier",))
        events = [registered(self.buyer_id, roles=("anchor",)), registered(self.supplier_id)]
        copy_companies(self.store, events)
        self.now = datetime.now(UTC)
        self.round = town.call(self.organizer, None, "rounds/rounds", self.plan())
        path = f"rounds/rounds/{self.round['round_id']}"
        town.call(self.organizer, None, f"{path}/status", {"status": "registration_open"})
        for client, company, side in (
            (self.buyer, self.buyer_id, "buyer"),
            (self.supplier, self.supplier_id, "supplier"),
        ):
            town.call(
                client, company, f"{path}/registrations", {"side": side, "delegates": [{"name": "Ana"}]}
            )
        town.call(self.organizer, None, f"{path}/status", {"status": "requests_open"})
        wish = {"to_company_id": self.supplier_id, "note": "Queremos conocerlos"}
        self.request = town.call(self.buyer, self.buyer_id, f"{path}/requests", wish)

    @property
    def store(self) -> Any:
        return self.town.apps["rounds"].extensions["encadena.store"]

    def plan(self) -> dict[str, Any]:
        """Three slots of four hours, one of which is on now: three days in UTC that go past midnight."""
        day = {"starts": "00:00", "ends": "00:00", "slot_minutes": 240, "past_midnight": True}
        days = [{**day, "on": (self.now.date() + timedelta(days=n)).isoformat()} for n in range(3)]
        return {
            "name": "Rueda láctea", "sector": "Lácteos", "modality": "virtual", "time_zone": "UTC",
            "days": days, "room_base_url": "https://salas.example/r",
        }  # fmt: skip

    def meeting(self, slots_from_now: int = 0) -> str:
        """The two meet in the slot that is on now, or in a later one."""
        number = next(
            n for n, slot in enumerate(self.round["slots"])
            if datetime.fromisoformat(slot["ends_at"]) > self.now
        )  # fmt: skip
        slot_id = self.round["slots"][number + slots_from_now]["slot_id"]
        path = f"rounds/requests/{self.request['request_id']}/accept"
        accepted = self.town.call(self.supplier, self.supplier_id, path, {"slot_id": slot_id})
        return str(accepted["meeting"]["meeting_id"])


@pytest.fixture
def pair(town: Town) -> Pair:
    return Pair(town)


def opened(client: FlaskClient, path: str) -> Any:
    return client.get(path, headers=HTML)


def test_a_request_is_answered_on_the_page_of_those_that_wait(pair: Pair) -> None:
    waiting = page(pair.supplier, "/requests")
    assert "Queremos conocerlos" in waiting
    assert "Rueda láctea" in waiting
    address = re.findall(r'action="(/requests/[^"]+)"', waiting)[0]
    form = {"answer": "yes", "company": pair.supplier_id}
    answer = pair.supplier.post(address, data=form, headers=HTML)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/requests?answered=accept")
    after = page(pair.supplier, answer.headers["Location"])
    assert "You accepted." in after
    assert "Queremos conocerlos" not in after
    assert pair.store.db.requests.find_one()["status"] == "accepted"


def test_a_request_is_not_answered_for_another_company(pair: Pair) -> None:
    form = {"answer": "no", "company": pair.buyer_id}
    answer = pair.buyer.post(f"/requests/{pair.request['request_id']}", data=form, headers=HTML)
    assert answer.status_code == 403
    assert pair.store.db.requests.find_one()["status"] == "pending"


def test_a_room_is_entered_while_its_meeting_is_on(pair: Pair) -> None:
    path = f"/rooms/{pair.meeting()}"
    secret = pair.store.db.meetings.find_one()["room_url"]
    for client in (pair.buyer, pair.supplier, pair.organizer):
        answer = opened(client, path)
        assert (answer.status_code, answer.headers["Location"]) == (303, secret)
        assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_a_room_counts_down_before_its_meeting(pair: Pair) -> None:
    answer = opened(pair.supplier, f"/rooms/{pair.meeting(2)}")
    assert answer.status_code == 200
    assert "salas.example" not in answer.text
    seconds = int(re.findall(r'data-seconds="(\d+)"', answer.text)[0])
    assert 0 < seconds <= 8 * 3600
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe-inline" not in policy
    assert re.findall(r"<script(.*?)</script>", answer.text) == [' src="/static/countdown.js" defer>']
    with pair.supplier.get("/static/countdown.js") as script:
        assert script.status_code == 200
    assert 'lang="en"' in answer.text
    assert "The room opens:" in answer.text


def test_a_room_that_opens_in_days_says_when_without_counting(pair: Pair) -> None:
    answer = opened(pair.buyer, f"/rooms/{pair.meeting(8)}")
    assert "La sala abre:" in answer.text
    assert "<script" not in answer.text


def test_a_room_is_closed_after_its_meeting(pair: Pair) -> None:
    meeting_id = pair.meeting()
    over = {"ends_at": datetime.now(UTC) - timedelta(seconds=1)}
    pair.store.db.meetings.update_one({"_id": meeting_id}, {"$set": over})
    answer = opened(pair.buyer, f"/rooms/{meeting_id}")
    assert answer.status_code == 409
    assert "La cita terminó y la sala se cerró." in answer.text
    assert "salas.example" not in answer.text


def test_a_room_is_for_its_participants_alone(pair: Pair) -> None:
    stranger = pair.town.signed_in(NOBODY)
    pair.town.company(pair.town.account_id(NOBODY))
    answer = opened(stranger, f"/rooms/{pair.meeting()}")
    assert answer.status_code == 404
    assert "salas.example" not in answer.text


def test_who_is_not_signed_in_is_led_on_to_the_room_after_signing_in(pair: Pair) -> None:
    path = f"/rooms/{pair.meeting(2)}"
    browser = pair.town.app.test_client()
    asked = opened(browser, path)
    assert (asked.status_code, asked.headers["Location"]) == (303, "/sign-in")
    code = make_code(pair.town.store, pair.town.account_id(ANA))
    entered = browser.post("/sign-in", data={"code": code}, headers=HTML)
    assert entered.headers["Location"] == path


def test_nobody_is_led_on_to_another_place(pair: Pair) -> None:
    browser = pair.town.app.test_client()
    browser.set_cookie("encadena_way", "https://evil.example/", domain="localhost")
    code = make_code(pair.town.store, pair.town.account_id(ANA))
    assert browser.post("/sign-in", data={"code": code}, headers=HTML).headers["Location"] == "/"


def test_a_calendar_is_read_through_the_portal_until_it_is_ended(pair: Pair) -> None:
    meeting_id = pair.meeting(1)
    form = {"company": pair.buyer_id}
    made = pair.buyer.post("/calendar", data=form, headers=HTML)
    address = re.findall(r"http://portal\.test(/feeds/\S+\.ics)", made.text)[0]
    browser = pair.town.app.test_client()
    calendar = browser.get(address)
    assert calendar.content_type.startswith("text/calendar")
    text = calendar.text.replace("\r\n ", "")
    assert f"http://portal.test/rooms/{meeting_id}" in text
    assert "salas.example" not in text
    pair.buyer.post("/calendar", data={**form, "close": "yes"}, headers=HTML)
    assert browser.get(address).status_code == 404
