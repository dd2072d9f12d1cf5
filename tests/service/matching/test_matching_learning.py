"""Feedback from decisions and rounds becomes a version of the weights, which can be rolled back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from services.matching import fit
from services.matching.engine.text import stem_of
from services.matching.usecases.learning import preferences
from shared.contracts.catalog import Place
from shared.contracts.rounds import (
    ExpectedDeal,
    OutcomeRecorded,
    RequestAccepted,
    RequestDeclined,
    SaleRecorded,
)
from shared.money import Money
from shared.store import new_id
from tests.service.matching.conftest import a_company, a_need, an_offering
from tests.service.matching.test_matching_context import a_meeting

if TYPE_CHECKING:
    from shared.contracts.catalog import CompanyRegistered, NeedPublished
    from tests.conftest import MakeConfig
    from tests.service.matching.conftest import Matching

ANCHOR = a_company(name="Exportadora del Valle S. A.", roles=["anchor"])
NARINO = Place(department="52")


@pytest.fixture
def run(config: MakeConfig, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    made = config("matching")
    monkeypatch.setenv("ENCADENA_MONGO_URL", made.mongo_url)
    monkeypatch.setenv("ENCADENA_BUS_URL", made.bus_url)
    monkeypatch.setenv("ENCADENA_PORTAL_URL", made.portal_url)
    monkeypatch.setenv("ENCADENA_DATABASE_PREFIX", made.database_prefix)

    def call(*arguments: str) -> Any:
        assert fit.main(list(arguments)) == 0
        return json.loads(capsys.readouterr().out.splitlines()[-1])

    return call


def a_request(need: NeedPublished, supplier: CompanyRegistered) -> dict[str, Any]:
    return {
        "request_id": new_id(),
        "round_id": "r",
        "round_name": "Rueda",
        "from_company_id": need.company_id,
        "from_company_name": "A",
        "to_company_id": supplier.company_id,
        "to_company_name": "B",
        "need_id": need.need_id,
    }


@pytest.fixture
def market(matching: Matching) -> tuple[CompanyRegistered, CompanyRegistered, list[NeedPublished]]:
    """One has the right words and is far, one fewer words and is near; people want the near one."""
    far = a_company(name="Lejos", place=NARINO)
    near = a_company(name="Cerca")
    needs = [a_need(ANCHOR, title="Aguacate Hass de exportación") for _ in range(60)]
    offered = an_offering(far, title="Aguacate Hass exportación"), an_offering(near, title="Aguacate")
    matching.hear(ANCHOR, far, near, *offered, *needs)
    matching.settle()
    for need in needs:
        matching.hear(RequestAccepted(**a_request(need, near)), RequestDeclined(**a_request(need, far)))
    return far, near, needs


def test_what_people_did_changes_the_ranking_and_can_be_rolled_back(
    matching: Matching, run: Any, market: tuple[CompanyRegistered, CompanyRegistered, list[NeedPublished]]
) -> None:
    far, near, needs = market
    need = needs[0]
    before = {each["supplier_id"]: each["score"] for each in matching.shortlist(need)["items"]}
    said = run()
    assert (said["version"], said["changed"]) == (1, True)
    matching.settle()
    after = {each["supplier_id"]: each["score"] for each in matching.shortlist(need)["items"]}
    assert after[near.company_id] - after[far.company_id] > before[near.company_id] - before[far.company_id]
    seen = matching.opportunities(near)[0]
    (asked,) = [each for each in needs if each.need_id == seen["need_id"]]
    listed = {each["supplier_id"]: each["score"] for each in matching.shortlist(asked)["items"]}
    assert seen["score"] == listed[near.company_id]
    assert run("--use", "0") == {"in_use": 0}
    matching.settle()
    assert {each["supplier_id"]: each["score"] for each in matching.shortlist(need)["items"]} == before
    kept = run("--list")
    assert (kept["in_use"], [each["_id"] for each in kept["versions"]]) == (0, [1])


def test_without_feedback_the_shipped_weights_stay(matching: Matching, run: Any) -> None:
    assert run() == {
        "pairs": 0, "held_out_pairs": 0, "before": 0.0, "after": 0.0, "version": 0, "changed": False
    }  # fmt: skip


def test_an_unknown_version_is_refused(matching: Matching, run: Any) -> None:
    assert fit.main(["--use", "7"]) == 2


def an_outcome(company: CompanyRegistered, meeting: str, value: int) -> OutcomeRecorded:
    deal = ExpectedDeal(value=Money(value, "COP"), probability=50, horizon_months=6)
    return OutcomeRecorded(
        meeting_id=meeting, round_id="r", company_id=company.company_id, counterpart_id=ANCHOR.company_id,
        interest="high", expected=deal, recorded_by="x",
    )  # fmt: skip


def preferred(matching: Matching) -> set[tuple[float, float, float]]:
    """Of each pair the place value of the better and the worse one, rounded, and the pair's weight."""
    learned, held = preferences(matching.store)
    return {
        (round(pair.better["place"], 1), round(pair.worse["place"], 1), round(pair.weight, 3))
        for pair in (*learned, *held)
    }


