"""What becomes of a case: given a state, when an event or a command comes, then these facts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from services import cities
from services.cities import Validity, Workload
from services.common.kernel import DomainError, Kind
from services.districts.domain.case import commands as orders
from services.districts.domain.case import dates, decide
from services.districts.domain.case.allowed import allowed
from services.districts.domain.case.commands import Accept, Answer, DecidePermit, Decline
from services.districts.domain.case.events import (
    CaseAccepted,
    CaseAnswered,
    CaseDeclined,
    CaseOpened,
    DeclineReason,
    InquiryAssigned,
    Outcome,
    PermitDecided,
    PermitDecision,
)
from services.districts.domain.case.model import (
    Case,
    Declined,
    Officer,
    Open,
    Stage,
    answers_of,
    changed_for,
    item_for,
)
from services.routing.domain.matters import Lies, Whereabouts, loads
from tests.unit.districts.case import (
    DUE,
    LATER,
    NOW,
    OFFICE,
    OFFICER,
    OTHER,
    RECEIVED,
    TOWN,
    accepted,
    answered,
    assigned,
    declined,
    granted,
    handed_on,
    matter,
    opened,
    order,
    refuse,
    reopened,
    reply,
    rule_on,
    state,
    take,
)

Command = Callable[[Case | None, str], decide.CaseChange | None]
Timed = Callable[..., decide.CaseChange | None]

TOO_LATE = DUE + dates.MOMENT

COMMANDS: dict[str, Command] = {"accept": take, "decline": refuse, "answer": reply}


def test_an_assignment_opens_the_case_and_plans_a_look_at_its_deadline() -> None:
    change = decide.open_case(None, city=TOWN, event=assigned(permit=True), now=NOW)
    assert change is not None
    [event] = change.events
    assert isinstance(event, CaseOpened)
    assert event.matter == matter(permit=True)
    assert (event.office_id, event.round, event.attempt) == (OFFICE, 1, 1)
    assert (event.due_at, event.opened_at, change.wake_at) == (DUE, NOW, TOO_LATE)


@pytest.mark.parametrize(
    "given", [opened(), accepted(), declined(), answered()], ids=lambda case: case.status
)
def test_the_same_assignment_again_changes_nothing(given: Case) -> None:
    assert decide.open_case(given, city=TOWN, event=assigned(1), now=NOW) is None


def test_an_older_assignment_that_comes_late_changes_nothing() -> None:
    assert decide.open_case(opened(2, OTHER), city=TOWN, event=assigned(1), now=NOW) is None


@pytest.mark.parametrize("given", [opened(), accepted(), declined()], ids=lambda case: case.status)
def test_a_later_assignment_opens_the_case_at_its_office(given: Case) -> None:
    change = decide.open_case(given, city=TOWN, event=assigned(2, OTHER), now=NOW)
    assert isinstance(state(change), Open)
    assert state(change).work.office_id == OTHER
    assert [left.office_id for left in state(change).past] == [OFFICE]


def test_a_later_assignment_of_an_answered_case_changes_nothing() -> None:
    assert decide.open_case(answered(), city=TOWN, event=assigned(2, OTHER), now=NOW) is None


def test_accepting_takes_responsibility_once() -> None:
    change = take(opened())
    assert change is not None
    assert change.events == (
        CaseAccepted(
            inquiry_id="i1",
            matter=matter(),
            round=1,
            attempt=1,
            office_id=OFFICE,
            accepted_at=NOW,
            entered_at=NOW,
        ),
    )
    assert change.wake_at == TOO_LATE
    assert take(state(change)) is None
    assert take(answered()) is None


def test_declining_says_why_and_who_may_be_competent() -> None:
    change = refuse(opened())
    assert change is not None
    assert change.events == (
        CaseDeclined(
            inquiry_id="i1",
            matter=matter(),
            round=1,
            attempt=1,
            office_id=OFFICE,
            reason=DeclineReason.WRONG_PLACE,
            suggested_office_id=OTHER,
            declined_at=NOW,
            entered_at=NOW,
        ),
    )
    assert change.wake_at is None


@pytest.mark.parametrize("given", [declined(), handed_on()], ids=["declined", "handed on"])
def test_the_same_refusal_again_changes_nothing_another_is_refused(given: Case) -> None:
    assert refuse(given) is None
    with pytest.raises(DomainError, match="handed_on"):
        refuse(given, reason=DeclineReason.NOT_COMPETENT)


def test_what_arbitration_gave_cannot_be_declined() -> None:
    with pytest.raises(DomainError) as refused:
        refuse(opened(binding=True))
    assert (refused.value.slug, refused.value.kind) == ("binding", Kind.CONFLICT)


def test_what_arbitration_gave_goes_back_once_its_office_has_closed() -> None:
    today = NOW.astimezone(TOWN.timezone).date()
    order_ = Decline(reason=DeclineReason.NOT_COMPETENT)
    for last, goes in ((None, False), (today, False), (today - timedelta(days=1), True)):
        form = replace(TOWN.offices[OFFICE], validity=Validity(end=last))
        city = TOWN.with_offices({OFFICE: [form]}, today)
        given = opened(binding=True)
        assert ("Decline" in allowed(given, OFFICE, city, NOW)) == goes
        if goes:
            assert isinstance(state(order(given, order_, city=city)), Declined)
        else:
            with pytest.raises(DomainError, match="binding"):
                order(given, order_, city=city)
        # The desk's own stay, whatever becomes of its office.
        desk = replace(given, work=replace(given.work, to_designate=True))
        with pytest.raises(DomainError, match="binding"):
            order(desk, order_, city=city)


def test_what_was_accepted_may_be_declined_until_it_is_answered() -> None:
    change = refuse(accepted())
    assert change is not None
    [event] = change.events
    assert isinstance(event, CaseDeclined)
    assert (event.attempt, event.reason) == (1, DeclineReason.WRONG_PLACE)
    assert refuse(state(change)) is None
    with pytest.raises(DomainError, match="handed_on"):
        take(state(change))
    with pytest.raises(DomainError, match="already_answered"):
        refuse(answered())


def test_what_arbitration_gave_and_the_office_accepted_cannot_be_declined() -> None:
    with pytest.raises(DomainError, match="binding"):
        refuse(state(take(opened(binding=True))))


def test_an_office_sees_by_when_it_takes_the_case_and_whom_it_consults_while_it_is_open() -> None:
    event = replace(assigned(), take_by=LATER, consulted_office_ids=("c-works",))
    case = state(decide.open_case(None, city=TOWN, event=event, now=NOW))
    item = item_for(case, OFFICE, 1)
    assert item is not None
    assert (item.take_by, item.consulted) == (LATER, ("c-works",))
    taken = item_for(state(take(case)), OFFICE, 2)
    assert taken is not None
    assert (taken.take_by, taken.consulted) == (None, ("c-works",))
    gone = item_for(
        state(decide.open_case(case, city=TOWN, event=assigned(2, OTHER), now=NOW)), OFFICE, 2
    )
    assert gone is not None
    assert (gone.take_by, gone.consulted) == (None, ())


def test_answering_ends_the_case_with_everything_the_survey_and_the_message_need() -> None:
    change = reply(accepted())
    assert change is not None
    [event] = change.events
    assert isinstance(event, CaseAnswered)
    assert (event.outcome, event.answered_at, event.overdue) == (Outcome.ANSWERED, NOW, False)
    assert (event.matter, event.round, event.attempt) == (matter(), 1, 1)
    assert change.wake_at is None


def test_answering_an_open_case_accepts_it_too() -> None:
    change = reply(opened())
    assert change is not None
    assert [type(event) for event in change.events] == [CaseAccepted, CaseAnswered]


def test_the_same_answer_again_changes_nothing_another_is_refused() -> None:
    assert reply(answered(), text=" Done.\n") is None
    with pytest.raises(DomainError) as refused:
        reply(answered(), text="Something else.")
    assert (refused.value.slug, refused.value.kind) == ("already_answered", Kind.CONFLICT)


@pytest.mark.parametrize("text", ["", " \n", "\u3164\u200b", "x" * 10_001])
def test_an_answer_has_words_but_not_too_many(text: str) -> None:
    with pytest.raises(DomainError, match="invalid_answer") as refused:
        reply(accepted(), text=text)
    assert refused.value.field == "text"


def ending(change: decide.CaseChange | None) -> CaseAnswered:
    """The end of a round that a change tells last."""
    assert change is not None
    event = change.events[-1]
    assert isinstance(event, CaseAnswered)
    return event


@pytest.mark.parametrize(("now", "overdue"), [(DUE, False), (TOO_LATE, True)])
def test_an_answer_at_the_due_moment_is_in_time_and_one_after_it_overdue(
    now: datetime, overdue: bool
) -> None:
    change = reply(accepted(), now=now)
    assert ending(change).overdue is overdue
    assert state(change).overdue is overdue


@pytest.mark.parametrize(
    ("service", "hour"), [("sinkhole", "09:00"), ("tree", "09:00"), ("basic-livelihood", "12:00")]
)
def test_the_due_moment_of_the_citys_clock_is_in_time_here_and_in_what_routing_counts(
    service: str, hour: str
) -> None:
    """Periods in hours, in days and by the calendar: each ends with its last moment."""
    seoul = cities.load("seoul")
    received = datetime.fromisoformat(f"2026-11-23T{hour}+09:00")
    due_at = seoul.due_for(seoul.service(service), received).at
    case = state(decide.open_case(None, city=TOWN, event=assigned(due_at=due_at), now=NOW))
    for now, late in ((due_at, False), (due_at + dates.MOMENT, True)):
        assert ending(reply(case, now=now)).overdue is late
        assert (decide.wake(case, city=TOWN, now=now) is not None) is late
        lies = Lies(
            round=1,
            attempt=1,
            office_id=OFFICE,
            workload=Workload.DONG,
            service_code=service,
            dong_code="",
            received_at=received,
            assigned_at=received,
            due_at=due_at,
        )
        counted = loads([Whereabouts(lies=lies)], now, seoul.timezone)
        assert bool(counted.city.overdue) is late


@pytest.mark.parametrize("marked", [False, True], ids=["not marked yet", "marked"])
def test_an_answer_given_in_time_and_entered_late_stays_overdue_and_says_both_times(
    marked: bool,
) -> None:
    """What counts is what was known when the period ended, not whether the clock's job had run."""
    case = state(decide.wake(accepted(), city=TOWN, now=TOO_LATE)) if marked else accepted()
    entered = DUE + timedelta(hours=20)
    change = reply(case, at=DUE - timedelta(hours=1), now=entered)
    event = ending(change)
    assert event.overdue
    assert state(change).overdue
    assert (event.answered_at, event.entered_at) == (DUE - timedelta(hours=1), entered)


