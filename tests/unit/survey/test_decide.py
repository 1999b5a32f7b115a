"""The life of a survey: given a state, when something happens, then these facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.cities import Channel, Matter, PetitionKind, Workload
from services.common.kernel import Change, DomainError, Kind
from services.survey.domain import decide
from services.survey.domain.commands import Answer
from services.survey.domain.events import (
    CallAnswered,
    CaseAnswered,
    SurveyAnswered,
    SurveyExpired,
    SurveyInvited,
)
from services.survey.domain.model import (
    Answered,
    Expired,
    Invitation,
    Invited,
    Survey,
    inquiry_of,
    survey_id_of,
)

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
WEEK = timedelta(days=7)
MATTER = Matter(
    receipt_number="261123-00001-5",
    channel=Channel.WEB,
    language="ko",
    received_at=NOW - timedelta(days=3),
    has_contact=True,
    service_code="pothole",
    kind=PetitionKind.OTHER,
    district_code="11140",
)
CASE = CaseAnswered(
    inquiry_id="i-1", matter=MATTER, round=1, office_id="d-11140", workload=Workload.DISTRICT
)
CALL = CallAnswered(
    inquiry_id="i-1",
    matter=replace(MATTER, channel=Channel.PHONE, language="en"),
    round=1,
    office_id="c-120",
)
INVITATION = Invitation(
    inquiry_id="i-1",
    matter=MATTER,
    round=1,
    office_id="d-11140",
    workload=Workload.DISTRICT,
    invited_at=NOW,
)
INVITED = Invited(invitation=INVITATION, expires_at=NOW + WEEK)
ANSWERED = Answered(invitation=INVITATION, score=4, comment="", answered_at=NOW)
EXPIRED = Expired(invitation=INVITATION, expired_at=NOW + WEEK)


def answered(command: Answer, now: datetime = NOW) -> Change[Survey, SurveyAnswered]:
    """What the first answer to an open survey leads to."""
    change = decide.answer(INVITED, command=command, now=now)
    assert change is not None
    return change


def invite(
    survey: Survey | None, event: CaseAnswered | CallAnswered, *, sealed: bool = False
) -> Change[Survey, SurveyInvited] | None:
    return decide.invite(
        survey, event, workload=Workload.DISTRICT, sealed=sealed, now=NOW, open_for=WEEK
    )


def test_nobody_is_asked_about_a_sealed_matter() -> None:
    assert invite(None, CASE, sealed=True) is None


def test_an_answered_case_opens_a_survey_for_seven_days() -> None:
    change = invite(None, CASE)
    assert change is not None
    assert change.state == INVITED
    assert change.wake_at == NOW + WEEK
    assert change.events == (
        SurveyInvited(
            inquiry_id="i-1",
            matter=MATTER,
            survey_id="i-1-1",
            round=1,
            office_id="d-11140",
            workload=Workload.DISTRICT,
            expires_at=NOW + WEEK,
            invited_at=NOW,
        ),
    )


def test_an_answered_call_opens_one_too_in_the_callers_language() -> None:
    change = decide.invite(None, CALL, workload=Workload.CITY, sealed=False, now=NOW, open_for=WEEK)
    assert change is not None
    assert isinstance(change.state, Invited)
    invitation = change.state.invitation
    assert (invitation.office_id, invitation.matter.language) == ("c-120", "en")
    assert invitation.workload is Workload.CITY


def test_the_answer_of_another_round_has_a_survey_of_its_own() -> None:
    change = decide.invite(
        None,
        replace(CASE, round=2),
        workload=Workload.DISTRICT,
        sealed=False,
        now=NOW,
        open_for=WEEK,
    )
    assert change is not None
    [told] = change.events
    assert isinstance(told, SurveyInvited)
    assert (told.inquiry_id, told.survey_id, told.round) == ("i-1", "i-1-2", 2)


@pytest.mark.parametrize("inquiry_id", ["i-1", "019ab3f0-7c1e-7d2a-9b1c-0123456789ab"])
@pytest.mark.parametrize("round", [1, 2, 12])
def test_a_surveys_id_leads_back_to_its_inquiry(inquiry_id: str, round: int) -> None:
    assert inquiry_of(survey_id_of(inquiry_id, round)) == inquiry_id


def test_nobody_is_surveyed_who_left_no_contact() -> None:
    unreachable = replace(MATTER, has_contact=False)
    assert invite(None, replace(CASE, matter=unreachable)) is None
    assert invite(None, replace(CALL, matter=unreachable)) is None


@pytest.mark.parametrize("survey", [INVITED, ANSWERED, EXPIRED])
def test_an_answer_told_again_or_late_invites_nobody_twice(survey: Survey) -> None:
    assert invite(survey, CASE) is None


def test_the_first_answer_counts_and_its_words_stay_here() -> None:
    later = NOW + timedelta(hours=1)
    change = answered(Answer(score=5, comment="빠르고 친절했습니다"), later)
    assert isinstance(change.state, Answered)
    assert (change.state.score, change.state.comment) == (5, "빠르고 친절했습니다")
    assert change.wake_at is None
    assert change.events == (
        SurveyAnswered(
            inquiry_id="i-1",
            matter=MATTER,
            survey_id="i-1-1",
            round=1,
            office_id="d-11140",
            workload=Workload.DISTRICT,
            score=5,
            has_comment=True,
            answered_at=later,
        ),
    )


@pytest.mark.parametrize(
    ("survey", "now", "slug", "kind"),
    [
        (None, NOW, "unknown_survey", Kind.NOT_FOUND),
        (ANSWERED, NOW, "already_answered", Kind.CONFLICT),
        (EXPIRED, NOW + WEEK, "survey_expired", Kind.CONFLICT),
        # The ticker may be a moment late; the promised end holds all the same.
        (INVITED, NOW + WEEK, "survey_expired", Kind.CONFLICT),
    ],
)
def test_who_may_not_answer(survey: Survey | None, now: datetime, slug: str, kind: Kind) -> None:
    with pytest.raises(DomainError) as refused:
        decide.answer(survey, command=Answer(score=5), now=now)
    assert (refused.value.slug, refused.value.kind) == (slug, kind)


def test_an_answer_in_the_last_moment_counts() -> None:
    last = NOW + WEEK - timedelta(microseconds=1)
    assert isinstance(answered(Answer(score=1), last).state, Answered)


@pytest.mark.parametrize("comment", [ANSWERED.comment, f" {ANSWERED.comment}\r\n"])
def test_the_same_answer_again_changes_nothing_also_when_the_time_is_over(comment: str) -> None:
    again = Answer(score=ANSWERED.score, comment=comment)
    assert decide.answer(ANSWERED, command=again, now=NOW + 2 * WEEK) is None
    for other in (replace(again, comment="other"), replace(again, score=ANSWERED.score - 1)):
        with pytest.raises(DomainError, match="already_answered"):
            decide.answer(ANSWERED, command=other, now=NOW)


@pytest.mark.parametrize("survey", [INVITED, ANSWERED])
@pytest.mark.parametrize("score", [0, 6, -1])
def test_a_score_outside_the_scale_names_its_field(score: int, survey: Survey) -> None:
    with pytest.raises(DomainError) as refused:
        decide.answer(survey, command=Answer(score=score), now=NOW)
    assert (refused.value.slug, refused.value.field) == ("invalid_score", "score")


@pytest.mark.parametrize(
    ("written", "kept"), [("  고맙습니다\n", "고맙습니다"), ("가" * 2000, "가" * 2000)]
)
def test_a_comment_is_trimmed(written: str, kept: str) -> None:
    change = answered(Answer(score=3, comment=written))
    assert isinstance(change.state, Answered)
    assert change.state.comment == kept


def test_a_comment_is_bounded() -> None:
    with pytest.raises(DomainError) as refused:
        decide.answer(INVITED, command=Answer(score=3, comment="가" * 2001), now=NOW)
    assert (refused.value.slug, refused.value.field) == ("comment_too_long", "comment")


def test_an_open_survey_ends_at_its_time() -> None:
    change = decide.expire(INVITED, now=NOW + WEEK)
    assert change is not None
    assert change.state == EXPIRED
    assert change.events == (
        SurveyExpired(
            inquiry_id="i-1",
            matter=MATTER,
            survey_id="i-1-1",
            round=1,
            office_id="d-11140",
            workload=Workload.DISTRICT,
            expired_at=NOW + WEEK,
        ),
    )


@pytest.mark.parametrize("survey", [None, ANSWERED, EXPIRED])
def test_what_has_ended_does_not_end_again(survey: Survey | None) -> None:
    assert decide.expire(survey, now=NOW + WEEK) is None


def test_a_survey_does_not_end_before_its_time() -> None:
    assert decide.expire(INVITED, now=NOW + WEEK - timedelta(seconds=1)) is None
