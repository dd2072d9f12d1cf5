"""What a side asks to change in a published meeting, and the answer."""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec.structs import replace

from shared.errors import Conflict

KINDS = ("time", "colleague", "cancel")
STATUSES = ("open", "accepted", "declined", "withdrawn")


class ChangeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One side asks for another time (`slot_id`), sends a colleague (`delegate_id`), or can't meet at all.

    A colleague needs nobody's consent, so that such a change is accepted from the start.
    """

    id: str
    version: int
    round_id: str
    meeting_id: str
    company_id: str
    company_name: str
    counterpart_id: str
    counterpart_name: str
    kind: str
    slot_id: str | None
    delegate_id: str | None
    note: str
    status: str
    created_by: str
    created_at: datetime
    decided_by: str | None = None
    decided_at: datetime | None = None

    def decided(self, status: str, account_id: str, now: datetime) -> ChangeRequest:
        """The request after an answer, or taken back. Raises Conflict unless it is open."""
        if self.status != "open":
            raise Conflict(
                "change_decided",
                f"Esta solicitud de cambio ya está en «{self.status}».",
                f"This request for a change is already “{self.status}”.",
            )
        return replace(self, status=status, decided_by=account_id, decided_at=now, version=self.version + 1)
