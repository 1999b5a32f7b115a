"""Reads a whole city from outside: every topic, every database, every mailbox.

Takes part in no consumer group and writes nothing, so looking changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from typing import Any

import pymongo
from kafka import KafkaConsumer, TopicPartition
from kafka.admin import OffsetSpec

from deploy.local.stack import LocalStack
from services.common.events import contracts
from simulation.judge.checker import Evidence, Kept, Told
from simulation.judge.history import Fact, Lives, read_fact

Document = dict[str, Any]

# Collections that hold no aggregates: leases, counters, the log of who looked at personal data.
AGGREGATES = ("inquiries", "assignments", "cases", "surveys", "deliveries")

# Which service works on which events.
HEARD = {
    "intake": {
        "dasan.routing.v1.InquiryAssigned",
        "dasan.routing.v1.InquiryUnrouted",
        "dasan.routing.v1.PlaceAsked",
        "dasan.routing.v1.RepeatClosed",
        "dasan.routing.v1.ServiceAsked",
        "dasan.routing.v1.UnroutedDeadlineRecounted",
        "dasan.districts.v1.CaseAccepted",
        "dasan.districts.v1.CaseAnswered",
        "dasan.districts.v1.CaseClosed",
        "dasan.districts.v1.CaseOverdue",
        "dasan.districts.v1.CitizenActRefused",
        "dasan.districts.v1.CitizenActTaken",
        "dasan.districts.v1.InspectionDone",
        "dasan.districts.v1.InspectionOrdered",
        "dasan.districts.v1.InspectionOverrun",
        "dasan.districts.v1.InspectionProlonged",
        "dasan.districts.v1.ObjectionDecided",
        "dasan.districts.v1.ObjectionFiled",
        "dasan.districts.v1.SupplementProlonged",
        "dasan.districts.v1.SupplementReceived",
        "dasan.districts.v1.SupplementRequested",
        "dasan.districts.v1.SupplementUnanswered",
        "dasan.districts.v1.ProgressNoticeDue",
        "dasan.districts.v1.DeadlineRecounted",
        "dasan.survey.v1.SurveyAnswered",
        "dasan.survey.v1.SurveyExpired",
    },
    "routing": {
        "dasan.intake.v1.InquiryReceived",
        "dasan.intake.v1.InquirySupplemented",
        "dasan.districts.v1.CaseAccepted",
        "dasan.districts.v1.CaseAnswered",
        "dasan.districts.v1.CaseClosed",
        "dasan.districts.v1.CaseDeclined",
        "dasan.districts.v1.DeadlineRecounted",
        "dasan.districts.v1.PermitDecided",
    },
    "districts": {
        "dasan.intake.v1.MoreTimeAsked",
        "dasan.intake.v1.ObjectionMade",
        "dasan.intake.v1.SupplementSent",
        "dasan.intake.v1.WithdrawalAsked",
        "dasan.routing.v1.InquiryAssigned",
        "dasan.routing.v1.MattersJoined",
        "dasan.routing.v1.MattersLinked",
        "dasan.routing.v1.RepeatClosed",
    },
    "survey": {"dasan.intake.v1.CallAnswered", "dasan.districts.v1.CaseAnswered"},
    "notify": {
        "dasan.intake.v1.InquiryReceived",
        "dasan.routing.v1.InquiryAssigned",
        "dasan.routing.v1.PlaceAsked",
        "dasan.routing.v1.RepeatClosed",
        "dasan.routing.v1.ServiceAsked",
        "dasan.routing.v1.UnroutedDeadlineRecounted",
        "dasan.districts.v1.DeadlineRecounted",
        "dasan.districts.v1.ProgressNoticeDue",
        "dasan.districts.v1.SupplementRequested",
        "dasan.districts.v1.CitizenActRefused",
        "dasan.districts.v1.CaseExtended",
        "dasan.districts.v1.CaseClosed",
        "dasan.districts.v1.CaseAnswered",
        "dasan.survey.v1.SurveyInvited",
    },
}


def topics_heard(service: str) -> set[str]:
    """The topics on which a service works."""
    return {contracts.SEALED_TOPIC, *(contracts.events()[name].topic for name in HEARD[service])}


def all_topics() -> list[str]:
    """Every declared topic."""
    return [spec.name for spec in contracts.topics()]


def records(bootstrap: str, topics: Iterable[str]) -> list[Any]:
    """Every record there is, in the order of each partition."""
    consumer = KafkaConsumer(
        bootstrap_servers=bootstrap, consumer_timeout_ms=10_000, reconnect_backoff_max_ms=200
    )
    try:
        places = [
            TopicPartition(topic, number)
            for topic in topics
            for number in sorted(consumer.partitions_for_topic(topic) or ())
        ]
        consumer.assign(places)
        consumer.seek_to_beginning(*places)
        ends: Mapping[Any, int] = consumer.end_offsets(places)
        found: list[Any] = []
        while any(consumer.position(place) < end for place, end in ends.items()):
            for batch in consumer.poll(timeout_ms=1_000).values():
                found += batch
        return found
    finally:
        consumer.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeats:
    """How many different events a topic tells, and how many of them more than once."""

    events: int
    twice: int

    @property
    def share(self) -> float:
        """The part of the events that came more than once, 0 to 1."""
        return self.twice / self.events if self.events else 0.0


def told_twice(records: Iterable[Any]) -> dict[str, Repeats]:
    """By topic, how many of the events in these records came more than once."""
    counted: dict[str, Counter[bytes]] = {}
    for record in records:
        counted.setdefault(record.topic, Counter())[dict(record.headers)["ce_id"]] += 1
    return {
        topic: Repeats(events=len(ids), twice=sum(times > 1 for times in ids.values()))
        for topic, ids in counted.items()
    }


def ends(stack: LocalStack, topics: Iterable[str]) -> dict[str, int]:
    """How many records each topic has ever had."""
    with stack.broker.admin() as admin:
        found = dict.fromkeys(topics, 0)
        for place, end in _latest(admin, _places(admin, found)).items():
            found[place.topic] += end
        return found


def _places(admin: Any, topics: Iterable[str]) -> list[TopicPartition]:
    return [
        TopicPartition(topic["name"], partition["partition_index"])
        for topic in admin.describe_topics(list(topics))
        for partition in topic["partitions"]
    ]


def _latest(admin: Any, places: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
    found = admin.list_partition_offsets(dict.fromkeys(places, OffsetSpec.LATEST))
    return {place: end.offset for place, end in found.items()}


def groups(stack: LocalStack) -> list[str]:
    """The consumer groups of the services."""
    return [f"dasan-{service}" for service in stack.services]


def lags(stack: LocalStack) -> dict[str, int]:
    """How many records each service's group has not yet committed."""
    with stack.broker.admin() as admin:
        committed = admin.list_group_offsets(groups(stack))
        found = {}
        for service in stack.services:
            offsets = committed[f"dasan-{service}"]
            behind = [
                end - (offsets[place].offset if place in offsets else 0)
                for place, end in _latest(admin, _places(admin, topics_heard(service))).items()
            ]
            found[f"dasan-{service}"] = sum(behind)
        return found


