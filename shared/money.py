"""Money: an integer of minor units and an ISO 4217 code, never a float."""

from __future__ import annotations

from decimal import Decimal
from functools import cache

import msgspec
from babel.numbers import format_currency
from iso4217 import Currency

from shared.errors import Invalid


class Money(msgspec.Struct, frozen=True):
    """An amount in minor units (COP 1,500 is `Money(150000, "COP")`, for COP has two decimals)."""

    amount: int
    currency: str


@cache
def minor_digits(currency: str) -> int:
    """How many decimals the currency has in ISO 4217. Raises Invalid for an unknown code."""
    try:
        return Currency(currency).exponent or 0
    except ValueError as error:
        raise Invalid(
            "unknown_currency",
            f"«{currency}» no es una moneda; use un código ISO 4217 como COP o USD.",
            f"“{currency}” is not a currency; use an ISO 4217 code such as COP or USD.",
            "currency",
        ) from error


def as_decimal(money: Money) -> Decimal:
    """The amount in the currency's main unit."""
    return Decimal(money.amount).scaleb(-minor_digits(money.currency))


def written(money: Money, language: str) -> str:
    """The amount as a person of that language (`es` or `en`) reads it, without empty decimals."""
    locale = {"es": "es_CO", "en": "en_US"}.get(language, language)
    amount = as_decimal(money)
    digits = amount != amount.to_integral_value()
    pattern = "¤¤ #,##0.00" if digits else "¤¤ #,##0"
    return format_currency(amount, money.currency, pattern, locale=locale, currency_digits=False)
