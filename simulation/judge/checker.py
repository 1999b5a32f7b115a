"""The judgement over a whole city: what was promised against the bus, the databases, the mailbox.

Pure. `promises` judges the facts told on the bus; this adds what each service stores
and what lies in the citizens' mailbox, so that no service can tell one thing and keep another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from simulation.judge.history import Life
from simulation.judge.lifecycles import MESSAGES, Kind, delivery_label, spot_of, surveyed
from simulation.judge.promises import Asked, expected, judge_all

DELIVERED, SKIPPED, FAILED = (f"{name}:" for name in MESSAGES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One event as it lies on its topic, with the aggregate that told it.

    `version` is the one that the aggregate then had: it grows with each of its changes, and the
    events of one change share it. `receipt_number` is what the event's matter says,
    `cause_event_id` what a message says it tells of.
    """

    topic: str
    teller: str
    version: int
    id: str
    inquiry_id: str
    receipt_number: str
    cause_event_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One stored aggregate, as far as the judgement looks: where it stands and whose receipt."""

    status: str
    receipt_number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything a city shows once it has come to rest.

    `kept` holds the stored aggregates by collection and id; `unsent` names those whose events are
    not all on the bus; `mailbox` holds the delivery ids of the messages that reached a citizen.
    """

    lives: Mapping[str, Life]
    told: tuple[Told, ...]
    kept: Mapping[str, Mapping[str, Kept]]
    unsent: tuple[str, ...]
    mailbox: Set[str]


def faults(asked: Iterable[Asked], evidence: Evidence) -> list[str]:
    """What is lost, doubled, invented or out of order; empty when every promise was kept.

    `asked` is everything that was ever acknowledged in this city: anything beyond is invented.
    """
    promised = {entry.inquiry_id: entry for entry in asked}
    found = [str(fault) for fault in judge_all(promised.values(), evidence.lives, alone=True)]
    found += _receipts(promised.values())
    found += _stored(promised, evidence)
    found += _order(evidence.told)
    found += _matters(promised, evidence.told)
    found += _unheard_causes(evidence.told)
    found += [f"unsent: {document}" for document in evidence.unsent]
    return found


def _receipts(asked: Iterable[Asked]) -> Iterator[str]:
    counted = Counter(entry.receipt_number for entry in asked)
    yield from (f"receipt {number} was given twice" for number, n in counted.items() if n > 1)


def _stored(promised: Mapping[str, Asked], evidence: Evidence) -> Iterator[str]:
    """Each aggregate must be there for whom it must, stand where it must, and for nobody else."""
    due = {
        collection: dict[str, str]()
        for collection in ("inquiries", "assignments", "cases", "surveys", "deliveries")
    }
    mailbox: set[str] = set()
    noted: set[str] = set()
    for inquiry_id, asked in promised.items():
        life = evidence.lives.get(inquiry_id) or Life()
        for collection, id_, status in _due(asked, life):
            due[collection][id_] = status
        mailbox |= _deliveries(asked, DELIVERED, expected(asked, life))
        # Messages of which the judge's table knows nothing: they may exist or not.
        unknown = [label for label in life.told if not spot_of(label)]
        for what in (DELIVERED, SKIPPED, FAILED):
            noted |= _deliveries(asked, what, unknown)
    kept = {**evidence.kept, "deliveries": _by_message(evidence.kept.get("deliveries", {}))}
    for collection, wanted in due.items():
        yield from _compare(collection, wanted, kept.get(collection, {}), noted)
    sent = Counter(map(_of_message, evidence.mailbox))
    yield from (f"mailbox: lost {name}" for name in sorted(mailbox - sent.keys()))
    yield from (f"mailbox: invented {name}" for name in sorted(sent.keys() - mailbox - noted))
    yield from (f"mailbox: doubled {name}" for name, times in sorted(sent.items()) if times > 1)
    for id_, inquiry in evidence.kept.get("inquiries", {}).items():
        if id_ in promised and inquiry.receipt_number != promised[id_].receipt_number:
            yield f"inquiries: {id_} has another receipt than was given"


def _due(asked: Asked, life: Life) -> Iterator[tuple[str, str, str]]:
    """Collection, id and status of every aggregate that this inquiry's life leaves behind."""
    id_ = asked.inquiry_id
    withdrawn = asked.terms(asked.rounds).withdrawn
    done = asked.rounds in asked.surveys_answered or not asked.has_contact
    yield "inquiries", id_, "withdrawn" if withdrawn else "closed" if done else "answered"
    if asked.kind is Kind.CASE or asked.rounds > 1:
        yield "assignments", id_, "ended"
        yield "cases", id_, "closed" if withdrawn else "answered"
    for round_ in filter(lambda number: surveyed(asked.terms(number)), range(1, asked.rounds + 1)):
        answered = round_ in asked.surveys_answered
        yield "surveys", f"{id_}-{round_}", "answered" if answered else "invited"
    for what, status in ((DELIVERED, "delivered"), (SKIPPED, "skipped")):
        for message in _deliveries(asked, what, expected(asked, life)):
            yield "deliveries", message, status


def _deliveries(asked: Asked, what: str, labels: Iterable[str]) -> set[str]:
    """The messages that these facts tell of, as `_of_message` names them."""
    told = (label.removeprefix(what) for label in labels if label.startswith(what))
    return {f"{asked.inquiry_id}:{message}" for message in told}


def _of_message(delivery_id: str) -> str:
    """What a delivery tells, whoever caused it: two that tell the same are one too many."""
    return f"{delivery_id.partition(':')[0]}:{delivery_label(delivery_id)}"


def _by_message(deliveries: Mapping[str, Kept]) -> Mapping[str, Kept]:
    return {_of_message(id_): kept for id_, kept in deliveries.items()}


def _compare(
    collection: str, wanted: Mapping[str, str], kept: Mapping[str, Kept], noted: Set[str]
) -> Iterator[str]:
    for id_ in sorted(wanted.keys() - kept.keys()):
        yield f"{collection}: lost {id_}"
    for id_ in sorted(kept.keys() - wanted.keys() - noted):
        yield f"{collection}: invented {id_}"
    for id_ in sorted(wanted.keys() & kept.keys()):
        if kept[id_].status != wanted[id_]:
            yield f"{collection}: {id_} is {kept[id_].status}, not {wanted[id_]}"


def _order(told: Iterable[Told]) -> Iterator[str]:
    """An aggregate's events must lie on a topic in the order it told them; repeats may come
    whenever, and topics have no order among themselves."""
    last: dict[tuple[str, str], int] = {}
    seen: set[str] = set()
    for event in told:
        if event.id in seen:
            continue
        seen.add(event.id)
        lane = (event.topic, event.teller)
        if event.version < last.get(lane, 0):
            yield f"{event.topic} {event.teller}: told out of order, {event.version} is late"
        last[lane] = event.version


def _matters(promised: Mapping[str, Asked], told: Iterable[Told]) -> Iterator[str]:
    """Every event of an inquiry must carry the receipt number that its citizen has."""
    for event in told:
        asked = promised.get(event.inquiry_id)
        if asked is not None and event.receipt_number != asked.receipt_number:
            yield f"{asked.inquiry_id}: {event.topic} tells of another receipt than was given"


def _unheard_causes(told: Sequence[Told]) -> Iterator[str]:
    """A message must tell of an event that was told."""
    known = {event.id for event in told}
    for event in told:
        if event.cause_event_id and event.cause_event_id not in known:
            yield f"{event.inquiry_id}: a message tells of an event that nobody told"
