"""What a survey adds to its hours: the same in any order, and however often an event comes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.cities import Channel, Matter, Workload
from services.survey.adapters.windows import HourlyProjection
from services.survey.domain.events import SurveyAnswered, SurveyInvited
from services.survey.domain.hours import HOUR, HourlySurvey, figures
from services.survey.domain.model import survey_id_of
from services.survey.domain.satisfaction import Figure

NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
PROJECTION = HourlyProjection()
Event = SurveyInvited | SurveyAnswered
MATTER = Matter(
    receipt_number="261123-00001-5",
    channel=Channel.WEB,
    language="ko",
    received_at=NOW - timedelta(days=3),
    has_contact=True,
)


def invited(id_: str = "i-1", at: datetime = NOW, round: int = 1) -> SurveyInvited:
    return SurveyInvited(
        inquiry_id=id_,
        matter=MATTER,
        survey_id=survey_id_of(id_, round),
        round=round,
        office_id="d-1",
        workload=Workload.DISTRICT,
        expires_at=at + timedelta(days=7),
        invited_at=at,
    )


def answered(
    id_: str = "i-1", at: datetime = NOW, score: int = 4, round: int = 1
) -> SurveyAnswered:
    return SurveyAnswered(
        inquiry_id=id_,
        matter=MATTER,
        survey_id=survey_id_of(id_, round),
        round=round,
        office_id="d-1",
        workload=Workload.DISTRICT,
        score=score,
        has_comment=False,
        answered_at=at,
    )


def after(told: Sequence[Event]) -> dict[str, HourlySurvey]:
    entries: dict[str, HourlySurvey] = {}
    for event in told:
        key = PROJECTION.key(event)
        dumped = PROJECTION.dump(PROJECTION.apply(event, entries.get(key)))
        entries[key] = PROJECTION.load(json.loads(json.dumps(dumped)))
    return entries


def shown(told: Sequence[Event]) -> list[Figure]:
    return [window.city for window in figures(after(told).values(), NOW)]


def test_an_answer_counts_in_its_own_hour_and_the_invitation_in_its() -> None:
    told: list[Event] = [invited(at=NOW - HOUR), answered(), invited("i-2", NOW - 2 * HOUR)]
    assert shown(told) == [Figure(answered=1, score_sum=4), Figure(invited=1)]


def test_two_surveys_of_one_inquiry_count_both_also_within_an_hour() -> None:
    told: list[Event] = [invited(), answered(score=1)]
    told += [invited(round=2), answered(score=5, round=2)]
    assert shown([*told, *reversed(told)])[0] == Figure(invited=2, answered=2, score_sum=6)


def test_an_hour_holds_its_first_moment_and_not_the_next_one() -> None:
    hour = NOW.replace(minute=0)
    told = [invited("i-1", hour), invited("i-2", hour - timedelta(microseconds=1))]
    assert shown(told) == [Figure(invited=1), Figure(invited=1)]


def test_an_entry_is_kept_while_its_hour_is_shown() -> None:
    [entry] = after([invited(at=NOW)]).values()
    assert PROJECTION.forget_at(entry) == datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


@st.composite
def surveys(draw: st.DrawFn) -> list[Event]:
    told: list[Event] = []
    ago = st.timedeltas(timedelta(0), 3 * HOUR)
    for number in range(draw(st.integers(1, 4))):
        # Two rounds of each of two inquiries.
        id_, round = f"i-{number // 2}", 1 + number % 2
        told.append(invited(id_, NOW - draw(ago), round))
        if draw(st.booleans()):
            told.append(answered(id_, NOW - draw(ago), draw(st.integers(1, 5)), round))
    return told


@given(surveys(), st.data())
def test_repeated_late_and_swapped_events_give_the_same_figures(
    told: Sequence[Event], data: st.DataObject
) -> None:
    again = data.draw(st.lists(st.sampled_from(told), max_size=6))
    shuffled = data.draw(st.permutations([*told, *again]))
    assert after(shuffled) == after(told)
