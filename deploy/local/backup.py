"""A copy of the services' databases in a folder, and the way back; while the city works.

Speaks MongoDB's protocol alone, so that it serves the embedded database and a real one alike. Each
collection is a file of BSON documents one after the other, as `mongodump` writes it, and the
manifest has its digest. For a large city the operator's own backups are the better tool
(docs/disaster-recovery.md); the order and the offsets below are what those must respect, too.

**The order of a copy.** The services go on while it is made, and no two documents are of the same
instant. Two things must therefore be older, or newer, than the rest:

- how far each group had read is asked first: all that was settled by then is in the copy, and what
  came later is read again;
- the runs come last, and the counters after the documents that use them. A document whose run is
  unknown counts as told, so a copy that had the document and not yet its run would make its events
  vanish without a trace. A counter that is too new costs a gap; one that is too old gives a number
  twice.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TypeAlias

import bson
import pymongo
from bson.raw_bson import RawBSONDocument
from pymongo.database import Database

from services.common.bus.brokers import Brokers
from services.common.bus.rewind import MANIFEST, read_so_far
from services.common.events import contracts

Client: TypeAlias = pymongo.MongoClient[RawBSONDocument]

_FORMAT = 1
_PREFIX = "dasan_"
RUNS = "runs"
_BATCH = 500
# What a database or collection may be called in a manifest: with a slash, or two dots alone, its
# file would lie anywhere on this machine.
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
# A copy holds what citizens wrote and where they can be reached.
_FOR_THE_OWNER = 0o700
# A living run changes its document every second, and a busy machine may be late.
BEATS_SEEN_WITHIN_SECONDS = 3.0


class BackupUnusable(Exception):
    """The folder holds no whole backup, or may not be written; the message says why."""


class StillRunning(Exception):
    """A service works on the database that is to be restored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """One collection in a backup."""

    database: str
    collection: str
    documents: int
    bytes: int
    sha256: str

    @property
    def file(self) -> str:
        """Its place in the folder."""
        return f"{self.database}/{self.collection}.bson"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """What a folder holds. All that was acknowledged by `began` is in it; of what was acknowledged
    until `ended`, some."""

    began: datetime
    ended: datetime
    groups: Mapping[str, Mapping[str, Mapping[str, int]]]
    collections: Sequence[Copied]

    def of(self, services: Sequence[str]) -> Sequence[Copied]:
        """The collections of these services."""
        wanted = {_PREFIX + service for service in services}
        return [one for one in self.collections if one.database in wanted]


Tell: TypeAlias = Callable[[Copied], None]


def services_in(names: Sequence[str]) -> tuple[str, ...]:
    """The services that are named, or all. Raises BackupUnusable for another name."""
    chosen = tuple(names) or contracts.services()
    if unknown := sorted(set(chosen) - set(contracts.services())):
        raise BackupUnusable(f"no service: {', '.join(unknown)}")
    return chosen


def make(
    folder: Path,
    *,
    mongo: str,
    brokers: Brokers,
    services: Sequence[str],
    tell: Tell = lambda copied: None,
) -> Backup:
    """Copies the databases of these services into a new folder; `tell` hears of each collection.

    `mongo` is a URL. Raises BackupUnusable when the folder holds something,
    PyMongoError and KafkaError.
    """
    if folder.exists() and any(folder.iterdir()):
        raise BackupUnusable(f"{folder} holds something already; name a new folder")
    began = datetime.now(UTC)
    groups = _read_so_far(brokers, services)
    copied = []
    with _client(mongo) as client:
        for service in services:
            database = client[_PREFIX + service]
            for name in _in_order(database):
                one = _copy(database, name, folder)
                copied.append(one)
                tell(one)
    made = Backup(began=began, ended=datetime.now(UTC), groups=groups, collections=tuple(copied))
    _write_manifest(folder, made)
    return made


