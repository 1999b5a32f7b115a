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
    MessageSkipped,
    SurveyInvited,
)
from services.notify.domain.model import (
    Accepted,
    Delivered,
    Delivery,
    DeliveryChannel,
    Ended,
    Failed,
    FailureReason,
    Later,
    MessageName,
    Notice,
    Patience,
    Refused,
    Result,
    Sending,
    Skipped,
    SkipReason,
    Waiting,
)

News: TypeAlias = InquiryReceived | InquiryAssigned | CaseAnswered | SurveyInvited
Told: TypeAlias = MessageDelivered | MessageSkipped | MessageFailed


def notice_of(event: News, *, cause_type: str, cause_event_id: str, traceparent: str) -> Notice:
    """What the citizen is told of an event of that full name, id and trace."""
    notice = Notice(
        inquiry_id=event.inquiry_id,
        matter=event.matter,
        message=MessageName.RECEIVED,
        cause_type=cause_type,
        cause_event_id=cause_event_id,
        traceparent=traceparent,
    )
    match event:
        case InquiryReceived():
            return replace(notice, until=event.expected_answer_by)
        case InquiryAssigned():
            return replace(
                notice,
                message=MessageName.ASSIGNED,
                round=event.round,
                attempt=event.attempt,
                office_id=event.office_id,
                until=event.due_at,
            )
        case CaseAnswered():
            return replace(
                notice,
                message=MessageName.ANSWERED,
                round=event.round,
                attempt=event.attempt,
                office_id=event.office_id,
            )
        case SurveyInvited():
            return replace(
                notice,
                message=MessageName.SURVEY,
                round=event.round,
                office_id=event.office_id,
                until=event.expires_at,
                survey_id=event.survey_id,
            )


def begin(
    delivery: Delivery | None,
    *,
    notice: Notice,
    channel: DeliveryChannel,
    now: datetime,
    patience: Patience,
) -> Change[Delivery, Told] | None:
    """Notes a try before it is made, so that a crash in between is followed by another one.

    None while somebody else's try may still be under way.
    """
    if isinstance(delivery, Ended):
        return None
    if isinstance(delivery, Sending) and now < delivery.since + patience.unknown:
        return None
    sending = Sending(notice=notice, channel=channel, tries=_tries(delivery) + 1, since=now)
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
) -> Change[Delivery, Told] | None:
    """What a try led to. A delivery that has ended stays as it ended."""
    if isinstance(delivery, Ended):
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
                state=Waiting(notice=notice, channel=channel, tries=tries),
                wake_at=now + max(wait, asked),
            )


def give_up(
    delivery: Delivery | None, *, notice: Notice, reason: SkipReason | FailureReason, now: datetime
) -> Change[Delivery, Told] | None:
    """There is no way, or no use any more, to tell this citizen."""
    if isinstance(delivery, Ended):
        return None
    match reason:
        case SkipReason():
            return _skipped(notice, reason, _tries(delivery), now)
        case FailureReason():
            return _failed(notice, reason, _tries(delivery), now)


def _tries(delivery: Delivery | None) -> int:
    return delivery.tries if delivery is not None else 0


def _delivered(
    notice: Notice, channel: DeliveryChannel, tries: int, now: datetime
) -> Change[Delivery, Told]:
    told = MessageDelivered(
        inquiry_id=notice.inquiry_id,
        matter=notice.matter,
        delivery_id=notice.delivery_id,
        message=notice.message,
        cause_type=notice.cause_type,
        cause_event_id=notice.cause_event_id,
        round=notice.round,
        channel=channel,
        delivered_at=now,
    )
    state = Delivered(notice=notice, channel=channel, tries=tries, delivered_at=now)
    return Change(state=state, events=(told,))


def _skipped(
    notice: Notice, reason: SkipReason, tries: int, now: datetime
) -> Change[Delivery, Told]:
    told = MessageSkipped(
        inquiry_id=notice.inquiry_id,
        matter=notice.matter,
        delivery_id=notice.delivery_id,
        message=notice.message,
        cause_type=notice.cause_type,
        cause_event_id=notice.cause_event_id,
        round=notice.round,
        reason=reason,
        skipped_at=now,
    )
    state = Skipped(notice=notice, reason=reason, tries=tries, skipped_at=now)
    return Change(state=state, events=(told,))


def _failed(
    notice: Notice, reason: FailureReason, tries: int, now: datetime
) -> Change[Delivery, Told]:
    told = MessageFailed(
        inquiry_id=notice.inquiry_id,
        matter=notice.matter,
        delivery_id=notice.delivery_id,
        message=notice.message,
        cause_type=notice.cause_type,
        cause_event_id=notice.cause_event_id,
        round=notice.round,
        reason=reason,
        failed_at=now,
    )
    state = Failed(notice=notice, reason=reason, tries=tries, failed_at=now)
    return Change(state=state, events=(told,))
