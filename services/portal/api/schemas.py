"""What is sent to the portal."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from services.portal.model import LANGUAGES
from shared import web


def spoken_language(**kwargs: Any) -> fields.String:
    """A language that we speak."""
    return fields.String(validate=validate.OneOf(LANGUAGES), **kwargs)


class LinkSchema(web.Schema):
    """Who wants to sign in; the language matters for a new account only."""

    email = fields.String(required=True)
    language = spoken_language()


class CodeSchema(web.Schema):
    """The code from a sign-in link."""

    code = fields.String(required=True, validate=validate.Length(max=200))


class TokenRequestSchema(web.Schema):
    """The company that the token is to act for; without one, the person alone."""

    company_id = fields.String(allow_none=True, load_default=None)


class ProfileSchema(web.Schema):
    """What a person can change of their account."""

    name = fields.String()
    language = spoken_language()


class KeySchema(web.Schema):
    """What a machine's key is called, and the company it acts for, if any."""

    name = fields.String(required=True)
    company_id = fields.String(allow_none=True, load_default=None)


class InvitationSchema(web.Schema):
    """Who is to act for a company; name and language matter for a new account only."""

    email = fields.String(required=True)
    name = fields.String(load_default="")
    language = spoken_language()