def load(folder: Path) -> Backup:
    """What a folder holds, after every file was compared with its digest. Raises
    BackupUnusable."""
    try:
        said = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if said["format"] != _FORMAT:
            raise BackupUnusable(f"{folder} is of another format ({said['format']})")
        found = Backup(
            began=datetime.fromisoformat(said["began"]),
            ended=datetime.fromisoformat(said["ended"]),
            groups=said["groups"],
            collections=tuple(Copied(**one) for one in said["collections"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BackupUnusable(f"{folder} holds no whole backup: {error!r}") from error
    _must_be_named_well(folder, found.collections)
    for one in found.collections:
        digest = sha256()
        try:
            with (folder / one.file).open("rb") as file:
                while block := file.read(1 << 20):
                    digest.update(block)
        except OSError as error:
            raise BackupUnusable(f"{one.file} can't be read: {error}") from error
        if digest.hexdigest() != one.sha256:
            raise BackupUnusable(f"{one.file} is not what was written: its digest differs")
    return found


def restore(
    folder: Path, *, mongo: str, services: Sequence[str], tell: Tell = lambda copied: None
) -> Backup:
    """Puts the databases of these services back as they were; whatever else they hold is gone.

    Nothing is touched before the whole folder was compared with its digests. Raises BackupUnusable,
    StillRunning and PyMongoError. If it is cut off, a service that started then would work on half
    a database: repeat it first.
    """
    found = load(folder)
    wanted = found.of(services)
    if missing := sorted(set(services) - {one.database.removeprefix(_PREFIX) for one in wanted}):
        raise BackupUnusable(f"{folder} holds nothing of {', '.join(missing)}")
    with _client(mongo) as client:
        _must_stand_still(client, services)
        for service in services:
            client.drop_database(_PREFIX + service)
        # The runs first: at no moment is there a document whose run is unknown.
        for one in sorted(wanted, key=lambda one: one.collection != RUNS):
            _fill(client[one.database], one, folder)
            tell(one)
    return found


def _must_be_named_well(folder: Path, collections: Sequence[Copied]) -> None:
    """Raises BackupUnusable when a manifest names what no copy of ours has: it may have come from
    anywhere, and restoring reads what it names."""
    named = [(one.database, one.collection) for one in collections]
    for name in (name for pair in named for name in pair):
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise BackupUnusable(f"{folder} names {name!r}, which is no database or collection")
    if len(set(named)) < len(named):
        raise BackupUnusable(f"{folder} names a collection twice")


def _client(mongo: str) -> Client:
    return pymongo.MongoClient(mongo, document_class=RawBSONDocument, tz_aware=True)


def _in_order(database: Database[RawBSONDocument]) -> list[str]:
    """Documents that tell events, then what they number themselves by, then the runs."""

    def rank(name: str) -> tuple[int, str]:
        one = database[name].find_one()
        tells = one is not None and "version" in one
        return (2 if name == RUNS else 0 if tells else 1, name)

    return sorted(database.list_collection_names(), key=rank)


def _copy(database: Database[RawBSONDocument], name: str, folder: Path) -> Copied:
    path = folder / database.name / f"{name}.bson"
    folder.mkdir(parents=True, exist_ok=True)
    path.parent.mkdir(mode=_FOR_THE_OWNER, exist_ok=True)
    digest = sha256()
    documents = size = 0
    with path.open("wb") as file:
        # By id: a document that grows meanwhile does not come twice and is not passed over.
        for document in database[name].find().sort("_id", 1).batch_size(_BATCH):
            file.write(document.raw)
            digest.update(document.raw)
            documents += 1
            size += len(document.raw)
    return Copied(
        database=database.name,
        collection=name,
        documents=documents,
        bytes=size,
        sha256=digest.hexdigest(),
    )


def _fill(database: Database[RawBSONDocument], one: Copied, folder: Path) -> None:
    with (folder / one.file).open("rb") as file:
        batch: list[RawBSONDocument] = []
        for raw in bson.decode_file_iter(file, bson.CodecOptions(document_class=RawBSONDocument)):
            batch.append(raw)
            if len(batch) == _BATCH:
                database[one.collection].insert_many(batch)
                batch = []
        if batch:
            database[one.collection].insert_many(batch)
    stored = database[one.collection].count_documents({})
    if stored != one.documents:
        raise BackupUnusable(f"{one.file}: {stored} of {one.documents} documents are stored")


def _must_stand_still(client: Client, services: Sequence[str]) -> None:
    """Raises StillRunning when a run of one of these services beats.

    A process that lived through a restore would go on with what it remembers: it would write over
    what others made of the restored documents, and its saves would be forgotten with their events.
    """
    before = {service: _beats(client, service) for service in services}
    if not any(before.values()):
        return
    until = time.monotonic() + BEATS_SEEN_WITHIN_SECONDS
    while time.monotonic() < until:
        for service in services:
            if _beats(client, service) != before[service]:
                raise StillRunning(f"{service} still works on its database; stop it first")
        time.sleep(0.2)


def _beats(client: Client, service: str) -> Mapping[str, int]:
    runs = client[_PREFIX + service][RUNS].find({"alive": True})
    return {run["_id"]: run.get("beats", 0) for run in runs}


def _read_so_far(
    brokers: Brokers, services: Sequence[str]
) -> Mapping[str, Mapping[str, Mapping[str, int]]]:
    found: dict[str, dict[str, dict[str, int]]] = {}
    for group, offsets in read_so_far(brokers, [f"dasan-{name}" for name in services]).items():
        of_group = found.setdefault(group, {})
        for place, offset in offsets.items():
            of_group.setdefault(place.topic, {})[str(place.partition)] = offset
    return found


def _write_manifest(folder: Path, made: Backup) -> None:
    """Last, and in one piece: a folder without it is no backup."""
    said = {
        "format": _FORMAT,
        "began": made.began.isoformat(),
        "ended": made.ended.isoformat(),
        "groups": made.groups,
        "collections": [asdict(one) for one in made.collections],
    }
    written = folder / f"{MANIFEST}.part"
    folder.mkdir(parents=True, exist_ok=True)
    written.write_text(json.dumps(said, indent=1), encoding="utf-8")
    written.rename(folder / MANIFEST)
