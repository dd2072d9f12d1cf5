"""Who acts for a company."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.portal.api.schemas import InvitationSchema
from services.portal.signed_in import config, store
from services.portal.usecases import members
from services.portal.usecases.accounts import Profile
from services.portal.usecases.members import Invitation
from shared import problems, web
from shared.auth import actor, requires

if TYPE_CHECKING:
    from services.portal.model import Account, Membership

bp = web.Blueprint("members", __name__, description="Who acts for a company.")


@bp.route("/companies/<company_id>/members")
@requires()
@bp.response(200)
def list_members(company_id: str) -> dict[str, Any]:
    """Who acts for a company; for its members and organizers."""
    found = members.members_of(store(), company_id, actor=actor())
    return web.page([_member(*pair) for pair in found], None)


@bp.route("/companies/<company_id>/members", methods=["POST"])
@requires()
@bp.arguments(InvitationSchema)
@bp.response(201)
def invite(body: dict[str, str], company_id: str) -> dict[str, Any]:
    """Invite somebody to act for a company; for its owner and organizers. The first one owns it."""
    profile = Profile(body["email"], body["name"], body.get("language") or problems.language())
    invitation = Invitation(company_id, profile, config().portal_url)
    return _member(*members.invite(store(), invitation, actor=actor(), now=web.now()))


@bp.route("/companies/<company_id>/members/<account_id>", methods=["DELETE"])
@requires()
@bp.response(204)
def remove_member(company_id: str, account_id: str) -> None:
    """End a membership: an owner anybody's, a member their own."""
    members.remove_member(store(), company_id, account_id, actor=actor(), now=web.now())


def _member(membership: Membership, account: Account) -> dict[str, Any]:
    # No name: whoever guesses an address must not learn whose it is, nor that it has an account.
    return {
        "account_id": account.id,
        "email": account.email,
        "membership": membership.role,
        "granted_at": membership.granted_at.isoformat(),
    }
