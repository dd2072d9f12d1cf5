"""The wording of everything that people receive, in their language and their way to write a time."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time, get_timezone_name
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from services.notifications.model import Wording

if TYPE_CHECKING:
    from datetime import datetime

    from jinja2 import Template

FOLDER = Path(__file__).parent / "templates"
LOCALES = {"es": "es_CO", "en": "en_US"}
LONGEST_VALUE = 400
LONGEST_TITLE = 150
# The portal's pages of what is not about one meeting.
_PAGES = {
    Wording.MEETING_REQUESTED: "/requests",
    Wording.NEW_SUPPLIERS: "/needs",
    Wording.NEW_OPPORTUNITIES: "/opportunities",
    Wording.CANDIDATE_SHORTLISTED: "/opportunities/{need_id}",
    Wording.INTEREST_DECLARED: "/needs/{need_id}",
    Wording.INTEREST_DENIED: "/needs/{need_id}",
}
# Joiners are part of words in some scripts and of emoji; the other format characters only disguise.
_JOINERS = "\u200c\u200d"


def one_line(value: Any) -> Any:
    """What a person wrote, on one line and without control characters; other values as they are.

    With that no name can add a header, a paragraph or a list item, or turn the direction of a line.
    """
    if not isinstance(value, str):
        return value
    shown = (" " if unicodedata.category(c) in {"Cc", "Zl", "Zp"} else c for c in value)
    kept = (c for c in shown if unicodedata.category(c) not in {"Cf", "Cs"} or c in _JOINERS)
    return shortened(" ".join("".join(kept).split()), LONGEST_VALUE)


def shortened(text: str, length: int) -> str:
    """The text, cut with an ellipsis where it is longer than `length` characters."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def known_language(language: str) -> str:
    """The language to write in: `es` or `en`, from a BCP 47 tag; Spanish for any other."""
    primary = language.partition("-")[0].lower()
    return primary if primary in LOCALES else "es"


@dataclass(frozen=True)
class Text:
    """A text for one reader. A paragraph is a list of lines."""

    title: str
    paragraphs: list[list[str]]
    action: str

    @property
    def plain(self) -> str:
        """The paragraphs as plain text."""
        return "\n\n".join("\n".join(lines) for lines in self.paragraphs)


def write(wording: Wording | str, facts: dict[str, Any], language: str) -> Text:
    """The text in that language. Raises jinja2.UndefinedError when a fact is missing."""
    templates = _templates(known_language(language))[str(wording)]
    body = templates["text"].render(facts).strip()
    blocks = (block.splitlines() for block in re.split(r"\n\s*\n", body))
    paragraphs = [[line.strip() for line in block if line.strip()] for block in blocks]
    return Text(
        title=shortened(templates["title"].render(facts), LONGEST_TITLE),
        paragraphs=_joined_lists(paragraphs),
        action=templates["action"].render(facts),
    )


def with_room(facts: dict[str, Any], portal_url: str) -> dict[str, Any]:
    """The facts with the portal's page of a virtual meeting, where alone the room is told, and in time."""
    is_virtual = facts.get("virtual") or facts.get("room_url")
    return {**facts, "room_url": f"{portal_url}/rooms/{facts['meeting_id']}" if is_virtual else None}


def page_of(wording: Wording, facts: dict[str, Any], portal_url: str) -> str:
    """The portal's page on which the reader can do what the text is about."""
    if wording in _PAGES:
        return portal_url + _PAGES[wording].format(need_id=facts.get("need_id"))
    is_meeting = "meeting_id" in facts and wording is not Wording.MEETING_CANCELLED
    return f"{portal_url}/meetings/{facts['meeting_id']}" if is_meeting else portal_url


def pages(text: Text, language: str, link: str, portal_url: str | None) -> tuple[str, str]:
    """The mail's body as plain text and as HTML; the footer is there when `portal_url` is given."""
    values = {
        "text": text,
        "language": known_language(language),
        "link": link,
        "portal_url": portal_url,
        "footer": write("mail", {}, language) if portal_url else None,
    }
    files = _files()
    return (
        files.get_template("mail.txt").render(values).strip() + "\n",
        files.get_template("mail.html").render(values),
    )


def _joined_lists(paragraphs: list[list[str]]) -> list[list[str]]:
    joined: list[list[str]] = []
    for lines in paragraphs:
        if joined and _is_item(lines[0]) and _is_item(joined[-1][-1]):
            joined[-1].extend(lines)
        else:
            joined.append(lines)
    return joined


def _is_item(line: str) -> bool:
    return line.startswith("- ")


@cache
def _files() -> Environment:
    files = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=select_autoescape(disabled_extensions=("txt",), default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    files.tests["list_item"] = _is_item
    return files


@cache
def _templates(language: str) -> dict[str, dict[str, Template]]:
    locale = LOCALES[language]
    # Plain text is made here, and escaped as a whole where the HTML page takes it up.
    words = Environment(autoescape=False, undefined=StrictUndefined, finalize=one_line)  # noqa: S701  # see above

    def day(moment: datetime, zone: str) -> str:
        return format_date(moment.astimezone(ZoneInfo(zone)), "full", locale=locale)

    def clock(moment: datetime, zone: str) -> str:
        return format_time(moment, "short", tzinfo=ZoneInfo(zone), locale=locale)

    def at(moment: datetime, zone: str) -> str:
        if language == "en":
            return f"at {clock(moment, zone)}"
        one_o_clock = moment.astimezone(ZoneInfo(zone)).hour % 12 == 1
        return f"a {'la' if one_o_clock else 'las'} {clock(moment, zone)}"

    def zone_name(zone: str) -> str:
        return get_timezone_name(ZoneInfo(zone), "long", locale=locale)

    words.filters.update(day=day, clock=clock, at=at, zone=zone_name)
    written = tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    return {
        wording: {part: words.from_string(source) for part, source in parts.items()}
        for wording, parts in written.items()
    }
