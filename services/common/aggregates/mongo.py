"""Aggregates in MongoDB: one collection, guarded single-document writes in bulk.

mongoengine gives the schema, the indexes and the reads for people; the hot path uses the same
collection directly. Calls block, so they run in a few threads of their own. Owns what a connection
must promise (`connect`) and what a failure of the database means (`reachable`).
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import partial
from typing import Any, ClassVar, Generic, TypeVar
from uuid import uuid4

import mongoengine
import pymongo
from bson.codec_options import TypeEncoder, TypeRegistry
from mongoengine import DateTimeField, DictField, Document, IntField, ListField, StringField
from pydantic import TypeAdapter, ValidationError
from pymongo import InsertOne
from pymongo import collection as pymongo_collection
from pymongo.errors import (
    BulkWriteError,
    ConfigurationError,
    DocumentTooLarge,
    DuplicateKeyError,
    InvalidOperation,
    PyMongoError,
    ServerSelectionTimeoutError,
)
from pymongo.uri_parser import split_options

from services.common.aggregates.update import (
    Due,
    Loaded,
    Saved,
    Store,
    Stored,
    Write,
    WriteOutcome,
    unfenced,
)
from services.common.events.envelope import Envelope, aware, from_document
from services.common.kernel import DomainError, Kind, TimedOut
from services.common.process import metrics
from services.common.process.threads import Threads
from services.common.process.watched_file import FileFaults
from services.common.publishing.outbox import Outbox, OutboxPlace

log = logging.getLogger(__name__)

S = TypeVar("S")
A = TypeVar("A")
R = TypeVar("R")
T = TypeVar("T")

RawCollection = pymongo_collection.Collection[dict[str, Any]]

# The client and the database itself give up an operation after this, so that no write takes effect
# later. It must be below `publisher.SETTLED_AFTER_SECONDS`. Longer: callers wait longer for a
# database that hangs. Shorter: a slow database fails operations that it could have done.
OPERATION_SECONDS = 8.0
# A database counts as away when no server was found for this long.
AWAY_AFTER_SECONDS = 2.0
# How long making an index may take: it reads the whole collection.
INDEX_SECONDS = 600.0
_DUPLICATE_KEY = 11000
# Error codes that concern a single document: a duplicate, too large (before or after an update),
# invalid.
_ABOUT_THE_DOCUMENT = frozenset({_DUPLICATE_KEY, 10334, 17419, 17420, 121})
# An `$in` of this many is answered fastest by the embedded server; a real one doesn't mind.
_CHUNK = 20

# Few threads: the embedded database answers one at a time, a real one needs no more than this.
_threads = Threads("mongo", 4)


# For the documents of a service that has a ticker.
WAKE_INDEX: Mapping[str, Any] = {"fields": ["wake_at"], "sparse": True}


class AggregateDocument(Document):  # type: ignore[misc]
    """The shape every aggregate lies in. A service names its collection and adds its indexes.

    Each index makes every write dearer; on the embedded server by a tenth.
    """

    meta: ClassVar[dict[str, Any]] = {
        "abstract": True,
        "auto_create_index": False,
        "indexes": [
            {"fields": ["outbox_at"], "sparse": True},
        ],
    }
    id = StringField(primary_key=True)
    version = IntField(required=True)
    handled = ListField(StringField())
    outbox = ListField(DictField())
    outbox_at = StringField()
    wake_at = DateTimeField()
    wake_failures = IntField()
    trace = StringField()
    saved_by = StringField()
    state = DictField()


class WeakUrl(ValueError):
    """A database URL by which acknowledged writes could be lost, or old states read; or that is
    none."""


def connect(url: str, database: str, alias: str) -> None:
    """Registers a connection; nothing is opened before the first use.

    Writes are acknowledged by a majority, with their journal; reads go to the primary; every
    operation ends within OPERATION_SECONDS, at the server too. Raises WeakUrl, naming the option,
    for a URL that asks for less, and for one that cannot be used; FileFaults for a file that it
    names and that is not there. (With `w=majority` alone the embedded server loses acknowledged
    writes when it is killed.)
    """
    with _told_in_one_line():
        _must_not_weaken(url)
        mongoengine.connect(
            db=database,
            host=url,
            alias=alias,
            tz_aware=True,
            uuidRepresentation="standard",
            w="majority",
            journal=True,
            read_preference=pymongo.ReadPreference.PRIMARY,
            timeoutMS=round(OPERATION_SECONDS * 1000),
            serverSelectionTimeoutMS=round(AWAY_AFTER_SECONDS * 1000),
            connectTimeoutMS=round(AWAY_AFTER_SECONDS * 1000),
            # The callers try again. A driver that also did would make an outage look like slowness.
            retryReads=False,
        )


@contextmanager
def _told_in_one_line() -> Iterator[None]:
    """What the driver says of a URL may quote a part of it, and so a password."""
    try:
        yield
    except WeakUrl:
        raise
    except OSError as error:
        raise FileFaults(f"{error.filename}: {error.strerror}") from error
    except (ValueError, PyMongoError, mongoengine.ConnectionFailure) as error:
        raise WeakUrl("the database URL, or a file that it names, cannot be used") from error


def _must_not_weaken(url: str) -> None:
    try:
        options = split_options(url.partition("?")[2]) if "?" in url else {}
    except ConfigurationError as error:
        raise WeakUrl(f"the database URL cannot be read: {error}") from error
    for name, enough in (("w", "majority"), ("journal", True), ("readPreference", "primary")):
        given = options.get(name, enough)
        if str(given).lower() != str(enough).lower():
            raise WeakUrl(
                f"the database URL says {name}={given}: leave it out or say {name}={enough}"
            )


class _DayEncoder(TypeEncoder):
    """Writes a day without a time as text (ISO 8601), for BSON has none."""

    @property
    def python_type(self) -> type[date]:
        return date

    def transform_python(self, value: date) -> str:
        return value.isoformat()


_TYPES: TypeRegistry = TypeRegistry([_DayEncoder()])


def collection(alias: str, name: str) -> RawCollection:
    """A collection of a connection; `connect` the alias first. Opens nothing."""
    found: RawCollection = mongoengine.get_db(alias)[name]
    return found.with_options(found.codec_options.with_options(type_registry=_TYPES))


def collection_names(alias: str) -> Sequence[str]:
    """The collections there are. Blocks; raises DomainError UNAVAILABLE."""
    with reachable():
        names: Sequence[str] = mongoengine.get_db(alias).list_collection_names()
        return names


def ensure_indexes(*documents: type[Document]) -> None:
    """The start-up step that makes the declared indexes; safe to repeat. A database that does not
    answer at once is away, however long making an index may take.

    It is first asked for an update that finds nothing: counting, or reading any one document, makes
    the embedded server go through the whole collection. A collection that is not there yet it makes
    for that update. Were it made together with an index while another thread, or another replica,
    inserts its first document, then this server would stop answering for good.
    """
    with reachable():
        for document in documents:
            with pymongo.timeout(AWAY_AFTER_SECONDS):
                document.objects(__raw__={"_id": ""}).update_one(__raw__={"$unset": {"version": 1}})
            with pymongo.timeout(INDEX_SECONDS):
                document.ensure_indexes()


@contextmanager
def reachable() -> Iterator[None]:
    """Turns a failure of the database into DomainError UNAVAILABLE: `database_away`, or TimedOut
    (`database_slow`). An error about a document itself passes unchanged."""
    try:
        yield
    except (DocumentTooLarge, InvalidOperation, ConfigurationError, DuplicateKeyError):
        raise
    except PyMongoError as error:
        if getattr(error, "code", None) in _ABOUT_THE_DOCUMENT or _about_documents(error):
            raise
        if error.timeout and not isinstance(error, ServerSelectionTimeoutError):
            raise TimedOut("database_slow", "the database takes too long; try again") from error
        raise DomainError(
            "database_away", Kind.UNAVAILABLE, "the database cannot be reached; try again"
        ) from error


def _about_documents(error: PyMongoError) -> bool:
    if not isinstance(error, BulkWriteError) or error.details.get("writeConcernErrors"):
        return False
    entries = error.details.get("writeErrors", [])
    return all(entry.get("code") in _ABOUT_THE_DOCUMENT for entry in entries)


def must_answer(asked: RawCollection) -> None:
    """Raises PyMongoError within AWAY_AFTER_SECONDS when no server is known; an operation would
    wait for one until its own time is over. Blocks."""
    client = asked.database.client
    if not client.nodes:
        with pymongo.timeout(AWAY_AFTER_SECONDS):
            client.admin.command("ping")


async def in_thread(call: Callable[..., R], *args: Any, threads: Threads = _threads) -> R:
    """Runs a blocking database call beside the event loop; its failure becomes UNAVAILABLE."""

    def guarded() -> R:
        with reachable():
            return call(*args)

    return await threads.run(guarded)


async def ping(alias: str) -> None:
    """Raises DomainError UNAVAILABLE unless the database answers, within two seconds."""

    def ask() -> None:
        with pymongo.timeout(AWAY_AFTER_SECONDS):
            mongoengine.get_connection(alias).admin.command("ping")

    await in_thread(ask)


class MongoStore(Store[S], Generic[S]):
    """Aggregates whose state is `state_type`: a dataclass or a union of dataclasses told apart by
    a Literal field, wrapped for pydantic by `Annotated[A | B, Field(discriminator=...)]`."""

    def __init__(self, alias: str, name: str, state_type: Any) -> None:
        """`name` is the collection that the service's AggregateDocument declares."""
        self._alias = alias
        self.name = name
        self._adapter: TypeAdapter[S] = TypeAdapter(state_type)

    @property
    def collection(self) -> RawCollection:
        """The collection itself, for a service's own indexed reads."""
        return collection(self._alias, self.name)

    def state(self, document: Mapping[str, Any]) -> S:
        """The state in a raw document."""
        return self._adapter.validate_python(document["state"])

    def readable(
        self, documents: Iterable[Mapping[str, Any]]
    ) -> Iterator[tuple[Mapping[str, Any], S]]:
        """Raw documents with their states, for a service's own reads. A document that this version
        cannot read is left out, counted and logged, so that it does not hide the others."""
        for document in documents:
            try:
                state = self.state(document)
            except ValidationError:
                metrics.UNREADABLE.inc()
                log.error("document.unreadable", extra={"ids": [document["_id"]]})
                continue
            yield document, state

    async def load(self, ids: Iterable[str]) -> Loaded[S]:
        return await in_thread(_at_once, self._load, list(ids))

    async def save(
        self, writes: Sequence[Write[S]], fence: Callable[[], None] = unfenced
    ) -> Sequence[WriteOutcome]:
        return await in_thread(_at_once, partial(self._save, fence=fence), writes)

    async def mark_sent(self, sent: Collection[tuple[str, int]]) -> None:
        await in_thread(self._mark_sent, sent)

    async def unsent(self, run: str, above: int, up_to: int | None, limit: int) -> Sequence[Outbox]:
        return await in_thread(self._unsent, run, above, up_to, limit)

    async def waking(self, due: datetime, limit: int) -> Sequence[Due]:
        return await in_thread(self._waking, due, limit)

    async def postpone(self, due: Sequence[Due], until: datetime) -> None:
        await in_thread(self._postpone, due, until)

    def _load(self, ids: list[str]) -> Loaded[S]:
        found: dict[str, Stored[S]] = {}
        unreadable: list[str] = []
        must_answer(self.collection)
        for chunk in _chunks(ids):
            for document in self.collection.find({"_id": {"$in": chunk}}):
                try:
                    found[document["_id"]] = self._stored(document)
                except (ValidationError, KeyError, ValueError, TypeError):
                    unreadable.append(document["_id"])
        if unreadable:
            metrics.UNREADABLE.inc(len(unreadable))
            log.error("document.unreadable", extra={"ids": unreadable[:10]})
        return Loaded(found, unreadable)

    def _save(self, writes: Sequence[Write[S]], fence: Callable[[], None]) -> list[WriteOutcome]:
        must_answer(self.collection)
        fence()
        if len(writes) == 1:
            return [self._save_one(writes[0])]
        inserts = [write for write in writes if write.base == 0]
        updates = [write for write in writes if write.base]
        missed = self._insert(inserts) | self._update(updates)
        return [missed.get(write.after.id, Saved.DONE) for write in writes]

    def _save_one(self, write: Write[S]) -> WriteOutcome:
        document = self._document_of(write.after)
        try:
            if write.base == 0:
                self.collection.insert_one(document)
                return Saved.DONE
            guard = {"_id": write.after.id, "version": write.base}
            done = self.collection.replace_one(guard, document).matched_count == 1
            return Saved.DONE if done else Saved.LOST
        except DuplicateKeyError as error:
            return _duplicate(error.details or {})

    def _insert(self, writes: Sequence[Write[S]]) -> dict[str, WriteOutcome]:
        """The inserts that did not happen, with what became of each."""
        if not writes:
            return {}
        requests = [InsertOne(self._document_of(write.after)) for write in writes]
        try:
            self.collection.bulk_write(requests, ordered=False)
        except BulkWriteError as error:
            return _not_inserted(error, writes)
        return {}

    def _update(self, writes: Sequence[Write[S]]) -> dict[str, WriteOutcome]:
        """The replacements that did not happen, or may not have, with what became of each."""
        missed: dict[str, WriteOutcome] = {}
        for chunk in _chunks(writes):
            missed |= self._replace(chunk)
        return missed

    def _replace(self, writes: Sequence[Write[S]]) -> dict[str, WriteOutcome]:
        ids = [write.after.id for write in writes]
        save = uuid4().hex
        update = self._replacing(writes, ids, save)
        try:
            happened = self.collection.update_many({"_id": {"$in": ids}}, update).modified_count
        except DuplicateKeyError:
            return self._one_by_one(writes, self._ours(ids, save))
        if happened == len(ids):
            return {}
        # The server says how many documents it changed, not which. Another process may already have
        # overwritten one that it did change.
        ours = self._ours(ids, save)
        missed = Saved.LOST if happened == len(ours) else Saved.UNSURE
        return dict.fromkeys(set(ids) - ours, missed)

    def _ours(self, ids: list[str], save: str) -> set[str]:
        found = self.collection.find({"_id": {"$in": ids}, "saved_by": save}, {"_id": 1})
        return {document["_id"] for document in found}

    def _one_by_one(self, writes: Sequence[Write[S]], done: set[str]) -> dict[str, WriteOutcome]:
        """Saves the rest of a statement that stopped at a document which breaks another unique
        index."""
        missed: dict[str, WriteOutcome] = {}
        for write in writes:
            if write.after.id in done:
                continue
            outcome = self._save_one(write)
            if outcome is not Saved.DONE:
                missed[write.after.id] = Saved.UNSURE if outcome is Saved.LOST else outcome
        return missed

    def _replacing(
        self, writes: Sequence[Write[S]], ids: list[str], save: str
    ) -> list[dict[str, Any]]:
        """The update that replaces each document of a batch if it is still at its base.

        `save` marks the documents that it replaced.

        One statement for all costs the embedded server less than half of one for each: 0.5 instead
        of 1.3 ms a document (50 documents, two indexes).
        """
        at = {"$indexOfArray": [{"$literal": ids}, "$_id"]}
        bases = {"$literal": [write.base for write in writes]}
        after = {"$literal": [{**self._document_of(w.after), "saved_by": save} for w in writes]}
        unchanged = {"$eq": ["$version", {"$arrayElemAt": [bases, "$$at"]}]}
        chosen = {"$cond": [unchanged, {"$arrayElemAt": [after, "$$at"]}, "$$ROOT"]}
        return [{"$replaceWith": {"$let": {"vars": {"at": at}, "in": chosen}}}]

    def _mark_sent(self, sent: Collection[tuple[str, int]]) -> None:
        by_version: dict[int, list[str]] = defaultdict(list)
        for id_, version in sent:
            by_version[version].append(id_)
        empty = {"$unset": {"outbox": 1, "outbox_at": 1}}
        for version, ids in by_version.items():
            for chunk in _chunks(ids):
                guard: dict[str, Any] = {"_id": {"$in": chunk}, "version": version}
                self.collection.update_many(guard, empty)

    def _unsent(self, run: str, above: int, up_to: int | None, limit: int) -> list[Outbox]:
        must_answer(self.collection)
        # Numbers have twelve digits and `;` follows `:`, so this is above all places of the run.
        high = f"{run};" if up_to is None else str(OutboxPlace(run, up_to))
        between = {"$gt": str(OutboxPlace(run, above)), "$lte": high}
        wanted = {"version": 1, "outbox": 1, "outbox_at": 1}
        query = self.collection.find({"outbox_at": between}, wanted).sort("outbox_at", 1)
        found = list(query.limit(limit))
        if len(found) >= limit:
            # The page may end in the middle of a save: it must hold all of the last one.
            last = found[-1]["outbox_at"]
            whole = self.collection.find({"outbox_at": last}, wanted)
            found = [d for d in found if d["outbox_at"] != last] + list(whole)
        return [_outbox(document) for document in found]

    def _waking(self, due: datetime, limit: int) -> list[Due]:
        must_answer(self.collection)
        wanted = {"version": 1, "wake_at": 1, "wake_failures": 1}
        found = self.collection.find({"wake_at": {"$lte": due}}, wanted)
        return [
            Due(
                id=document["_id"],
                version=document["version"],
                wake_at=aware(document["wake_at"]),
                failures=document.get("wake_failures", 0),
            )
            for document in found.sort("wake_at", 1).limit(limit)
        ]

    def _postpone(self, due: Sequence[Due], until: datetime) -> None:
        later = {"$set": {"wake_at": until}, "$inc": {"wake_failures": 1}}
        by_version: dict[int, list[str]] = defaultdict(list)
        for one in due:
            by_version[one.version].append(one.id)
        for version, ids in by_version.items():
            for chunk in _chunks(ids):
                same: dict[str, Any] = {"_id": {"$in": chunk}, "version": version}
                self.collection.update_many({**same, "wake_at": {"$lte": until}}, later)

    def _stored(self, document: Mapping[str, Any]) -> Stored[S]:
        wake = document.get("wake_at")
        place = document.get("outbox_at")
        envelopes, carried = _entries(document)
        return Stored(
            id=document["_id"],
            version=document["version"],
            state=self.state(document),
            handled=tuple(document.get("handled", ())),
            outbox=envelopes,
            outbox_at=OutboxPlace.parse(place) if place else None,
            carried=carried,
            wake_at=aware(wake) if wake else None,
            trace=document.get("trace", ""),
        )

    def _document_of(self, stored: Stored[S]) -> dict[str, Any]:
        document: dict[str, Any] = {
            "_id": stored.id,
            "version": stored.version,
            "handled": list(stored.handled),
            "state": self._adapter.dump_python(stored.state),  # type: ignore[arg-type]
        }
        # Absent, not null, when idle: that keeps the sparse indexes as small as the work waiting.
        if stored.outbox:
            document["outbox"] = [_entry(e, stored.carried.get(e.id)) for e in stored.outbox]
            document["outbox_at"] = str(stored.outbox_at)
        if stored.wake_at is not None:
            document["wake_at"] = stored.wake_at
        if stored.trace:
            document["trace"] = stored.trace
        return document


