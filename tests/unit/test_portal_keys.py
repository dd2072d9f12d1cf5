"""Which key signs, and which keys are published, as time goes by."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import jwt
import pytest

from services.portal.keys import (
    CLOCK_DIFFERENCE,
    TOKEN_LIFE,
    SigningKey,
    outlived,
    published,
    sign,
    signer,
)

NOW = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
FIRST = SigningKey.generate(1, NOW)
SECOND = SigningKey.generate(2, NOW + timedelta(hours=1))
KEYS = [FIRST, SECOND]
TAKEN_OVER = SECOND.signs_from


def published_ids(now: datetime) -> list[str]:
    return [key["kid"] for key in published(KEYS, now)["keys"]]


def test_a_new_key_is_published_before_it_signs() -> None:
    before = TAKEN_OVER - timedelta(seconds=1)
    assert signer(KEYS, before) == FIRST
    assert published_ids(before) == [FIRST.id, SECOND.id]


def test_an_old_key_stays_published_until_its_last_token_has_expired() -> None:
    last_token_expires = TAKEN_OVER + TOKEN_LIFE
    assert signer(KEYS, TAKEN_OVER) == SECOND
    assert published_ids(last_token_expires) == [FIRST.id, SECOND.id]
    assert published_ids(last_token_expires + CLOCK_DIFFERENCE) == [SECOND.id]
    assert outlived(KEYS, last_token_expires + CLOCK_DIFFERENCE) == [FIRST]


def test_the_first_key_signs_even_where_the_clock_is_behind() -> None:
    assert signer([FIRST], NOW - timedelta(seconds=30)) == FIRST


def test_the_published_half_says_nothing_of_the_private_one() -> None:
    assert set(FIRST.public) == {"kty", "crv", "x", "kid", "alg", "use"}


def test_a_token_names_its_key_and_ends_after_a_quarter_of_an_hour() -> None:
    now = datetime.now(UTC)
    token, expires_at = sign(FIRST, {"sub": "a1", "company": None, "roles": []}, now)
    assert jwt.get_unverified_header(token)["kid"] == FIRST.id
    public = jwt.PyJWK(FIRST.public)
    claims = jwt.decode(token, public, algorithms=["EdDSA"], audience="encadena", issuer="encadena")
    assert claims["exp"] == int(expires_at.timestamp())
    assert expires_at == now + timedelta(minutes=15)
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(token, jwt.PyJWK(SECOND.public), algorithms=["EdDSA"], audience="encadena")
