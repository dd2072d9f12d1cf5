"""Making, keeping and publishing versions of a round's agenda."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from services.rounds.model.agendas import Agenda, AgendaRun
from services.rounds.model.requests import MeetingRequest
from services.rounds.usecases.problems import promises
from services.rounds.usecases.registrations import participants
from services.rounds.usecases.rounds import managed
from shared.errors import Conflict, NotFound
from shared.store import new_id, transactional

if TYPE_CHECKING:
    from datetime import datetime

    from services.rounds.agenda import Agenda as Answer
    from services.rounds.model.rounds import Round
    from services.rounds.store import RoundsStore
    from shared.auth import Actor


_OF_THE_ENGINE = ("placed", "left_out", "weight", "bound", "proved", "holes", "holes_proved", "missing")


class Effort(msgspec.Struct, frozen=True, kw_only=True):
    """How long a run may think, the seed that makes it repeatable, and what stays where it is."""

    seconds: float = 10.0
    seed: int = 1
    from_agenda_id: str | None = None
    only_unplaced: bool = False


@transactional
def start_run(store: RoundsStore, round_id: str, effort: Effort, *, actor: Actor, now: datetime) -> AgendaRun:
    """Queue a run, which a worker starts. Ends the time of requests. Raises Conflict while one is running."""
    round_ = managed(store, round_id, actor)
    round_.must_be("requests_open", "agenda_draft", "published", "running")
    if effort.from_agenda_id is not None and store.get(Agenda, effort.from_agenda_id).round_id != round_id:
        raise NotFound("not_found", "No existe o no es para usted.", "It does not exist, or is not for you.")
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
        from_agenda_id=effort.from_agenda_id,
        only_unplaced=effort.only_unplaced,
    )
    store.add(run)
    return run


@transactional
def stop_run(store: RoundsStore, run_id: str, *, actor: Actor, now: datetime) -> AgendaRun:
    """End a run: a running one keeps the best agenda that it has, one that has not begun has none.

    Raises Conflict when it has ended already.
    """
    run = store.get(AgendaRun, run_id)
    managed(store, run.round_id, actor)
    if not run.active:
        raise Conflict("run_has_ended", "La generación ya terminó.", "The run has already ended.")
    if run.status == "running":
        store.update_run(run.id, {"stopping": True})
        return replace(run, stopping=True)
    stopped = replace(run, status="interrupted", active=False, finished_at=now)
    store.save_run(stopped)
    return stopped


def next_number(store: RoundsStore, round_id: str) -> int:
    """The number of the next version; the database refuses a second one of the same number."""
    return store.count(Agenda, {"round_id": round_id}) + 1


@transactional
def finish_run(store: RoundsStore, run: AgendaRun, answer: Answer, *, round_: Round, now: datetime) -> Agenda:
    """Keep as a draft a run's answer for the round as it was then.

    Raises Conflict when the run was given up in the meantime.
    """
    agenda = Agenda(
        id=new_id(),
        version=1,
        round_id=run.round_id,
        run_id=run.id,
        number=next_number(store, run.round_id),
        status="draft",
        based_on=round_.published_agenda_id,
        rules=round_.agenda,
        created_at=now,
        **{name: getattr(answer, name) for name in _OF_THE_ENGINE},
    )
    if not end_run(store, run.id, "done", now=now, agenda_id=agenda.id):
        raise Conflict(
            "run_given_up",
            "La generación se interrumpió antes de terminar.",
            "The run was interrupted before it was done.",
        )
    store.add(agenda)
    return agenda


class Short(msgspec.Struct, frozen=True, kw_only=True):
    """A company that has fewer meetings than were promised to it."""

    company_id: str
    company_name: str
    promised: int
    held: int


def short_of(store: RoundsStore, agenda: Agenda) -> list[Short]:
    """Who has fewer meetings in a version than its rules promise."""
    if not agenda.rules.promised:
        return []
    names = {r.company_id: r for r in participants(store, agenda.round_id)}
    pairs = store.find(MeetingRequest, {"round_id": agenda.round_id, "status": "accepted"})
    placed = {place.request_id for place in agenda.placed}
    held = Counter(request.supplier_id for request in pairs if request.id in placed)
    return [
        Short(
            company_id=promise.company_id,
            company_name=names[promise.company_id].company_name,
            promised=promise.meetings,
            held=held[promise.company_id],
        )
        for promise in promises(store, agenda.rules, names.values())
        if held[promise.company_id] < promise.meetings
    ]


def end_run(store: RoundsStore, run_id: str, status: str, *, now: datetime, **result: Any) -> bool:
    """Note the end of a run that is still running; False when it is not. The last agenda stays as it is."""
    return store.update_run(run_id, {"status": status, "active": False, "finished_at": now, **result})
