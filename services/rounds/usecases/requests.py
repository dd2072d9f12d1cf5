"""Companies ask one another to meet, and decide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from services.rounds.model.registrations import Registration
from services.rounds.model.requests import MeetingRequest, check_order, check_pair
from services.rounds.model.rounds import Round
from services.rounds.usecases.booking import book
from services.rounds.usecases.registrations import must_be_willing, registration_of
from services.rounds.usecases.rounds import managed, visible
from shared.contracts.rounds import MeetingRequested, RequestAccepted, RequestDeclined
from shared.errors import Conflict, Forbidden, Invalid, NotFound
from shared.store import new_id, transactional

if TYPE_CHECKING:
    from datetime import datetime

    from services.rounds.model.meetings import Meeting
    from services.rounds.store import RoundsStore
    from shared.auth import Actor


# While a round is so, companies decide, and say what matters to them.
_DECIDING = ("requests_open", "agenda_draft", "published", "running")


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a company wants to meet, about which need or with which words of its own."""

    to_company_id: str
    need_id: str | None = None
    note: str = ""


@transactional
def ask(store: RoundsStore, round_id: str, wish: Wish, *, actor: Actor, now: datetime) -> MeetingRequest:
    """Ask a company for a meeting. Raises Invalid, Conflict, Forbidden or NotFound.

    Of a pair one request alone is open. What was cancelled can be asked again, and what has expired by the
    one who did not answer.
    """
    round_ = visible(store, round_id, actor)
    round_.must_be("requests_open")
    round_.rules.must_take_requests(now)
    asking = registration_of(store, round_id, _company_of(actor))
    asked = registration_of(store, round_id, wish.to_company_id)
    check_pair(asking, asked)
    must_be_willing(asking, asked)
    # Beside one of the two who leaves or excludes the other, the later one of both runs again.
    store.take_turn(Registration, asking.id, asked.id)
    _must_have_requests_left(store, round_, asking)
    buyer, supplier = (asking, asked) if asking.side == "buyer" else (asked, asking)
    request = MeetingRequest(
        id=new_id(),
        version=1,
        round_id=round_id,
        from_company_id=asking.company_id,
        from_company_name=asking.company_name,
        to_company_id=asked.company_id,
        to_company_name=asked.company_name,
        buyer_id=buyer.company_id,
        supplier_id=supplier.company_id,
        need_id=wish.need_id,
        note=wish.note,
        score=_score(store, wish.need_id, buyer, supplier),
        status="pending",
        created_by=actor.account_id,
        created_at=now,
        expires_at=round_.rules.expiry(now),
    )
    return _sent(store, request, round_, now)


def _sent(store: RoundsStore, request: MeetingRequest, round_: Round, now: datetime) -> MeetingRequest:
    """Keep a new request and tell it; one that has ended may be asked again, and keeps its id and place."""
    pair = {"round_id": round_.id, "buyer_id": request.buyer_id, "supplier_id": request.supplier_id}
    before = store.first(MeetingRequest, pair)
    if before is not None and before.may_be_asked_again(request.from_company_id):
        kept = {"id": before.id, "paid": before.paid, "after": before.after}
        request = replace(request, version=before.version + 1, **kept)
        store.save(request)
    else:
        store.add(request)
    _tell(store, request, round_, now)
    return request


def _must_have_requests_left(store: RoundsStore, round_: Round, asking: Registration) -> None:
    """Raise Conflict when a company has as many open or accepted requests as the round allows."""
    limit = round_.rules.requests_per_company
    if limit is None:
        return
    query = {"round_id": round_.id, "from_company_id": asking.company_id}
    if store.count(MeetingRequest, {**query, "status": {"$in": ["pending", "accepted"]}}) >= limit:
        raise Conflict(
            "too_many_requests",
            f"En esta rueda cada empresa pide hasta {limit} citas. Espere respuestas, o que alguna venza.",
            f"In this round each company asks for up to {limit} meetings. Wait for answers or expiries.",
        )


@transactional
def accept(
    store: RoundsStore, request_id: str, slot_id: str | None, *, actor: Actor, now: datetime
) -> tuple[MeetingRequest, Meeting | None]:
    """Say yes; with a slot, the meeting is booked at once or nothing is changed.

    Raises Conflict with a clear reason when either side has no delegate, or no table is, free then.
    """
    request, round_ = _asked_of(store, request_id, actor)
    round_.must_be(*_DECIDING)
    if slot_id is not None and request.status == "accepted":
        # Whoever said yes before can still take a slot: the booking refuses a second meeting.
        return request, book(store, round_, request, slot_id, now=now)
    accepted = request.decided(True, actor.account_id, now)
    store.save(accepted)
    meeting = book(store, round_, accepted, slot_id, now=now) if slot_id is not None else None
    _tell(store, accepted, round_, now)
    return accepted, meeting


