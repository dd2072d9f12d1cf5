"""The rules of what is told to whom and when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.notifications.model import (
    Kind,
    Notice,
    NoticeState,
    Reader,
    Wording,
    digest_due,
    next_try,
    readers_of,
    reminders,
    settle,
    urgency,
)

NOW = datetime(2026, 11, 30, 14, 0, tzinfo=UTC)
ANA = Reader("ana", "tubos", frozenset())
LUIS = Reader("luis", "tubos", frozenset())
NOBODY: frozenset[str] = frozenset()


def notice(delegate_id: str | None = None) -> Notice:
    return Notice(
        id="n",
        wording=Wording.REMINDER_DAY,
        company_id="tubos",
        subject="m",
        facts={},
        due_at=NOW,
        open_until=NOW + timedelta(days=7),
        delegate_id=delegate_id,
    )


def test_every_wording_belongs_to_a_kind() -> None:
    assert {wording.kind for wording in Wording} == set(Kind)


def test_a_sign_in_link_goes_out_before_everything_else() -> None:
    assert min(Kind, key=urgency) is Kind.SIGN_IN
    assert all(urgency(kind) > urgency(Kind.SIGN_IN) for kind in Kind if kind is not Kind.SIGN_IN)


def test_all_who_act_for_the_company_are_told() -> None:
    assert readers_of(notice(), [ANA, LUIS], NOBODY) == [ANA, LUIS]


def test_a_known_delegate_is_told_alone() -> None:
    assert readers_of(notice("luis"), [ANA, LUIS], NOBODY) == [LUIS]


def test_all_are_told_where_the_delegate_does_not_act_for_the_company() -> None:
    assert readers_of(notice("berta"), [ANA, LUIS], NOBODY) == [ANA, LUIS]


def test_nobody_is_told_twice() -> None:
    assert readers_of(notice(), [ANA, LUIS], frozenset({"ana"})) == [LUIS]


def test_a_notice_for_a_company_without_people_stays_open_to_its_end() -> None:
    settled = settle(notice(), [], NOBODY, NOW)
    assert settled.state is NoticeState.NOBODY
    assert settled.late_until == NOW + timedelta(days=7)
    assert settled.again_at > NOW


def test_a_told_notice_stays_open_for_an_hour_for_late_readers() -> None:
    settled = settle(notice(), [ANA], NOBODY, NOW)
    assert (settled.state, settled.told) == (NoticeState.TOLD, ["ana"])
    assert settled.late_until == NOW + timedelta(hours=1)


def test_a_notice_past_its_end_is_missed_and_told_to_nobody() -> None:
    settled = settle(notice(), [ANA], NOBODY, NOW + timedelta(days=8))
    assert (settled.state, settled.told) == (NoticeState.MISSED, [])


def test_reminders_come_a_day_and_an_hour_before() -> None:
    starts_at = NOW + timedelta(days=3)
    assert [(wording, due_at) for wording, due_at, _ in reminders(starts_at, NOW)] == [
        (Wording.REMINDER_DAY, starts_at - timedelta(days=1)),
        (Wording.REMINDER_HOUR, starts_at - timedelta(hours=1)),
    ]


@pytest.mark.parametrize(("hours", "left"), [(24, 1), (3, 1), (1, 0), (-5, 0)])
def test_a_reminder_whose_time_has_passed_is_left_out(hours: int, left: int) -> None:
    assert len(reminders(NOW + timedelta(hours=hours), NOW)) == left


def test_the_first_digest_comes_within_a_minute() -> None:
    assert NOW < digest_due(NOW, None) < NOW + timedelta(minutes=1)


def test_between_two_digests_lies_an_hour() -> None:
    told_at = NOW - timedelta(minutes=10)
    assert digest_due(NOW, told_at) == told_at + timedelta(hours=1)


def test_pauses_grow_until_a_mail_is_given_up_after_two_days() -> None:
    pauses = []
    tries = 1
    while (due_at := next_try(tries, NOW)) is not None:
        pauses.append(due_at - NOW)
        tries += 1
    assert pauses == sorted(pauses)
    assert timedelta(days=1) < sum(pauses, timedelta()) < timedelta(days=3)
