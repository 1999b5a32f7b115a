"""Sets a service's group back, so that it reads again what its database no longer knows.

The broker remembers how far a group has read, and the database what came of it. After the database
was restored to an older point the broker's word is the newer one: without this, nobody would ever
read again what came in between. Only back, never forward: a group that goes forward passes over
events. What is read twice has no second effect, because each document knows its causes. Owns the
offsets; the database is left to whoever restored it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import OffsetSpec
from kafka.errors import KafkaError, NoError
from kafka.structs import OffsetAndMetadata

from services.common.bus.audit import ON_ITS_WAY
from services.common.bus.brokers import Brokers

# The file in a backup's folder that says, by group, topic and partition, how far each had read.
MANIFEST = "manifest.json"

# How long a broker that has just started may take to know its groups. Longer: who waits for one
# that never will hears of it later.
GROUPS_READ_WITHIN_SECONDS = 30.0
_ASK_AGAIN_SECONDS = 0.5

Offsets: TypeAlias = Mapping[TopicPartition, int]
"""The next record of each partition."""


class NotRewound(Exception):
    """The offsets were not set; the message says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """One partition that is read again from `after` on. `gone` counts the records between `after`
    and the first that its topic still holds: nobody can read those again."""

    topic: str
    partition: int
    before: int
    after: int
    gone: int


def began(backup: Path) -> datetime:
    """When the backup in this folder began. Raises NotRewound when it does not say."""
    try:
        said = json.loads((backup / MANIFEST).read_text(encoding="utf-8"))
        return datetime.fromisoformat(said["began"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NotRewound(f"{backup} does not say when it began") from error


def offsets_in(backup: Path, group: str) -> Offsets:
    """How far the group had read when the backup in this folder began.

    Raises NotRewound when it does not say.
    """
    try:
        said = json.loads((backup / MANIFEST).read_text(encoding="utf-8"))
        offsets = {
            TopicPartition(topic, int(number)): int(offset)
            for topic, partitions in said["groups"][group].items()
            for number, offset in partitions.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotRewound(f"{backup} does not say how far {group} had read") from error
    if any(offset < 0 for offset in offsets.values()):
        raise NotRewound(f"{backup} says that {group} had read less than nothing")
    return offsets


def rewind(
    *, brokers: Brokers, group: str, to: datetime | Offsets, dry_run: bool = False
) -> list[Moved]:
    """Sets the group back to a time, a minute earlier for what was on its way, or to offsets.

    `to` as offsets: a partition that they do not name is read again from its beginning, because it
    came later or nobody had read it. A partition in which the group has committed nothing stays as
    it is: it is read from its beginning anyway. Blocks. Raises NotRewound while a replica of the
    service runs, and KafkaError.
    """
    with _admin(brokers) as admin:
        _must_be_empty(admin, group)
        committed = _committed(admin, [group])[group]
        beginnings = _ask(admin, committed, OffsetSpec.EARLIEST)
        wanted = _wanted(admin, committed, to)
        moved = [
            Moved(
                topic=place.topic,
                partition=place.partition,
                before=before,
                after=wanted[place],
                gone=max(0, beginnings[place] - wanted[place]),
            )
            for place, before in sorted(committed.items())
            if wanted[place] < before
        ]
        if moved and not dry_run:
            _set(admin, group, moved)
        return moved


def read_so_far(brokers: Brokers, groups: Sequence[str]) -> Mapping[str, Offsets]:
    """How far each group has read: all before that is settled. Blocks; raises KafkaError."""
    with _admin(brokers) as admin:
        return _committed(admin, groups)


@contextmanager
def _admin(brokers: Brokers) -> Iterator[Any]:
    admin = KafkaAdminClient(**brokers.login().client(), reconnect_backoff_max_ms=200)
    try:
        yield admin
    finally:
        admin.close()


def _committed(admin: Any, groups: Sequence[str]) -> Mapping[str, Offsets]:
    found = _patiently(partial(admin.list_group_offsets, list(groups)))
    return {
        group: {place: stored.offset for place, stored in offsets.items() if stored.offset >= 0}
        for group, offsets in found.items()
    }


def _patiently(ask: Callable[[], Any]) -> Any:
    """The answer to a question about groups: a broker that has just started reads first how far
    they are. Raises KafkaError when it does not answer in GROUPS_READ_WITHIN_SECONDS."""
    until = time.monotonic() + GROUPS_READ_WITHIN_SECONDS
    while True:
        try:
            return ask()
        except KafkaError as error:
            if not error.retriable or time.monotonic() > until:
                raise
        time.sleep(_ASK_AGAIN_SECONDS)


def _must_be_empty(admin: Any, group: str) -> None:
    state = _patiently(partial(admin.describe_groups, [group]))[group]
    if members := state.get("members"):
        raise NotRewound(
            f"{len(members)} replicas of {group} still read; stop the service first (one that was "
            "killed counts for ten seconds more)"
        )


def _wanted(admin: Any, committed: Offsets, to: datetime | Offsets) -> Offsets:
    if not isinstance(to, datetime):
        return {place: to.get(place, 0) for place in committed}
    milliseconds = round((to - ON_ITS_WAY).timestamp() * 1000)
    found = _ask(admin, committed, milliseconds)
    # Nothing was sent since then: what is committed is right.
    return {place: found[place] if found[place] >= 0 else committed[place] for place in committed}


def _ask(admin: Any, places: Offsets, spec: Any) -> Offsets:
    if not places:
        return {}
    found = admin.list_partition_offsets(dict.fromkeys(places, spec))
    return {place: answer.offset for place, answer in found.items()}


def _set(admin: Any, group: str, moved: list[Moved]) -> None:
    wanted = {
        TopicPartition(one.topic, one.partition): OffsetAndMetadata(one.after, "", -1)
        for one in moved
    }
    errors = {
        place: error
        for place, error in admin.alter_group_offsets(group, wanted).items()
        if error is not NoError
    }
    if errors:
        names = sorted({error.__name__ for error in errors.values()})
        raise NotRewound(
            f"the broker refused {len(errors)} partitions of {group}: {', '.join(names)}"
        )
