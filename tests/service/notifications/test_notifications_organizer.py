"""What the organizer of a round hears, and what both sides hear of the organizer's word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from services.notifications.model import Wording
from services.notifications.texts import write
from shared.contracts import rounds
from tests.service.notifications.conftest import NOW

if TYPE_CHECKING:
    from tests.service.notifications.conftest import Town

FACTS: dict[str, Any] = {
    "round_name": "Rueda Textil",
    "company_name": "Tubos",
    "counterpart_id": "andino",
    "counterpart_name": "Andino",
    "starts_at": NOW,
    "time_zone": "America/Bogota",
}


@pytest.fixture
def all_three(town: Town) -> Town:
    """Ana acts for the supplier, Berta for the anchor; Olga, who organizes, for nobody."""
    town.person("ana", "tubos")
    town.person("berta", "andino", "en")
    town.account("olga")
    return town


def dispute(**fields: Any) -> rounds.AttendanceDisputed:
    ids = {"meeting_id": "m1", "round_id": "round", "company_id": "tubos", "organizer_id": "olga"}
    return rounds.AttendanceDisputed(**{**ids, **FACTS, **fields})


def decided(present: bool) -> rounds.AttendanceRecorded:
    return rounds.AttendanceRecorded(
        meeting_id="m1", round_id="round", company_id="tubos", present=present, held=present,
        recorded_by="olga", decision=rounds.Decision(**FACTS),
    )  # fmt: skip


def left(cause: str) -> rounds.RegistrationWithdrawn:
    return rounds.RegistrationWithdrawn(
        registration_id="r1", round_id="round", round_name="Rueda Textil", company_id="tubos",
        side="supplier", reason="Cerramos", cause=cause, company_name="Tubos", organizer_id="olga",
        cancelled_meetings=2,
    )  # fmt: skip


def text_of(town: Town, name: str, language: str = "es") -> str:
    row = town.store.db.messages.find_one({"account_id": name}, sort=[("_id", -1)])
    assert row
    return write(row["wording"], row["facts"], language).plain


def test_a_dispute_is_told_to_the_company_and_to_the_organizer(all_three: Town) -> None:
    all_three.happens(dispute())
    all_three.later(seconds=1)
    assert (all_three.told("ana"), all_three.told("olga"), all_three.told("berta")) == (
        ["attendance_disputed"], ["dispute_raised"], [],
    )  # fmt: skip
    assert len(all_three.mails("olga")) == 1
    assert "Andino dice que Tubos no llegó" in text_of(all_three, "olga")


def test_an_organizer_who_is_not_known_yet_is_told_later(town: Town) -> None:
    town.happens(dispute())
    town.later(seconds=1)
    town.account("olga")
    town.later(hours=2)
    assert town.told("olga") == ["dispute_raised"]


@pytest.mark.parametrize(("present", "said"), [(True, "sí asistió"), (False, "no asistió")])
def test_what_the_organizer_decides_is_told_to_both(all_three: Town, present: bool, said: str) -> None:
    all_three.happens(dispute(), decided(present))
    all_three.later(seconds=1)
    assert (all_three.told("ana"), all_three.told("berta"), all_three.told("olga")) == (
        ["dispute_decided"], ["dispute_decided"], [],
    )  # fmt: skip
    assert f"Tubos {said}" in text_of(all_three, "ana")
    assert "meeting with Tubos" in text_of(all_three, "berta", "en")


def test_a_word_that_decides_nothing_is_told_to_nobody(all_three: Town) -> None:
    plain = rounds.AttendanceRecorded(
        meeting_id="m1", round_id="r", company_id="tubos", present=True, held=False, recorded_by="ana"
    )
    all_three.happens(plain)
    all_three.later(seconds=1)
    assert [all_three.told(name) for name in ("ana", "berta", "olga")] == [[], [], []]


@pytest.mark.parametrize(
    ("cause", "company", "organizer"),
    [
        ("company", [], ["participant_left"]),
        ("organizer", ["registration_ended"], []),
        ("directory", ["registration_ended"], ["participant_left"]),
    ],
)
def test_who_did_not_do_it_hears_that_a_company_takes_part_no_longer(
    all_three: Town, cause: str, company: list[str], organizer: list[str]
) -> None:
    all_three.happens(left(cause))
    all_three.later(seconds=1)
    assert (all_three.told("ana"), all_three.told("olga")) == (company, organizer)
    for name in ("ana", "olga"):
        assert not all_three.told(name) or "Motivo: Cerramos" in text_of(all_three, name)


def test_an_organizer_who_wants_no_mail_finds_the_message_all_the_same(all_three: Town) -> None:
    all_three.store.save_preferences("olga", 0, [Wording.DISPUTE_RAISED.kind])
    all_three.happens(dispute())
    all_three.later(seconds=1)
    assert (all_three.told("olga"), all_three.mails("olga")) == (["dispute_raised"], [])
