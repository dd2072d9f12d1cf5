"""Companies take part in a round."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from services.rounds.model.meetings import Meeting
from services.rounds.model.registrations import Delegate, Registration, check_delegates, check_side
from services.rounds.model.rounds import Round
from services.rounds.store.refusals import stale
from services.rounds.usecases.rounds import manages, visible
from shared.contracts.rounds import RegistrationMade
from shared.errors import Conflict, NotFound
from shared.store import new_id, transactional

if TYPE_CHECKING:
    from datetime import datetime

    from services.rounds.store import RoundsStore
    from shared.auth import Actor


class Application(msgspec.Struct, frozen=True, kw_only=True):
    """What a company sends to take part. Delegates without an id get one."""

    company_id: str
    side: str
    delegates: tuple[Delegate, ...]


@transactional
def register(
    store: RoundsStore, round_id: str, application: Application, *, actor: Actor, now: datetime
) -> Registration:
    """Register a company, by itself or by the organizer. Raises NotFound, Forbidden, Invalid, Conflict."""
    round_ = visible(store, round_id, actor)
    if not manages(round_, actor):
        actor.must_act_for(application.company_id)
    round_.must_be("registration_open", "requests_open")
    company = store.company(application.company_id)
    if company is None:
        raise NotFound(
            "unknown_company",
            "La empresa no está en el directorio. Si acaba de inscribirla allí, espere unos segundos.",
            "The company is not in the directory. If you have just entered it, wait a few seconds.",
            "company_id",
        )
    check_side(tuple(company["roles"]), application.side)
    check_delegates(application.delegates, round_)
    registration = Registration(
        id=new_id(),
        version=1,
        round_id=round_id,
        company_id=application.company_id,
        company_name=company["name"],
        side=application.side,
        delegates=_with_ids(application.delegates),
        registered_by=actor.account_id,
        registered_at=now,
    )
    store.add(registration)
    event = RegistrationMade(
        registration_id=registration.id,
        round_id=round_id,
        round_name=round_.plan.name,
        company_id=registration.company_id,
        side=registration.side,
    )
    store.publish(event, registration.version, now)
    return registration


@transactional
def change_delegates(
    store: RoundsStore, read: tuple[str, int], delegates: tuple[Delegate, ...], *, actor: Actor
) -> Registration:
    """Replace a registration's delegates and free times; `read` is its id and the version that was read.

    A delegate whose id is kept stays the same person. Raises Conflict when one who has meetings is lost.
    """
    registration, round_ = own(store, read[0], actor)
    if registration.version != read[1]:
        raise stale()
    check_delegates(delegates, round_)
    known = {delegate.delegate_id for delegate in registration.delegates}
    kept = tuple(replace(d, delegate_id=d.delegate_id if d.delegate_id in known else "") for d in delegates)
    meeting: dict[str, list[str]] = defaultdict(list)
    for found in scheduled_of(store, round_.id, registration.company_id):
        meeting[found.side_of(registration.company_id).delegate_id].append(found.slot_id)
    changed = registration.with_delegates(_with_ids(kept), meeting)
    store.save(changed)
    return changed


def own(store: RoundsStore, registration_id: str, actor: Actor) -> tuple[Registration, Round]:
    """A registration and its round, for its company and the organizer. Raises NotFound or Forbidden."""
    registration = store.get(Registration, registration_id)
    round_ = store.get(Round, registration.round_id)
    if not manages(round_, actor):
        actor.must_act_for(registration.company_id)
    return registration, round_


def registration_of(store: RoundsStore, round_id: str, company_id: str) -> Registration:
    """A company's registration in a round. Raises Conflict when there is none."""
    found = store.first(Registration, {"round_id": round_id, "company_id": company_id})
    if found is None:
        raise Conflict(
            "not_registered",
            "La empresa no está inscrita en esta rueda.",
            "The company is not registered in this round.",
        )
    return found


def scheduled_of(store: RoundsStore, round_id: str, company_id: str) -> list[Meeting]:
    """A company's meetings of a round that stand, in the order of time."""
    query: dict[str, Any] = {"company_ids": company_id, "round_id": round_id, "status": "scheduled"}
    return store.find(Meeting, query)


def _with_ids(delegates: tuple[Delegate, ...]) -> tuple[Delegate, ...]:
    seen: set[str] = set()
    named = []
    for delegate in delegates:
        is_known = delegate.delegate_id and delegate.delegate_id not in seen
        named.append(delegate if is_known else replace(delegate, delegate_id=new_id()))
        seen.add(named[-1].delegate_id)
    return tuple(named)
