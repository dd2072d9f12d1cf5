"""What people hear of a business round, from the request to the outcome."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from services.notifications.model import Wording
from services.notifications.texts import write
from shared.contracts import rounds
from tests.service.notifications.conftest import NOW, meeting_fields, outcome, request, request_fields

if TYPE_CHECKING:
    from datetime import datetime

    from tests.service.notifications.conftest import Town

IN_THREE_DAYS = NOW + timedelta(days=3)


@pytest.fixture
def both(town: Town) -> Town:
    """Ana acts for the supplier, Berta for the anchor."""
    town.person("ana", "tubos")
    town.person("berta", "andino", "en")
    return town


def scheduled(starts_at: datetime = IN_THREE_DAYS, **changes: Any) -> rounds.MeetingScheduled:
    return rounds.MeetingScheduled(**meeting_fields(starts_at, **changes))


def moved(starts_at: datetime) -> rounds.MeetingMoved:
    return rounds.MeetingMoved(**meeting_fields(starts_at), previous_starts_at=IN_THREE_DAYS)


def cancelled() -> rounds.MeetingCancelled:
    return rounds.MeetingCancelled(**meeting_fields(IN_THREE_DAYS), reason="Viaje")


def test_a_request_goes_to_the_one_and_its_answer_to_the_other(both: Town) -> None:
    both.happens(request())
    both.later(seconds=1)
    both.happens(rounds.RequestAccepted(**request_fields()))
    both.later(seconds=1)
    assert both.told("ana") == ["meeting_requested"]
    assert both.told("berta") == ["request_accepted"]


def test_a_request_that_was_answered_at_once_is_not_mailed_any_more(both: Town) -> None:
    both.happens(request(), rounds.RequestDeclined(**request_fields()))
    both.later(seconds=1)
    assert both.told("ana") == []
    assert both.told("berta") == ["request_declined"]


def test_the_companies_of_an_agenda_hear_of_its_newest_version_alone(both: Town) -> None:
    for version in (1, 2):
        both.happens(
            rounds.AgendaPublished(
                agenda_id=f"agenda-{version}",
                round_id="round",
                round_name="Rueda Textil",
                version=version,
                meetings=1,
                company_ids=["andino", "tubos", "tubos"],
                changes=[rounds.AgendaChange(company_id=c, scheduled=1) for c in ("andino", "tubos")],
            )
        )
    both.later(seconds=1)
    assert both.told("ana") == both.told("berta") == ["agenda_published"]
    assert both.mails("ana")[0]["facts"]["version"] == 2


def test_a_later_version_is_told_to_those_for_whom_something_changes(both: Town) -> None:
    both.happens(
        rounds.AgendaPublished(
            agenda_id="agenda-2",
            round_id="round",
            round_name="Rueda Textil",
            version=2,
            meetings=9,
            company_ids=["andino", "tubos"],
            changes=[rounds.AgendaChange(company_id="tubos", moved=2, cancelled=1)],
        )
    )
    both.later(seconds=1)
    assert (both.told("ana"), both.told("berta")) == (["agenda_published"], [])
    text = write(Wording.AGENDA_PUBLISHED, both.mails("ana")[0]["facts"], "es").plain
    assert "- 2 citas cambiaron de hora, mesa o representante\n- una cita se canceló" in text


def test_both_sides_hear_of_a_meeting_before_and_after_it(both: Town) -> None:
    both.happens(scheduled())
    both.later(seconds=1)
    assert both.told("ana") == both.told("berta") == ["meeting_scheduled"]
    both.later(days=2)
    both.later(hours=23)
    both.later(hours=2)
    assert both.told("ana") == ["meeting_scheduled", "reminder_day", "reminder_hour", "outcome_due"]


def test_reminders_move_with_the_meeting(both: Town) -> None:
    both.happens(scheduled())
    both.later(seconds=1)
    both.happens(moved(IN_THREE_DAYS + timedelta(days=2)))
    both.later(seconds=1)
    both.later(days=3)
    assert both.told("ana") == ["meeting_scheduled", "meeting_moved"]
    both.later(days=1)
    assert both.told("ana")[2:] == ["reminder_day"]


def test_a_cancelled_meeting_reminds_nobody_and_asks_for_no_outcome(both: Town) -> None:
    both.happens(scheduled())
    both.later(seconds=1)
    both.happens(cancelled())
    both.later(seconds=1)
    both.later(days=10)
    assert both.told("ana") == both.told("berta") == ["meeting_scheduled", "meeting_cancelled"]


def test_each_change_of_a_meeting_raises_the_sequence_of_its_invitation(both: Town) -> None:
    both.happens(scheduled())
    both.later(seconds=1)
    both.happens(outcome("tubos"))
    both.happens(moved(IN_THREE_DAYS + timedelta(hours=1)))
    both.later(seconds=1)
    both.happens(cancelled())
    both.later(seconds=1)
    rows = both.store.db.messages.find({"account_id": "ana"}, sort=[("created_at", 1)])
    assert [row["facts"]["change"] for row in rows] == [0, 1, 2]


def test_an_unsent_mail_about_an_earlier_state_of_a_meeting_is_taken_back(both: Town) -> None:
    both.happens(scheduled())
    both.later(seconds=1)
    both.happens(moved(IN_THREE_DAYS + timedelta(hours=1)))
    both.later(seconds=1)
    assert [mail["wording"] for mail in both.mails("ana")] == ["meeting_moved"]


def test_an_older_state_of_a_meeting_changes_nothing(both: Town) -> None:
    both.happens(cancelled(), sequence=5)
    both.happens(scheduled(), sequence=4)
    both.later(seconds=1)
    assert both.told("ana") == ["meeting_cancelled"]


def test_who_recorded_an_outcome_is_not_asked_for_it(both: Town) -> None:
    both.happens(scheduled(NOW + timedelta(minutes=30)))
    both.later(hours=1, minutes=10)
    both.happens(outcome("tubos"))
    both.later(hours=1)
    assert "outcome_due" not in both.told("ana")
    assert both.told("berta")[-1] == "outcome_due"


def test_a_move_does_not_ask_again_for_an_outcome_that_is_recorded(both: Town) -> None:
    both.happens(scheduled())
    both.happens(outcome("tubos"))
    both.happens(moved(IN_THREE_DAYS + timedelta(hours=1)))
    both.later(days=5)
    assert "outcome_due" not in both.told("ana")
    assert "outcome_due" in both.told("berta")


def presence(company: str, present: bool) -> rounds.AttendanceRecorded:
    return rounds.AttendanceRecorded(
        meeting_id="meeting",
        round_id="round",
        company_id=company,
        present=present,
        held=False,
        recorded_by="ana",
    )


def test_nobody_is_asked_for_the_outcome_of_a_meeting_where_somebody_was_missing(both: Town) -> None:
    both.happens(scheduled(NOW + timedelta(minutes=30)), presence("tubos", False))
    both.later(hours=3)
    assert "outcome_due" not in both.told("ana") + both.told("berta")


def test_the_last_word_on_who_was_there_counts(both: Town) -> None:
    both.happens(scheduled(NOW + timedelta(minutes=30)), presence("tubos", False), presence("tubos", True))
    both.later(hours=3)
    assert "outcome_due" in both.told("ana")


def test_a_delegate_who_is_known_hears_of_the_meeting_alone(both: Town) -> None:
    both.person("luis", "tubos")
    seat = rounds.Seat(company_id="tubos", company_name="Tubos del Valle", account_id="luis")
    both.happens(scheduled(supplier=seat))
    both.later(seconds=1)
    assert both.told("luis") == ["meeting_scheduled"]
    assert both.told("ana") == []


def test_a_meeting_of_the_past_is_not_announced_after_an_outage(both: Town) -> None:
    both.happens(scheduled(NOW - timedelta(hours=5)))
    both.later(seconds=1)
    assert both.told("ana") == ["outcome_due"]


ROUND = {"round_id": "round", "round_name": "Rueda Textil"}
SIDES = {
    "company_id": "tubos",
    "company_name": "Tubos",
    "counterpart_id": "andino",
    "counterpart_name": "Andino",
}


def change(**more: Any) -> dict[str, Any]:
    fields = {"change_id": "c", "meeting_id": "m", "kind": "cancel", "starts_at": IN_THREE_DAYS}
    return {**ROUND, **SIDES, **fields, "time_zone": "America/Bogota", **more}


def test_a_company_that_waited_hears_that_it_takes_part_and_one_that_did_not_does_not(both: Town) -> None:
    for company_id, waited in (("tubos", True), ("andino", False)):
        made = {"registration_id": company_id, "company_id": company_id, "side": "supplier"}
        both.happens(rounds.RegistrationMade(**made, **ROUND, waited=waited))
    both.later(seconds=1)
    assert (both.told("ana"), both.told("berta")) == (["registration_accepted"], [])


def test_a_change_is_told_to_the_other_side_and_its_answer_to_who_asked(both: Town) -> None:
    both.happens(rounds.ChangeRequested(**change()))
    both.later(seconds=1)
    both.happens(rounds.ChangeDecided(**change(), accepted=True))
    both.later(seconds=1)
    assert (both.told("berta"), both.told("ana")) == (["change_requested"], ["change_decided"])


def test_an_offer_is_told_to_its_guest_alone_and_only_while_it_can_be_taken(both: Town) -> None:
    people = {"host_id": "andino", "host_name": "Andino", "guest_id": "tubos", "guest_name": "Tubos"}
    times = {"starts_at": IN_THREE_DAYS, "ends_at": IN_THREE_DAYS + timedelta(minutes=20)}
    for name, minutes in (("late", -1), ("good", 10)):
        both.happens(
            rounds.SlotOffered(
                offer_id=name, **ROUND, **people, **times, time_zone="America/Bogota",
                expires_at=NOW + timedelta(minutes=minutes),
            )
        )  # fmt: skip
    both.later(seconds=1)
    assert (both.told("ana"), both.told("berta")) == (["slot_offered"], [])


def test_a_company_that_was_missed_is_asked_what_happened(both: Town) -> None:
    times = {"starts_at": NOW, "time_zone": "America/Bogota"}
    both.happens(rounds.AttendanceDisputed(meeting_id="m", **ROUND, **SIDES, **times))
    both.later(seconds=1)
    assert (both.told("ana"), both.told("berta")) == (["attendance_disputed"], [])


def test_a_company_is_asked_what_was_sold(both: Town) -> None:
    question = {"follow_up_id": "f", "meeting_id": "m", "days": 90, "met_on": NOW.date()}
    both.happens(rounds.FollowUpDue(**question, **ROUND, **SIDES))
    both.later(seconds=1)
    assert both.told("ana") == ["follow_up_due"]


def test_who_asked_hears_that_nobody_answered_and_whom_to_ask_instead(both: Town) -> None:
    both.happens(request())
    both.happens(rounds.RequestExpired(**request_fields(), next_company_name="Telares del Sur"))
    both.later(seconds=1)
    assert (both.told("ana"), both.told("berta")) == ([], ["request_expired"])
    assert both.mails("berta")[0]["facts"]["next_company"] == "Telares del Sur"