def test_each_step_says_when_it_happened_and_when_it_was_entered() -> None:
    at = NOW - timedelta(minutes=30)
    taken = take(opened(), at=at, now=LATER)
    refused = order(opened(), Decline(reason=DeclineReason.WRONG_PLACE, occurred_at=at), now=LATER)
    decision = DecidePermit(
        decision=PermitDecision.GRANTED, text="Granted.", officer=OFFICER, occurred_at=at
    )
    decided = order(accepted_at(at, permit=True), decision, now=LATER)
    assert taken is not None
    assert refused is not None
    assert decided is not None
    [accepting], [declining], [deciding, answering] = taken.events, refused.events, decided.events
    assert isinstance(accepting, CaseAccepted)
    assert isinstance(declining, CaseDeclined)
    assert isinstance(deciding, PermitDecided)
    assert isinstance(answering, CaseAnswered)
    assert (accepting.accepted_at, accepting.entered_at) == (at, LATER)
    assert (declining.declined_at, declining.entered_at) == (at, LATER)
    assert (deciding.decided_at, deciding.entered_at) == (at, LATER)
    assert (answering.answered_at, answering.entered_at) == (at, LATER)


def accepted_at(at: datetime, *, permit: bool = False) -> Case:
    return state(take(opened(permit=permit), at=at))


