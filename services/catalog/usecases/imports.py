"""A batch of an import's lines becomes companies, offerings and needs, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from services.catalog.store.imports import digest_of
from services.catalog.usecases import companies, needs, offerings
from shared.errors import Fault
from shared.store import transactional

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from services.catalog.imports.rows import Order, Refusal, Row
    from services.catalog.model.contacts import Contact
    from services.catalog.store import CatalogStore
    from shared.contracts.base import Payload
    from shared.store import Document

COLLECTIONS = {"company": "companies", "offering": "offerings", "need": "needs"}
_STATUS = {"company": "active", "offering": "published", "need": "open"}
_PAYLOADS: dict[str, tuple[Callable[..., Payload], Callable[..., Payload]]] = {
    "offering": (offerings.published_payload, offerings.changed_payload),
    "need": (needs.published_payload, needs.changed_payload),
}
_ROLE = {"offering": "supplier", "need": "anchor"}


@dataclass
class Outcome:
    """What came of a batch: how many records are new, changed and as they were, and the refusals."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refusals: list[Refusal] = field(default_factory=list)


@transactional
def import_batch(
    store: CatalogStore,
    rows: list[Row],
    order: Order,
    now: datetime,
    note: Callable[[Outcome], None] = lambda _: None,
) -> Outcome:
    """Keep checked rows, and tell others of those that are new or changed.

    A row that says what it said the last time changes nothing, even if the record was changed since by
    hand. `note` is called in the same transaction, to write down how far the import is. An id must not
    occur twice among the rows.
    """
    batch = _Batch(store, order, now)
    batch.take_companies([row for row in rows if row.kind == "company"])
    for kind in ("offering", "need"):
        batch.take_owned(kind, [row for row in rows if row.kind == kind])
    batch.write()
    note(batch.outcome)
    return batch.outcome


