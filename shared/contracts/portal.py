"""Events of the portal: accounts and who acts for which company.

They carry the address and the language that a notification must print, and no other personal data.
"""

from __future__ import annotations

from datetime import datetime

from shared.contracts.base import Payload, contract


class _Account(Payload, frozen=True, kw_only=True):
    account_id: str
    email: str
    name: str
    language: str


@contract("portal.account_opened", key="account_id")
class AccountOpened(_Account, frozen=True, kw_only=True):
    """A person can be written to, in `language` (`es` or `en`)."""


@contract("portal.account_changed", key="account_id")
class AccountChanged(_Account, frozen=True, kw_only=True):
    """A person's address, name or language has changed."""


@contract("portal.account_erased", key="account_id")
class AccountErased(Payload, frozen=True, kw_only=True):
    """A person's data are to be erased by everybody who keeps them."""

    account_id: str


@contract("portal.sign_in_requested", key="account_id")
class SignInRequested(_Account, frozen=True, kw_only=True):
    """A person asked for a sign-in link; it works once, until `expires_at`."""

    link: str
    expires_at: datetime


@contract("portal.membership_granted", key="membership_id")
class MembershipGranted(Payload, frozen=True, kw_only=True):
    """A person acts for a company."""

    membership_id: str
    account_id: str
    company_id: str


@contract("portal.membership_revoked", key="membership_id")
class MembershipRevoked(Payload, frozen=True, kw_only=True):
    """A person no longer acts for a company."""

    membership_id: str
    account_id: str
    company_id: str
