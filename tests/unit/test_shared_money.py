"""Amounts are kept in minor units and written as their reader writes them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from shared.errors import Invalid
from shared.money import Money, as_decimal, minor_digits, written


@pytest.mark.parametrize(
    ("money", "language", "text"),
    [
        (Money(11553900000000, "COP"), "es", "COP 115.539.000.000"),
        (Money(11553900000000, "COP"), "en", "COP 115,539,000,000"),
        (Money(1999, "USD"), "es", "USD 19,99"),
        (Money(1999, "USD"), "en", "USD 19.99"),
        (Money(500, "CLP"), "es", "CLP 500"),
    ],
)
def test_an_amount_is_written_as_its_reader_writes_it(money: Money, language: str, text: str) -> None:
    assert written(money, language).replace("\N{NO-BREAK SPACE}", " ") == text


def test_an_amount_has_the_decimals_of_its_currency() -> None:
    assert as_decimal(Money(150050, "COP")) == Decimal("1500.50")
    assert minor_digits("CLP") == 0


def test_a_code_that_is_no_currency_is_refused() -> None:
    with pytest.raises(Invalid, match="ISO 4217"):
        minor_digits("PESOS")
