"""Needs over HTTP, on a real database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Thread

from services.catalog.usecases.needs import close_overdue_needs
from shared.contracts.catalog import NeedChanged, NeedClosed, NeedPublished
from shared.money import Money
from tests.service.catalog.conftest import Catalog, a_need


def test_an_open_need_is_seen_and_told_with_all_its_data(catalog: Catalog) -> None:
    owner = catalog.company()
    need_id = catalog.need(owner)
    shown = catalog.caller().get(f"/needs/{need_id}").get_json()
    assert (shown["status"], shown["company_id"]) == ("open", owner.company_id)
    (event,) = catalog.events(need_id)
    assert isinstance(event.data, NeedPublished)
    assert event.data.budget == Money(6_000_000_000, "COP")
    assert event.data.required_certifications == ["ISO 9001"]
    assert event.sequence == 2


def test_a_need_that_closes_in_the_past_is_refused(catalog: Catalog) -> None:
    answer = catalog.company().post("/needs", a_need(closes_on="2020-01-01", payment_term_days=-1))
    assert answer.status_code == 422
    assert {fault["field"]: fault["code"] for fault in answer.get_json()["faults"]} == {
        "closes_on": "closes_in_the_past",
        "payment_term_days": "out_of_range",
    }


def test_what_a_need_prefers_is_told_and_what_cannot_be_is_refused(catalog: Catalog) -> None:
    owner = catalog.company()
    wishes = {"delivery_days": 15, "preferred_sizes": ["micro", "small", "micro"], "ciiu": ["A0122", "0122"]}
    need_id = owner.post("/needs", a_need(**wishes)).get_json()["id"]
    owner.post(f"/needs/{need_id}/publish")
    told = catalog.events(need_id)[-1].data
    assert isinstance(told, NeedPublished)
    assert (told.delivery_days, told.preferred_sizes, told.ciiu) == (15, ["micro", "small"], ["0122"])
    wrong = {"delivery_days": -1, "preferred_sizes": ["enorme"], "ciiu": ["12"]}
    faults = owner.post("/needs", a_need(**wrong)).get_json()["faults"]
    assert {fault["field"] for fault in faults} == {"delivery_days", "preferred_sizes.0", "ciiu.0"}


def test_a_draft_whose_date_has_passed_can_not_be_opened(catalog: Catalog) -> None:
    owner = catalog.company()
    need_id = owner.post("/needs", a_need()).get_json()["id"]
    catalog.store.db.needs.update_one({"_id": need_id}, {"$set": {"data.closes_on": "2020-01-01"}})
    assert owner.post(f"/needs/{need_id}/publish").get_json()["code"] == "closes_in_the_past"


def test_a_change_of_an_open_need_is_told(catalog: Catalog) -> None:
    owner = catalog.company()
    need_id = catalog.need(owner)
    assert owner.put(f"/needs/{need_id}", a_need(title="Otra dotación"), 2).status_code == 200
    event = catalog.events(need_id)[-1]
    assert isinstance(event.data, NeedChanged)
    assert (event.data.title, event.sequence) == ("Otra dotación", 3)


def test_a_need_is_closed_and_awarded_to_a_supplier(catalog: Catalog) -> None:
    owner, supplier = catalog.company(), catalog.company()
    need_id = catalog.need(owner)
    assert owner.post(f"/needs/{need_id}/close").get_json()["status"] == "closed"
    body = {"company_id": supplier.company_id}
    answer = owner.post(f"/needs/{need_id}/award", body)
    assert (answer.get_json()["status"], answer.get_json()["awarded_to"]) == (
        "awarded",
        supplier.company_id,
    )
    closed = [event.data for event in catalog.events(need_id)[1:]]
    assert all(isinstance(data, NeedClosed) for data in closed)
    assert [data.status for data in closed if isinstance(data, NeedClosed)] == ["closed", "awarded"]
    assert owner.post(f"/needs/{need_id}/cancel").status_code == 409


def test_a_need_is_not_awarded_to_nobody_or_to_one_who_is_no_supplier(catalog: Catalog) -> None:
    owner, anchor = catalog.company(), catalog.company(roles=["anchor"])
    need_id = catalog.need(owner)
    assert owner.post(f"/needs/{need_id}/award", {}).status_code == 422
    assert owner.post(f"/needs/{need_id}/award", {"company_id": "nobody"}).status_code == 404
    answer = owner.post(f"/needs/{need_id}/award", {"company_id": anchor.company_id})
    assert answer.get_json()["code"] == "company_without_role"


def test_a_cancelled_draft_is_told_to_nobody(catalog: Catalog) -> None:
    owner = catalog.company()
    need_id = owner.post("/needs", a_need()).get_json()["id"]
    assert owner.post(f"/needs/{need_id}/cancel").get_json()["status"] == "cancelled"
    assert catalog.told(need_id) == []


def test_another_company_neither_changes_nor_ends_a_need(catalog: Catalog) -> None:
    owner, other = catalog.company(), catalog.company()
    need_id = catalog.need(owner)
    assert other.put(f"/needs/{need_id}", a_need(), 2).status_code == 403
    for step in ("close", "cancel"):
        assert other.post(f"/needs/{need_id}/{step}").status_code == 403
    award = {"company_id": other.company_id}
    assert other.post(f"/needs/{need_id}/award", award).status_code == 403


def test_needs_are_closed_when_their_day_is_over(catalog: Catalog) -> None:
    owner = catalog.company()
    need_id = catalog.need(owner)
    later_id = catalog.need(owner, closes_on="2990-01-01")
    assert close_overdue_needs(catalog.store, datetime.now(UTC)) == 0
    assert close_overdue_needs(catalog.store, datetime.now(UTC) + timedelta(days=32)) == 1
    assert catalog.told(need_id)[-1] == "catalog.need_closed"
    assert owner.get(f"/needs/{need_id}").get_json()["status"] == "closed"
    assert owner.get(f"/needs/{later_id}").get_json()["status"] == "open"
    assert [item["id"] for item in owner.get("/needs").get_json()["items"]] == [later_id]


def test_of_two_changes_at_once_one_is_kept_and_one_is_stale(catalog: Catalog) -> None:
    owner = catalog.company()
    need_id = catalog.need(owner)
    answers: list[int] = []

    def change(title: str) -> None:
        caller = catalog.caller("anchor", company_id=owner.company_id)
        answers.append(caller.put(f"/needs/{need_id}", a_need(title=title), 2).status_code)

    threads = [Thread(target=change, args=(title,)) for title in ("Una", "Otra")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200, 412]
    assert catalog.told(need_id) == ["catalog.need_published", "catalog.need_changed"]
