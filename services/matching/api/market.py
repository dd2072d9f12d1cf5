"""Blocks, pools and the fairness of the market."""

from __future__ import annotations

from typing import Any

import msgspec
from marshmallow import fields, validate

from services.matching.api.matches import acting_company
from services.matching.model.decisions import today
from services.matching.usecases import blocks, fairness, market
from shared import web
from shared.auth import requires

# A tenth of a score is more than anybody would call equal.
MOST_TOLERANCE = 0.1

blueprint = web.Blueprint("market", __name__, description="Blocks, groups of suppliers, fairness")


class BlockView(web.Schema):
    """A company that yours is never matched with."""

    other_id = fields.String()
    blocked_at = fields.DateTime()


class BlocksView(web.Schema):
    """The blocks that your company has set."""

    items = fields.List(fields.Nested(BlockView))
    next_cursor = fields.String(allow_none=True)


class MemberView(web.Schema):
    """A supplier of a pool; `capacity` is a month's, in the pool's unit."""

    supplier_id = fields.String()
    supplier_name = fields.String()
    department = fields.String(allow_none=True)
    capacity = fields.Float()
    share = fields.Float(metadata={"description": "Part of the need that falls on it, 0 to 1"})
    to_confirm = fields.List(
        fields.String(), metadata={"description": "What is mandatory and it has not stated"}
    )


class PoolView(web.Schema):
    """Suppliers that together have the capacity; no members when one has it alone or no near group has it."""

    unit = fields.String(allow_none=True)
    asked = fields.Float(allow_none=True)
    members = fields.List(fields.Nested(MemberView))


class FairnessView(web.Schema):
    """How places in the shortlists fall on suppliers, now and if those of equal quality were spread."""

    needs = fields.Integer()
    tolerance = fields.Float(metadata={"description": "Scores that differ by less are of equal quality"})
    in_force = fields.Boolean(metadata={"description": "Whether shortlists are shown so"})
    set_by = fields.String(allow_none=True)
    set_at = fields.DateTime(allow_none=True)
    now = fields.Dict(
        metadata={
            "description": "By score alone: viable (kept in a list), unlisted (not in a first place of "
            "any), places, gini, and the same by trait"
        }
    )
    spread = fields.Dict(metadata={"description": "The same with places spread"})


class FairnessQuery(web.Schema):
    """A tolerance to try."""

    tolerance = fields.Float(load_default=None, validate=validate.Range(0, MOST_TOLERANCE))


class SpreadSchema(web.Schema):
    """From which difference in score on a supplier is better than another one; 0 spreads nothing."""

    tolerance = fields.Float(required=True, validate=validate.Range(0, MOST_TOLERANCE))


@blueprint.route("/blocks", methods=["GET"])
@requires("supplier", "anchor")
@blueprint.response(200, BlocksView)
def read_blocks() -> Any:
    """The companies that yours does not want to be matched with."""
    return web.page(blocks.read_blocks(web.store(), acting_company()), None)


@blueprint.route("/blocks/<other_id>", methods=["PUT"])
@requires("supplier", "anchor")
@blueprint.response(204)
def block_company(other_id: str) -> None:
    """Never match the two companies, on either side, until it is taken back."""
    blocks.block(web.store(), acting_company(), other_id, now=web.now())


@blueprint.route("/blocks/<other_id>", methods=["DELETE"])
@requires("supplier", "anchor")
@blueprint.response(204)
def unblock_company(other_id: str) -> None:
    """Take your company's block back."""
    blocks.unblock(web.store(), acting_company(), other_id)


@blueprint.route("/needs/<need_id>/pool", methods=["GET"])
@requires("anchor", "organizer")
@blueprint.response(200, PoolView)
def read_pool(need_id: str) -> Any:
    """The smallest group of suppliers near each other that has the capacity which nobody has alone."""
    pool = market.propose_pool(web.store(), need_id, web.actor())
    return pool or {"unit": None, "asked": None, "members": []}


@blueprint.route("/fairness", methods=["GET"])
@requires("organizer", "admin")
@blueprint.arguments(FairnessQuery, location="query")
@blueprint.response(200, FairnessView)
def read_fairness(query: dict[str, Any]) -> Any:
    """How unevenly the first ten places of all open needs fall on suppliers: totals only."""
    return _fairness(query["tolerance"])


@blueprint.route("/fairness", methods=["PUT"])
@requires("organizer", "admin")
@blueprint.arguments(SpreadSchema)
@blueprint.response(200, FairnessView)
def set_fairness(body: dict[str, Any]) -> Any:
    """Spread the places of shortlists among suppliers of equal quality, or (0) no longer."""
    fairness.set_spread(web.store(), body["tolerance"], actor=web.actor(), now=web.now())
    return _fairness(None)


def _fairness(tolerance: float | None) -> Any:
    found = fairness.report_fairness(web.store(), today(web.now()), tolerance)
    totals = {"now": msgspec.to_builtins(found.now), "spread": msgspec.to_builtins(found.spread)}
    return {**msgspec.structs.asdict(found), **totals}
