"""What citizens were promised, and whether the city kept it: nothing lost, doubled or invented.

Pure: judges the acknowledged inquiries against the facts that the bus told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from simulation.judge.history import Life


class Kind(StrEnum):
    """How an inquiry is meant to go."""

    CALL = "call"
    """Answered while the citizen was on the line: no case, still surveyed."""
    CASE = "case"
    """An office answers it."""
    OPEN = "open"
    """An office takes it, and the record has no answer to it yet."""


@dataclass(slots=True, kw_only=True)
class Asked:
    """One acknowledged inquiry; `permit` is None where the citizen can't know the category."""

    inquiry_id: str
    receipt_number: str
    secret: str
    kind: Kind
    has_contact: bool
    service: str
    survey_answered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with one inquiry: facts that never came, came twice, or must not exist."""

    inquiry_id: str
    lost: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    invented: tuple[str, ...] = ()

    def __str__(self) -> str:
        parts = (("lost", self.lost), ("doubled", self.doubled), ("invented", self.invented))
        return f"{self.inquiry_id}: " + "; ".join(
            f"{what} {', '.join(labels)}" for what, labels in parts if labels
        )


def expected(asked: Asked, life: Life) -> set[str]:
    """The facts that end this inquiry's life, given how often it was handed on."""
    labels = set(_work(asked, life))
    if asked.has_contact:
        labels |= {f"MessageDelivered:{step}" for step in _messages(asked, life)}
        if asked.kind is not Kind.OPEN:
            labels.add("SurveyInvited")
    if asked.survey_answered:
        labels.add("SurveyAnswered")
    return labels


def lacking(asked: Asked, life: Life) -> tuple[str, ...]:
    """What has still to come, sorted."""
    return tuple(sorted(expected(asked, life) - life.told.keys()))


def judge(asked: Asked, life: Life | None) -> Fault | None:
    """What is wrong with an inquiry whose life should have ended, or None."""
    life = life or Life()
    allowed = expected(asked, life) | set(_possible(asked, life))
    lost = lacking(asked, life)
    invented = tuple(sorted(life.told.keys() - allowed))
    doubled = tuple(sorted(life.doubled))
    if lost or doubled or invented:
        return Fault(inquiry_id=asked.inquiry_id, lost=lost, doubled=doubled, invented=invented)
    return None


def judge_all(
    asked: Iterable[Asked], lives: Mapping[str, Life], *, alone: bool
) -> tuple[Fault, ...]:
    """The faults of all; `alone` says that nobody else used the city: every life must be ours."""
    known = {entry.inquiry_id: entry for entry in asked}
    faults = [judge(entry, lives.get(entry.inquiry_id)) for entry in known.values()]
    if alone:
        faults += [
            Fault(inquiry_id=inquiry_id, invented=tuple(sorted(life.told)))
            for inquiry_id, life in lives.items()
            if inquiry_id not in known
        ]
    return tuple(fault for fault in faults if fault is not None)


def _attempts(life: Life) -> range:
    """The assignments there must have been: one, and one more for each refusal."""
    return range(1, len(life.of("CaseDeclined")) + 2)


def _work(asked: Asked, life: Life) -> Iterable[str]:
    if asked.kind is Kind.CALL:
        yield "CallAnswered"
        return
    yield "InquiryReceived"
    for attempt in _attempts(life):
        yield f"InquiryAssigned:{attempt}"
        yield f"CaseOpened:{attempt}"
    if asked.kind is Kind.CASE:
        yield "CaseAccepted"
        yield "CaseAnswered"


def _messages(asked: Asked, life: Life) -> Iterable[str]:
    if asked.kind is not Kind.CALL:
        yield "RECEIVED:1"
        yield from (f"ASSIGNED:{attempt}" for attempt in _attempts(life))
    if asked.kind is Kind.CASE:
        yield "ANSWERED:1"
    if asked.kind is not Kind.OPEN:
        yield "SURVEY:1"


def _possible(asked: Asked, life: Life) -> Iterable[str]:
    """Facts that may or may not come."""
    yield "SurveyExpired"
    if asked.kind is Kind.CALL:
        return
    yield "InquiryUnrouted"
    yield "PermitDecided"
    yield "CaseAccepted"
    yield from life.of("CaseDeclined")
    if not asked.has_contact:
        yield from (f"MessageFailed:{step}" for step in _messages(asked, life))
