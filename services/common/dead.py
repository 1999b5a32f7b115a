"""Dead letters: the record as it came, why it is dead, and the way back.

`python -m services.<service> replay` puts them on their topics again; what has had its effect
already is known by its id and has none again.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

from kafka import KafkaConsumer, TopicPartition

from services.common import contracts
from services.common.outbox import Bus, Record, all_taken

Reason: TypeAlias = Literal["undecodable", "unknown_type", "rejected", "retries_exhausted"]
REASONS: tuple[str, ...] = get_args(Reason)

PREFIX = "dlq_"


def letter(service: str, message: Any, reason: Reason, detail: str) -> Record:
    """The dead letter of a consumed Kafka message: its key, bytes and headers, and ours."""
    ours = {
        "reason": reason,
        "detail": detail,
        "topic": message.topic,
        "partition": str(message.partition),
        "offset": str(message.offset),
    }
    kept = [(name, value or b"") for name, value in message.headers if not name.startswith(PREFIX)]
    return Record(
        topic=contracts.dlq_topic(service),
        key=message.key or b"",
        headers=(*kept, *((PREFIX + name, value.encode()) for name, value in ours.items())),
        value=message.value or b"",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What a replay did with the letters it read."""

    returned: int
    kept: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which letters to return."""

    reasons: frozenset[str] = frozenset(REASONS)
    dry_run: bool = False

    @classmethod
    def of(cls, arguments: argparse.Namespace) -> Choice:
        """As the command line says."""
        return cls(reasons=frozenset(arguments.reason or REASONS), dry_run=bool(arguments.dry_run))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the `replay` command."""
    parser.add_argument(
        "--reason", action="append", choices=REASONS, help="only of this reason (repeatable)"
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would be returned")


ALL = Choice()


def replay(
    *,
    service: str,
    bootstrap: str,
    bus: Bus,
    choice: Choice = ALL,
    tell: Callable[[str], None],
) -> Replayed:
    """Returns dead letters of these reasons to their topics and remembers how far it read.

    A dry run tells the same and changes nothing. A letter of another reason is passed over and
    stays in the topic until its retention ends.
    """
    consumer = KafkaConsumer(
        bootstrap_servers=bootstrap,
        group_id=f"dasan-{service}-replay",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        consumer_timeout_ms=10_000,
    )
    letters = TopicPartition(contracts.dlq_topic(service), 0)
    consumer.assign([letters])
    # What comes back dead while this runs is for the next replay, or this one would never end.
    end = consumer.end_offsets([letters])[letters]
    returned = kept = 0
    try:
        while consumer.position(letters) < end:
            message = next(consumer)
            headers = dict(message.headers)
            reason = headers.get(PREFIX + "reason", b"").decode()
            topic = headers.get(PREFIX + "topic", b"").decode()
            place = f"{topic}[{headers.get(PREFIX + 'partition', b'?').decode()}]"
            chosen = reason in choice.reasons and topic in {
                spec.name for spec in contracts.topics()
            }
            tell(f"{'return' if chosen else 'keep'} {reason} {place} offset {message.offset}")
            if not chosen:
                kept += 1
                continue
            returned += 1
            if choice.dry_run:
                continue
            original = [(n, v) for n, v in message.headers if not n.startswith(PREFIX)]
            record = Record(
                topic=topic, key=message.key or b"", headers=tuple(original), value=message.value
            )
            if not all_taken(bus.send([record])):
                raise ConnectionError(
                    f"the broker did not take the record; {returned - 1} returned"
                )
        if not choice.dry_run and returned + kept:
            consumer.commit()
    finally:
        consumer.close()
    return Replayed(returned=returned, kept=kept)
