"""What anchors and suppliers say of a match, and who may say it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from services.matching.model.decisions import match_id_of
from shared.contracts.catalog import NeedClosed
from shared.store import new_id
from tests.service.matching.conftest import CLOSES_ON, a_company, a_need, an_offering

if TYPE_CHECKING:
    from shared.contracts.catalog import CompanyRegistered, NeedPublished
    from tests.service.matching.conftest import Matching

ANCHOR = a_company(name="Exportadora del Valle S. A.", roles=["anchor"])


@pytest.fixture
def supplier(matching: Matching) -> CompanyRegistered:
    company = a_company()
    matching.hear(ANCHOR, company, an_offering(company))
    return company


@pytest.fixture
def need(matching: Matching, supplier: CompanyRegistered) -> NeedPublished:
    published = a_need(ANCHOR)
    matching.hear(published)
    matching.settle()
    return published


def test_a_shortlisted_candidate_is_marked_and_told_once(
    matching: Matching, need: NeedPublished, supplier: CompanyRegistered
) -> None:
    for _ in range(2):
        answer = matching.decide(need, supplier.company_id, "shortlist")
        assert (answer.status_code, answer.json["by_anchor"]) == (200, "shortlisted")
    assert matching.shortlist(need)["items"][0]["decision"]["by_anchor"] == "shortlisted"
    (told,) = matching.published("matching.candidate_shortlisted")
    assert told["match_id"] == match_id_of(need.need_id, supplier.company_id)


def test_a_dismissed_supplier_leaves_at_once_and_stays_away(
    matching: Matching, need: NeedPublished, supplier: CompanyRegistered
) -> None:
    assert matching.decide(need, supplier.company_id, "dismiss").status_code == 200
    assert matching.suppliers(need) == []
    matching.settle()
    assert matching.suppliers(need) == []
    answer = matching.call("GET", f"/needs/{need.need_id}/decisions", need.company_id, "anchor")
    assert [each["by_anchor"] for each in answer.json["items"]] == ["dismissed"]
    assert len(matching.published("matching.candidate_dismissed")) == 1


def test_a_dismissal_can_be_taken_back(
    matching: Matching, need: NeedPublished, supplier: CompanyRegistered
) -> None:
    matching.decide(need, supplier.company_id, "dismiss")
    matching.settle()
    matching.decide(need, supplier.company_id, "shortlist")
    matching.settle()
    assert matching.suppliers(need) == [supplier.company_id]


def say(matching: Matching, need: NeedPublished, supplier: CompanyRegistered, interested: bool) -> None:
    path, body = f"/needs/{need.need_id}/interest", {"interested": interested}
    answer = matching.call("POST", path, supplier.company_id, "supplier", json=body)
    assert answer.status_code == 200, answer.json


def test_who_is_dismissed_sees_the_need_no_more_until_it_is_taken_back(
    matching: Matching, need: NeedPublished, supplier: CompanyRegistered
) -> None:
    matching.decide(need, supplier.company_id, "dismiss")
    assert matching.opportunities(supplier) == []
    path = f"/opportunities/{need.need_id}"
    assert matching.call("GET", path, supplier.company_id, "supplier").status_code == 404
    matching.decide(need, supplier.company_id, "shortlist")
    assert len(matching.opportunities(supplier)) == 1


def test_who_is_not_interested_leaves_the_shortlist_until_it_says_otherwise(
    matching: Matching, need: NeedPublished, supplier: CompanyRegistered
) -> None:
    say(matching, need, supplier, False)
    for _ in range(2):
        assert matching.suppliers(need) == []
        matching.settle()
    # Its own answer stays before its eyes, so that it can be changed.
    assert matching.opportunities(supplier)[0]["decision"]["interested"] is False
    say(matching, need, supplier, True)
    matching.settle()
    assert matching.suppliers(need) == [supplier.company_id]


def test_both_sides_decide_about_the_same_match(
    matching: Matching, need: NeedPublished, supplier: CompanyRegistered
) -> None:
    matching.decide(need, supplier.company_id, "shortlist")
    answer = matching.call(
        "POST", f"/needs/{need.need_id}/interest", supplier.company_id, "supplier",
        json={"interested": True},
    )  # fmt: skip
    assert answer.json["version"] == 2
    (told,) = matching.published("matching.interest_declared")
    assert told["interested"] is True
    (opportunity,) = matching.opportunities(supplier)
    assert opportunity["decision"]["interested"] is True
    assert opportunity["decision"]["by_anchor"] == "shortlisted"


def test_the_decisions_name_those_that_were_dismissed(
    matching: Matching, need: NeedPublished, supplier: CompanyRegistered
) -> None:
    matching.decide(need, supplier.company_id, "dismiss")
    answer = matching.call("GET", f"/needs/{need.need_id}/decisions", need.company_id, "anchor")
    (said,) = answer.json["items"]
    assert (said["by_anchor"], said["supplier_name"]) == ("dismissed", supplier.name)


def test_a_decision_about_a_closed_need_is_refused(
    matching: Matching, need: NeedPublished, supplier: CompanyRegistered
) -> None:
    closed = NeedClosed(need_id=need.need_id, company_id=need.company_id, status="closed")
    matching.hear(closed, sequence=2)
    answer = matching.decide(need, supplier.company_id, "shortlist")
    assert (answer.status_code, answer.json["code"]) == (409, "need_not_open")


def test_a_decision_after_the_closing_day_is_refused(matching: Matching, supplier: CompanyRegistered) -> None:
    over = a_need(ANCHOR, closes_on=CLOSES_ON - timedelta(days=70))
    matching.hear(over)
    answer = matching.decide(over, supplier.company_id, "shortlist")
    assert (answer.status_code, answer.json["code"]) == (409, "need_not_open")


def test_the_need_of_another_company_is_not_for_me(
    matching: Matching, need: NeedPublished, supplier: CompanyRegistered
) -> None:
    paths = {
        "GET": [f"/needs/{need.need_id}/shortlist", f"/needs/{need.need_id}/decisions"],
        "POST": [
            f"/needs/{need.need_id}/candidates/{supplier.company_id}/{what}"
            for what in ("shortlist", "dismiss")
        ],
    }
    for method, addresses in paths.items():
        for path in addresses:
            answer = matching.call(method, path, new_id(), "anchor")
            assert (answer.status_code, answer.json["code"]) == (403, "other_company"), path


def test_an_organizer_reads_any_shortlist(matching: Matching, need: NeedPublished) -> None:
    answer = matching.call("GET", f"/needs/{need.need_id}/shortlist", None, "organizer")
    assert answer.status_code == 200


def test_an_unknown_need_or_supplier_is_not_found(matching: Matching, need: NeedPublished) -> None:
    unknown = a_need(ANCHOR)
    assert matching.decide(unknown, new_id(), "shortlist").status_code == 404
    answer = matching.decide(need, new_id(), "shortlist")
    assert (answer.status_code, answer.json["code"]) == (404, "supplier_unknown")
    path = f"/needs/{unknown.need_id}/shortlist"
    assert matching.call("GET", path, ANCHOR.company_id, "anchor").status_code == 404


def test_an_anchor_is_no_supplier_of_its_own_need(matching: Matching, need: NeedPublished) -> None:
    answer = matching.call(
        "POST", f"/needs/{need.need_id}/interest", need.company_id, "supplier", json={"interested": True}
    )
    assert (answer.status_code, answer.json["code"]) == (409, "own_need")


def test_interest_must_be_said_with_yes_or_no(
    matching: Matching, need: NeedPublished, supplier: CompanyRegistered
) -> None:
    for body in ({}, {"interested": "sí"}, {"interested": None}, {"interested": True, "more": 1}):
        answer = matching.call(
            "POST", f"/needs/{need.need_id}/interest", supplier.company_id, "supplier", json=body
        )
        assert answer.status_code == 422, body


def test_a_supplier_without_a_company_has_no_opportunities(matching: Matching) -> None:
    answer = matching.call("GET", "/opportunities", None, "supplier")
    assert (answer.status_code, answer.json["code"]) == (403, "company_missing")


def test_a_shortlist_is_read_page_by_page(matching: Matching, need: NeedPublished) -> None:
    more = [a_company(name=f"Finca {n}") for n in range(4)]
    matching.hear(*more, *(an_offering(company) for company in more))
    matching.settle()
    seen, query = [], "?limit=2"
    while query:
        page = matching.shortlist(need, query)
        seen += [item["supplier_id"] for item in page["items"]]
        query = f"?limit=2&cursor={page['next_cursor']}" if page["next_cursor"] else ""
    assert len(seen) == len(set(seen)) == page["matches"] == 5
    wrong = matching.call("GET", f"/needs/{need.need_id}/shortlist?cursor=abc", need.company_id, "anchor")
    assert wrong.status_code == 422
