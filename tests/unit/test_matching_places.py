"""Where suppliers are: departments that border on each other, and real distances where they are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matching.engine import places
from services.matching.engine.places import CAPITALS, DEPARTMENTS, NEIGHBOURS, between, kilometres, nearness
from shared.contracts.catalog import Place
from tests.unit.test_matching_verdicts import a_supplier

if TYPE_CHECKING:
    from collections.abc import Iterator

BOGOTA = Place(department="11", municipality="11001")
SOACHA = Place(department="25", municipality="25754")
LETICIA = Place(department="91", municipality="91001")
TOWNS = {
    "11001": (4.649, -74.107),
    "25754": (4.587, -74.221),
    "25530": (4.375, -73.214),
    "91001": (-4.2, -69.94),
}


@pytest.fixture
def towns() -> Iterator[None]:
    places.load(TOWNS, "test")
    yield
    places.load({}, "none")


def test_who_borders_on_whom_is_mutual_and_every_department_has_a_capital() -> None:
    assert set(CAPITALS) == set(DEPARTMENTS)
    for one, others in NEIGHBOURS.items():
        for other in others.split():
            assert one in NEIGHBOURS[other].split(), (one, other)
    # San Andrés is an island.
    assert set(DEPARTMENTS) - set(NEIGHBOURS) == {"88"}


@pytest.mark.usefixtures("towns")
def test_a_town_across_the_border_is_worth_more_than_a_neighbouring_department() -> None:
    assert between(SOACHA, BOGOTA) == 14
    near = nearness(a_supplier(place=SOACHA), BOGOTA)
    assert places.NEIGHBOUR < near < places.SAME_DEPARTMENT
    assert nearness(a_supplier(place=Place(department="25")), BOGOTA) == places.NEIGHBOUR
    assert nearness(a_supplier(place=LETICIA), BOGOTA) < 0.01


@pytest.mark.usefixtures("towns")
def test_within_a_department_the_nearer_town_is_worth_more() -> None:
    wanted = Place(department="25", municipality="25754")
    far = nearness(a_supplier(place=Place(department="25", municipality="25530")), wanted)
    assert nearness(a_supplier(place=wanted), wanted) == 1.0
    assert 1.0 > far > nearness(a_supplier(place=Place(department="25", municipality="25999")), wanted)
    assert nearness(a_supplier(place=Place(department="25")), wanted) == places.SAME_DEPARTMENT


def test_without_the_list_of_municipalities_departments_count_alone() -> None:
    assert between(SOACHA, BOGOTA) == kilometres("25", "11") == 0
    assert nearness(a_supplier(place=SOACHA), BOGOTA) == places.NEIGHBOUR
    assert between(BOGOTA, Place(country="PE")) is None
    assert between(BOGOTA, Place(department="11", municipality="11999")) is None


codes = st.sampled_from([None, "00", *DEPARTMENTS])
anywhere = st.builds(
    Place, country=st.sampled_from(["CO", "PE"]), department=codes,
    municipality=st.sampled_from([None, "99999", *TOWNS]),
)  # fmt: skip


@given(anywhere, anywhere, st.lists(st.sampled_from(["CO", "05", "11", "25"]), max_size=2))
def test_nearness_is_between_0_and_1_and_serving_a_region_never_lowers_it(
    seat: Place, wanted: Place, regions: list[str]
) -> None:
    places.load(TOWNS, "test")
    alone = nearness(a_supplier(place=seat), wanted)
    assert 0.0 <= alone <= nearness(a_supplier(place=seat, regions_served=regions), wanted) <= 1.0
    assert between(seat, wanted) == between(wanted, seat)
    places.load({}, "none")
