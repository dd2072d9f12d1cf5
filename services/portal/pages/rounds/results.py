"""What came of a round: totals drawn and in figures, files, and questions without an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from babel import Locale
from flask import Blueprint, request

from services.portal.asking import all_at_once
from services.portal.model import LANGUAGES
from services.portal.pages.reader import LOCALES
from services.portal.pages.rounds.desk import RoundDesk, Row, at_desk
from services.portal.texts import TEXTS
from services.portal.texts.sectors import SECTORS
from shared.auth import public
from shared.divipola import DEPARTMENTS
from shared.errors import NotFound
from shared.money import Money, written

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

bp = Blueprint("portal_results", __name__)

PAGE = 50
BY = ("sector", "department", "size", "market")
# What a file is called, and the path below the round at which the rounds service has it.
FILES = ("agenda.xlsx", "agenda.csv", "agenda.html", "results.xlsx", "results.csv")
KINDS = (("expected", "raw"), ("weighted", "weighted"), ("reconciled", "raw"), ("verified", "sold"))


@bp.get("/rounds/<round_id>/results")
@public
@at_desk
def results_page(desk: RoundDesk) -> AnyResponse:
    """Meetings and expected, agreed and sold values, in all and by group."""
    by = request.args.get("by", "")
    by = by if by in BY else BY[0]
    asked = {"limit": PAGE, "cursor": request.args.get("cursor"), "unanswered": _unanswered()}
    found = all_at_once(
        {
            "totals": lambda: desk.get("/totals"),
            "counts": lambda: desk.get("/counts"),
            "groups": lambda: desk.get("/groups", by=by),
            "follow_ups": lambda: desk.get("/follow-ups", **asked),
        }
    )
    groups = (found["groups"] or {"items": []})["items"]
    return desk.page(
        "results.html",
        found=found,
        sums=sums_of(desk, found["totals"]) if found["totals"] else [],
        by=by,
        bys=BY,
        groups=groups_of(desk, groups, by),
        files=FILES,
        unanswered=_unanswered() == "true",
        cursor=(found["follow_ups"] or {}).get("next_cursor"),
    )


@bp.get("/rounds/<round_id>/files/<name>")
@public
@at_desk
def file(desk: RoundDesk, name: str) -> AnyResponse:
    """The agenda or the results as a file, or as a page to print."""
    if name not in FILES:
        raise NotFound("not_found", "No existe o no es para usted.", "It does not exist, or is not for you.")
    answer = desk.services.file("rounds", f"/rounds/{quote(desk.id, safe='')}/{name}")
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def _unanswered() -> str:
    return "false" if request.args.get("show") == "all" else "true"


def sums_of(desk: RoundDesk, sums: Row) -> list[Row]:
    """For each currency what is expected, weighted, agreed and sold, each with its part of the largest."""
    rows: dict[str, dict[str, tuple[int, int]]] = {}
    for name, kind in KINDS:
        for each in sums["expected" if name == "weighted" else name]:
            money = each[kind]
            rows.setdefault(money["currency"], {})[name] = (money["amount"], each["meetings"])
    return [_bars(desk, currency, rows[currency]) for currency in sorted(rows, key=lambda c: (c != "COP", c))]


def _bars(desk: RoundDesk, currency: str, found: dict[str, tuple[int, int]]) -> Row:
    largest = max((amount for amount, _ in found.values()), default=0)
    bars = []
    for name, _ in KINDS:
        amount, meetings = found.get(name, (0, 0))
        width = round(100 * amount / largest, 1) if largest else 0
        shown = written(Money(amount, currency), desk.account.language)
        bars.append({"name": name, "shown": shown, "meetings": meetings, "width": width})
    return {"currency": currency, "bars": bars}


def groups_of(desk: RoundDesk, groups: list[Row], by: str) -> list[Row]:
    """Groups, those of which most is expected first; bars compare pesos, and what is in other currencies is
    told in figures.
    """
    rows = []
    for group in groups:
        pesos = {name: _pesos(group, name, kind) for name, kind in KINDS}
        told = {
            name: desk.reader.sums([each[kind] for each in group["expected" if name == "weighted" else name]])
            for name, kind in KINDS
        }
        rows.append({**group, "words": named(desk, by, group["name"]), "pesos": pesos, "told": told})
    largest = max((row["pesos"]["expected"] for row in rows), default=0)
    for row in rows:
        widths = {
            name: round(100 * amount / largest, 1) if largest else 0 for name, amount in row["pesos"].items()
        }
        row["widths"] = widths
    return sorted(rows, key=lambda row: (-row["pesos"]["expected"], -row["scheduled"], row["words"]))


def _pesos(group: Row, name: str, kind: str) -> int:
    every = (each[kind] for each in group["expected" if name == "weighted" else name])
    return sum(money["amount"] for money in every if money["currency"] == "COP")


def named(desk: RoundDesk, by: str, code: str) -> str:
    """A group in words: a department, a country, a size, a CIIU division; an unknown code as it is."""
    if code == "unknown":
        return desk.text("group_unknown")
    if by == "sector" and code in SECTORS:
        return SECTORS[code][LANGUAGES.index(desk.account.language)]
    if by == "size" and f"group_size_{code}" in TEXTS:
        return desk.text(f"group_size_{code}")
    known: dict[str, Any] = {"department": DEPARTMENTS, "market": _countries(desk)}
    return str(known.get(by, {}).get(code, code))


def _countries(desk: RoundDesk) -> Any:
    return Locale.parse(LOCALES[desk.account.language]).territories
