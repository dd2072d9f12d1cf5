"""From the catalog's events to shortlists, opportunities and the events that others hear."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest

from services.matching.engine import assess
from services.matching.store import LeaseLost
from services.matching.usecases.ranking import Ranker
from shared.contracts.catalog import (
    Certification,
    CompanyChanged,
    CompanyWithdrawn,
    NeedChanged,
    NeedClosed,
    OfferingChanged,
    OfferingWithdrawn,
    Quantity,
)
from shared.money import Money
from tests.service.matching.conftest import CLOSES_ON, NARINO, a_company, a_need, an_offering

if TYPE_CHECKING:
    from tests.service.matching.conftest import Matching

ANCHOR = a_company(name="Exportadora del Valle S. A.", roles=["anchor"])


def changed(payload: object, kind: type, **fields: object) -> object:
    return kind(**{**msgspec.structs.asdict(payload), **fields})


def test_a_need_gets_a_shortlist_with_score_parts_verdicts_and_reasons(matching: Matching) -> None:
    good = a_company(certifications=[Certification(standard="GlobalG.A.P.", expires_on=CLOSES_ON)])
    far = a_company(name="Aguacates de Nariño", place=NARINO)
    other = a_company(name="Papelería Central")
    need = a_need(ANCHOR, required_certifications=["Global GAP"])
    matching.hear(
        *(ANCHOR, good, far, other, need),
        *(an_offering(good), an_offering(far), an_offering(other, title="Resmas de papel carta")),
    )
    matching.settle()
    shown = matching.shortlist(need)
    assert [item["supplier_id"] for item in shown["items"]] == [good.company_id, far.company_id]
    best = shown["items"][0]
    assert best["rank"] == 1
    assert abs(sum(part["points"] for part in best["parts"]) - best["score"]) < 1e-6
    assert best["verdicts"][0]["outcome"] == "met"
    assert best["reasons"][0].startswith("Ofrece aguacate Hass tipo exportación con Global GAP vigente")
    unknown = shown["items"][1]["verdicts"][0]
    assert (unknown["outcome"], unknown["reason"]) == ("unknown", "not_stated")


def test_the_supplier_sees_the_need_with_the_score_that_the_anchor_sees(matching: Matching) -> None:
    supplier = a_company()
    need = a_need(ANCHOR, minimum_capacity=Quantity(amount=20, unit="t"))
    offering = an_offering(supplier, capacity_per_month=Quantity(amount=25_000, unit="kg"))
    matching.hear(ANCHOR, supplier, offering, need)
    matching.settle()
    seen_by_anchor = matching.shortlist(need)["items"][0]
    (seen_by_supplier,) = matching.opportunities(supplier)
    for field in ("match_id", "score", "parts", "verdicts", "reasons"):
        assert seen_by_supplier[field] == seen_by_anchor[field]
    assert seen_by_supplier["anchor_name"] == ANCHOR.name
    alone = matching.call("GET", f"/opportunities/{need.need_id}", supplier.company_id, "supplier")
    assert alone.json == seen_by_supplier


def test_an_opportunity_is_shown_alone_only_to_whom_it_may_be_matched_with(matching: Matching) -> None:
    supplier, other, need = a_company(), a_company(), a_need(ANCHOR)
    unrelated = an_offering(other, title="Resmas de papel carta")
    matching.hear(ANCHOR, supplier, other, an_offering(supplier), unrelated, need)
    matching.settle()
    path = f"/opportunities/{need.need_id}"
    statuses = [
        matching.call("GET", path, each.company_id, "supplier").status_code for each in (supplier, other)
    ]
    assert statuses == [200, 404]
    matching.call("PUT", f"/blocks/{supplier.company_id}", ANCHOR.company_id, "anchor")
    assert matching.call("GET", path, supplier.company_id, "supplier").json["code"] == "no_opportunity"


def test_a_shortlist_names_the_version_of_the_need_that_it_was_made_from(matching: Matching) -> None:
    need = a_need(ANCHOR)
    matching.hear(ANCHOR, need, sequence=2)
    matching.settle()
    matching.hear(changed(need, NeedChanged, description="Para exportar"), sequence=3)
    assert matching.shortlist(need)["need_version"] == 2
    matching.settle()
    assert matching.shortlist(need)["need_version"] == 3


def test_who_lacks_something_mandatory_is_shown_apart_with_what_it_lacks(matching: Matching) -> None:
    small = a_company()
    need = a_need(ANCHOR, minimum_capacity=Quantity(amount=20, unit="t"))
    offering = an_offering(small, capacity_per_month=Quantity(amount=12, unit="t"))
    matching.hear(ANCHOR, small, offering, need)
    matching.settle()
    assert matching.suppliers(need) == []
    (almost,) = matching.shortlist(need, "?almost=true")["items"]
    assert almost["reasons"][0].endswith("; le falta capacidad: 12 t de 20 t al mes.")


def test_reasons_come_in_english_for_who_reads_english(matching: Matching) -> None:
    supplier, need = a_company(), a_need(ANCHOR)
    matching.hear(ANCHOR, supplier, an_offering(supplier), need)
    matching.settle()
    answer = matching.call(
        "GET", f"/needs/{need.need_id}/shortlist", ANCHOR.company_id, "anchor",
        headers={"Accept-Language": "en"},
    )  # fmt: skip
    assert answer.json["items"][0]["reasons"] == [
        "Offers aguacate Hass tipo exportación and works in Antioquia."
    ]


def test_a_large_budget_is_read_as_it_was_written(matching: Matching) -> None:
    supplier, need = a_company(), a_need(ANCHOR, budget=Money(600_000_000_000, "COP"))
    matching.hear(ANCHOR, supplier, an_offering(supplier), need)
    matching.settle()
    (item,) = matching.shortlist(need)["items"]
    (verdict,) = [each for each in item["verdicts"] if each["requirement"] == "budget"]
    assert verdict["asked"] == {"amount": 600_000_000_000, "currency": "COP"}


def test_an_older_event_that_comes_late_changes_nothing(matching: Matching) -> None:
    supplier, need = a_company(), a_need(ANCHOR)
    offering = an_offering(supplier)
    matching.hear(ANCHOR, supplier, need)
    matching.hear(changed(offering, OfferingChanged, title="Resmas de papel"), sequence=2)
    matching.hear(offering, sequence=1)
    matching.settle()
    assert matching.suppliers(need) == []


def test_an_offering_that_changes_enters_and_leaves_the_shortlist(matching: Matching) -> None:
    supplier, need = a_company(), a_need(ANCHOR)
    offering = an_offering(supplier, title="Resmas de papel")
    matching.hear(ANCHOR, supplier, offering, need)
    matching.settle()
    assert matching.suppliers(need) == []
    matching.hear(changed(offering, OfferingChanged, title="Aguacate Hass"), sequence=2)
    matching.settle()
    assert matching.suppliers(need) == [supplier.company_id]
    matching.hear(
        OfferingWithdrawn(offering_id=offering.offering_id, company_id=supplier.company_id), sequence=3
    )
    matching.settle()
    assert matching.suppliers(need) == []
    assert matching.opportunities(supplier) == []


def test_a_company_that_leaves_is_out_of_the_shortlists(matching: Matching) -> None:
    supplier, need = a_company(), a_need(ANCHOR)
    matching.hear(ANCHOR, supplier, an_offering(supplier), need)
    matching.settle()
    matching.hear(CompanyWithdrawn(company_id=supplier.company_id), sequence=2)
    matching.settle()
    assert matching.suppliers(need) == []


def test_a_company_is_never_matched_with_itself_or_its_group(matching: Matching) -> None:
    anchor = a_company(name="Exportadora", roles=["anchor", "supplier"])
    sister = a_company(name="Hermana", group="Grupo Verde")
    need = a_need(anchor)
    matching.hear(anchor, sister, an_offering(anchor), an_offering(sister), need)
    matching.settle()
    assert matching.suppliers(need) == [sister.company_id]
    matching.hear(changed(anchor, CompanyChanged, group="  GRUPO verde"), sequence=2)
    matching.settle()
    assert matching.suppliers(need) == []
    assert matching.opportunities(sister) == []


def test_a_closed_need_is_no_opportunity_and_keeps_its_shortlist(matching: Matching) -> None:
    supplier, need = a_company(), a_need(ANCHOR)
    matching.hear(ANCHOR, supplier, an_offering(supplier), need)
    matching.settle()
    closed = NeedClosed(need_id=need.need_id, company_id=ANCHOR.company_id, status="awarded")
    matching.hear(closed, sequence=2)
    matching.settle()
    assert matching.opportunities(supplier) == []
    assert matching.suppliers(need) == [supplier.company_id]


def test_a_need_whose_day_is_over_is_no_opportunity(matching: Matching) -> None:
    supplier, need = a_company(), a_need(ANCHOR, closes_on=CLOSES_ON - timedelta(days=62))
    matching.hear(ANCHOR, supplier, an_offering(supplier), need)
    matching.settle()
    assert matching.opportunities(supplier) == []


def test_others_hear_of_a_shortlist_only_when_its_top_changed(matching: Matching) -> None:
    first, second, need = a_company(), a_company(name="Segunda"), a_need(ANCHOR)
    matching.hear(ANCHOR, first, an_offering(first), need)
    matching.settle()
    matching.hear(second, an_offering(second, title="Aguacate Hass y otras frutas de temporada"))
    matching.settle()
    matching.hear(a_company(name="Tercera"))
    matching.settle()
    heard = matching.published("matching.shortlist_updated")
    assert [event["entered"] for event in heard] == [[first.company_id], [second.company_id]]
    assert heard[1]["entries"][0]["supplier_name"] == first.name


def test_a_need_that_came_first_is_weighed_anew_as_the_market_grows(matching: Matching) -> None:
    need = a_need(ANCHOR)
    matching.hear(ANCHOR, need)
    matching.settle()
    for number in range(15):
        supplier = a_company(name=f"Finca {number}")
        matching.hear(supplier, an_offering(supplier, title=f"Aguacate Hass lote {number}"))
        matching.settle()
    kept = matching.store.shortlists([need.need_id])[need.need_id]
    assert kept.profile.corpus >= 13
    assert len(kept.matches) == 15


def test_one_supplier_s_change_gives_the_shortlist_that_a_new_ranking_gives(matching: Matching) -> None:
    need = a_need(ANCHOR)
    suppliers = [a_company(name=f"Finca {number}") for number in range(60)]
    offerings = [
        an_offering(supplier, title=f"Aguacate {'Hass ' * (1 + number % 3)}{'fruta ' * (number % 7)}")
        for number, supplier in enumerate(suppliers)
    ]
    matching.hear(ANCHOR, need, *suppliers, *offerings)
    matching.settle()
    best, worst = matching.suppliers(need, "?limit=50")[0], matching.suppliers(need, "?limit=50")[-1]
    mine = {offering.company_id: offering for offering in offerings}
    outside = next(iter({s.company_id for s in suppliers} - set(matching.suppliers(need, "?limit=50"))))
    for sequence, (company_id, title) in enumerate(
        [(outside, "Aguacates Hass"), (worst, "Aguacate Hass de compra"), (best, "Papel")], start=2
    ):
        matching.hear(changed(mine[company_id], OfferingChanged, title=title), sequence=sequence)
        matching.settle()
        profile = matching.ranker.lists.book.profile(need.need_id)
        found = {
            supplier.company_id: assess(matching.ranker.lists.book.need(need.need_id), profile, supplier)
            for supplier in matching.store.suppliers([s.company_id for s in suppliers]).values()
        }
        scores = sorted((match.score for match in found.values() if match), reverse=True)[:50]
        assert [item["score"] for item in matching.shortlist(need, "?limit=100")["items"]] == scores
        assert len(scores) == 50


def test_a_crash_between_the_copy_and_the_ranking_loses_nothing(matching: Matching) -> None:
    supplier, need = a_company(), a_need(ANCHOR)
    matching.hear(ANCHOR, supplier, need)
    matching.settle()
    matching.hear(an_offering(supplier))
    matching.ranker._collect(matching.store)
    matching.ranker = Ranker()
    matching.settle()
    assert matching.suppliers(need) == [supplier.company_id]


def test_the_index_is_rebuilt_from_the_database(matching: Matching) -> None:
    supplier, need = a_company(), a_need(ANCHOR)
    matching.hear(ANCHOR, supplier, an_offering(supplier), need)
    matching.settle()
    matching.ranker = Ranker()
    late = a_company(name="Otra")
    matching.hear(late, an_offering(late))
    matching.settle()
    assert set(matching.suppliers(need)) == {supplier.company_id, late.company_id}
    assert matching.shortlist(need)["version"] == 2


def finish(ranker: Ranker, matching: Matching) -> None:
    while ranker._work(matching.store):
        pass


def test_what_a_worker_that_lost_its_needs_meant_to_write_is_refused(matching: Matching) -> None:
    supplier, need = a_company(), a_need(ANCHOR)
    matching.hear(ANCHOR, supplier, an_offering(supplier), need)
    first = matching.ranker
    while first._current is None:
        first(matching.store)
    matching.ranker = Ranker()
    matching.settle()
    version = matching.shortlist(need)["version"]
    with pytest.raises(LeaseLost):
        finish(first, matching)
    assert matching.shortlist(need)["version"] == version == 1


def test_a_thousand_events_are_copied_with_a_handful_of_writes(matching: Matching) -> None:
    companies = [a_company(name=f"Empresa {n}") for n in range(500)]
    matching.hear(*companies, *(an_offering(company) for company in companies))
    assert matching.store.db.changes.count_documents({}) == 1
    matching.settle()
    assert len(matching.ranker.index) == 500
