"""What the bus tells about each inquiry, from outside: an observer that takes no part in the work.

It reads the event topics without a consumer group, so it neither commits nor disturbs anyone.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiokafka import AIOKafkaConsumer
from google.protobuf.message import DecodeError, Message

from services.common.events import contracts
from simulation.judge.lifecycles import label_of

_POLL_MS = 100
_BATCH = 2_000
# The broker answers when it has this much or the time is up, not for each record by itself.
_FETCH_BYTES = 16_384
_FETCH_MS = 50
_FIRST_ASSIGNMENT = "InquiryAssigned:1:1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One event: `label` is its short name, with the round, attempt or message that tells it from
    others of its life.

    `id` and `time` (Unix seconds) are those of its creation, `message` its contents. `teller` is
    the aggregate that told it, named by `ce_source` and `ce_subject`, and `version` the one that
    the aggregate then had.
    """

    inquiry_id: str
    label: str
    id: str
    time: float
    message: Any
    teller: str = ""
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstOffice:
    """The office that had an inquiry first; `by_rules` says that no person named it."""

    office_id: str
    by_rules: bool


@dataclass(slots=True)
class Life:
    """What was told about one inquiry: when each fact was first told, and what came twice.

    Twice means by another event: the same event delivered again has no further effect.
    """

    told: dict[str, float] = field(default_factory=dict)
    designated: set[tuple[int, int]] = field(default_factory=set)
    """The attempts (round, number) that ended because arbitration named another office."""
    doubled: list[str] = field(default_factory=list)
    first_office: FirstOffice | None = None
    """Of the first round; None until one has it."""

    def has(self, label: str) -> bool:
        """Whether a fact of this very label was told."""
        return label in self.told

    def of(self, name: str) -> list[str]:
        """The labels of the facts of this name, or name and round, whatever follows it."""
        return [label for label in self.told if label == name or label.startswith(f"{name}:")]


class Lives:
    """The lives of all inquiries seen, folded from facts in any order and any repetition."""

    def __init__(self) -> None:
        self.by_inquiry: dict[str, Life] = {}
        self._seen: set[int] = set()

    @property
    def events(self) -> int:
        """How many different events were seen."""
        return len(self._seen)

    def add(self, fact: Fact) -> bool:
        """Takes a fact in; False if this very event was seen before."""
        identity = hash(fact.id)
        if identity in self._seen:
            return False
        self._seen.add(identity)
        life = self.by_inquiry.get(fact.inquiry_id)
        if life is None:
            life = self.by_inquiry[fact.inquiry_id] = Life()
        if fact.label in life.told:
            life.doubled.append(fact.label)
        else:
            life.told[fact.label] = fact.time
            if _designates(fact):
                life.designated.add((fact.message.round, fact.message.attempt - 1))
            if fact.label == _FIRST_ASSIGNMENT:
                life.first_office = FirstOffice(
                    office_id=fact.message.office_id, by_rules=bool(fact.message.ruleset_version)
                )
        return True


def _designates(fact: Fact) -> bool:
    """Whether the fact is an assignment by which arbitration named the office."""
    rule = fact.message.rule if fact.label.startswith("InquiryAssigned:") else ""
    return rule in ("designated", "transferred")


def read_fact(headers: Iterable[tuple[str, bytes]], key: bytes | None, value: bytes) -> Fact | None:
    """The fact in a record; None for one that is no event of ours, is of no inquiry's life, or
    breaks its contract."""
    attributes: Mapping[str, bytes] = dict(headers)
    contract = contracts.events().get(_type_of(attributes.items()))
    if contract is None or not contract.of_a_life:
        return None
    message: Message = contract.message()
    try:
        message.ParseFromString(value)
    except DecodeError:
        return None
    inquiry_id: str = getattr(message, contract.key)
    if key != inquiry_id.encode():
        return None
    return Fact(
        inquiry_id=inquiry_id,
        label=label_of(contract.name.rpartition(".")[2], message),
        id=attributes["ce_id"].decode(),
        time=datetime.fromisoformat(attributes["ce_time"].decode()).timestamp(),
        message=message,
        teller=" ".join(attributes.get(name, b"").decode() for name in ("ce_source", "ce_subject")),
        version=int(attributes.get("ce_aggregateversion", b"0")),
    )


class Observer:
    """Follows the topics of lives from their present ends and hands each fact to `on_fact`."""

    def __init__(self, bootstrap: str, on_fact: Callable[[Fact], None]) -> None:
        self._bootstrap = bootstrap
        self._on_fact = on_fact
        self._consumer: AIOKafkaConsumer | None = None
        self._task: asyncio.Task[None] | None = None
        self.nothing_before = False
        self.unknown: Counter[str] = Counter()
        """How many records were told of types that no contract of ours names."""

    async def start(self) -> None:
        """Returns once everything told from now on will be seen.

        `nothing_before` then says whether the topics were empty.
        """
        # aiokafka logs a line for every failed fetch; that the broker is away is seen without them.
        logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
        self._consumer = consumer = AIOKafkaConsumer(
            *contracts.life_topics(),
            bootstrap_servers=self._bootstrap,
            enable_auto_commit=False,
            fetch_min_bytes=_FETCH_BYTES,
            fetch_max_wait_ms=_FETCH_MS,
            max_poll_records=_BATCH,
        )
        await consumer.start()
        ends = await consumer.end_offsets(consumer.assignment())
        for partition, end in ends.items():
            consumer.seek(partition, end)
        self.nothing_before = not any(ends.values())
        self._task = asyncio.create_task(self._follow(consumer), name="observer")

    async def stop(self) -> None:
        """Lets go of the broker; raises what had ended the observation, if anything had."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
        if self._consumer is not None:
            await self._consumer.stop()
        if task is not None and not task.cancelled():
            task.result()

    def read(self, record: Any) -> None:
        """Hands on the fact in a record; counts a record of a type that no contract names."""
        fact = read_fact(record.headers, record.key, record.value)
        if fact is not None:
            self._on_fact(fact)
        elif (name := _type_of(record.headers)) not in contracts.events():
            self.unknown[name] += 1

    async def _follow(self, consumer: AIOKafkaConsumer) -> None:
        while True:
            batches = await consumer.getmany(timeout_ms=_POLL_MS, max_records=_BATCH)
            for records in batches.values():
                for record in records:
                    self.read(record)


def _type_of(headers: Iterable[tuple[str, bytes]]) -> str:
    return dict(headers).get("ce_type", b"").decode(errors="replace")
