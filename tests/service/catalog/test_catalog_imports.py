"""Imports into a real database: what is kept, what is refused, and the same file again."""

from __future__ import annotations

import io
from typing import Any

from services.catalog.imports.rows import Order, identity
from services.catalog.imports.run import Progress, entries_of, run
from tests.service.catalog.conftest import A_COMPANY, A_CONTACT, AN_OFFERING, Catalog, a_need
from tests.service.catalog.import_lines import ORDER, a_line, as_lines


def taken(catalog: Catalog, content: bytes, order: Order = ORDER) -> tuple[Progress, list[tuple[Any, ...]]]:
    """Imports lines; the totals, and (line, field, code) of what was refused."""
    entries = entries_of(io.BytesIO(content).read, "jsonl", None)
    batches = list(run(catalog.store, entries, order, Progress()))
    refusals = [each for _, refused in batches for each in refused]
    return batches[-1][0], [(each.line, each.fault.field, each.fault.code) for each in refusals]


def counts(done: Progress) -> tuple[int, int, int, int]:
    return done.created, done.changed, done.unchanged, done.refused_lines


def test_good_lines_are_kept_published_and_told_and_the_others_reported(catalog: Catalog) -> None:
    content = as_lines(
        a_line("c1"),
        a_line("c2", size="huge"),
        {"kind": "need", "ref": "n1", "company": "c1", **a_need()},
        {"kind": "need", "ref": "n2", "company": "c2", **a_need()},
    )
    done, refused = taken(catalog, content + b"{not json}\n" + as_lines(a_line("c3")))
    assert counts(done) == (5, 0, 0, 3)
    assert (done.lines, done.end) == (6, len(content) + 11 + len(as_lines(a_line("c3"))))
    assert refused == [
        (2, "size", "unknown_choice"),
        (4, "company", "unknown_company"),
        (5, None, "unreadable_line"),
    ]
    assert sorted(catalog.told()) == [
        "catalog.company_registered",
        "catalog.company_registered",
        "catalog.need_published",
        "catalog.offering_published",
        "catalog.offering_published",
    ]
    reader = catalog.caller()
    assert len(reader.get("/offerings").get_json()["items"]) == 2
    need_id = identity("prueba", "need", "n1")
    assert reader.get(f"/needs/{need_id}").get_json()["status"] == "open"


def test_the_same_file_again_changes_and_tells_nothing(catalog: Catalog) -> None:
    need = {"kind": "need", "ref": "n1", "company": "c1", **a_need()}
    content = as_lines(a_line("c1", contacts=[A_CONTACT]), need)
    taken(catalog, content)
    catalog.store.db.outbox.delete_many({})
    before = {name: list(catalog.store.db[name].find()) for name in ("companies", "offerings", "contacts")}
    assert counts(taken(catalog, content)[0]) == (0, 0, 3, 0)
    assert catalog.told() == []
    after = {name: list(catalog.store.db[name].find()) for name in before}
    assert before == after


def test_a_changed_line_changes_its_record_alone_and_tells_it(catalog: Catalog) -> None:
    taken(catalog, as_lines(a_line("c1"), a_line("c2")))
    catalog.store.db.outbox.delete_many({})
    cheaper = {**AN_OFFERING, "title": "Uniformes de segunda"}
    done, _ = taken(catalog, as_lines(a_line("c1"), a_line("c2", offerings=[cheaper])))
    assert counts(done) == (0, 1, 3, 0)
    (event,) = catalog.events()
    assert (event.type, event.sequence) == ("catalog.offering_changed", 2)


def test_what_was_changed_by_hand_stays_until_its_line_changes(catalog: Catalog) -> None:
    taken(catalog, as_lines(a_line("c1")))
    company_id = identity("prueba", "company", "c1")
    owner = catalog.caller("supplier", company_id=company_id)
    assert owner.put(f"/companies/{company_id}", {**A_COMPANY, "name": "A mano"}, 1).status_code == 200
    assert counts(taken(catalog, as_lines(a_line("c1")))[0]) == (0, 0, 2, 0)
    assert owner.get(f"/companies/{company_id}").get_json()["name"] == "A mano"
    assert counts(taken(catalog, as_lines(a_line("c1", name="Del archivo")))[0]) == (0, 1, 1, 0)
    assert catalog.events(company_id)[-1].sequence == 3


def test_what_was_withdrawn_does_not_come_back(catalog: Catalog) -> None:
    taken(catalog, as_lines(a_line("c1")))
    company_id = identity("prueba", "company", "c1")
    catalog.caller("supplier", company_id=company_id).post(f"/companies/{company_id}/withdraw")
    assert counts(taken(catalog, as_lines(a_line("c1", offerings=[])))[0]) == (0, 0, 1, 0)
    _, refused = taken(catalog, as_lines(a_line("c1", name="Otro")))
    assert refused == [(1, "ref", "over"), (1, "offerings.0.company", "unknown_company")]


def test_a_ref_that_comes_twice_is_refused_the_second_time(catalog: Catalog) -> None:
    content = as_lines(a_line("c1"), a_line("c1", name="Otra"))
    for expected in ((2, 0, 0, 1), (0, 0, 2, 1)):
        done, refused = taken(catalog, content)
        assert counts(done) == expected
        assert {code for _, _, code in refused} == {"repeated_ref"}


def test_a_tax_number_in_use_is_refused_and_the_rest_of_the_batch_is_kept(catalog: Catalog) -> None:
    catalog.company(tax_number=A_COMPANY["tax_number"])
    other = {"scheme": "CO-NIT", "number": "860002964-4"}
    content = as_lines(
        a_line("c1", tax_number=A_COMPANY["tax_number"], offerings=[]),
        a_line("c2", tax_number=other, offerings=[]),
        a_line("c3", tax_number=other, offerings=[]),
    )
    done, refused = taken(catalog, content)
    assert counts(done) == (1, 0, 0, 2)
    assert refused == [(1, "tax_number", "tax_number_taken"), (3, "tax_number", "tax_number_taken")]


def test_contacts_of_a_line_are_replaced_with_it_and_need_consent(catalog: Catalog) -> None:
    unasked = {"name": "Ana", "email": "ana@ejemplo.co"}
    _, refused = taken(catalog, as_lines(a_line("c1", contacts=[A_CONTACT, unasked])))
    assert refused == [(1, "contacts.1.consent", "consent_missing")]
    company_id = identity("prueba", "company", "c1")
    owner = catalog.caller("supplier", company_id=company_id)
    owner.post(f"/companies/{company_id}/contacts", {**A_CONTACT, "name": "Por la web"})
    taken(catalog, as_lines(a_line("c1", contacts=[{**A_CONTACT, "name": "Otra"}])))
    shown = owner.get(f"/companies/{company_id}/contacts").get_json()["items"]
    assert {person["name"] for person in shown} == {"Otra", "Por la web"}
