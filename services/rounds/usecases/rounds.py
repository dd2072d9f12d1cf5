"""Creating a round and leading it through its life."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from services.rounds.model.follow_ups import due
from services.rounds.model.rounds import Round, planned
from services.rounds.store.refusals import stale
from shared.contracts.rounds import RegistrationOpened, RoundClosed
from shared.errors import Forbidden, Invalid, NotFound, Stale
from shared.store import new_id, transactional

if TYPE_CHECKING:
    from datetime import datetime

    from services.rounds.model.plan import RoundPlan
    from services.rounds.store import RoundsStore
    from shared.auth import Actor

_EVENT_OF = {"registration_open": RegistrationOpened, "closed": RoundClosed}


def manages(round_: Round, actor: Actor) -> bool:
    """Whether the actor organizes this round, or is an administrator."""
    is_organizer = "organizer" in actor.roles and round_.organizer_id == actor.account_id
    return is_organizer or "admin" in actor.roles


def managed(store: RoundsStore, round_id: str, actor: Actor) -> Round:
    """The round, for those who manage it. Raises NotFound or Forbidden."""
    round_ = visible(store, round_id, actor)
    if not manages(round_, actor):
        raise Forbidden(
            "not_your_round",
            "Esta rueda la organiza otra persona.",
            "This round is organized by somebody else.",
        )
    return round_


def managed_as_read(store: RoundsStore, read: tuple[str, int], actor: Actor) -> Round:
    """The same; `read` is its id and the version that was read. Raises Stale when it is another by now."""
    round_ = managed(store, read[0], actor)
    if round_.version != read[1]:
        raise stale()
    return round_


def visible(store: RoundsStore, round_id: str, actor: Actor) -> Round:
    """The round, unless it is somebody else's draft. Raises NotFound."""
    round_ = store.get(Round, round_id)
    if round_.status == "draft" and not manages(round_, actor):
        raise NotFound("not_found", "No existe o no es para usted.", "It does not exist, or is not for you.")
    return round_


@transactional
def create_round(store: RoundsStore, plan: RoundPlan, *, actor: Actor, now: datetime) -> Round:
    """A new round in draft, organized by the actor. Raises Invalid with every fault of the plan."""
    round_ = planned(plan, new_id(), actor.account_id, now)
    store.add(round_)
    return round_


@transactional
def change_round(
    store: RoundsStore, read: tuple[str, int], plan: RoundPlan, *, actor: Actor, now: datetime
) -> Round:
    """Plan a draft anew; `read` is its id and the version that was read. Raises Stale, Conflict, Invalid."""
    changed = managed_as_read(store, read, actor).replanned(plan, now)
    store.save(changed)
    return changed


@transactional
def set_status(store: RoundsStore, round_id: str, status: str, *, actor: Actor, now: datetime) -> Round:
    """Lead a round to its next status, except to `published`, to which publishing an agenda leads."""
    round_ = managed(store, round_id, actor)
    if status == "published":
        raise Invalid(
            "publish_an_agenda",
            "Para publicar, publique un borrador de agenda.",
            "To publish, publish a draft of the agenda.",
            "status",
        )
    return _lead(store, round_, status, now)


def _lead(store: RoundsStore, round_: Round, status: str, now: datetime) -> Round:
    moved = round_.moved_to(status, now)
    store.save(moved)
    if status in _EVENT_OF:
        event = _EVENT_OF[status](
            round_id=moved.id,
            name=moved.plan.name,
            sector=moved.plan.sector,
            modality=moved.plan.modality,
            time_zone=moved.plan.time_zone,
            starts_on=moved.starts_on,
            ends_on=moved.ends_on,
            organizer_id=moved.organizer_id,
        )
        store.publish(event, moved.version, now)
    return moved


# Where the clock leads a round, from where, and the rule that says when.
_BY_DATE = (
    ("announced", "registration_open", "registration_from"),
    ("registration_open", "requests_open", "requests_from"),
)


def open_rounds(store: RoundsStore, now: datetime) -> None:
    """Open the registration and the requests of rounds whose dates have come."""
    for before, after, rule in _BY_DATE:
        for round_ in store.find(Round, {"status": before, f"plan.rules.{rule}": {"$lte": now}}):
            _lead_by_clock(store, round_, after, now)


def _lead_by_clock(store: RoundsStore, round_: Round, status: str, now: datetime) -> None:
    """Lead a round on, unless somebody has changed it in this very moment: the next look finds it again."""
    with contextlib.suppress(Stale):
        _led(store, round_, status, now)


@transactional
def _led(store: RoundsStore, round_: Round, status: str, now: datetime) -> Round:
    return _lead(store, round_, status, now)


def close_rounds(store: RoundsStore, now: datetime) -> None:
    """Close the rounds that nobody has closed by the time of the first follow-up."""
    for round_ in store.find(Round, {"status": {"$in": ["published", "running"]}}):
        if due(round_, now):
            _lead_by_clock(store, round_, "closed", now)


def begin_rounds(store: RoundsStore, now: datetime) -> int:
    """Lead the published rounds whose first slot has come to `running`; how many there were."""
    due = store.find(Round, {"status": "published", "starts_at": {"$lte": now}})
    for round_ in due:
        store.save(round_.moved_to("running", now))
    return len(due)


def list_rounds(
    store: RoundsStore, actor: Actor, limit: int, cursor: str | None, managed: bool = False
) -> tuple[list[Round], str | None]:
    """The rounds that the actor may see, or `managed` by it, those that begin last first."""
    own = {"organizer_id": actor.account_id}
    query: dict[str, Any] = own if managed else {"$or": [{"status": {"$ne": "draft"}}, own]}
    return store.page(Round, {} if "admin" in actor.roles else query, limit, cursor)
