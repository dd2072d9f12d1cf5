"""The portal's pages in a real browser, on a screen as small as a telephone's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from deploy.demo.people import Mailbox
from tests.chromium import running_chromium
from tests.e2e.system import System, eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

TELEPHONE = {"width": 320, "height": 640}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_chromium() as started:
        yield started


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained of: scripts that failed, and what the content-security policy stopped."""
    return []


@pytest.fixture
def screen(browser: Browser, told: System, complaints: list[str]) -> Iterator[Page]:
    """A telephone that nobody has signed in with."""
    context = browser.new_context(base_url=told.place.url("portal"), viewport=TELEPHONE, locale="es-CO")
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    yield page
    context.close()
    assert complaints == []


def sign_in(screen: Page, told: System, who: str) -> None:
    """Somebody of the story asks for a link, finds it in the mail and enters."""
    enter(screen, told, told.figures()[who][0])


def enter(screen: Page, told: System, address: str) -> None:
    """The person of that address does so; nobody gets more than a few links an hour."""
    mailbox = Mailbox(told.place.var / "mail")
    known = set(mailbox.folder.glob("*.eml"))
    screen.goto("/")
    screen.get_by_role("textbox").fill(address)
    screen.keyboard.press("Enter")
    expect(screen.get_by_role("main")).to_contain_text("correo")
    code = eventually("the sign-in link", lambda: mailbox.link_for(address, known))
    screen.goto(f"/sign-in?code={code}")
    screen.get_by_role("button", name="Entrar a Encadena").click()
    expect(screen.get_by_role("heading", level=1)).to_contain_text("Hola")


def must_be_readable(screen: Page) -> None:
    """Nothing that a screen reader stumbles over, and nothing beside the small screen."""
    found = Axe().run(screen).response["violations"]
    assert [(fault["id"], fault["nodes"][0]["target"]) for fault in found] == []
    assert screen.evaluate("document.documentElement.scrollWidth") <= TELEPHONE["width"]


def test_a_person_enters_with_the_link_of_a_mail_and_reads_the_own_numbers(
    screen: Page, told: System
) -> None:
    screen.goto("/sign-in")
    must_be_readable(screen)
    sign_in(screen, told, "supplier")
    expect(screen.get_by_role("main")).to_contain_text("Negocio esperado")
    must_be_readable(screen)


def test_a_link_that_a_mail_program_looks_at_still_lets_the_person_in(
    screen: Page, browser: Browser, told: System
) -> None:
    address, mailbox = told.figures()["anchor"][0], Mailbox(told.place.var / "mail")
    known = set(mailbox.folder.glob("*.eml"))
    screen.goto("/sign-in")
    screen.get_by_role("textbox").fill(address)
    screen.keyboard.press("Enter")
    code = eventually("the sign-in link", lambda: mailbox.link_for(address, known))
    program = browser.new_page()
    program.goto(f"{told.place.url('portal')}/sign-in?code={code}")
    program.close()
    screen.goto(f"/sign-in?code={code}")
    screen.get_by_role("button", name="Entrar a Encadena").click()
    expect(screen.get_by_role("heading", level=1)).to_contain_text("Hola")


def test_the_first_tab_leads_past_the_header_to_the_content(screen: Page, told: System) -> None:
    sign_in(screen, told, "supplier")
    screen.keyboard.press("Tab")
    expect(screen.locator(":focus")).to_have_text("Ir al contenido")
    screen.keyboard.press("Enter")
    expect(screen.locator(":focus")).to_have_attribute("id", "content")


def test_a_person_changes_the_language_and_back(screen: Page, told: System) -> None:
    sign_in(screen, told, "supplier")
    screen.get_by_role("button", name="English").click()
    expect(screen.locator("html")).to_have_attribute("lang", "en")
    expect(screen.get_by_role("heading", name="Next meetings")).to_be_visible()
    must_be_readable(screen)
    screen.get_by_role("button", name="Español").click()
    expect(screen.locator("html")).to_have_attribute("lang", "es")


def test_a_virtual_room_counts_down_until_it_opens(screen: Page, told: System) -> None:
    sign_in(screen, told, "anchor")
    room = screen.get_by_role("link", name="Sala virtual").last.get_attribute("href")
    screen.goto(str(room))
    timer = screen.get_by_role("timer")
    expect(timer).not_to_be_empty()
    shown = timer.inner_text()
    expect(timer).not_to_have_text(shown)
    must_be_readable(screen)
