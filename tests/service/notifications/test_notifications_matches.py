"""New matches reach people gathered, once, and not for needs that are closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.contracts import matching

if TYPE_CHECKING:
    from tests.service.notifications.conftest import Town

MATCH = {
    "match_id": "match",
    "need_id": "uniformes",
    "need_title": "Uniformes",
    "anchor_id": "andino",
    "supplier_id": "tubos",
    "decided_by": "berta",
}


def needs_told(town: Town, name: str) -> list[list[tuple[str, int]]]:
    """For each digest that a person got, the needs in it with their number of suppliers."""
    rows = town.store.db.messages.find({"account_id": name}, sort=[("created_at", 1)])
    return [[(need["title"], need["count"]) for need in row["facts"]["needs"]] for row in rows]


def test_updates_of_a_bulk_import_are_one_digest(town: Town) -> None:
    town.person("berta", "andino")
    for number in range(20):
        present = [f"s{n}" for n in range(number + 1)]
        town.shortlist("uniformes", present, [f"s{number}"])
    town.later(minutes=1)
    assert needs_told(town, "berta") == [[("Uniformes", 20)]]
    assert len(town.mails("berta")) == 1


def test_what_comes_up_within_the_hour_waits_for_the_next_digest(town: Town) -> None:
    town.person("berta", "andino")
    town.shortlist("uniformes", ["s1"])
    town.later(minutes=1)
    town.shortlist("uniformes", ["s1", "s2"], ["s2"])
    town.shortlist("botas", ["s3"])
    town.later(minutes=50)
    assert len(needs_told(town, "berta")) == 1
    town.later(minutes=15)
    assert needs_told(town, "berta")[1:] == [[("Botas", 1), ("Uniformes", 1)]]


def test_a_supplier_that_entered_hears_of_the_opportunity_and_who_offers_it(town: Town) -> None:
    town.company("andino", "Grupo Andino")
    town.person("ana", "tubos")
    town.shortlist("uniformes", ["tubos", "otra"])
    town.later(minutes=1)
    assert town.told("ana") == ["new_opportunities"]
    message = town.store.db.messages.find_one({"account_id": "ana"})
    assert message is not None
    assert message["facts"]["needs"][0]["anchor"] == "Grupo Andino"


def test_a_supplier_that_leaves_and_comes_back_is_told_once(town: Town) -> None:
    town.person("ana", "tubos")
    town.person("berta", "andino")
    town.shortlist("uniformes", ["tubos"])
    town.later(minutes=1)
    town.shortlist("uniformes", ["otra"])
    town.shortlist("uniformes", ["tubos", "otra"], ["tubos"])
    town.later(hours=2)
    assert needs_told(town, "ana") == [[("Uniformes", 1)]]
    assert needs_told(town, "berta") == [[("Uniformes", 1)], [("Uniformes", 1)]]


def test_a_supplier_that_was_pushed_out_meanwhile_is_not_told(town: Town) -> None:
    town.person("ana", "tubos")
    town.shortlist("uniformes", ["tubos"])
    town.shortlist("uniformes", ["mejor"], ["mejor"])
    town.later(minutes=1)
    assert town.told("ana") == []


def test_a_closed_need_is_not_told_of(town: Town) -> None:
    town.person("berta", "andino")
    town.shortlist("uniformes", ["tubos"])
    town.need_closes("uniformes")
    town.later(minutes=1)
    assert town.told("berta") == []


def test_a_need_that_closed_before_its_matches_arrived_is_not_told_of(town: Town) -> None:
    town.person("berta", "andino")
    town.need_closes("uniformes")
    town.shortlist("uniformes", ["tubos"])
    town.later(minutes=1)
    assert town.told("berta") == []


def test_what_was_gathered_for_a_company_waits_for_its_first_person(town: Town) -> None:
    town.shortlist("uniformes", ["tubos"])
    town.shortlist("botas", ["tubos"])
    town.later(hours=5)
    town.person("ana", "tubos")
    town.later(minutes=1)
    assert needs_told(town, "ana") == [[("Botas", 1), ("Uniformes", 1)]]


def test_a_supplier_hears_that_an_anchor_wants_to_meet_it(town: Town) -> None:
    town.company("andino", "Grupo Andino")
    town.person("ana", "tubos")
    town.person("berta", "andino")
    town.happens(matching.CandidateShortlisted(**MATCH))
    town.later(seconds=1)
    assert town.told("ana") == ["candidate_shortlisted"]
    assert town.told("berta") == []
    assert town.mails("ana")[0]["facts"]["counterpart"] == "Grupo Andino"


def test_an_anchor_hears_the_last_word_of_a_supplier(town: Town) -> None:
    town.person("berta", "andino")
    town.happens(matching.InterestDeclared(**MATCH, interested=True))
    town.happens(matching.InterestDeclared(**MATCH, interested=False))
    town.later(seconds=1)
    assert town.told("berta") == ["interest_denied"]
