"""Routes of companies and of the people to reach there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import url_for
from marshmallow import fields, validate

from services.catalog.api.values import (
    LifeSchema,
    ListSchema,
    PlaceSchema,
    RecordSchema,
    ValueSchema,
    alone,
    shown,
)
from services.catalog.model import companies, contacts
from services.catalog.model.companies import Certification, Company
from services.catalog.model.contacts import Consent, Contact
from services.catalog.model.places import Place
from services.catalog.model.states import today
from services.catalog.model.tax import SCHEMES, TaxNumber
from services.catalog.usecases import companies as usecases
from services.catalog.usecases import contacts as contact_usecases
from shared import web
from shared.auth import requires

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.errors import Fault

blueprint = web.Blueprint("companies", __name__, description="Companies and their contacts")


class TaxNumberSchema(ValueSchema):
    """A tax number under its scheme."""

    value = TaxNumber
    scheme = fields.String(required=True, metadata={"enum": list(SCHEMES)})
    number = fields.String(required=True, metadata={"description": "With its check digit."})


class CertificationSchema(ValueSchema):
    """A certificate that the company holds."""

    value = Certification
    standard = fields.String(required=True, metadata={"description": "Such as ISO 9001:2015."})
    scope = fields.String(load_default=None, allow_none=True)
    issuer = fields.String(load_default=None, allow_none=True)
    issued_on = fields.Date(load_default=None, allow_none=True)
    expires_on = fields.Date(
        load_default=None, allow_none=True, metadata={"description": "The last good day."}
    )
    evidence_url = fields.String(load_default=None, allow_none=True)


class CompanySchema(RecordSchema):
    """A company. One without a tax number is an informal productive unit."""

    value = Company
    name = fields.String(required=True, metadata={"description": "The legal name."})
    tax_number = fields.Nested(TaxNumberSchema, load_default=None, allow_none=True)
    size = fields.String(load_default=None, allow_none=True, metadata={"enum": list(companies.SIZES)})
    roles = fields.List(
        fields.String(metadata={"enum": list(companies.ROLES)}),
        required=True,
        metadata={"description": "One of them, or both."},
    )
    place = fields.Nested(PlaceSchema, load_default=Place())
    ciiu = fields.List(
        fields.String(),
        load_default=list,
        metadata={"description": "CIIU Rev. 4 classes; the section's letter may precede the four digits."},
    )
    certifications = fields.List(fields.Nested(CertificationSchema), load_default=list)
    regions_served = fields.List(
        fields.String(),
        load_default=list,
        metadata={"description": "DIVIPOLA codes of departments, or CO for the whole country."},
    )
    group = fields.String(
        load_default=None,
        allow_none=True,
        metadata={"description": "The group that the company declares to belong to."},
    )

    def faults(self, values: Mapping[str, Any]) -> list[Fault]:
        """The rules of companies."""
        return companies.faults(values)


class CompanyView(LifeSchema, CompanySchema):
    """A company as it is in the directory."""


class CompaniesView(web.Schema):
    """A page of companies."""

    items = fields.List(fields.Nested(CompanyView))
    next_cursor = fields.String(allow_none=True)


class CompaniesQuery(ListSchema):
    """Which companies to list."""

    role = fields.String(validate=validate.OneOf(companies.ROLES))
    size = fields.String(validate=validate.OneOf(companies.SIZES))
    ciiu = fields.String(validate=validate.Regexp(r"^[0-9]{4}\Z"))


class ConsentSchema(ValueSchema):
    """When the person agreed to be listed, and for what."""

    value = Consent
    given_on = fields.Date(required=True)
    purpose = fields.String(required=True)


class ContactSchema(RecordSchema):
    """A person at a company, who has consented to be listed."""

    value = Contact
    name = fields.String(required=True)
    role = fields.String(load_default=None, allow_none=True)
    email = fields.String(load_default=None, allow_none=True)
    phone = fields.String(load_default=None, allow_none=True)
    consent = fields.Nested(
        ConsentSchema,
        load_default=None,
        allow_none=True,
        metadata={"description": "Without it the person's data are refused."},
    )

    def faults(self, values: Mapping[str, Any]) -> list[Fault]:
        """The rules of contacts."""
        return contacts.faults(values, today(web.now()))


class ContactView(ContactSchema):
    """A person as the catalog keeps them."""

    id = fields.String()
    created_at = fields.AwareDateTime()


class ContactsView(web.Schema):
    """All people of a company."""

    items = fields.List(fields.Nested(ContactView))


@blueprint.route("/companies", methods=["POST"])
@requires()
@blueprint.arguments(CompanySchema)
@blueprint.response(201, CompanyView)
def register_company(body: Company) -> Any:
    """Register a company; whoever does so becomes its first person in the portal."""
    document = usecases.register_company(web.store(), body, actor=web.actor(), now=web.now())
    where = url_for("companies.read_company", company_id=document["_id"])
    return alone(document, Company), 201, {"Location": where}


@blueprint.route("/companies", methods=["GET"])
@requires()
@blueprint.arguments(CompaniesQuery, location="query")
@blueprint.response(200, CompaniesView)
def list_companies(query: dict[str, Any]) -> Any:
    """The companies of the directory."""
    limit, cursor = query.pop("limit"), query.pop("cursor")
    found, following = web.store().page("companies", {"status": "active", **query}, limit, cursor)
    return web.page([shown(document, Company) for document in found], following)


@blueprint.route("/companies/<company_id>", methods=["GET"])
@requires()
@blueprint.response(200, CompanyView)
def read_company(company_id: str) -> Any:
    """One company, also one that has left the directory."""
    document = web.store().get("companies", company_id)
    return alone(document, Company)


@blueprint.route("/companies/<company_id>", methods=["PUT"])
@requires("supplier", "anchor", "organizer", "admin")
@blueprint.arguments(CompanySchema)
@blueprint.response(200, CompanyView)
def change_company(body: Company, company_id: str) -> Any:
    """Replace a company's data; If-Match names the version that was read."""
    document = web.store().get_version("companies", company_id, web.if_match())
    saved = usecases.change_company(web.store(), document, body, actor=web.actor(), now=web.now())
    return alone(saved, Company)


