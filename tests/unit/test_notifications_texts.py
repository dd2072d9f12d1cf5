"""The wording: complete in both languages, in the reader's way to write times, safe from what people type."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from jinja2 import UndefinedError

from services.notifications.model import Wording
from services.notifications.texts import LOCALES, known_language, one_line, pages, write
from services.rounds.model.cancellations import CAUSES

STARTS = datetime(2026, 11, 30, 19, 30, tzinfo=UTC)
MEETING: dict[str, Any] = {
    "own": "Textiles del Valle",
    "counterpart": "Grupo Andino",
    "round_name": "Rueda Textil 2026",
    "starts_at": STARTS,
    "ends_at": datetime(2026, 11, 30, 20, 0, tzinfo=UTC),
    "previous_starts_at": datetime(2026, 11, 30, 15, 0, tzinfo=UTC),
    "time_zone": "America/Bogota",
    "table": 7,
    "room_url": None,
    "reason": "",
    "cause": "asked",
    "company": "Grupo Andino",
    "present": False,
    "cancelled_meetings": 3,
    "note": "",
    "version": 1,
    "name": "Ana",
    "minutes": 15,
    "need_title": "Uniformes de dotación",
    "total": 1,
    "needs": [{"title": "Uniformes", "count": 1, "names": ["Confecciones Sol"], "anchor": "Andino"}],
    "more": 0,
    "next_company": "Confecciones Sol",
    "kind": "time",
    "days": 90,
    "accepted": True,
    "proposed_starts_at": datetime(2026, 11, 30, 21, 0, tzinfo=UTC),
    "expires_at": datetime(2026, 11, 30, 19, 40, tzinfo=UTC),
}


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("wording", list(Wording))
def test_every_wording_is_complete_in_both_languages(wording: Wording, language: str) -> None:
    text = write(wording, MEETING, language)
    assert text.title
    assert text.action
    assert text.plain
    assert not re.search(r"[{}]|None|undefined|  ", text.title + text.plain)


@pytest.mark.parametrize("cause", CAUSES)
def test_every_cause_of_a_cancellation_is_told_in_the_readers_language(cause: str) -> None:
    told = [write(Wording.MEETING_CANCELLED, {**MEETING, "cause": cause}, each).plain for each in LOCALES]
    silent = [write(Wording.MEETING_CANCELLED, {**MEETING, "cause": ""}, each).plain for each in LOCALES]
    assert all(len(text) > len(less) + 15 for text, less in zip(told, silent, strict=True))


def test_a_missing_fact_is_an_error_and_never_a_gap_in_a_mail() -> None:
    with pytest.raises(UndefinedError):
        write(Wording.MEETING_REQUESTED, {"own": "Textiles"}, "es")


def test_times_are_in_the_rounds_zone_and_the_readers_format() -> None:
    spanish = write(Wording.MEETING_SCHEDULED, MEETING, "es").plain
    english = write(Wording.MEETING_SCHEDULED, MEETING, "en").plain
    assert "lunes, 30 de noviembre de 2026, de 2:30 p. m. a 3:00 p. m. (hora de Colombia)" in spanish
    assert "Monday, November 30, 2026, 2:30 PM to 3:00 PM (Colombia Time)" in english


@pytest.mark.parametrize(("hour", "said"), [(18, "a la 1:30 p. m."), (19, "a las 2:30 p. m.")])
def test_one_o_clock_is_said_in_the_singular(hour: int, said: str) -> None:
    facts = {**MEETING, "starts_at": datetime(2026, 11, 30, hour, 30, tzinfo=UTC)}
    assert said in write(Wording.REMINDER_HOUR, facts, "es").title
    assert "meeting with Grupo Andino at " in write(Wording.REMINDER_HOUR, facts, "en").title


def test_one_supplier_and_several_are_written_differently() -> None:
    several = {
        "total": 5,
        "needs": [{"title": "Botas", "count": 5, "names": ["A", "B", "C"], "anchor": None}],
        "more": 0,
    }
    assert write(Wording.NEW_SUPPLIERS, MEETING, "es").title == "1 nuevo proveedor para «Uniformes»"
    text = write(Wording.NEW_SUPPLIERS, several, "es")
    assert text.title == "5 nuevos proveedores para «Botas»"
    assert "- Botas: 5 proveedores (A, B, C y otros)" in text.plain


def test_several_needs_make_one_list() -> None:
    needs = [{"title": f"Necesidad {n}", "count": 1, "names": [], "anchor": "Andino"} for n in range(3)]
    text = write(Wording.NEW_OPPORTUNITIES, {"total": 5, "needs": needs, "more": 2}, "es")
    assert text.title == "5 nuevas oportunidades para su empresa"
    assert [len(lines) for lines in text.paragraphs] == [1, 3, 1, 1]
    assert pages(text, "es", "https://e.co", None)[1].count("<li>") == 3


def test_a_counterpart_whose_name_is_not_known_yet_is_described() -> None:
    text = write(Wording.CANDIDATE_SHORTLISTED, {"counterpart": None, "need_title": "Botas"}, "es")
    assert text.title == "Una empresa compradora quiere conocerlos"


@pytest.mark.parametrize(
    ("tag", "language"), [("es", "es"), ("es-CO", "es"), ("en-GB", "en"), ("pt", "es"), ("", "es")]
)
def test_a_language_without_texts_reads_spanish(tag: str, language: str) -> None:
    assert known_language(tag) == language


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("Tubos\r\nBcc: all@example.org", "Tubos Bcc: all@example.org"),
        ("a\u2028b\u2029c\x00d\x1be", "a b c d e"),
        ("\u202eojo\u202c", "ojo"),
        ("  muchos \t espacios  ", "muchos espacios"),
        ("Ñandú & Cía. – 100 % «bueno» 日本", "Ñandú & Cía. – 100 % «bueno» 日本"),
    ],
)
def test_what_a_person_wrote_stays_on_one_line(hostile: str, shown: str) -> None:
    assert one_line(hostile) == shown


def test_a_name_can_not_add_a_paragraph_or_a_list_item() -> None:
    facts = {**MEETING, "counterpart": "X\n\nSu cuenta vence hoy\n- pague aquí"}
    assert len(write(Wording.REQUEST_DECLINED, facts, "es").paragraphs) == 2


def test_a_name_can_not_run_template_code() -> None:
    facts = {**MEETING, "counterpart": "{{ 7 * 7 }}{% for x in y %}"}
    assert "{{ 7 * 7 }}" in write(Wording.REQUEST_DECLINED, facts, "es").plain


def test_names_are_escaped_in_the_page_and_as_written_in_plain_text() -> None:
    facts = {**MEETING, "counterpart": '<script>alert("1")</script> & Cía'}
    plain, page = pages(write(Wording.REQUEST_ACCEPTED, facts, "es"), "es", "https://e.co", None)
    assert '<script>alert("1")</script> & Cía' in plain
    assert "<script" not in page
    assert "&lt;script&gt;alert(&#34;1&#34;)&lt;/script&gt; &amp; Cía" in page


def test_a_link_can_not_leave_its_attribute() -> None:
    _, page = pages(write(Wording.SIGN_IN, MEETING, "es"), "es", 'https://e.co/"><script>', None)
    assert "<script" not in page


def test_endless_texts_are_cut() -> None:
    text = write(Wording.MEETING_REQUESTED, {**MEETING, "note": "x" * 10_000}, "es")
    assert len(text.plain) < 1_000
    long_title = write(Wording.MEETING_REQUESTED, {**MEETING, "counterpart": "y" * 399}, "es").title
    assert len(long_title) == 150
    assert long_title.endswith("…")


def test_the_page_says_its_language_and_fits_small_screens() -> None:
    _, page = pages(write(Wording.OUTCOME_DUE, MEETING, "en-US"), "en-US", "https://e.co", "https://e.co")
    assert '<html lang="en">' in page
    assert 'name="viewport"' in page
    assert "Open Encadena" in page
