"""The keys that sign tokens (Ed25519, RFC 8037), and their rotation.

The private keys are kept in the portal's own database, which all its processes share: whoever reads that
database can sign tokens. A new key is published for a while before it signs, and an old one for as long
as tokens that it signed may be in use.

    python -m services.portal.keys rotate
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from jwt.algorithms import OKPAlgorithm

from shared.auth import ALGORITHM, AUDIENCE, ISSUER
from shared.store import new_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.portal.store import PortalStore

TOKEN_LIFE = timedelta(minutes=15)
# Readers look up a key that they do not know, but a proxy between may hold the set for a few minutes.
PUBLISHED_BEFORE_SIGNING = timedelta(minutes=10)
CLOCK_DIFFERENCE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key pair; it signs from `signs_from` until the next generation does."""

    id: str
    generation: int
    private_pem: str
    public: dict[str, str]
    signs_from: datetime

    @classmethod
    def generate(cls, generation: int, signs_from: datetime) -> SigningKey:
        """A new random key."""
        private, key_id = Ed25519PrivateKey.generate(), new_id()
        pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        public = OKPAlgorithm.to_jwk(private.public_key(), as_dict=True)
        named = {**public, "kid": key_id, "alg": ALGORITHM, "use": "sig"}
        return cls(key_id, generation, pem, named, signs_from)


def signer(keys: Sequence[SigningKey], now: datetime) -> SigningKey:
    """The newest key whose time to sign has come. `keys` must hold one, oldest first."""
    # Where this clock runs behind the one that made the first key, that key is used all the same.
    return max(
        (key for key in keys if key.signs_from <= now),
        key=lambda key: key.generation,
        default=keys[0],
    )


def outlived(keys: Sequence[SigningKey], now: datetime) -> list[SigningKey]:
    """The keys all of whose tokens have expired, so that nobody needs them any more."""
    before = now - TOKEN_LIFE - CLOCK_DIFFERENCE
    signing_then = max((key.generation for key in keys if key.signs_from <= before), default=0)
    return [key for key in keys if key.generation < signing_then]


def published(keys: Sequence[SigningKey], now: datetime) -> dict[str, list[dict[str, str]]]:
    """The public key set (RFC 7517): the key that signs, the next one, and those still in use."""
    gone = outlived(keys, now)
    return {"keys": [key.public for key in keys if key not in gone]}


def sign(key: SigningKey, claims: dict[str, Any], now: datetime) -> tuple[str, datetime]:
    """A token with these claims, and the time it expires at."""
    expires_at = now + TOKEN_LIFE
    whole = {"iss": ISSUER, "aud": AUDIENCE, "iat": now, "exp": expires_at, **claims}
    private = load_pem_private_key(key.private_pem.encode(), password=None)
    if not isinstance(private, Ed25519PrivateKey):
        raise TypeError(f"signing key {key.id} is not an Ed25519 key")
    return jwt.encode(whole, private, algorithm=ALGORITHM, headers={"kid": key.id}), expires_at


def signing_keys(store: PortalStore, now: datetime) -> list[SigningKey]:
    """All keys; the first one is made here, by whichever process comes first."""
    keys = store.signing_keys()
    if not keys:
        store.add_signing_key(SigningKey.generate(1, now))
        keys = store.signing_keys()
    return keys


def rotate(store: PortalStore, now: datetime) -> SigningKey:
    """Publish a new key that will sign soon, and forget those that nobody needs any more."""
    keys = signing_keys(store, now)
    store.remove_signing_keys([key.id for key in outlived(keys, now)])
    key = SigningKey.generate(keys[-1].generation + 1, now + PUBLISHED_BEFORE_SIGNING)
    if not store.add_signing_key(key):
        return store.signing_keys()[-1]
    return key


def main(arguments: Sequence[str] | None = None) -> None:
    """Run `rotate` on the database that the environment names."""
    from services.portal.store import PortalStore
    from shared.config import Config

    parser = argparse.ArgumentParser(prog="python -m services.portal.keys", description=__doc__)
    parser.add_argument("action", choices=["rotate"])
    parser.parse_args(arguments)
    store = PortalStore.open(Config.from_env("portal"))
    store.ensure_indexes()
    key = rotate(store, datetime.now(UTC))
    sys.stdout.write(f"{key.id} signs from {key.signs_from.isoformat(timespec='seconds')}\n")
    store.close()


if __name__ == "__main__":
    main()
