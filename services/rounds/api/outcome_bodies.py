"""How outcomes are sent and shown."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load, validate

from services.rounds.model.outcomes import INTERESTS, ExpectedDeal, NextStep, Outcome
from shared.web import MoneyField, Schema


class NextStepSchema(Schema):
    """What was agreed to do, by whom, until when."""

    what = fields.String(required=True, validate=validate.Length(1, 1000))
    owner_company_id = fields.String(required=True, validate=validate.Length(1, 64))
    due_on = fields.Date(required=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> NextStep:
        """The next step as the model has it."""
        return NextStep(**data)


class ExpectedDealSchema(Schema):
    """Value, probability in percent, horizon in months."""

    value = MoneyField(required=True)
    probability = fields.Integer(required=True, strict=True, validate=validate.Range(0, 100))
    horizon_months = fields.Integer(required=True, strict=True, validate=validate.Range(0, 120))

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> ExpectedDeal:
        """The deal as the model has it."""
        return ExpectedDeal(**data)


class OutcomeSchema(Schema):
    """What a side takes from a meeting."""

    interest = fields.String(required=True, validate=validate.OneOf(INTERESTS))
    next_step = fields.Nested(NextStepSchema, load_default=None, allow_none=True)
    expected = fields.Nested(ExpectedDealSchema, load_default=None, allow_none=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Outcome:
        """The outcome as the model has it."""
        return Outcome(**data)
