"""Nobody hears an answer before the receipt, in whatever order the news comes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.cities import Channel, Matter
from services.notify.domain import order
from services.notify.domain.model import (
    Course,
    Delivered,
    Delivery,
    DeliveryChannel,
    Failed,
    FailureReason,
    MessageName,
    Notice,
    Patience,
    Sending,
    Skipped,
    SkipReason,
    Waiting,
    WaitReason,
)

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
PATIENCE = Patience(unheard=timedelta(minutes=2))
RECEIVED = Notice(
    inquiry_id="i-1",
    matter=Matter(
        receipt_number="261123-00001-5",
        channel=Channel.WEB,
        language="ko",
        received_at=NOW,
        has_contact=True,
    ),
    message=MessageName.RECEIVED,
    cause_type="x.Y",
    cause_event_id="e-1",
)


def news(message: MessageName, attempt: int = 1, round: int = 1) -> Notice:
    return replace(RECEIVED, message=message, attempt=attempt, round=round)


def delivered(notice: Notice) -> Delivery:
    return Delivered(notice=notice, channel=DeliveryChannel.FILE, course=Course(), delivered_at=NOW)


def waiting(notice: Notice, since: datetime = NOW) -> Delivery:
    return Waiting(notice=notice, reason=WaitReason.TURN, course=Course(), since=since)


def may_go(notice: Notice, *known: Delivery, own: Delivery | None = None) -> bool:
    by_id = {delivery.notice.delivery_id: delivery for delivery in known}
    return order.may_go(notice, own, by_id, now=NOW, patience=PATIENCE)


ASSIGNED = news(MessageName.ASSIGNED)
HANDED_OVER = news(MessageName.ASSIGNED, 2)
ANSWERED = news(MessageName.ANSWERED, 2)
SURVEY = news(MessageName.SURVEY)
AGAIN = news(MessageName.ASSIGNED, round=2)
LIFE = [RECEIVED, ASSIGNED, HANDED_OVER, ANSWERED, SURVEY, AGAIN]


@pytest.mark.parametrize("number", range(len(LIFE)))
def test_what_was_told_whole_may_go_on(number: int) -> None:
    assert may_go(LIFE[number], *map(delivered, LIFE[:number]))


@pytest.mark.parametrize("number", range(1, len(LIFE)))
def test_what_comes_right_after_news_that_is_on_its_way_waits_however_long(number: int) -> None:
    before = {4: 3, 5: 3}.get(number, number - 1)
    told = [delivered(notice) for notice in LIFE[:before]]
    for open_ in (
        waiting(LIFE[before]),
        Sending(
            notice=LIFE[before], channel=DeliveryChannel.EMAIL, course=Course(tries=1), since=NOW
        ),
    ):
        own = waiting(LIFE[number], since=NOW - timedelta(days=9))
        assert not may_go(LIFE[number], *told, open_, own=own)


@pytest.mark.parametrize(
    "ended",
    [
        Failed(notice=RECEIVED, reason=FailureReason.EXHAUSTED, course=Course(), failed_at=NOW),
        Skipped(notice=RECEIVED, reason=SkipReason.NO_CONTACT, course=Course(), skipped_at=NOW),
    ],
)
def test_news_that_has_ended_in_any_way_is_not_waited_for(ended: Delivery) -> None:
    assert may_go(ASSIGNED, ended)


@pytest.mark.parametrize("notice", [ASSIGNED, HANDED_OVER, ANSWERED, SURVEY, AGAIN])
def test_news_that_must_exist_is_waited_for_until_it_is_heard_but_not_for_ever(
    notice: Notice,
) -> None:
    assert not may_go(notice)
    assert not may_go(notice, own=waiting(notice, since=NOW - timedelta(seconds=119)))
    assert may_go(notice, own=waiting(notice, since=NOW - timedelta(minutes=2)))


def look_again(own: Delivery | None, before: Delivery | None, wake: timedelta) -> timedelta:
    """How long ASSIGNED then waits, where the one before is woken after that time."""
    known = {} if before is None else {before.notice.delivery_id: before}
    wakes = dict.fromkeys(known, NOW + wake)
    found = order.look_again(ASSIGNED, own, known, wakes, now=NOW, patience=PATIENCE)
    return found - NOW


def test_what_waits_looks_again_soon_then_more_rarely_and_when_it_may_go_at_the_latest() -> None:
    def after(waited: int) -> float:
        own = waiting(ASSIGNED, since=NOW - timedelta(seconds=waited))
        return look_again(own, None, timedelta(0)).total_seconds()

    assert [after(waited) for waited in (0, 2, 10, 60, 100, 119)] == [2, 2, 5, 30, 20, 1]


def test_what_waits_for_news_that_waits_itself_looks_when_that_was_tried() -> None:
    hour = timedelta(hours=1)
    assert look_again(None, waiting(RECEIVED), hour) == hour + PATIENCE.turn


def test_what_is_being_sent_ends_in_a_moment() -> None:
    """Its own wake is for a crash alone."""
    sending = Sending(notice=RECEIVED, channel=DeliveryChannel.EMAIL, course=Course(), since=NOW)
    assert look_again(None, sending, timedelta(minutes=5)) == PATIENCE.turn


def test_an_answer_on_the_call_itself_is_surveyed_with_nothing_before() -> None:
    call = replace(SURVEY, matter=replace(SURVEY.matter, channel=Channel.PHONE))
    assert may_go(call)
    assert not may_go(call, waiting(news(MessageName.ANSWERED)))


def test_other_inquiries_are_not_waited_for() -> None:
    other = replace(RECEIVED, inquiry_id="i-2")
    assert may_go(ASSIGNED, delivered(RECEIVED), waiting(other))


ASKED = replace(news(MessageName.ASKED, 0), number=1, until=NOW + timedelta(hours=8))
ASKED_AGAIN = replace(ASKED, number=2)


def test_a_question_waits_for_the_receipt_and_the_next_one_for_it() -> None:
    assert not may_go(ASKED)
    assert may_go(ASKED, delivered(RECEIVED))
    assert not may_go(ASKED_AGAIN, delivered(RECEIVED))
    assert may_go(ASKED_AGAIN, delivered(RECEIVED), delivered(ASKED))
    assert sorted([ASSIGNED, ASKED_AGAIN, ASKED, RECEIVED], key=order.rank) == [
        RECEIVED,
        ASKED,
        ASKED_AGAIN,
        ASSIGNED,
    ]


@pytest.mark.parametrize("later", [ASSIGNED, ASKED_AGAIN, ANSWERED])
def test_a_question_is_over_with_the_office_the_answer_and_the_next_question(
    later: Notice,
) -> None:
    assert later.delivery_id in order.over_by(ASKED)


def test_a_question_of_another_round_is_not_over_by_the_office_of_this_one() -> None:
    again = replace(ASKED, round=2)
    assert ASSIGNED.delivery_id not in order.over_by(again)
    assert AGAIN.delivery_id in order.over_by(again)


def test_a_question_is_of_no_use_after_its_time() -> None:
    until = NOW + timedelta(hours=8)
    assert not order.too_late(ASKED, until)
    assert order.too_late(ASKED, until + timedelta(milliseconds=1))
    assert not order.too_late(replace(ASSIGNED, until=NOW), until)


def test_a_question_about_a_sealed_matter_shows_that_it_is_one() -> None:
    sealed = Skipped(notice=ASKED, reason=SkipReason.SEALED, course=Course(), skipped_at=NOW)
    known = {ASKED.delivery_id: sealed}
    assert order.sealed_matter(RECEIVED, known) == ASKED.matter


def test_earlier_news_comes_first() -> None:
    shuffled = [AGAIN, SURVEY, RECEIVED, ANSWERED, HANDED_OVER, ASSIGNED]
    assert sorted(shuffled, key=order.rank) == LIFE


CLOSED = news(MessageName.REPEAT_CLOSED)


@pytest.mark.parametrize("earlier", [ASKED, replace(ANSWERED, message=MessageName.PROGRESS)])
def test_what_was_closed_as_a_repetition_ends_what_would_be_told_of_the_round(
    earlier: Notice,
) -> None:
    assert CLOSED.delivery_id in order.over_by(earlier)


def test_nobody_is_told_that_it_was_closed_whom_an_office_has_answered() -> None:
    assert ANSWERED.delivery_id in order.over_by(CLOSED)
    assert CLOSED.delivery_id not in order.over_by(ANSWERED)


def test_a_closing_waits_for_its_assignment_and_a_later_round_for_the_closing() -> None:
    assert not may_go(CLOSED, delivered(RECEIVED))
    assert may_go(CLOSED, delivered(RECEIVED), delivered(ASSIGNED))
    assert not may_go(AGAIN, delivered(RECEIVED))
    assert may_go(AGAIN, delivered(RECEIVED), delivered(CLOSED))
