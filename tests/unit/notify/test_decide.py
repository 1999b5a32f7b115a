"""What is told, and what a try leads to: given a state, when a try ends, then these facts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.common.kernel import Change
from services.notify.domain import decide
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

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
DUE = NOW + timedelta(days=7)
EMAIL = DeliveryChannel.EMAIL
PATIENCE = Patience(
    first=timedelta(seconds=10),
    longest=timedelta(minutes=1),
    tries=5,
    unknown=timedelta(minutes=5),
)
NOTICE = Notice(
    inquiry_id="i-1",
    step=Step.ASSIGNED,
    number=2,
    receipt_number="261123-00001-5",
    language="ko",
    office_id="d-11140",
    until=DUE,
)
SENDING = Sending(notice=NOTICE, channel=EMAIL, attempts=1, since=NOW)
WAITING = Waiting(notice=NOTICE, channel=EMAIL, attempts=1)
DELIVERED = Delivered(notice=NOTICE, channel=EMAIL, attempts=1, delivered_at=NOW)
FAILED = Failed(notice=NOTICE, reason=FailureReason.REJECTED, attempts=1, failed_at=NOW)


def conclude(
    delivery: Delivery | None, result: Result, *, jitter: float = 0.0, now: datetime = NOW
) -> Change[Delivery, MessageDelivered | MessageFailed] | None:
    return decide.conclude(
        delivery,
        notice=NOTICE,
        channel=EMAIL,
        result=result,
        now=now,
        patience=PATIENCE,
        jitter=jitter,
    )


@pytest.mark.parametrize(
    ("event", "delivery_id", "office", "until"),
    [
        (
            InquiryReceived(
                inquiry_id="i-1",
                receipt_number="r",
                language="ko",
                expected_answer_by=DUE,
                has_contact=True,
            ),
            "i-1:RECEIVED:1",
            "",
            DUE,
        ),
        (
            InquiryAssigned(
                inquiry_id="i-1",
                receipt_number="r",
                attempt=3,
                office_id="d-1",
                language="ko",
                due_at=DUE,
                has_contact=True,
            ),
            "i-1:ASSIGNED:3",
            "d-1",
            DUE,
        ),
        (
            CaseAnswered(
                inquiry_id="i-1",
                receipt_number="r",
                office_id="d-1",
                language="ko",
                has_contact=True,
            ),
            "i-1:ANSWERED:1",
            "d-1",
            None,
        ),
        (
            SurveyInvited(
                inquiry_id="i-1",
                receipt_number="r",
                office_id="d-1",
                language="ko",
                expires_at=DUE,
                has_contact=True,
            ),
            "i-1:SURVEY:1",
            "d-1",
            DUE,
        ),
    ],
)
def test_each_step_has_one_delivery_and_each_assignment_its_own(
    event: decide.News, delivery_id: str, office: str, until: datetime | None
) -> None:
    notice = decide.notice_of(event, "trace")
    assert notice.delivery_id == delivery_id
    assert (notice.office_id, notice.until, notice.traceparent) == (office, until, "trace")


def test_what_a_provider_accepts_is_delivered() -> None:
    change = conclude(None, Accepted())
    assert change is not None
    assert change.state == DELIVERED
    assert change.wake_at is None
    assert change.events == (
        MessageDelivered(
            inquiry_id="i-1",
            delivery_id="i-1:ASSIGNED:2",
            step=Step.ASSIGNED,
            channel=EMAIL,
            delivered_at=NOW,
        ),
    )


def test_what_a_provider_refuses_has_failed() -> None:
    change = conclude(None, Refused())
    assert change is not None
    assert change.state == FAILED
    assert change.events == (
        MessageFailed(
            inquiry_id="i-1",
            delivery_id="i-1:ASSIGNED:2",
            step=Step.ASSIGNED,
            reason=FailureReason.REJECTED,
            failed_at=NOW,
        ),
    )


def test_what_a_provider_can_not_take_now_waits_and_tells_nobody() -> None:
    change = conclude(None, Later())
    assert change is not None
    assert change.state == WAITING
    assert change.wake_at == NOW + timedelta(seconds=10)
    assert change.events == ()


@pytest.mark.parametrize(("tries", "seconds"), [(1, 10), (2, 20), (3, 40), (4, 60)])
def test_waits_double_up_to_the_longest(tries: int, seconds: int) -> None:
    assert PATIENCE.wait(tries, 0.0) == timedelta(seconds=seconds)
    assert PATIENCE.wait(tries, 0.5) == timedelta(seconds=seconds * 0.75)


def test_a_provider_may_ask_for_a_longer_wait_but_not_for_ever() -> None:
    asked = conclude(None, Later(timedelta(seconds=30)))
    endless = conclude(None, Later(timedelta(days=1)))
    shorter = conclude(None, Later(timedelta(seconds=1)))
    assert asked is not None
    assert endless is not None
    assert shorter is not None
    assert asked.wake_at == NOW + timedelta(seconds=30)
    assert endless.wake_at == NOW + PATIENCE.longest
    assert shorter.wake_at == NOW + timedelta(seconds=10)


def test_patience_ends_after_its_last_try() -> None:
    change = conclude(Waiting(notice=NOTICE, channel=EMAIL, attempts=4), Later())
    assert change is not None
    assert isinstance(change.state, Failed)
    assert (change.state.reason, change.state.attempts) == (FailureReason.EXHAUSTED, 5)


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
    assert again.state.attempts == 2


@pytest.mark.parametrize("ended", [DELIVERED, FAILED])
@pytest.mark.parametrize("result", [Accepted(), Refused(), Later()])
def test_what_has_ended_stays_as_it_ended(ended: Delivery, result: Result) -> None:
    assert conclude(ended, result) is None
    assert decide.begin(ended, notice=NOTICE, channel=EMAIL, now=NOW, patience=PATIENCE) is None
    assert decide.give_up(ended, notice=NOTICE, reason=FailureReason.EXHAUSTED, now=NOW) is None


def test_who_left_no_contact_is_recorded_as_not_told() -> None:
    change = decide.give_up(None, notice=NOTICE, reason=FailureReason.NO_CONTACT, now=NOW)
    assert change is not None
    assert isinstance(change.state, Failed)
    assert (change.state.reason, change.state.attempts) == (FailureReason.NO_CONTACT, 0)
    assert isinstance(change.events[0], MessageFailed)
