"""A need's page: the suppliers that were found, why, what each lacks, and what the anchor says of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tests.service.portal.conftest import page
from tests.service.portal.market import HASS, market, plain, post

if TYPE_CHECKING:
    from tests.service.portal.market import Firm, Market

__all__ = ["market"]

OIL = {"title": "Aceite de palma refinado"}


def t(amount: float) -> dict[str, Any]:
    return {"amount": amount, "unit": "t"}


def article(text: str, name: str) -> str:
    """The part of a page that is about one supplier."""
    parts = re.findall(r"<article.*?</article>", text, re.DOTALL)
    found = [each for each in parts if f". {name}</h3>" in each]
    assert len(found) == 1, f"{name} is on the page {len(found)} times"
    return found[0]


def test_a_supplier_is_shown_with_reasons_verdicts_and_the_parts_of_its_score(market: Market) -> None:
    anchor = market.firm("anchor")
    valid = [{"standard": "GlobalG.A.P.", "expires_on": "2040-03-31"}]
    market.firm("supplier", {**HASS, "capacity_per_month": t(30)}, name="Cima", certifications=valid)
    need_id = market.need(
        anchor, required_certifications=["GlobalG.A.P.", "BPM"], minimum_capacity=t(20), delivery_days=3
    )
    shown = article(page(anchor.client, f"/needs/{need_id}"), "Cima")
    words = plain(shown)
    assert "Ofrece aguacate Hass tipo exportación con GlobalG.A.P. vigente hasta" in words
    assert "Cumple Certificado GlobalG.A.P. (requisito obligatorio)" in words
    assert "Declara: GlobalG.A.P., vigente hasta el 31 mar 2040." in words
    assert "Sin dato Certificado BPM (requisito obligatorio) No lo ha dicho." in words
    assert "Se pide: 20 t. Declara: 30 t, en la oferta «Aguacate Hass tipo exportación»." in words
    assert "No cumple Tiempo de entrega Se pide: 3 días. Declara: 5 días" in words
    assert "Tarda 2 días más de lo pedido (40%). Se puede cerrar." in words.replace("\N{NO-BREAK SPACE}", "")
    label = re.findall(r'<svg class="bar parts"[^>]*role="img" aria-label="([^"]+)"', shown)[0]
    assert re.match(r"Ajuste \d+\s?%: Palabras en común \d+ de \d+, ", label)


def test_the_points_of_the_parts_are_those_of_the_bar(market: Market) -> None:
    anchor = market.firm("anchor")
    market.firm("supplier", OIL, name="Palma")
    need_id = market.need(anchor, title="Aceite de palma", place={"department": "05"})
    shown = article(page(anchor.client, f"/needs/{need_id}"), "Palma")
    filled = [float(width) for width in re.findall(r'class="value" x="[^"]+" width="([^"]+)"', shown)]
    points = [int(count) for count in re.findall(r"<dd>(\d+) de \d+</dd>", shown)]
    assert len(filled) == len(points) > 1
    assert all(abs(one - other) <= 1.2 for one, other in zip(filled, points, strict=True))


def test_what_others_wrote_is_shown_as_text(market: Market) -> None:
    anchor = market.firm("anchor")
    market.firm("supplier", {"title": 'Yuca <b>fresca</b> "x'}, name="<i>Raíces</i>")
    text = page(anchor.client, f"/needs/{market.need(anchor, title='Yuca fresca <script>')}")
    assert "&lt;i&gt;Raíces&lt;/i&gt;" in text
    assert not re.search(r"<(script|b|i)>", text)


def test_who_lacks_something_mandatory_stands_apart_with_how_far_it_is(market: Market) -> None:
    anchor = market.firm("anchor", language="en")
    for name, amount in (("Near", 15), ("Far", 2)):
        market.firm("supplier", {"title": "Harina de trigo", "capacity_per_month": t(amount)}, name=name)
    need_id = market.need(anchor, title="Harina de trigo", minimum_capacity=t(20))
    text = page(anchor.client, f"/needs/{need_id}")
    matches, _, almost = text.partition('id="almost"')
    assert "<article" not in matches
    assert "Nobody fits for now." in matches
    assert "Capacity. 5 t a month are missing (25%). It can be closed." in plain(article(almost, "Near"))
    assert "Capacity. 18 t a month are missing (90%). It can&#39;t be closed." in plain(
        article(almost, "Far")
    )


def test_those_that_have_the_capacity_together_are_proposed(market: Market) -> None:
    anchor = market.firm("anchor")
    for name, amount in (("Uno", 12), ("Dos", 8)):
        market.firm("supplier", {"title": "Panela pulverizada", "capacity_per_month": t(amount)}, name=name)
    need_id = market.need(anchor, title="Panela pulverizada", minimum_capacity=t(20))
    words = plain(page(anchor.client, f"/needs/{need_id}"))
    assert "Juntos sí alcanzan" in words
    assert re.search(r"Uno · Antioquia Puede 12 t al mes; le tocaría 60\s?%", words)
    assert re.search(r"Dos · Antioquia Puede 8 t al mes; le tocaría 40\s?%", words)


def test_nobody_is_proposed_together_when_somebody_has_the_capacity_alone(market: Market) -> None:
    anchor = market.firm("anchor")
    for amount in (12, 8, 50):
        market.firm("supplier", {"title": "Miel de abejas", "capacity_per_month": t(amount)})
    need_id = market.need(anchor, title="Miel de abejas", minimum_capacity=t(20))
    assert "Juntos sí alcanzan" not in page(anchor.client, f"/needs/{need_id}")


def test_a_supplier_that_shares_hardly_a_word_is_marked(market: Market) -> None:
    anchor = market.firm("anchor")
    market.firm("supplier", {"title": "Tornillos hexagonales de acero"}, name="Cerca")
    market.firm(
        "supplier", {"title": "Estructuras de acero para bodegas", "description": "Naves"}, name="Lejos"
    )
    title = "Tornillos hexagonales galvanizados grado ocho para maquinaria agrícola pesada de acero"
    text = page(anchor.client, f"/needs/{market.need(anchor, title=title)}")
    assert "Se parece poco" not in article(text, "Cerca")
    assert "Se parece poco" in article(text, "Lejos")


def pair(market: Market, title: str) -> tuple[Firm, str, Firm]:
    """An anchor, its need, and a supplier of it."""
    anchor = market.firm("anchor")
    supplier = market.firm("supplier", {"title": title}, name="Elegida")
    return anchor, market.need(anchor, title=title), supplier


def test_a_supplier_is_shortlisted_with_a_button(market: Market) -> None:
    anchor, need_id, supplier = pair(market, "Café tostado en grano")
    answer = post(anchor.client, f"/needs/{need_id}/candidates/{supplier.id}", do="shortlist")
    assert answer.status_code == 303
    text = page(anchor.client, answer.location.partition("#")[0])
    assert "Elegida quedó preseleccionado" in plain(text)
    assert "Preseleccionado" in article(text, "Elegida")
    assert 'value="shortlist"' not in article(text, "Elegida")


def test_a_dismissed_supplier_leaves_and_can_be_taken_back(market: Market) -> None:
    anchor, need_id, supplier = pair(market, "Uniformes de trabajo")
    answer = post(anchor.client, f"/needs/{need_id}/candidates/{supplier.id}", do="dismiss")
    text = page(anchor.client, answer.location.partition("#")[0])
    assert "Elegida quedó descartado." in plain(text)
    assert "<article" not in text
    assert "Descartados (1)" in text
    post(anchor.client, f"/needs/{need_id}/candidates/{supplier.id}", do="shortlist")
    market.settle()
    text = page(anchor.client, f"/needs/{need_id}")
    assert "Preseleccionado" in article(text, "Elegida")
    assert "Descartados" not in text


def test_what_the_supplier_answered_stands_with_it(market: Market) -> None:
    anchor, need_id, supplier = pair(market, "Muebles de madera")
    market.town.call(supplier.client, supplier.id, f"matching/needs/{need_id}/interest", {"interested": True})
    assert "Le interesa su necesidad" in article(page(anchor.client, f"/needs/{need_id}"), "Elegida")


def test_whom_it_does_not_interest_stands_apart(market: Market) -> None:
    anchor, need_id, supplier = pair(market, "Pinturas para exteriores")
    market.town.call(
        supplier.client, supplier.id, f"matching/needs/{need_id}/interest", {"interested": False}
    )
    market.settle()
    words = plain(page(anchor.client, f"/needs/{need_id}"))
    assert "No les interesa (1) Elegida" in words


def test_a_shortlist_is_paged_and_nobody_is_cut(market: Market) -> None:
    anchor = market.firm("anchor")
    for number in range(12):
        market.firm("supplier", {"title": "Queso campesino"}, name=f"Quesera {number}")
    need_id = market.need(anchor, title="Queso campesino")
    first = page(anchor.client, f"/needs/{need_id}")
    assert "Se muestran 1 a 10 de 12." in first
    following = re.findall(r'href="(\?matches=[^"#]+)#matches"', first)[0]
    second = page(anchor.client, f"/needs/{need_id}{following}")
    assert "Se muestran 11 a 12 de 12." in second
    assert len(set(re.findall(r"Quesera \d+</h3>", first + second))) == 12
    assert "Se muestran 1 a 10 de 12." in page(anchor.client, f"/needs/{need_id}?matches=wrong")


def test_a_changed_need_is_looked_at_again_until_its_list_follows(market: Market) -> None:
    anchor, need_id, _ = pair(market, "Empaques de cartón")
    body = {"title": "Empaques de cartón corrugado", "closes_on": "2040-01-01", "version": "2"}
    where = post(anchor.client, f"/needs/{need_id}/edit", **body).location
    assert "Refresh" in anchor.client.get(where).headers
    market.settle()
    assert "Refresh" not in anchor.client.get(where).headers


def test_a_need_is_closed_and_its_list_stays_without_buttons(market: Market) -> None:
    anchor, need_id, _ = pair(market, "Bolsas compostables")
    assert post(anchor.client, f"/needs/{need_id}/status", do="close").status_code == 303
    market.settle()
    text = page(anchor.client, f"/needs/{need_id}")
    assert "Cerrada" in text
    assert 'value="shortlist"' not in article(text, "Elegida")
    assert "/edit" not in text


def test_a_need_is_closed_with_the_supplier_that_gets_it(market: Market) -> None:
    anchor, need_id, supplier = pair(market, "Servicio de vigilancia")
    post(anchor.client, f"/needs/{need_id}/status", do="close", awarded_to=supplier.id)
    kept = market.store("catalog").get("needs", need_id)
    assert (kept["status"], kept["awarded_to"]) == ("awarded", supplier.id)


def test_a_refused_step_is_told_on_a_page(market: Market) -> None:
    anchor, need_id, supplier = pair(market, "Transporte refrigerado")
    post(anchor.client, f"/needs/{need_id}/status", do="cancel")
    market.settle()
    for path, word in (
        (f"/needs/{need_id}/status", "close"),
        (f"/needs/{need_id}/candidates/{supplier.id}", "dismiss"),
    ):
        answer = post(anchor.client, path, do=word)
        assert answer.status_code == 409
        assert "No se pudo" in answer.text


def test_a_draft_is_posted_from_its_page(market: Market) -> None:
    anchor = market.firm("anchor")
    body = {"title": "Semillas de maíz", "closes_on": "2040-01-01"}
    need_id = market.town.call(anchor.client, anchor.id, "catalog/needs", body)["id"]
    assert "Borrador" in page(anchor.client, f"/needs/{need_id}")
    post(anchor.client, f"/needs/{need_id}/status", do="publish")
    assert market.store("catalog").get("needs", need_id)["status"] == "open"


def test_a_need_can_be_read_while_matching_does_not_answer(market: Market) -> None:
    anchor, need_id, _ = pair(market, "Aseo de oficinas")
    with market.without("matching"):
        text = page(anchor.client, f"/needs/{need_id}")
    assert "No disponible en este momento" in text
    assert "Aseo de oficinas" in text


def test_what_runs_out_before_the_need_closes_is_told_with_its_day(market: Market) -> None:
    anchor = market.firm("anchor")
    held = [{"standard": "BPM", "expires_on": "2026-01-31"}]
    market.firm("supplier", {"title": "Salsa de ají"}, name="Picante", certifications=held)
    need_id = market.need(anchor, title="Salsa de ají", required_certifications=["BPM"])
    words = plain(article(page(anchor.client, f"/needs/{need_id}"), "Picante"))
    assert "Certificado BPM. Se puede cerrar." in words
    assert "Declara: BPM, vigente solo hasta el 31 ene 2026." in words
