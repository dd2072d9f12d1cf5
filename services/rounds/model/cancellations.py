"""Why a meeting does not take place, in a way that can be told in any language."""

from __future__ import annotations

import msgspec

_WORDS = {
    "organizer": ("Lo decidió quien organiza la rueda.", "The round's organizer decided so."),
    "asked": ("Lo pidió {company}.", "{company} asked for it."),
    "withdrawn": ("{company} se retiró de la rueda.", "{company} has withdrawn from the round."),
    "left_directory": ("{company} salió del directorio.", "{company} has left the directory."),
    "not_in_agenda": ("No quedó en la nueva agenda de la rueda.", "It has no place in the new agenda."),
    "nobody_free": (
        "{company} ya no tiene a nadie libre a esa hora.",
        "{company} has nobody free at that time any more.",
    ),
    "never_meet": (
        "Estas dos empresas no se reúnen en esta rueda.",
        "These two companies do not meet in this round.",
    ),
    "absent": (
        "{company} no está a esa hora y no hay otra que les sirva a los dos.",
        "{company} is not there at that time, and there is no other that suits both.",
    ),
}
CAUSES = tuple(_WORDS)


class Cancellation(msgspec.Struct, frozen=True, kw_only=True):
    """The cause, the company it comes from (if it comes from one), and what somebody wrote about it."""

    cause: str
    company: str = ""
    note: str = ""

    def text(self, language: str) -> str:
        """Cause and note in `es` or `en`; the note as it was written."""
        spanish, english = _WORDS[self.cause]
        words = (spanish if language == "es" else english).format(company=self.company)
        return f"{words} {self.note}".strip()
