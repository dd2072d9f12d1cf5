"""What every service's store gives its service."""

from __future__ import annotations

from contextlib import closing

import msgspec

from shared.store import Store


def test_an_amount_of_more_than_32_bits_is_read_as_a_plain_integer(config) -> None:
    with closing(Store.open(config("catalog"))) as store:
        store.db.amounts.insert_one({"_id": "x", "amounts": [20_400_000_000]})
        read = store.db.amounts.find_one({"_id": "x"})
    assert msgspec.to_builtins(read) == {"_id": "x", "amounts": [20_400_000_000]}
