"""The main job, from the first start to the expected value on record, as a newcomer sees it."""

from __future__ import annotations

import re
import subprocess
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any

import requests
from pymongo import MongoClient

from deploy.embedded import ROOT
from shared.config import SERVICES

if TYPE_CHECKING:
    from tests.e2e.system import System


def buried(system: System) -> dict[str, int]:
    """How many events each service has buried."""
    url = f"mongodb://127.0.0.1:{system.place.port + 10}/?directConnection=true"
    with MongoClient[dict[str, Any]](url) as client:
        return {name: client[name].dead_letters.count_documents({}) for name in SERVICES}


def test_the_story_ends_with_meetings_and_an_expected_value(told: System) -> None:
    figures = told.figures()
    totals = figures["totals"]
    assert figures["suppliers"] >= 10
    assert figures["needs"] >= 3
    assert totals["held"] == totals["scheduled"] - 1 > 5
    [expected] = totals["expected"]
    assert expected["raw"]["currency"] == "COP"
    assert expected["raw"]["amount"] > expected["weighted"]["amount"] > 0


def test_no_event_of_the_story_was_buried(told: System) -> None:
    assert set(buried(told).values()) == {0}


def test_the_summary_gives_a_one_time_link_that_signs_in_once(told: System) -> None:
    links = re.findall(r"https?://\S+/sign-in\?code=[\w-]+", told.await_running())
    assert len(links) == 3
    code = links[0].partition("code=")[2]
    address = f"{told.place.url('portal')}/sessions"
    assert requests.post(address, json={"code": code}, timeout=10).ok
    assert requests.post(address, json={"code": code}, timeout=10).status_code in {401, 409, 422}


def test_an_anchor_opens_its_virtual_room_from_a_message(told: System) -> None:
    code = re.findall(r"/sign-in\?code=([\w-]+)", told.await_running())[1]
    with requests.Session() as browser:
        assert browser.post(f"{told.place.url('portal')}/sessions", json={"code": code}, timeout=10).ok
        page = browser.get(told.place.url("portal"), timeout=10).text
        room = re.findall(rf'<a href="({told.place.url("portal")}/rooms/[\w-]+)"', page)[0]
        answer = browser.get(room, timeout=10, allow_redirects=False)
    # A page that counts down, or the room itself around the time of the meeting.
    assert answer.status_code == 303 or "Sala virtual" in answer.text


def test_everybody_who_meets_has_a_calendar_invitation_in_the_mail(told: System) -> None:
    invited = set()
    for path in (told.place.var / "mail").glob("*.eml"):
        message = message_from_bytes(path.read_bytes(), policy=policy.default)
        for part in message.walk():
            if part.get_content_type() == "text/calendar":
                invited.add(re.search(r"UID:(\S+)", part.get_content())[1])
    assert len(invited) == told.figures()["totals"]["scheduled"]


def test_the_story_is_the_same_on_kafka(told: System, on_kafka: System) -> None:
    assert on_kafka.figures()["totals"] == told.figures()["totals"]
    assert on_kafka.figures()["matches"] == told.figures()["matches"]
    assert set(buried(on_kafka).values()) == {0}


def make(system: System, *words: str) -> str:
    """What a target of the Makefile prints for this copy of the system."""
    place = [f"PORT={system.place.port}", f"VAR={system.place.var}"]
    command = ["make", "-s", *words, *place]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_somebody_invited_from_the_command_line_gets_a_link_that_signs_in(told: System) -> None:
    code = make(told, "invite", "EMAIL=nueva@camara.example").strip().partition("code=")[2]
    assert requests.post(f"{told.place.url('portal')}/sessions", json={"code": code}, timeout=10).ok


def test_the_example_of_the_readme_is_imported_once(told: System) -> None:
    assert "7 new, 0 changed, 0 as before" in make(told, "import", "FILE=docs/example.jsonl")
    assert "0 new, 0 changed, 7 as before" in make(told, "import", "FILE=docs/example.jsonl")


def test_ctrl_c_leaves_nothing_behind_and_a_second_start_finds_the_data(told: System) -> None:
    first = told.figures()
    assert told.stop() == 0
    assert not told.processes()
    told.start(demo=True)
    said = told.await_running()
    assert "La historia de demostración\n" not in said.replace("Lo que dejó la historia de demostración", "")
    assert told.figures() == first
