"""The judgement over a whole city: what was promised against the bus, the databases, the mailbox.

Pure. `promises` judges the facts told on the bus; this adds what each service stores
and what lies in the citizens' mailbox, so that no service can tell one thing and keep another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass

from simulation.judge.history import Life
from simulation.judge.lifecycles import Kind, row_of
from simulation.judge.promises import Asked, expected, judge_all

DELIVERED = "MessageDelivered:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One event as it lies on the bus, with the aggregate that told it, on which topic.

    `sequence` grows with each change of that aggregate.
    """

    teller: str
    id: str
    sequence: int


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
        mailbox |= _messages(asked, life)
        noted |= _noted_messages(asked, life)
    for collection, wanted in due.items():
        yield from _compare(collection, wanted, evidence.kept.get(collection, {}), noted)
    yield from (f"mailbox: lost {name}" for name in sorted(mailbox - evidence.mailbox))
    yield from (f"mailbox: invented {name}" for name in sorted(evidence.mailbox - mailbox - noted))
    for id_, inquiry in evidence.kept.get("inquiries", {}).items():
        if id_ in promised and inquiry.receipt_number != promised[id_].receipt_number:
            yield f"inquiries: {id_} has another receipt than was given"


def _due(asked: Asked, life: Life) -> Iterator[tuple[str, str, str]]:
    """Collection, id and status of every aggregate that this inquiry's life leaves behind."""
    id_ = asked.inquiry_id
    surveyed = asked.has_contact
    done = asked.survey_answered or not surveyed
    yield "inquiries", id_, "closed" if done else "answered"
    if asked.kind is Kind.CASE:
        yield "assignments", id_, "assigned"
        yield "cases", id_, "answered"
    if surveyed:
        yield "surveys", id_, "answered" if asked.survey_answered else "invited"
    for message in _messages(asked, life):
        yield "deliveries", message, "delivered"


def _messages(asked: Asked, life: Life) -> set[str]:
    return _deliveries(asked, expected(asked, life))


def _noted_messages(asked: Asked, life: Life) -> set[str]:
    """Messages of which the judge's table knows nothing: they may exist or not."""
    return _deliveries(asked, (label for label in life.told if row_of(label) is None))


def _deliveries(asked: Asked, labels: Iterable[str]) -> set[str]:
    """The ids of the deliveries that these facts tell of."""
    steps = (label.removeprefix(DELIVERED) for label in labels if label.startswith(DELIVERED))
    return {f"{asked.inquiry_id}:{step}" for step in steps}


def _compare(
    collection: str, wanted: Mapping[str, str], kept: Mapping[str, Kept], noted: Set[str]
) -> Iterator[str]:
    for id_ in sorted(wanted.keys() - kept.keys()):
        yield f"{collection}: lost {id_}"
    for id_ in sorted(kept.keys() - wanted.keys() - noted):
        # A message that could not be sent is recorded, too: nobody is told, but the log says why.
        if not (collection == "deliveries" and kept[id_].status == "failed"):
            yield f"{collection}: invented {id_}"
    for id_ in sorted(wanted.keys() & kept.keys()):
        if kept[id_].status != wanted[id_]:
            yield f"{collection}: {id_} is {kept[id_].status}, not {wanted[id_]}"


def _order(told: Iterable[Told]) -> Iterator[str]:
    """An aggregate's events must come in the order it told them; repeats may come whenever."""
    last: dict[str, int] = {}
    seen: set[str] = set()
    for event in told:
        if event.id in seen:
            continue
        seen.add(event.id)
        if event.sequence < last.get(event.teller, 0):
            yield f"{event.teller}: told out of order, {event.sequence} is late"
        last[event.teller] = event.sequence
