"""Errors that a person or a program can act on, each with a stable code.

The text is given in Spanish and in English where it is raised, so that it can't drift from the rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self


class ConfigError(Exception):
    """The installation is set up wrongly; the text names the setting and what it should hold."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with what was sent.

    `field` is the path inside the body, as in `certifications.0.expires_on`.
    """

    code: str
    es: str
    en: str
    field: str | None = None


class DomainError(Exception):
    """A rule of the domain says no. Holds one fault or several; never a programming error."""

    def __init__(self, code: str, es: str, en: str, field: str | None = None) -> None:
        super().__init__(f"{code}: {en}")
        self.faults: tuple[Fault, ...] = (Fault(code, es, en, field),)

    @classmethod
    def of(cls, faults: list[Fault]) -> Self:
        """One error that names all faults at once. `faults` must not be empty."""
        first = faults[0]
        error = cls(first.code, first.es, first.en, first.field)
        error.faults = tuple(faults)
        return error

    @property
    def code(self) -> str:
        """The stable code of the first fault."""
        return self.faults[0].code


class Invalid(DomainError):
    """What was sent can't be accepted as it is (422)."""


class NotFound(DomainError):
    """It does not exist, or it is not for this reader (404)."""


class Conflict(DomainError):
    """It can't be done in the present state, or somebody else was first (409)."""


class Stale(DomainError):
    """The reader's copy is older than what is stored (412)."""


class Forbidden(DomainError):
    """The token is good, but it does not permit this (403)."""


class Unauthenticated(DomainError):
    """No token, a wrong one, or one that has expired (401)."""


class TooMany(DomainError):
    """Too much was asked for in a short time; waiting helps (429)."""


class Unavailable(DomainError):
    """A part that is needed does not answer; trying again later helps (503)."""
