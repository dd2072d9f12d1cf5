"""Suggested codes for a text."""

from __future__ import annotations

from typing import Any

from flask import current_app
from marshmallow import fields, validate

from shared import web
from shared.auth import requires

blueprint = web.Blueprint("codes", __name__, description="Suggested UNSPSC and CIIU codes")

BOOK = "encadena.code_book"


class CodesQuery(web.Schema):
    """What to find codes for."""

    text = fields.String(required=True, validate=validate.Length(1, 5_000))
    limit = fields.Integer(load_default=5, validate=validate.Range(1, 20))


class SuggestionView(web.Schema):
    """A code that may fit."""

    scheme = fields.String(metadata={"description": "UNSPSC or CIIU"})
    code = fields.String()
    title = fields.String()
    rank = fields.Integer(metadata={"description": "Its place among the codes of its list, from 1"})
    confidence = fields.Float(metadata={"description": "How probable it is that it is right, 0 to 1"})
    level = fields.String(validate=validate.OneOf(["high", "medium", "low"]))


class SuggestionsView(web.Schema):
    """Codes, the surest first; none while no official list has been loaded."""

    items = fields.List(fields.Nested(SuggestionView))
    next_cursor = fields.String(allow_none=True)


@blueprint.route("/codes", methods=["GET"])
@requires()
@blueprint.arguments(CodesQuery, location="query")
@blueprint.response(200, SuggestionsView)
def suggest_codes(query: dict[str, Any]) -> Any:
    """UNSPSC and CIIU classes for what somebody offers or needs, in their own words."""
    book = current_app.extensions[BOOK]
    return web.page(book.suggest(web.store(), query["text"], query["limit"]), None)
