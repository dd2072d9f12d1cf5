"""An agenda to print: a page for each company, or one list."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from babel.dates import format_date
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from services.rounds.model.meetings import Meeting, Side
    from services.rounds.model.rounds import Round

FOLDER = Path(__file__).parent.parent / "templates"
_LOCALES = {"es": "es_CO", "en": "en_US"}
_WORDS = {
    "es": {"agenda": "Agenda", "time": "Hora", "with": "Con", "for_us": "Asiste", "table": "Mesa",
           "none": "No hay citas."},
    "en": {"agenda": "Agenda", "time": "Time", "with": "With", "for_us": "Attends", "table": "Table",
           "none": "There are no meetings."},
}  # fmt: skip


def agenda_page(round_: Round, meetings: Iterable[Meeting], language: str, company_id: str | None) -> str:
    """HTML with a sheet for each company, or for one; hours are the round's own."""
    sheets: dict[str, dict[str, Any]] = {}
    for meeting in sorted(meetings, key=lambda m: m.starts_at):
        for own in (meeting.buyer, meeting.supplier):
            if company_id in {None, own.company_id}:
                sheet = sheets.setdefault(own.company_id, {"company": own.company_name, "days": {}})
                sheet["days"].setdefault(_day(meeting.on, language), []).append(_line(meeting, own))
    ordered = sorted(sheets.values(), key=lambda sheet: str(sheet["company"]))
    template = _templates().get_template("agenda.html")
    return template.render(
        round_name=round_.plan.name, sheets=ordered, words=_WORDS[language], language=language
    )


def _day(on: date, language: str) -> str:
    return format_date(on, "full", locale=_LOCALES[language])


def _line(meeting: Meeting, own: Side) -> dict[str, Any]:
    zone = ZoneInfo(meeting.time_zone)
    times = (moment.astimezone(zone) for moment in (meeting.starts_at, meeting.ends_at))
    other = meeting.counterpart_of(own.company_id)
    return {
        "time": "–".join(f"{moment:%H:%M}" for moment in times),
        "with": f"{other.company_name} ({other.delegate_name})",
        "for_us": own.delegate_name,
        "table": meeting.table or "",
    }


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
