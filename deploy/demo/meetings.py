"""The second half of the story: a round, from the invitation to what both sides expect."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from deploy.demo.market import ZONE, in_parallel, today
from deploy.demo.people import StoryError, wait_for

if TYPE_CHECKING:
    from deploy.demo.cast import Character
    from deploy.demo.people import Person

NAME = "Rueda de negocios Encadena"
HOURS = 4
ASKED_BY_EACH_ANCHOR = 6
RUN_SECONDS = 3.0
MOST_RUNS = 5


def open_round(organizer: Person) -> str:
    """The organizer creates a round for today and opens registration; returns its id."""
    known = [r for r in organizer.list("rounds", "/rounds") if r["name"] == NAME]
    round_ = known[0] if known else organizer.call("POST", "rounds", "/rounds", _plan())
    lead(organizer, round_["round_id"], "registration_open")
    return str(round_["round_id"])


def _plan() -> dict[str, Any]:
    # Today, so that the meetings can be held; from the next hour on, in what is left of the day.
    hour = min(datetime.now(ZONE).hour + 1, 23)
    is_late = hour + HOURS >= 24
    day = {
        "on": today().isoformat(),
        "starts": f"{hour:02}:00",
        "ends": "23:59" if is_late else f"{hour + HOURS:02}:00",
        "slot_minutes": 5 if is_late else 20,
    }
    return {
        "name": NAME,
        "sector": "Agroindustria, confecciones, metalmecánica y software",
        "modality": "hybrid",
        "time_zone": str(ZONE),
        "days": [day],
        "tables": 8,
        "room_base_url": "https://meet.jit.si",
    }


def lead(organizer: Person, round_id: str, status: str) -> None:
    """Lead the round to its next status, which may have been done before."""
    organizer.call("POST", "rounds", f"/rounds/{round_id}/status", {"status": status})


def register(characters: list[Character], round_id: str) -> None:
    """Everybody registers; an anchor brings two people, who meet in parallel."""

    def one(character: Character) -> None:
        person = character.person
        account = person.send("GET", "portal", "/me")["account_id"]
        delegates = [{"name": character.name, "account_id": account, "languages": ["es"]}]
        if character.role == "anchor":
            delegates.append({"name": f"Equipo de compras de {character.company['name']}"})
        side = {"anchor": "buyer", "supplier": "supplier"}[character.role]
        body = {"side": side, "delegates": delegates}
        path = f"/rounds/{round_id}/registrations"
        wait_for(f"{character.company['name']} en la rueda", lambda: _registered(person, path, body))

    in_parallel(one, characters)


def _registered(person: Person, path: str, body: dict[str, Any]) -> bool:
    try:
        person.call("POST", "rounds", path, body)
    except StoryError as error:
        # The rounds hear of a new company a moment after the catalog does.
        if error.code == "unknown_company":
            return False
        raise
    return True


def takes_requests(organizer: Person, round_id: str) -> bool:
    """Whether the time of requests has not ended, as it has when the story was interrupted later."""
    round_ = organizer.call("GET", "rounds", f"/rounds/{round_id}")
    return bool(round_["status"] == "requests_open")


def request(anchors: list[Character], suppliers: list[Character], round_id: str) -> int:
    """Anchors ask their best candidates, and suppliers who were not asked ask; returns how many."""
    asked = [company for anchor in anchors for company in _ask_best(anchor.person, round_id)]
    left = [supplier for supplier in suppliers if supplier.company_id not in asked]
    note = "Quisiéramos presentarles lo que hacemos para empresas como la suya."
    for number, supplier in enumerate(left):
        wish = {"to_company_id": anchors[number % len(anchors)].company_id, "note": note}
        supplier.person.call("POST", "rounds", f"/rounds/{round_id}/requests", wish)
    return len(asked) + len(left)


def _ask_best(person: Person, round_id: str) -> list[str]:
    def suggested() -> list[dict[str, Any]]:
        answer = person.call("GET", "rounds", f"/rounds/{round_id}/suggestions")
        return list(answer["items"])

    best: dict[str, dict[str, Any]] = {}
    for row in wait_for("sugerencias de citas", suggested):
        best.setdefault(row["company_id"], row)
    chosen = list(best.values())[:ASKED_BY_EACH_ANCHOR]
    for row in chosen:
        candidate = f"/needs/{row['need_id']}/candidates/{row['company_id']}/shortlist"
        person.call("POST", "matching", candidate)
        if not row["request_id"]:
            wish = {"to_company_id": row["company_id"], "need_id": row["need_id"]}
            person.call("POST", "rounds", f"/rounds/{round_id}/requests", wish)
    return [row["company_id"] for row in chosen]


def decide(characters: list[Character], round_id: str) -> tuple[int, int]:
    """Everybody answers what they were asked: one no, all others yes; returns (yes, no)."""
    answers = {"accepted": 0, "declined": 0}
    refusing = characters[-1]
    for character in characters:
        person = character.person
        query = {"direction": "received", "status": "pending", "limit": 100}
        pending = person.list("rounds", f"/rounds/{round_id}/requests", **query)
        for row in pending:
            decline = character is refusing and answers["declined"] == 0
            path = f"/requests/{row['request_id']}"
            if decline:
                person.call("POST", "rounds", f"{path}/decline")
            else:
                person.call("POST", "rounds", f"{path}/accept", {})
            answers["declined" if decline else "accepted"] += 1
    return answers["accepted"], answers["declined"]


def make_agenda(organizer: Person, round_id: str) -> tuple[str, int, int]:
    """The organizer has an agenda made; returns its id, how many meetings, and how many left out.

    A run that was interrupted, as when the machine was switched off, is asked for again.
    """
    for seed in range(1, MOST_RUNS + 1):
        effort = {"seconds": RUN_SECONDS, "seed": seed}
        run = organizer.call("POST", "rounds", f"/rounds/{round_id}/agendas", effort)
        done = wait_for("la agenda", partial(_finished, organizer, run["run_id"]))
        if done["status"] == "done":
            agenda = organizer.call("GET", "rounds", f"/agendas/{done['agenda_id']}")
            return done["agenda_id"], len(agenda["placed"]), len(agenda["left_out"])
    raise StoryError(f"La agenda no se pudo generar: {done['status']} {done['error'] or ''}")


def _finished(organizer: Person, run_id: str) -> dict[str, Any] | None:
    run: dict[str, Any] = organizer.call("GET", "rounds", f"/runs/{run_id}")
    return None if run["status"] in {"queued", "running"} else run


def meet(characters: list[Character], organizer: Person, round_id: str) -> int:
    """Both sides of every meeting come, save one company once, and say what they expect.

    Returns how many meetings were held.
    """
    by_company = {character.company_id: character for character in characters}
    meetings = organizer.list("rounds", f"/rounds/{round_id}/meetings", limit=100)
    # By name, so that each telling of the story ends with the same figures whatever the ids are.
    meetings.sort(key=lambda meeting: [meeting[side]["company_name"] for side in ("buyer", "supplier")])
    budgets = _budgets(characters)
    wanted = {
        row["request_id"]: row for row in organizer.list("rounds", f"/rounds/{round_id}/requests", limit=100)
    }
    for number, meeting in enumerate(meetings):
        missed = number == len(meetings) - 1
        request = wanted[meeting["request_id"]]
        budget = budgets.get(request["need_id"] or "", 24_000_000_00)
        for side in ("buyer", "supplier"):
            person = by_company[meeting[side]["company_id"]].person
            path = f"/meetings/{meeting['meeting_id']}"
            present = {"present": not (missed and side == "supplier")}
            person.call("POST", "rounds", f"{path}/attendance", present)
            if not missed:
                person.call("POST", "rounds", f"{path}/outcomes", _outcome(number, side, meeting, budget))
    return len(meetings) - 1


def _budgets(characters: list[Character]) -> dict[str, int]:
    return {
        need["id"]: need["budget"]["amount"]
        for character in characters
        for need in character.needs
        if "budget" in need
    }


def _outcome(number: int, side: str, meeting: dict[str, Any], budget: int) -> dict[str, Any]:
    """What a side says: suppliers hope for more than buyers promise, and not all meetings lead on."""
    interest = ("high", "medium", "high", "low", "medium")[number % 5]
    if interest == "low":
        return {"interest": interest}
    share, probability = (40, 50) if side == "buyer" else (60, 70)
    return {
        "interest": interest,
        "next_step": {
            "what": "Enviar muestra y cotización" if number % 2 else "Visitar la planta",
            "owner_company_id": meeting["supplier"]["company_id"],
            "due_on": (today() + timedelta(days=10)).isoformat(),
        },
        "expected": {
            # Whole thousands of pesos; amounts are in centavos.
            "value": {"amount": budget * share // 100 // 100_000 * 100_000, "currency": "COP"},
            "probability": probability,
            "horizon_months": 6,
        },
    }
