"""Reading the lines of an import: whatever a file holds, its good records are found and the rest reported."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.imports.entries import Entry, entries_of_json_lines
from services.catalog.imports.lines import LONGEST_LINE, lines
from services.catalog.imports.rows import Found, Order, identity, rows_of
from services.catalog.imports.run import entries_of
from services.catalog.imports.tables import entries_of_table

if TYPE_CHECKING:
    from collections.abc import Iterable

ORDER = Order(source="prueba", today=date(2026, 11, 20))
A_COMPANY = {"kind": "company", "ref": "c1", "name": "La Aguja"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


def reading(content: bytes) -> Any:
    return io.BytesIO(content).read


def entries(content: bytes) -> list[Entry]:
    return list(entries_of_json_lines(lines(reading(content))))


def table(content: str, kind: str = "company") -> list[Entry]:
    return list(entries_of_table(lines(reading(content.encode())), kind))


def found(fields: dict[str, Any], **order: Any) -> Found:
    return rows_of(Entry(7, 0, fields, []), replace(ORDER, **order))


def faults(found: Found) -> dict[str | None, str]:
    assert all(refusal.line == 7 for refusal in found.refusals)
    return {refusal.fault.field: refusal.fault.code for refusal in found.refusals}


def codes(found: Iterable[Entry]) -> list[str]:
    return [fault.code for entry in found for fault in entry.faults]


@given(st.lists(st.binary(max_size=30).filter(lambda part: b"\n" not in part)), st.integers(1, 40))
def test_lines_are_the_same_however_the_bytes_arrive(parts: list[bytes], step: int) -> None:
    content = b"\n".join(parts)
    stream = io.BytesIO(content)
    seen = list(lines(lambda _: stream.read(step)))
    kept = content.split(b"\n")
    kept = kept[:-1] if kept[-1] == b"" else kept
    kept[:1] = [first.removeprefix(b"\xef\xbb\xbf") for first in kept[:1]]
    assert [line.content for line in seen] == [part.removesuffix(b"\r") for part in kept]
    assert [line.number for line in seen] == list(range(1, len(seen) + 1))
    assert not seen or seen[-1].end == len(content)


def test_a_line_that_is_too_long_is_left_out_and_the_next_one_is_read() -> None:
    content = b'{"a": 1}\n' + b"x" * (10 * LONGEST_LINE) + b'\n{"b": 2}\n'
    read = entries(content)
    assert [entry.line for entry in read] == [1, 2, 3]
    assert codes(read) == ["line_too_long"]
    assert read[2].fields == {"b": 2}
    assert read[2].end == len(content)


def test_a_byte_order_mark_and_windows_line_ends_are_no_part_of_the_data() -> None:
    read = entries(b'\xef\xbb\xbf{"a": 1}\r\n\r\n{"b": 2}\r\n')
    assert [(entry.line, entry.fields) for entry in read] == [(1, {"a": 1}), (3, {"b": 2})]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b'{"name": "Confecci\xf3n"}', "not_utf8"),
        (b"\xff\xfe{\x00}\x00", "unreadable_line"),
        (b"name;nit", "unreadable_line"),
        (b"[1, 2]", "unreadable_line"),
        (b'{"a": NaN}', "unreadable_line"),
        (b'{"a": 1', "unreadable_line"),
        (b'{"a": ' + b"[" * 100_000, "unreadable_line"),
        (b'{"a": "\\ud800"}', "unreadable_line"),
    ],
)
def test_a_line_that_is_no_json_is_reported_and_the_next_one_is_read(content: bytes, code: str) -> None:
    read = entries(content + b'\n{"b": 2}')
    assert codes(read) == [code]
    assert read[1].fields == {"b": 2}


@given(st.binary(max_size=300), st.sampled_from(["jsonl", "csv"]), st.sampled_from(["company", "need"]))
def test_no_bytes_make_the_reader_fail(content: bytes, file_format: str, kind: str) -> None:
    for entry in entries_of(reading(content), file_format, kind):
        rows_of(entry, ORDER)


@given(st.dictionaries(st.sampled_from([
    "kind", "ref", "id", "name", "roles", "tax_number", "place", "ciiu", "certifications", "contacts",
    "offerings", "regions_served", "title", "unspsc", "price_range", "capacity_per_month", "closes_on",
    "budget", "company", "company_id", "lead_time_days", "x",
]), JSON))  # fmt: skip
def test_any_fields_become_rows_or_faults_with_a_line_and_a_text(fields: dict[str, Any]) -> None:
    said = found(fields)
    assert said.rows or said.refusals
    assert all(refusal.fault.es and refusal.fault.en for refusal in said.refusals)
    for row in said.rows:
        assert row.digest() == row.digest()


def test_a_company_line_holds_its_offerings_and_contacts() -> None:
    person = {
        "name": "Luz",
        "email": "luz@ejemplo.co",
        "consent": {"given_on": "2026-01-15", "purpose": "Ruedas"},
    }
    said = found(
        {**A_COMPANY, "offerings": [{"title": "Uniformes"}, {"title": "Overoles"}], "contacts": [person]}
    )
    assert said.refusals == []
    company, first, second = said.rows
    assert (company.kind, company.contacts[0].name, company.data.roles) == ("company", "Luz", ["supplier"])
    assert (first.kind, first.ref, first.company_id) == ("offering", "c1/0", company.id)
    assert second.id == identity("prueba", "offering", "c1/1")


def test_suppliers_with_nothing_but_an_id_and_offerings_are_taken() -> None:
    offering = {"title": "SUMINISTRO DE RECEBO", "unspsc": "111115", "place": "BOYACa"}
    company, row = found({"id": "s1", "offerings": [offering]}).rows
    assert company.data.name == "s1"
    assert row.data.unspsc == ["111115"]
    assert row.data.place.department == "15"


def test_a_faulty_offering_does_not_take_its_company_along() -> None:
    said = found(
        {
            **A_COMPANY,
            "offerings": [{"title": " "}, {"title": "Overoles", "place": "No Definido"}, {"title": "Sí"}],
        }
    )
    assert [row.ref for row in said.rows] == ["c1", "c1/2"]
    assert faults(said) == {
        "offerings.0.title": "empty",
        "offerings.1.place.department": "unknown_department",
    }


def test_a_faulty_company_takes_its_offerings_along_and_all_faults_are_named() -> None:
    said = found(
        {
            **A_COMPANY,
            "size": "huge",
            "ciiu": ["1410", 5],
            "roles": [],
            "tax_number": {"scheme": "CO-NIT", "number": "890903938-7"},
            "place": {"departamento": "05"},
            "colour": "blue",
            "offerings": [{"title": 1}, {"title": "Sí"}, 3],
            "contacts": [{"name": "Luz", "email": "luz@ejemplo.co"}],
        }
    )
    assert said.rows == []
    assert faults(said) == {
        "size": "unknown_choice",
        "ciiu.1": "wrong_type",
        "roles": "wrong_length",
        "tax_number.number": "wrong_check_digit",
        "place": "unknown_field",
        "colour": "unknown_field",
        "offerings.0.title": "wrong_type",
        "offerings.2": "wrong_type",
        "contacts.0.consent": "consent_missing",
    }


def test_a_person_who_has_not_consented_is_left_out_and_reported() -> None:
    said = found({**A_COMPANY, "contacts": [{"name": "Luz", "email": "luz@ejemplo.co"}]})
    assert said.rows[0].contacts == []
    assert faults(said) == {"contacts.0.consent": "consent_missing"}


def test_an_offering_names_its_company_or_gets_that_of_the_order() -> None:
    offering = {"kind": "offering", "ref": "o1", "title": "Uniformes"}
    assert found({**offering, "company": "c1"}).rows[0].company_id == identity("prueba", "company", "c1")
    assert found({**offering, "company_id": "x"}).rows[0].company_id == "x"
    assert found(offering, company_id="y").rows[0].company_id == "y"
    assert faults(found(offering)) == {"company": "company_missing"}


@pytest.mark.parametrize("ref", [None, "", 5, "x" * 201, "a\nb"])
def test_a_line_without_a_good_ref_is_refused(ref: Any) -> None:
    assert faults(found({"kind": "company", "name": "La Aguja", "ref": ref})) == {"ref": "wrong_ref"}


def test_a_need_that_closes_in_the_past_is_refused() -> None:
    need = {"kind": "need", "ref": "n1", "company": "c1", "title": "Dotación", "closes_on": "2026-11-19"}
    assert faults(found(need)) == {"closes_on": "closes_in_the_past"}


def test_a_table_names_fields_by_its_header_and_splits_several_values() -> None:
    (entry,) = table(
        "ref,name,roles,ciiu,place.department,certifications\n"
        'c1,"La Aguja, S.A.S.",supplier;anchor,1410; 1392,ATLaNTICO,ISO 9001;BPM\n'
    )
    (row,) = rows_of(entry, replace(ORDER, kind="company", strict=False)).rows
    assert row.data.name == "La Aguja, S.A.S."
    assert row.data.roles == ["anchor", "supplier"]
    assert row.data.ciiu == ["1410", "1392"]
    assert row.data.place.department == "08"
    assert [held.standard for held in row.data.certifications] == ["ISO 9001", "BPM"]


def test_numbers_and_dates_of_a_table_are_read_and_empty_cells_are_left_out() -> None:
    (entry,) = table(
        "ref;company;title;quantity.amount;quantity.unit;budget.amount;budget.currency;closes_on;payment_term_days;preferred_sizes\n"
        "n1;c1;Dotación;600;unidades;5000000;COP;2027-03-31;;micro\n",
        "need",
    )
    (row,) = rows_of(entry, replace(ORDER, kind="need", strict=False)).rows
    assert (row.data.quantity.amount, row.data.budget.amount) == (600, 5000000)
    assert (row.data.closes_on, row.data.payment_term_days) == (date(2027, 3, 31), None)
    assert row.data.preferred_sizes == ["micro"]


def test_an_unknown_column_is_named_once_and_nothing_is_taken() -> None:
    read = table("ref,nombre\nc1,La Aguja\nc2,El Dedal\n")
    assert codes(read) == ["unknown_column"]
    assert read[0].faults[0].field == "nombre"


def test_rows_of_a_table_keep_their_line_numbers_over_broken_ones() -> None:
    content = (
        b'ref,name\nc1,"dos\nlineas"\nc2,a,b,c\n\nc3,Confecci\xf3n\nc4,'
        + b"x" * (2 * LONGEST_LINE)
        + b"\nc5,Bien\n"
    )
    read = list(entries_of_table(lines(reading(content)), "company"))
    assert [(entry.line, [fault.code for fault in entry.faults]) for entry in read] == [
        (2, []),
        (4, ["too_many_cells"]),
        (6, ["not_utf8"]),
        (7, ["line_too_long"]),
        (8, []),
    ]


@given(
    st.lists(
        st.lists(
            st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=8),
            min_size=2,
            max_size=2,
        ),
        max_size=5,
    )
)
def test_what_a_spreadsheet_writes_is_read_back(rows: list[list[str]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows([["ref", "name"], *rows])
    read = table(text.getvalue())
    expected = [
        {name: cell.strip() for name, cell in zip(("ref", "name"), row, strict=True) if cell.strip()}
        for row in rows
    ]
    assert [entry.fields for entry in read] == [fields for fields in expected if fields]


def test_the_same_line_has_the_same_digest_and_another_one_has_not() -> None:
    first, again, other = (
        found(json.loads(json.dumps(fields))).rows[0].digest()
        for fields in (A_COMPANY, dict(reversed(A_COMPANY.items())), {**A_COMPANY, "name": "El Dedal"})
    )
    assert first == again != other