@transactional
def decline(store: RoundsStore, request_id: str, *, actor: Actor, now: datetime) -> MeetingRequest:
    """Say no. Raises Conflict when it was decided before, or the round is over."""
    request, round_ = _asked_of(store, request_id, actor)
    round_.must_be(*_DECIDING)
    declined = request.decided(False, actor.account_id, now)
    store.save(declined)
    _tell(store, declined, round_, now)
    return declined


@transactional
def rank(store: RoundsStore, request_id: str, place: int | None, *, actor: Actor) -> MeetingRequest:
    """Put a request on one's company's list (1 is wanted most), or take it off. Raises NotFound, Conflict."""
    request = store.get(MeetingRequest, request_id)
    company_id = _company_of(actor)
    if company_id not in (request.from_company_id, request.to_company_id):
        raise NotFound("not_found", "No existe o no es para usted.", "It does not exist, or is not for you.")
    round_ = store.get(Round, request.round_id)
    round_.must_be(*_DECIDING)
    ranked = request.ranked(company_id, place)
    store.save(ranked)
    return ranked


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """What the organizer says of a request: it was paid for, and comes after others."""

    paid: bool = False
    after: tuple[str, ...] = ()


@transactional
def condition(store: RoundsStore, request_id: str, said: Condition, *, actor: Actor) -> MeetingRequest:
    """Weigh and order a request, as the organizer. Raises Invalid for foreign requests and circles."""
    request = store.get(MeetingRequest, request_id)
    round_ = managed(store, request.round_id, actor)
    round_.must_be(*_DECIDING)
    known = store.find(MeetingRequest, {"_id": {"$in": list(said.after)}, "round_id": round_.id})
    if len(known) != len(set(said.after)):
        raise Invalid(
            "unknown_request",
            "Una de las solicitudes que van antes no es de esta rueda.",
            "One of the requests that come before is not of this round.",
            "after",
        )
    waiting = store.find(MeetingRequest, {"round_id": round_.id, "after.0": {"$exists": True}})
    check_order({**{other.id: other.after for other in waiting}, request.id: said.after})
    conditioned = request.conditioned(said.paid, tuple(dict.fromkeys(said.after)))
    store.save(conditioned)
    return conditioned


def _company_of(actor: Actor) -> str:
    if actor.company_id is None:
        raise Forbidden(
            "no_company",
            "Su cuenta no actúa por ninguna empresa. Elija una empresa e intente de nuevo.",
            "Your account acts for no company. Choose a company and try again.",
        )
    return actor.company_id


def _asked_of(store: RoundsStore, request_id: str, actor: Actor) -> tuple[MeetingRequest, Round]:
    request = store.get(MeetingRequest, request_id)
    actor.must_act_for(request.to_company_id)
    return request, store.get(Round, request.round_id)


def _score(
    store: RoundsStore, need_id: str | None, buyer: Registration, supplier: Registration
) -> float | None:
    """The match score of the pair for the need. Raises Invalid when the need is not the buyer's."""
    if need_id is None:
        return None
    shortlist = store.shortlist(need_id)
    if shortlist is None or shortlist["anchor_id"] != buyer.company_id:
        raise Invalid(
            "need_of_another_company",
            "Esa necesidad no es del comprador de esta cita. Elija una de las sugerencias.",
            "That need is not of the buyer of this meeting. Choose one of the suggestions.",
            "need_id",
        )
    scores = {entry["supplier_id"]: entry["score"] for entry in shortlist["entries"]}
    return scores.get(supplier.company_id)


_EVENT_OF = {"pending": MeetingRequested, "accepted": RequestAccepted, "declined": RequestDeclined}


def _tell(store: RoundsStore, request: MeetingRequest, round_: Round, now: datetime) -> None:
    store.publish(_EVENT_OF[request.status](**told_of(request, round_)), request.version, now)


def told_of(request: MeetingRequest, round_: Round) -> dict[str, Any]:
    """What every event about a request says."""
    return {
        "request_id": request.id,
        "round_id": request.round_id,
        "round_name": round_.plan.name,
        "from_company_id": request.from_company_id,
        "from_company_name": request.from_company_name,
        "to_company_id": request.to_company_id,
        "to_company_name": request.to_company_name,
        "need_id": request.need_id,
        "note": request.note,
    }
