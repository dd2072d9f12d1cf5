"""The day of a round from the organizer's browser: who is missing, what is decided, and what came of it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from services.rounds.usecases.outcomes import ask_follow_ups
from tests.service.portal.conftest import HTML
from tests.service.portal.organizing import Office, hall, plan_now
from tests.service.portal.test_portal_numbers import figure

if TYPE_CHECKING:
    from tests.service.portal.test_portal_numbers import Town

__all__ = ["hall"]


@pytest.fixture
def office(hall: Town) -> Office:
    """A round that is on: one buyer is to meet two suppliers, now and in a later hour."""
    office = Office(hall)
    office.make(**plan_now(tables="1"))
    office.lead("announced", "registration_open")
    office.join("Compra", "buyer")
    for number in range(2):
        office.join(f"Vende {number}", "supplier")
    office.lead("requests_open")
    first, second = (office.agreed("Compra", f"Vende {number}") for number in range(2))
    office.done(f"/agenda/{office.run()}/publish")
    slots = office.round["slots"]
    now = next(n for n, slot in enumerate(slots) if slot["ends_at"] > datetime.now(UTC))
    for request_id, number in ((first, now), (second, now + 1)):
        office.done(f"/timetable/standing/{request_id}", {"slot": slots[number]["slot_id"]})
    return office


def meeting(office: Office, supplier: str) -> Any:
    [found] = office.all("meetings", company_ids=office.companies[supplier], status="scheduled")
    return found


def boxes(text: str) -> dict[str, str]:
    """The names of those who are missing, with the value of the box of each."""
    found = re.findall(r'name="who" value="([^"]+)"(?: checked)?> ([^<]+)</label>', text)
    return {name: value for value, name in found}


def test_who_has_not_arrived_for_this_hour_and_the_next_is_shown_until_it_has(office: Office) -> None:
    seen = office.see("/live")
    assert "Ahora: " in seen
    assert "Sigue: " in seen
    assert sorted(boxes(seen)) == ["Compra", "Vende 0", "Vende 1"]
    here = {"who": [boxes(seen)["Compra"], boxes(seen)["Vende 0"]], "act": "here"}
    assert office.said("/live", here) == "Llegadas anotadas: 2."
    assert meeting(office, "Vende 0")["held"]
    after = office.see("/live")
    assert sorted(boxes(after)) == ["Vende 1"]
    assert "No falta nadie." in after
    assert figure(office.see(), '<a href="[^"]+">Empresas que ya llegaron</a>') == ["2 de 3"]


def test_several_who_do_not_come_are_noted_at_once_and_what_changed_is_shown(office: Office) -> None:
    seen = boxes(office.see("/live"))
    answer = office.send("/live", {"who": [seen["Vende 0"], seen["Vende 1"]], "act": "absent"})
    assert answer.status_code == 200
    assert figure(answer.text, "Citas canceladas") == ["2"]
    assert "Vende 0" in answer.text
    assert len(office.all("meetings", status="cancelled")) == 2


def test_who_comes_late_is_put_later_and_the_old_and_new_hour_are_shown(office: Office) -> None:
    before = meeting(office, "Vende 0")
    arrives = datetime.now(UTC) + timedelta(hours=3)
    form = {"who": [boxes(office.see("/live"))["Vende 0"]], "act": "late"}
    assert "Diga a qué hora llegan." in office.send("/live", form).text
    local = arrives.astimezone(ZoneInfo(office.round["plan"]["time_zone"]))
    answer = office.send("/live", {**form, "hour": f"{local:%H:%M}", "day": f"{local:%Y-%m-%d}"})
    assert figure(answer.text, "Citas movidas") == ["1"]
    assert "pasa a:" in answer.text
    assert meeting(office, "Vende 0")["starts_at"] > before["starts_at"]


def test_nothing_happens_to_nobody_and_without_a_choice(office: Office) -> None:
    assert office.send("/live", {"act": "absent"}).status_code == 422
    marked = boxes(office.see("/live"))["Vende 0"]
    answer = office.send("/live", {"who": [marked]})
    assert answer.status_code == 422
    assert f'value="{marked}" checked' in answer.text
    found = boxes(office.see("/live?q=vende 1"))
    assert "Vende 1" in found
    assert len(office.all("meetings", status="scheduled")) == 2


def test_a_dispute_is_decided_by_the_organizer(office: Office) -> None:
    held = meeting(office, "Vende 0")
    path = f"rounds/meetings/{held['_id']}/attendance"
    word = {"company_id": office.companies["Vende 0"], "present": False}
    office.town.call(office.buyer, office.companies["Compra"], path, word)
    seen = office.see("/live")
    assert "Compra dice que Vende 0 no llegó" in seen
    assert "Asistencias en disputa: 1" in seen
    form = {"meeting": held["_id"], "company": office.companies["Vende 0"], "present": "yes"}
    assert office.said("/live/attendance", form) == "Decidido. Ya les avisamos."
    assert meeting(office, "Vende 0")["present"][office.companies["Vende 0"]] is True
    assert "dice que Vende 0 no llegó" not in office.see("/live")


def test_who_came_is_noted_on_the_page_of_a_meeting(office: Office) -> None:
    held = meeting(office, "Vende 0")
    path = f"/timetable/standing/{held['request_id']}"
    assert "¿Quién llegó?" in office.see(path)
    for side in ("buyer", "supplier"):
        office.done(f"{path}/attendance", {"side": side, "present": "yes"})
    assert meeting(office, "Vende 0")["held"]
    assert "llegó" in office.see(path)
    assert office.send(f"{path}/attendance", {"side": "nobody", "present": "yes"}).status_code >= 400


def test_a_change_that_a_company_asks_for_is_decided(office: Office) -> None:
    later = meeting(office, "Vende 1")
    slot = office.round["slots"][-1]
    wish = {"kind": "time", "slot_id": slot["slot_id"], "note": "Vengo de lejos"}
    path = f"rounds/meetings/{later['_id']}/changes"
    office.town.call(office.supplier, office.companies["Vende 1"], path, wish)
    seen = office.see("/live")
    assert "Vende 1 pide pasar su cita con Compra al" in seen
    assert "Vengo de lejos" in seen
    change = re.findall(r'name="change" value="([^"]+)"', seen)[0]
    office.done("/live/change", {"change": change, "accept": "yes"})
    assert meeting(office, "Vende 1")["slot_id"] == slot["slot_id"]
    again = office.send("/live/change", {"change": change, "accept": "no"})
    assert again.status_code == 409


def test_results_are_drawn_and_told_in_figures_by_group(office: Office) -> None:
    assert "Todavía nadie ha registrado" in office.see("/results")
    path = f"rounds/meetings/{meeting(office, 'Vende 0')['_id']}"
    deal = {"value": {"amount": 1_500_000_00, "currency": "COP"}, "probability": 40, "horizon_months": 6}
    office.town.call(
        office.buyer, office.companies["Compra"], f"{path}/outcomes", {"interest": "high", "expected": deal}
    )
    seen = office.see("/results?by=department")
    assert re.search(r'<dt>Esperado</dt><dd><span class="strong">COP 1.500.000</span>', seen)
    assert re.search(r'<dt>Según su probabilidad</dt><dd><span class="strong">COP 600.000</span>', seen)
    assert "Antioquia" in seen
    assert 'width="40.0"' in seen
    assert "Microempresas" in office.see("/results?by=size")
    assert "Alimentos" in office.see("/results?by=sector")


def test_files_are_the_organizers_and_come_as_the_service_makes_them(office: Office) -> None:
    for name, kind in (
        ("agenda.xlsx", "spreadsheetml"), ("agenda.csv", "text/csv"), ("agenda.html", "text/html"),
        ("results.xlsx", "spreadsheetml"), ("results.csv", "text/csv"),
    ):  # fmt: skip
        answer = office.organizer.get(f"/rounds/{office.round_id}/files/{name}", headers=HTML)
        assert answer.status_code == 200
        assert kind in answer.content_type
        assert f"files/{name}" in office.see("/results")
    office.see("/files/secrets.csv", 404)
    office.see("/files/results.csv", 404, office.buyer)


def test_questions_without_an_answer_are_listed_and_all_of_them_on_request(office: Office) -> None:
    held = meeting(office, "Vende 0")
    for client, name in ((office.buyer, "Compra"), (office.supplier, "Vende 0")):
        office.town.call(client, office.companies[name], f"rounds/meetings/{held['_id']}/check-in")
    office.lead("closed")
    ask_follow_ups(office.store, datetime.now(UTC) + timedelta(days=31))
    sold = {"sold": {"amount": 100, "currency": "COP"}}
    path = f"rounds/meetings/{held['_id']}/sales"
    office.town.call(office.supplier, office.companies["Vende 0"], path, sold)
    seen = office.see("/results")
    assert "Sin respuesta: 1 de 2 preguntas." in seen
    assert "con Vende 0 · pregunta de los 30 días" in seen
    assert "con Compra · pregunta" not in seen
    assert "respondió" in office.see("/results?show=all")
    assert figure(office.see(), '<a href="[^"]+">Seguimientos sin respuesta</a>') == [
        "1",
        "de 2 preguntas enviadas",
    ]