@blueprint.route("/companies/<company_id>/withdraw", methods=["POST"])
@requires("supplier", "anchor", "organizer", "admin")
@blueprint.response(200, CompanyView)
def withdraw_company(company_id: str) -> Any:
    """Take a company out of the directory, with its offerings, its open needs and its contacts."""
    saved = usecases.withdraw_company(web.store(), company_id, actor=web.actor(), now=web.now())
    return alone(saved, Company)


@blueprint.route("/companies/<company_id>/contacts", methods=["POST"])
@requires("supplier", "anchor", "organizer", "admin")
@blueprint.arguments(ContactSchema)
@blueprint.response(201, ContactView)
def add_contact(body: Contact, company_id: str) -> Any:
    """Add a person to reach at the company, with the person's consent."""
    document = contact_usecases.add_contact(web.store(), company_id, body, actor=web.actor(), now=web.now())
    return shown(document, Contact)


@blueprint.route("/companies/<company_id>/contacts", methods=["GET"])
@requires()
@blueprint.response(200, ContactsView)
def list_contacts(company_id: str) -> Any:
    """The company's people: for itself, and for a company with which it has agreed to meet."""
    found = contact_usecases.contacts_for(web.store(), company_id, actor=web.actor())
    return {"items": [shown(document, Contact) for document in found]}


@blueprint.route("/companies/<company_id>/contacts/<contact_id>", methods=["DELETE"])
@requires("supplier", "anchor", "organizer", "admin")
@blueprint.response(204)
def remove_contact(company_id: str, contact_id: str) -> None:
    """Erase a person's data."""
    contact_usecases.remove_contact(web.store(), company_id, contact_id, actor=web.actor())
