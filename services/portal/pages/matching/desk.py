"""For which of a person's companies a page is, and the services in that company's name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flask import request

from services.portal.asking import services_for
from services.portal.pages.reader import Reader
from services.portal.signed_in import companies_of
from shared import web
from shared.errors import Forbidden, NotFound

if TYPE_CHECKING:
    from services.portal.asking import Services
    from services.portal.model import Account, Company


@dataclass(frozen=True, slots=True)
class Desk:
    """A person at work for a company; `companies` are all for which the person could do the same."""

    reader: Reader
    company: Company
    companies: list[Company]
    services: Services

    def page(self, service: str, path: str, **query: Any) -> dict[str, Any]:
        """The page of a list that the request's `cursor` names; the first one for a cursor that is none.

        Raises NoAnswer.
        """
        at: dict[str, Any] = {"cursor": request.args["cursor"]} if request.args.get("cursor") else {}
        status, told = self.services.ask("GET", service, path, **query, **at)
        return told if status == 200 else self.services.get(service, path, **query)


def desk_for(account: Account, role: str, company_id: str | None = None) -> Desk:
    """That company, or the one with that role that the request names, else the person's first one.

    Raises Forbidden when there is none.
    """
    companies = [company for company in companies_of(account) if role in company.roles]
    asked = company_id or request.values.get("company")
    chosen = next((each for each in companies if each.id == asked), next(iter(companies), None))
    if chosen is None:
        raise Forbidden(
            f"no_{role}",
            "Su cuenta no actúa por una empresa compradora."
            if role == "anchor"
            else "Su cuenta no actúa por una empresa proveedora.",
            f"Your account does not act for {'a buyer' if role == 'anchor' else 'a supplier'}.",
        )
    return _desk(account, chosen, companies)


def desk_with(account: Account, role: str, kind: str, its_id: str) -> tuple[Desk, dict[str, Any]]:
    """An own need or offering (`kind` is `needs` or `offerings`), and the company that has it.

    Raises NotFound for those of others, NoAnswer.
    """
    for company in companies_of(account):
        if role in company.roles:
            found = _desk(account, company, [company])
            status, told = found.services.ask("GET", "catalog", f"/{kind}/{quote(its_id, safe='')}")
            if status == 200 and told["company_id"] == company.id:
                return found, told
    raise NotFound("not_found", "No existe o no es para usted.", "It does not exist, or is not for you.")


def _desk(account: Account, company: Company, companies: list[Company]) -> Desk:
    reader = Reader(account, company, web.now())
    return Desk(reader, company, companies, services_for(account, company.id))
