"""What a person types: read in the person's own format, kept when it is refused, each fault at its field."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from babel.numbers import NumberFormatError, format_decimal, parse_decimal
from werkzeug.datastructures import MultiDict

from services.portal.asking import NoAnswer
from services.portal.pages.reader import LOCALES
from services.portal.texts import text
from shared.errors import Invalid
from shared.money import Money, as_decimal, minor_digits

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from decimal import Decimal

    from services.portal.asking import Services

CURRENCIES = ("COP", "USD", "EUR")
_PLAIN = re.compile(r"-?[0-9.,]{1,30}")


class Form:
    """The values of a form by name, and what is wrong with them; `labels` are the keys of the fields' texts.

    A field has the name of what it becomes in the service's body, `quantity.unit` that of `quantity_unit`.
    """

    def __init__(self, typed: Mapping[str, Any], labels: Mapping[str, str], language: str) -> None:
        self.typed: MultiDict[str, str] = MultiDict(typed)
        self.labels, self.language = labels, language
        self.faults: dict[str, list[str]] = {}
        self.codes: set[str] = set()

    def text(self, name: str) -> str:
        """What was typed, without blanks around it."""
        return self.typed.get(name, "").strip()

    def chosen(self, name: str) -> list[str]:
        """All boxes of a name that are ticked."""
        return self.typed.getlist(name)

    def lines(self, name: str) -> list[str]:
        """One thing a line."""
        return [line.strip() for line in self.text(name).splitlines() if line.strip()]

    def words(self, name: str) -> list[str]:
        """What stands between blanks, commas or semicolons."""
        return [word for word in re.split(r"[\s,;]+", self.text(name)) if word]

    def whole(self, name: str) -> int | None:
        """A number of days or the like."""
        number = self.number(name)
        if number is not None and number != number.to_integral_value():
            self.refuse(name, text("whole_number", self.language))
            return None
        return None if number is None else int(number)

    def number(self, name: str) -> Decimal | None:
        """A number with the reader's separators; one that could be read in two ways is not guessed at."""
        typed = self.text(name)
        found = number_in(typed, self.language) if typed else None
        if typed and found is None:
            self.refuse(name, text("number_unclear", self.language))
        return found

    def quantity(self, name: str) -> dict[str, Any] | None:
        """An amount and its unit; one without the other is a fault."""
        amount, unit = self.number(name), self.text(f"{name}_unit")
        if amount is not None and unit:
            return {"amount": float(amount), "unit": unit}
        if amount is not None:
            self.refuse(f"{name}_unit", text("unit_missing", self.language))
        elif unit and name not in self.faults:
            self.refuse(name, text("amount_missing", self.language))
        return None

    def money(self, name: str, currency: str) -> dict[str, Any] | None:
        """An amount in the currency, in minor units."""
        amount = self.number(name)
        found = None if amount is None else minor_units(amount, currency)
        if amount is not None and found is None:
            self.refuse(name, text("number_unclear", self.language))
        return found

    def refuse(self, name: str, said: str) -> None:
        """Note what is wrong with a field; under an empty name what is wrong with no single one."""
        self.faults.setdefault(name if name in self.labels else "", []).append(said)

    def refused(self, faults: Iterable[Mapping[str, Any]]) -> None:
        """Note what a service has refused, each fault at the field that it names, and the faults' codes."""
        for fault in faults:
            self.codes.add(fault["code"])
            path = (fault["field"] or "").split(".")
            names = ("_".join(path[:end]) for end in range(len(path), 0, -1))
            self.refuse(next((name for name in names if name in self.labels), ""), fault["detail"])

    def told(self) -> list[tuple[str, str, str]]:
        """All faults in the order of the fields: name, label, what is wrong."""
        order = ["", *self.labels]
        return [
            (name, text(self.labels[name], self.language) if name else "", said)
            for name in sorted(self.faults, key=order.index)
            for said in self.faults[name]
        ]

    def currencies(self, name: str) -> tuple[str, ...]:
        """The usual currencies, and the one that is recorded."""
        recorded = self.text(name)
        return CURRENCIES if not recorded or recorded in CURRENCIES else (recorded, *CURRENCIES)


def send(services: Services, form: Form, method: str, address: str, body: Any, **how: Any) -> dict[str, Any]:
    """Send to the catalog or another service (`address` is `catalog/needs`); the answer, or nothing and the
    faults on the form, also when there is no answer. `under` is where in the body the form's fields are.
    """
    under = how.pop("under", "")
    service, _, path = address.partition("/")
    try:
        status, told = services.ask(method, service, f"/{path}", body, **how)
    except NoAnswer as error:
        fault = error.faults[0]
        form.refuse("", fault.es if form.language == "es" else fault.en)
        return {}
    if status < 400:
        return told
    faults = told.get("faults", [])
    form.refused({**each, "field": (each["field"] or "").removeprefix(under)} for each in faults)
    if not form.faults:
        form.refuse("", text("sorry", form.language))
    return {}


def number_in(typed: str, language: str) -> Decimal | None:
    """A number as a person of that language writes it, with or without separators; None when it is unclear,
    as `12.5` where the point separates thousands.
    """
    plain = re.sub(r"\s", "", typed).removeprefix("$")
    try:
        # Of a power of ten nobody types one, and it could fill the memory.
        found = (
            parse_decimal(plain, locale=LOCALES[language], strict=True) if _PLAIN.fullmatch(plain) else None
        )
    except NumberFormatError:
        return None
    return found


def minor_units(amount: Decimal, currency: str) -> dict[str, Any] | None:
    """Money as the services take it; None for an unknown currency or more decimals than it has."""
    try:
        minor = amount.scaleb(minor_digits(currency))
    except Invalid:
        return None
    return {"amount": int(minor), "currency": currency} if minor == minor.to_integral_value() else None


def typed_number(number: float | Decimal | None, language: str) -> str:
    """A number as the form has it, with all its decimals."""
    return "" if number is None else format_decimal(number, "#,##0.##########", locale=LOCALES[language])


def typed_quantity(name: str, quantity: dict[str, Any] | None, language: str) -> dict[str, str]:
    """A quantity as the form has it."""
    if quantity is None:
        return {}
    return {name: typed_number(quantity["amount"], language), f"{name}_unit": quantity["unit"]}


def typed_money(money: dict[str, Any], language: str) -> str:
    """An amount as the form has it."""
    return typed_number(as_decimal(Money(**money)), language)
