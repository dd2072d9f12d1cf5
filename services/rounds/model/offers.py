"""A free hour of one company, offered to another one that wants to meet it."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from shared.errors import Conflict

# Long enough to look at a telephone, short enough for the next in line.
ANSWER_WITHIN = timedelta(minutes=10)


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """The `host` has become free in a slot; the `guest`, whose request both have accepted, may take it.

    `status` is open, taken, declined or expired.
    """

    id: str
    version: int
    round_id: str
    request_id: str
    slot_id: str
    host_id: str
    host_name: str
    guest_id: str
    guest_name: str
    status: str
    created_at: datetime
    expires_at: datetime

    def answered(self, status: str, now: datetime) -> Offer:
        """The offer after the guest's word. Raises Conflict when it is not open, or its time is over."""
        if self.status != "open" or now >= self.expires_at:
            raise Conflict(
                "offer_over",
                "Este espacio ya no está disponible.",
                "This slot is not available any more.",
            )
        return replace(self, status=status, version=self.version + 1)

    def expired(self) -> Offer:
        """The offer that nobody answered in time."""
        return replace(self, status="expired", version=self.version + 1)
