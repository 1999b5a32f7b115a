"""When a survey opens, who may answer it, when it ends."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.cities import Workload
from services.common.kernel import Change, DomainError, Kind
from services.survey.domain.commands import Answer
from services.survey.domain.events import (
    CallAnswered,
    CaseAnswered,
    SurveyAnswered,
    SurveyExpired,
    SurveyInvited,
)
from services.survey.domain.model import Answered, Expired, Invitation, Invited, Survey

COMMENT_LONGEST = 2000
SCORES = range(1, 6)


def invite(
    survey: Survey | None,
    event: CaseAnswered | CallAnswered,
    *,
    workload: Workload,
    sealed: bool,
    now: datetime,
    open_for: timedelta,
) -> Change[Survey, SurveyInvited] | None:
    """One invitation for an answer, and only where the citizen can be told of it.

    `survey` is the one about this answer: a second round's answer has another one. None for a
    `sealed` matter, such as a report of corruption: nothing ordinary follows it.

    The time to answer runs from the invitation, not from the office's answer, which may be told
    much later than it was given.
    """
    if survey is not None or sealed or not event.matter.has_contact:
        return None
    invitation = Invitation(
        inquiry_id=event.inquiry_id,
        matter=event.matter,
        round=event.round,
        office_id=event.office_id,
        workload=workload,
        invited_at=now,
    )
    invited = Invited(invitation=invitation, expires_at=now + open_for)
    return Change(state=invited, events=(_told_invited(invited),), wake_at=invited.expires_at)


def answer(
    survey: Survey | None, *, command: Answer, now: datetime
) -> Change[Survey, SurveyAnswered] | None:
    """The first answer in time counts; the same one again, by whatever way, changes nothing.

    Raises DomainError: `invalid_score`, `comment_too_long` (INVALID), `unknown_survey` (NOT_FOUND),
    `already_answered`, `survey_expired` (CONFLICT).
    """
    comment = _checked(command)
    match survey:
        case None:
            raise unknown_survey()
        case Answered() if (survey.score, survey.comment) == (command.score, comment):
            return None
        case Answered():
            raise DomainError(
                "already_answered", Kind.CONFLICT, "this survey has another answer already"
            )
        case Expired():
            raise _expired()
        case Invited() if now >= survey.expires_at:
            raise _expired()
        case Invited():
            answered = Answered(
                invitation=survey.invitation,
                score=command.score,
                comment=comment,
                answered_at=now,
            )
            return Change(state=answered, events=(_told_answered(answered),))


def expire(survey: Survey | None, *, now: datetime) -> Change[Survey, SurveyExpired] | None:
    """An open survey ends at its time; one that has ended stays as it is."""
    if not isinstance(survey, Invited) or now < survey.expires_at:
        return None
    expired = Expired(invitation=survey.invitation, expired_at=now)
    return Change(state=expired, events=(_told_expired(expired),))


def unknown_survey() -> DomainError:
    """The refusal that is the same for a survey that never was and for a wrong link."""
    return DomainError("unknown_survey", Kind.NOT_FOUND, "there is no such survey")


def _checked(command: Answer) -> str:
    """The comment as it is kept; refuses with the field at fault."""
    if command.score not in SCORES:
        raise DomainError("invalid_score", Kind.INVALID, "choose 1, 2, 3, 4 or 5", field="score")
    # A browser sends line ends as CR LF, which neither the limit nor a repetition is about.
    comment = command.comment.replace("\r\n", "\n").strip()
    if len(comment) > COMMENT_LONGEST:
        raise DomainError(
            "comment_too_long",
            Kind.INVALID,
            f"write at most {COMMENT_LONGEST} characters",
            field="comment",
        )
    return comment


def _told_invited(survey: Invited) -> SurveyInvited:
    invitation = survey.invitation
    return SurveyInvited(
        inquiry_id=invitation.inquiry_id,
        matter=invitation.matter,
        survey_id=invitation.survey_id,
        round=invitation.round,
        office_id=invitation.office_id,
        workload=invitation.workload,
        expires_at=survey.expires_at,
        invited_at=invitation.invited_at,
    )


def _told_answered(survey: Answered) -> SurveyAnswered:
    invitation = survey.invitation
    return SurveyAnswered(
        inquiry_id=invitation.inquiry_id,
        matter=invitation.matter,
        survey_id=invitation.survey_id,
        round=invitation.round,
        office_id=invitation.office_id,
        workload=invitation.workload,
        score=survey.score,
        has_comment=bool(survey.comment),
        answered_at=survey.answered_at,
    )


def _told_expired(survey: Expired) -> SurveyExpired:
    invitation = survey.invitation
    return SurveyExpired(
        inquiry_id=invitation.inquiry_id,
        matter=invitation.matter,
        survey_id=invitation.survey_id,
        round=invitation.round,
        office_id=invitation.office_id,
        workload=invitation.workload,
        expired_at=survey.expired_at,
    )


def _expired() -> DomainError:
    return DomainError("survey_expired", Kind.CONFLICT, "the time to answer this survey is over")