def test_an_answer_is_not_dated_before_its_accepting() -> None:
    last = NOW - timedelta(minutes=10)
    with pytest.raises(DomainError) as refused:
        reply(accepted_at(last), at=last - timedelta(seconds=61))
    assert (refused.value.slug, refused.value.field) == ("invalid_time", "occurred_at")
    # What two clocks differ by is put in order.
    event = ending(reply(accepted_at(last), at=last - timedelta(seconds=60)))
    assert event.answered_at == last


def test_no_step_is_dated_before_the_last_one_of_an_earlier_turn_or_round() -> None:
    refused_at, answered_at = NOW, NOW
    for case, office in ((handed_on(), OTHER), (reopened(), OFFICE)):
        for command in (take, reply):
            with pytest.raises(DomainError, match="invalid_time"):
                command(case, office, at=refused_at - timedelta(seconds=61), now=LATER)
            assert command(case, office, at=answered_at, now=LATER) is not None


def test_a_replica_with_a_slow_clock_turns_no_history_round() -> None:
    change = reply(accepted(), now=NOW - timedelta(seconds=20))
    assert ending(change).answered_at == NOW


@pytest.mark.parametrize("command", [take, reply])
def test_what_an_office_dates_ahead_within_the_leeway_happens_now(command: Timed) -> None:
    change = command(opened(), at=NOW + timedelta(seconds=60))
    assert change is not None
    event = change.events[-1]
    assert isinstance(event, CaseAccepted | CaseAnswered)
    at = event.accepted_at if isinstance(event, CaseAccepted) else event.answered_at
    assert at == NOW