def databases(stack: LocalStack) -> dict[str, dict[str, list[Document]]]:
    """Every document of every service, by service and collection."""
    with pymongo.MongoClient[Document](stack.database.url, tz_aware=True) as client:
        return {
            service: {
                name: list(client[f"dasan_{service}"][name].find())
                for name in client[f"dasan_{service}"].list_collection_names()
            }
            for service in stack.services
        }


def unsent(
    stored: Mapping[str, Mapping[str, Iterable[Document]]], told: Set[str]
) -> tuple[str, ...]:
    """The aggregates of which an event of a life lies in the outbox and isn't among those `told` by
    id.

    An event that only a newer version knows is among neither: nobody here can read it.
    """
    known = {name for name, contract in contracts.events().items() if contract.of_a_life}
    return tuple(
        f"{service}.{collection} {document['_id']}"
        for service, collections in stored.items()
        for collection, documents in collections.items()
        for document in documents
        if any(
            entry["type"] in known and entry["id"] not in told
            for entry in document.get("outbox", ())
        )
    )


def read(stack: LocalStack) -> Evidence:
    """All that the judge wants to know of a city at rest."""
    stored = databases(stack)
    lives = Lives()
    told = []
    for record in records(stack.broker.bootstrap, contracts.life_topics()):
        fact = read_fact(record.headers, record.key, record.value)
        if fact is not None:
            lives.add(fact)
            told.append(told_by(fact, record.topic))
    return Evidence(
        lives=lives.by_inquiry,
        told=tuple(told),
        kept={
            collection: {
                document["_id"]: Kept(
                    status=document["state"]["status"],
                    receipt_number=receipt_number_in(document["state"]),
                )
                for collections in stored.values()
                for document in collections.get(collection, ())
            }
            for collection in AGGREGATES
        },
        unsent=unsent(stored, {event.id for event in told}),
        mailbox={path.stem for path in stack.messages.glob("*.json")},
    )


def told_by(fact: Fact, topic: str) -> Told:
    """What the judgement wants to know of a fact on its topic."""
    return Told(
        topic=topic,
        teller=fact.teller,
        version=fact.version,
        id=fact.id,
        inquiry_id=fact.inquiry_id,
        receipt_number=fact.message.matter.receipt_number,
        cause_event_id=getattr(fact.message, "cause_event_id", ""),
    )


def receipt_number_in(state: Any) -> str:
    """The receipt number of the matter that a stored state is about; empty where it names none."""
    if not isinstance(state, dict):
        return ""
    if isinstance(number := state.get("receipt_number"), str):
        return number
    return next(filter(None, map(receipt_number_in, state.values())), "")
