"""The catalog over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.catalog.api import companies, imports, needs, offerings
from services.catalog.store import CatalogStore
from shared import web
from shared.config import Config

if TYPE_CHECKING:
    from flask import Flask


def create_app(config: Config | None = None) -> Flask:
    """The catalog's web application."""
    blueprints = [companies.blueprint, offerings.blueprint, needs.blueprint, imports.blueprint]
    return web.create_app(config or Config.from_env("catalog"), CatalogStore, blueprints)
