"""From the fields of a line to checked records, or to all that is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

import msgspec

from services.catalog.imports.shapes import loosened, shaped, wrong_form
from services.catalog.model import companies, contacts, needs, offerings
from services.catalog.model.companies import Company
from services.catalog.model.contacts import Contact
from services.catalog.model.needs import Need
from services.catalog.model.offerings import Offering
from shared.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from services.catalog.imports.entries import Entry

KINDS: dict[str, type[msgspec.Struct]] = {"company": Company, "offering": Offering, "need": Need}
# Whoever imports the same file into another installation gets the same ids (RFC 9562, version 5).
_NAMESPACE = UUID("3a0e7c52-4be5-5b0e-9c57-2d7b7e0f6c11")
_LONGEST_REF = 200


@dataclass(frozen=True, kw_only=True)
class Order:
    """What an import is told: where its refs come from and whom its lines are for.

    `kind` is that of lines which name none, and `company_id` the owner of those which name none; with
    `own_only` no others are let in. `strict` is off where all values are text, as in CSV.
    """

    source: str
    today: date
    kind: str | None = None
    company_id: str | None = None
    own_only: bool = False
    strict: bool = True


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something on a line was not taken; its field is the path inside the line."""

    line: int
    fault: Fault


@dataclass(frozen=True, slots=True)
class Row:
    """A checked record, ready to be kept. `within` is the path of a nested one inside its line."""

    line: int
    kind: str
    id: str
    ref: str
    company_id: str
    data: Any
    contacts: list[Contact] = field(default_factory=list)
    within: str = ""

    def refused(self, fault: Fault) -> Refusal:
        """The row can't be taken after all."""
        return Refusal(self.line, _inside(self.within, fault))

    def digest(self) -> bytes:
        """Changes when anything does that the line says."""
        said = msgspec.json.encode([self.company_id, self.data, self.contacts])
        return blake2b(said, digest_size=16).digest()


@dataclass
class Found:
    """What a line held."""

    rows: list[Row] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)


def identity(source: str, kind: str, ref: str) -> str:
    """The id of what a source calls `ref`: the same at each import, so that a file can be sent again."""
    return str(uuid5(_NAMESPACE, f"{source}\n{kind}\n{ref}"))


def rows_of(entry: Entry, order: Order) -> Found:
    """The records of a line; a company's line may hold its offerings and contacts."""
    if entry.fields is None:
        return Found(refusals=[Refusal(entry.line, fault) for fault in entry.faults])
    return _Reader(entry.line, order).read(dict(entry.fields))


