"""The index and the book of needs after any history are what they would be if they were made at once."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from services.matching.engine import (
    Need,
    NeedBook,
    Offering,
    Profile,
    Supplier,
    SupplierIndex,
    assess,
    shortlist,
    tie_break,
)
from shared.contracts.catalog import Certification, Place, Quantity
from tests.unit.test_matching_engine import a_need, an_index, markets, needs, suppliers_of

changes = st.lists(st.tuples(st.integers(0, 11), st.sampled_from(["change", "remove", "pack"])), max_size=20)


def shown(index: SupplierIndex, need: Need) -> Any:
    """All that the index says about a need."""
    found = shortlist(index, need)
    return found, index.offerings, {term: index.count(term) for term in found.profile.terms}


@settings(max_examples=60, deadline=None)
@given(markets, markets, changes, needs)
def test_an_index_after_any_changes_is_as_a_fresh_one(
    before: Any, after: Any, history: list[tuple[int, str]], need: Need
) -> None:
    here = {supplier.company_id: supplier for supplier in suppliers_of(before, "s")}
    index = an_index(*here.values())
    others = suppliers_of(after, "s")
    for number, what in history:
        supplier = others[number % len(others)]
        if what == "change":
            index.put(supplier)
            here[supplier.company_id] = supplier
        elif what == "remove":
            index.remove(supplier.company_id)
            here.pop(supplier.company_id, None)
        else:
            index._pack()
    assert shown(index, need) == shown(an_index(*here.values()), need)


@settings(max_examples=60, deadline=None)
@given(markets, needs, st.booleans())
def test_a_shortlist_is_what_measuring_every_supplier_gives(market: Any, need: Need, many: bool) -> None:
    suppliers = [
        replace(each, offerings=each.offerings * (51 if many else 1)) for each in suppliers_of(market, "s")
    ]
    found = shortlist(an_index(*suppliers), need)
    measured = [match for each in suppliers if (match := assess(need, found.profile, each))]
    measured.sort(key=lambda match: (-match.score, tie_break(match.need_id, match.supplier_id)))
    assert found.matches == [match for match in measured if not match.almost]
    assert found.almost == [match for match in measured if match.almost]
    assert found.reach == 0.0


def avocado_growers(count: int) -> list[Supplier]:
    """Suppliers of one thing, of whom every second has the capacity; those who say most are certified."""
    return [
        Supplier(
            company_id=f"s{number}",
            name=f"s{number}",
            certifications=[Certification(standard="GlobalG.A.P.")] if number // 2 % 12 > 8 else [],
            offerings=[
                Offering(
                    offering_id="o",
                    title="Aguacate Hass",
                    description="fresco " * (number // 2 % 12),
                    capacity_per_month=Quantity(amount=1 + number % 2, unit="t"),
                )
            ],
        )
        for number in range(count)
    ]


def test_who_moves_up_by_what_it_meets_is_in_the_shortlist() -> None:
    suppliers = avocado_growers(115)
    tons = Quantity(amount=2, unit="t")
    need = a_need(title="Aguacate Hass", minimum_capacity=tons, desirable_certifications=["GlobalG.A.P."])
    found = shortlist(an_index(*suppliers), need)
    measured = [match for each in suppliers if (match := assess(need, found.profile, each))]
    for listed, almost in ((found.matches, False), (found.almost, True)):
        scores = sorted((match.score for match in measured if match.almost is almost), reverse=True)
        assert [match.score for match in listed] == scores[: len(listed)]
    assert (len(found.matches), len(found.almost), found.reach) == (50, 20, 0.0)


def test_of_more_candidates_than_are_looked_at_the_shortlist_says_how_far_it_reaches() -> None:
    suppliers = avocado_growers(800)
    need = a_need(title="Aguacate Hass", minimum_capacity=Quantity(amount=2, unit="t"))
    found = shortlist(an_index(*suppliers), need)
    measured = [match for each in suppliers if (match := assess(need, found.profile, each))]
    fitting = sorted((match.score for match in measured if not match.almost), reverse=True)
    assert 0.0 < found.reach < found.matches[-1].score
    assert [match.score for match in found.matches] == fitting[:50]
    assert len(found.almost) == 20


@settings(max_examples=60, deadline=None)
@given(markets, st.lists(needs, min_size=1, max_size=6), st.floats(0, 1), st.booleans())
def test_no_need_that_a_supplier_can_reach_is_passed_over(
    market: Any, asked: list[Need], floor: float, many: bool
) -> None:
    suppliers = suppliers_of(market, "s")
    if many:
        suppliers = [replace(each, offerings=each.offerings * 13) for each in suppliers]
    book, profiles = filled(asked, an_index(*suppliers), floor)
    for supplier in suppliers:
        measured = {
            each.need_id: match
            for each in (book.need(name) for name in book)
            if (match := assess(each, profiles[each.need_id], supplier))
        }
        reached = {match.need_id: match for match in book.reachable(supplier)}
        assert reached.items() <= measured.items()
        assert {name for name, match in measured.items() if match.score >= floor} <= reached.keys()
        best = sorted(measured.values(), key=lambda m: (-m.score, tie_break(m.need_id, m.supplier_id)))
        assert book.fitting(supplier) == best
        assert book.fitting(supplier, limit=2) == best[:2]


def test_a_supplier_without_offerings_fits_nothing() -> None:
    book = NeedBook()
    book.put(a_need(title="aguacate"), Profile(terms={"aguaca": 1.0}))
    nobody = Supplier(company_id="s", name="s")
    assert book.fitting(nobody) == book.reachable(nobody) == []


def filled(asked: list[Need], index: SupplierIndex, floor: float) -> tuple[NeedBook, dict[str, Profile]]:
    """A book of these needs and the profiles by which they are in it."""
    book, profiles = NeedBook(), {}
    for number, need in enumerate(asked):
        named = replace(need, need_id=f"n{number}")
        profiles[named.need_id] = shortlist(index, named).profile
        book.put(named, profiles[named.need_id], floor)
    return book, profiles


@settings(max_examples=60, deadline=None)
@given(markets, st.lists(needs, min_size=1, max_size=6), changes, st.floats(0, 1))
def test_a_book_of_needs_after_any_changes_is_as_a_fresh_one(
    market: Any, asked: list[Need], history: list[tuple[int, str]], floor: float
) -> None:
    suppliers = suppliers_of(market, "s")
    index = an_index(*suppliers)
    book, profiles = filled(asked, index, 1.0)
    here = {name: book.need(name) for name in book}
    for number, what in history:
        need = replace(asked[number % len(asked)], need_id=f"n{number}", place=Place(department="05"))
        if what == "change":
            here[need.need_id] = need
            profiles[need.need_id] = shortlist(index, need).profile
            book.put(need, profiles[need.need_id])
        elif what == "remove":
            here.pop(need.need_id, None)
            book.remove(need.need_id)
        else:
            book._pack()
    fresh = NeedBook()
    for name, need in here.items():
        book.ask(name, floor)
        fresh.put(need, profiles[name], floor)
    assert len(book) == len(here)
    for supplier in suppliers:
        assert book.fitting(supplier) == fresh.fitting(supplier)
        assert {m.need_id: m for m in book.reachable(supplier)} == {
            m.need_id: m for m in fresh.reachable(supplier)
        }
