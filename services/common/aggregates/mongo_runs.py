"""The documents of a service's runs in MongoDB."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pymongo

from services.common.aggregates.mongo import RawCollection, collection, in_thread, must_answer
from services.common.events.envelope import aware
from services.common.process.threads import Threads
from services.common.publishing.runs import Runs, RunWord

# How long a beat may take, well below `presence.LEASE_SECONDS`: a slower one would come too late.
BEAT_SECONDS = 4.0
# How long a look at the others may take: one whose answer is lost must not delay the next beat
# beyond the lease.
LOOK_SECONDS = 1.5

# Threads of their own: otherwise four slow reads could delay the beat of a living run until it
# looks dead.
_beats = Threads("beat")


class MongoRuns(Runs):
    """One collection a service; `connect` the alias first."""

    def __init__(self, alias: str, name: str = "runs") -> None:
        self._alias = alias
        self._name = name
        self._indexed = False

    async def open(self, word: RunWord) -> None:
        await in_thread(self._open, word, threads=_beats)

    async def beat(self, word: RunWord) -> bool:
        return await in_thread(self._beat, word, threads=_beats)

    async def end(self, word: RunWord) -> None:
        await in_thread(self._end, word, threads=_beats)

    async def close(self, run: str) -> None:
        await in_thread(lambda: self._there().delete_one({"_id": run}), threads=_beats)

    async def living(self) -> Sequence[RunWord]:
        return await in_thread(self._look, threads=_beats)

    async def dead(self) -> Sequence[RunWord]:
        return await in_thread(self._find, {"alive": False})

    async def words_of(self, runs: Collection[str]) -> Sequence[RunWord]:
        return await in_thread(self._find, {"_id": {"$in": list(runs)}})

    async def claim(self, word: RunWord, by: str) -> bool:
        return await in_thread(self._claim, word, by)

    async def remove(self, run: str, by: str) -> None:
        guard = {"_id": run, "claimed_by": by}
        await in_thread(lambda: self._there().delete_one(guard))

    def _there(self) -> RawCollection:
        found = collection(self._alias, self._name)
        must_answer(found)
        return found

    def _open(self, word: RunWord) -> None:
        runs = self._there()
        # Before the index, which must not make the collection: see `mongo.ensure_indexes`.
        runs.update_one({"_id": word.run}, {"$setOnInsert": _document(word)}, upsert=True)
        if not self._indexed:
            runs.create_index("alive")
            self._indexed = True

    def _beat(self, word: RunWord) -> bool:
        said = _document(word)
        beats = {"$inc": {"beats": 1}}
        del said["beats"], said["alive"], said["claimed_by"]
        with pymongo.timeout(BEAT_SECONDS):
            done = self._there().update_one(
                {"_id": word.run, "alive": True}, {"$set": said, **beats}
            )
        return done.matched_count == 1

    def _end(self, word: RunWord) -> None:
        runs = self._there()
        said = {**_document(word), "alive": False}
        del said["beats"], said["claimed_by"]
        if runs.update_one({"_id": word.run, "alive": True}, {"$set": said}).matched_count:
            return
        gone = {**_document(word), "alive": False}
        runs.update_one({"_id": word.run}, {"$setOnInsert": gone}, upsert=True)

    def _look(self) -> list[RunWord]:
        with pymongo.timeout(LOOK_SECONDS):
            return self._find({"alive": True})

    def _find(self, wanted: dict[str, Any]) -> list[RunWord]:
        return words_in(self._there(), wanted)

    def _claim(self, word: RunWord, by: str) -> bool:
        guard = {
            "_id": word.run,
            "beats": word.beats,
            "alive": word.alive,
            "claimed_by": word.claimed_by,
        }
        claim = {"$set": {"claimed_by": by, "alive": False}}
        return self._there().update_one(guard, claim).matched_count == 1


def words_in(runs: RawCollection, wanted: Mapping[str, Any] | None = None) -> list[RunWord]:
    """The documents of a collection of runs. Blocks; raises PyMongoError."""
    return [_word(document) for document in runs.find(wanted or {})]


def _document(word: RunWord) -> dict[str, Any]:
    return {
        "beats": word.beats,
        "sent": word.sent,
        "stuck": sorted(word.stuck),
        "looked_up": word.looked_up,
        "alive": word.alive,
        "claimed_by": word.claimed_by,
        "oldest": word.oldest,
        "stores": sorted(word.stores),
    }


def _word(document: Mapping[str, Any]) -> RunWord:
    oldest = document.get("oldest")
    return RunWord(
        run=document["_id"],
        beats=document.get("beats", 0),
        sent=document["sent"],
        stuck=frozenset(document.get("stuck", ())),
        looked_up=document.get("looked_up", 0),
        # A document of the first versions has fewer fields; such runs are over.
        alive=document.get("alive", False),
        claimed_by=document.get("claimed_by", ""),
        oldest=aware(oldest) if oldest else None,
        stores=frozenset(document.get("stores", ())),
    )
