"""Making, keeping and publishing versions of a round's agenda."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from services.rounds.agenda import Delegate, Pinned, Problem, Request, Slot
from services.rounds.model.agendas import Agenda, AgendaRun
from services.rounds.model.meetings import Meeting
from services.rounds.model.registrations import exclude_each_other
from services.rounds.model.requests import MeetingRequest
from services.rounds.model.rounds import Round
from services.rounds.usecases.registrations import participants
from services.rounds.usecases.rounds import managed
from shared.errors import Conflict
from shared.store import new_id, transactional

if TYPE_CHECKING:
    from datetime import datetime

    from services.rounds.agenda import Agenda as Answer
    from services.rounds.model.registrations import Registration
    from services.rounds.store import RoundsStore
    from shared.auth import Actor


class Effort(msgspec.Struct, frozen=True, kw_only=True):
    """How long a run may think, and the seed that makes it repeatable."""

    seconds: float = 10.0
    seed: int = 1


@transactional
def start_run(store: RoundsStore, round_id: str, effort: Effort, *, actor: Actor, now: datetime) -> AgendaRun:
    """Queue a run, which a worker starts. Ends the time of requests. Raises Conflict while one is running."""
    round_ = managed(store, round_id, actor)
    round_.must_be("requests_open", "agenda_draft", "published", "running")
    if round_.status == "requests_open":
        store.save(round_.moved_to("agenda_draft", now))
    run = AgendaRun(
        id=new_id(),
        round_id=round_id,
        seconds=effort.seconds,
        seed=effort.seed,
        status="queued",
        active=True,
        requested_by=actor.account_id,
        created_at=now,
        heartbeat_at=now,
    )
    store.add(run)
    return run


@transactional
def stop_run(store: RoundsStore, run_id: str, *, actor: Actor, now: datetime) -> AgendaRun:
    """Give a run up; its process is ended by the worker. Raises Conflict when it has ended already."""
    run = store.get(AgendaRun, run_id)
    managed(store, run.round_id, actor)
    if not run.active:
        raise Conflict("run_has_ended", "La generación ya terminó.", "The run has already ended.")
    stopped = replace(run, status="interrupted", active=False, finished_at=now)
    store.save_run(stopped)
    return stopped


@transactional
def problem_of(store: RoundsStore, round_id: str) -> tuple[Problem, Round]:
    """What the engine is to solve: the round as it stands, with pinned meetings where they are."""
    round_ = store.get(Round, round_id)
    registrations = participants(store, round_id)
    by_company = {registration.company_id: registration for registration in registrations}
    every_slot = frozenset(slot.slot_id for slot in round_.slots)
    requests = [
        request
        for request in store.find(MeetingRequest, {"round_id": round_id, "status": "accepted"})
        if may_meet(by_company, request)
    ]
    problem = Problem(
        slots=tuple(Slot(slot.slot_id, slot.on.isoformat()) for slot in round_.slots),
        delegates=tuple(
            Delegate(
                delegate.delegate_id,
                registration.company_id,
                every_slot if delegate.free_slots is None else frozenset(delegate.free_slots),
            )
            for registration in registrations
            for delegate in registration.delegates
        ),
        requests=tuple(Request(r.id, r.buyer_id, r.supplier_id, r.weight) for r in requests),
        tables=round_.plan.tables,
        pinned=tuple(Pinned(m.request_id, *_place(m)) for m in standing(store, round_id) if m.pinned),
    )
    return problem, round_


def may_meet(by_company: dict[str, Registration], request: MeetingRequest) -> bool:
    """Whether both companies take part and neither must never meet the other."""
    buyer, supplier = by_company.get(request.buyer_id), by_company.get(request.supplier_id)
    return buyer is not None and supplier is not None and not exclude_each_other(buyer, supplier)


def standing(store: RoundsStore, round_id: str) -> list[Meeting]:
    """The meetings of a round that stand, in the order of time."""
    return store.find(Meeting, {"round_id": round_id, "status": "scheduled"})


def _place(meeting: Meeting) -> tuple[str, str, str, int | None]:
    return meeting.slot_id, meeting.buyer.delegate_id, meeting.supplier.delegate_id, meeting.table


@transactional
def finish_run(
    store: RoundsStore, run: AgendaRun, answer: Answer, *, based_on: str | None, now: datetime
) -> Agenda:
    """Keep a run's answer as a draft. Raises Conflict when the run was given up in the meantime."""
    agenda = Agenda(
        id=new_id(),
        version=1,
        round_id=run.round_id,
        run_id=run.id,
        number=store.count(Agenda, {"round_id": run.round_id}) + 1,
        status="draft",
        based_on=based_on,
        placed=answer.placed,
        left_out=answer.left_out,
        weight=answer.weight,
        bound=answer.bound,
        proved=answer.proved,
        holes=answer.holes,
        holes_proved=answer.holes_proved,
        created_at=now,
    )
    if not end_run(store, run.id, "done", now=now, agenda_id=agenda.id):
        raise Conflict(
            "run_given_up",
            "La generación se interrumpió antes de terminar.",
            "The run was interrupted before it was done.",
        )
    store.add(agenda)
    return agenda


def end_run(store: RoundsStore, run_id: str, status: str, *, now: datetime, **result: Any) -> bool:
    """Note the end of a run that is still running; False when it is not. The last agenda stays as it is."""
    return store.update_run(run_id, {"status": status, "active": False, "finished_at": now, **result})
