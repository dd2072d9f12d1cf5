"""Who is told: the address book, people who come late, people who leave."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from shared.contracts import catalog, portal
from tests.service.notifications.conftest import NOW, request

if TYPE_CHECKING:
    from tests.service.notifications.conftest import Town


def test_whoever_acts_for_the_company_is_told_in_the_app_and_by_mail(town: Town) -> None:
    town.person("ana", "tubos")
    town.person("luis", "tubos")
    town.person("berta", "andino")
    town.happens(request())
    town.later(seconds=1)
    assert town.told("ana") == town.told("luis") == ["meeting_requested"]
    assert town.told("berta") == []
    assert len(town.mails("ana")) == 1


def test_an_event_that_comes_twice_is_told_once(town: Town) -> None:
    town.person("ana", "tubos")
    town.happens(request(), sequence=1)
    town.happens(request(), sequence=1)
    town.later(seconds=1)
    assert town.told("ana") == ["meeting_requested"]


def test_a_person_whose_membership_comes_after_the_notice_is_told(town: Town) -> None:
    town.happens(request())
    town.later(seconds=1)
    town.account("ana")
    town.later(minutes=30)
    assert town.told("ana") == []
    town.member("ana", "tubos")
    town.later(seconds=0)
    assert town.told("ana") == ["meeting_requested"]


def test_a_person_whose_account_comes_after_the_membership_is_told(town: Town) -> None:
    town.member("ana", "tubos")
    town.happens(request())
    town.later(seconds=1)
    town.account("ana")
    town.later(seconds=0)
    assert town.told("ana") == ["meeting_requested"]


def test_a_colleague_who_comes_within_the_hour_is_told_and_the_first_not_again(town: Town) -> None:
    town.person("ana", "tubos")
    town.happens(request())
    town.later(seconds=1)
    town.person("luis", "tubos")
    town.later(seconds=0)
    assert town.told("luis") == town.told("ana") == ["meeting_requested"]


def test_a_colleague_who_comes_the_next_day_is_not_told_old_news(town: Town) -> None:
    town.person("ana", "tubos")
    town.happens(request())
    town.later(seconds=1)
    town.later(days=1)
    town.person("luis", "tubos")
    town.later(seconds=0)
    assert town.told("luis") == []


def test_nobody_is_told_after_a_week(town: Town) -> None:
    town.happens(request())
    town.later(days=8)
    town.person("ana", "tubos")
    town.later(days=1)
    assert town.told("ana") == []


def test_an_older_copy_of_an_account_changes_nothing(town: Town) -> None:
    def account(email: str) -> portal.AccountChanged:
        return portal.AccountChanged(account_id="ana", email=email, name="Ana", language="es")

    town.happens(account("new@mail.example"), sequence=5)
    town.happens(account("old@mail.example"), sequence=4)
    kept = town.store.account("ana")
    assert kept is not None
    assert kept["email"] == "new@mail.example"


def test_a_revoked_member_is_told_no_more_and_sees_no_more(town: Town) -> None:
    town.person("ana", "tubos")
    town.happens(request(1))
    town.later(seconds=1)
    town.happens(portal.MembershipRevoked(membership_id="ana-tubos", account_id="ana", company_id="tubos"))
    town.happens(request(2))
    town.later(days=1)
    assert town.told("ana") == []
    assert town.mails("ana") == []


def test_a_revocation_that_comes_before_the_grant_holds(town: Town) -> None:
    membership = {"membership_id": "m", "account_id": "ana", "company_id": "tubos"}
    town.account("ana")
    town.happens(portal.MembershipRevoked(**membership), sequence=2)
    town.happens(portal.MembershipGranted(**membership), sequence=1)
    town.happens(request())
    town.later(seconds=1)
    assert town.told("ana") == []


def test_nothing_is_kept_of_an_erased_person(town: Town) -> None:
    town.person("ana", "tubos")
    town.happens(request())
    town.later(seconds=1)
    town.store.save_preferences("ana", 0, ["agenda"])
    sign_in = portal.SignInRequested(
        account_id="ana",
        email="ana@mail.example",
        name="Ana",
        language="es",
        link="https://portal.example/secret",
        expires_at=NOW + timedelta(minutes=15),
    )
    town.happens(sign_in)
    town.happens(portal.AccountErased(account_id="ana"))
    for name in ("messages", "deliveries", "preferences", "memberships"):
        assert town.store.db[name].count_documents({}) == 0
    assert list(town.store.db.accounts.find({}, {"_id": 0, "sequence": 0})) == [{}]


def test_a_late_copy_does_not_bring_an_erased_person_back(town: Town) -> None:
    account = {"account_id": "ana", "email": "ana@mail.example", "name": "Ana", "language": "es"}
    town.happens(portal.AccountErased(account_id="ana"), sequence=9)
    town.happens(portal.AccountChanged(**account), sequence=8)
    assert town.store.account("ana") is None


def test_a_hundred_companies_are_copied_in_one_batch_and_the_newest_name_stays(town: Town) -> None:
    town.happens(
        *[
            catalog.CompanyRegistered(company_id=f"c{n}", name=f"Empresa {n}", roles=["supplier"])
            for n in range(100)
        ]
    )
    town.happens(
        catalog.CompanyChanged(company_id="c1", name="$Uno", roles=["supplier"]),
        catalog.CompanyWithdrawn(company_id="c2"),
    )
    names = town.store.company_names([f"c{n}" for n in range(100)])
    assert len(names) == 99
    assert names["c1"] == "$Uno"
