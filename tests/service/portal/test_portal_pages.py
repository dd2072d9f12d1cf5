"""The pages for people: signing in, language, name, erasing, errors, and what keeps others out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from services.portal.api import create_app
from services.portal.model import PURPOSES
from tests.service.portal.conftest import HTML, Portal, page

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from tests.conftest import MakeConfig

ANA, EVA = "ana@prado.co", "eva@prado.co"


def test_a_link_is_used_by_the_button_and_not_by_looking_at_it(portal: Portal) -> None:
    client = portal.app.test_client()
    client.post("/sign-in/link", data={"email": ANA, "language": "es"})
    code = portal.mailed_code(ANA)
    for _ in range(3):
        assert f'value="{code}"' in page(portal.app.test_client(), f"/sign-in?code={code}")
        assert client.head(f"/sign-in?code={code}").status_code == 200
    answer = client.post("/sign-in", data={"code": code})
    assert (answer.status_code, answer.location) == (303, "/")
    assert client.get("/me").status_code == 200


def test_a_used_link_is_told_on_a_page_with_a_way_on(portal: Portal) -> None:
    client = portal.app.test_client()
    answer = client.post("/sign-in", data={"code": "used"}, headers=HTML)
    assert answer.status_code == 401
    assert answer.mimetype == "text/html"
    assert "Este enlace ya se usó o venció" in answer.text
    assert 'href="/sign-in"' in answer.text


def test_the_sign_in_page_says_what_the_data_are_for(client: FlaskClient) -> None:
    assert PURPOSES["es"] in page(client, "/sign-in")
    english = client.get("/sign-in", headers={**HTML, "Accept-Language": "en"}).text
    assert PURPOSES["en"] in english
    assert '<html lang="en">' in english
    assert '<html lang="en">' in page(client, "/sign-in?language=en")


def test_a_wrong_address_is_told_beside_the_field(client: FlaskClient) -> None:
    answer = client.post("/sign-in/link", data={"email": 'ana"><script>', "language": "es"})
    assert answer.status_code == 422
    assert 'aria-describedby="fault"' in answer.text
    assert "<script>" not in answer.text


def test_the_page_after_asking_is_the_same_for_a_known_and_a_new_address(portal: Portal) -> None:
    portal.signed_in(ANA)
    client = portal.app.test_client()
    answers = [client.post("/sign-in/link", data={"email": who}).text for who in (ANA, EVA)]
    assert answers[0] == answers[1]


@pytest.mark.parametrize("path", ["/sign-in/link", "/sign-in", "/sign-out"])
def test_another_site_can_not_send_the_portals_forms(client: FlaskClient, path: str) -> None:
    answer = client.post(path, data={}, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403


def test_who_is_not_signed_in_is_asked_to(client: FlaskClient) -> None:
    answer = client.get("/", headers=HTML)
    assert (answer.status_code, answer.location) == (303, "/sign-in")


@pytest.mark.parametrize("path", ["/sign-in", "/sign-in?code=x", "/no-such-page"])
def test_no_page_lets_in_scripts_frames_or_other_sites(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers=HTML)
    assert answer.mimetype == "text/html"
    assert answer.headers["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"] == "no-store"
    assert not re.search(r"<script|<style| style=| on\w+=", answer.text)


def test_over_https_the_cookie_and_the_pages_stay_there(config: MakeConfig) -> None:
    app = create_app(config("portal", portal_url="https://encadena.example"))
    found = Portal(app, app.extensions["encadena.store"])
    client = app.test_client()
    assert client.get("/sign-in").headers["Strict-Transport-Security"] == "max-age=31536000"
    client.post("/sign-in/link", data={"email": ANA})
    answer = client.post("/sign-in", data={"code": found.mailed_code(ANA)})
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-encadena_session=")
    assert "Secure" in cookie
    found.store.close()


def test_a_program_gets_its_errors_as_json(client: FlaskClient) -> None:
    for accept in ({}, {"Accept": "*/*"}, {"Accept": "application/json"}):
        answer = client.get("/no-such-page", headers=accept)
        assert answer.mimetype == "application/problem+json"


def test_the_language_is_switched_for_good(portal: Portal) -> None:
    client = portal.signed_in(ANA)
    version = portal.store.account_of(ANA).version  # type: ignore[union-attr]  # she has signed in
    answer = client.post("/account", data={"language": "en", "version": version})
    assert answer.status_code == 303
    assert '<html lang="en">' in page(client)


def test_a_form_on_an_old_page_is_refused(portal: Portal) -> None:
    client = portal.signed_in(ANA)
    for version in ("", "99", "x" * 30):
        answer = client.post("/account", data={"name": "Eva", "version": version}, headers=HTML)
        assert answer.status_code == 412
        assert answer.mimetype == "text/html"


def test_a_name_is_shown_as_text(portal: Portal) -> None:
    client = portal.signed_in(ANA, name="<b>Ana</b>")
    assert "&lt;b&gt;Ana" in page(client)


def test_erasing_takes_a_tick(portal: Portal) -> None:
    client = portal.signed_in(ANA)
    client.post("/account/erase", data={})
    assert portal.store.account_of(ANA) is not None
    assert "Sus datos se borraron" in client.post("/account/erase", data={"sure": "yes"}).text
    assert portal.store.account_of(ANA) is None
    assert client.get("/").status_code == 303


def test_a_person_of_two_companies_sees_one_at_a_time(portal: Portal) -> None:
    client = portal.signed_in(ANA)
    first, second = (portal.company(portal.account_id(ANA), (role,)) for role in ("supplier", "anchor"))
    assert "Como proveedor" in page(client, f"/?company={first}")
    text = page(client, f"/?company={second}")
    assert "Como comprador" in text
    assert "Como proveedor" not in text
    assert f'company={second}" aria-current="page"' in text
