"""What the bodies of all subjects are made of: records with rules, places, quantities and prices."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import marshmallow
import msgspec
from marshmallow import fields, validate
from msgspec.structs import asdict

from services.catalog.model.places import Place
from services.catalog.model.rules import PriceRange, Quantity
from shared import web

if TYPE_CHECKING:
    from shared.errors import Fault
    from shared.store import Document


class ValueSchema(web.Schema):
    """Loads a part of a body into its struct."""

    value: ClassVar[type[msgspec.Struct]]

    @marshmallow.post_load
    def as_value(self, data: dict[str, Any], **_: Any) -> Any:
        """The fields as one value."""
        return self.value(**data)


class RecordSchema(ValueSchema):
    """Loads a whole body, and names what is wrong in form and what breaks a rule at once."""

    @abstractmethod
    def faults(self, values: Mapping[str, Any]) -> list[Fault]:
        """What breaks a rule among the fields whose form is right."""

    @marshmallow.validates_schema(skip_on_field_errors=False, pass_original=True)
    def keep_rules(self, data: dict[str, Any], original: Any, **_: Any) -> None:
        """Add the faults of the rules to those of the form."""
        if isinstance(original, Mapping):
            sound = {name: value for name, value in data.items() if _is_sound(value, original.get(name))}
            found = self.faults(sound)
            if found:
                # Anything but text is handed through as it is, and shown with its own code and texts.
                raise marshmallow.ValidationError(found)


def _is_sound(loaded: Any, original: Any) -> bool:
    """Whether a field was loaded in full: of a faulty one marshmallow keeps the parts that were right."""
    if isinstance(loaded, list):
        whole = isinstance(original, list) and len(loaded) == len(original)
        return whole and not any(isinstance(item, dict) for item in loaded)
    return not isinstance(loaded, dict)


class PlaceSchema(ValueSchema):
    """A country, and in Colombia a department and a municipality."""

    value = Place
    country = fields.String(load_default="CO", metadata={"description": "ISO 3166-1 alpha-2."})
    department = fields.String(
        load_default=None, allow_none=True, metadata={"description": "DIVIPOLA, two digits."}
    )
    municipality = fields.String(
        load_default=None,
        allow_none=True,
        metadata={"description": "DIVIPOLA, five digits, the first two of them the department."},
    )


class QuantitySchema(ValueSchema):
    """An amount of a unit."""

    value = Quantity
    amount = fields.Float(required=True)
    unit = fields.String(required=True, metadata={"description": "As its owner writes it: kg, unidades."})


class PriceRangeSchema(ValueSchema):
    """The lowest and the highest price for one unit."""

    value = PriceRange
    low = web.MoneyField(required=True)
    high = web.MoneyField(required=True)
    unit = fields.String(required=True)


class DraftSchema(RecordSchema):
    """A new record of a company; the account's own company, unless the body names another."""

    company_id = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=64))

    @marshmallow.post_load
    def as_value(self, data: dict[str, Any], **_: Any) -> Any:
        """The company and the record."""
        return data.pop("company_id"), self.value(**data)


class LifeSchema(web.Schema):
    """What the catalog adds to a record."""

    id = fields.String()
    version = fields.Integer(metadata={"description": "The number in the ETag."})
    status = fields.String()
    created_at = fields.AwareDateTime()
    updated_at = fields.AwareDateTime()


class ListSchema(web.PageSchema):
    """The query of a list that can be searched."""

    q = fields.String(
        validate=validate.Length(min=1, max=200),
        metadata={"description": "Words in Spanish; the best match comes first."},
    )
    department = fields.String(
        validate=validate.Regexp(r"^[0-9]{2}\Z"), metadata={"description": "DIVIPOLA, two digits."}
    )


def shown(document: Document, record: type[msgspec.Struct]) -> dict[str, Any]:
    """A stored document as its view's schema dumps it."""
    life = {name: value for name, value in document.items() if name not in {"_id", "data"}}
    return {"id": document["_id"], **life, **asdict(msgspec.convert(document["data"], record))}


def alone(document: Document, record: type[msgspec.Struct]) -> dict[str, Any]:
    """A stored document as the whole of an answer, which has its version as ETag."""
    web.set_etag(document["version"])
    return shown(document, record)
