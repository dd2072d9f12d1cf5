"""Text as people write it: slips, synonyms, short forms, damage by programs, and places by distance."""

from __future__ import annotations

import pytest

from services.matching.engine import Need, Offering, Supplier, SupplierIndex, shortlist
from services.matching.engine.places import DEPARTMENTS, NEIGHBOURS, kilometres, named, nearness
from services.matching.engine.text import stem_of, stems
from shared.contracts.catalog import Place
from tests.unit.test_matching_engine import a_need, a_supplier, an_index, ranked

OTHERS = [a_supplier(f"other{n}", title) for n, title in enumerate(("Papel", "Uniformes", "Llantas"))]


@pytest.mark.parametrize(
    ("asked", "offered"),
    [
        ("licencia MISCROSOFT", "Microsoft"),
        ("transporte", "trasnporte de carga"),
        ("suministro de cemento", "SUMINSTRO de grava"),
        ("aguacate", "palta fuerte"),
        ("cleaning services", "servicios de aseo"),
        ("manutenção de veículos", "mantenimiento de vehiculos"),
        ("mtto de ascensores", "mantenimiento"),
        ("CONSTRUCCIoN", "construcción"),
        ("construcciÃ³n", "construcción"),
        ("CONSTRUCCI?N", "construcción"),
        ("impresoras", "impresiones"),
    ],
)
def test_the_same_thing_is_found_however_it_is_written(asked: str, offered: str) -> None:
    known = [a_supplier(f"also{n}", "transporte suministro construcción") for n in range(3)]
    index = an_index(a_supplier("s", offered), *known, *OTHERS)
    assert "s" in ranked(index, a_need(title=asked))


def test_a_slip_counts_less_than_the_word_itself() -> None:
    index = an_index(
        a_supplier("right", "transporte"),
        a_supplier("slip", "trasnporte"),
        a_supplier("x", "transporte papel"),
    )
    assert ranked(index, a_need(title="transporte"))[0] == "right"
    assert "slip" in ranked(index, a_need(title="transporte"))


def test_a_word_that_is_as_common_is_no_slip() -> None:
    index = an_index(
        a_supplier("silver", "objetos de plantas", "plantas"), a_supplier("s", "platas", "platas")
    )
    assert ranked(index, a_need(title="plantas")) == ["silver"]


def test_a_word_is_not_taken_for_another_that_only_looks_alike() -> None:
    index = an_index(a_supplier("bikes", "motocicletas"), a_supplier("forms", "recibos de caja"), *OTHERS)
    assert ranked(index, a_need(title="motosierra")) == []
    assert ranked(index, a_need(title="recivos")) == ["forms"]


def test_a_word_counts_by_how_few_suppliers_have_it_in_however_many_offerings() -> None:
    policies = a_supplier("policies", *[f"póliza {word}" for word in ("vida", "manejo", "todo", "riesgo")])
    desks = [a_supplier(f"desk{n}", "escritorio") for n in range(3)]
    found = shortlist(an_index(policies, *desks, *OTHERS), a_need(title="póliza y escritorio"))
    assert found.profile.terms[stem_of("poliza")] > found.profile.terms[stem_of("escritorio")]


def test_what_a_need_says_more_than_once_counts_more() -> None:
    index = an_index(a_supplier("ink", "tinta"), a_supplier("paper", "resma"))
    terms = shortlist(index, a_need(title="tinta; resma y tinta negra; tinta azul")).profile.terms
    assert terms[stem_of("tinta")] / terms[stem_of("resma")] == pytest.approx(3**0.5)


def test_the_codes_of_a_need_are_voted_for_by_suppliers_and_not_by_their_offerings() -> None:
    many = Supplier(
        company_id="many",
        name="many",
        offerings=[Offering(offering_id=str(n), title="tóner negro", unspsc=["44103103"]) for n in range(9)],
    )
    others = [
        Supplier(
            company_id=f"one{n}",
            name=f"one{n}",
            offerings=[Offering(offering_id="0", title="tóner negro", unspsc=["43212110"])],
        )
        for n in range(2)
    ]
    codes = shortlist(an_index(many, *others, *OTHERS), a_need(title="tóner negro")).profile.codes
    assert codes["43"] == pytest.approx(2 * codes["44"])


def test_numbers_and_process_codes_mean_nothing() -> None:
    assert stems("RAD 2026-1000006506 No. 17/2026") == stems("rad no")


@pytest.mark.parametrize("department", sorted(DEPARTMENTS))
def test_neighbours_are_each_others_neighbours_and_not_far(department: str) -> None:
    for other in NEIGHBOURS.get(department, "").split():
        assert department in NEIGHBOURS[other].split(), (department, other)
        assert (kilometres(department, other) or 0) < 1000


def test_the_nearer_the_department_the_better() -> None:
    def valued(code: str | None, country: str = "CO") -> float:
        return nearness(
            a_supplier("s", "x", place=Place(country=country, department=code)), Place(department="05")
        )

    here, neighbour, far, farther = valued("05"), valued("66"), valued("76"), valued("91")
    assert here > neighbour > far > farther > valued(None) == valued("05", "PE") == 0.0


def test_evidence_of_several_awards_beats_one() -> None:
    def awarded(name: str, times: int) -> Supplier:
        offerings = [Offering(offering_id=f"{name}{n}", title="pavimento de vías") for n in range(times)]
        return Supplier(company_id=name, name=name, offerings=offerings)

    index = an_index(awarded("once", 1), awarded("often", 3), *OTHERS)
    assert ranked(index, a_need(title="pavimento de vías urbanas")) == ["often", "once"]


def test_an_empty_index_gives_an_empty_shortlist() -> None:
    need: Need = a_need(title="aguacate")
    assert ranked(SupplierIndex(), need) == []


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("CoRDOBA", "23"), ("BOGOTa D.C.", "11"), ("Bogotá, D.C.", "11"), ("CUNDINAMRCA", "25"),
        ("ANTIOQIA", "05"), ("VALLE DEL CAUCA", "76"), ("CAUCA", "19"), ("SANTANDER", "68"),
        ("NORTE DE SANTANDER", "54"), ("SAN ANDReS, PROVIDENCIA Y SANTA CATALINA", "88"),
        ("Pichincha", "pichincha"), ("No Definido", None), ("", None), ("123", None),
    ],
)  # fmt: skip
def test_a_department_is_known_however_badly_it_is_spelled(written: str, code: str | None) -> None:
    assert named(written) == code
