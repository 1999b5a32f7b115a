"""The order in which one citizen hears of one inquiry: an answer never before its receipt.

News comes from four topics, which have no order among each other. A message waits until the
deliveries of earlier news have ended. If earlier news must exist but has not been heard of, the
message waits for it for `Patience.unheard`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from services.cities import Channel, Matter
from services.notify.domain.model import (
    Delivery,
    Ended,
    MessageName,
    Notice,
    Patience,
    Skipped,
    SkipReason,
    Waiting,
    WaitReason,
    delivery_id,
)

# An invitation does not say which attempt was answered. The second refusal leads to the arbitration
# desk, which designates; so few offices have a turn in one round.
ATTEMPTS_MOST = 6
# So often a citizen is asked about one inquiry, whatever the round.
QUESTIONS_MOST = 2


def rank(notice: Notice) -> tuple[int, int, int]:
    """Smaller for what happened earlier in the life of an inquiry."""
    turn = notice.number if notice.message is MessageName.ASKED else notice.attempt
    return notice.round, list(MessageName).index(notice.message), turn


def earlier(notice: Notice) -> Sequence[str]:
    """The deliveries, some of which may not exist, that this one must not overtake.

    The receipt, and the news right before this one, which in turn did not overtake the news before
    it.
    """
    return [id_ for ids in _before(notice) for id_ in ids]


def over_by(notice: Notice) -> Sequence[str]:
    """The deliveries, any of which, if it exists, shows that this news is over: nobody is told of a
    later date, or that there is no answer yet, once the round is answered or closed, nobody is
    asked once there is an office or the next question, and nobody that it was closed whom an office
    had answered before."""
    life, round_ = notice.inquiry_id, notice.round
    match notice.message:
        case MessageName.RECOUNTED | MessageName.SUPPLEMENT | MessageName.PROGRESS:
            return _ends(life, round_)
        case MessageName.REPEAT_CLOSED:
            return _answers(life, round_)
        case MessageName.ASKED:
            assigned = delivery_id(life, MessageName.ASSIGNED, round_, 1)
            next_ = delivery_id(life, MessageName.ASKED, round_, notice.number + 1)
            return [assigned, next_, *_ends(life, round_)]
        case _:
            return []


def too_late(notice: Notice, now: datetime) -> bool:
    """Whether what the citizen is asked can no longer be answered."""
    asked = notice.message in (MessageName.ASKED, MessageName.SUPPLEMENT)
    until = notice.until if asked else None
    return until is not None and now > until


def sealed_by(notice: Notice) -> Sequence[str]:
    """The deliveries, some of which may not exist, that may show that the matter is sealed.

    An inquiry that nobody had classified becomes sealed with its first assignment, or with a
    question about its place, either of which may be heard of before the receipt goes out.
    """
    first = delivery_id(notice.inquiry_id, MessageName.ASSIGNED, notice.round, 1)
    return [*earlier(notice), first, *_questions(notice.inquiry_id, notice.round)]


def sealed_matter(notice: Notice, known: Mapping[str, Delivery]) -> Matter | None:
    """The sealed matter that this news is of, by what is `known` of other news; None where nothing
    shows that it is one."""
    for one in (known.get(id_) for id_ in sealed_by(notice)):
        if isinstance(one, Skipped) and one.reason is SkipReason.SEALED:
            return one.notice.matter
    return None


def _before(notice: Notice) -> Sequence[Sequence[str]]:
    """Groups of delivery ids; of each group one delivery must have ended."""
    life, round, attempt = notice.inquiry_id, notice.round, notice.attempt
    receipt = [delivery_id(life, MessageName.RECEIVED, 1, 1)]
    match notice.message:
        case MessageName.RECEIVED:
            return []
        case MessageName.ASKED if notice.number > 1 and round == 1:
            before = delivery_id(life, MessageName.ASKED, round, notice.number - 1)
            return [receipt, [before]]
        case MessageName.ASSIGNED if attempt > 1:
            return [receipt, [delivery_id(life, MessageName.ASSIGNED, round, attempt - 1)]]
        case MessageName.ASKED | MessageName.ASSIGNED:
            return [receipt, _ends(life, round - 1)] if round > 1 else [receipt]
        case MessageName.RECOUNTED if not attempt:
            return [receipt]
        case (
            MessageName.RECOUNTED
            | MessageName.SUPPLEMENT
            | MessageName.PROGRESS
            | MessageName.ACT_REFUSED
            | MessageName.REPEAT_CLOSED
            | MessageName.WITHDRAWN
            | MessageName.ANSWERED
        ):
            return [receipt, [delivery_id(life, MessageName.ASSIGNED, round, attempt)]]
        case MessageName.SURVEY:
            return [receipt, _answers(life, round)]


def _questions(life: str, round: int) -> Sequence[str]:
    return [
        delivery_id(life, MessageName.ASKED, round, number)
        for number in range(1, QUESTIONS_MOST + 1)
    ]


def _ends(life: str, round: int) -> Sequence[str]:
    """How the round may have ended: by an answer, or by closing a repetition or what was
    withdrawn."""
    closed = (MessageName.REPEAT_CLOSED, MessageName.WITHDRAWN)
    return [*_answers(life, round), *(id_ for by in closed for id_ in _by_attempt(life, by, round))]


def _answers(life: str, round: int) -> Sequence[str]:
    return _by_attempt(life, MessageName.ANSWERED, round)


def _by_attempt(life: str, message: MessageName, round: int) -> Sequence[str]:
    return [delivery_id(life, message, round, attempt) for attempt in range(1, ATTEMPTS_MOST + 1)]


def may_go(
    notice: Notice,
    delivery: Delivery | None,
    known: Mapping[str, Delivery],
    *,
    now: datetime,
    patience: Patience,
) -> bool:
    """Whether it is this message's turn, by what is `known` of those before."""
    if _open(known.get(id_) for id_ in earlier(notice)):
        return False
    return _waited(delivery, now) >= patience.unheard or _all_heard(notice, known)


def look_again(
    notice: Notice,
    delivery: Delivery | None,
    known: Mapping[str, Delivery],
    wakes: Mapping[str, datetime],
    *,
    now: datetime,
    patience: Patience,
) -> datetime:
    """When to ask `may_go` again, by what is `known` of those before and when those `wake`.

    If earlier news waits for a known time, after that time. Otherwise soon, and ever more rarely: a
    message that is being sent ends in a moment, and news that nobody has heard of comes either in a
    moment or only much later.
    """
    waited = _waited(delivery, now)
    soon = now + max(patience.turn, waited / 2)
    last = now + patience.unheard - waited
    before = [
        wakes[id_] + patience.turn
        for id_ in earlier(notice)
        if id_ in wakes and isinstance(known.get(id_), Waiting)
    ]
    return max([min(soon, last) if last > now else soon, *before])


def _waited(delivery: Delivery | None, now: datetime) -> timedelta:
    """For how long it has waited for its turn."""
    if isinstance(delivery, Waiting) and delivery.reason is WaitReason.TURN:
        return now - delivery.since
    return timedelta(0)


def _open(deliveries: Iterable[Delivery | None]) -> bool:
    return any(one is not None and not isinstance(one, Ended) for one in deliveries)


def _all_heard(notice: Notice, known: Mapping[str, Delivery]) -> bool:
    """A question that was answered on the call itself is surveyed, and nothing was told before."""
    if notice.message is MessageName.SURVEY and notice.matter.channel is Channel.PHONE:
        return True
    return all(any(id_ in known for id_ in ids) for ids in _before(notice))
