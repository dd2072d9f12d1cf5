"""Plays the story once, and prints what it left with fresh links: `python -m deploy.demo`.

It needs a running system, as `make run` starts it.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from deploy.demo import market, meetings
from deploy.demo.cast import ORGANIZER, ORGANIZER_NAME, cast
from deploy.demo.people import Mailbox, Person, StoryError, wait_for
from deploy.embedded import Place, say
from services.portal.bootstrap import bootstrap
from services.portal.usecases.accounts import Profile
from shared.config import Config
from shared.money import Money, written

if TYPE_CHECKING:
    from deploy.demo.cast import Character


def link_for(address: str, role: str | None = None, name: str = "") -> str:
    """A one-time sign-in link, made as whoever runs an installation makes the first one."""
    return bootstrap(Config.from_env("portal"), Profile(address, name, "es"), role)


def play(place: Place) -> dict[str, Any]:
    """The whole story; returns its figures. Raises StoryError."""
    mailbox = Mailbox(place.var / "mail")
    suppliers, anchors = cast(place)
    everybody = suppliers + anchors
    organizer = Person(place, ORGANIZER)
    link = link_for(ORGANIZER, "organizer", ORGANIZER_NAME)
    organizer.sign_in(parse_qs(urlsplit(link).query)["code"][0])
    say(f"✓ {ORGANIZER_NAME}, organizadora, ingresa con el enlace que le dio quien instala")
    market.arrive(everybody, mailbox)
    say(f"✓ {len(everybody)} personas ingresan con un enlace de su correo e inscriben su empresa")
    offerings = market.publish(suppliers)
    say(f"✓ {len(suppliers)} proveedoras publican {offerings} ofertas")
    needs = market.publish(anchors)
    say(f"✓ {len(anchors)} empresas ancla publican {needs} necesidades")
    market.shortlists(anchors, suppliers)
    say("✓ Cada necesidad tiene candidatos")
    round_id, placed = _agree_on_agenda(organizer, suppliers, anchors)
    # Counted before the meetings, as each of these is evidence that makes matches some time after it.
    matches = market.shortlists(anchors, suppliers)
    held = meetings.meet(organizer, suppliers, anchors, round_id)
    say(f"✓ Se celebran {held} citas y cada parte registra su expectativa")
    wait_for("que salga el correo", lambda: _mail_is_out(organizer, placed))
    return {
        "round": meetings.NAME,
        "suppliers": len(suppliers),
        "needs": needs,
        "matches": matches,
        "totals": organizer.call("GET", "rounds", f"/rounds/{round_id}/totals"),
        "supplier": [suppliers[0].person.address, suppliers[0].name, suppliers[0].company["name"]],
        "anchor": [anchors[0].person.address, anchors[0].name, anchors[0].company["name"]],
    }


def _agree_on_agenda(
    organizer: Person, suppliers: list[Character], anchors: list[Character]
) -> tuple[str, int]:
    """Up to a published agenda; returns the round's id and how many meetings there will be."""
    everybody = suppliers + anchors
    round_id = meetings.open_round(organizer)
    meetings.register(everybody, round_id)
    say(f"✓ Se abre «{meetings.NAME}» y se inscriben {len(everybody)} empresas")
    meetings.lead(organizer, round_id, "requests_open")
    if meetings.takes_requests(organizer, round_id):
        requested = meetings.request(anchors, suppliers, round_id)
        say(f"✓ Se piden {requested} citas")
        accepted, declined = meetings.decide(everybody, round_id)
        say(f"✓ Se aceptan {accepted} y se rechaza {declined}")
    agenda_id, placed, left_out = meetings.make_agenda(organizer, round_id)
    say(f"✓ Agenda en borrador: {placed} citas, {left_out} solicitudes sin lugar")
    organizer.call("POST", "rounds", f"/agendas/{agenda_id}/publish")
    say("✓ Agenda publicada")
    return round_id, placed


def _mail_is_out(organizer: Person, meetings: int) -> bool:
    """Whether the invitations to so many meetings, and all other mail, were sent."""
    rows = organizer.call("GET", "notifications", "/deliveries/summary")["deliveries"]
    waiting = sum(row["count"] for row in rows if row["state"] == "pending")
    invitations = sum(row["count"] for row in rows if row["kind"] == "meetings")
    return invitations >= meetings and not waiting


def summarize(place: Place, figures: dict[str, Any]) -> None:
    """What a person wants to know of the story, and where to look."""
    totals = figures["totals"]
    messages = Mailbox(place.var / "mail").messages()
    invitations = sum(
        any(part.get_content_type() == "text/calendar" for part in message.walk()) for message in messages
    )
    expected = [
        f"{written(Money(**row['raw']), 'es')} esperados"
        f" ({written(Money(**row['weighted']), 'es')} según su probabilidad)"
        for row in totals["expected"]
    ]
    print(
        f"\nLo que dejó la historia de demostración\n"
        f"  {figures['suppliers']} proveedoras y {figures['needs']} necesidades publicadas,"
        f" {figures['matches']} emparejamientos\n"
        f"  {figures['round']}: {totals['buyers']} compradores, {totals['suppliers']} proveedoras,"
        f" {totals['scheduled']} citas en la agenda, {totals['held']} celebradas\n"
        f"  {', '.join(expected)}\n"
        f"  {len(messages)} correos, {invitations} con invitación de calendario: {place.var / 'mail'}\n"
        f"\nPara mirar, un enlace de un solo uso para cada quien\n"
        f"  Proveedora    {' · '.join(figures['supplier'][1:])}\n"
        f"                {link_for(figures['supplier'][0])}\n"
        f"  Empresa ancla {' · '.join(figures['anchor'][1:])}\n"
        f"                {link_for(figures['anchor'][0])}\n"
        f"  Organizadora  {ORGANIZER_NAME}\n"
        f"                {link_for(ORGANIZER)}\n"
        f"  Interfaz HTTP {' '.join(f'{place.url(s)}/docs' for s in ('catalog', 'rounds'))}",
        flush=True,
    )


def main() -> int:
    """Play the story unless it was played before; then say what it left."""
    parser = argparse.ArgumentParser(prog="python -m deploy.demo", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--var", type=Path, required=True)
    options = parser.parse_args()
    place = Place(options.var.absolute(), options.port)
    kept = place.var / "demo.json"
    try:
        if not kept.exists():
            print("\nLa historia de demostración", flush=True)
            part = kept.with_suffix(".part")
            part.write_text(json.dumps(play(place), ensure_ascii=False, indent=1))
            part.rename(kept)
    except StoryError as error:
        print(f"\nLa historia se detuvo. {error}\nEl sistema sigue en marcha.", file=sys.stderr)
        return 1
    summarize(place, json.loads(kept.read_text()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
