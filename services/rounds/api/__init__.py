"""The HTTP API of rounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.rounds.api import (
    admission,
    agendas,
    changes,
    exports,
    forecasts,
    live,
    meetings,
    outcomes,
    registrations,
    requests,
    rounds,
    totals,
    versions,
)
from services.rounds.store import RoundsStore
from shared import web
from shared.config import Config

if TYPE_CHECKING:
    from flask import Flask


_SUBJECTS = (
    rounds,
    registrations,
    admission,
    requests,
    forecasts,
    agendas,
    versions,
    meetings,
    changes,
    live,
    outcomes,
    totals,
    exports,
)


def create_app(config: Config | None = None) -> Flask:
    """The web application of the rounds service."""
    blueprints = [subject.bp for subject in _SUBJECTS]
    config = config or Config.from_env("rounds")
    app = web.create_app(config, RoundsStore, blueprints)
    app.extensions["encadena.config"] = config
    return app
