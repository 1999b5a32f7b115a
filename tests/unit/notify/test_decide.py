"""What is told, and what a try leads to: given a state, when a try ends, then these facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.cities import Channel, Matter, PlaceQuestion
from services.common.kernel import Change
from services.notify.domain import decide
from services.notify.domain.events import (
    CaseAnswered,
    InquiryAssigned,
    InquiryReceived,
    MessageDelivered,
    MessageFailed,
    MessageSkipped,
    PlaceAsked,
    ServiceAsked,
    SurveyInvited,
)
from services.notify.domain.model import (
    Accepted,
    CaseOutcome,
    Course,
    Delivered,
    Delivery,
    DeliveryChannel,
    Failed,
    FailureReason,
    Later,
    MessageName,
    Notice,
    Party,
    Patience,
    Refused,
    Result,
    Sending,
    Skipped,
    SkipReason,
    TextName,
    Waiting,
    WaitReason,
)

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
DUE = NOW + timedelta(days=7)
EMAIL = DeliveryChannel.EMAIL
PATIENCE = Patience(
    first=timedelta(seconds=10),
    longest=timedelta(minutes=1),
    tries=5,
    unknown=timedelta(minutes=5),
)
MATTER = Matter(
    receipt_number="261123-00001-5",
    channel=Channel.WEB,
    language="ko",
    received_at=NOW,
    has_contact=True,
)
NOTICE = Notice(
    inquiry_id="i-1",
    matter=MATTER,
    message=MessageName.ASSIGNED,
    cause_type="dasan.routing.v1.InquiryAssigned",
    cause_event_id="e-7",
    round=1,
    attempt=2,
    office_id="d-11140",
    until=DUE,
)
ONCE = Course(tries=1)
SENDING = Sending(notice=NOTICE, channel=EMAIL, course=ONCE, since=NOW)
PUT_OFF = Waiting(
    notice=NOTICE,
    reason=WaitReason.PUT_OFF,
    course=Course(tries=1, put_off=1),
    since=NOW,
)
HELD = Waiting(notice=NOTICE, reason=WaitReason.HELD, course=Course(tries=1, held=1), since=NOW)
UNDELIVERABLE = Refused(FailureReason.UNDELIVERABLE)
LATER = Later(Party.RECIPIENT)
DELIVERED = Delivered(notice=NOTICE, channel=EMAIL, course=ONCE, delivered_at=NOW)
SKIPPED = Skipped(notice=NOTICE, reason=SkipReason.NO_CONTACT, course=Course(), skipped_at=NOW)
FAILED = Failed(notice=NOTICE, reason=FailureReason.UNDELIVERABLE, course=ONCE, failed_at=NOW)


def conclude(
    delivery: Delivery | None,
    result: Result,
    *,
    other_way: bool = False,
    jitter: float = 0.0,
    now: datetime = NOW,
) -> Change[Delivery, decide.Told] | None:
    return decide.conclude(
        delivery,
        notice=NOTICE,
        channel=EMAIL,
        other_way=other_way,
        result=result,
        now=now,
        patience=PATIENCE,
        jitter=jitter,
    )


@pytest.mark.parametrize(
    ("event", "delivery_id", "office", "until"),
    [
        (
            InquiryReceived(inquiry_id="i-1", matter=MATTER, expected_answer_by=DUE),
            "i-1:received:1:1",
            "",
            DUE,
        ),
        (
            PlaceAsked(
                inquiry_id="i-1",
                matter=MATTER,
                round=1,
                number=2,
                question=PlaceQuestion.WHERE,
                answer_by=DUE,
            ),
            "i-1:asked:1:2",
            "",
            DUE,
        ),
        (
            ServiceAsked(inquiry_id="i-1", matter=MATTER, round=2, number=1, answer_by=DUE),
            "i-1:asked:2:1",
            "",
            DUE,
        ),
        (
            InquiryAssigned(
                inquiry_id="i-1",
                matter=MATTER,
                round=2,
                attempt=3,
                office_id="d-1",
                due_at=DUE,
                rule="suggested_office",
            ),
            "i-1:assigned:2:3",
            "d-1",
            DUE,
        ),
        (
            CaseAnswered(
                inquiry_id="i-1",
                matter=MATTER,
                round=2,
                attempt=3,
                office_id="d-1",
                outcome=CaseOutcome.ANSWERED,
            ),
            "i-1:answered:2:3",
            "d-1",
            None,
        ),
        (
            SurveyInvited(
                inquiry_id="i-1",
                matter=MATTER,
                survey_id="s-1",
                round=2,
                office_id="d-1",
                expires_at=DUE,
            ),
            "i-1:survey:2:1",
            "d-1",
            DUE,
        ),
    ],
)
def test_each_event_has_a_delivery_of_its_own(
    event: decide.News, delivery_id: str, office: str, until: datetime | None
) -> None:
    notice = decide.notice_of(event, cause_type="x.Y", cause_event_id="e-1", traceparent="trace")
    assert notice.delivery_id == delivery_id
    assert (notice.office_id, notice.until, notice.traceparent) == (office, until, "trace")
    assert (notice.matter, notice.cause_type, notice.cause_event_id) == (MATTER, "x.Y", "e-1")
    assert notice.survey_id == ("s-1" if isinstance(event, SurveyInvited) else "")


def test_what_a_provider_accepts_is_delivered() -> None:
    change = conclude(None, Accepted())
    assert change is not None
    assert change.state == DELIVERED
    assert change.wake_at is None
    assert change.events == (
        MessageDelivered(
            inquiry_id="i-1",
            matter=MATTER,
            delivery_id="i-1:assigned:1:2",
            message="assigned",
            cause_type="dasan.routing.v1.InquiryAssigned",
            cause_event_id="e-7",
            round=1,
            channel=EMAIL,
            delivered_at=NOW,
        ),
    )


def test_what_a_provider_refuses_has_failed() -> None:
    change = conclude(None, UNDELIVERABLE)
    assert change is not None
    assert change.state == FAILED
    assert change.events == (
        MessageFailed(
            inquiry_id="i-1",
            matter=MATTER,
            delivery_id="i-1:assigned:1:2",
            message="assigned",
            cause_type="dasan.routing.v1.InquiryAssigned",
            cause_event_id="e-7",
            round=1,
            reason=FailureReason.UNDELIVERABLE,
            failed_at=NOW,
        ),
    )


@pytest.mark.parametrize(("result", "waiting"), [(LATER, PUT_OFF), (Later(), HELD)])
def test_what_can_not_be_taken_now_waits_and_tells_nobody(result: Result, waiting: Waiting) -> None:
    change = conclude(None, result)
    assert change is not None
    assert change.state == waiting
    assert change.wake_at == NOW + timedelta(seconds=10)
    assert change.events == ()


def test_what_is_our_fault_or_the_providers_never_ends_by_itself() -> None:
    state: Delivery | None = None
    for _ in range(100):
        change = conclude(state, Later())
        assert change is not None
        assert change.wake_at is not None
        assert change.wake_at - NOW <= PATIENCE.longest
        state = change.state
    assert isinstance(state, Waiting)
    assert (state.reason, state.course.tries) == (WaitReason.HELD, 100)
    # And once the recipient alone is at fault, that has all its tries.
    change = conclude(state, LATER)
    assert change is not None
    assert isinstance(change.state, Waiting)
    assert (change.state.reason, change.state.course.put_off) == (WaitReason.PUT_OFF, 1)


def test_a_recipient_that_one_channel_cannot_reach_is_told_by_another() -> None:
    change = conclude(None, UNDELIVERABLE, other_way=True)
    assert change is not None
    assert change.state == Waiting(
        notice=NOTICE,
        reason=WaitReason.OTHER_WAY,
        course=Course(tries=1, closed=(EMAIL,)),
        since=NOW,
    )
    assert (change.wake_at, change.events) == (NOW, ())


def test_a_message_that_is_refused_itself_is_refused_on_every_way() -> None:
    change = conclude(None, Refused(FailureReason.REJECTED), other_way=True)
    assert change is not None
    assert isinstance(change.state, Failed)


def test_what_must_not_go_yet_counts_as_no_try() -> None:
    until = NOW + timedelta(hours=1)
    change = decide.put_back(PUT_OFF, notice=NOTICE, reason=WaitReason.LIMIT, now=NOW, until=until)
    assert change is not None
    assert isinstance(change.state, Waiting)
    assert (change.state.course, change.wake_at) == (PUT_OFF.course, until)
    again = decide.put_back(
        change.state, notice=NOTICE, reason=WaitReason.LIMIT, now=until, until=until
    )
    assert again is not None
    assert isinstance(again.state, Waiting)
    assert again.state.since == NOW


@pytest.mark.parametrize("state", [FAILED, HELD, PUT_OFF])
def test_what_failed_or_waits_starts_anew_when_somebody_wants_it_sent_again(
    state: Failed | Waiting,
) -> None:
    waiting = Waiting(notice=NOTICE, reason=WaitReason.AGAIN, course=ONCE, since=NOW)
    assert decide.send_again(state, now=NOW) == Change(state=waiting, wake_at=NOW)


@pytest.mark.parametrize("state", [DELIVERED, SKIPPED, SENDING])
def test_what_went_out_or_may_be_going_out_is_not_sent_again(state: Delivery) -> None:
    assert decide.send_again(state, now=NOW) is None


@pytest.mark.parametrize(
    ("message", "attempt", "outcome", "text"),
    [
        (MessageName.RECEIVED, 1, None, TextName.RECEIVED),
        (MessageName.ASSIGNED, 1, None, TextName.ASSIGNED),
        (MessageName.ASSIGNED, 2, None, TextName.TRANSFERRED),
        (MessageName.ANSWERED, 2, CaseOutcome.ANSWERED, TextName.ANSWERED),
        (MessageName.ANSWERED, 1, CaseOutcome.PERMIT_GRANTED, TextName.ANSWERED),
        (
            MessageName.ANSWERED,
            1,
            CaseOutcome.PERMIT_GRANTED_CONDITIONALLY,
            TextName.CONDITIONAL,
        ),
        (MessageName.ANSWERED, 2, CaseOutcome.PERMIT_REFUSED, TextName.REFUSED),
        (MessageName.SURVEY, 1, None, TextName.SURVEY),
    ],
)
def test_a_hand_over_and_a_refusal_have_texts_of_their_own(
    message: MessageName, attempt: int, outcome: CaseOutcome | None, text: TextName
) -> None:
    notice = replace(NOTICE, message=message, attempt=attempt, outcome=outcome)
    assert notice.text is text


@pytest.mark.parametrize(("tries", "seconds"), [(1, 10), (2, 20), (3, 40), (4, 60)])
def test_waits_double_up_to_the_longest(tries: int, seconds: int) -> None:
    assert PATIENCE.wait(tries, 0.0) == timedelta(seconds=seconds)
    assert PATIENCE.wait(tries, 0.5) == timedelta(seconds=seconds * 0.75)


def test_a_provider_may_ask_for_a_longer_wait_but_not_for_ever() -> None:
    asked = conclude(None, Later(after=timedelta(seconds=30)))
    endless = conclude(None, Later(after=timedelta(days=1)))
    shorter = conclude(None, Later(after=timedelta(seconds=1)))
    assert asked is not None
    assert endless is not None
    assert shorter is not None
    assert asked.wake_at == NOW + timedelta(seconds=30)
    assert endless.wake_at == NOW + PATIENCE.longest
    assert shorter.wake_at == NOW + timedelta(seconds=10)


def test_patience_ends_after_its_last_try() -> None:
    fourth = replace(PUT_OFF, course=Course(tries=9, put_off=4))
    change = conclude(fourth, LATER)
    assert change is not None
    assert isinstance(change.state, Failed)
    assert change.state.reason is FailureReason.EXHAUSTED
    other = conclude(fourth, LATER, other_way=True)
    assert other is not None
    assert isinstance(other.state, Waiting)
    assert other.state.course == Course(tries=10, closed=(EMAIL,))


def test_a_noted_try_is_counted_once() -> None:
    begun = decide.begin(None, notice=NOTICE, channel=EMAIL, now=NOW, patience=PATIENCE)
    assert begun is not None
    assert begun.state == SENDING
    assert begun.wake_at == NOW + PATIENCE.unknown
    assert begun.events == ()
    ended = conclude(begun.state, Accepted())
    assert ended is not None
    assert ended.state == DELIVERED


def test_a_try_whose_end_nobody_recorded_is_made_again_but_not_before_its_time() -> None:
    def begin(now: datetime) -> object:
        return decide.begin(SENDING, notice=NOTICE, channel=EMAIL, now=now, patience=PATIENCE)

    assert begin(NOW + PATIENCE.unknown - timedelta(seconds=1)) is None
    again = decide.begin(
        SENDING, notice=NOTICE, channel=EMAIL, now=NOW + PATIENCE.unknown, patience=PATIENCE
    )
    assert again is not None
    assert isinstance(again.state, Sending)
    assert again.state.course.tries == 2


@pytest.mark.parametrize("ended", [DELIVERED, SKIPPED, FAILED])
@pytest.mark.parametrize("result", [Accepted(), UNDELIVERABLE, LATER, Later()])
def test_what_has_ended_stays_as_it_ended(ended: Delivery, result: Result) -> None:
    assert conclude(ended, result) is None
    assert decide.begin(ended, notice=NOTICE, channel=EMAIL, now=NOW, patience=PATIENCE) is None
    for reason in SkipReason:
        assert decide.give_up(ended, notice=NOTICE, reason=reason, now=NOW) is None
    for why in WaitReason:
        assert decide.put_back(ended, notice=NOTICE, reason=why, now=NOW, until=NOW) is None


def test_who_left_no_contact_is_recorded_as_skipped() -> None:
    change = decide.give_up(None, notice=NOTICE, reason=SkipReason.NO_CONTACT, now=NOW)
    assert change is not None
    assert change.state == SKIPPED
    assert change.wake_at is None
    assert change.events == (
        MessageSkipped(
            inquiry_id="i-1",
            matter=MATTER,
            delivery_id="i-1:assigned:1:2",
            message="assigned",
            cause_type="dasan.routing.v1.InquiryAssigned",
            cause_event_id="e-7",
            round=1,
            reason=SkipReason.NO_CONTACT,
            skipped_at=NOW,
        ),
    )


def test_what_is_of_no_use_any_more_is_skipped_after_its_tries() -> None:
    change = decide.give_up(PUT_OFF, notice=NOTICE, reason=SkipReason.OVER, now=NOW)
    assert change is not None
    assert change.state == Skipped(
        notice=NOTICE, reason=SkipReason.OVER, course=PUT_OFF.course, skipped_at=NOW
    )
    assert isinstance(change.events[0], MessageSkipped)
