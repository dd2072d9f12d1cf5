"""An organizer leads a round from its plan to its results in a real browser, on a telephone's screen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect

from deploy.demo.cast import ORGANIZER
from deploy.demo.people import Mailbox
from tests.e2e.system import System, eventually
from tests.e2e.test_pages import browser, complaints, must_be_readable, screen

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["browser", "complaints", "screen"]

IN_A_WEEK = (datetime.now(UTC) + timedelta(days=7)).date().isoformat()


def sign_in_as_organizer(screen: Page, told: System) -> None:
    mailbox = Mailbox(told.place.var / "mail")
    known = set(mailbox.folder.glob("*.eml"))
    screen.goto("/sign-in")
    screen.get_by_role("textbox").fill(ORGANIZER)
    screen.keyboard.press("Enter")
    expect(screen.get_by_role("main")).to_contain_text("correo")
    code = eventually("the sign-in link", lambda: mailbox.link_for(ORGANIZER, known))
    screen.goto(f"/sign-in?code={code}")
    screen.get_by_role("button", name="Entrar a Encadena").click()
    expect(screen.get_by_role("heading", level=1)).to_contain_text("Hola")


def go(screen: Page, name: str) -> None:
    """Opens another page of the round, which must be readable."""
    screen.get_by_role("navigation", name="Páginas de la rueda").get_by_role("link", name=name).click()
    must_be_readable(screen)


def press(screen: Page, role: Any, name: str) -> None:
    """Presses a button, or a link that looks like one; what follows must be readable."""
    screen.get_by_role(role, name=name, exact=True).click()
    must_be_readable(screen)


def test_an_organizer_plans_a_round_and_leads_it_on(
    screen: Page, told: System, complaints: list[str]
) -> None:
    sign_in_as_organizer(screen, told)
    press(screen, "link", "Nueva rueda")
    screen.get_by_label("Nombre de la rueda").fill("Rueda de panela")
    screen.get_by_label("Sector").fill("Panela")
    screen.get_by_label("Primer día").fill(IN_A_WEEK)
    screen.get_by_label("Mesas").fill("")
    press(screen, "button", "Crear la rueda")
    expect(screen.get_by_role("alert")).to_contain_text("Diga cuántas mesas hay")
    expect(screen.get_by_label("Nombre de la rueda")).to_have_value("Rueda de panela")
    assert [("422" in said) for said in complaints] == [True]
    complaints.clear()
    screen.get_by_label("Mesas").fill("4")
    press(screen, "button", "Crear la rueda")
    expect(screen.get_by_role("status")).to_contain_text("La rueda quedó creada")
    for step in ("Anunciar la rueda", "Abrir las inscripciones"):
        press(screen, "button", step)
    for name in ("Inscripciones", "Agenda", "Jornada", "Resultados", "Reglas"):
        go(screen, name)
    screen.get_by_label("Citas prometidas a cada mipyme proveedora").fill("2")
    screen.get_by_role("button", name="Guardar").nth(1).click()
    expect(screen.get_by_role("status")).to_contain_text("Quedó guardado.")


def test_an_organizer_makes_looks_at_and_publishes_an_agenda(screen: Page, told: System) -> None:
    sign_in_as_organizer(screen, told)
    screen.get_by_role("link", name=told.figures()["round"]).click()
    go(screen, "Agenda")
    press(screen, "button", "Generar la agenda")
    # The page shows by itself that the run is over, and then leads to the draft.
    ready = screen.get_by_role("link", name="Revisar los cambios y publicar")
    expect(ready).to_be_visible(timeout=60_000)
    must_be_readable(screen)
    screen.get_by_role("link", name="Ver quién queda por fuera").click()
    must_be_readable(screen)
    screen.get_by_role("link", name="Ver las citas por horario y mesa").click()
    must_be_readable(screen)
    screen.get_by_role("listitem").get_by_role("link").last.click()
    screen.get_by_role("button", name="Probar").first.click()
    must_be_readable(screen)
    go(screen, "Agenda")
    press(screen, "link", "Revisar los cambios y publicar")
    press(screen, "button", "Publicar y avisar")
    expect(screen.get_by_role("status")).to_contain_text("La agenda quedó publicada")
    go(screen, "Resultados")
    expect(screen.get_by_role("main")).to_contain_text("Esperado")
    with screen.expect_download() as download:
        screen.get_by_role("link", name="Resultados de cada cita en Excel").click()
    assert download.value.suggested_filename == "results.xlsx"