@pytest.mark.parametrize(
    ("enter_by", "entered"), [(None, True), (LATER, True), (LATER - dates.MOMENT, False)]
)
def test_what_happened_may_be_entered_up_to_a_moment(
    enter_by: datetime | None, entered: bool
) -> None:
    commands: list[orders.Command] = [
        Accept(occurred_at=NOW),
        Decline(reason=DeclineReason.WRONG_PLACE, occurred_at=NOW),
        Answer(text="Done.", officer=OFFICER, occurred_at=NOW),
    ]
    for command in commands:
        if entered:
            assert order(opened(), command, now=LATER, enter_by=enter_by) is not None
            continue
        with pytest.raises(DomainError) as refused:
            order(opened(), command, now=LATER, enter_by=enter_by)
        assert (refused.value.slug, refused.value.field) == ("invalid_time", "occurred_at")


@pytest.mark.parametrize(
    ("officer", "field"),
    [
        (Officer(unit="", name="Officer Kim", phone="311"), "officer_unit"),
        (Officer(unit="\u3164", name="Officer Kim", phone="311"), "officer_unit"),
        (Officer(unit="Desk\nBcc: x", name="Officer Kim", phone="311"), "officer_unit"),
        (Officer(unit="x" * 101, name="Officer Kim", phone="311"), "officer_unit"),
        (Officer(unit="Desk", name=" ", phone="311"), "officer_name"),
        (Officer(unit="Desk", name="Kim\u202e", phone="311"), "officer_name"),
        (Officer(unit="Desk", name="Officer Kim", phone=""), "officer_phone"),
        (Officer(unit="Desk", name="Officer Kim", phone="call me"), "officer_phone"),
        (Officer(unit="Desk", name="Officer Kim", phone="1" * 31), "officer_phone"),
    ],
)
def test_an_answer_names_the_officer_the_unit_and_the_contact(officer: Officer, field: str) -> None:
    with pytest.raises(DomainError) as refused:
        reply(accepted(), officer=officer)
    assert (refused.value.slug, refused.value.field) == ("invalid_officer", field)


@pytest.mark.parametrize("phone", ["120", "02-2133-6000~1", "(02)2133-6000", "+82 2 2133 6000"])
def test_a_phone_number_is_taken_as_it_is_dialled_and_kept_with_the_answer(phone: str) -> None:
    given = Officer(unit=" 민원여권과 ", name="홍길동 주무관", phone=phone)
    [answer] = answers_of(state(reply(accepted(), officer=given)))
    assert answer.reply.officer == Officer(unit="민원여권과", name="홍길동 주무관", phone=phone)


def test_the_same_words_of_another_officer_are_another_answer() -> None:
    other = Officer(unit="Front desk", name="Officer Lee", phone="311")
    with pytest.raises(DomainError, match="already_answered"):
        reply(answered(), officer=other)


@pytest.mark.parametrize(
    ("at", "accepted_by_us"),
    [
        (NOW + timedelta(seconds=60), True),
        (NOW + timedelta(seconds=61), False),
        (RECEIVED, True),
        (RECEIVED - timedelta(seconds=60), True),
        (RECEIVED - timedelta(seconds=61), False),
    ],
)
def test_what_an_office_says_about_the_time_must_be_possible(
    at: datetime, accepted_by_us: bool
) -> None:
    for command in (take, reply):
        if accepted_by_us:
            assert command(opened(), at=at) is not None
            continue
        with pytest.raises(DomainError) as refused:
            command(opened(), at=at)
        assert (refused.value.slug, refused.value.field) == ("invalid_time", "occurred_at")


