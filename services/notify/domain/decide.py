"""What is told, and what a try to tell it leads to."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeAlias, TypedDict

from services.cities import Matter
from services.common.kernel import Change
from services.notify.domain.events import (
    CaseAnswered,
    CaseClosed,
    CaseExtended,
    CitizenActRefused,
    DeadlineRecounted,
    InquiryAssigned,
    InquiryReceived,
    MessageDelivered,
    MessageFailed,
    MessageSkipped,
    PlaceAsked,
    ProgressNoticeDue,
    RepeatClosed,
    ServiceAsked,
    SupplementRequested,
    SurveyInvited,
    UnroutedDeadlineRecounted,
)
from services.notify.domain.model import (
    ABOUT_THE_RECIPIENT,
    Accepted,
    Course,
    Delivered,
    Delivery,
    DeliveryChannel,
    Ended,
    Failed,
    FailureReason,
    Later,
    MessageName,
    Notice,
    Party,
    Patience,
    RecountCause,
    Refused,
    Result,
    Sending,
    Skipped,
    SkipReason,
    Waiting,
    WaitReason,
)

# That a case is overdue is no news for the citizen: the examiner's reminder goes to the unit that
# has the case (Petitions Decree 28). The citizen hears of the delay by the progress notice (Decree
# 23), and the page says it at once.
News: TypeAlias = (
    InquiryReceived
    | PlaceAsked
    | ServiceAsked
    | InquiryAssigned
    | DeadlineRecounted
    | UnroutedDeadlineRecounted
    | SupplementRequested
    | CitizenActRefused
    | CaseExtended
    | ProgressNoticeDue
    | RepeatClosed
    | CaseClosed
    | CaseAnswered
    | SurveyInvited
)
Told: TypeAlias = MessageDelivered | MessageSkipped | MessageFailed


def tells(event: News) -> bool:
    """Whether the citizen is told of the event itself: that an office took more time is told with
    its reason (Petitions Decree 21), which `CaseExtended` has and the recounted date has not."""
    return not (isinstance(event, DeadlineRecounted) and event.cause is RecountCause.EXTENDED)


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
        case PlaceAsked() | ServiceAsked():
            return replace(
                notice,
                message=MessageName.ASKED,
                round=event.round,
                attempt=0,
                number=event.number,
                question=event.question if isinstance(event, PlaceAsked) else None,
                until=event.answer_by,
            )
        case InquiryAssigned():
            return replace(
                notice,
                message=MessageName.ASSIGNED,
                round=event.round,
                attempt=event.attempt,
                office_id=event.office_id,
                rule=event.rule,
                previous_office_id=event.previous_office_id,
                decline_reason=event.decline_reason,
                until=event.due_at,
            )
        case DeadlineRecounted():
            return replace(
                notice,
                message=MessageName.RECOUNTED,
                round=event.round,
                attempt=event.attempt,
                office_id=event.office_id,
                recount_cause=event.cause,
                until_before=event.due_before,
                until=event.due_at,
            )
        case CaseExtended():
            return replace(
                notice,
                message=MessageName.RECOUNTED,
                round=event.round,
                attempt=event.attempt,
                office_id=event.office_id,
                recount_cause=RecountCause.EXTENDED,
                extension_reason=event.reason,
                until_before=event.due_before,
                until=event.due_at,
            )
        case SupplementRequested():
            return replace(
                notice,
                message=MessageName.SUPPLEMENT,
                round=event.round,
                attempt=event.attempt,
                office_id=event.office_id,
                number=event.number,
                until=event.answer_by,
            )
        case CitizenActRefused():
            return replace(
                notice,
                message=MessageName.ACT_REFUSED,
                round=event.round,
                attempt=event.attempt,
                office_id=event.office_id,
                number=event.act,
                act=event.kind,
                act_refusal=event.reason,
            )
        case CaseClosed():
            return replace(
                notice,
                message=MessageName.WITHDRAWN,
                round=event.round,
                attempt=event.attempt,
                office_id=event.office_id,
                closed_cause=event.cause,
            )
        case UnroutedDeadlineRecounted():
            return replace(
                notice,
                message=MessageName.RECOUNTED,
                round=event.round,
                attempt=0,
                recount_cause=event.cause,
                until_before=event.due_before,
                until=event.due_at,
            )
        case ProgressNoticeDue():
            return replace(
                notice,
                message=MessageName.PROGRESS,
                round=event.round,
                attempt=event.attempt,
                office_id=event.office_id,
                number=event.number,
                accepted=event.accepted,
                overdue=event.overdue,
                until=event.due_at,
            )
        case RepeatClosed():
            return replace(
                notice,
                message=MessageName.REPEAT_CLOSED,
                round=event.round,
                attempt=event.attempt,
                office_id=event.office_id,
            )
        case CaseAnswered():
            return replace(
                notice,
                message=MessageName.ANSWERED,
                round=event.round,
                attempt=event.attempt,
                office_id=event.office_id,
                outcome=event.outcome,
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

    Returns None while another process's try may still be under way.
    """
    if isinstance(delivery, Ended):
        return None
    if isinstance(delivery, Sending) and now < delivery.since + patience.unknown:
        return None
    course = _tried(delivery, begun=False)
    sending = Sending(notice=notice, channel=channel, course=course, since=now)
    return Change(state=sending, wake_at=now + patience.unknown)


