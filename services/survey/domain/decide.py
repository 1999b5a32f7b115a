"""When a survey opens, who may answer it, when it ends."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.common.kernel import Change, DomainError, Kind
from services.survey.domain.events import (
    CallAnswered,
    CaseAnswered,
    SurveyAnswered,
    SurveyExpired,
    SurveyInvited,
)
from services.survey.domain.model import Answered, Expired, Invited, Survey, Workload

COMMENT_LONGEST = 2000
SCORES = range(1, 6)


def invite(
    survey: Survey | None,
    event: CaseAnswered | CallAnswered,
    *,
    workload: Workload,
    now: datetime,
    open_for: timedelta,
) -> Change[Survey, SurveyInvited] | None:
    """One invitation for an inquiry, and only where the citizen can be told of it.

    The time to answer runs from the invitation, not from the office's answer, which may be told
    much later than it was given.
    """
    if survey is not None or not event.has_contact:
        return None
    invited = Invited(
        inquiry_id=event.inquiry_id,
        receipt_number=event.receipt_number,
        office_id=event.office_id,
        workload=workload,
        language=event.language,
        invited_at=now,
        expires_at=now + open_for,
    )
    told = SurveyInvited(
        inquiry_id=event.inquiry_id,
        receipt_number=event.receipt_number,
        office_id=event.office_id,
        workload=workload,
        language=event.language,
        invited_at=now,
        expires_at=invited.expires_at,
        has_contact=True,
    )
    return Change(state=invited, events=(told,), wake_at=invited.expires_at)


def check_answer(score: int, comment: str) -> str:
    """The comment as it is kept; raises DomainError INVALID naming the field at fault."""
    if score not in SCORES:
        raise DomainError("invalid_score", Kind.INVALID, "choose 1, 2, 3, 4 or 5", field="score")
    comment = comment.strip()
    if len(comment) > COMMENT_LONGEST:
        raise DomainError(
            "comment_too_long",
            Kind.INVALID,
            f"write at most {COMMENT_LONGEST} characters",
            field="comment",
        )
    return comment


def answer(
    survey: Survey | None, *, score: int, comment: str, now: datetime
) -> Change[Survey, SurveyAnswered]:
    """The first answer in time counts; `score` and `comment` have passed `check_answer`."""
    match survey:
        case None:
            raise DomainError("unknown_survey", Kind.NOT_FOUND, "there is no such survey")
        case Answered():
            raise DomainError(
                "already_answered", Kind.CONFLICT, "this survey has been answered already"
            )
        case Expired():
            raise _expired()
        case Invited() if now >= survey.expires_at:
            raise _expired()
        case Invited():
            answered = Answered(
                inquiry_id=survey.inquiry_id,
                receipt_number=survey.receipt_number,
                office_id=survey.office_id,
                workload=survey.workload,
                language=survey.language,
                invited_at=survey.invited_at,
                score=score,
                comment=comment,
                answered_at=now,
            )
            told = SurveyAnswered(
                inquiry_id=survey.inquiry_id,
                receipt_number=survey.receipt_number,
                office_id=survey.office_id,
                workload=survey.workload,
                score=score,
                has_comment=bool(comment),
                answered_at=now,
            )
            return Change(state=answered, events=(told,))


def expire(survey: Survey | None, *, now: datetime) -> Change[Survey, SurveyExpired] | None:
    """An open survey ends at its time; one that has ended stays as it is."""
    if not isinstance(survey, Invited) or now < survey.expires_at:
        return None
    expired = Expired(
        inquiry_id=survey.inquiry_id,
        receipt_number=survey.receipt_number,
        office_id=survey.office_id,
        workload=survey.workload,
        language=survey.language,
        invited_at=survey.invited_at,
        expired_at=now,
    )
    told = SurveyExpired(
        inquiry_id=survey.inquiry_id,
        receipt_number=survey.receipt_number,
        office_id=survey.office_id,
        expired_at=now,
    )
    return Change(state=expired, events=(told,))


def _expired() -> DomainError:
    return DomainError("survey_expired", Kind.CONFLICT, "the time to answer this survey is over")
