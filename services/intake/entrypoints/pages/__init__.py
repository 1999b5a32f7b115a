"""The page behind a citizen's secret link: what was asked, where it lies and why, until when, what
became of it, and what can be done about that. What is known of the inquiry comes from the
application."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from fastapi.responses import HTMLResponse

from services.cities import FIRST_ROUND, City
from services.common.edge.http_kit import TOO_MANY, status_of, when_again
from services.common.edge.limits import TooMany
from services.common.kernel import DomainError, Kind
from services.common.pages import Pages, Texts, label
from services.common.pages.assets import Assets
from services.intake.application.asking import Group, Option, PublicQuestion
from services.intake.application.links import StatusLinks
from services.intake.application.status import (
    Deadline,
    Grounds,
    Names,
    PublicAnswer,
    PublicStatus,
    PublicStep,
)
from services.intake.application.urgent import Urgent
from services.intake.domain.model import AskedAbout, DateReason, Outcome, Place, Status
from services.intake.domain.supplement import Standing
from services.intake.entrypoints.pages.acting import ShownActs, WrittenAct, shown_acts
from services.intake.entrypoints.pages.asking import (
    ADDRESS_LONGEST,
    ELSEWHERE,
    NONE,
    Wording,
    Written,
    wording,
)

# The country whose petitions law the remedies are of.
_KOREA = "KR"
# The rule of routing by which a matter lies at the arbitration desk.
_ARBITRATION = "arbitration"
# The objection that is open against each decision on an application.
_OBJECTIONS = {
    Outcome.PERMIT_REFUSED: "remedy.objection",
    Outcome.PERMIT_GRANTED_CONDITIONALLY: "remedy.objection_to_conditions",
}
# Periods of days end with it.
_LAST_MINUTE = (23, 59)
# Where it stands while no office has it.
_WITHOUT_OFFICE = frozenset({Status.RECEIVED, Status.ASKED, Status.UNROUTED})
# Where nobody works on it any more.
_ENDED = frozenset({Status.REPEAT_CLOSED, Status.WITHDRAWN, Status.ANSWERED, Status.CLOSED})
_NOT_TAKEN = {Kind.INVALID: "nothing_chosen", Kind.CONFLICT: "question_closed"}
# Nothing is there, or nothing that takes a form.
_NO_ADDRESS = (404, 405)
_SERVER_ERROR = 500
_HANGUL = range(0xAC00, 0xD7A4)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownAnswer:
    """An answer as the page shows it; `decision` is empty where nothing was applied for."""

    round: int
    decision: str
    text: str | None
    language: str | None
    office: Names
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownChange:
    """How the date moved, from and to in words."""

    before: str
    after: str
    reason: DateReason
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownDue:
    """The date as the page shows it: `when` in words, `lines` its account in `language`; `stands`
    says why it will move, as the clock stands still, and is empty where it does not."""

    at: datetime
    when: str
    provisional: bool
    assumed: bool
    needs_document: bool
    overdue: bool
    stands: str
    lines: Sequence[str]
    language: str
    changes: Sequence[ShownChange]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownUrgent:
    """Whom to call at once: what to say before the line and its number, which is empty where it has
    no source."""

    text: str
    line: Names
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownQuestion:
    """The question as the page shows it. `error` says why an answer was not taken, `fault` that the
    form itself has to be filled in otherwise; `written` is what it held, and `kept` what was typed
    into it where there is no form any more."""

    number: int
    standing: Standing
    wording: Wording
    options: Sequence[Option]
    listed: Sequence[Group]
    of_place: bool
    answer_by: datetime
    answered_at: datetime | None
    chosen: Names | None
    none_chosen: bool
    action: str
    written: Written
    kept: str
    error: str
    fault: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """Why an inquiry was closed without an answer, and what can be done about that."""

    reason: str
    remedies: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownStatus:
    """Everything that the page of an inquiry shows, in one language; `office_number` is empty where
    nobody has recorded it."""

    receipt_number: str
    state: str
    round: int
    reopened: bool
    text: str
    text_language: str
    place: str | None
    place_names: Names | None
    supplemented: str | None
    supplemented_names: Names | None
    urgent: ShownUrgent | None
    question: ShownQuestion | None
    acts: ShownActs
    received_at: datetime
    office: Names | None
    office_number: str
    grounds: Grounds | None
    why: str
    due: ShownDue
    steps: Sequence[PublicStep]
    answer: ShownAnswer | None
    earlier: Sequence[ShownAnswer]
    closing: str
    remedies: Sequence[str]


class StatusPages:
    """The pages of intake."""

    def __init__(self, city: City, assets: Assets, links: StatusLinks) -> None:
        self._city = city
        self._links = links
        self._line = city.lines[0] if city.lines else None
        self._pages = Pages(
            Path(__file__).parent,
            default_language=city.languages[0],
            timezone=city.timezone,
            assets=assets,
        )

    def status(
        self,
        found: PublicStatus,
        secret: str | None,
        wish: str | None,
        *,
        written: Written | WrittenAct | None = None,
        error: DomainError | None = None,
    ) -> HTMLResponse:
        """The page of an inquiry, in the language chosen on it, else in the citizen's; `secret` is
        what its address has beside the path. `error` is why an answer or an act, as it was
        `written`, was not taken."""
        language = self._pages.language(wish, found.language)
        return self._pages.render(
            "status.html",
            language,
            200 if error is None else status_of(error),
            query={} if secret is None else {"secret": secret},
            headers=None if error is None else when_again(error),
            city=self._city.names,
            line=self._line,
            page=self._shown(found, language, written, error),
            elsewhere=ELSEWHERE,
            none_code=NONE,
            address_longest=ADDRESS_LONGEST,
        )

    def wording(self, asked: PublicQuestion, wish: str) -> Wording:
        """The question in the language of the pages that fits the wish."""
        return wording(asked, self._pages.texts(self._pages.language(wish)))

    def closing(self, found: PublicStatus, wish: str) -> Closing | None:
        """Why it was closed without an answer, in the language of the pages that fits the wish;
        None where it was not."""
        texts = self._pages.texts(self._pages.language(wish))
        reason = self._closing(found, texts)
        return Closing(reason=reason, remedies=self._remedies(found, texts)) if reason else None

    def urgent(self, found: Urgent, wish: str) -> str:
        """Whom to call at once, in one text, in the language of the pages that fits the wish."""
        language = self._pages.language(wish)
        shown = _urgent(found, self._pages.texts(language))
        said = (shown.text, label(shown.line, language).text, shown.number)
        return " ".join(part for part in said if part)

    def refused(
        self, error: DomainError, wish: str | None, accept_language: str, kept: str = ""
    ) -> HTMLResponse:
        """The page of a refusal, in a language that the browser asks for; `kept` is what somebody
        wrote for nothing, and is on it where it may be sent later."""
        known = {Kind.NOT_FOUND: "unknown", Kind.INVALID: "invalid"}.get(error.kind, "away")
        reason = "busy" if isinstance(error, TooMany) else known
        return self._refusal(
            status_of(error),
            reason,
            self._pages.language(wish, accept_language),
            headers=when_again(error),
            kept=kept if reason in ("away", "busy") else "",
        )

    def unreadable(
        self,
        status: int,
        wish: str | None,
        accept_language: str,
        *,
        sent: bool,
        headers: Mapping[str, str],
    ) -> HTMLResponse:
        """The page of a request that could not even be read, answered by `status`; `sent` says that
        it was a form."""
        if status == TOO_MANY:
            reason = "busy"
        elif status >= _SERVER_ERROR:
            reason = "away"
        else:
            reason = "unread" if sent and status not in _NO_ADDRESS else "unknown"
        language = self._pages.language(wish, accept_language)
        return self._refusal(status, reason, language, headers=headers)

    def _refusal(
        self,
        status: int,
        reason: str,
        language: str,
        *,
        headers: Mapping[str, str],
        kept: str = "",
    ) -> HTMLResponse:
        return self._pages.render(
            "refused.html",
            language,
            status,
            headers=headers,
            city=self._city.names,
            line=self._line,
            reason=reason,
            kept=kept,
        )

    def withdrawal(self, found: PublicStatus, wish: str | None) -> HTMLResponse:
        """The page that asks whether the citizen means to withdraw the matter."""
        return self._pages.render(
            "withdrawal.html",
            self._pages.language(wish, found.language),
            query={},
            city=self._city.names,
            line=self._line,
            receipt_number=found.receipt_number,
            text=found.text,
            text_language=found.language,
            round=found.round,
            action=self._path(found.inquiry_id),
        )

    def _path(self, inquiry_id: str) -> str:
        """The link of the receipt, whatever address the page was opened at."""
        return urlsplit(self._links.url(inquiry_id)).path

    def _shown(
        self,
        found: PublicStatus,
        language: str,
        written: Written | WrittenAct | None,
        error: DomainError | None,
    ) -> ShownStatus:
        texts = self._pages.texts(language)
        act = written if isinstance(written, WrittenAct) else None
        answer = written if isinstance(written, Written) else Written()
        return ShownStatus(
            receipt_number=found.receipt_number,
            state=_state(found, texts),
            round=found.round,
            reopened=found.round > FIRST_ROUND and found.status not in _ENDED,
            text=found.text,
            text_language=found.language,
            place=_place(found.place, texts),
            place_names=found.place_names,
            supplemented=_place(found.supplemented, texts),
            supplemented_names=found.supplemented_names,
            urgent=None if found.urgent is None else _urgent(found.urgent, texts),
            question=self._question(found, texts, answer, None if act else error),
            acts=shown_acts(
                found.proceedings,
                texts,
                action=self._path(found.inquiry_id),
                end=lambda at: self._end(at, texts),
                language_of=_language_of,
                written=act,
                error=error if act else None,
            ),
            received_at=found.received_at,
            office=None if found.office is None else found.office.names,
            office_number="" if found.office is None else found.office.phone,
            grounds=found.grounds,
            why=_why(found.grounds, texts),
            due=self._due(found.deadline, texts, language),
            steps=found.history,
            answer=None if found.answer is None else _answer(found.answer, texts),
            earlier=[_answer(answer, texts) for answer in found.earlier],
            closing=self._closing(found, texts),
            remedies=self._remedies(found, texts),
        )

    def _closing(self, found: PublicStatus, texts: Texts) -> str:
        """The reason of a closing that the citizen did not ask for, which they must be told (Civil
        Petitions Treatment Act, 23 (1)); empty where there was none.

        That a matter is deemed withdrawn of which two requests had no answer is this city's own
        practice: the decree speaks of requests that came back undelivered, and has the documents of
        all others returned (Civil Petitions Decree 25 (1), (2)). So the texts cite the article as
        an analogy.
        """
        korean_law = self._city.country == _KOREA
        if found.status is Status.REPEAT_CLOSED:
            return texts.say("closing.law" if korean_law else "closing.repeat")
        if found.deemed:
            return texts.say("closing.deemed.law" if korean_law else "closing.deemed")
        return ""

    def _question(
        self, found: PublicStatus, texts: Texts, written: Written, error: DomainError | None
    ) -> ShownQuestion | None:
        asked = found.question
        if asked is None or (asked.standing is Standing.CLOSED and error is None):
            return None
        return ShownQuestion(
            number=asked.number,
            standing=asked.standing,
            wording=wording(asked, texts),
            options=asked.options,
            listed=asked.listed,
            of_place=asked.about is AskedAbout.PLACE,
            answer_by=asked.answer_by,
            answered_at=asked.answered_at,
            chosen=None if asked.chosen is None else asked.chosen.names,
            none_chosen=asked.none_chosen,
            action=self._path(found.inquiry_id),
            written=written,
            kept="" if asked.standing is Standing.OPEN else written.address,
            error="" if error is None else _why_not_taken(error, texts),
            fault=error is not None and error.kind is Kind.INVALID,
        )

    def _due(self, deadline: Deadline, texts: Texts, language: str) -> ShownDue:
        spoken = language if language in self._city.languages else "en"
        due, local = deadline.due, deadline.at.astimezone(self._city.timezone)
        by_the_day = due is not None and not self._city.clock.counts_hours(due.period)
        return ShownDue(
            at=deadline.at,
            when=texts.day(local) if by_the_day else self._end(deadline.at, texts),
            provisional=deadline.provisional,
            assumed=deadline.assumed,
            needs_document=deadline.needs_document,
            overdue=deadline.overdue,
            stands=texts.say(f"due.stands.{deadline.stands}") if deadline.stands else "",
            lines=self._account(deadline, spoken),
            language=spoken,
            changes=[
                ShownChange(
                    before=self._end(change.before, texts),
                    after=self._end(change.after, texts),
                    reason=change.reason,
                    at=change.at,
                )
                for change in deadline.changes
            ],
        )

    def _end(self, at: datetime, texts: Texts) -> str:
        """When a period ends, as messages write it: the last minute of a day is the day. An hour
        that says nothing would look like another date than that of the message."""
        local = at.astimezone(self._city.timezone)
        last = (local.hour, local.minute) == _LAST_MINUTE
        return texts.day(local) if last else texts.moment(local)

    def _account(self, deadline: Deadline, language: str) -> Sequence[str]:
        """How the date was counted; of a provisional one, without calling it the law's."""
        if deadline.due is None:
            return ()
        if deadline.provisional:
            return self._city.clock.explain_provisional(deadline.due, language)
        return deadline.due.explain(language)

    def _remedies(self, found: PublicStatus, texts: Texts) -> Sequence[str]:
        """What can be done about the answer, by what kind of decision it is.

        An objection by the Civil Petitions Treatment Act (35) is open against a refusal alone; one
        by the General Act on Public Administration (36) against any other decision on an
        application, such as one with conditions. What is no decision (an answer to a question, a
        suggestion, a grievance; a repetition that was closed, a matter that is deemed withdrawn)
        has neither of them, nor an appeal: a grievance may be filed with the commissions
        (Anti-Corruption and Civil Rights Commission Act, 39; Civil Petitions Decree 17(8)). The
        supervising agency is open only after a second grievance was looked into (Decree 17(6)),
        which nobody here knows. How to appeal and sue: Administrative Appeals Act 23 and 27,
        Administrative Litigation Act 9 and 20.
        """
        said = []
        if self._line is not None:
            said.append(texts.say("remedy.ask", number=self._line.number))
        closed = found.status is Status.REPEAT_CLOSED or found.deemed
        if self._city.country != _KOREA or (found.answer is None and not closed):
            return said
        objection = None if found.answer is None else _OBJECTIONS.get(found.answer.outcome)
        if objection is None:
            return [*said, texts.say("remedy.grievance")]
        return [*(texts.say(key) for key in (objection, "remedy.appeal", "remedy.suit")), *said]