class _Batch:
    """What is to be written, gathered from the rows."""

    def __init__(self, store: CatalogStore, order: Order, now: datetime) -> None:
        self.store, self.order, self.now = store, order, now
        self.outcome = Outcome()
        self.roles: dict[str, list[str]] = {}
        self.new: dict[str, list[Document]] = {kind: [] for kind in COLLECTIONS}
        self.changes: dict[str, dict[str, Document]] = {kind: {} for kind in COLLECTIONS}
        self.contacts: list[Document] = []
        self.told: list[tuple[Payload, int]] = []

    def take_companies(self, rows: list[Row]) -> None:
        before = self.store.imported("companies", [row.id for row in rows])
        taxes = [row.data.tax_number for row in rows]
        held = self.store.owners_of_tax_numbers((tax.scheme, tax.number) for tax in taxes if tax)
        for row in rows:
            tax = row.data.tax_number
            key = (tax.scheme, tax.number) if tax else None
            if self.order.own_only:
                self._refuse(row, _OTHER_COMPANY)
            elif key and held.setdefault(key, row.id) != row.id:
                self._refuse(row, _TAX_NUMBER_TAKEN)
            elif self._take(row, before.get(row.id)):
                self.roles[row.id] = row.data.roles

    def take_owned(self, kind: str, rows: list[Row]) -> None:
        before = self.store.imported(COLLECTIONS[kind], [row.id for row in rows])
        self._learn_roles({row.company_id for row in rows})
        for row in rows:
            known = before.get(row.id)
            roles = self.roles.get(row.company_id)
            if self.order.own_only and row.company_id != self.order.company_id:
                self._refuse(row, _OTHER_COMPANY)
            elif roles is None:
                self._refuse(row, _NO_SUCH_COMPANY)
            elif _ROLE[kind] not in roles:
                self._refuse(row, _WITHOUT_ROLE[kind])
            elif known and known["company_id"] != row.company_id:
                self._refuse(row, _OTHER_COMPANY)
            else:
                self._take(row, known)

    def _learn_roles(self, company_ids: set[str]) -> None:
        unknown = [company_id for company_id in company_ids if company_id not in self.roles]
        for company_id, document in self.store.imported("companies", unknown).items():
            if document["status"] == "active":
                self.roles[company_id] = document["data"]["roles"]

    def _take(self, row: Row, known: Document | None) -> bool:
        """Whether the record is in the catalog after the batch."""
        digest = row.digest()
        if known is None:
            self._create(row, digest)
        elif digest_of(known) == digest:
            self.outcome.unchanged += 1
            return bool(known["status"] == _STATUS[row.kind])
        elif known["status"] != _STATUS[row.kind]:
            self._refuse(row, _OVER)
            return False
        else:
            self._change(row, digest, known["version"])
        return True

    def _create(self, row: Row, digest: bytes) -> None:
        document = {
            "_id": row.id,
            "version": 1,
            "status": _STATUS[row.kind],
            "created_at": self.now,
            "updated_at": self.now,
            "imported": {"source": self.order.source, "ref": row.ref, "digest": digest},
            "data": msgspec.to_builtins(row.data),
        }
        document |= {"registered_by": None} if row.kind == "company" else {"company_id": row.company_id}
        if row.kind == "need":
            document["awarded_to"] = None
        self.new[row.kind].append(document)
        self.outcome.created += 1
        self._tell(row, 1)

    def _change(self, row: Row, digest: bytes, version: int) -> None:
        self.changes[row.kind][row.id] = {
            "data": msgspec.to_builtins(row.data),
            "imported.digest": digest,
            "updated_at": self.now,
        }
        self.outcome.changed += 1
        self._tell(row, version + 1)

    def _tell(self, row: Row, version: int) -> None:
        if row.kind == "company":
            payload = companies.registered_payload if version == 1 else companies.changed_payload
            self.told.append((payload(row.id, row.data, None), version))
            self.contacts += [self._person(row.id, number, each) for number, each in enumerate(row.contacts)]
        else:
            first, later = _PAYLOADS[row.kind]
            payload_of = first if version == 1 else later
            self.told.append((payload_of(row.id, row.company_id, row.data), version))

    def _person(self, company_id: str, number: int, contact: Contact) -> Document:
        return {
            "_id": f"{company_id}/{number}",
            "company_id": company_id,
            "imported": True,
            "created_at": self.now,
            "data": msgspec.to_builtins(contact),
        }

    def _refuse(self, row: Row, fault: Fault) -> None:
        self.outcome.refusals.append(row.refused(fault))

    def write(self) -> None:
        for kind, collection in COLLECTIONS.items():
            self.store.write_all(collection, self.new[kind], self.changes[kind])
        self.store.replace_imported_contacts(list(self.changes["company"]), self.contacts)
        self.store.publish_all(self.told, self.now)


_OTHER_COMPANY = Fault(
    "other_company",
    "Esto es de otra empresa; solo puede importar lo de la suya.",
    "This belongs to another company; you can import what belongs to yours.",
    "company",
)
_NO_SUCH_COMPANY = Fault(
    "unknown_company",
    "Esa empresa no está en el directorio; ponga su línea antes que las de sus ofertas y necesidades.",
    "That company is not in the directory; put its line before those of its offerings and needs.",
    "company",
)
_WITHOUT_ROLE = {
    kind: Fault(
        "company_without_role",
        f"La empresa no está registrada como {role}; agregue ese papel a sus datos.",
        f"The company is not registered as {role}; add that role to its data.",
        "company",
    )
    for kind, role in _ROLE.items()
}
_TAX_NUMBER_TAKEN = Fault(
    "tax_number_taken",
    "Ya hay una empresa registrada con este número tributario.",
    "There is a company with this tax number already.",
    "tax_number",
)
_OVER = Fault(
    "over",
    "Ya se retiró o se cerró en el catálogo, así que no se puede cambiar; use otra referencia.",
    "It was withdrawn or closed in the catalog, so it can't be changed; use another ref.",
    "ref",
)
