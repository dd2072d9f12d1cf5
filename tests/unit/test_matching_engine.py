"""Ranking: what brings a supplier to the front, what must not, and that both sides see one score."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.engine import (
    Need,
    NeedBook,
    Offering,
    Supplier,
    SupplierIndex,
    assess,
    profile_of,
    shortlist,
)
from services.matching.engine.text import stems
from shared.contracts.catalog import Certification, Place, Quantity

WORDS = [
    *("suministro", "aguacate", "hass", "papeleria", "resmas", "toner", "limpieza", "aseo", "vigilancia"),
    *("transporte", "carga", "café", "molido", "uniformes", "dotación", "industrial", "mantenimiento"),
    *("equipos", "cómputo", "software", "consultoría", "obras", "civiles"),
]
CODES = ("43211503", "432115", "44121600", "50301500", "503015", "76111500")
DEPARTMENTS = ("05", "08", "11", "52", None)
CLOSES_ON = date(2027, 3, 31)


def a_need(**fields: Any) -> Need:
    return Need(**{"need_id": "n", "company_id": "anchor", "title": "", "closes_on": CLOSES_ON, **fields})


def a_supplier(name: str, *titles: str, **fields: Any) -> Supplier:
    offerings = [Offering(offering_id=f"{name}-{n}", title=title) for n, title in enumerate(titles)]
    return Supplier(**{"company_id": name, "name": name, "offerings": offerings, **fields})


def an_index(*suppliers: Supplier) -> SupplierIndex:
    index = SupplierIndex()
    for supplier in suppliers:
        index.put(supplier)
    return index


def ranked(index: SupplierIndex, need: Need) -> list[str]:
    return [match.supplier_id for match in shortlist(index, need).matches]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("CONSTRUCCIoN", "construcción"),
        ("Construcciones", "construccion"),
        ("CAMIÓN", "camiones"),
        ("equipos", "EQUIPO"),
        ("Nariño", "narino"),
    ],
)
def test_case_accents_and_plurals_do_not_matter(written: str, meant: str) -> None:
    assert stems(written) == stems(meant)


@pytest.mark.parametrize("title", ["", "a", "12345", "🥑🥑", "de la que", "x" * 100_000, "ab " * 40_000])
def test_a_text_that_says_nothing_matches_nobody(title: str) -> None:
    index = an_index(a_supplier("s", "Aguacate Hass"), a_supplier("empty", title))
    found = shortlist(index, a_need(title=title)).matches
    assert "s" not in [match.supplier_id for match in found]


@pytest.mark.parametrize("title", ["מיץ תפוזים", "апельсиновый сок", "橙汁"])
def test_text_in_another_alphabet_finds_its_like(title: str) -> None:
    assert ranked(an_index(a_supplier("s", title), a_supplier("other", "jugo")), a_need(title=title)) == ["s"]


def test_several_short_offerings_beat_one_long_one_stuffed_with_words() -> None:
    stuffed = " ".join([*WORDS, "aguacate", "hass"] * 8)
    index = an_index(
        a_supplier("stuffed", stuffed),
        a_supplier("short", "Aguacate Hass", "Aguacate criollo", "Aguacate papelillo"),
        a_supplier("paper", "Resmas de papel"),
    )
    assert ranked(index, a_need(title="aguacate hass"))[:2] == ["short", "stuffed"]


def test_the_same_department_comes_before_another_one() -> None:
    here, there = Place(department="05"), Place(department="52")
    index = an_index(a_supplier("there", "Aguacate", place=there), a_supplier("here", "Aguacate", place=here))
    assert ranked(index, a_need(title="aguacate", place=here)) == ["here", "there"]


def test_the_nearer_the_code_the_better_and_a_missing_one_excludes_nobody() -> None:
    def coded(name: str, *codes: str) -> Supplier:
        offering = Offering(offering_id=name, title="Aguacate", unspsc=list(codes))
        return Supplier(company_id=name, name=name, offerings=[offering])

    index = an_index(
        coded("none"), coded("segment", "50999999"), coded("family", "50309999"),
        coded("class", "50301599"), coded("commodity", "50301501"),
    )  # fmt: skip
    found = ranked(index, a_need(title="aguacate", unspsc=["50301501"]))
    assert found == ["commodity", "class", "family", "segment", "none"]


def test_a_stated_code_finds_who_uses_other_words() -> None:
    offering = Offering(offering_id="o", title="Palta", unspsc=["50301501"])
    index = an_index(Supplier(company_id="s", name="s", offerings=[offering]))
    assert ranked(index, a_need(title="aguacate", unspsc=["50301501"])) == ["s"]


def test_who_lacks_something_mandatory_is_apart() -> None:
    expired = Certification(standard="ISO 9001:2015", expires_on=date(2027, 3, 30))
    index = an_index(a_supplier("s", "Aguacate", certifications=[expired]), a_supplier("t", "Aguacate"))
    found = shortlist(index, a_need(title="aguacate", required_certifications=["ISO 9001"]))
    assert [match.supplier_id for match in found.matches] == ["t"]
    assert [match.supplier_id for match in found.almost] == ["s"]


def test_a_supplier_that_was_removed_or_replaced_is_found_no_more() -> None:
    index = an_index(a_supplier("s", "Aguacate"), a_supplier("t", "Aguacate"))
    index.put(a_supplier("s", "Papel"))
    index.remove("t")
    index.remove("unknown")
    assert ranked(index, a_need(title="aguacate")) == []
    assert ranked(index, a_need(title="papel")) == ["s"]


def test_packing_the_garbage_changes_no_result() -> None:
    suppliers = [a_supplier(f"s{n}", f"{WORDS[n % 20]} {WORDS[n % 7]}") for n in range(60)]
    index = an_index(*suppliers)
    need = a_need(title="suministro de papeleria y aseo")
    before = shortlist(index, need)
    for supplier in suppliers:
        for _ in range(100):
            index.put(supplier)
    assert len(index._text) < 6_100
    assert shortlist(index, need) == before


def test_a_supplier_with_five_thousand_offerings_is_ranked() -> None:
    many = [f"{WORDS[n % 20]} {WORDS[n % 13]} {n}" for n in range(5_000)]
    index = an_index(a_supplier("many", *many), a_supplier("s", "aguacate hass"))
    assert set(ranked(index, a_need(title="aguacate hass"))) == {"many", "s"}


offerings = st.builds(
    lambda words, codes, department: (" ".join(words), codes, department),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=6),
    st.lists(st.sampled_from(CODES), max_size=2, unique=True),
    st.sampled_from(DEPARTMENTS),
)
markets = st.lists(st.lists(offerings, min_size=1, max_size=3), min_size=1, max_size=12)
needs = st.builds(
    lambda words, codes, department, tons: a_need(
        title=" ".join(words), unspsc=codes, place=Place(department=department),
        minimum_capacity=Quantity(amount=tons, unit="t") if tons else None,
    ),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=6),
    st.lists(st.sampled_from(CODES), max_size=2, unique=True),
    st.sampled_from(DEPARTMENTS),
    st.sampled_from([None, 5.0]),
)  # fmt: skip


def suppliers_of(market: list[list[tuple[str, list[str], str | None]]], prefix: str) -> list[Supplier]:
    return [
        Supplier(
            company_id=f"{prefix}{number}",
            name=f"{prefix} {number}",
            offerings=[
                Offering(
                    offering_id=f"{prefix}{number}-{n}",
                    title=title,
                    unspsc=codes,
                    place=Place(department=department),
                    capacity_per_month=Quantity(amount=len(title), unit="t") if n else None,
                )
                for n, (title, codes, department) in enumerate(offered)
            ],
        )
        for number, offered in enumerate(market)
    ]


@settings(max_examples=60, deadline=None)
@given(markets, needs, st.randoms())
def test_names_ids_and_the_order_of_arrival_change_no_score(market: Any, need: Need, random: Any) -> None:
    original, renamed = suppliers_of(market, "s"), suppliers_of(market, "zz")
    random.shuffle(renamed)
    for supplier in (*renamed, *renamed[: len(renamed) // 2]):
        assert supplier.offerings
    again = an_index(*renamed, *renamed[: len(renamed) // 2])
    first, second = shortlist(an_index(*original), need), shortlist(again, need)
    for here, there in ((first.matches, second.matches), (first.almost, second.almost)):
        assert {m.supplier_id.removeprefix("s"): m.score for m in here} == {
            m.supplier_id.removeprefix("zz"): m.score for m in there
        }


@settings(max_examples=60, deadline=None)
@given(markets, needs)
def test_the_score_is_the_same_both_ways(market: Any, need: Need) -> None:
    suppliers = suppliers_of(market, "s")
    found = shortlist(an_index(*suppliers), need)
    book = NeedBook()
    book.put(need, found.profile)
    listed = {match.supplier_id: match for match in (*found.matches, *found.almost)}
    for supplier in suppliers:
        (match,) = book.fitting(supplier) or [None]
        assert match == listed.get(supplier.company_id)
        assert match == assess(need, found.profile, supplier)


@settings(max_examples=60, deadline=None)
@given(markets, needs)
def test_a_score_is_between_0_and_1_and_the_sum_of_its_parts(market: Any, need: Need) -> None:
    found = shortlist(an_index(*suppliers_of(market, "s")), need)
    for match in (*found.matches, *found.almost):
        assert 0.0 <= match.score <= 1.0
        assert match.score == pytest.approx(sum(part.points for part in match.parts), abs=1e-5)
        assert sum(part.weight for part in match.parts) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("group", ["GRUPO EXITO SA", "grupo éxito  s.a."])
def test_a_company_of_the_anchors_group_is_left_out_however_the_group_is_written(group: str) -> None:
    index = an_index(a_supplier("sister", "Aguacate", group=group), a_supplier("s", "Aguacate"))
    assert ranked(index, a_need(title="Aguacate", group="Grupo Éxito S.A.")) == ["s"]


def test_of_a_crowd_that_fits_alike_the_first_to_come_do_not_say_which_code_a_need_has() -> None:
    crowd = [Offering(offering_id=f"{n}", title="Aguacate", unspsc=[CODES[n // 150]]) for n in range(300)]
    suppliers = [Supplier(company_id=f"s{n}", name="s", offerings=[each]) for n, each in enumerate(crowd)]
    need = a_need(title="Aguacate")
    first, last = an_index(*suppliers), an_index(*reversed(suppliers))
    assert profile_of(first, need)[0].codes == profile_of(last, need)[0].codes
