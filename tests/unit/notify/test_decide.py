"""What is told, and what a try leads to: given a state, when a try ends, then these facts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.cities import Channel, Matter
from services.common.kernel import Change
from services.notify.domain import decide
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
SENDING = Sending(notice=NOTICE, channel=EMAIL, tries=1, since=NOW)
WAITING = Waiting(notice=NOTICE, channel=EMAIL, tries=1)
DELIVERED = Delivered(notice=NOTICE, channel=EMAIL, tries=1, delivered_at=NOW)
SKIPPED = Skipped(notice=NOTICE, reason=SkipReason.NO_CONTACT, tries=0, skipped_at=NOW)
FAILED = Failed(notice=NOTICE, reason=FailureReason.REJECTED, tries=1, failed_at=NOW)


def conclude(
    delivery: Delivery | None, result: Result, *, jitter: float = 0.0, now: datetime = NOW
) -> Change[Delivery, decide.Told] | None:
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
            InquiryReceived(inquiry_id="i-1", matter=MATTER, expected_answer_by=DUE),
            "i-1:received:1:1",
            "",
            DUE,
        ),
        (
            InquiryAssigned(
                inquiry_id="i-1", matter=MATTER, round=2, attempt=3, office_id="d-1", due_at=DUE
            ),
            "i-1:assigned:2:3",
            "d-1",
            DUE,
        ),
        (
            CaseAnswered(inquiry_id="i-1", matter=MATTER, round=2, attempt=3, office_id="d-1"),
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
    change = conclude(None, Refused())
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
    change = conclude(Waiting(notice=NOTICE, channel=EMAIL, tries=4), Later())
    assert change is not None
    assert isinstance(change.state, Failed)
    assert (change.state.reason, change.state.tries) == (FailureReason.EXHAUSTED, 5)


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
    assert again.state.tries == 2


@pytest.mark.parametrize("ended", [DELIVERED, SKIPPED, FAILED])
@pytest.mark.parametrize("result", [Accepted(), Refused(), Later()])
def test_what_has_ended_stays_as_it_ended(ended: Delivery, result: Result) -> None:
    assert conclude(ended, result) is None
    assert decide.begin(ended, notice=NOTICE, channel=EMAIL, now=NOW, patience=PATIENCE) is None
    for reason in (SkipReason.NO_CONTACT, FailureReason.EXHAUSTED):
        assert decide.give_up(ended, notice=NOTICE, reason=reason, now=NOW) is None


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


def test_what_is_of_no_use_any_more_has_failed_after_its_tries() -> None:
    change = decide.give_up(WAITING, notice=NOTICE, reason=FailureReason.EXHAUSTED, now=NOW)
    assert change is not None
    assert change.state == Failed(
        notice=NOTICE, reason=FailureReason.EXHAUSTED, tries=1, failed_at=NOW
    )
    assert isinstance(change.events[0], MessageFailed)
