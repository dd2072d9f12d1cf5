"""A meeting on a telephone: who came, what each side takes from it, what was sold."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.service.portal.conftest import HTML, page
from tests.service.portal.test_portal_meetings import NOBODY, Pair, pair
from tests.service.portal.test_portal_numbers import town

if TYPE_CHECKING:
    from flask.testing import FlaskClient

__all__ = ["pair", "town"]

OUTCOME = {
    "interest": "high", "amount": "12.500.000,50", "currency": "COP", "probability": "75", "horizon": "6",
    "what": "Enviar muestras", "owner": "other", "due": "2099-01-31",
}  # fmt: skip


def sent(client: FlaskClient, path: str, form: dict[str, Any]) -> Any:
    return client.post(path, data=form, headers=HTML)


def stored(pair: Pair) -> dict[str, Any]:
    found: dict[str, Any] = pair.store.db.meetings.find_one()
    return found


def test_an_outcome_is_recorded_with_one_form(pair: Pair) -> None:
    path = f"/meetings/{pair.meeting()}"
    assert "Cita con Lácteos El Prado" in page(pair.buyer, path)
    answer = sent(pair.buyer, f"{path}/outcome", OUTCOME)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{path}?saved=outcomes")
    said = stored(pair)["outcomes"][pair.buyer_id]
    assert said["expected"] == {
        "value": {"amount": 1_250_000_050, "currency": "COP"}, "probability": 75, "horizon_months": 6,
    }  # fmt: skip
    assert said["next_step"] == {
        "what": "Enviar muestras", "owner_company_id": pair.supplier_id, "due_on": "2099-01-31",
    }  # fmt: skip
    again = page(pair.buyer, answer.headers["Location"])
    assert "Quedó guardado." in again
    assert 'value="12500000,5"' in again
    assert 'value="high" required checked' in again


def test_interest_alone_is_enough(pair: Pair) -> None:
    path = f"/meetings/{pair.meeting()}"
    assert sent(pair.supplier, f"{path}/outcome", {"interest": "none"}).status_code == 303
    assert stored(pair)["outcomes"][pair.supplier_id]["expected"] is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"amount": "mucho"}, "No se entiende el valor."),
        ({"interest": ""}, "Interés en hacer negocio: "),
        ({"due": "ayer"}, "Para cuándo: "),
    ],
)
def test_what_is_not_right_is_said_and_what_was_typed_stays(
    pair: Pair, changes: dict[str, str], said: str
) -> None:
    answer = sent(pair.buyer, f"/meetings/{pair.meeting()}/outcome", {**OUTCOME, **changes})
    assert answer.status_code == 422
    [fault] = re.findall(r'role="alert">([^<]*)<', answer.text)
    assert fault.startswith(said)
    assert 'value="Enviar muestras"' in answer.text
    assert stored(pair)["outcomes"] == {}


def test_both_check_in_and_say_what_was_sold(pair: Pair) -> None:
    path = f"/meetings/{pair.meeting()}"
    for client in (pair.buyer, pair.supplier):
        form = {"about": "own", "present": "yes"}
        assert sent(client, f"{path}/attendance", form).status_code == 303
    assert stored(pair)["held"] is True
    for client, amount in ((pair.buyer, "800.000"), (pair.supplier, "900,000")):
        assert sent(client, f"{path}/sale", {"sold": amount, "currency": "COP"}).status_code == 303
    assert stored(pair)["verified"] == {"amount": 80_000_000, "currency": "COP"}


def test_who_says_that_the_other_did_not_come_sees_that_it_is_disputed(pair: Pair) -> None:
    path = f"/meetings/{pair.meeting()}"
    sent(pair.buyer, f"{path}/attendance", {"about": "other", "present": "no"})
    assert stored(pair)["disputed"] == [pair.supplier_id]
    assert "decide quien organiza la rueda" in page(pair.buyer, path)
    assert "the round&#39;s organizer decides" in page(pair.supplier, path)


def test_a_meeting_is_for_its_two_sides_alone(pair: Pair) -> None:
    path = f"/meetings/{pair.meeting()}"
    stranger = pair.town.signed_in(NOBODY)
    pair.town.company(pair.town.account_id(NOBODY))
    assert stranger.get(path, headers=HTML).status_code == 404
    assert sent(stranger, f"{path}/outcome", OUTCOME).status_code == 404
    assert stored(pair)["outcomes"] == {}


def test_two_figures_become_one_that_both_accept(pair: Pair) -> None:
    path = f"/meetings/{pair.meeting()}"
    sent(pair.buyer, f"{path}/outcome", {**OUTCOME, "amount": "500"})
    assert "Un solo valor" not in page(pair.buyer, path)
    sent(pair.supplier, f"{path}/outcome", {**OUTCOME, "amount": "900"})
    assert "Proponer ese valor para los dos" in page(pair.buyer, path)
    assert sent(pair.buyer, f"{path}/agreement", {}).status_code == 303
    assert stored(pair)["agreed"] is None
    assert "Accept that figure" in page(pair.supplier, path)
    sent(pair.supplier, f"{path}/agreement", {})
    assert stored(pair)["agreed"]["value"] == {"amount": 90_000, "currency": "COP"}
    assert "Las dos partes acordaron" in page(pair.buyer, path)
    assert "/agreement" not in page(pair.buyer, path)


def test_what_a_program_recorded_stays_as_it_was_when_the_page_is_saved_again(pair: Pair) -> None:
    path = f"/meetings/{pair.meeting()}"
    unusual = {"currency": "PEN", "probability": "70", "horizon": "9"}
    assert sent(pair.buyer, f"{path}/outcome", {**OUTCOME, **unusual}).status_code == 303
    chosen = dict(
        re.findall(r'<select id="(\w+)"[^>]*>.*?<option value="(\w+)" selected>', page(pair.buyer, path))
    )
    assert {**chosen, **unusual} == chosen
