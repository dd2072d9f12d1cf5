"""Matching over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.matching.api import codes, market, matches, rates
from services.matching.store import MatchingStore
from services.matching.usecases import reading
from services.matching.usecases.codes import Codes
from shared import web
from shared.config import Config

if TYPE_CHECKING:
    from flask import Flask


def create_app(config: Config | None = None) -> Flask:
    """The matching service's web application."""
    blueprints = [matches.blueprint, market.blueprint, codes.blueprint, rates.blueprint]
    app = web.create_app(config or Config.from_env("matching"), MatchingStore, blueprints)
    app.extensions[matches.OPEN_NEEDS] = reading.OpenNeeds()
    app.extensions[codes.BOOK] = Codes()
    return app
