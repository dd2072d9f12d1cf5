"""A round as files: complete, in the reader's language, harmless in a spreadsheet, for those it is for."""

from __future__ import annotations

import csv
from io import BytesIO, StringIO
from typing import TYPE_CHECKING, Any

import pytest
from icalendar import Calendar
from openpyxl import load_workbook

from services.rounds.exports.files import as_csv, as_xlsx
from tests.service.rounds.conftest import a_plan, a_plan_today, tell_story
from tests.service.rounds.test_rounds_life import deal

if TYPE_CHECKING:
    from tests.service.rounds.conftest import Person, Rounds, Story


@pytest.fixture
def met(rounds: Rounds) -> Story:
    """A round of today with a published agenda: two buyers meet two suppliers."""
    story = tell_story(rounds, 2, 2, a_plan_today())
    for buyer in story.buyers:
        for supplier in story.suppliers:
            story.agreed(buyer, supplier)
    draft = rounds.run_agenda(story.organizer, story.round_id)
    story.organizer.post(f"/agendas/{draft['agenda_id']}/publish")
    return story


def read(person: Person, path: str, **headers: str) -> Any:
    answer = person.send("GET", path, **headers)
    assert answer.status_code == 200, answer.text
    return answer


def table(person: Person, path: str, **headers: str) -> list[list[str]]:
    return list(csv.reader(StringIO(read(person, path, **headers).data.decode("utf-8-sig"))))


def sheet(content: bytes) -> list[tuple[Any, ...]]:
    book = load_workbook(BytesIO(content))
    return list(book.worksheets[0].iter_rows(values_only=True))


def test_the_agenda_is_the_same_as_text_and_as_a_workbook(met: Story) -> None:
    path = f"/rounds/{met.round_id}/agenda"
    text, book = table(met.organizer, f"{path}.csv"), sheet(read(met.organizer, f"{path}.xlsx").data)
    assert text[0][:4] == ["Fecha", "Desde", "Hasta", "Mesa"]
    assert len(text) == len(book) == 5
    assert [row[4] for row in text] == [row[4] for row in book]
    assert sorted(row[1] for row in text[1:]) == [row[1] for row in text[1:]]
    assert table(met.organizer, f"{path}.csv", Accept_Language="en")[0][0] == "Date"


def test_a_company_gets_its_own_agenda_alone(met: Story) -> None:
    path = f"/rounds/{met.round_id}/agenda"
    rows = table(met.suppliers[0], f"{path}.csv")[1:]
    assert {row[6] for row in rows} == {"supplier 0"}
    page = read(met.suppliers[0], f"{path}.html").text
    assert page.count("<section>") == 1
    assert "<h1>supplier 0</h1>" in page
    assert read(met.organizer, f"{path}.html").text.count("<section>") == 4


def test_results_hold_what_both_said_and_are_the_organizers(met: Story) -> None:
    buyer = met.buyers[0]
    meeting = buyer.get("/meetings")["items"][0]
    buyer.post(f"/meetings/{meeting['meeting_id']}/outcomes", deal(150_000_00, 50))
    path = f"/rounds/{met.round_id}/results"
    said = [row for row in sheet(read(met.organizer, f"{path}.xlsx").data)[1:] if row[6]]
    assert [(row[4], row[6], row[7], row[9], row[10]) for row in said] == [
        ("alto", "COP", 150_000, 150_000, 50)
    ]
    assert len(table(met.organizer, f"{path}.csv")) == 5
    assert buyer.send("GET", f"{path}.csv").status_code == 403


@pytest.mark.parametrize("text", ["=1+1", "+57 300", "-x", "@SUM(A1)", "\tx"])
def test_what_people_wrote_is_never_a_formula(text: str) -> None:
    assert as_csv([[text]]).decode("utf-8-sig").lstrip('"').startswith("'")
    cell = load_workbook(BytesIO(as_xlsx([["Nombre"], [text]], "x"))).worksheets[0]["A2"]
    assert cell.data_type == "s"


def test_a_control_character_does_not_break_a_workbook() -> None:
    assert sheet(as_xlsx([["Nombre"], ["a\x00b"]], "x"))[1] == ("ab",)


def test_what_people_wrote_is_no_markup_on_the_page(rounds: Rounds) -> None:
    story = tell_story(rounds, 1, 1, a_plan(name="<script>alert(1)</script>"))
    story.agreed(story.buyers[0], story.suppliers[0], story.slot_ids[0])
    page = read(story.organizer, f"/rounds/{story.round_id}/agenda.html").text
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_a_round_without_meetings_has_an_empty_agenda(story: Story) -> None:
    path = f"/rounds/{story.round_id}/agenda"
    assert len(table(story.organizer, f"{path}.csv")) == 1
    assert "No hay citas." in read(story.organizer, f"{path}.html").text


def test_a_calendar_is_read_by_its_secret_address_until_there_is_a_new_one(met: Story) -> None:
    person, client = met.suppliers[0], met.rounds.app.test_client()
    first = person.post("/feed")["address"]
    answer = client.get(first)
    events = Calendar.from_ical(answer.data).walk("VEVENT")
    meetings = person.get("/meetings")["items"]
    assert {str(event["UID"]) for event in events} == {f"{m['meeting_id']}@encadena" for m in meetings}
    assert {str(event["SUMMARY"]) for event in events} == {"Cita: buyer 0", "Cita: buyer 1"}
    second = person.post("/feed")["address"]
    assert (client.get(first).status_code, client.get(second).status_code) == (404, 200)
    key = second.rpartition("/")[2].removesuffix(".ics")
    assert len(key) >= 32
    assert key not in str(list(met.rounds.store.db.feeds.find()))


def test_a_calendar_is_in_the_language_in_which_it_was_asked_for_and_can_be_ended(met: Story) -> None:
    person, client = met.suppliers[0], met.rounds.app.test_client()
    address = person.send("POST", "/feed", Accept_Language="en").json["address"]
    events = Calendar.from_ical(client.get(address).data).walk("VEVENT")
    assert {str(event["SUMMARY"]) for event in events} == {"Meeting: buyer 0", "Meeting: buyer 1"}
    assert all(str(event["LOCATION"]).startswith("Table ") for event in events)
    assert person.send("DELETE", "/feed").status_code == 204
    assert client.get(address).status_code == 404


def test_an_amount_in_another_currency_names_it(met: Story) -> None:
    meeting = met.buyers[0].get("/meetings")["items"][0]
    supplier = next(s for s in met.suppliers if s.company_id == meeting["supplier"]["company_id"])
    path = f"/meetings/{meeting['meeting_id']}/outcomes"
    met.buyers[0].post(path, deal(150_000_00, 50))
    foreign = deal(4_000_00, 50)
    foreign["expected"]["value"]["currency"] = "USD"
    supplier.post(path, foreign)
    [said] = [row for row in table(met.organizer, f"/rounds/{met.round_id}/results.csv")[1:] if row[6]]
    assert (said[6], said[7], said[8], said[9]) == ("COP", "150000.00", "4000.00 USD", "150000.00")