def _at_once(call: Callable[[A], R], argument: A) -> R:
    """Gives all statements of a call together OPERATION_SECONDS. So none takes effect later, even
    if the caller was cancelled, and a large batch cannot take minutes."""
    with pymongo.timeout(OPERATION_SECONDS):
        return call(argument)


def _chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), _CHUNK):
        yield items[start : start + _CHUNK]


def _entry(envelope: Envelope, carried: OutboxPlace | None) -> dict[str, Any]:
    entry = envelope.document()
    return {**entry, "at": str(carried)} if carried else entry


def _entries(
    document: Mapping[str, Any],
) -> tuple[tuple[Envelope, ...], dict[str, OutboxPlace]]:
    entries = document.get("outbox", ())
    carried = {e["id"]: OutboxPlace.parse(e["at"]) for e in entries if "at" in e}
    return tuple(from_document(entry) for entry in entries), carried


def _outbox(document: Mapping[str, Any]) -> Outbox:
    """The outbox of a raw document. Its state is not read, so it need not be readable."""
    id_, version = document["_id"], document["version"]
    place = OutboxPlace.parse(document["outbox_at"])
    try:
        envelopes, carried = _entries(document)
    except (KeyError, ValueError, TypeError):
        metrics.UNREADABLE.inc()
        log.error("outbox.unreadable", extra={"ids": [id_]})
        return Outbox(id=id_, version=version, place=place, envelopes=(), readable=False)
    return Outbox(id=id_, version=version, place=place, envelopes=envelopes, carried=carried)


def _not_inserted(error: BulkWriteError, writes: Sequence[Write[Any]]) -> dict[str, WriteOutcome]:
    entries = error.details.get("writeErrors", [])
    if error.details.get("writeConcernErrors") or not entries:
        raise error
    if any(entry.get("code") != _DUPLICATE_KEY for entry in entries):
        raise error
    return {writes[entry["index"]].after.id: _duplicate(entry) for entry in entries}


def _duplicate(details: Mapping[str, Any]) -> WriteOutcome:
    """LOST when another process made the document first; else the refusal of a value that must be
    unique and that another document has."""
    fields = list(details.get("keyPattern", {"key": 1}))
    if fields == ["_id"]:
        return Saved.LOST
    name = fields[-1].rpartition(".")[2]
    return DomainError(
        f"duplicate_{name}", Kind.CONFLICT, f"another one has this {name} already", field=name
    )