class _Reader:
    """Reads one line."""

    def __init__(self, line: int, order: Order) -> None:
        self.line, self.order, self.found = line, order, Found()

    def read(self, fields: dict[str, Any]) -> Found:
        kind = fields.pop("kind", None) or self.order.kind or ("company" if "offerings" in fields else None)
        if not isinstance(kind, str) or kind not in KINDS:
            self._refuse([_UNKNOWN_KIND])
        elif kind == "company":
            self._company(fields)
        else:
            self._owned(kind, fields, self._owner(fields))
        return self.found

    def _company(self, fields: dict[str, Any]) -> None:
        nested, people = self._several(fields, "offerings"), self._several(fields, "contacts")
        ref = self._ref(fields)
        if ref:
            fields.setdefault("name", ref)
        fields.setdefault("roles", ["supplier"])
        company_id = identity(self.order.source, "company", ref or "")
        data = self._load("company", fields)
        known = [self._contact(person, f"contacts.{number}.") for number, person in people]
        if data is not None and ref:
            kept = [contact for contact in known if contact is not None]
            self.found.rows.append(Row(self.line, "company", company_id, ref, company_id, data, kept))
        for number, offering in nested:
            nameless = ref and "ref" not in offering and "id" not in offering
            name = {"ref": f"{ref}/{number}"} if nameless else {}
            self._owned("offering", {**name, **offering}, company_id, f"offerings.{number}.")
        if data is None or not ref:
            # A company that is not there offers nothing; the faults of its offerings are told all the same.
            self.found.rows.clear()

    def _owned(self, kind: str, fields: dict[str, Any], company_id: str | None, within: str = "") -> None:
        ref = self._ref(fields, within)
        data = self._load(kind, fields, within)
        if company_id is None:
            self._refuse([_OWNERLESS], within)
        elif data is not None and ref:
            row_id = identity(self.order.source, kind, ref)
            self.found.rows.append(Row(self.line, kind, row_id, ref, company_id, data, within=within))

    def _owner(self, fields: dict[str, Any]) -> str | None:
        named, ref = fields.pop("company_id", None), fields.pop("company", None)
        if isinstance(ref, str) and ref:
            return identity(self.order.source, "company", ref)
        return named if isinstance(named, str) and named else self.order.company_id

    def _load(self, kind: str, fields: dict[str, Any], within: str = "") -> Any:
        """The checked record; None if it has faults, which are among the refusals then."""
        data, values, found = shaped(KINDS[kind], loosened(fields), strict=self.order.strict)
        found += self._rules(kind, values)
        self._refuse(found, within)
        return _normalized(data) if data is not None and not found else None

    def _rules(self, kind: str, values: Mapping[str, Any]) -> list[Fault]:
        if kind == "need":
            return needs.faults(values, self.order.today)
        return companies.faults(values) if kind == "company" else offerings.faults(values)

    def _contact(self, person: dict[str, Any], within: str) -> Contact | None:
        data, values, found = shaped(Contact, person, strict=self.order.strict)
        found += contacts.faults(values, self.order.today)
        self._refuse(found, within)
        return data if not found else None

    def _ref(self, fields: dict[str, Any], within: str = "") -> str | None:
        also = fields.pop("id", None)
        ref = fields.pop("ref", also)
        if isinstance(ref, str) and 0 < len(ref) <= _LONGEST_REF and ref.isprintable():
            return ref
        self._refuse([_WRONG_REF], within)
        return None

    def _several(self, fields: dict[str, Any], name: str) -> list[tuple[int, dict[str, Any]]]:
        several = fields.pop(name, None) or []
        if not isinstance(several, list):
            self._refuse([wrong_form("Expected `array`, got `object`", name)])
            return []
        wrong = [number for number, each in enumerate(several) if not isinstance(each, dict)]
        self._refuse([wrong_form("Expected `object`, got `str`", f"{name}.{number}") for number in wrong])
        return [(number, each) for number, each in enumerate(several) if isinstance(each, dict)]

    def _refuse(self, faults: list[Fault], within: str = "") -> None:
        self.found.refusals += [Refusal(self.line, _inside(within, fault)) for fault in faults]


def _inside(within: str, fault: Fault) -> Fault:
    return replace(fault, field=f"{within}{fault.field or ''}".rstrip(".") or None)


def _normalized(data: Any) -> Any:
    if isinstance(data, Company):
        return companies.normalized(data)
    return needs.normalized(data) if isinstance(data, Need) else offerings.normalized(data)


_UNKNOWN_KIND = Fault(
    "unknown_kind",
    "Diga en «kind» qué es la línea: company, offering o need.",
    "Say in “kind” what the line is: company, offering or need.",
    "kind",
)
_OWNERLESS = Fault(
    "company_missing",
    "Diga de qué empresa es: su referencia en «company», o su identificador en «company_id».",
    "Say which company it is of: its ref in “company”, or its id in “company_id”.",
    "company",
)
_WRONG_REF = Fault(
    "wrong_ref",
    f"Ponga en «ref» un identificador suyo, de 1 a {_LONGEST_REF} caracteres.",
    f"Give in “ref” an identifier of yours, of 1 to {_LONGEST_REF} characters.",
    "ref",
)
