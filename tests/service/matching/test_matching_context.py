"""What is around a need: past awards and meetings, rates of exchange, activities, real distances."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from services.matching.taxonomies import read_list
from services.matching.usecases.codes import load_list
from shared.contracts.catalog import NeedChanged, NeedClosed, OfferingWithdrawn, Place, PriceRange, Quantity
from shared.contracts.rounds import (
    AttendanceRecorded,
    MeetingCancelled,
    MeetingScheduled,
    RequestAccepted,
    Seat,
)
from shared.money import Money
from shared.store import new_id
from tests.service.matching.conftest import a_company, a_need, an_offering

if TYPE_CHECKING:
    from shared.contracts.catalog import CompanyRegistered, NeedPublished
    from tests.service.matching.conftest import Matching

ANCHOR = a_company(name="Exportadora del Valle S. A.", roles=["anchor"])
TODAY = datetime.now(UTC).date() - timedelta(days=1)
CIIU = """clase,nombre,grupo,grupo_nombre,incluye,excluye
0122,Cultivo de frutas tropicales y subtropicales,012,Cultivos permanentes,"El cultivo de aguacate y mango",
4923,Transporte de carga por carretera,492,Transporte terrestre,"El transporte de mercancías",
"""
DIVIPOLA = """cod_dpto,departamento,cod_mpio,municipio,tipo,longitud,latitud
11,BOGOTÁ,11001,BOGOTÁ,MUNICIPIO,-74.106992,4.649251
25,CUNDINAMARCA,25754,SOACHA,MUNICIPIO,-74.2214,4.5872
25,CUNDINAMARCA,25530,PARATEBUENO,MUNICIPIO,-73.2136,4.3747
91,AMAZONAS,91263,EL ENCANTO,,,
"""


def scores(matching: Matching, need: NeedPublished) -> dict[str, float]:
    return {each["supplier_id"]: each["score"] for each in matching.shortlist(need)["items"]}


def part(item: Any, name: str) -> Any:
    (found,) = [each for each in item["parts"] if each["name"] == name] or [None]
    return found


def awarded(need: NeedPublished, supplier: CompanyRegistered) -> NeedClosed:
    return NeedClosed(
        need_id=need.need_id, company_id=need.company_id, status="awarded", awarded_to=supplier.company_id
    )


def a_meeting(
    need: NeedPublished, supplier: CompanyRegistered
) -> tuple[RequestAccepted, MeetingScheduled, AttendanceRecorded]:
    sides = {"from_company_id": need.company_id, "to_company_id": supplier.company_id}
    request = RequestAccepted(
        request_id=new_id(), round_id="r", round_name="R", from_company_name="A", to_company_name="B",
        need_id=need.need_id, **sides,
    )  # fmt: skip
    start = datetime(2026, 3, 1, 15, tzinfo=UTC)
    meeting = MeetingScheduled(
        meeting_id=new_id(), round_id="r", round_name="R", starts_at=start, ends_at=start,
        time_zone="America/Bogota", buyer=Seat(company_id=need.company_id, company_name="A"),
        supplier=Seat(company_id=supplier.company_id, company_name="B"),
    )  # fmt: skip
    attendance = AttendanceRecorded(
        meeting_id=meeting.meeting_id, round_id="r", company_id=supplier.company_id, present=True, held=True,
        recorded_by="x",
    )  # fmt: skip
    return request, meeting, attendance


def test_a_past_award_speaks_for_its_supplier_at_another_anchor(matching: Matching) -> None:
    winner, other = a_company(), a_company(name="Otra")
    past = a_need(a_company(roles=["anchor"]), title="Suministro de palta fresca para hoteles")
    need = a_need(ANCHOR, title="Compra de palta fresca")
    offers = [an_offering(each, title="Frutas frescas") for each in (winner, other)]
    matching.hear(ANCHOR, winner, other, *offers, past, need)
    matching.settle()
    before = scores(matching, need)
    assert before[winner.company_id] == before[other.company_id]
    matching.hear(awarded(past, winner), sequence=2)
    matching.settle()
    after = scores(matching, need)
    assert after[winner.company_id] > after[other.company_id]
    best = matching.shortlist(need)["items"][0]
    assert "ya ganó un contrato parecido" in best["reasons"][0]
    assert past.title not in str(best)
    assert best["offering_title"] == "Frutas frescas"
    assert matching.opportunities(winner)[0]["score"] == best["score"]
    assert part(best, "history") is None


def test_an_award_of_the_same_anchor_is_history_in_its_other_needs(matching: Matching) -> None:
    winner, other = a_company(), a_company(name="Otra")
    past = a_need(ANCHOR, title="Papelería")
    need = a_need(ANCHOR)
    matching.hear(ANCHOR, winner, other, *(an_offering(each) for each in (winner, other)), past, need)
    matching.settle()
    matching.hear(awarded(past, winner), sequence=2)
    matching.settle()
    best, second = matching.shortlist(need)["items"]
    assert (best["supplier_id"], part(best, "history")["value"], part(second, "history")["value"]) == (
        winner.company_id, 1.0, 0.0
    )  # fmt: skip
    assert "ya ganó un contrato de la empresa compradora" in best["reasons"][0]


def test_a_meeting_counts_once_it_was_held(matching: Matching) -> None:
    met, other = a_company(), a_company(name="Otra")
    need = a_need(ANCHOR)
    matching.hear(ANCHOR, met, other, *(an_offering(each) for each in (met, other)), need)
    request, meeting, attendance = a_meeting(need, met)
    matching.hear(request, meeting)
    matching.settle()
    assert part(matching.shortlist(need)["items"][0], "history") is None
    matching.hear(attendance, sequence=2)
    matching.settle()
    best = matching.shortlist(need)["items"][0]
    assert (best["supplier_id"], part(best, "history")["value"]) == (met.company_id, 0.4)
    assert "ya se reunió con la empresa compradora" in best["reasons"][0]


def test_a_meeting_about_a_need_speaks_for_the_supplier_elsewhere_unless_it_was_cancelled(
    matching: Matching,
) -> None:
    met, stood_up = a_company(), a_company(name="Otra")
    host = a_company(roles=["anchor"])
    past = a_need(host, title="Suministro de palta fresca para hoteles")
    need = a_need(ANCHOR, title="Compra de palta fresca")
    offers = [an_offering(each, title="Frutas frescas") for each in (met, stood_up)]
    matching.hear(ANCHOR, host, met, stood_up, *offers, past, need)
    request, meeting, attendance = a_meeting(past, met)
    other_request, other_meeting, _ = a_meeting(past, stood_up)
    matching.hear(request, meeting, other_request, other_meeting)
    cancelled = MeetingCancelled(**msgspec.structs.asdict(other_meeting))
    matching.hear(attendance, cancelled, sequence=2)
    matching.settle()
    first, second = matching.shortlist(need)["items"]
    assert (first["supplier_id"], second["supplier_id"]) == (met.company_id, stood_up.company_id)
    assert "ya se reunió por una necesidad parecida" in first["reasons"][0]
    assert "reunió" not in str(second["reasons"])
    assert part(first, "history") is None


def test_of_a_long_past_the_newest_is_remembered(matching: Matching) -> None:
    needs = [
        a_need(ANCHOR, need_id=f"n{99 - days}", closes_on=TODAY - timedelta(days=days)) for days in range(25)
    ]
    rows = [
        {
            "_id": each.need_id,
            "companies": ["a", "s"],
            "supplier_id": "s",
            "said": "met",
            "need_id": each.need_id,
        }
        for each in needs
    ]
    matching.hear(*needs)
    matching.store.save_feedback(rows)
    kept = [each["offering_id"] for each in matching.store.past_offerings(["s"])["s"]]
    assert kept == [each.need_id for each in needs[:20]]


def test_who_offers_nothing_any_more_is_not_listed_for_what_it_won(matching: Matching) -> None:
    winner, past, need = a_company(), a_need(ANCHOR), a_need(ANCHOR)
    offering = an_offering(winner)
    matching.hear(ANCHOR, winner, offering, past, need)
    matching.hear(awarded(past, winner), sequence=2)
    matching.hear(
        OfferingWithdrawn(offering_id=offering.offering_id, company_id=winner.company_id), sequence=2
    )
    matching.settle()
    assert matching.suppliers(need) == []


def test_a_supplier_that_looks_again_sees_what_has_changed_meanwhile(matching: Matching) -> None:
    supplier, need = a_company(), a_need(ANCHOR)
    matching.hear(ANCHOR, supplier, an_offering(supplier), need)
    matching.settle()
    (before,) = matching.opportunities(supplier)
    payload = {**msgspec.structs.asdict(need), "title": "Compra de aguacate, mango y papaya"}
    matching.hear(NeedChanged(**payload), sequence=2)
    matching.settle()
    (after,) = matching.opportunities(supplier)
    assert before["score"] > after["score"] == matching.shortlist(need)["items"][0]["score"]
    other = a_need(ANCHOR)
    matching.hear(awarded(need, supplier), sequence=3)
    matching.hear(other)
    matching.settle()
    assert [each["need_id"] for each in matching.opportunities(supplier)] == [other.need_id]


def give(matching: Matching, role: str = "organizer", **fields: Any) -> Any:
    body = {"base": "USD", "quote": "COP", "value": "4000.00", "on": TODAY.isoformat(), **fields}
    return matching.call("POST", "/rates", None, role, json=body)


def test_another_currency_is_compared_only_by_a_rate_that_an_organizer_gave(matching: Matching) -> None:
    supplier = a_company()
    prices = PriceRange(low=Money(1_00, "USD"), high=Money(2_00, "USD"), unit="kg")
    ton = Quantity(amount=1, unit="t")
    need = a_need(ANCHOR, budget=Money(5_000_000_00, "COP"), quantity=ton)
    matching.hear(ANCHOR, supplier, an_offering(supplier, price_range=prices), need)
    matching.settle()

    def verdict() -> Any:
        (item,) = matching.shortlist(need)["items"]
        (found,) = [each for each in item["verdicts"] if each["requirement"] == "budget"]
        return found

    assert (verdict()["outcome"], verdict()["reason"]) == ("unknown", "currencies_differ")
    answer = give(matching)
    assert answer.status_code == 201, answer.json
    assert answer.json["given_by"]
    matching.settle()
    met = verdict()
    assert (met["outcome"], met["reason"]) == ("met", "within_budget_at_rate")
    assert met["found"]["rate"] == {
        "base": "USD", "quote": "COP", "value": "4000.00", "on": TODAY.isoformat(),
        "given_by": answer.json["given_by"],
    }  # fmt: skip
    # The same pair the other way round, given later for the same day: 1,000 dollars are 10 million pesos.
    assert give(matching, base="COP", quote="USD", value="0.0001").status_code == 201
    matching.settle()
    assert (verdict()["outcome"], verdict()["reason"]) == ("unmet", "over_budget_at_rate")
    (listed,) = matching.call("GET", "/rates", None, "supplier").json["items"]
    assert listed["value"] == "0.0001"
    assert matching.store.db.rates.count_documents({}) == 2


def test_of_several_rates_the_one_of_the_last_day_counts_and_of_these_the_last(
    matching: Matching,
) -> None:
    for days, value in ((2, "4000"), (0, "4200"), (1, "4100"), (0, "4300")):
        give(matching, value=value, on=(TODAY - timedelta(days=days)).isoformat())
    give(matching, base="EUR", value="4800")
    listed = matching.call("GET", "/rates", None, "supplier").json["items"]
    assert {each["base"]: each["value"] for each in listed} == {"USD": "4300", "EUR": "4800"}


@pytest.mark.parametrize(
    "fields",
    [
        {"value": "0"}, {"value": "-1"}, {"value": "1e3"}, {"value": "NaN"}, {"value": 4000}, {"base": "usd"},
        {"base": "ZZZ"}, {"quote": "USD"}, {"on": "2999-01-01"}, {"on": "ayer"}, {"given_by": "me"},
    ],
)  # fmt: skip
def test_a_wrong_rate_is_refused(matching: Matching, fields: dict[str, Any]) -> None:
    assert give(matching, **fields).status_code == 422
    assert matching.store.db.rates.count_documents({}) == 0


@pytest.mark.parametrize("role", ["supplier", "anchor"])
def test_only_an_organizer_gives_rates(matching: Matching, role: str) -> None:
    assert give(matching, role).status_code == 403


def test_an_activity_counts_whether_it_is_stated_or_read_from_the_words(matching: Matching) -> None:
    grower, carrier = a_company(ciiu=["0122"]), a_company(name="Otra", ciiu=["4923"])
    stated = a_need(ANCHOR, ciiu=["0122"])
    silent = a_need(ANCHOR, title="Aguacate y mango")
    matching.hear(ANCHOR, grower, carrier, *(an_offering(each) for each in (grower, carrier)), stated, silent)
    matching.settle()
    values = {each["supplier_id"]: part(each, "activity") for each in matching.shortlist(stated)["items"]}
    assert (values[grower.company_id]["value"], values[carrier.company_id]["value"]) == (1.0, 0.0)
    assert part(matching.shortlist(silent)["items"][0], "activity") is None
    load_list(matching.store, read_list(CIIU.encode()), TODAY)
    matching.settle()
    best, second = matching.shortlist(silent)["items"]
    assert (best["supplier_id"], part(best, "activity")["value"]) == (grower.company_id, 1.0)
    assert second["supplier_id"] == carrier.company_id


def test_a_town_across_the_border_counts_by_its_distance_once_it_is_known(matching: Matching) -> None:
    near = a_company(place=Place(department="25", municipality="25754"))
    far = a_company(name="Otra", place=Place(department="25", municipality="25530"))
    need = a_need(ANCHOR, place=Place(department="11", municipality="11001"))
    matching.hear(ANCHOR, near, far, an_offering(near), an_offering(far), need)
    matching.settle()
    before = scores(matching, need)
    assert before[near.company_id] == before[far.company_id]
    load_list(matching.store, read_list(DIVIPOLA.encode()), TODAY)
    matching.settle()
    after = scores(matching, need)
    assert after[near.company_id] > after[far.company_id] >= before[far.company_id] - 0.1
    assert matching.suppliers(need) == [near.company_id, far.company_id]
