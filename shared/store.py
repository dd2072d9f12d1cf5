"""One service's MongoDB database: transactions, the outbox and the inbox.

State, outgoing events and the ids of handled events are written in one transaction. Sessions are bound
to the running context, so that the methods of a store take no session.
"""

from __future__ import annotations

import time
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import wraps
from typing import TYPE_CHECKING, Any, ClassVar, Concatenate, ParamSpec, Self, TypeVar
from uuid import uuid4

from bson import CodecOptions, Int64
from bson.codec_options import TypeDecoder, TypeRegistry
from pymongo import ASCENDING, IndexModel, MongoClient, UpdateOne
from pymongo.errors import ConnectionFailure, OperationFailure, PyMongoError, ServerSelectionTimeoutError

from shared import log
from shared.bus import Record
from shared.contracts.base import Event, Payload, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pymongo.database import Database

    from shared.bus import Received
    from shared.config import Config

Document = dict[str, Any]
P = ParamSpec("P")
T = TypeVar("T")
S = TypeVar("S", bound="Store")

# Longer than the topics' retention (7 days) and than any outage that we want to come back from.
INBOX_SECONDS = 30 * 24 * 3600
IDEMPOTENCY_SECONDS = 2 * 24 * 3600

# IndexOptionsConflict and IndexKeySpecsConflict: an index of that name or key is there, and is another.
_INDEX_CHANGED = {85, 86}

_OWN_INDEXES = {
    "inbox": [IndexModel([("at", ASCENDING)], expireAfterSeconds=INBOX_SECONDS)],
    "dead_letters": [IndexModel([("at", ASCENDING)])],
    "idempotency": [IndexModel([("at", ASCENDING)], expireAfterSeconds=IDEMPOTENCY_SECONDS)],
    "worker_status": [IndexModel([("at", ASCENDING)], expireAfterSeconds=3600)],
}


class _PlainIntegers(TypeDecoder):
    """Reads 64-bit integers as `int`: msgspec refuses the class of their own that bson has for them."""

    bson_type = Int64

    def transform_bson(self, value: int) -> int:
        """The same number as a plain int."""
        return int(value)


_CODEC: CodecOptions[Document] = CodecOptions(
    tz_aware=True, tzinfo=UTC, type_registry=TypeRegistry([_PlainIntegers()])
)
_running: ContextVar[bool] = ContextVar("running_transaction", default=False)


def new_id() -> str:
    """A random id for a new aggregate."""
    return str(uuid4())


def is_passing(error: BaseException) -> bool:
    """Whether trying again later may help: the database is away, overloaded or electing."""
    if isinstance(error, ConnectionFailure):
        return True
    return isinstance(error, PyMongoError) and (
        error.timeout
        or error.has_error_label("TransientTransactionError")
        or error.has_error_label("RetryableWriteError")
        or (isinstance(error, OperationFailure) and error.code in {91, 189, 10107, 11600, 13435})
    )


