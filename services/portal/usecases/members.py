"""Who acts for which company, and the portal's copy of what it needs of companies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

from services.portal.model import (
    INVITATION_LIFE,
    INVITATIONS_AN_HOUR,
    Account,
    Company,
    Membership,
    check_removal,
    plain_email,
)
from services.portal.usecases.accounts import Profile, open_account, send_link
from shared.contracts.catalog import CompanyChanged, CompanyRegistered, CompanyWithdrawn
from shared.contracts.portal import MembershipGranted, MembershipRevoked
from shared.errors import Forbidden, NotFound, TooMany
from shared.store import transactional

if TYPE_CHECKING:
    from datetime import datetime

    from services.portal.store import PortalStore
    from shared.auth import Actor
    from shared.contracts.base import Event

INVITERS = frozenset({"organizer", "admin"})


@dataclass(frozen=True, slots=True)
class Invitation:
    """Who is to act for which company, and where the link in the letter leads."""

    company_id: str
    profile: Profile
    portal_url: str


def copy_companies(store: PortalStore, events: list[Event]) -> None:
    """Keep the newest state of companies; whoever registered one owns it, in whatever order it arrives."""
    copies: dict[str, tuple[Company, int]] = {}
    for event in events:
        copy = _copied(event)
        if copy.id not in copies or copies[copy.id][1] < event.sequence:
            copies[copy.id] = (copy, event.sequence)
    store.copy_companies(copies.values())
    for event in events:
        registered = event.data
        if isinstance(registered, CompanyRegistered) and registered.registered_by:
            _own(store, registered.company_id, registered.registered_by, event.time)


def _copied(event: Event) -> Company:
    match event.data:
        case CompanyRegistered() | CompanyChanged() as company:
            return Company(company.company_id, company.name, company.roles)
        case CompanyWithdrawn() as company:
            return Company(company.company_id, "", [], withdrawn=True)
        case other:
            raise TypeError(f"{other.event_type} says nothing of a company")


def _own(store: PortalStore, company_id: str, account_id: str, now: datetime) -> None:
    # The person may have had their account erased before the event arrived.
    if store.account(account_id) and not store.membership(account_id, company_id):
        _grant(store, account_id, company_id, role="owner", now=now)


@transactional
def invite(
    store: PortalStore, invitation: Invitation, *, actor: Actor, now: datetime
) -> tuple[Membership, Account]:
    """Let the person of an address act for a company; the first one owns it.

    Opens the account where there is none, and sends its person a link. Raises NotFound, Forbidden, Invalid,
    or TooMany.
    """
    company_id = invitation.company_id
    _known_company(store, company_id)
    members = store.members(company_id)
    _must_manage(actor, members)
    _check_pace(members, now)
    is_new = store.account_of(plain_email(invitation.profile.email)) is None
    account = open_account(store, invitation.profile, now=now)
    known = store.membership(account.id, company_id)
    if known and known.active:
        return known, account
    role = "member" if any(member.role == "owner" for member in members) else "owner"
    granted = _grant(store, account.id, company_id, role=role, now=now)
    if is_new:
        url = invitation.portal_url
        send_link(store, account, life=INVITATION_LIFE, portal_url=url, now=now)
    return granted, account


@transactional
def remove_member(
    store: PortalStore, company_id: str, account_id: str, *, actor: Actor, now: datetime
) -> None:
    """End a membership: an owner anybody's, a member their own. Raises NotFound, Forbidden, Conflict."""
    members = store.members(company_id)
    held = next((member for member in members if member.account_id == account_id), None)
    if actor.account_id != account_id:
        _must_manage(actor, members)
    if held is None:
        raise NotFound(
            "no_member",
            "Esa persona no actúa por la empresa; revise la lista de integrantes.",
            "That person does not act for the company; look at the list of members.",
        )
    check_removal(held, members)
    revoked = Membership(
        id=held.id,
        version=held.version + 1,
        account_id=account_id,
        company_id=company_id,
        role=held.role,
        granted_at=held.granted_at,
        active=False,
    )
    store.save_membership(revoked)
    event = MembershipRevoked(membership_id=held.id, account_id=account_id, company_id=company_id)
    store.publish(event, revoked.version, now)


def members_of(store: PortalStore, company_id: str, *, actor: Actor) -> list[tuple[Membership, Account]]:
    """Who acts for a company, for those who do and for organizers. Raises Forbidden."""
    members = store.members(company_id)
    if not any(member.account_id == actor.account_id for member in members):
        _must_manage(actor, members)
    accounts = store.accounts(member.account_id for member in members)
    return [(member, accounts[member.account_id]) for member in members if member.account_id in accounts]


def companies_of(store: PortalStore, account_id: str) -> list[tuple[Membership, Company]]:
    """The companies that a person acts for and that are still in the directory."""
    held = store.memberships_of(account_id)
    companies = store.companies(membership.company_id for membership in held)
    return [
        (membership, companies[membership.company_id])
        for membership in held
        if membership.company_id in companies and not companies[membership.company_id].withdrawn
    ]


def _grant(store: PortalStore, account_id: str, company_id: str, *, role: str, now: datetime) -> Membership:
    earlier = store.membership(account_id, company_id)
    membership = Membership(
        id=str(uuid5(NAMESPACE_URL, f"urn:encadena:membership:{company_id}:{account_id}")),
        version=earlier.version + 1 if earlier else 1,
        account_id=account_id,
        company_id=company_id,
        role=role,
        granted_at=now,
    )
    store.save_membership(membership)
    event = MembershipGranted(membership_id=membership.id, account_id=account_id, company_id=company_id)
    store.publish(event, membership.version, now)
    return membership


def _known_company(store: PortalStore, company_id: str) -> Company:
    company = store.companies([company_id]).get(company_id)
    if company is None or company.withdrawn:
        raise NotFound(
            "no_company",
            "Esta empresa no está en el directorio. Si la acaba de registrar, espere unos segundos.",
            "This company is not in the directory. If you have just registered it, wait some seconds.",
        )
    return company


def _must_manage(actor: Actor, members: list[Membership]) -> None:
    owner = any(m.account_id == actor.account_id and m.role == "owner" for m in members)
    if not owner and not actor.roles & INVITERS:
        raise Forbidden(
            "not_owner",
            "Solo quien administra la empresa puede hacer esto; pídaselo.",
            "Only those who manage the company may do this; ask them.",
        )


def _check_pace(members: list[Membership], now: datetime) -> None:
    recent = [member for member in members if member.granted_at > now - timedelta(hours=1)]
    if len(recent) >= INVITATIONS_AN_HOUR:
        raise TooMany(
            "too_many_invitations",
            "Ya se invitó a muchas personas en la última hora; siga más tarde.",
            "Many people were invited in the last hour; go on later.",
        )
