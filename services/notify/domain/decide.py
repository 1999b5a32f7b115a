"""What is told, and what a try to tell it leads to."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

from services.common.kernel import Change
from services.notify.domain.events import (
    CaseAnswered,
    InquiryAssigned,
    InquiryReceived,
    MessageDelivered,
    MessageFailed,
    SurveyInvited,
)
from services.notify.domain.model import (
    Accepted,
    Delivered,
    Delivery,
    DeliveryChannel,
    Failed,
    FailureReason,
    Later,
    Notice,
    Patience,
    Refused,
    Result,
    Sending,
    Step,
    Waiting,
)

News: TypeAlias = InquiryReceived | InquiryAssigned | CaseAnswered | SurveyInvited


def notice_of(event: News, traceparent: str) -> Notice:
    """What the citizen is told of an event."""
    notice = Notice(
        inquiry_id=event.inquiry_id,
        step=Step.RECEIVED,
        number=1,
        receipt_number=event.receipt_number,
        language=event.language,
        traceparent=traceparent,
    )
    match event:
        case InquiryReceived():
            return replace(notice, until=event.expected_answer_by)
        case InquiryAssigned():
            return replace(
                notice,
                step=Step.ASSIGNED,
                number=event.attempt,
                office_id=event.office_id,
                until=event.due_at,
            )
        case CaseAnswered():
            return replace(notice, step=Step.ANSWERED, office_id=event.office_id)
        case SurveyInvited():
            return replace(
                notice, step=Step.SURVEY, office_id=event.office_id, until=event.expires_at
            )


def begin(
    delivery: Delivery | None,
    *,
    notice: Notice,
    channel: DeliveryChannel,
    now: datetime,
    patience: Patience,
) -> Change[Delivery, MessageDelivered | MessageFailed] | None:
    """Notes a try before it is made, so that a crash in between is followed by another one.

    None while somebody else's try may still be under way.
    """
    if isinstance(delivery, Delivered | Failed):
        return None
    if isinstance(delivery, Sending) and now < delivery.since + patience.unknown:
        return None
    sending = Sending(notice=notice, channel=channel, attempts=_tries(delivery) + 1, since=now)
    return Change(state=sending, wake_at=now + patience.unknown)


def conclude(
    delivery: Delivery | None,
    *,
    notice: Notice,
    channel: DeliveryChannel,
    result: Result,
    now: datetime,
    patience: Patience,
    jitter: float,
) -> Change[Delivery, MessageDelivered | MessageFailed] | None:
    """What a try led to. A delivery that has ended stays as it ended."""
    if isinstance(delivery, Delivered | Failed):
        return None
    tries = _tries(delivery) + (0 if isinstance(delivery, Sending) else 1)
    match result:
        case Accepted():
            return _delivered(notice, channel, tries, now)
        case Refused():
            return _failed(notice, FailureReason.REJECTED, tries, now)
        case Later():
            wait = patience.wait(tries, jitter)
            if wait is None:
                return _failed(notice, FailureReason.EXHAUSTED, tries, now)
            asked = min(result.after, patience.longest) if result.after else wait
            return Change(
                state=Waiting(notice=notice, channel=channel, attempts=tries),
                wake_at=now + max(wait, asked),
            )


def give_up(
    delivery: Delivery | None, *, notice: Notice, reason: FailureReason, now: datetime
) -> Change[Delivery, MessageDelivered | MessageFailed] | None:
    """There is no way, or no use any more, to tell this citizen."""
    if isinstance(delivery, Delivered | Failed):
        return None
    return _failed(notice, reason, _tries(delivery), now)


def _tries(delivery: Delivery | None) -> int:
    return delivery.attempts if delivery is not None else 0


def _delivered(
    notice: Notice, channel: DeliveryChannel, tries: int, now: datetime
) -> Change[Delivery, MessageDelivered | MessageFailed]:
    told = MessageDelivered(
        inquiry_id=notice.inquiry_id,
        delivery_id=notice.delivery_id,
        step=notice.step,
        channel=channel,
        delivered_at=now,
    )
    state = Delivered(notice=notice, channel=channel, attempts=tries, delivered_at=now)
    return Change(state=state, events=(told,))


def _failed(
    notice: Notice, reason: FailureReason, tries: int, now: datetime
) -> Change[Delivery, MessageDelivered | MessageFailed]:
    told = MessageFailed(
        inquiry_id=notice.inquiry_id,
        delivery_id=notice.delivery_id,
        step=notice.step,
        reason=reason,
        failed_at=now,
    )
    state = Failed(notice=notice, reason=reason, attempts=tries, failed_at=now)
    return Change(state=state, events=(told,))
