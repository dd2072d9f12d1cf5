"""From a need in its buyer's words to the supplier's telephone, in a real browser on the running system."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.e2e.test_pages import browser, complaints, enter, must_be_readable, screen, sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.e2e.system import System

__all__ = ["browser", "complaints", "screen"]

SUPPLIER, ADDRESS = "Frutos de Fresno S.A.S.", "german@frutosdefresno.example"
TITLE = "Aguacate Hass para nuestras tiendas de Bogotá"
RANKED_WITHIN_MS = 20_000


def test_a_need_in_its_buyers_words_finds_suppliers_with_reasons_and_reaches_them(
    screen: Page, told: System
) -> None:
    sign_in(screen, told, "anchor")
    screen.get_by_role("link", name="Publicar una necesidad").click()
    screen.get_by_role("textbox", name="¿Qué necesita?").fill(TITLE)
    screen.get_by_text("Afinar la búsqueda").click()
    screen.get_by_role("textbox", name="Certificados obligatorios").fill("GLOBALG.A.P.")
    must_be_readable(screen)
    screen.get_by_role("button", name="Publicar y ver proveedores").click()
    # The page looks again by itself until the suppliers are there.
    best = screen.get_by_role("article").first
    expect(best).to_contain_text("Ofrece aguacate Hass", timeout=RANKED_WITHIN_MS)
    certified = screen.get_by_role("article").filter(has_text=told.figures()["supplier"][2])
    certified.get_by_text("Requisito por requisito").click()
    verdict = certified.get_by_role("listitem").filter(has_text="Certificado GLOBALG.A.P.")
    expect(verdict).to_contain_text("Cumple")
    must_be_readable(screen)
    chosen = screen.get_by_role("article").filter(has_text=SUPPLIER)
    chosen.get_by_role("button", name="Preseleccionar").click()
    expect(screen.get_by_role("status")).to_contain_text(f"{SUPPLIER} quedó preseleccionado")

    screen.goto("/")
    screen.get_by_role("button", name="Salir").click()
    enter(screen, told, ADDRESS)
    screen.get_by_role("link", name="Ver todas las oportunidades").click()
    must_be_readable(screen)
    screen.get_by_role("link", name=TITLE).click()
    expect(screen.get_by_role("main")).to_contain_text("El comprador lo preseleccionó.")
    must_be_readable(screen)
    screen.get_by_role("button", name="No me interesa").click()
    expect(screen.get_by_role("status")).to_contain_text("Quedó dicho")
    add_an_offering(screen)


def add_an_offering(screen: Page) -> None:
    screen.goto("/offerings")
    must_be_readable(screen)
    screen.get_by_role("link", name="Agregar una oferta").click()
    must_be_readable(screen)
    screen.get_by_role("textbox", name="¿Qué ofrece?").fill("Pulpa de aguacate congelada")
    screen.keyboard.press("Enter")
    expect(screen.get_by_role("status")).to_contain_text("Quedó guardada")
    expect(screen.get_by_role("main")).to_contain_text("Pulpa de aguacate congelada")