def _state(found: PublicStatus, texts: Texts) -> str:
    """Where it stands. What lies at the arbitration desk has no office that answers for it yet."""
    asked = None if found.question is None else found.question.standing
    if found.status in _WITHOUT_OFFICE and asked is Standing.OPEN:
        return texts.say("state.asked")
    if found.status is Status.ASKED:
        answered = asked is Standing.ANSWERED
        return texts.say("state.supplemented" if answered else "state.unrouted")
    rule = None if found.grounds is None else found.grounds.rule
    if found.status is Status.ASSIGNED and rule == _ARBITRATION:
        return texts.say("state.arbitration")
    if found.deemed:
        return texts.say("state.deemed_withdrawn")
    return texts.say(f"state.{found.status}")


def _urgent(found: Urgent, texts: Texts) -> ShownUrgent:
    """Some dangers have words of their own. A number without a source is not shown."""
    own = f"urgent.call.{found.danger}"
    key = own if own in texts and found.number else "urgent.call"
    return ShownUrgent(
        text=texts.say(key if found.number else "urgent.reach"),
        line=found.line,
        number=found.number,
    )


def _why_not_taken(error: DomainError, texts: Texts) -> str:
    key = f"asked.error.{error.slug}"
    if key in texts:
        return texts.say(key)
    return texts.say(f"asked.error.{_NOT_TAKEN.get(error.kind, 'away')}")


def _why(grounds: Grounds | None, texts: Texts) -> str:
    if grounds is None:
        return ""
    key = f"why.{grounds.rule}"
    # A newer routing may name a rule that this version has no text for.
    return texts.say(key if key in texts else "why.other")


def _place(place: Place | None, texts: Texts) -> str | None:
    match place:
        case None:
            return None
        case Place(address=str(address)):
            return address
        case Place(dong_code=str(code)):
            return texts.say("place.code", code=code)
        case _:
            return texts.say("place.point", lat=place.lat, lon=place.lon)


def _answer(answer: PublicAnswer, texts: Texts) -> ShownAnswer:
    decision = f"answer.outcome.{answer.outcome}"
    return ShownAnswer(
        round=answer.round,
        decision=texts.say(decision) if decision in texts else "",
        text=answer.text,
        language=_language_of(answer.text or ""),
        office=answer.office.names,
        at=answer.answered_at,
    )


def _language_of(text: str) -> str | None:
    """The language of a citizen's text for screen readers: Korean where it has Hangul, else
    unknown."""
    return "ko" if any(ord(letter) in _HANGUL for letter in text) else None
