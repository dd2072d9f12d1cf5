"""Numbers, dates and money in the words and formats of the reader."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services.portal.model import Account, Company
from services.portal.pages.reader import Reader
from services.portal.texts import STATES, SUBJECTS, TEXTS, state

NOW = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
ANA = Account("a1", 1, "ana@prado.co", "Ana", "es", ["organizer"], NOW)
READER = Reader(ANA, Company("dairy", "Lácteos El Prado", ["supplier"]), NOW)
ENGLISH = replace(READER, account=replace(ANA, language="en"))


def plain(text: str) -> str:
    """With the blanks that typography makes narrow or fixed as ordinary ones."""
    return " ".join(text.split())


def test_the_roles_of_the_person_and_of_the_company_count() -> None:
    assert READER.roles == {"organizer", "supplier"}
    assert replace(READER, company=None).roles == {"organizer"}


def test_a_day_is_written_as_the_reader_does() -> None:
    assert READER.day("2027-03-31") == "31 mar 2027"
    assert ENGLISH.day("2027-03-31") == "Mar 31, 2027"


def test_a_time_is_that_of_the_round_and_not_of_the_reader() -> None:
    assert plain(READER.time("2027-03-31T14:20:00+00:00", "America/Bogota")) == "mié 31 mar, 9:20 a. m."
    assert plain(ENGLISH.time("2027-03-31T14:20:00+00:00", "America/Lima")) == "Wed, Mar 31, 9:20 AM"
    assert READER.zone("America/Bogota") == "hora de Colombia"
    assert ENGLISH.zone("America/Bogota") == "Colombia Time"


def test_amounts_add_up_by_currency_and_pesos_come_first() -> None:
    amounts = [
        {"amount": 500, "currency": "USD"},
        {"amount": 1_500_000_00, "currency": "COP"},
        {"amount": 250_000_00, "currency": "COP"},
    ]
    assert [plain(text) for text in READER.sums(amounts)] == ["COP 1.750.000", "USD 5"]
    assert [plain(text) for text in ENGLISH.sums(amounts)] == ["COP 1,750,000", "USD 5"]


def test_nothing_expected_is_no_pesos() -> None:
    assert [plain(text) for text in READER.sums([])] == ["COP 0"]


def test_counts_and_shares_have_the_readers_separators() -> None:
    assert (READER.number(12345), ENGLISH.number(12345)) == ("12.345", "12,345")
    assert plain(READER.share(0.414)).replace(" ", "") == "41%"


@pytest.mark.parametrize("key", sorted(TEXTS))
def test_a_text_is_there_in_both_languages(key: str) -> None:
    spanish, english = TEXTS[key]
    assert spanish.strip() == spanish != ""
    assert english.strip() == english != ""


def test_no_subject_says_over_what_another_one_says() -> None:
    assert len(TEXTS) == sum(len(subject.TEXTS) for subject in SUBJECTS)


def test_every_state_of_a_round_has_a_name_and_a_new_one_is_shown_as_it_is() -> None:
    assert state("published", "es") == "Agenda publicada"
    assert state("postponed", "en") == "postponed"
    assert all(len(names) == 2 for names in STATES.values())
