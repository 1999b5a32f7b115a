"""Dead letters: the record as it came, why it is dead, and the way back.

`python -m services.<service> replay` puts them on their topics again, for this service alone; what
has had its effect already is known by its id and has none again.

No letter is ever out of reach before the topic's retention ends: a replay reads the whole topic. It
knows which letters are returned from the notes that earlier replays left among them.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Literal, TypeAlias, get_args

from kafka import KafkaConsumer, TopicPartition

from services.common.bus.brokers import Brokers
from services.common.events import contracts
from services.common.publishing.outbox import Bus, Record, Sent

log = logging.getLogger(__name__)

Reason: TypeAlias = Literal[
    "undecodable",
    "unknown_type",
    "newer",
    "rejected",
    "retries_exhausted",
    "never_passed",
    "unreadable",
]
REASONS: tuple[str, ...] = get_args(Reason)

PREFIX = "dlq_"
# On a record that a replay returned: every other service of Dasan passes it over.
ONLY_FOR = "dasan_for"
# What the producer and the broker take by default is 1 MiB, with everything around the record.
LETTER_BYTES = 1_000_000
# A header or key above it is left out of a letter that goes without its value.
LONGEST_HEADER_BYTES = 1_000
_HEADERS_KEPT = 50
_NOTE = "returned"
# A replay that is cut off returns so many once more, at most.
_NOTED_TOGETHER = 100


def letter(service: str, message: Any, reason: Reason, detail: str) -> Record:
    """The dead letter of a consumed Kafka message: its key, bytes and headers, and ours.

    `message` has topic, partition, offset, key, value and headers. What would not fit a record goes
    as `without_value` says.
    """
    ours = {
        "reason": reason,
        "detail": detail,
        "topic": message.topic,
        "partition": str(message.partition),
        "offset": str(message.offset),
    }
    kept = [(name, value or b"") for name, value in message.headers if not name.startswith(PREFIX)]
    whole = Record(
        topic=contracts.dlq_topic(service),
        key=message.key or b"",
        headers=(*kept, *((PREFIX + name, value.encode()) for name, value in ours.items())),
        value=message.value or b"",
    )
    return whole if _bytes_of(whole) <= LETTER_BYTES else without_value(whole)


def without_value(whole: Record) -> Record:
    """The letter of a record that is too large for one: its place, its size and its digest.

    The value, a long key and long headers stay away; the record itself lies at its place for as
    long as its topic keeps it.
    """
    headers = [(n, v) for n, v in whole.headers if len(n) + len(v) <= LONGEST_HEADER_BYTES]
    theirs = [(n, v) for n, v in headers if not n.startswith(PREFIX)][:_HEADERS_KEPT]
    ours = [(n, v) for n, v in headers if n.startswith(PREFIX)]
    facts = {
        "value_bytes": str(len(whole.value)),
        "value_sha256": sha256(whole.value).hexdigest(),
        "headers_left_out": str(len(whole.headers) - len(theirs) - len(ours)),
    }
    return Record(
        topic=whole.topic,
        key=whole.key if len(whole.key) <= LONGEST_HEADER_BYTES else b"",
        headers=(*theirs, *ours, *((PREFIX + n, v.encode()) for n, v in facts.items())),
        value=b"",
    )


def _bytes_of(record: Record) -> int:
    headers = sum(len(name) + len(value) + 10 for name, value in record.headers)
    return len(record.key) + len(record.value) + headers


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which letters to return: of these reasons, of these event ids (none: any), buried since."""

    reasons: frozenset[str] = frozenset(REASONS)
    ids: frozenset[str] = frozenset()
    since: datetime | None = None
    dry_run: bool = False


