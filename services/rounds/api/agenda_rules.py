"""What the organizer settles for the agendas of a round, and the limits that people set for themselves."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load, validate

from services.rounds.model.limits import AgendaRules, Limits, Weights
from services.rounds.model.plan import MOST_SLOTS
from shared.web import Schema


def _count(low: int, high: int, default: int | None) -> Any:
    return fields.Integer(
        load_default=default, allow_none=default is None, strict=True, validate=validate.Range(low, high)
    )


class LimitsSchema(Schema):
    """A person's meetings: at most in the round, on a day, without a break between them (null: no limit); and
    how many of the slots in which the person is free stay without a meeting.
    """

    most = _count(1, MOST_SLOTS, None)
    most_a_day = _count(1, MOST_SLOTS, None)
    most_in_a_row = _count(1, MOST_SLOTS, None)
    keep_free = _count(0, MOST_SLOTS, 0)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Limits:
        """The limits as the model has them."""
        return Limits(**data)


class WeightsSchema(Schema):
    """What a request weighs beyond 100, which every accepted one weighs: `match` times its match score (0 to
    1), `both_ranked` where both companies put it first on their lists (half where both put it second, and so
    on), `paid` where the organizer marked it as paid for. The agenda of the greatest sum is made.
    """

    match = _count(0, 1000, Weights().match)
    both_ranked = _count(0, 1000, Weights().both_ranked)
    paid = _count(0, 1000, Weights().paid)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Weights:
        """The weights as the model has them."""
        return Weights(**data)


class AgendaRulesSchema(Schema):
    """What every agenda, and every change by hand, holds to.

    `promised`: the fewest meetings of each supplier that is not a large company, as far as that costs no
    weight. `suppliers_at_once`: how many suppliers a buyer's delegate receives in one meeting at most.
    `own_table`: a buyer's delegate has one table for a whole day. `buyers` and `suppliers`: limits of each
    delegate of that side, beside those that the delegate sets; the stricter one counts.
    """

    promised = _count(0, MOST_SLOTS, 0)
    suppliers_at_once = _count(1, 20, 1)
    own_table = fields.Boolean(load_default=False)
    buyers = fields.Nested(LimitsSchema, load_default=Limits())
    suppliers = fields.Nested(LimitsSchema, load_default=Limits())
    weights = fields.Nested(WeightsSchema, load_default=Weights())

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> AgendaRules:
        """The rules as the model has them."""
        return AgendaRules(**data)
