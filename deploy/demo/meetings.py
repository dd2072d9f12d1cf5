"""The second half of the story: a round, from the invitation to what both sides expect."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from deploy.demo.market import ZONE, in_parallel, today
from deploy.demo.people import StoryError, once_known, wait_for

if TYPE_CHECKING:
    from deploy.demo.cast import Character
    from deploy.demo.people import Person

NAME = "Rueda de negocios Encadena"
HOURS = 4
# What a meeting without a need is about, in centavos.
BY_HAND = 24_000_000_00
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
        what = f"{character.company['name']} en la rueda"
        once_known(what, "unknown_company", partial(person.call, "POST", "rounds", path, body))

    in_parallel(one, characters)


def takes_requests(organizer: Person, round_id: str) -> bool:
    """Whether the time of requests has not ended, as it has when the story was interrupted later."""
    round_ = organizer.call("GET", "rounds", f"/rounds/{round_id}")
    return bool(round_["status"] == "requests_open")


def request(anchors: list[Character], suppliers: list[Character], round_id: str) -> int:
    """Anchors ask the candidates that fit, and some suppliers ask by hand; returns how many."""
    asked = sum(_ask_candidates(anchor, suppliers, round_id) for anchor in anchors)
    by_hand = [supplier for supplier in suppliers if supplier.asks]
    for supplier in by_hand:
        [anchor] = [each for each in anchors if each.person.address == supplier.asks["to"]]
        wish = {"to_company_id": anchor.company_id, "note": supplier.asks["note"]}
        supplier.person.call("POST", "rounds", f"/rounds/{round_id}/requests", wish)
    return asked + len(by_hand)


def _ask_candidates(anchor: Character, suppliers: list[Character], round_id: str) -> int:
    person = anchor.person
    asked = 0
    for need in anchor.needs:
        shortlist = person.list("matching", f"/needs/{need['id']}/shortlist")
        found = {row["supplier_id"] for row in shortlist}
        for supplier in suppliers:
            if supplier.fits(need) and supplier.company_id in found:
                pair = {"to_company_id": supplier.company_id, "need_id": need["id"]}
                supplier.person.call(
                    "POST", "matching", f"/needs/{need['id']}/interest", {"interested": True}
                )
                candidate = f"/needs/{need['id']}/candidates/{supplier.company_id}/shortlist"
                person.call("POST", "matching", candidate)
                wait_for("la sugerencia de una cita", partial(_is_suggested, person, round_id, pair))
                person.call("POST", "rounds", f"/rounds/{round_id}/requests", pair)
                asked += 1
    return asked


def _is_suggested(person: Person, round_id: str, pair: dict[str, str]) -> bool:
    rows = person.call("GET", "rounds", f"/rounds/{round_id}/suggestions?limit=500")["items"]
    return any(
        row["company_id"] == pair["to_company_id"] and row["need_id"] == pair["need_id"] for row in rows
    )


def decide(characters: list[Character], round_id: str) -> tuple[int, int]:
    """Everybody answers what they were asked; returns how many said yes, and how many no."""
    refused = {each.company_id for each in characters if each.asks.get("answer") == "declined"}
    counts = {"accept": 0, "decline": 0}
    for character in characters:
        person = character.person
        query = {"direction": "received", "status": "pending", "limit": 100}
        for row in person.list("rounds", f"/rounds/{round_id}/requests", **query):
            verb = "decline" if row["from_company_id"] in refused else "accept"
            body: dict[str, str] | None = {} if verb == "accept" else None
            person.call("POST", "rounds", f"/requests/{row['request_id']}/{verb}", body)
            counts[verb] += 1
    return counts["accept"], counts["decline"]


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


def meet(organizer: Person, suppliers: list[Character], anchors: list[Character], round_id: str) -> int:
    """Both sides of every meeting come, save one supplier, and say what they expect.

    Returns how many meetings were held.
    """
    people = {each.company_id: each.person for each in suppliers + anchors}
    places = {each.company_id: number for number, each in enumerate(suppliers)}
    budgets = _budgets(anchors)
    requests = organizer.list("rounds", f"/rounds/{round_id}/requests", limit=100)
    needs = {row["request_id"]: row["need_id"] for row in requests}
    held = 0
    for meeting in organizer.list("rounds", f"/rounds/{round_id}/meetings", limit=100):
        path = f"/meetings/{meeting['meeting_id']}"
        need_id = needs[meeting["request_id"]]
        number = places[meeting["supplier"]["company_id"]]
        # Whoever asked by hand last is the one who does not come.
        missed = need_id is None and number == len(suppliers) - 1
        for side in ("buyer", "supplier"):
            person = people[meeting[side]["company_id"]]
            present = {"present": not (missed and side == "supplier")}
            person.call("POST", "rounds", f"{path}/attendance", present)
            if not missed:
                outcome = _outcome(number, side, meeting, budgets.get(need_id, BY_HAND))
                person.call("POST", "rounds", f"{path}/outcomes", outcome)
        held += not missed
    return held


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