class Store:
    """The database of one service. A subclass adds the queries of its service and declares INDEXES."""

    INDEXES: ClassVar[dict[str, list[IndexModel]]] = {}

    def __init__(self, client: MongoClient[Document], database: str) -> None:
        self.client = client
        self.db: Database[Document] = client.get_database(database, codec_options=_CODEC)

    @classmethod
    def open(cls, config: Config, patience: float = 10.0) -> Self:
        """Connect on first use. Call it in the process that uses it, never before a fork.

        An operation, or a whole transaction, that takes longer than `patience` seconds is given up.
        """
        client: MongoClient[Document] = MongoClient(
            config.mongo_url,
            appname=f"encadena-{config.service}",
            timeoutMS=int(patience * 1000),
            maxPoolSize=32,
            connect=False,
        )
        return cls(client, config.database)

    def close(self) -> None:
        """Close the connections."""
        self.client.close()

    def ensure_indexes(self) -> None:
        """Make the indexes that do not exist yet, and anew those whose definition has changed.

        The unique ones are what races run into. Raises DuplicateKeyError when there are duplicates of
        what a changed index wants to be unique.
        """
        for collection, indexes in {**_OWN_INDEXES, **self.INDEXES}.items():
            try:
                self.db[collection].create_indexes(indexes)
            except OperationFailure as error:
                if error.code not in _INDEX_CHANGED:
                    raise
                self._renew_indexes(collection, indexes)

    def _renew_indexes(self, collection: str, indexes: list[IndexModel]) -> None:
        for index in indexes:
            try:
                self.db[collection].create_indexes([index])
            except OperationFailure as error:
                if error.code not in _INDEX_CHANGED:
                    raise
                wanted = index.document
                for name, held in self.db[collection].index_information().items():
                    if name == wanted["name"] or dict(held["key"]) == dict(wanted["key"]):
                        self.db[collection].drop_index(name)
                self.db[collection].create_indexes([index])

    def ping(self) -> None:
        """Raise a PyMongoError when the database does not answer."""
        self.client.admin.command("ping")

    def transact(self, work: Callable[[], T]) -> T:
        """Run `work` in a transaction, or in the one that is running, and return its result.

        `work` is run again when the database asks for it, so it must have no other effects. Raises a
        ConnectionFailure when the database has been away for as long as one operation may take.
        """
        if _running.get():
            return work()
        deadline = time.monotonic() + (self.client.options.timeout or 0.0)

        def attempt(_: object) -> T:
            try:
                return work()
            except ServerSelectionTimeoutError as error:
                if time.monotonic() < deadline:
                    raise
                # The driver would go on for two minutes: a fresh error lacks the label that tells it to.
                raise ServerSelectionTimeoutError(str(error)) from error

        with self.client.start_session() as session, session.bind():
            token = _running.set(True)
            try:
                return session.with_transaction(attempt)
            finally:
                _running.reset(token)

    def publish(self, payload: Payload, sequence: int, now: datetime) -> None:
        """Put an event into the outbox, in the running transaction.

        `sequence` is the aggregate's version after the change. Raises msgspec.ValidationError when the
        payload is not as its contract says.
        """
        self.publish_all([(payload, sequence)], now)

    def publish_all(self, changes: Iterable[tuple[Payload, int]], now: datetime) -> None:
        """Put many events into the outbox with one write; see `publish`."""
        correlation = log.correlation_id()
        rows = []
        for payload, sequence in changes:
            event = Event(payload, sequence, now, correlation)
            record = encode(event)
            rows.append(
                {
                    "_id": event.id,
                    "topic": record.topic,
                    "key": record.key,
                    "value": record.value,
                    "headers": record.headers,
                }
            )
        if rows:
            self.db.outbox.insert_many(rows, ordered=False)

    def pending(self, limit: int) -> dict[str, Record]:
        """Rows of the outbox by id. Ids sort by aggregate and sequence, so each aggregate's rows are a
        prefix of what is pending for it, in order.
        """
        rows = self.db.outbox.find(sort=[("_id", ASCENDING)], limit=limit)
        return {row["_id"]: Record(row["topic"], row["key"], row["value"], row["headers"]) for row in rows}

    def mark_sent(self, ids: Iterable[str]) -> None:
        """Remove rows from the outbox, after the bus has acknowledged all of them."""
        self.db.outbox.delete_many({"_id": {"$in": list(ids)}})

    def admit(self, events: Iterable[Event], now: datetime) -> list[Event]:
        """Note in the inbox the events that were not handled before, and return them, in order."""
        named = {f"{event.type.partition('.')[0]}|{event.id}": event for event in events}
        known = {row["_id"] for row in self.db.inbox.find({"_id": {"$in": list(named)}}, {"_id": 1})}
        fresh = {name: event for name, event in named.items() if name not in known}
        if fresh:
            self.db.inbox.insert_many([{"_id": name, "at": now} for name in fresh], ordered=False)
        return list(fresh.values())

    def bury(self, record: Received, reason: str, now: datetime) -> None:
        """Keep a record that can't be handled, with its bytes and the reason, for a later replay."""
        row = {
            "topic": record.topic,
            "key": record.key,
            "value": record.value,
            "headers": record.headers,
            "partition": record.partition,
            "offset": record.offset,
            "reason": reason,
            "at": now,
        }
        name = f"{record.topic}/{record.partition}/{record.offset:020d}"
        self.db.dead_letters.bulk_write([UpdateOne({"_id": name}, {"$set": row}, upsert=True)])


def transactional(
    use_case: Callable[Concatenate[S, P], T],
) -> Callable[Concatenate[S, P], T]:
    """Make a use case run in one transaction of its store, or in the one that is already running."""

    @wraps(use_case)
    def run(store: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return store.transact(lambda: use_case(store, *args, **kwargs))

    return run
