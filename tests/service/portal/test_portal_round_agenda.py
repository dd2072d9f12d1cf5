"""The agenda of a round made, looked at, changed by hand, published and brought back on pages."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from services.portal.pages.rounds import version as version_pages
from services.rounds.agenda_run import Pulse
from tests.service.portal.organizing import Office, hall
from tests.service.portal.test_portal_numbers import figure

if TYPE_CHECKING:
    from tests.service.portal.test_portal_numbers import Town

__all__ = ["hall"]
NAMES = re.compile(r'class="strong">((?:Compra|Vende) \d)</p>')


@pytest.fixture
def office(hall: Town) -> Office:
    """Two buyers want to meet three suppliers each in two slots, so that two requests are left out."""
    office = Office(hall)
    office.make(morning_to="09:00")
    office.lead("announced", "registration_open")
    for number in range(2):
        office.join(f"Compra {number}", "buyer")
    for number in range(3):
        office.join(f"Vende {number}", "supplier")
    office.lead("requests_open")
    for buyer in range(2):
        for supplier in range(3):
            office.agreed(f"Compra {buyer}", f"Vende {supplier}")
    return office


def test_the_forecast_names_who_has_too_many_requests_and_what_would_help(office: Office) -> None:
    seen = office.see("/agenda")
    assert figure(seen, "Solicitudes en pie") == ["6"]
    assert figure(seen, "Quedarían por fuera") == ["2"]
    assert "Comprador: Compra 0 tiene 3 solicitudes y lugar para 2" in seen
    assert "Un horario más para todos daría lugar a" in seen
    assert "2 empresas con más solicitudes que horarios" in office.see()


def test_a_run_is_watched_and_stopped(office: Office) -> None:
    office.done("/agenda", {"seconds": "60"})
    assert "En espera; empieza en un momento." in office.see("/agenda")
    claimed = office.store.claim_run(datetime.now(UTC))
    progress = {"weight": {"best": 300, "bound": 400}, "holes": {"best": 4, "bound": 1}}
    office.store.update_run(claimed.id, {"progress": progress})
    seen = office.see("/agenda")
    assert 'max="1" value="0.75"' in seen
    assert "Huecos entre citas: 4 (no pueden ser menos de 1)" in seen
    assert 'src="/static/progress.js"' in seen
    again = office.send("/agenda", {"seconds": "10"})
    assert again.status_code == 409
    assert office.said("/agenda/stop", {"run": claimed.id}).startswith("Se detiene en unos segundos")
    pulse = Pulse(office.store, claimed.id)
    with pulse:
        assert pulse.stop.wait(5)


def test_those_left_out_are_named_with_the_reason_and_what_would_let_them_in(office: Office) -> None:
    agenda = office.run()
    seen = office.see(f"/agenda/{agenda}")
    assert figure(seen, '<a href="[^"]+">Citas ubicadas</a>') == ["4"]
    assert figure(seen, '<a href="#left-out">Solicitudes por fuera</a>') == [
        "2",
        "no pueden quedar menos por fuera",
    ]
    assert "ya tiene 2 de 2 citas posibles" in seen
    assert len(re.findall("Ubicar a mano</a>", seen)) == 2


def test_a_long_list_is_paged(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    agenda = office.run()
    count = len(NAMES.findall(office.see(f"/agenda/{agenda}/changes")))
    monkeypatch.setattr(version_pages, "PAGE", 3)
    first = office.see(f"/agenda/{agenda}/changes")
    assert f"1 a 3 de {count}." in first
    following = re.findall(r'href="([^"]+page=2)"', first)[0]
    rest = office.see(following.removeprefix(f"/rounds/{office.round_id}"))
    assert f"4 a {count} de {count}." in rest
    names = NAMES.findall(first + rest)
    assert len(names) == len(set(names)) == count


def test_an_agenda_is_published_in_two_steps_and_an_earlier_one_brought_back(office: Office) -> None:
    first = office.run()
    changes = office.see(f"/agenda/{first}/changes")
    assert figure(changes, "Citas nuevas") == ["4"]
    assert re.search(r"Se avisará por correo a [45] empresas", changes)
    assert office.all("meetings") == []
    assert office.said(f"/agenda/{first}/publish").startswith("La agenda quedó publicada")
    assert len(office.all("meetings", status="scheduled")) == 4
    meeting = office.all("meetings")[0]
    path = f"/timetable/standing/{meeting['request_id']}"
    assert office.said(f"{path}/cancel", {"reason": "Cambio de planes"}).startswith("La cita quedó cancelada")
    again = office.send(f"/agenda/{first}/publish")
    assert again.status_code == 409
    assert "solo se publica o cambia un borrador" in again.text
    second = office.run()
    seen = office.see(f"/agenda/{second}/changes")
    assert figure(seen, "Citas nuevas") == ["1"]
    office.done(f"/agenda/{second}/publish")
    back = office.see(f"/agenda/{first}/changes")
    assert "Volver a esta versión" in back
    office.done(f"/agenda/{first}/restore")
    versions = office.see("/agenda")
    assert "recupera una anterior" in versions
    assert f'value="{second}"' in office.see(f"/agenda/{first}/changes?against={second}")


def test_what_a_move_clashes_with_is_shown_before_it_happens(office: Office) -> None:
    agenda = office.run()
    office.done(f"/agenda/{agenda}/publish")
    slots = [slot["slot_id"] for slot in office.round["slots"]]
    meeting = office.all("meetings", slot_id=slots[0])[0]
    path = f"/timetable/standing/{meeting['request_id']}"
    clash = office.see(f"{path}?slot={slots[1]}")
    assert "No se cambió nada." in clash
    assert "tiene en ese horario la cita de" in clash
    refused = office.send(path, {"slot": slots[1]})
    assert refused.status_code == 409
    assert "tiene en ese horario la cita de" in refused.text
    [other] = office.all("meetings", slot_id=slots[1], buyer=meeting["buyer"])
    office.done(f"/timetable/standing/{other['request_id']}/cancel", {"reason": "No puede"})
    fits = office.see(f"{path}?slot={slots[1]}")
    if "Sí cabe." in fits:
        office.done(path, {"slot": slots[1]})
        assert office.store.db.meetings.find_one({"_id": meeting["_id"]})["slot_id"] == slots[1]
    assert "Cambiar y avisar" in fits or "No cabe" in fits


def test_a_meeting_of_a_draft_is_locked_let_go_and_swapped(office: Office) -> None:
    agenda = office.run()
    slots = [slot["slot_id"] for slot in office.round["slots"]]
    placed = office.store.db.agendas.find_one({"_id": agenda})["placed"]
    by_buyer = {}
    for place in placed:
        by_buyer.setdefault(place["buyer_delegate_id"], []).append(place)
    one, other = next(iter(by_buyer.values()))
    path = f"/timetable/{agenda}/{one['request_id']}"
    assert office.said(f"{path}/lock", {"locked": "yes"}) == "La cita quedó fija."
    assert office.store.db.agendas.find_one({"_id": agenda})["locked"] == [one["request_id"]]
    assert "fija" in office.see(f"/timetable/{agenda}?slot={one['slot_id']}")
    office.done(f"{path}/lock", {"locked": "no"})
    assert office.store.db.agendas.find_one({"_id": agenda})["locked"] == []
    tried = office.see(f"{path}?swap={other['request_id']}")
    assert "Cambiar el borrador" in tried or "No se pueden intercambiar" in tried
    assert office.send(f"{path}/cancel", {"reason": "No"}).status_code == 422
    assert sorted(slots) == sorted({place["slot_id"] for place in placed})


def test_meetings_are_shown_by_slot_and_found_by_company(office: Office) -> None:
    agenda = office.run()
    slots = [slot["slot_id"] for slot in office.round["slots"]]
    seen = office.see(f"/timetable/{agenda}?slot={slots[0]}")
    assert "2 citas en 2 mesas" in seen
    assert "Mesa 1" in seen
    found = office.see(f"/timetable/{agenda}?q=compra 1")
    assert "Citas encontradas: 2" in found
    assert "Compra 0" not in found


def test_a_version_of_another_round_is_not_shown(office: Office) -> None:
    agenda = office.run()
    office.make()
    for path in (f"/agenda/{agenda}", f"/agenda/{agenda}/changes", f"/timetable/{agenda}"):
        office.see(path, 404)


def test_requests_are_listed_by_state_found_by_company_and_marked_as_paid(office: Office) -> None:
    wish = {"to_company_id": office.join("Vende 9", "supplier"), "note": "Nos interesa la panela"}
    path = f"rounds/rounds/{office.round_id}/requests"
    asked = office.town.call(office.buyer, office.companies["Compra 0"], path, wish)
    waiting = office.see("/requests?status=pending")
    assert "Compra 0 pide cita a Vende 9" in waiting
    assert "Nos interesa la panela" in waiting
    assert "Vende 1" not in waiting
    assert "Aceptadas (6)" in waiting
    found = office.see("/requests?q=vende 1")
    assert found.count("pide cita a Vende 1") == 2
    assert "Vende 2" not in found
    office.done("/requests", {"request": asked["request_id"], "paid": "yes", "status": "pending"})
    assert office.store.db.requests.find_one({"_id": asked["request_id"]})["paid"] is True
    assert "pagada" in office.see("/requests?status=pending")
    office.done("/requests", {"request": asked["request_id"], "paid": "no"})
    assert office.store.db.requests.find_one({"_id": asked["request_id"]})["paid"] is False
    assert office.send("/requests", {"request": "none", "paid": "yes"}).status_code == 404


def test_what_a_change_of_free_times_would_break_is_told_before_it_is_done(office: Office) -> None:
    office.done(f"/agenda/{office.run()}/publish")
    [row] = office.all("registrations", company_id=office.companies["Compra 0"])
    path, person = f"/registrations/{row['_id']}", row["delegates"][0]["delegate_id"]
    slots = [slot["slot_id"] for slot in office.round["slots"]]
    assert len(re.findall(r'href="/rounds/[^"]+/timetable/standing/', office.see(path))) == 2
    form = {
        "version": str(row["version"]),
        "person": person,
        "name": "Rosa",
        "slot": slots[:1],
        "act": "save",
    }
    warned = office.send(path, form)
    assert warned.status_code == 409
    assert "quedaría sin representante" in warned.text
    assert len(office.all("meetings", status="scheduled")) == 4
    office.done(path, {**form, "although_broken": "yes"})
    assert len(office.all("meetings", status="scheduled", company_ids=office.companies["Compra 0"])) == 1
