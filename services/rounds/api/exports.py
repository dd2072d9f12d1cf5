"""A round as files: agenda and results as XLSX and CSV, a page to print, and a calendar for each person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, current_app
from marshmallow import fields

from services.rounds.api.meetings import room_page
from services.rounds.exports.calendar import Reader, feed
from services.rounds.exports.files import as_csv, as_xlsx
from services.rounds.exports.page import agenda_page
from services.rounds.exports.sheets import agenda_sheet, results_sheet
from services.rounds.model.meetings import Meeting
from services.rounds.usecases import feeds as usecases
from services.rounds.usecases.rounds import managed, manages, visible
from services.rounds.usecases.timetables import standing
from shared import problems, web
from shared.auth import public, requires
from shared.web import Schema

if TYPE_CHECKING:
    from services.rounds.exports.sheets import Row
    from services.rounds.model.rounds import Round
    from shared.config import Config

bp = web.Blueprint("exports", __name__, description="A round as files")

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TITLES = {"agenda": {"es": "Agenda", "en": "Agenda"}, "results": {"es": "Resultados", "en": "Results"}}


class FeedSchema(Schema):
    """The secret address of a calendar; whoever knows it sees the meetings."""

    address = fields.String()


@bp.route("/rounds/<round_id>/agenda.xlsx", methods=["GET"])
@requires("supplier", "anchor", "organizer", "admin")
def agenda_xlsx(round_id: str) -> Response:
    """Read the agenda as a workbook: all of it for the organizer, for a company its own."""
    _, meetings, _ = _agenda(round_id)
    return _workbook(agenda_sheet(meetings, problems.language()), "agenda")


@bp.route("/rounds/<round_id>/agenda.csv", methods=["GET"])
@requires("supplier", "anchor", "organizer", "admin")
def agenda_csv(round_id: str) -> Response:
    """Read the same as text."""
    _, meetings, _ = _agenda(round_id)
    return _file(as_csv(agenda_sheet(meetings, problems.language())), "text/csv; charset=utf-8", "agenda.csv")


@bp.route("/rounds/<round_id>/agenda.html", methods=["GET"])
@requires("supplier", "anchor", "organizer", "admin")
def agenda_html(round_id: str) -> Response:
    """Read the agenda as a page to print: a sheet for each company, or one's own."""
    round_, meetings, company_id = _agenda(round_id)
    page = agenda_page(round_, meetings, problems.language(), company_id)
    return Response(page, content_type="text/html; charset=utf-8")


@bp.route("/rounds/<round_id>/results.xlsx", methods=["GET"])
@requires("organizer", "admin")
def results_xlsx(round_id: str) -> Response:
    """Read what came of each meeting as a workbook."""
    return _workbook(_results(round_id), "results")


@bp.route("/rounds/<round_id>/results.csv", methods=["GET"])
@requires("organizer", "admin")
def results_csv(round_id: str) -> Response:
    """Read the same as text."""
    return _file(as_csv(_results(round_id)), "text/csv; charset=utf-8", "results.csv")


@bp.route("/feed", methods=["POST"])
@requires("supplier", "anchor")
@bp.response(201, FeedSchema)
def open_feed() -> dict[str, str]:
    """Get the secret address of one's own calendar; an earlier one ends."""
    key = usecases.open_feed(web.store(), problems.language(), actor=web.actor(), now=web.now())
    config: Config = current_app.extensions["encadena.config"]
    return {"address": f"{config.portal_url}/feeds/{key}.ics"}


@bp.route("/feed", methods=["DELETE"])
@requires("supplier", "anchor")
@bp.response(204)
def close_feed() -> None:
    """End the secret address of one's own calendar."""
    usecases.close_feed(web.store(), actor=web.actor())


@bp.route("/feeds/<key>.ics", methods=["GET"])
@public
def read_feed(key: str) -> Response:
    """Read a calendar by its secret address."""
    company_id, language, meetings = usecases.meetings_of_feed(web.store(), key)
    return _file(
        feed(meetings, Reader(company_id, language, room_page), web.now()),
        "text/calendar; charset=utf-8",
        "encadena.ics",
    )


def _agenda(round_id: str) -> tuple[Round, list[Meeting], str | None]:
    """The round, and all its meetings, or those of the caller's company, which comes third."""
    store, actor = web.store(), web.actor()
    round_ = visible(store, round_id, actor)
    if manages(round_, actor):
        return round_, standing(store, round_id), None
    query = {"round_id": round_id, "status": "scheduled", "company_ids": actor.company_id}
    return round_, store.find(Meeting, query), actor.company_id or ""


def _results(round_id: str) -> list[Row]:
    managed(web.store(), round_id, web.actor())
    return results_sheet(standing(web.store(), round_id), problems.language())


def _workbook(rows: list[Row], name: str) -> Response:
    return _file(as_xlsx(rows, _TITLES[name][problems.language()]), _XLSX, f"{name}.xlsx")


def _file(content: bytes, content_type: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, content_type=content_type, headers=headers)
