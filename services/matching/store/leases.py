"""The right of one worker to rank."""

from __future__ import annotations

import os
import socket
from datetime import timedelta
from typing import TYPE_CHECKING

from pymongo.errors import DuplicateKeyError

from shared.store import Store

if TYPE_CHECKING:
    from datetime import datetime

_LEASE = "ranking"
LEASE_SECONDS = 20


class LeaseLost(Exception):
    """Another worker ranks now; what this one was about to write must not be written."""


class Leases(Store):
    """The part of the store that knows who ranks."""

    def take_lease(self, epoch: int | None, now: datetime) -> int | None:
        """Take or prolong the right to rank. Returns its epoch, another one after each change of hands,
        or None while another live worker has it. A dead process of this machine has no right to it.
        """
        holder, until = _holder(), now + timedelta(seconds=LEASE_SECONDS)
        row = self.db.leases.find_one({"_id": _LEASE})
        if row is None:
            return self._first_lease(holder, until)
        if row["holder"] == holder and row["epoch"] == epoch:
            self.db.leases.update_one({"_id": _LEASE, "epoch": epoch}, {"$set": {"until": until}})
            return epoch
        if row["until"] > now and row["holder"] != holder and not _is_dead(row["holder"]):
            return None
        changes = {"$set": {"holder": holder, "until": until}, "$inc": {"epoch": 1}}
        taken = self.db.leases.update_one({"_id": _LEASE, "epoch": row["epoch"]}, changes)
        return row["epoch"] + 1 if taken.modified_count else None

    def _first_lease(self, holder: str, until: datetime) -> int | None:
        try:
            self.db.leases.insert_one({"_id": _LEASE, "holder": holder, "until": until, "epoch": 1})
        except DuplicateKeyError:
            return None
        return 1

    def must_hold_lease(self, epoch: int) -> None:
        """Raise LeaseLost unless the lease is still of that epoch when this transaction commits."""
        # The write makes the transaction conflict with a change of hands at the same time.
        query = {"_id": _LEASE, "holder": _holder(), "epoch": epoch}
        if not self.db.leases.update_one(query, {"$inc": {"uses": 1}}).matched_count:
            raise LeaseLost


def _holder() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


def _is_dead(holder: str) -> bool:
    host, _, process = holder.rpartition(":")
    if host != socket.gethostname():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
