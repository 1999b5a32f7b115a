"""What the board counts of what is told: the same in any order, each fact in its own minute."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.domain import lately
from services.routing.domain.heard import (
    CallAnswered,
    CaseAnswered,
    CaseDeclined,
    CaseOpened,
    Heard,
    InquiryAssigned,
    InquiryReceived,
    InquiryUnrouted,
    MessageDelivered,
    SurveyAnswered,
    SurveyInvited,
)
from services.routing.domain.lately import (
    FLOW,
    LAST,
    MINUTES,
    SURVEYS,
    FactKind,
    Lately,
    Latency,
    Satisfaction,
    Step,
)
from tests.unit.routing.town import MATTER

NOW = datetime(2026, 11, 23, 1, 0, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


def received(ago: timedelta = SECOND) -> InquiryReceived:
    return InquiryReceived(matter=replace(MATTER, received_at=NOW - ago))


def assigned(attempt: int = 1, round_: int = 1, ago: timedelta = SECOND) -> InquiryAssigned:
    return InquiryAssigned(
        matter=MATTER, round=round_, attempt=attempt, office_id="d-1", assigned_at=NOW - ago
    )


def opened(took: timedelta, attempt: int = 1) -> CaseOpened:
    matter = replace(MATTER, received_at=NOW - took)
    return CaseOpened(matter=matter, round=1, attempt=attempt, office_id="d-1", opened_at=NOW)


def delivered(message: str) -> MessageDelivered:
    return MessageDelivered(matter=MATTER, message=message, delivered_at=NOW)


def told(*facts: Heard, now: datetime = NOW) -> Lately:
    counted = Lately()
    for fact in facts:
        counted.add(fact, now)
    return counted


def totals(counted: Lately) -> dict[str, int]:
    return {str(step): sum(each) for step, each in counted.flow(NOW).by_step.items()}


FACTS: list[Heard] = [
    *(received(ago=number * 7 * MINUTE) for number in range(11)),
    *(assigned(attempt, ago=attempt * 20 * MINUTE) for attempt in (1, 2)),
    InquiryUnrouted(matter=MATTER, unrouted_at=NOW - MINUTE),
    *(opened(timedelta(seconds=number)) for number in (1, 2, 40)),
    CaseDeclined(matter=MATTER, office_id="d-1", entered_at=NOW - 3 * SECOND),
    CaseAnswered(matter=MATTER, office_id="d-1", entered_at=NOW - 2 * SECOND),
    CallAnswered(matter=MATTER, office_id="c-1", answered_at=NOW - SECOND),
    delivered("answered"),
    *(SurveyInvited(survey_id=f"s-{n}", invited_at=NOW - n * timedelta(hours=5)) for n in range(6)),
    *(SurveyAnswered(survey_id=f"s-{n}", score=5) for n in (0, 5)),
]


@given(st.permutations(FACTS))
def test_the_same_figures_come_out_of_the_same_facts_in_whatever_order(facts: list[Heard]) -> None:
    seen = told(*facts)
    model = told(*FACTS)
    assert seen.flow(NOW) == model.flow(NOW)
    assert seen.latency(NOW) == model.latency(NOW)
    assert seen.satisfaction(NOW) == model.satisfaction(NOW)
    assert seen.last() == model.last()


class TestFlow:
    def test_each_fact_counts_in_the_minute_in_which_it_happened(self) -> None:
        counts = told(received(), received(MINUTE), received(59 * MINUTE)).flow(NOW)
        assert len(counts.by_step[Step.RECEIVED]) == MINUTES
        assert [n for n, count in enumerate(counts.by_step[Step.RECEIVED]) if count] == [0, 58, 59]

    def test_what_is_older_than_an_hour_or_of_a_wrong_clock_is_left_out(self) -> None:
        left_out = told(received(FLOW), received(-6 * MINUTE))
        assert not any(totals(left_out).values())
        assert not left_out.last()
        assert totals(told(received(FLOW - MINUTE)))["received"] == 1

    def test_what_was_counted_leaves_the_hour_by_itself(self) -> None:
        counted = told(received())
        assert not any(counted.flow(NOW + FLOW + MINUTE).by_step[Step.RECEIVED])

    def test_an_inquiry_is_assigned_once_however_many_offices_refuse(self) -> None:
        assert totals(told(assigned(), assigned(2), assigned(1, round_=2)))["assigned"] == 1

    def test_a_call_that_was_answered_was_received_and_answered(self) -> None:
        matter = replace(MATTER, received_at=NOW - SECOND)
        call = CallAnswered(matter=matter, office_id="c-1", answered_at=NOW)
        assert totals(told(call)) == {"received": 1, "assigned": 0, "answered": 1, "told": 0}

    def test_of_all_messages_only_the_answer_counts_as_told(self) -> None:
        counted = told(*map(delivered, ("received", "assigned", "survey", "answered")))
        assert totals(counted)["told"] == 1

    def test_an_endless_day_takes_no_more_room_than_an_hour(self) -> None:
        counted = Lately()
        for minute in range(60 * 24):
            now = NOW + minute * MINUTE
            counted.add(InquiryReceived(matter=replace(MATTER, received_at=now)), now)
        assert sum(counted.flow(now).by_step[Step.RECEIVED]) == MINUTES
        assert len(counted._steps[Step.RECEIVED]) <= MINUTES + 10


class TestLatency:
    def test_without_any_there_is_none(self) -> None:
        assert Lately().latency(NOW) == Latency(count=0, median=None, p99=None)

    def test_it_is_what_so_many_did_not_exceed(self) -> None:
        seen = told(*(opened(timedelta(seconds=n)) for n in range(1, 101))).latency(NOW)
        assert seen.count == 100
        assert seen.median == timedelta(seconds=50)
        assert seen.p99 == timedelta(seconds=99)

    @pytest.mark.parametrize("milliseconds", [0, 7, 99, 104, 1_234, 98_765, 3_600_000])
    def test_it_is_true_within_five_per_cent(self, milliseconds: int) -> None:
        seen = told(opened(timedelta(milliseconds=milliseconds))).latency(NOW).median
        assert seen is not None
        assert seen / timedelta(milliseconds=1) == pytest.approx(milliseconds, rel=0.05)

    def test_only_the_way_to_the_first_office_counts(self) -> None:
        assert told(opened(SECOND, attempt=2)).latency(NOW).count == 0

    def test_clocks_that_differ_make_no_negative_wait(self) -> None:
        assert told(opened(-SECOND)).latency(NOW).median == timedelta(0)


def asked(number: int, ago: timedelta = MINUTE) -> SurveyInvited:
    return SurveyInvited(survey_id=f"s-{number}", invited_at=NOW - ago)


class TestSatisfaction:
    def test_the_rate_is_of_those_who_were_asked(self) -> None:
        seen = told(*map(asked, range(4)), SurveyAnswered(survey_id="s-0", score=5)).satisfaction(
            NOW
        )
        assert seen == Satisfaction(invited=4, answered=1, points=100.0, within=None)
        assert seen.response_rate == 0.25

    def test_who_was_asked_more_than_a_day_ago_is_not_among_them(self) -> None:
        late = told(asked(0, SURVEYS + SECOND), SurveyAnswered(survey_id="s-0", score=5))
        unknown = told(SurveyAnswered(survey_id="s-0", score=5))
        for counted in (late, unknown, Lately()):
            seen = counted.satisfaction(NOW)
            assert (seen.invited, seen.answered, seen.points) == (0, 0, None)
            assert seen.response_rate is None

    def test_few_answers_have_no_interval(self) -> None:
        def of(count: int) -> float | None:
            facts: list[Heard] = [asked(n) for n in range(count)]
            facts += [
                SurveyAnswered(survey_id=f"s-{n}", score=1 + 4 * (n % 2)) for n in range(count)
            ]
            return told(*facts).satisfaction(NOW).within

        assert of(29) is None
        # Half 0 and half 100 points: a deviation of 50, by the root of the count.
        assert of(100) == pytest.approx(1.96 * 50 / 10, rel=0.01)

    def test_no_more_surveys_are_remembered_than_there_is_room_for(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(lately, "MOST_SURVEYS", 10)
        assert told(*map(asked, range(25))).satisfaction(NOW).invited == 10

    def test_surveys_are_forgotten_after_their_day(self) -> None:
        counted = told(asked(0))
        counted.add(asked(1), NOW + SURVEYS + MINUTE)
        assert len(counted._surveys) == 1


class TestLast:
    def test_the_newest_come_first_and_no_more_than_are_shown(self) -> None:
        facts = [received(number * SECOND) for number in range(30)]
        seen = told(*facts).last()
        assert [fact.at for fact in seen] == [NOW - n * SECOND for n in range(LAST)]

    def test_a_fact_says_codes_and_no_more(self) -> None:
        matter = replace(MATTER, dong_code="1111053000")
        (fact,) = told(CaseDeclined(matter=matter, office_id="d-1", entered_at=NOW)).last()
        assert fact.kind is FactKind.DECLINED
        assert matter.receipt_number not in repr(fact)
        assert matter.dong_code not in repr(fact)