@pytest.mark.parametrize("decision", PermitDecision)
def test_a_permit_is_decided_in_the_name_of_the_delegating_office(
    decision: PermitDecision,
) -> None:
    change = rule_on(accepted(permit=True), decision=decision)
    assert change is not None
    decided, ended = change.events
    assert decided == PermitDecided(
        inquiry_id="i1",
        matter=matter(permit=True),
        round=1,
        office_id=OFFICE,
        delegated_by="d-west",
        decision=decision,
        decided_at=NOW,
        entered_at=NOW,
    )
    assert isinstance(ended, CaseAnswered)
    assert ended.outcome is Outcome[f"PERMIT_{decision.name}"]


@pytest.mark.parametrize("other", [PermitDecision.GRANTED_CONDITIONALLY, PermitDecision.REFUSED])
def test_the_same_decision_again_changes_nothing_another_is_refused(
    other: PermitDecision,
) -> None:
    assert rule_on(granted()) is None
    with pytest.raises(DomainError, match="already_answered"):
        rule_on(granted(), decision=other)


def test_a_permit_is_not_answered_and_an_inquiry_is_not_decided() -> None:
    with pytest.raises(DomainError, match="permit_case"):
        reply(accepted(permit=True))
    with pytest.raises(DomainError, match="not_a_permit"):
        rule_on(accepted())


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
@pytest.mark.parametrize("given", [None, opened(), answered(), declined()])
def test_a_case_of_another_office_is_like_one_that_does_not_exist(
    command: Command, given: Case | None
) -> None:
    with pytest.raises(DomainError) as refused:
        command(given, "o-hill")
    with pytest.raises(DomainError) as none_there:
        command(None, "o-hill")
    assert refused.value.kind is Kind.NOT_FOUND
    assert str(refused.value) == str(none_there.value)


@pytest.mark.parametrize("command", [take, reply])
@pytest.mark.parametrize("given", [declined(), handed_on()], ids=["declined", "handed on"])
def test_an_office_can_do_nothing_with_what_it_refused(command: Command, given: Case) -> None:
    with pytest.raises(DomainError) as refused:
        command(given, OFFICE)
    assert (refused.value.slug, refused.value.kind) == ("handed_on", Kind.CONFLICT)


@pytest.mark.parametrize("given", [opened(), accepted()], ids=lambda case: case.status)
def test_the_deadline_marks_what_is_unfinished_once(given: Case) -> None:
    assert decide.wake(given, city=TOWN, now=DUE) is None
    change = decide.wake(given, city=TOWN, now=TOO_LATE)
    assert state(change).overdue
    assert decide.wake(state(change), city=TOWN, now=TOO_LATE) is None


@pytest.mark.parametrize("given", [None, declined(), answered()])
def test_the_deadline_says_nothing_to_what_is_not_at_an_office(given: Case | None) -> None:
    assert decide.wake(given, city=TOWN, now=TOO_LATE) is None


def test_what_is_overdue_when_it_comes_is_marked_at_once() -> None:
    change = decide.open_case(None, city=TOWN, event=assigned(due_at=NOW), now=NOW + dates.MOMENT)
    assert state(change).overdue


def test_what_comes_at_the_due_moment_is_not_overdue_yet() -> None:
    change = decide.open_case(None, city=TOWN, event=assigned(due_at=NOW), now=NOW)
    assert not state(change).overdue
    assert change is not None
    assert change.wake_at == NOW + dates.MOMENT


@pytest.mark.parametrize(
    ("case", "office", "stage"),
    [
        (opened(), OFFICE, Stage.OPEN),
        (accepted(), OFFICE, Stage.ACCEPTED),
        (answered(), OFFICE, Stage.ANSWERED),
        (declined(), OFFICE, Stage.DECLINED),
        (handed_on(), OFFICE, Stage.DECLINED),
        (handed_on(), OTHER, Stage.OPEN),
        (opened(), OTHER, None),
        (reopened(), OFFICE, Stage.OPEN),
        (reopened(OTHER), OFFICE, Stage.ANSWERED),
        (reopened(OTHER), OTHER, Stage.OPEN),
    ],
)
def test_each_office_sees_its_own_side_of_a_case(
    case: Case, office: str, stage: Stage | None
) -> None:
    item = item_for(case, office, version=7)
    assert (item and item.stage) == stage
    assert item is None or item.version == 7


