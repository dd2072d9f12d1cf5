"""Who gets a place in a round: the organizer's word, the waiting list, and those who leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.rounds.model.cancellations import Cancellation
from services.rounds.model.registrations import Registration
from services.rounds.model.requests import MeetingRequest
from services.rounds.model.rounds import UNDER_WAY, Round
from services.rounds.usecases.meetings import call_off
from services.rounds.usecases.offers import Hour, offer_hours
from services.rounds.usecases.registrations import has_place, own, scheduled_of, tell_made
from services.rounds.usecases.rounds import managed, managed_as_read
from shared.contracts.rounds import RegistrationRefused, RegistrationWithdrawn
from shared.store import transactional

if TYPE_CHECKING:
    from datetime import datetime

    from services.rounds.model.limits import AgendaRules
    from services.rounds.model.rules import Rules
    from services.rounds.store import RoundsStore
    from shared.auth import Actor

_SIDES = ("buyer", "supplier")


@transactional
def decide_registration(
    store: RoundsStore, registration_id: str, word: tuple[bool, str], *, actor: Actor, now: datetime
) -> Registration:
    """Let a company take part, or not: `word` is yes or no, and why not.

    Where all places are taken a yes puts it on the waiting list. Raises Conflict when it was decided before,
    or the round is over.
    """
    registration = store.get(Registration, registration_id)
    round_ = managed(store, registration.round_id, actor)
    round_.must_be(*UNDER_WAY)
    if not word[0]:
        refused = registration.decided("refused", word[1])
        store.save(refused)
        event = RegistrationRefused(**_told(refused, round_), reason=word[1])
        store.publish(event, refused.version, now)
        return refused
    if not has_place(store, round_, registration.side):
        waiting = registration.decided("waiting")
        store.save(waiting)
        return waiting
    return _let_in(store, round_, registration, now)


def _let_in(store: RoundsStore, round_: Round, registration: Registration, now: datetime) -> Registration:
    accepted = registration.decided("accepted")
    store.save(accepted)
    tell_made(store, round_, accepted, now, waited=True)
    return accepted


@transactional
def withdraw(
    store: RoundsStore, registration_id: str, reason: str, *, actor: Actor, now: datetime
) -> Registration:
    """Take a company out: its requests and coming meetings end, and the next in the waiting list comes in.

    Once the agenda is published the hours that come free are offered.
    """
    registration, round_ = own(store, registration_id, actor)
    round_.must_be(*UNDER_WAY)
    by_itself = actor.company_id == registration.company_id
    return _take_out(
        store, round_, registration.withdrawn(reason), "company" if by_itself else "organizer", now=now
    )


def withdraw_from_all(store: RoundsStore, company_id: str, *, now: datetime) -> None:
    """Take a company that has left the directory out of all rounds that are not over."""
    query = {"company_id": company_id, "status": {"$in": ["pending", "waiting", "accepted"]}}
    for registration in store.find(Registration, query):
        round_ = store.get(Round, registration.round_id)
        if round_.status in UNDER_WAY:
            _take_out(store, round_, registration.withdrawn(""), "directory", now=now)


def _take_out(
    store: RoundsStore, round_: Round, gone: Registration, cause: str, *, now: datetime
) -> Registration:
    """Carry out what follows from a company's leaving, and tell it."""
    store.save(gone)
    why = Cancellation(
        cause="left_directory" if cause == "directory" else "withdrawn",
        company=gone.company_name,
        note=gone.reason,
    )
    kept, hours = set(), []
    for meeting in scheduled_of(store, round_.id, gone.company_id):
        if meeting.has_happened or meeting.ends_at <= now:
            kept.add(meeting.request_id)
        else:
            call_off(store, round_, meeting, why, now=now)
            hours.append(Hour(meeting.counterpart_of(gone.company_id).company_id, meeting.slot_id))
    field = f"{gone.side}_id"
    query = {"round_id": round_.id, field: gone.company_id, "status": {"$in": ["pending", "accepted"]}}
    open_requests = [r for r in store.find(MeetingRequest, query) if r.id not in kept]
    store.save(*(request.cancelled() for request in open_requests))
    event = RegistrationWithdrawn(
        **_told(gone, round_),
        reason=gone.reason,
        cause=cause,
        company_name=gone.company_name,
        organizer_id=round_.organizer_id,
        cancelled_meetings=len(hours),
    )
    store.publish(event, gone.version, now)
    fill_places(store, round_, gone.side, now)
    offer_hours(store, round_, hours, now=now)
    return gone


def fill_places(store: RoundsStore, round_: Round, side: str, now: datetime) -> list[Registration]:
    """Let in those who wait for a place on a side, the first to come first, as far as there are places."""
    admitted = []
    query = {"round_id": round_.id, "side": side, "status": "waiting"}
    for registration in store.find(Registration, query):
        if not has_place(store, round_, side):
            break
        admitted.append(_let_in(store, round_, registration, now))
    return admitted


@transactional
def change_rules(
    store: RoundsStore, read: tuple[str, int], rules: Rules, *, actor: Actor, now: datetime
) -> Round:
    """Settle other rules; new places go to those who wait. `read`: id and version. Raises Stale, Conflict."""
    changed = managed_as_read(store, read, actor).with_rules(rules)
    store.save(changed)
    for side in _SIDES:
        fill_places(store, changed, side, now)
    return changed


@transactional
def change_agenda_rules(
    store: RoundsStore, read: tuple[str, int], rules: AgendaRules, *, actor: Actor
) -> Round:
    """Settle other rules for the next agendas and for changes by hand. Raises Stale, Conflict, Invalid."""
    changed = managed_as_read(store, read, actor).with_agenda_rules(rules)
    store.save(changed)
    return changed


def _told(registration: Registration, round_: Round) -> dict[str, str]:
    return {
        "registration_id": registration.id,
        "round_id": round_.id,
        "round_name": round_.plan.name,
        "company_id": registration.company_id,
        "side": registration.side,
    }
