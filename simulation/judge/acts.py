"""What must follow from each thing that a citizen did about a matter of theirs, reckoned from what
everybody outside did: the city is not asked what it made of it.

Pure. The rule is the law's: a matter may be withdrawn until it is answered, and an objection is
made once (「민원 처리에 관한 법률」 제22조제2항, 제35조). Who was first where an office and its
citizen acted at one moment is known from what the office was answered.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Set
from dataclasses import dataclass
from enum import StrEnum

from simulation.judge.lifecycles import ACT_REFUSED, ACT_TAKEN, ACTS


class ActKind(StrEnum):
    """What a citizen can do about a matter that an office has, as the public API calls it."""

    SUPPLEMENT = "supplement"
    MORE_TIME = "more_time"
    WITHDRAWAL = "withdrawal"
    OBJECTION = "objection"


# An office's answer or decision, after which nothing is left to withdraw.
_ENDS = "CaseAnswered"
_TOLD = dict(zip(ActKind, ACTS, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One that the city has stored, under the number that it gave it within its inquiry.

    `request` is the number of the office's request that it answers; `until` (Unix seconds) is to
    when the time that is asked for lasts, by the Civil Act.
    """

    kind: ActKind
    round: int
    number: int
    request: int = 0
    until: int = 0


def refusal(act: Act, entered: Set[str]) -> str:
    """The name by which the case must refuse the act; empty where it must take it, also where an
    office has entered the same. `entered` are the labels of what offices did before."""
    match act.kind:
        case ActKind.WITHDRAWAL if f"{_ENDS}:{act.round}" in entered:
            return "answered"
        case ActKind.OBJECTION if _effect(act) in entered:
            return "objected_already"
        case _:
            return ""


def led_to(acts: Iterable[Act], entered: Set[str]) -> Iterator[str]:
    """The labels of what must be told of these acts: each itself, what became of it, and what it
    changes. What an office has `entered` of the same has the same label."""
    for act in acts:
        place = f"{act.round}:{act.number}"
        yield f"{_TOLD[act.kind]}:{place}"
        if reason := refusal(act, entered):
            yield f"{ACT_REFUSED}:{reason}:{place}"
        else:
            yield f"{ACT_TAKEN}:{place}"
            yield _effect(act)


def _effect(act: Act) -> str:
    match act.kind:
        case ActKind.SUPPLEMENT:
            return f"SupplementReceived:{act.round}:{act.request}"
        case ActKind.MORE_TIME:
            return f"SupplementProlonged:{act.round}:{act.until}"
        case ActKind.WITHDRAWAL:
            return f"CaseWithdrawn:{act.round}"
        case ActKind.OBJECTION:
            return f"ObjectionFiled:{act.round}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replied:
    """What the public API said of an act each time it was sent: the number under which it is
    stored, or the slug of the refusal. `request` as of `Act`."""

    inquiry_id: str
    kind: ActKind
    round: int
    said: tuple[int | str, ...]
    request: int = 0


def misjudged(
    replied: Replied, entered: Set[str], *, must_refuse: Collection[str] = ()
) -> Iterator[str]:
    """What is wrong with what the API said. `must_refuse` are the slugs by any of which it must
    refuse the act. Without one it must be stored; what an office did at the same moment, which is
    among what they `entered`, the API may have heard of before or not."""
    where = f"{replied.inquiry_id}: the {replied.kind} of round {replied.round}"
    stored = {one for one in replied.said if isinstance(one, int)}
    refused = {one for one in replied.said if isinstance(one, str)}
    if len(stored) > 1:
        yield f"{where} was sent again and stored as {', '.join(map(str, sorted(stored)))}"
    if must_refuse and stored:
        yield f"{where} was taken, and was to be refused as {' or '.join(sorted(must_refuse))}"
    allowed = {*must_refuse, *_too_late(replied, entered)}
    if wrong := refused - allowed:
        expected = f"refused as {' or '.join(sorted(allowed))}" if allowed else "taken"
        yield f"{where} was refused as {', '.join(sorted(wrong))}, and was to be {expected}"


def _too_late(replied: Replied, entered: Set[str]) -> Iterator[str]:
    """The slugs by which the API may refuse what comes later than the office's own step."""
    round_ = replied.round
    match replied.kind:
        case ActKind.SUPPLEMENT if f"SupplementReceived:{round_}:{replied.request}" in entered:
            yield "not_asked"
        case ActKind.WITHDRAWAL if {f"{_ENDS}:{round_}", f"CaseWithdrawn:{round_}"} & entered:
            yield "matter_ended"
        case ActKind.OBJECTION if f"ObjectionFiled:{round_}" in entered:
            yield "objected_already"
        case _:
            pass