def test_an_earlier_office_sees_its_own_turn_of_a_case() -> None:
    assert (item := item_for(reopened(OTHER), OFFICE, version=5)) is not None
    assert (item.round, item.attempt, item.opened_at) == (1, 1, NOW)
    assert (item := item_for(reopened(OTHER), OTHER, version=5)) is not None
    assert (item.round, item.attempt, item.opened_at) == (2, 1, LATER)


def test_what_becomes_of_a_case_elsewhere_is_no_change_for_an_earlier_office() -> None:
    case = state(take(reopened(OTHER), OTHER, now=LATER + timedelta(hours=1)))
    assert changed_for(case, OTHER) == LATER + timedelta(hours=1)
    assert changed_for(case, OFFICE) == LATER
    assert changed_for(case, "o-hill") is None


@pytest.mark.parametrize("office", [OFFICE, OTHER])
def test_a_later_round_opens_an_answered_case_and_keeps_the_answer(office: str) -> None:
    change = decide.open_case(answered(), city=TOWN, event=assigned(1, office, round_=2), now=LATER)
    assert change is not None
    [event] = change.events
    assert isinstance(event, CaseOpened)
    assert (event.round, event.attempt, event.office_id) == (2, 1, office)
    case = state(change)
    assert isinstance(case, Open)
    assert change.wake_at == TOO_LATE
    [given] = answers_of(case)
    assert (given.round, given.office_id, given.reply.answer) == (1, OFFICE, "Done.")


def test_each_round_has_its_own_answer_and_tells_it() -> None:
    change = reply(reopened(OTHER), OTHER, text="Done again.", now=LATER)
    assert change is not None
    accepted_again, answered_again = change.events
    assert isinstance(accepted_again, CaseAccepted)
    assert isinstance(answered_again, CaseAnswered)
    assert (answered_again.round, answered_again.office_id) == (2, OTHER)
    given = [(a.round, a.office_id, a.reply.answer) for a in answers_of(state(change))]
    assert given == [(1, OFFICE, "Done."), (2, OTHER, "Done again.")]


@pytest.mark.parametrize("late", [assigned(1), assigned(5, OTHER), assigned(1, OTHER, round_=2)])
@pytest.mark.parametrize("given", [reopened(), state(reply(reopened(), text="Again."))])
def test_what_comes_late_of_an_earlier_round_or_again_of_this_changes_nothing(
    given: Case, late: InquiryAssigned
) -> None:
    assert decide.open_case(given, city=TOWN, event=late, now=LATER) is None


def test_a_later_round_that_comes_first_opens_the_case() -> None:
    case = state(decide.open_case(None, city=TOWN, event=assigned(1, round_=2), now=NOW))
    assert case.work.round == 2
    assert decide.open_case(case, city=TOWN, event=assigned(3, OTHER), now=NOW) is None


def test_a_round_is_declined_and_handed_on_like_the_first() -> None:
    case = state(refuse(reopened()))
    moved = state(decide.open_case(case, city=TOWN, event=assigned(2, OTHER, round_=2), now=LATER))
    assert (moved.work.round, moved.work.attempt) == (2, 2)
    assert moved.offices == (OFFICE, OTHER)
    assert [turn.round for turn in moved.past] == [1, 2]
    assert (item := item_for(moved, OFFICE, version=9)) is not None
    assert (item.round, item.stage) == (2, Stage.DECLINED)


def test_an_answer_that_comes_again_when_a_later_round_lies_elsewhere_changes_nothing() -> None:
    case = reopened(OTHER)
    assert reply(case) is None
    with pytest.raises(DomainError, match="handed_on"):
        reply(case, text="Other words.")
    with pytest.raises(DomainError, match="handed_on"):
        take(case)


