"""Companies over HTTP, on a real database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.contracts.catalog import CompanyChanged, CompanyRegistered
from tests.service.catalog.conftest import A_COMPANY, A_CONTACT, Catalog

if TYPE_CHECKING:
    from werkzeug.test import TestResponse


def faults(answer: TestResponse) -> dict[str, str]:
    """The codes by field."""
    assert answer.content_type == "application/problem+json"
    return {fault["field"]: fault["code"] for fault in answer.get_json()["faults"]}


def test_anybody_signed_in_registers_a_company_and_reads_it(catalog: Catalog) -> None:
    account = catalog.caller(account_id="ana")
    answer = account.post("/companies", A_COMPANY)
    assert answer.status_code == 201
    made = answer.get_json()
    assert made["tax_number"] == {"scheme": "CO-NIT", "number": "8909039388"}
    assert made["ciiu"] == ["1410"]
    assert answer.headers["Location"] == f"/companies/{made['id']}"
    read = account.get(f"/companies/{made['id']}")
    assert read.get_json() == made
    assert read.headers["ETag"] == '"1"'
    assert made["certifications"][0]["evidence_url"] == "https://ejemplo.co/iso9001.pdf"


def test_a_registration_is_told_with_the_account_and_without_the_tax_number(catalog: Catalog) -> None:
    company_id = catalog.caller(account_id="ana").post("/companies", A_COMPANY).get_json()["id"]
    (event,) = catalog.events()
    assert isinstance(event.data, CompanyRegistered)
    assert (event.data.company_id, event.data.registered_by, event.sequence) == (company_id, "ana", 1)
    assert event.data.certifications[0].standard == "ISO 9001:2015"
    (row,) = catalog.store.db.outbox.find()
    assert b"8909039388" not in row["value"]


def test_a_company_without_a_tax_number_is_an_informal_unit(catalog: Catalog) -> None:
    body = {"name": "Arepas Doña Rosa", "roles": ["supplier"], "size": "micro"}
    answer = catalog.caller().post("/companies", body)
    assert answer.status_code == 201
    assert answer.get_json()["tax_number"] is None
    assert catalog.caller().post("/companies", body).status_code == 201


def test_a_tax_number_belongs_to_one_company(catalog: Catalog) -> None:
    assert catalog.caller().post("/companies", A_COMPANY).status_code == 201
    again = catalog.caller().post("/companies", {**A_COMPANY, "name": "Otra"})
    assert again.status_code == 409
    assert faults(again) == {"tax_number": "tax_number_taken"}
    assert catalog.told() == ["catalog.company_registered"]


def test_a_wrong_check_digit_is_refused(catalog: Catalog) -> None:
    tax_number = {"scheme": "CO-NIT", "number": "890903938-7"}
    answer = catalog.caller().post("/companies", {**A_COMPANY, "tax_number": tax_number})
    assert answer.status_code == 422
    assert faults(answer) == {"tax_number.number": "wrong_check_digit"}


def test_all_faults_of_form_and_rules_are_named_at_once_and_nothing_is_saved(catalog: Catalog) -> None:
    answer = catalog.caller().post(
        "/companies",
        {
            "name": " ",
            "tax_number": {"scheme": "CO-NIT", "number": "890903938-7"},
            "size": "huge",
            "roles": "supplier",
            "place": {"department": "05", "municipality": "08001"},
            "ciiu": ["1410", "14"],
            "certifications": [{"standard": "ISO 9001", "issued_on": "ayer"}],
            "regions_served": ["Antioquia"],
            "colour": "blue",
        },
    )
    assert answer.status_code == 422
    assert faults(answer) == {
        "name": "empty",
        "tax_number.number": "wrong_check_digit",
        "size": "unknown_choice",
        "roles": "wrong_type",
        "place.municipality": "municipality_elsewhere",
        "ciiu.1": "wrong_ciiu",
        "certifications.0.issued_on": "wrong_type",
        "regions_served.0": "unknown_region",
        "colour": "unknown_field",
    }
    assert catalog.store.db.companies.count_documents({}) == 0
    assert catalog.told() == []


def test_faults_are_told_in_the_language_of_the_reader(catalog: Catalog) -> None:
    caller = catalog.caller()
    body = {**A_COMPANY, "size": "huge"}
    assert caller.post("/companies", body).get_json()["detail"].startswith("Use uno de")
    caller.language = "en"
    assert caller.post("/companies", body).get_json()["detail"].startswith("Use one of")


def test_a_name_in_another_alphabet_is_kept_unchanged(catalog: Catalog) -> None:
    name = "Производство 有限公司 شركة 🧵"
    made = catalog.caller().post("/companies", {**A_COMPANY, "name": name}).get_json()
    assert catalog.caller().get(f"/companies/{made['id']}").get_json()["name"] == name


def test_a_character_that_cannot_be_stored_is_refused(catalog: Catalog) -> None:
    caller = catalog.caller()
    answer = caller.client.post(
        "/companies",
        data='{"name": "Confecciones \\ud800", "roles": ["supplier"]}',
        headers={"Authorization": f"Bearer {caller.token}", "Content-Type": "application/json"},
    )
    assert answer.status_code == 422
    assert faults(answer) == {"name": "unprintable"}


def test_a_change_of_the_version_that_was_read_is_kept_and_told(catalog: Catalog) -> None:
    owner = catalog.company()
    address = f"/companies/{owner.company_id}"
    answer = owner.put(address, {**A_COMPANY, "name": "Nombre nuevo"}, 1)
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"2"')
    event = catalog.events()[-1]
    assert isinstance(event.data, CompanyChanged)
    assert (event.data.name, event.sequence) == ("Nombre nuevo", 2)


def test_a_change_of_an_older_version_is_refused(catalog: Catalog) -> None:
    owner = catalog.company()
    address = f"/companies/{owner.company_id}"
    assert owner.put(address, {**A_COMPANY, "name": "Primero"}, 1).status_code == 200
    late = owner.put(address, {**A_COMPANY, "name": "Segundo"}, 1)
    assert late.status_code == 412
    assert owner.get(address).get_json()["name"] == "Primero"


def test_a_change_without_if_match_is_refused(catalog: Catalog) -> None:
    owner = catalog.company()
    answer = owner.send("PUT", f"/companies/{owner.company_id}", A_COMPANY)
    assert answer.get_json()["code"] == "if_match_missing"
    assert catalog.told() == ["catalog.company_registered"]


def test_another_companys_token_changes_nothing(catalog: Catalog) -> None:
    owner, stranger = catalog.company(), catalog.company()
    answer = stranger.put(f"/companies/{owner.company_id}", A_COMPANY, 1)
    assert answer.status_code == 403
    assert stranger.post(f"/companies/{owner.company_id}/withdraw").status_code == 403


def test_no_token_and_an_expired_one_are_refused(catalog: Catalog) -> None:
    assert catalog.app.test_client().post("/companies", json=A_COMPANY).status_code == 401
    expired = catalog.caller(expires_in=-10).post("/companies", A_COMPANY)
    assert (expired.status_code, expired.get_json()["code"]) == (401, "token_expired")


def test_a_body_of_50_mb_is_refused(catalog: Catalog) -> None:
    answer = catalog.caller().post("/companies", {**A_COMPANY, "name": "a" * 50_000_000})
    assert answer.status_code == 413
    assert answer.get_json()["detail"]


def test_the_directory_is_listed_by_role_department_size_and_activity(catalog: Catalog) -> None:
    wanted = catalog.company(roles=["supplier"], size="micro", place={"department": "08"})
    catalog.company(roles=["supplier"], size="micro", place={"department": "05"})
    catalog.company(roles=["anchor"], size="micro", place={"department": "08"})
    catalog.company(roles=["supplier"], size="large", place={"department": "08"})
    catalog.company(roles=["supplier"], size="micro", place={"department": "08"}, ciiu=["0111"])
    answer = catalog.caller().get("/companies?role=supplier&department=08&size=micro&ciiu=1410")
    assert [item["id"] for item in answer.get_json()["items"]] == [wanted.company_id]


def test_a_search_finds_words_in_another_form_and_without_accents(catalog: Catalog) -> None:
    catalog.company(name="Panadería El Trigal")
    wanted = catalog.company(name="Confección de Uniformes Ltda.")
    found = catalog.caller().get("/companies?q=confeccion uniforme").get_json()["items"]
    assert [item["id"] for item in found] == [wanted.company_id]


def test_lists_and_searches_are_paged_to_their_end(catalog: Catalog) -> None:
    ids = {catalog.company(name=f"Confecciones {n}").company_id for n in range(7)}
    for query in ("", "&q=confecciones"):
        seen: list[str] = []
        cursor = ""
        while True:
            page = catalog.caller().get(f"/companies?limit=3{query}{cursor}").get_json()
            seen += [item["id"] for item in page["items"]]
            if page["next_cursor"] is None:
                break
            cursor = f"&cursor={page['next_cursor']}"
        assert len(seen) == 7
        assert set(seen) == ids


def test_a_made_up_cursor_is_refused(catalog: Catalog) -> None:
    assert catalog.caller().get("/companies?cursor=abc").status_code == 422


def test_a_withdrawn_company_takes_its_offerings_needs_and_contacts_along(catalog: Catalog) -> None:
    owner = catalog.company()
    company_id = str(owner.company_id)
    offering_id, need_id = catalog.offering(owner), catalog.need(owner)
    draft_id = owner.post("/offerings", {"title": "Borrador"}).get_json()["id"]
    owner.post(f"/companies/{company_id}/contacts", A_CONTACT)
    assert owner.post(f"/companies/{company_id}/withdraw").get_json()["status"] == "withdrawn"
    assert catalog.told(offering_id)[-1] == "catalog.offering_withdrawn"
    assert catalog.told(need_id)[-1] == "catalog.need_closed"
    assert catalog.told(company_id)[-1] == "catalog.company_withdrawn"
    assert catalog.told(draft_id) == []
    assert owner.get(f"/offerings/{offering_id}").get_json()["version"] == 3
    assert catalog.store.db.contacts.count_documents({}) == 0
    assert catalog.caller().get("/companies").get_json()["items"] == []


def test_withdrawing_twice_tells_it_once(catalog: Catalog) -> None:
    owner = catalog.company()
    for _ in range(2):
        assert owner.post(f"/companies/{owner.company_id}/withdraw").status_code == 200
    assert catalog.told().count("catalog.company_withdrawn") == 1


def test_a_withdrawn_company_frees_its_tax_number(catalog: Catalog) -> None:
    owner = catalog.company(tax_number=A_COMPANY["tax_number"])
    owner.post(f"/companies/{owner.company_id}/withdraw")
    assert catalog.caller().post("/companies", A_COMPANY).status_code == 201


def test_a_repeated_idempotency_key_registers_one_company(catalog: Catalog) -> None:
    caller = catalog.caller(account_id="ana")
    key = {"Idempotency-Key": "registro-1"}
    first = caller.send("POST", "/companies", A_COMPANY, **key)
    again = caller.send("POST", "/companies", A_COMPANY, **key)
    assert first.get_json() == again.get_json()
    assert again.status_code == 201
    assert catalog.store.db.companies.count_documents({}) == 1
