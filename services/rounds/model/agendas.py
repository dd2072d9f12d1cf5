"""A version of a round's agenda, and the run that makes it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from services.rounds.agenda import LeftOut, Placed
from services.rounds.model.limits import AgendaRules
from shared.errors import Conflict


class Agenda(msgspec.Struct, frozen=True, kw_only=True):
    """A draft, the published agenda, or one that was replaced.

    `based_on` is the agenda that was published when it was made; figures are those of the engine, and
    after a change by hand only `weight`, `bound` and `holes` still say something. `locked` are requests that
    the next run is to leave where they are here. `restores` is the earlier version that this one brings back.
    `rules` are those that it was made by; `missing`, of the meetings that were promised.
    """

    id: str
    version: int
    round_id: str
    run_id: str | None
    number: int
    status: str
    based_on: str | None
    weight: int
    bound: int
    proved: bool
    holes: int
    holes_proved: bool
    created_at: datetime
    placed: tuple[Placed, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    published_at: datetime | None = None
    locked: tuple[str, ...] = ()
    restores: str | None = None
    rules: AgendaRules = AgendaRules()
    missing: int = 0

    def must_be_a_draft(self) -> None:
        """Raise Conflict unless it is a draft."""
        if self.status != "draft":
            raise Conflict(
                "agenda_not_a_draft",
                f"Esta agenda está en «{self.status}»; solo se publica o cambia un borrador.",
                f"This agenda is “{self.status}”; only a draft is published or changed.",
            )

    def published(self, now: datetime) -> Agenda:
        """The agenda that holds. Raises Conflict unless it is a draft."""
        self.must_be_a_draft()
        return replace(self, status="published", published_at=now, version=self.version + 1)

    def replaced(self) -> Agenda:
        """The agenda that held until another one was published."""
        return replace(self, status="replaced", version=self.version + 1)

    def with_locked(self, request_ids: set[str]) -> Agenda:
        """The draft with these of its meetings locked. Raises Conflict unless it is a draft."""
        self.must_be_a_draft()
        locked = tuple(sorted(request_ids & {place.request_id for place in self.placed}))
        return replace(self, locked=locked, version=self.version + 1)

    def rearranged(self, placed: tuple[Placed, ...], weight: int, holes: int) -> Agenda:
        """The draft with other places, changed by hand. Raises Conflict unless it is a draft."""
        self.must_be_a_draft()
        names = {place.request_id for place in placed}
        return replace(
            self,
            placed=placed,
            left_out=tuple(left for left in self.left_out if left.request_id not in names),
            weight=weight,
            proved=weight == self.bound,
            holes=holes,
            holes_proved=holes == 0,
            version=self.version + 1,
        )


class AgendaRun(msgspec.Struct, frozen=True, kw_only=True):
    """Long work in a process of its own: queued → running → done, failed or interrupted.

    It keeps the locked meetings of the version `from_agenda_id` where they are; with `only_unplaced`, all
    meetings of that version, or of the agenda that holds. `heartbeat_at` is renewed while the process lives;
    `active` is true before the end, and one run of a round can be active. A `stopping` one ends soon, with
    the best agenda that it has. `colliding` are requests whose fixed meetings exclude one another.
    `progress` has the best value and the bound of `weight` and of `holes`.
    """

    id: str
    round_id: str
    seconds: float
    seed: int
    status: str
    active: bool
    requested_by: str
    created_at: datetime
    heartbeat_at: datetime
    finished_at: datetime | None = None
    progress: dict[str, Any] = {}
    stopping: bool = False
    agenda_id: str | None = None
    error: str | None = None
    colliding: tuple[str, ...] = ()
    from_agenda_id: str | None = None
    only_unplaced: bool = False


def outdated() -> Conflict:
    """The error for a draft that no longer fits the round."""
    return Conflict(
        "agenda_outdated",
        "La rueda cambió después de este borrador (citas, inscripciones u otra agenda). Genere uno nuevo.",
        "The round has changed since this draft (meetings, registrations, another agenda). Make a new one.",
    )