def test_a_command_that_was_so_already_is_noted_at_the_cases_office_only() -> None:
    for given in (accepted(), answered(), declined()):
        change = decide.note(given, office_id=OFFICE, now=LATER)
        assert change is not None
        assert (change.state.status, change.state.changed_at) == (given.status, LATER)
        assert change.events == ()
        assert change.wake_at == (TOO_LATE if given.status == "accepted" else None)
    assert decide.note(handed_on(), office_id=OFFICE, now=LATER) is None
    assert decide.note(None, office_id=OFFICE, now=LATER) is None


def test_every_change_bears_the_time_of_its_decision_whatever_the_office_says() -> None:
    for change in (
        take(opened(), at=RECEIVED, now=LATER),
        order(opened(), Decline(reason=DeclineReason.WRONG_PLACE, occurred_at=NOW), now=LATER),
        reply(opened(), at=RECEIVED, now=LATER),
        decide.open_case(opened(), city=TOWN, event=assigned(2, OTHER), now=LATER),
    ):
        assert state(change).changed_at == LATER
    assert state(decide.wake(opened(), city=TOWN, now=TOO_LATE)).changed_at == TOO_LATE


# What lies with the arbitration desk, and what was asked by word of mouth.


def with_the_desk(*, permit: bool = False) -> Case:
    """Two offices have refused, and the case lies with the arbitration desk."""
    event = assigned(3, permit=permit, rule="arbitration", binding=True)
    return state(decide.open_case(None, city=TOWN, event=event, now=NOW))


def by_telephone(*, permit: bool = True) -> Case:
    """What was asked on the telephone and must be a document."""
    event = assigned(permit=permit)
    return state(decide.open_case(None, city=TOWN, event=event, now=NOW, needs_document=True))


@pytest.mark.parametrize("accept", [False, True])
def test_the_arbitration_desk_designates_and_answers_nothing(accept: bool) -> None:
    """The committee designates the department that deals with the matter (Petitions Decree 38 (1)
    1); it does not deal with it itself."""
    for permit, end in ((False, reply), (True, rule_on), (True, reply)):
        given = with_the_desk(permit=permit)
        if accept:
            given = state(take(given))
        with pytest.raises(DomainError) as refused:
            end(given)
        assert (refused.value.slug, refused.value.kind) == ("designates_only", Kind.CONFLICT)
        assert "/designate" in refused.value.message


def test_whom_the_desk_designates_answers_even_if_it_is_the_desks_own_department() -> None:
    event = assigned(4, rule="designated", binding=True)
    designated = state(decide.open_case(with_the_desk(), city=TOWN, event=event, now=LATER))
    assert state(reply(designated, now=LATER)).status == "answered"


def test_an_office_sees_that_it_is_to_designate_only_while_the_case_is_its() -> None:
    desk = item_for(with_the_desk(), OFFICE, 1)
    assert desk is not None
    assert (desk.to_designate, desk.binding) == (True, True)
    event = assigned(4, OTHER, rule="designated", binding=True)
    moved = state(decide.open_case(with_the_desk(), city=TOWN, event=event, now=LATER))
    for office, binding in ((OFFICE, False), (OTHER, True)):
        item = item_for(moved, office, 2)
        assert item is not None
        assert (item.to_designate, item.binding) == (False, binding)


def test_no_permit_is_decided_on_what_was_only_said() -> None:
    """Only a document is an application (Petitions Act 8); what was said is answered with how to
    file it."""
    for given in (by_telephone(), state(take(by_telephone()))):
        for decision in PermitDecision:
            with pytest.raises(DomainError) as refused:
                rule_on(given, decision=decision)
            assert (refused.value.slug, refused.value.kind) == ("needs_document", Kind.CONFLICT)
            assert "document" in refused.value.message
        change = reply(given, text="Bring the form to this office.")
        assert change is not None
        assert not [event for event in change.events if isinstance(event, PermitDecided)]
        assert isinstance(change.events[-1], CaseAnswered)
        assert change.events[-1].outcome is Outcome.ANSWERED


def test_an_office_sees_that_there_is_no_document_yet() -> None:
    said, filed = item_for(by_telephone(), OFFICE, 1), item_for(opened(permit=True), OFFICE, 1)
    assert said is not None
    assert filed is not None
    assert (said.needs_document, said.permit) == (True, False)
    assert (filed.needs_document, filed.permit) == (False, True)
    # What needs a document and is no permit, such as a grievance, is answered all the same.
    assert state(reply(by_telephone(permit=False))).status == "answered"
