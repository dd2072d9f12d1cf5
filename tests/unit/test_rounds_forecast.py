"""The forecast of a round: what is lost, what would help, against every way to choose by hand."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from services.rounds.forecast import Demand, Forecast, Participant, forecast


def a_round(
    buyers: list[set[int]], suppliers: list[set[int]], pairs: list[tuple[int, int]], tables: int | None = None
) -> Demand:
    """One delegate a company, free in the slots given; pairs are positions; four slots."""
    people = [Participant(f"b{n}", "buyer", (frozenset(free),)) for n, free in enumerate(buyers)]
    people += [Participant(f"s{n}", "supplier", (frozenset(free),)) for n, free in enumerate(suppliers)]
    return Demand(tuple(people), tuple((f"b{b}", f"s{s}") for b, s in pairs), 4, tables)


def by_hand(demand: Demand) -> int:
    """The most requests of which no company has more than it can hold, by trying all sets of requests."""
    holds = {p.company_id: p.capacity for p in demand.participants}
    times = {p.company_id: p.times for p in demand.participants}
    good = [pair for pair in demand.pairs if times[pair[0]] & times[pair[1]]]
    most = len(good) if demand.tables is None else min(len(good), demand.tables * demand.slots)
    for size in range(most, 0, -1):
        for chosen in combinations(good, size):
            names = [name for pair in chosen for name in pair]
            if all(names.count(name) <= holds[name] for name in set(names)):
                return size
    return 0


ALL = {0, 1, 2, 3}
_free = st.sets(st.integers(0, 3), max_size=4)


@st.composite
def rounds(draw: st.DrawFn) -> Demand:
    buyers, suppliers = (
        draw(st.lists(_free, min_size=1, max_size=3)),
        draw(st.lists(_free, min_size=1, max_size=3)),
    )
    every = [(b, s) for b in range(len(buyers)) for s in range(len(suppliers))]
    return a_round(
        buyers,
        suppliers,
        draw(st.lists(st.sampled_from(every), unique=True)),
        draw(st.none() | st.integers(1, 2)),
    )


@settings(deadline=None)
@given(rounds())
def test_what_can_be_met_is_what_trying_everything_finds(demand: Demand) -> None:
    assert forecast(demand).placeable == by_hand(demand)


@settings(deadline=None)
@given(rounds())
def test_no_help_makes_anything_worse_or_places_more_than_was_asked(demand: Demand) -> None:
    found = forecast(demand)
    gains = [found.two_suppliers, found.added_slot, *(c.second_delegate for c in found.crowded)]
    assert found.placeable + found.lost == found.requests == len(demand.pairs)
    assert all(0 <= gain <= found.lost for gain in gains)


def crowd(requests: int) -> Forecast:
    return forecast(a_round([ALL], [ALL] * requests, [(0, s) for s in range(requests)]))


def test_a_buyer_with_more_requests_than_slots_is_named_with_what_would_help() -> None:
    found = crowd(7)
    assert (found.placeable, found.lost) == (4, 3)
    [buyer] = found.crowded
    assert (buyer.company_id, buyer.requests, buyer.capacity, buyer.second_delegate) == ("b0", 7, 4, 3)
    assert (found.two_suppliers, found.added_slot) == (3, 1)


def test_a_buyer_with_200_requests_and_few_slots_is_told_what_a_second_delegate_wins() -> None:
    found = crowd(200)
    assert (found.lost, found.crowded[0].second_delegate, found.two_suppliers) == (196, 4, 4)


def test_tables_are_a_limit_that_only_more_slots_or_suppliers_lift() -> None:
    pairs = [(b, s) for b in range(3) for s in range(3)]
    found = forecast(a_round([ALL] * 3, [ALL] * 3, pairs, tables=1))
    assert (found.placeable, found.two_suppliers, found.added_slot) == (4, 4, 1)


def test_a_pair_that_is_never_free_together_is_lost_until_there_is_one_more_slot() -> None:
    found = forecast(a_round([{0, 1}], [{2, 3}], [(0, 0)]))
    assert (found.placeable, found.added_slot, found.crowded) == (0, 1, ())


def test_a_round_without_requests_or_people_loses_nothing() -> None:
    assert forecast(Demand((), (), 0)) == Forecast(0, 0, 0, 0, 0, ())
    assert forecast(a_round([ALL], [ALL], [])).placeable == 0


def test_nobody_who_is_never_free_is_placed() -> None:
    found = forecast(a_round([set()], [ALL], [(0, 0)]))
    assert (found.placeable, found.crowded[0].second_delegate) == (0, 1)
