"""The address book follows the portal's accounts and memberships and the catalog's companies."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from services.notifications.model import Kind
from shared.contracts import catalog, portal

if TYPE_CHECKING:
    from services.notifications.store import NotificationsStore
    from shared.contracts.base import Event

    Membership = portal.MembershipGranted | portal.MembershipRevoked


def copy_account(store: NotificationsStore, event: Event) -> None:
    """A person can be written to, or in another way than before."""
    account = cast("portal.AccountOpened | portal.AccountChanged", event.data)
    store.save_account(
        {
            "_id": account.account_id,
            "sequence": event.sequence,
            "email": account.email,
            "name": account.name,
            "language": account.language,
        }
    )
    _wake(store, store.companies_of(account.account_id), event)


def erase_account(store: NotificationsStore, event: Event) -> None:
    """Nothing is kept of the person: address, messages, mails sent or not, choices, memberships."""
    store.erase_account(event.subject, event.sequence)


def grant_membership(store: NotificationsStore, event: Event) -> None:
    """A person acts for a company, and is told what is still open for it."""
    membership = _save_membership(store, event, active=True)
    _wake(store, [membership.company_id], event)


def revoke_membership(store: NotificationsStore, event: Event) -> None:
    """A person no longer acts for a company, and no longer sees what it was told."""
    membership = _save_membership(store, event, active=False)
    store.drop_for(membership.account_id, membership.company_id)


def copy_companies(store: NotificationsStore, events: list[Event]) -> None:
    """Companies' names, many at once: a bulk import brings a hundred thousand."""
    named: dict[str, dict[str, object]] = {}
    for event in events:
        kept: dict[str, object] = {"_id": event.subject, "sequence": event.sequence}
        if isinstance(event.data, catalog.CompanyWithdrawn):
            store.forget_company(event.subject)
        else:
            kept["name"] = cast("catalog.CompanyRegistered", event.data).name
        named[event.subject] = kept
    store.save_companies(named.values())


def _save_membership(store: NotificationsStore, event: Event, *, active: bool) -> Membership:
    membership = cast("Membership", event.data)
    store.save_membership(
        {
            "_id": membership.membership_id,
            "sequence": event.sequence,
            "account_id": membership.account_id,
            "company_id": membership.company_id,
            "active": active,
        }
    )
    return membership


def _wake(store: NotificationsStore, company_ids: list[str], event: Event) -> None:
    store.wake_notices(company_ids, event.time)
    kinds = (Kind.NEW_SUPPLIERS, Kind.NEW_OPPORTUNITIES)
    store.arm_digests([(kind, company) for kind in kinds for company in company_ids], event.time)