def test_a_meeting_counts_more_the_further_it_went_and_the_more_is_expected(matching: Matching) -> None:
    need = a_need(ANCHOR)
    near, served, far = a_company(), a_company(place=NARINO, regions_served=["CO"]), a_company(place=NARINO)
    matching.hear(ANCHOR, near, served, far, need, *(an_offering(each) for each in (near, served, far)))
    matching.settle()
    matching.hear(*(RequestAccepted(**a_request(need, each)) for each in (near, served, far)))
    assert preferred(matching) == set()
    matching.hear(an_outcome(near, "m1", 1_000), an_outcome(served, "m2", 4_000))
    # An accepted request is 2.5 and an expected deal 4, to which its share of the largest one is added.
    assert preferred(matching) == {(0.5, 1.0, 0.75), (1.0, 0.0, 1.75), (0.5, 0.0, 2.5)}
    matching.decide(need, served.company_id, "dismiss")
    assert {pair[:2] for pair in preferred(matching)} == {(1.0, 0.5), (1.0, 0.0), (0.0, 0.5)}


def test_a_sale_counts_most(matching: Matching) -> None:
    near, far, need = a_company(), a_company(place=NARINO), a_need(ANCHOR)
    matching.hear(ANCHOR, near, far, an_offering(near), an_offering(far), need)
    matching.settle()
    matching.hear(*(RequestAccepted(**a_request(need, each)) for each in (near, far)))
    sale = SaleRecorded(
        meeting_id="m2", round_id="r", buyer_id=ANCHOR.company_id, supplier_id=far.company_id,
        sold=Money(5, "COP"), recorded_by="x",
    )  # fmt: skip
    matching.hear(an_outcome(near, "m1", 5), sale)
    ((better, worse, _),) = preferred(matching)
    assert (better, worse) == (0.0, 1.0)


def test_what_came_of_a_need_is_what_is_learned_and_not_what_it_is_learned_from(matching: Matching) -> None:
    near, far, need = a_company(), a_company(place=NARINO), a_need(ANCHOR)
    matching.hear(ANCHOR, near, far, an_offering(near, title="Aguacate"), an_offering(far), need)
    matching.settle()

    def values(supplier: CompanyRegistered) -> dict[str, float]:
        items = {each["supplier_id"]: each for each in matching.shortlist(need)["items"]}
        return {part["name"]: part["value"] for part in items[supplier.company_id]["parts"]}

    before = values(near)
    request, meeting, attendance = a_meeting(need, near)
    matching.hear(request, meeting, RequestDeclined(**a_request(need, far)))
    matching.hear(attendance, sequence=2)
    matching.settle()
    assert values(near)["history"] == 0.4
    assert values(near)["text"] > before["text"]
    ((better, _, _),) = (pair for pairs in preferences(matching.store) for pair in pairs)
    assert "history" not in better
    words = matching.store.profiles([need.need_id])[need.need_id].terms
    assert better["text"] == pytest.approx(words[stem_of("aguacate")])
    assert better["text"] < values(near)["text"]


def test_what_the_anchor_itself_sold_speaks_for_nobody(matching: Matching) -> None:
    customer, other, need = a_company(), a_company(place=NARINO), a_need(ANCHOR)
    matching.hear(ANCHOR, customer, other, an_offering(customer), an_offering(other), need)
    matching.hear(*(RequestAccepted(**a_request(need, each)) for each in (customer, other)))

    def sale(buyer: CompanyRegistered, seller: CompanyRegistered) -> SaleRecorded:
        return SaleRecorded(
            meeting_id=new_id(), round_id="r", buyer_id=buyer.company_id, supplier_id=seller.company_id,
            sold=Money(5, "COP"), recorded_by="x",
        )  # fmt: skip

    matching.hear(sale(customer, ANCHOR))
    matching.settle()
    for item in matching.shortlist(need)["items"]:
        assert "history" not in {part["name"] for part in item["parts"]}
    assert preferred(matching) == set()
    matching.hear(sale(ANCHOR, customer))
    matching.settle()
    best = matching.shortlist(need)["items"][0]
    assert "ya le vendió a la empresa compradora" in best["reasons"][0]
    assert {pair[:2] for pair in preferred(matching)} == {(1.0, 0.0)}
