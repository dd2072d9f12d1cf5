"""An organizer sees how places in shortlists fall on suppliers, and gives rates of exchange."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from services.portal import texts
from tests.service.portal.conftest import page
from tests.service.portal.market import market, plain, post

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from tests.service.portal.market import Market

__all__ = ["market"]


def organizer(market: Market) -> FlaskClient:
    return market.town.signed_in("luis@prado.co", role="organizer")


def cells(text: str, name: str) -> list[str]:
    """The cells of a row of a table."""
    found = re.search(rf'<th scope="row">{re.escape(name)}</th>(.*?)</tr>', text, re.DOTALL)
    assert found, f"{name} is not on the page"
    return re.findall(r"<td>(.*?)</td>", found[1])


def test_places_are_shown_as_totals_by_trait(market: Market) -> None:
    anchor = market.firm("anchor")
    for department in ["05"] * 5 + ["11", "15", "17", "19", "41"]:
        place = {"department": department}
        market.firm("supplier", {"title": "Mermelada de guayaba"}, size="micro", place=place, name="Secreta")
    market.need(anchor, title="Mermelada de guayaba")
    text = page(organizer(market), "/matching")
    assert cells(text, "Proveedores que sirven para alguna") == ["10", "10"]
    assert cells(text, "Lugares") == ["10", "10"]
    assert cells(text, "Antioquia") == ["5 de 5 (0)", "5 de 5 (0)"]
    assert cells(text, "Los demás, por ser pocos de cada clase") == ["5 de 5 (0)", "5 de 5 (0)"]
    assert cells(text, "microempresa") == ["10 de 10 (0)", "10 de 10 (0)"]
    assert cells(text, "Sin grupo") == ["10 de 10 (0)", "10 de 10 (0)"]
    assert "Secreta" not in text


def test_a_difference_is_tried_and_then_put_in_force(market: Market) -> None:
    client = organizer(market)
    tried = page(client, "/matching?tolerance=2,5")
    assert "Es una prueba" in tried
    assert re.search(r'name="tolerance"[^>]*value="2,5"', tried)
    assert market.store("matching").spread().tolerance == 0
    assert post(client, "/matching/spread", tolerance="2,5").status_code == 303
    assert market.store("matching").spread().tolerance == 0.025
    assert "En vigor con esta diferencia, desde el" in page(client, "/matching")


def test_a_wrong_difference_is_refused_at_its_field(market: Market) -> None:
    client = organizer(market)
    for typed, why in (("11", "Debe estar entre 0 y 0.1"), ("mucho", "No se entiende el número")):
        answer = post(client, "/matching/spread", tolerance=typed)
        assert answer.status_code == 422
        assert re.search(rf'id="tolerance-fault">{why}', answer.text), answer.text
        assert f'value="{typed}"' in answer.text


def test_a_rate_is_given_with_its_day_in_the_readers_format(market: Market) -> None:
    client = organizer(market)
    form = {"base": "usd", "value": "4.100,5", "quote": "COP", "on": "2026-01-15"}
    assert post(client, "/matching/rates", **form).status_code == 303
    (rate,) = market.store("matching").rates()
    assert (rate.base, rate.quote, rate.value, rate.on.isoformat()) == ("USD", "COP", "4100.5", "2026-01-15")
    assert "1 USD = 4.100,5 COP · 15 ene 2026" in plain(page(client, "/matching"))


def test_a_refused_rate_stands_at_its_field(market: Market) -> None:
    form = {"base": "USD", "value": "4.100", "quote": "USD", "on": "2040-01-15"}
    client = organizer(market)
    assert 'id="quote-fault">Las dos monedas' in post(client, "/matching/rates", **form).text
    late = post(client, "/matching/rates", **{**form, "quote": "EUR"}).text
    assert 'id="on-fault">La tasa no puede ser de un día' in late
    assert 'value="4.100"' in late


def test_the_page_is_for_organizers_alone(market: Market) -> None:
    supplier = market.firm("supplier")
    page(supplier.client, "/matching", 403)
    for path in ("/matching/spread", "/matching/rates"):
        assert post(supplier.client, path, tolerance="1").status_code == 403


def test_no_text_of_the_pages_hides_another() -> None:
    assert sum(len(each.TEXTS) for each in texts.SUBJECTS) == len(texts.TEXTS)
