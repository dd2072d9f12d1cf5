"""Codes for a text: what it is about comes first, and confidence is how often such a code is right."""

from __future__ import annotations

import random

import pytest

from services.matching.engine.classes import Entry, described
from services.matching.engine.suggest import LEAST_HELD, CodeBook, level_of


def an_entry(code: str, title: str, *included: str, above: str = "", scheme: str = "UNSPSC") -> Entry:
    return Entry(scheme=scheme, code=code, title=title, terms=described(title, above, included))


ENTRIES = [
    an_entry("504017", "Aguacates", "Aguacates hass", "Aguacates choquette", "Aguacates lula"),
    an_entry("801516", "Servicios de comercio internacional", "Exportación", "Planeación de exportación"),
    an_entry("201416", "Bombas de exportación", "Bombas de exportación de petróleo"),
    an_entry("441216", "Suministros de escritorio", "Papel carta", "Grapadoras"),
    an_entry("432115", "Computadores", "Computadores portátiles", "Servidores"),
]


def codes(book: CodeBook, text: str) -> list[str]:
    return [each.code for each in book.suggest_codes(text)]


def test_what_a_text_names_first_comes_before_what_it_says_of_it() -> None:
    assert codes(CodeBook(ENTRIES), "Aguacate Hass tipo exportación")[0] == "504017"
    alike = CodeBook([an_entry("1", "Aguacates"), an_entry("2", "Exportación")])
    assert codes(alike, "Aguacate para exportación") == ["1", "2"]
    assert codes(alike, "Exportación de aguacate") == ["2", "1"]


def test_another_word_for_the_same_is_understood() -> None:
    assert codes(CodeBook(ENTRIES), "laptop")[0] == "432115"


@pytest.mark.parametrize("text", ["", "a", "1234567", "🥑", "de la que", "שלום", "zzzz", "x" * 100_000])
def test_a_text_that_says_nothing_gets_no_code(text: str) -> None:
    assert codes(CodeBook(ENTRIES), text) == []


def test_a_word_that_all_of_a_class_has_says_more_than_one_that_a_single_product_has() -> None:
    book = CodeBook(
        [
            an_entry("1", "Frutas", "Mango", "Pera", "Papaya", "Mango en almíbar", "Uva", "Limón"),
            an_entry("2", "Mangos", "Mango tommy", "Mango de azúcar"),
        ]
    )
    assert codes(book, "mango") == ["2", "1"]


def a_market(wrong: float, count: int = 2_000) -> list[tuple[str, str, str]]:
    """Coded texts of which a share has another class's code."""
    chance = random.Random(7)
    words = {
        "504017": ["aguacate", "palta", "hass"],
        "441216": ["grapadora", "papel", "carta"],
        "432115": ["portátil", "servidor", "computador"],
    }
    found = []
    for _ in range(count):
        code = chance.choice(sorted(words))
        letters = "".join(chance.choices("bcdfghjklm", k=6))
        text = f"{chance.choice(words[code])} {chance.choice(words[code])} {letters}"
        given = chance.choice(["801516", "201416"]) if chance.random() < wrong else code
        found.append(("UNSPSC", given, text))
    return found


@pytest.mark.parametrize("wrong", [0.0, 0.6])
def test_confidence_is_how_often_held_out_texts_had_the_code(wrong: float) -> None:
    # At most 20 texts of a code are kept, so that many classes are needed for enough of them.
    entries = [
        an_entry(f"{number:06d}", f"Clase {letter}{letter}{letter}al", f"{letter}{letter}{letter}al")
        for number, letter in enumerate("bcdfghjklmnpqrstvwxyz")
    ]
    chance = random.Random(3)
    examples = []
    for entry in entries:
        for _ in range(20):
            unlike = chance.choice([each for each in entries if each is not entry])
            said = unlike if chance.random() < wrong else entry
            noise = "".join(chance.choices("aeiou", k=5)) + "t"
            examples.append(("UNSPSC", entry.code, f"{said.title.split()[1]} {noise}"))
    book = CodeBook(entries, examples)
    sure = book.suggest_codes("bbbal ouaiet")[0]
    assert sure.code == "000000"
    assert sure.confidence == pytest.approx(1.0 - wrong, abs=0.2)


def test_few_coded_texts_do_not_change_what_confidence_means() -> None:
    few = a_market(0.0)[: LEAST_HELD // 2]
    assert CodeBook(ENTRIES, few).calibration == CodeBook(ENTRIES).calibration


def test_the_order_of_the_examples_changes_nothing() -> None:
    market = a_market(0.3)
    one, other = CodeBook(ENTRIES, market), CodeBook(ENTRIES[::-1], market[::-1])
    assert one.suggest_codes("hass portátil") == other.suggest_codes("hass portátil")


def test_what_companies_with_a_code_say_is_learned() -> None:
    book = CodeBook(ENTRIES, [("UNSPSC", "441216", "Resmas tamaño oficio"), ("UNSPSC", "999999", "Resmas")])
    assert codes(book, "resmas") == ["441216"]


def test_a_class_that_is_named_as_the_text_comes_before_one_whose_name_says_more() -> None:
    fresh = an_entry("3", "Aguacates", *(f"Aguacates {kind}" for kind in ("hass", "lula", "choquette")))
    dried = an_entry("1", "Aguacates secos", "Aguacates")
    assert codes(CodeBook([dried, fresh, *ENTRIES[1:]]), "Aguacates")[0] == "3"


@pytest.mark.parametrize(("asked", "other"), [("UNSPSC", "CIIU"), ("CIIU", "UNSPSC")])
def test_what_coded_companies_use_of_the_one_list_tells_of_the_other(asked: str, other: str) -> None:
    entries = [an_entry("504017", "Aguacates", scheme=asked), an_entry("4631", "Mayoristas", scheme=other)]

    def confidence(companies: int) -> float:
        said = [f"Producto {'abcdefghijklmnop'[n]}" for n in range(companies)]
        examples = [
            (scheme, code, text) for text in said for scheme, code in ((asked, "504017"), (other, "4631"))
        ]
        found = {each.code: each.confidence for each in CodeBook(entries, examples).suggest_codes("aguacate")}
        return found.get("4631", 0.0)

    assert confidence(0) == 0.0
    assert 0.0 < confidence(1) < confidence(12) < 1.0


def test_a_code_has_its_place_in_its_list_and_a_word_for_how_sure_it_is() -> None:
    entries = [*ENTRIES, an_entry("0121", "Cultivo de aguacates", scheme="CIIU")]
    found = CodeBook(entries).suggest_codes("Computadores y aguacates")
    assert {each.scheme: 1 for each in found} == {each.scheme: each.rank for each in found if each.rank == 1}
    assert sorted(each.rank for each in found if each.scheme == "UNSPSC") == [1, 2]
    assert {each.level for each in found} == {level_of(each.confidence) for each in found}


@pytest.mark.parametrize(
    ("confidence", "level"), [(1.0, "high"), (0.5, "high"), (0.49, "medium"), (0.2, "medium"), (0.19, "low")]
)
def test_a_confidence_has_a_word(confidence: float, level: str) -> None:
    assert level_of(confidence) == level
