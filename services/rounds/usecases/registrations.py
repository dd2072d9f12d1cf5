"""Companies take part in a round."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from services.rounds.model.meetings import Meeting
from services.rounds.model.registrations import (
    Delegate,
    Registration,
    check_delegates,
    check_side,
    exclude_each_other,
)
from services.rounds.model.rounds import Round
from services.rounds.usecases.rounds import manages, visible
from shared.contracts.rounds import RegistrationMade
from shared.errors import Conflict, Invalid, NotFound
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
    seeks: str = ""
    offers: str = ""
    never_meet: tuple[str, ...] = ()


@transactional
def register(
    store: RoundsStore, round_id: str, application: Application, *, actor: Actor, now: datetime
) -> Registration:
    """Register a company, by itself or by the organizer: it takes part, or waits for a word or a place.

    A company that has withdrawn may register again. Raises NotFound, Forbidden, Invalid, Conflict.
    """
    round_ = visible(store, round_id, actor)
    by_organizer = manages(round_, actor)
    if not by_organizer:
        actor.must_act_for(application.company_id)
        round_.rules.must_admit(now)
    round_.must_be("registration_open", "requests_open")
    check_delegates(application.delegates, round_)
    registration = _made(store, round_, application, actor.account_id, now)
    must_represent_nobody_else(store, registration, application.delegates)
    status = "pending"
    if by_organizer or not round_.rules.needs_approval:
        status = "accepted" if has_place(store, round_, registration.side) else "waiting"
    before = store.first(Registration, {"round_id": round_id, "company_id": registration.company_id})
    if before is not None and before.status == "withdrawn":
        registration = replace(registration, id=before.id, version=before.version + 1, status=status)
        store.save(registration)
    else:
        registration = replace(registration, status=status)
        store.add(registration)
    if status == "accepted":
        tell_made(store, round_, registration, now)
    return registration


def _made(
    store: RoundsStore, round_: Round, application: Application, account_id: str, now: datetime
) -> Registration:
    company = store.company(application.company_id)
    if company is None:
        raise NotFound(
            "unknown_company",
            "La empresa no está en el directorio. Si acaba de inscribirla allí, espere unos segundos.",
            "The company is not in the directory. If you have just entered it, wait a few seconds.",
            "company_id",
        )
    check_side(tuple(company["roles"]), application.side)
    return Registration(
        id=new_id(),
        version=1,
        round_id=round_.id,
        company_id=application.company_id,
        company_name=company["name"],
        side=application.side,
        delegates=with_ids(application.delegates),
        registered_by=account_id,
        registered_at=now,
        seeks=application.seeks,
        offers=application.offers,
        never_meet=application.never_meet,
    )


def must_represent_nobody_else(
    store: RoundsStore, registration: Registration, delegates: tuple[Delegate, ...]
) -> None:
    """Raise Invalid when one of these people already meets for another company in the round."""
    accounts = [delegate.account_id for delegate in delegates if delegate.account_id]
    if not accounts:
        return
    # Two who name the same person at once take turns.
    store.take_turn(Round, registration.round_id)
    query = {
        "delegates.account_id": {"$in": accounts},
        "round_id": registration.round_id,
        "company_id": {"$ne": registration.company_id},
        "status": {"$in": ["pending", "waiting", "accepted"]},
    }
    other = store.first(Registration, query)
    if other is not None:
        raise Invalid(
            "delegate_elsewhere",
            f"Esa persona ya asiste por {other.company_name}, y nadie puede estar en dos citas a la vez."
            " Nombre a otra.",
            f"That person already meets for {other.company_name}, and nobody can be in two meetings at once."
            " Name somebody else.",
            "delegates",
        )


def has_place(store: RoundsStore, round_: Round, side: str) -> bool:
    """Whether one more company of a side can take part; those who ask at once take turns."""
    places = round_.rules.places(side)
    if places is None:
        return True
    store.take_turn(Round, round_.id)
    return store.count(Registration, {"round_id": round_.id, "side": side, "status": "accepted"}) < places


def tell_made(
    store: RoundsStore, round_: Round, registration: Registration, now: datetime, *, waited: bool = False
) -> None:
    """Tell that a company takes part; it is to hear so itself where it `waited` for that."""
    event = RegistrationMade(
        registration_id=registration.id,
        round_id=round_.id,
        round_name=round_.plan.name,
        company_id=registration.company_id,
        side=registration.side,
        waited=waited,
    )
    store.publish(event, registration.version, now)


def own(store: RoundsStore, registration_id: str, actor: Actor) -> tuple[Registration, Round]:
    """A registration and its round, for its company and the organizer. Raises NotFound or Forbidden."""
    registration = store.get(Registration, registration_id)
    round_ = store.get(Round, registration.round_id)
    if not manages(round_, actor):
        actor.must_act_for(registration.company_id)
    return registration, round_


def registration_of(store: RoundsStore, round_id: str, company_id: str) -> Registration:
    """The registration of a company that takes part in a round. Raises Conflict when it does not."""
    query = {"round_id": round_id, "company_id": company_id, "status": "accepted"}
    found = store.first(Registration, query)
    if found is None:
        raise Conflict(
            "not_registered",
            "La empresa no está inscrita en esta rueda, o su inscripción no está aceptada.",
            "The company is not registered in this round, or its registration is not accepted.",
        )
    return found


def participants(store: RoundsStore, round_id: str) -> list[Registration]:
    """The registrations of all companies that take part in a round, in the order in which they came."""
    return store.find(Registration, {"round_id": round_id, "status": "accepted"})


def must_be_willing(one: Registration, other: Registration) -> None:
    """Raise Conflict when the two must never meet; it does not say which of them wishes so."""
    if exclude_each_other(one, other):
        raise Conflict(
            "never_meet",
            "Estas dos empresas no se reúnen en esta rueda. Elija otra.",
            "These two companies do not meet in this round. Choose another.",
            "to_company_id",
        )


def scheduled_of(store: RoundsStore, round_id: str, company_id: str) -> list[Meeting]:
    """A company's meetings of a round that stand, in the order of time."""
    query: dict[str, Any] = {"company_ids": company_id, "round_id": round_id, "status": "scheduled"}
    return store.find(Meeting, query)


def with_ids(delegates: tuple[Delegate, ...]) -> tuple[Delegate, ...]:
    """The delegates, with an id for each who has none of its own."""
    seen: set[str] = set()
    named = []
    for delegate in delegates:
        is_known = delegate.delegate_id and delegate.delegate_id not in seen
        named.append(delegate if is_known else replace(delegate, delegate_id=new_id()))
        seen.add(named[-1].delegate_id)
    return tuple(named)