def conclude(
    delivery: Delivery | None,
    *,
    notice: Notice,
    channel: DeliveryChannel,
    other_way: bool,
    result: Result,
    now: datetime,
    patience: Patience,
    jitter: float,
) -> Change[Delivery, Told] | None:
    """What a try led to. A delivery that has ended stays as it ended.

    `other_way` says that the citizen can be reached by a channel that has not failed yet.
    """
    if isinstance(delivery, Ended):
        return None
    course = _tried(delivery, begun=isinstance(delivery, Sending))
    match result:
        case Accepted():
            return _delivered(notice, channel, course, now)
        case Refused():
            return _refused(notice, channel, course, result.reason, other_way, now)
        case Later(about=Party.RECIPIENT):
            course = replace(course, put_off=course.put_off + 1, held=0)
            if course.put_off >= patience.tries:
                exhausted = FailureReason.EXHAUSTED
                return _refused(notice, channel, course, exhausted, other_way, now)
            wait = _longer(patience.wait(course.put_off, jitter), result, patience)
            return _waiting(notice, WaitReason.PUT_OFF, course, since=now, until=now + wait)
        case Later():
            course = replace(course, held=course.held + 1)
            wait = _longer(patience.wait(course.held, jitter), result, patience)
            return _waiting(notice, WaitReason.HELD, course, since=now, until=now + wait)


def put_back(
    delivery: Delivery | None,
    *,
    notice: Notice,
    reason: WaitReason,
    now: datetime,
    until: datetime,
) -> Change[Delivery, Told] | None:
    """Lets the delivery wait until `until`: its address has reached the hourly limit, or earlier
    news goes first."""
    if isinstance(delivery, Ended):
        return None
    course = delivery.course if delivery is not None else Course()
    since = now
    if isinstance(delivery, Waiting) and delivery.reason is reason:
        since = delivery.since
    return _waiting(notice, reason, course, since=since, until=until)


def give_up(
    delivery: Delivery | None, *, notice: Notice, reason: SkipReason, now: datetime
) -> Change[Delivery, Told] | None:
    """Ends a delivery: the citizen cannot be told, or need not be any more."""
    if isinstance(delivery, Ended):
        return None
    course = delivery.course if delivery is not None else Course()
    return _skipped(notice, reason, course, now)


def send_again(delivery: Delivery, *, now: datetime) -> Change[Delivery, Told] | None:
    """Makes a delivery due by the word of a person: one that failed, or one that waits.

    It starts anew, with every channel. None for what went out, was not due, or is being sent.
    """
    if isinstance(delivery, Delivered | Skipped | Sending):
        return None
    course = Course(tries=delivery.course.tries)
    return _waiting(delivery.notice, WaitReason.AGAIN, course, since=now, until=now)


def _refused(
    notice: Notice,
    channel: DeliveryChannel,
    course: Course,
    reason: FailureReason,
    other_way: bool,
    now: datetime,
) -> Change[Delivery, Told]:
    """Failed; but if only the address of this channel is at fault, Waiting for the next channel."""
    if reason not in ABOUT_THE_RECIPIENT or not other_way:
        return _failed(notice, reason, course, now)
    course = Course(tries=course.tries, closed=(*course.closed, channel))
    return _waiting(notice, WaitReason.OTHER_WAY, course, since=now, until=now)


def _tried(delivery: Delivery | None, *, begun: bool) -> Course:
    """The course with one try more, unless that was counted when it was begun."""
    course = delivery.course if delivery is not None else Course()
    return course if begun else replace(course, tries=course.tries + 1)


def _longer(wait: timedelta, result: Later, patience: Patience) -> timedelta:
    """The wait that a provider asks for, up to a bound."""
    return max(wait, min(result.after, patience.longest)) if result.after else wait


def _waiting(
    notice: Notice, reason: WaitReason, course: Course, *, since: datetime, until: datetime
) -> Change[Delivery, Told]:
    state = Waiting(notice=notice, reason=reason, course=course, since=since)
    return Change(state=state, wake_at=until)


class _OfNotice(TypedDict):
    inquiry_id: str
    matter: Matter
    delivery_id: str
    message: str
    cause_type: str
    cause_event_id: str
    round: int


def _of(notice: Notice) -> _OfNotice:
    """What every event about a message says of it."""
    return {
        "inquiry_id": notice.inquiry_id,
        "matter": notice.matter,
        "delivery_id": notice.delivery_id,
        "message": notice.message,
        "cause_type": notice.cause_type,
        "cause_event_id": notice.cause_event_id,
        "round": notice.round,
    }


def _delivered(
    notice: Notice, channel: DeliveryChannel, course: Course, now: datetime
) -> Change[Delivery, Told]:
    told = MessageDelivered(**_of(notice), channel=channel, delivered_at=now)
    state = Delivered(notice=notice, channel=channel, course=course, delivered_at=now)
    return Change(state=state, events=(told,))


def _skipped(
    notice: Notice, reason: SkipReason, course: Course, now: datetime
) -> Change[Delivery, Told]:
    told = MessageSkipped(**_of(notice), reason=reason, skipped_at=now)
    state = Skipped(notice=notice, reason=reason, course=course, skipped_at=now)
    return Change(state=state, events=(told,))


def _failed(
    notice: Notice, reason: FailureReason, course: Course, now: datetime
) -> Change[Delivery, Told]:
    told = MessageFailed(**_of(notice), reason=reason, failed_at=now)
    state = Failed(notice=notice, reason=reason, course=course, failed_at=now)
    return Change(state=state, events=(told,))