ALL = Choice()


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What a replay did: letters it returned, and letters that are still there to be returned."""

    returned: int
    kept: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Letter:
    offset: int
    at: datetime
    id: str
    reason: str
    topic: str
    place: str
    whole: bool
    record: Record


def _everything(_: Record) -> bool:
    return True


def replay(
    *,
    service: str,
    brokers: Brokers,
    bus: Bus,
    choice: Choice = ALL,
    understands: Callable[[Record], bool] = _everything,
    tell: Callable[[str], None],
) -> Replayed:
    """Returns the chosen dead letters to their topics, for this service alone; of these only what
    it `understands`.

    A dry run tells the same and changes nothing. A letter that lost its value on the way cannot be
    returned, nor one that the broker refuses. Raises KafkaError when the broker is away,
    ConnectionError when it does not take a record now; what was returned before is noted and not
    returned again.
    """
    letters = _letters(service, brokers)
    known = {spec.name for spec in contracts.topics()}
    returned: list[int] = []
    kept = 0
    try:
        for found in letters:
            chosen = _is_chosen(found, choice) and found.whole and found.topic in known
            chosen = chosen and understands(found.record)
            # One that the broker never takes keeps none behind it from coming back.
            chosen = chosen and (choice.dry_run or _is_taken(bus, found.record))
            verb = "return" if chosen else "keep"
            tell(f"{verb} {found.reason} {found.place} {found.id or '-'} offset {found.offset}")
            if not chosen:
                kept += 1
                continue
            returned.append(found.offset)
            if len(returned) % _NOTED_TOGETHER == 0 and not choice.dry_run:
                _send(bus, [_note(service, returned[-_NOTED_TOGETHER:])])
    finally:
        if not choice.dry_run and (rest := len(returned) % _NOTED_TOGETHER):
            _send(bus, [_note(service, returned[-rest:])])
    return Replayed(returned=len(returned), kept=kept)


def _is_chosen(found: _Letter, choice: Choice) -> bool:
    return (
        found.reason in choice.reasons
        and (not choice.ids or found.id in choice.ids)
        and (choice.since is None or found.at >= choice.since)
    )


def _is_taken(bus: Bus, record: Record) -> bool:
    """Whether the broker took it; False when it never will. Raises ConnectionError when not now."""
    (sent,) = bus.send([record])
    if sent is Sent.NOT_NOW:
        raise ConnectionError("the broker did not take the record")
    if sent is Sent.REFUSED:
        log.error("replay.refused", extra={"topic": record.topic})
    return sent is Sent.TAKEN


def _send(bus: Bus, records: Sequence[Record]) -> None:
    if any(sent is not Sent.TAKEN for sent in bus.send(records)):
        raise ConnectionError("the broker did not take the record")


def _note(service: str, offsets: Iterable[int]) -> Record:
    """Says among the letters which of them are returned."""
    return Record(
        topic=contracts.dlq_topic(service),
        key=b"",
        headers=(("ce_id", b""), (PREFIX + "reason", _NOTE.encode())),
        value=json.dumps(sorted(offsets)).encode(),
    )


def _letters(service: str, brokers: Brokers) -> Iterator[_Letter]:
    """The letters that no replay has returned yet, oldest first.

    Two ways through the topic, so that it may hold more than the memory.
    """
    topic = contracts.dlq_topic(service)
    returned: set[int] = set()
    for message in _messages(topic, brokers):
        if _reason(message) == _NOTE:
            returned.update(json.loads(message.value or b"[]"))
    for message in _messages(topic, brokers):
        if message.offset not in returned and _reason(message) != _NOTE:
            yield _opened(service, message)


def _reason(message: Any) -> str:
    found = dict(message.headers).get(PREFIX + "reason") or b""
    return found.decode(errors="replace")


def _opened(service: str, message: Any) -> _Letter:
    headers = {name: value or b"" for name, value in message.headers}
    reason = _reason(message)
    topic = headers.get(PREFIX + "topic", b"").decode(errors="replace")
    partition = headers.get(PREFIX + "partition", b"?").decode(errors="replace")
    original = [
        (name, value or b"")
        for name, value in message.headers
        if not name.startswith(PREFIX) and name != ONLY_FOR
    ]
    return _Letter(
        offset=message.offset,
        at=datetime.fromtimestamp(message.timestamp / 1000, UTC),
        id=headers.get("ce_id", b"").decode(errors="replace"),
        reason=reason,
        topic=topic,
        place=f"{topic}[{partition}]",
        whole=PREFIX + "value_sha256" not in headers and reason != "unreadable",
        record=Record(
            topic=topic,
            key=message.key or b"",
            headers=(*original, (ONLY_FOR, service.encode())),
            value=message.value or b"",
        ),
    )


def _messages(topic: str, brokers: Brokers) -> Iterator[Any]:
    """All that a topic of one partition holds now: what comes while this runs is for the next."""
    consumer = KafkaConsumer(
        **brokers.login().client(), enable_auto_commit=False, consumer_timeout_ms=10_000
    )
    try:
        place = TopicPartition(topic, 0)
        consumer.assign([place])
        consumer.seek_to_beginning(place)
        end = consumer.end_offsets([place])[place]
        while consumer.position(place) < end:
            batch = consumer.poll(timeout_ms=10_000).get(place)
            if batch is None and consumer.position(place) < end:
                raise ConnectionError("the broker no longer answers")
            yield from (message for message in batch or () if message.offset < end)
    finally:
        consumer.close()
