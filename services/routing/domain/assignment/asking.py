"""Asking the citizen back: when, what, until when and how often; what an answer does, and silence.

A question takes the place of the queue as long as the citizen may answer it. Owns the question and
its end; leaves to `policy` which office an answer leads to, and to intake how the citizen is asked
and how the answer is kept. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from services.cities import (
    City,
    Due,
    Matter,
    Office,
    OfficeKind,
    PlaceQuestion,
    RuleSet,
)
from services.common.kernel import Change, DomainError, Kind, to_milliseconds
from services.routing.domain.assignment import dates
from services.routing.domain.assignment.events import (
    AskedAbout,
    InquirySupplemented,
    InquiryUnrouted,
    PlaceAsked,
    RecountCause,
    ServiceAsked,
    UnroutedDeadlineRecounted,
    UnroutedReason,
)
from services.routing.domain.assignment.giving import (
    AssignmentChange,
    Told,
    day_of,
    give_first,
    unknown,
)
from services.routing.domain.assignment.model import (
    Account,
    Asked,
    Assignment,
    CategorySource,
    Inputs,
    NotRouted,
    PlaceForm,
    QuestionEnd,
    Routed,
    Rule,
    Unrouted,
)
from services.routing.domain.competence import may_take
from services.routing.domain.policy import Statement, may_be_sealed, route

# How often a citizen is asked about one inquiry. More: an office would have found out sooner.
# Fewer: who is asked for the service is never asked for the place.
MOST_QUESTIONS = 2
# The pack's limit for an answer; a city without it asks nothing.
ANSWER_LIMIT = "answer_question"
# An answer may take one part in so many of the time that is left. Larger: citizens have less time.
# Smaller: the office has less.
SHARE_TO_ANSWER = 2
# Nobody is asked who would have less time than this. Larger: more goes to a person at once.
# Smaller: citizens are asked what they cannot answer in time.
LEAST_TO_ANSWER = timedelta(minutes=10)
# The probability from which a service is offered. Higher: the one that is meant may be missing.
# Lower: citizens read what has nothing to do with their words. Found on the sentences that taught
# (docs/routing.md, "Which services are offered").
LEAST_OFFERED = 0.02


def wait(
    city: City, waiting: Unrouted, *, now: datetime, told_before: tuple[Told, ...] = ()
) -> AssignmentChange:
    """What becomes of an inquiry without an office: the citizen is asked where an answer may lead
    to one, else a person looks. `told_before` is told first."""
    waiting = replace(waiting, asked=_question(city, waiting, now))
    return Change(
        state=waiting,
        events=(*told_before, _told(waiting)),
        wake_at=dates.wake_at(waiting, now),
    )


def answer(
    state: Assignment | None,
    *,
    city: City,
    ruleset: RuleSet,
    event: InquirySupplemented,
    words: Statement | None,
    open_work: Mapping[str, int] | None = None,
    now: datetime,
) -> AssignmentChange | None:
    """Looks for the office again, with what the citizen has answered; that may lead to the next
    question. Whoever means nothing of what was offered is left to a person.

    Only the last question takes an answer, once, and only while the inquiry has no office; also
    after its time, as long as a person has not found one. `words` are the inquiry's, with the place
    as it was supplemented; None while intake does not hold them. `open_work` is as for
    `policy.route`. Raises `unknown_assignment`,
    `unknown_question` for one that is not asked yet as far as is known here, and `words_missing`
    (all NOT_FOUND), and OutOfCalendar.
    """
    if state is None:
        raise unknown()
    if not isinstance(state, Unrouted):
        return None
    asked = _open_to(state, event)
    if asked is None:
        return None
    code = _service(city, asked, event, state.matter)
    if code is None:
        # Where its time was over, a person looks already.
        return None if state.asked is None else _to_person(state, QuestionEnd.NONE_OFFERED, now)
    if words is None:
        raise words_missing()
    at = max(asked.asked_at, min(event.supplied_at, now))
    ended = replace(asked, ended=QuestionEnd.ANSWERED, ended_at=at)
    answered = replace(state, asked=None, questions=(*state.questions[: asked.number - 1], ended))
    return _again(city, ruleset, answered, code, words, open_work, now)


def ask_by_hand(
    state: Assignment | None, *, city: City, about: AskedAbout, now: datetime
) -> AssignmentChange | None:
    """A person has the citizen asked, within the limits of every question; the same order again
    changes nothing while the answer is waited for.

    A person may ask for the place where no rule would, as they have read the words. Raises
    `unknown_assignment` (NOT_FOUND), and CONFLICT: `already_assigned`, `question_open` while
    something else is asked, `asked_often_enough`, `too_late_to_ask`, `may_not_be_asked` of what is
    or may be sealed or speaks of a danger, `nothing_to_ask`.
    """
    if state is None:
        raise unknown()
    if not isinstance(state, Unrouted):
        raise _refused("already_assigned", "this inquiry has left the unrouted queue")
    if state.asked is not None:
        if state.asked.about is about:
            return None
        raise _refused("question_open", "the citizen is asked something else: wait for the answer")
    question = _asked_by_hand(city, state, about, now)
    asked = replace(state, asked=question, unrouted_at=now, claim=None)
    return Change(state=asked, events=(_told(asked),), wake_at=dates.wake_at(asked, now))


def unanswered(state: Unrouted, *, city: City, ruleset: RuleSet, now: datetime) -> AssignmentChange:
    """The time to answer is over: an office that can find out gets the inquiry, else a person
    looks."""
    office = _finds_out(city, ruleset, state, day_of(city, now))
    if office is None:
        return _to_person(state, QuestionEnd.NOT_ANSWERED, now)
    decision = Routed(
        rule=Rule.FIND_OUT,
        offices=tuple(dict.fromkeys((office.id, city.arbitration_office.id))),
        clock_from=state.matter.received_at,
        period=state.decision.period,
        due_at=state.decision.due_at,
        account=state.decision.account,
        inputs=state.decision.inputs,
        facts=state.decision.facts,
        verdict=state.decision.verdict,
        confidence=state.decision.confidence,
    )
    return give_first(
        city,
        inquiry_id=state.inquiry_id,
        matter=state.matter,
        round_=state.round,
        decision=decision,
        questions=closed(state, QuestionEnd.NOT_ANSWERED, now),
        now=now,
    )


def words_missing() -> DomainError:
    """The refusal `words_missing` (NOT_FOUND) of a decision by words that intake does not hold,
    or not yet."""
    return DomainError("words_missing", Kind.NOT_FOUND, "intake does not hold this inquiry")


def closed(state: Unrouted, end: QuestionEnd, now: datetime) -> tuple[Asked, ...]:
    """All questions of the inquiry, the open one ended."""
    if state.asked is None:
        return state.questions
    return (*state.questions, replace(state.asked, ended=end, ended_at=now))


def _question(city: City, waiting: Unrouted, now: datetime) -> Asked | None:
    """What to ask now; None where no answer would lead to an office, or in time."""
    number = len(waiting.questions) + 1
    answer_by = _answer_by(city, waiting.decision.due_at, now)
    inputs = waiting.decision.inputs
    sealed = waiting.matter.service_code in city.sealed
    # The rules give a danger to the office that acts at once; where they do not, a person looks.
    if number > MOST_QUESTIONS or answer_by is None or sealed or waiting.decision.facts.danger:
        return None
    match waiting.decision.reason:
        case UnroutedReason.UNSURE:
            offered = _offered(city, inputs)
            return _of_service(number, offered, now, answer_by) if offered else None
        case UnroutedReason.NO_PLACE | UnroutedReason.AMBIGUOUS:
            question = _about_place(city, inputs)
            return _of_place(number, question, inputs, now, answer_by) if question else None
        case _:
            return None


def _of_service(number: int, offered: tuple[str, ...], now: datetime, answer_by: datetime) -> Asked:
    return Asked(
        number=number,
        about=AskedAbout.SERVICE,
        candidates=offered,
        asked_at=now,
        answer_by=answer_by,
    )


def _of_place(
    number: int, question: PlaceQuestion, inputs: Inputs, now: datetime, answer_by: datetime
) -> Asked:
    return Asked(
        number=number,
        about=AskedAbout.PLACE,
        question=question,
        candidates=inputs.unclear.candidates if inputs.unclear else (),
        asked_at=now,
        answer_by=answer_by,
    )


def _asked_by_hand(city: City, waiting: Unrouted, about: AskedAbout, now: datetime) -> Asked:
    """The question that a person has asked; raises what `ask_by_hand` says."""
    number, inputs = len(waiting.questions) + 1, waiting.decision.inputs
    if number > MOST_QUESTIONS:
        raise _refused("asked_often_enough", f"a citizen is asked {MOST_QUESTIONS} times at most")
    sealed = waiting.matter.service_code in city.sealed or may_be_sealed(city, inputs)
    if sealed or waiting.decision.facts.danger:
        raise _refused("may_not_be_asked", "a person decides this without asking")
    answer_by = _answer_by(city, waiting.decision.due_at, now)
    if answer_by is None:
        raise _refused("too_late_to_ask", "an answer would come too late")
    offered = _offered(city, inputs)
    if about is AskedAbout.SERVICE and offered:
        return _of_service(number, offered, now, answer_by)
    question = _about_place(city, inputs) or _where(city)
    if about is AskedAbout.PLACE and question is not None:
        return _of_place(number, question, inputs, now, answer_by)
    raise _refused("nothing_to_ask", "there is nothing that the citizen could choose from")


def _refused(slug: str, message: str) -> DomainError:
    return DomainError(slug, Kind.CONFLICT, message)


def _answer_by(city: City, due_at: datetime, now: datetime) -> datetime | None:
    """Until when an answer is waited for; None where that is too short to ask."""
    if ANSWER_LIMIT not in city.limits:
        return None
    limit = city.due_of(city.term_within(ANSWER_LIMIT, now))
    assert isinstance(limit, Due), "a term without suspensions is never paused"
    share = now + (due_at - now) / SHARE_TO_ANSWER
    answer_by = to_milliseconds(min(limit.at, share))
    return answer_by if answer_by - now >= LEAST_TO_ANSWER else None


def _offered(city: City, inputs: Inputs) -> tuple[str, ...]:
    """The services to choose from, the likeliest first; none where one may be a sealed one."""
    if may_be_sealed(city, inputs):
        return ()
    return tuple(
        guess.service
        for guess in inputs.guesses
        if guess.terms and guess.probability >= LEAST_OFFERED and guess.service not in city.sealed
    )


def _about_place(city: City, inputs: Inputs) -> PlaceQuestion | None:
    if inputs.place_form is PlaceForm.NONE:
        return _where(city)
    return inputs.unclear.asks if inputs.unclear else None


def _where(city: City) -> PlaceQuestion | None:
    """The question where it is; None in a city in which that leads to no office."""
    somewhere = any(office.kind is OfficeKind.DISTRICT for office in city.offices.values())
    return PlaceQuestion.WHERE if somewhere else None


def _open_to(state: Unrouted, event: InquirySupplemented) -> Asked | None:
    """The question that the event answers, None where it takes no answer any more."""
    known = (*state.questions, *(() if state.asked is None else (state.asked,)))
    if event.number > len(known):
        raise DomainError("unknown_question", Kind.NOT_FOUND, "routing has not asked this yet")
    if not known or event.number < len(known):
        return None
    last = known[-1]
    takes = last.about is event.about and last.ended in (None, QuestionEnd.NOT_ANSWERED)
    return last if takes else None


def _service(city: City, asked: Asked, event: InquirySupplemented, matter: Matter) -> str | None:
    """The code of the service after the answer; None where none is meant that may be chosen."""
    if event.none_offered:
        return None
    if asked.about is AskedAbout.PLACE:
        return matter.service_code
    chosen = event.matter.service_code
    listed = city.may_be_chosen(chosen, day_of(city, matter.received_at))
    return chosen if chosen in asked.candidates or listed else None


def _again(
    city: City,
    ruleset: RuleSet,
    answered: Unrouted,
    code: str,
    words: Statement,
    open_work: Mapping[str, int] | None,
    now: datetime,
) -> AssignmentChange:
    """What the inquiry leads to now that its last question is answered."""
    wanted = replace(answered.matter, service_code=code)
    understood = _understood(answered.decision.inputs, code, answered.questions[-1].about)
    matter, decision = route(
        city,
        ruleset,
        words,
        wanted,
        today=day_of(city, now),
        open_work=open_work,
        understood=understood,
    )
    due_at, account = _due_at(city, matter, decision, answered)
    told = _moved(answered, matter, decision, due_at, now)
    if isinstance(decision, NotRouted):
        decision = replace(decision, due_at=due_at, account=account)
        waiting = replace(answered, matter=matter, decision=decision, unrouted_at=now)
        return wait(city, waiting, now=now, told_before=told)
    change = give_first(
        city,
        inquiry_id=answered.inquiry_id,
        matter=matter,
        round_=answered.round,
        decision=replace(decision, due_at=due_at, account=account),
        questions=answered.questions,
        now=now,
    )
    return replace(change, events=(*told, *change.events))


def _due_at(
    city: City, matter: Matter, decision: Routed | NotRouted, answered: Unrouted
) -> tuple[datetime, Account]:
    """When the answer is due, without the days that did not count, and how that was counted; never
    before what was told."""
    due = dates.due(city, matter, matter.received_at, answered.questions)
    before = answered.decision
    counted = (
        (due.at, dates.account(city, matter, due)),
        (decision.due_at, decision.account),
        (before.due_at, before.account),
    )
    return max(counted, key=lambda one: one[0])


def _moved(
    answered: Unrouted,
    matter: Matter,
    decision: Routed | NotRouted,
    due_at: datetime,
    now: datetime,
) -> tuple[Told, ...]:
    """Tells that the date has moved because the clock stood still, where it did."""
    before = answered.decision.due_at
    if due_at <= max(before, decision.due_at):
        return ()
    moved = UnroutedDeadlineRecounted(
        inquiry_id=answered.inquiry_id,
        matter=matter,
        round=answered.round,
        cause=RecountCause.SUPPLEMENTED,
        due_before=before,
        due_at=due_at,
        recounted_at=now,
    )
    return (moved,)


def _understood(before: Inputs, code: str, about: AskedAbout) -> Inputs:
    """What is known of the words after an answer: a service that the citizen chose is no longer a
    guess."""
    words = Inputs(
        category=before.category,
        terms=before.terms,
        guesses=before.guesses,
        others=tuple(other for other in before.others if other != code),
        model=before.model,
    )
    if about is AskedAbout.PLACE:
        return words
    terms = [guess.terms for guess in before.guesses if guess.service == code]
    return replace(words, category=CategorySource.ASKED, terms=terms[0] if terms else ())


def _finds_out(city: City, ruleset: RuleSet, state: Unrouted, today: date) -> Office | None:
    """The office that finds out what the citizen did not answer; None where a person must look.

    Without a service no office can be named. A permit stays for a person: the district may have
    delegated it to the very office of the place, and then has no power itself.
    """
    matter = state.matter
    if not matter.service_code or matter.permit:
        return None
    district = city.offices.get(f"d-{matter.district_code}")
    office = district or city.contact_office
    return office if may_take(ruleset, city, matter, office, today) else None


def _to_person(state: Unrouted, end: QuestionEnd, now: datetime) -> AssignmentChange:
    """The question has ended without an answer that leads on: a person looks."""
    reason = UnroutedReason[end.name]
    waiting = replace(
        state,
        decision=replace(state.decision, reason=reason),
        unrouted_at=now,
        asked=None,
        questions=closed(state, end, now),
    )
    return Change(state=waiting, events=(_told(waiting),), wake_at=dates.wake_at(waiting, now))


def _told(waiting: Unrouted) -> Told:
    """What is told of an inquiry that waits, by whom it waits for."""
    asked, due_at = waiting.asked, waiting.decision.due_at
    if asked is None:
        return InquiryUnrouted(
            inquiry_id=waiting.inquiry_id,
            matter=waiting.matter,
            round=waiting.round,
            reason=waiting.decision.reason,
            unrouted_at=waiting.unrouted_at,
            due_at=due_at,
        )
    if asked.question is None:
        return ServiceAsked(
            inquiry_id=waiting.inquiry_id,
            matter=waiting.matter,
            round=waiting.round,
            candidate_service_codes=asked.candidates,
            due_at=due_at,
            asked_at=asked.asked_at,
            answer_by=asked.answer_by,
            number=asked.number,
        )
    return PlaceAsked(
        inquiry_id=waiting.inquiry_id,
        matter=waiting.matter,
        round=waiting.round,
        question=asked.question,
        candidate_office_ids=asked.candidates,
        due_at=due_at,
        asked_at=asked.asked_at,
        answer_by=asked.answer_by,
        number=asked.number,
    )
