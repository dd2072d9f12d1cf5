"""What every service's store gives its service."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import replace
from typing import ClassVar

import msgspec
import pytest
from pymongo import IndexModel
from pymongo.errors import ConnectionFailure, DuplicateKeyError

from shared.store import Store


class _Before(Store):
    INDEXES: ClassVar = {
        "cards": [IndexModel("number"), IndexModel("at", expireAfterSeconds=60), IndexModel("name")]
    }


class _After(Store):
    INDEXES: ClassVar = {
        "cards": [
            IndexModel("number", unique=True),
            IndexModel("at", expireAfterSeconds=90),
            IndexModel("name", name="by_name", collation={"locale": "es"}),
        ]
    }


def test_an_amount_of_more_than_32_bits_is_read_as_a_plain_integer(config) -> None:
    with closing(Store.open(config("catalog"))) as store:
        store.db.amounts.insert_one({"_id": "x", "amounts": [20_400_000_000]})
        read = store.db.amounts.find_one({"_id": "x"})
    assert msgspec.to_builtins(read) == {"_id": "x", "amounts": [20_400_000_000]}


def test_an_index_whose_definition_changed_is_made_anew(config) -> None:
    with closing(_Before.open(config("catalog"))) as before:
        before.ensure_indexes()
    with closing(_After.open(config("catalog"))) as after:
        after.ensure_indexes()
        after.ensure_indexes()
        held = after.db.cards.index_information()
        after.db.cards.insert_one({"number": 1})
        with pytest.raises(DuplicateKeyError):
            after.db.cards.insert_one({"number": 1})
    assert held["at_1"]["expireAfterSeconds"] == 90
    assert held["by_name"]["collation"]["locale"] == "es"


def test_duplicates_of_what_is_to_be_unique_are_told_and_kept(config) -> None:
    with closing(_Before.open(config("catalog"))) as before:
        before.ensure_indexes()
        before.db.cards.insert_many([{"number": 1}, {"number": 1}])
    with closing(_After.open(config("catalog"))) as after:
        with pytest.raises(DuplicateKeyError):
            after.ensure_indexes()
        assert after.db.cards.count_documents({"number": 1}) == 2


def test_a_transaction_gives_up_soon_when_the_database_is_away(config) -> None:
    away = replace(config("catalog"), mongo_url="mongodb://127.0.0.1:9")
    begun = time.monotonic()
    with closing(Store.open(away, 0.3)) as store, pytest.raises(ConnectionFailure):
        store.transact(lambda: store.db.cards.insert_one({"number": 1}))
    # The driver by itself tries for two minutes.
    assert time.monotonic() - begun < 30
