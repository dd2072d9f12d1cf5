"""Which worker ranks which needs: needs are divided into parts, and each part is leased to one worker."""

from __future__ import annotations

import math
import os
import socket
from contextlib import suppress
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4
from zlib import crc32

from pymongo.errors import BulkWriteError

from shared.store import Store

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from shared.store import Document

# Many more than workers, so that shares come out even and a worker that is loading holds up few needs.
PARTS = 64
LEASE_SECONDS = 20


class LeaseLost(Exception):
    """Another worker ranks these needs now; what this one was about to write must not be written."""


def part_of(need_id: str) -> int:
    """The part that a need is in, for good."""
    return crc32(need_id.encode()) % PARTS


def new_holder() -> str:
    """A name for this process as a holder of leases: where it runs, its number there and a random part."""
    return f"{_home()}:{os.getpid()}:{uuid4().hex[:8]}"


@cache
def _home() -> str:
    """Where the numbers of processes mean what they mean here: this start of this machine, and in it this
    space of process numbers. Two containers may well have the same name and the same number 1.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        space = Path("/proc/self/ns/pid").readlink().name
    except OSError:
        # Nothing is known of other processes, so their leases are waited for.
        boot, space = uuid4().hex, "unknown"
    return f"{socket.gethostname()}/{boot}/{space}".replace(":", "-")


class Leases(Store):
    """`leases` are `{_id: part, holder, until, uses}`, `rankers` the live workers `{_id, ready, until}`.

    `uses` counts the transactions that wrote shortlists or settled changes under the lease.
    """

    def share_parts(self, me: str, ready: bool, now: datetime) -> tuple[set[int], set[int]]:
        """Prolong what this worker holds, give back what is above its share, take what is free.

        One that is not ready, because it still loads its index, takes a single part: while it holds one, no
        change is forgotten without it. The ready ones share the rest evenly. Returns the parts that were held
        all the time, and those that were taken now.
        """
        until = {"until": now + timedelta(seconds=LEASE_SECONDS)}
        self.db.rankers.update_one({"_id": me}, {"$set": {**until, "ready": ready}}, upsert=True)
        self.db.leases.update_many({"holder": me}, {"$set": until})
        rows = self._leases(now)
        mine = sorted(row["_id"] for row in rows if row["holder"] == me)
        most = self._share(me, ready, now)
        if len(mine) > most:
            self._give_back(me, mine[most:])
            return set(mine[:most]), set()
        free = [row["_id"] for row in rows if row["holder"] != me and _is_free(row, now)]
        # Each worker begins elsewhere, so that two that come at once seldom want the same.
        wanted = sorted(free, key=lambda part: crc32(f"{me}{part}".encode()))[: most - len(mine)]
        if wanted:
            holders = [row["holder"] for row in rows if row["_id"] in wanted]
            query = {"_id": {"$in": wanted}, "holder": {"$in": holders}}
            self.db.leases.update_many(query, {"$set": {**until, "holder": me}})
        held = {row["_id"] for row in self.db.leases.find({"holder": me}, {"_id": 1})}
        return held & set(mine), held - set(mine)

    def _leases(self, now: datetime) -> list[Document]:
        """All leases; the first worker ever makes them."""
        rows = list(self.db.leases.find({"_id": {"$in": list(range(PARTS))}}))
        if len(rows) < PARTS:
            rows = [{"_id": part, "holder": None, "until": now, "uses": 0} for part in range(PARTS)]
            # Another worker may be making them at this moment.
            with suppress(BulkWriteError):
                self.db.leases.insert_many(rows, ordered=False)
        return rows

    def _share(self, me: str, ready: bool, now: datetime) -> int:
        """How many parts this worker may hold now."""
        if not ready:
            return 1
        self.db.rankers.delete_many({"until": {"$lt": now}})
        others = [row for row in self.db.rankers.find({"_id": {"$ne": me}}) if not _is_dead(row["_id"])]
        loading = sum(not row["ready"] for row in others)
        return max(1, math.ceil((PARTS - loading) / (1 + len(others) - loading)))

    def _give_back(self, me: str, parts: Collection[int]) -> None:
        query = {"_id": {"$in": list(parts)}, "holder": me}
        self.db.leases.update_many(query, {"$set": {"holder": None}})

    def leave_parts(self, me: str) -> None:
        """Give all parts back."""
        self.db.rankers.delete_one({"_id": me})
        self.db.leases.update_many({"holder": me}, {"$set": {"holder": None}})

    def must_hold(self, me: str, parts: Collection[int]) -> None:
        """Raise LeaseLost unless the parts are still this worker's when this transaction commits."""
        # The write makes the transaction conflict with a change of hands at the same time.
        query = {"_id": {"$in": list(parts)}, "holder": me}
        if self.db.leases.update_many(query, {"$inc": {"uses": 1}}).matched_count < len(parts):
            raise LeaseLost


def _is_free(row: Document, now: datetime) -> bool:
    return row["holder"] is None or row["until"] <= now or _is_dead(row["holder"])


def _is_dead(holder: str) -> bool:
    """Whether it was a process that could be seen from here and has ended: nobody need wait for it."""
    home, process, _ = holder.split(":")
    if home != _home():
        return False
    # A process ranks under one name: another one of the same number was before it.
    if int(process) == os.getpid():
        return True
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
