"""Asking the citizen back: when it is done, what an answer does, and what time does.

The town asks as Seoul does, with eight working hours to answer in. A lamp is a district's, moving
in a community office's, a market stall a permit that the west has delegated, an idea the city's.
"""

from __future__ import annotations

import copy
import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services import cities
from services.cities import (
    City,
    CompetenceRule,
    Guess,
    Matter,
    Period,
    PetitionKind,
    Place,
    PlaceQuestion,
    evaluate,
    facts_of,
)
from services.cities.competence.model import Choice, OfficeWord
from services.common.kernel import Change, DomainError, Kind
from services.routing.domain import policy
from services.routing.domain.assignment import asking, dates, giving, queue
from services.routing.domain.assignment.events import (
    AskedAbout,
    InquiryAssigned,
    InquirySupplemented,
    InquiryUnrouted,
    PlaceAsked,
    RecountCause,
    ServiceAsked,
    UnroutedDeadlineRecounted,
    UnroutedReason,
)
from services.routing.domain.assignment.model import (
    Assigned,
    Assignment,
    CategorySource,
    Inputs,
    NotRouted,
    QuestionEnd,
    Routed,
    Rule,
    Unrouted,
    Urgency,
    WaitingFor,
)
from services.routing.domain.competence import may_take
from services.routing.domain.policy import Statement, route
from tests.unit.routing.town import HILL, MATTER, MILL, NOW, SHARED, TODAY, TOWN, asks

SEOUL = cities.load("seoul")
SOON = NOW + timedelta(minutes=20)
PLACE, SERVICE = AskedAbout.PLACE, AskedAbout.SERVICE
AFTER_THE_TIME = NOW + timedelta(days=3)


ASKING = asks(TOWN)


def received(
    service: str = "lamp",
    place: Place | None = None,
    *,
    city: City = ASKING,
    text: str = "",
    now: datetime = NOW,
) -> Change[Assignment, giving.Told]:
    """What the receipt of an inquiry leads to."""
    matter = replace(MATTER, service_code=service)
    statement = Statement(text=text, place=place)
    found, decision = route(city, city.rules, statement, matter, today=giving.day_of(city, now))
    return decided(found, decision, city=city, now=now)


def unsure(*guesses: tuple[str, float], others: tuple[str, ...] = ()) -> NotRouted:
    """The decision on words that may mean these services."""
    found = tuple(Guess(service=s, probability=p, terms=("word",)) for s, p in guesses)
    inputs = Inputs(category=CategorySource.WORDS, guesses=found, others=others)
    due = TOWN.due(MATTER.received_at, Period.parse("now"))
    facts = facts_of(MATTER, None, on=TODAY, today=TODAY)
    return NotRouted(
        reason=UnroutedReason.UNSURE,
        period="now",
        due_at=due.at,
        account={"en": tuple(due.explain("en"))},
        inputs=inputs,
        facts=facts,
        verdict=evaluate(TOWN.rules, TOWN, facts),
    )


def decided(
    matter: Matter, decision: Routed | NotRouted, *, city: City = ASKING, now: datetime = NOW
) -> Change[Assignment, giving.Told]:
    change = queue.receive(
        None, city=city, inquiry_id="i1", matter=matter, decision=decision, now=now
    )
    assert change is not None
    return change


def supplemented(
    number: int = 1,
    about: AskedAbout = PLACE,
    service: str = "",
    *,
    none: bool = False,
    at: datetime = SOON,
) -> InquirySupplemented:
    return InquirySupplemented(
        inquiry_id="i1",
        matter=replace(MATTER, service_code=service),
        number=number,
        about=about,
        none_offered=none,
        supplied_at=at,
    )


def answered(
    state: Assignment | None,
    event: InquirySupplemented,
    place: Place | None = None,
    *,
    city: City = ASKING,
    now: datetime = SOON,
) -> Change[Assignment, giving.Told] | None:
    words = Statement(text="", place=place)
    return asking.answer(state, city=city, ruleset=city.rules, event=event, words=words, now=now)


def waiting(change: Change[Assignment, giving.Told] | None) -> Unrouted:
    assert change is not None
    assert isinstance(change.state, Unrouted)
    return change.state


def assigned(change: Change[Assignment, giving.Told] | None) -> tuple[Assigned, InquiryAssigned]:
    assert change is not None
    assert isinstance(change.state, Assigned)
    told = change.events[-1]
    assert isinstance(told, InquiryAssigned)
    return change.state, told


def unrouted(change: Change[Assignment, giving.Told] | None) -> UnroutedReason:
    """Why a person must look."""
    assert change is not None
    assert waiting(change).waiting_for is WaitingFor.PERSON
    [told] = change.events
    assert isinstance(told, InquiryUnrouted)
    return told.reason


TWO = unsure(("lamp", 0.5), ("idea", 0.3))


class TestWhenAndWhat:
    """A question is asked where its answer would lead to an office."""

    @pytest.mark.parametrize(
        ("service", "place", "question", "candidates"),
        [
            ("lamp", None, PlaceQuestion.WHERE, ()),
            ("lamp", Place(code="nowhere"), PlaceQuestion.WHERE, ()),
            ("market-stall", SHARED, PlaceQuestion.WHICH_DONG, ("o-mill", "o-quay")),
            ("lamp", Place(address="Mill and Hill"), PlaceQuestion.WHICH_DISTRICT, None),
        ],
    )
    def test_a_place_is_asked_for_by_what_is_open(
        self,
        service: str,
        place: Place | None,
        question: PlaceQuestion,
        candidates: tuple[str, ...] | None,
    ) -> None:
        change = received(service, place)
        [told] = change.events
        assert isinstance(told, PlaceAsked)
        assert (told.question, told.number, told.asked_at) == (question, 1, NOW)
        if candidates is not None:
            assert told.candidate_office_ids == candidates
        state = waiting(change)
        assert state.waiting_for is WaitingFor.CITIZEN
        assert state.asked is not None
        assert state.asked.answer_by == told.answer_by
        assert change.wake_at == dates.unanswered_at(state.asked)
        assert told.due_at == state.decision.due_at

    def test_a_name_in_several_districts_is_asked_about_with_its_candidates(self) -> None:
        """Sinsa-dong is a legal place of Eunpyeong and of Gangnam, and an office of Gwanak."""
        change = received("pothole", Place(address="신사동"), city=SEOUL)
        [told] = change.events
        assert isinstance(told, PlaceAsked)
        assert told.question is PlaceQuestion.WHICH_DISTRICT
        districts = {SEOUL.office(id_).district for id_ in told.candidate_office_ids}
        assert districts == {"11380", "11620", "11680"}

    @pytest.mark.parametrize(
        ("service", "place", "city", "reason"),
        [
            ("lamp", None, TOWN, UnroutedReason.NO_PLACE),
            ("lamp", None, asks(TOWN, sealed="lamp"), UnroutedReason.NO_PLACE),
            ("lamp", Place(address="Garam, Long Street 4"), ASKING, UnroutedReason.OUTSIDE),
            ("", None, ASKING, UnroutedReason.NO_CATEGORY),
        ],
        ids=["a city without the limit", "a sealed matter", "another city", "no word is known"],
    )
    def test_nothing_is_asked_where_no_answer_would_help(
        self, service: str, place: Place | None, city: City, reason: UnroutedReason
    ) -> None:
        assert unrouted(received(service, place, city=city)) is reason

    def test_nobody_in_danger_is_asked(self) -> None:
        """Whatever the rules do with a danger."""
        decision = replace(TWO, facts=replace(TWO.facts, danger="fire"))
        assert unrouted(decided(MATTER, decision)) is UnroutedReason.UNSURE

    def test_what_needs_no_place_is_not_asked_for_one(self) -> None:
        assert assigned(received("idea"))[1].office_id == "c-hall"

    def test_services_are_offered_likeliest_first(self) -> None:
        change = decided(MATTER, TWO)
        [told] = change.events
        assert isinstance(told, ServiceAsked)
        assert told.candidate_service_codes == ("lamp", "idea")
        assert told.matter.service_code == ""

    def test_a_service_that_is_hardly_meant_is_not_offered(self) -> None:
        state = waiting(decided(MATTER, unsure(("lamp", 0.5), ("idea", 0.015))))
        assert state.asked is not None
        assert state.asked.candidates == ("lamp",)
        assert unrouted(decided(MATTER, unsure(("lamp", 0.015)))) is UnroutedReason.UNSURE

    @pytest.mark.parametrize(
        ("guesses", "others"),
        [
            ((("idea", 0.5), ("lamp", 0.3)), ()),
            ((("lamp", 0.5), ("idea", 0.02)), ()),
            ((("lamp", 0.5), ("idea", 0.001)), ("idea",)),
        ],
        ids=["the likeliest", "a faint one", "another matter in the text"],
    )
    def test_where_a_sealed_service_may_be_meant_a_person_looks(
        self, guesses: tuple[tuple[str, float], ...], others: tuple[str, ...]
    ) -> None:
        """A question would show that a report is thought of (Anti-Corruption Act 64)."""
        city = asks(TOWN, sealed="idea")
        change = decided(MATTER, unsure(*guesses, others=others), city=city)
        assert unrouted(change) is UnroutedReason.UNSURE

    def test_a_sealed_service_is_never_offered_whatever_the_bound(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(policy, "SEALED_LIKELY", 0.9)
        monkeypatch.setattr(asking, "LEAST_OFFERED", 0.0)
        city = asks(TOWN, sealed="idea")
        state = waiting(decided(MATTER, unsure(("lamp", 0.5), ("idea", 0.01)), city=city))
        assert state.asked is not None
        assert state.asked.candidates == ("lamp",)


class TestUntilWhen:
    @pytest.mark.parametrize(
        ("due_in", "answer_in"),
        [
            (timedelta(days=30), timedelta(hours=24)),  # 8 working hours: 10:00 of the next day
            (timedelta(hours=3), timedelta(hours=1.5)),
            (timedelta(minutes=20), timedelta(minutes=10)),
        ],
        ids=["the limit", "half of the time left", "the shortest time"],
    )
    def test_an_answer_is_waited_for_at_most_half_of_the_time_left(
        self, due_in: timedelta, answer_in: timedelta
    ) -> None:
        state = waiting(decided(MATTER, replace(TWO, due_at=NOW + due_in)))
        assert state.asked is not None
        assert state.asked.answer_by == NOW + answer_in

    @pytest.mark.parametrize("due_in", [timedelta(minutes=19), timedelta(0), -timedelta(days=1)])
    def test_nobody_is_asked_what_cannot_be_answered_in_time(self, due_in: timedelta) -> None:
        change = decided(MATTER, replace(TWO, due_at=NOW + due_in))
        assert unrouted(change) is UnroutedReason.UNSURE


class TestAnswers:
    def test_a_place_leads_to_its_office(self) -> None:
        state, told = assigned(answered(received("lamp").state, supplemented(), HILL))
        assert (told.office_id, told.rule) == ("d-east", "district_of_place")
        assert told.matter.district_code == "east"
        [asked] = state.questions
        assert (asked.number, asked.ended, asked.ended_at) == (1, QuestionEnd.ANSWERED, SOON)
        assert state.decision.due_at == waiting(received("lamp")).decision.due_at

    def test_an_answer_weighs_open_work_between_equals_as_a_first_decision_does(self) -> None:
        teams = tuple(Choice(word=OfficeWord.OFFICE, office=id_) for id_ in ("c-hall", "c-works"))
        equal = CompetenceRule(
            id="equal", names={}, why={}, to=Choice(word=OfficeWord.EQUAL, equal=teams)
        )
        rules = replace(ASKING.rules, rules=(equal,), plans={})
        for open_work, office in (({"c-hall": 2, "c-works": 1}, "c-works"), ({}, "c-hall")):
            change = asking.answer(
                received("lamp").state,
                city=ASKING,
                ruleset=rules,
                event=supplemented(),
                words=Statement(text="", place=HILL),
                open_work=open_work,
                now=SOON,
            )
            assert assigned(change)[1].office_id == office

    def test_the_dong_of_a_delegated_permit_leads_to_its_community_office(self) -> None:
        before = received("market-stall", SHARED).state
        _, told = assigned(answered(before, supplemented(), MILL))
        assert (told.office_id, told.delegated_by) == ("o-mill", "d-west")

    def test_what_the_words_said_stays_when_the_place_is_answered(self) -> None:
        before = received("", None, text="the street lamp at our gate")
        state, told = assigned(answered(before.state, supplemented(), HILL))
        inputs = state.decision.inputs
        assert (inputs.category, inputs.terms) == (CategorySource.WORDS, ("street lamp",))
        assert told.confidence == inputs.guesses[0].probability

    def test_how_probable_the_service_is_does_not_change_with_the_place(self) -> None:
        before = received("", None, text="The street lamp and an idea")
        state, told = assigned(answered(before.state, supplemented(), HILL))
        assert 0 < told.confidence < 1
        assert told.confidence == state.decision.confidence

    def test_a_chosen_service_leads_to_its_office(self) -> None:
        before = decided(MATTER, TWO).state
        state, told = assigned(answered(before, supplemented(1, SERVICE, "idea")))
        assert (told.office_id, told.matter.kind) == ("c-hall", PetitionKind.SUGGESTION)
        assert state.decision.inputs.category is CategorySource.ASKED
        assert state.decision.inputs.guesses == TWO.inputs.guesses
        assert told.confidence == 1.0

    def test_a_service_of_the_list_leads_to_its_office_although_nobody_guessed_it(self) -> None:
        before = decided(MATTER, unsure(("lamp", 0.5))).state
        state, told = assigned(answered(before, supplemented(1, SERVICE, "idea")))
        assert (told.office_id, told.matter.service_code) == ("c-hall", "idea")
        assert state.decision.inputs.category is CategorySource.ASKED

    @pytest.mark.parametrize("chosen", ["idea", "gone"], ids=["sealed", "unknown here"])
    def test_what_stands_on_no_list_is_left_to_a_person(self, chosen: str) -> None:
        city = asks(TOWN, sealed="idea")
        before = waiting(decided(MATTER, unsure(("lamp", 0.5)), city=city))
        given = answered(before, supplemented(1, SERVICE, chosen), city=city)
        assert unrouted(given) is UnroutedReason.NONE_OFFERED

    def test_a_chosen_service_may_lead_to_the_question_where(self) -> None:
        first = answered(decided(MATTER, TWO).state, supplemented(1, SERVICE, "lamp"))
        assert first is not None
        [told] = first.events
        assert isinstance(told, PlaceAsked)
        assert (told.question, told.number) == (PlaceQuestion.WHERE, 2)
        assert told.matter.service_code == "lamp"
        state, assignment = assigned(answered(first.state, supplemented(2), HILL))
        assert assignment.office_id == "d-east"
        assert [asked.about for asked in state.questions] == [SERVICE, PLACE]
        assert state.decision.inputs.category is CategorySource.ASKED

    def test_a_third_question_is_not_asked(self) -> None:
        second = answered(received("market-stall").state, supplemented(), SHARED)
        assert second is not None
        [told] = second.events
        assert isinstance(told, PlaceAsked)
        assert (told.question, told.number) == (PlaceQuestion.WHICH_DONG, 2)
        third = answered(second.state, supplemented(2), SHARED)
        assert unrouted(third) is UnroutedReason.AMBIGUOUS

    @pytest.mark.parametrize(
        ("about", "service", "none"),
        [(PLACE, "", True), (SERVICE, "", True), (SERVICE, "gone", False)],
        ids=["unknown place", "none of these", "one that is not known here"],
    )
    def test_whoever_means_nothing_of_what_was_offered_is_left_to_a_person(
        self, about: AskedAbout, service: str, none: bool
    ) -> None:
        before = received("lamp") if about is PLACE else decided(MATTER, TWO)
        change = answered(before.state, supplemented(1, about, service, none=none))
        assert unrouted(change) is UnroutedReason.NONE_OFFERED
        [asked] = waiting(change).questions
        assert asked.ended is QuestionEnd.NONE_OFFERED
        assert change is not None
        assert change.wake_at is not None

    def test_further_matters_are_told_but_the_chosen_and_the_sealed_ones(self) -> None:
        city = asks(TOWN, sealed="market-stall")
        decision = unsure(("lamp", 0.5), ("idea", 0.3), others=("idea", "moving-in"))
        before = decided(MATTER, decision, city=city)
        _, told = assigned(answered(before.state, supplemented(1, SERVICE, "idea"), city=city))
        assert told.other_service_codes == ("moving-in",)
        placed = answered(before.state, supplemented(1, SERVICE, "idea"), HILL, city=city)
        assert assigned(placed)[1].consulted_office_ids == ("o-hill",)
        matter, routed = route(
            city,
            city.rules,
            Statement(text=""),
            replace(MATTER, service_code="idea"),
            today=TODAY,
        )
        assert isinstance(routed, Routed)
        inputs = replace(routed.inputs, others=("market-stall", "lamp"))
        change = decided(matter, replace(routed, inputs=inputs), city=city)
        assert assigned(change)[1].other_service_codes == ("lamp",)


class TestTwiceLateAndOutOfOrder:
    def test_the_same_answer_twice_has_one_effect(self) -> None:
        change = answered(decided(MATTER, TWO).state, supplemented(1, SERVICE, "lamp"))
        assert answered(waiting(change), supplemented(1, SERVICE, "lamp")) is None
        assert answered(waiting(change), supplemented(1, SERVICE, none=True)) is None

    def test_an_answer_to_an_old_question_changes_nothing(self) -> None:
        """The first is about a place, and so is the second: only the number tells them apart."""
        second = answered(received("market-stall").state, supplemented(), SHARED)
        assert answered(waiting(second), supplemented(1), MILL) is None

    def test_an_answer_about_something_else_changes_nothing(self) -> None:
        assert answered(received("lamp").state, supplemented(1, SERVICE, "idea")) is None

    def test_an_answer_to_what_has_an_office_is_late(self) -> None:
        for state in (
            assigned(received("lamp", HILL))[0],
            assigned(answered(received("lamp").state, supplemented(), HILL))[0],
        ):
            assert answered(state, supplemented(), HILL) is None

    def test_an_answer_before_the_receipt_or_the_question_is_known_is_asked_for_again(self) -> None:
        for state, slug in ((None, "unknown_assignment"), (received().state, "unknown_question")):
            with pytest.raises(DomainError) as refused:
                answered(state, supplemented(2), HILL)
            assert (refused.value.slug, refused.value.kind) == (slug, Kind.NOT_FOUND)

    def test_an_answer_whose_words_intake_does_not_hold_is_asked_for_again(self) -> None:
        def without_words(state: Assignment) -> Change[Assignment, giving.Told] | None:
            event = supplemented()
            return asking.answer(
                state, city=ASKING, ruleset=ASKING.rules, event=event, words=None, now=SOON
            )

        with pytest.raises(DomainError, match="words_missing"):
            without_words(received("lamp").state)
        assert without_words(received("lamp", HILL).state) is None

    def test_a_late_answer_counts_while_a_person_still_looks(self) -> None:
        late = queue.wake(
            received("market-stall", SHARED).state,
            city=ASKING,
            ruleset=ASKING.rules,
            now=AFTER_THE_TIME,
        )
        assert unrouted(late) is UnroutedReason.NOT_ANSWERED
        event = supplemented(at=AFTER_THE_TIME)
        given = answered(waiting(late), event, MILL, now=AFTER_THE_TIME)
        state, told = assigned(given)
        assert told.office_id == "o-mill"
        assert [asked.ended for asked in state.questions] == [QuestionEnd.ANSWERED]
        none = replace(event, none_offered=True)
        assert answered(waiting(late), none, now=AFTER_THE_TIME) is None


class TestTime:
    def test_before_its_time_is_over_a_question_stays(self) -> None:
        before = waiting(received("lamp"))
        assert before.asked is not None
        over = dates.unanswered_at(before.asked)
        early = queue.wake(
            before, city=ASKING, ruleset=ASKING.rules, now=over - timedelta(milliseconds=1)
        )
        assert early is not None
        assert (waiting(early).asked, early.events) == (before.asked, ())
        assert early.wake_at == over

    def test_an_answer_of_the_last_moment_is_waited_for(self) -> None:
        before = waiting(received("lamp"))
        assert before.asked is not None
        last = before.asked.answer_by
        state = queue.wake(before, city=ASKING, ruleset=ASKING.rules, now=last)
        _, told = assigned(answered(waiting(state), supplemented(at=last), HILL, now=last))
        assert told.office_id == "d-east"

    def test_the_contact_office_finds_out_where_a_place_is_that_nobody_named(self) -> None:
        before = waiting(received("lamp"))
        assert before.asked is not None
        change = queue.wake(
            before, city=ASKING, ruleset=ASKING.rules, now=dates.unanswered_at(before.asked)
        )
        state, told = assigned(change)
        assert (told.office_id, told.rule) == (TOWN.contact_office.id, Rule.FIND_OUT)
        assert not told.binding
        assert told.due_at == before.decision.due_at
        assert [asked.ended for asked in state.questions] == [QuestionEnd.NOT_ANSWERED]

    def test_the_district_finds_out_where_it_is_known(self) -> None:
        before = waiting(received("moving-in"))
        in_east = replace(before, matter=replace(before.matter, district_code="east"))
        change = queue.wake(in_east, city=ASKING, ruleset=ASKING.rules, now=AFTER_THE_TIME)
        assert assigned(change)[1].office_id == "d-east"

    @pytest.mark.parametrize("place", [None, SHARED], ids=["anywhere", "in two dongs"])
    def test_a_permit_stays_for_a_person_and_never_goes_to_the_district(
        self, place: Place | None
    ) -> None:
        """The west has delegated it: its district office has no power any more."""
        before = received("market-stall", place).state
        change = queue.wake(before, city=ASKING, ruleset=ASKING.rules, now=AFTER_THE_TIME)
        assert unrouted(change) is UnroutedReason.NOT_ANSWERED

    def test_a_permit_delegated_in_one_of_its_dongs_does_not_go_to_the_district(
        self, tmp_path: Path
    ) -> None:
        """The west decides it in Quay, and Mill's office in Mill: nobody knows which it is."""
        folder = Path(shutil.copytree(cities.PACKS / "saebom", tmp_path / "town"))
        table = folder / "delegations.csv"
        rows = table.read_text(encoding="utf-8").replace(
            "market-stall,west,,", "market-stall,west,mill,"
        )
        table.write_text(rows, encoding="utf-8")
        city = asks(cities.load(folder))
        before = waiting(received("market-stall", SHARED, city=city))
        assert may_take(city.rules, city, before.matter, city.office("d-west"), TODAY)
        change = queue.wake(before, city=city, ruleset=city.rules, now=AFTER_THE_TIME)
        assert unrouted(change) is UnroutedReason.NOT_ANSWERED

    def test_no_office_finds_out_that_may_not_have_it(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(asking, "may_take", lambda *_: False)
        change = queue.wake(
            received("lamp").state, city=ASKING, ruleset=ASKING.rules, now=AFTER_THE_TIME
        )
        assert unrouted(change) is UnroutedReason.NOT_ANSWERED

    def test_nobody_finds_out_what_is_meant_but_a_person(self) -> None:
        change = queue.wake(
            decided(MATTER, TWO).state, city=ASKING, ruleset=ASKING.rules, now=AFTER_THE_TIME
        )
        assert unrouted(change) is UnroutedReason.NOT_ANSWERED

    def test_what_is_left_to_a_person_is_warned_of_when_it_is_due(self) -> None:
        before = waiting(decided(MATTER, TWO))
        assert before.asked is not None
        change = queue.wake(
            before, city=ASKING, ruleset=ASKING.rules, now=dates.unanswered_at(before.asked)
        )
        assert change is not None
        assert (
            change.wake_at
            == before.decision.due_at - (before.decision.due_at - MATTER.received_at) / 4
        )
        near = queue.wake(change.state, city=ASKING, ruleset=ASKING.rules, now=change.wake_at)
        assert waiting(near).urgency is Urgency.NEAR

    def test_what_is_asked_near_its_due_time_is_marked_so_meanwhile(self) -> None:
        due_at = NOW + timedelta(minutes=25)
        matter = replace(MATTER, received_at=NOW - timedelta(hours=5))
        change = decided(matter, replace(TWO, due_at=due_at))
        assert change.wake_at == NOW
        near = queue.wake(change.state, city=ASKING, ruleset=ASKING.rules, now=NOW)
        state = waiting(near)
        assert (state.urgency, state.waiting_for) == (Urgency.NEAR, WaitingFor.CITIZEN)
        assert near is not None
        assert state.asked is not None
        assert near.wake_at == dates.unanswered_at(state.asked)


def test_a_person_may_answer_for_the_citizen() -> None:
    before = received("lamp").state
    change = queue.assign_by_hand(
        before,
        city=ASKING,
        ruleset=ASKING.rules,
        office=TOWN.office("d-east"),
        service_code="lamp",
        now=SOON,
    )
    state, told = assigned(change)
    assert told.rule is Rule.MANUAL
    assert [asked.ended for asked in state.questions] == [QuestionEnd.BY_PERSON]
    assert answered(state, supplemented(), MILL) is None


class TestClock:
    """Enforcement Decree of the Administrative Procedures Act, Article 11: the day of the request
    and the day of the supplement do not count. Whether a question is such a request is the city's
    practice, because no article was found that says so."""

    NEXT_DAY = NOW + timedelta(days=1)  # Tuesday; Wednesday is a holiday of the town

    def moved(self, stops: str) -> tuple[datetime, Change[Assignment, giving.Told]]:
        city = asks(TOWN, stops=stops)
        before = waiting(received("market-stall", city=city))
        event = supplemented(at=self.NEXT_DAY)
        change = answered(before, event, MILL, city=city, now=self.NEXT_DAY)
        assert change is not None
        return before.decision.due_at, change

    def test_it_runs_on_where_the_practice_is_no(self) -> None:
        due_at, change = self.moved("no")
        [told] = change.events
        assert isinstance(told, InquiryAssigned)
        assert told.due_at == due_at

    def test_it_stands_still_where_the_practice_is_yes(self) -> None:
        """Monday and Tuesday do not count; the permit has three days of eight hours."""
        due_at, change = self.moved("yes")
        recount, told = change.events
        assert isinstance(recount, UnroutedDeadlineRecounted)
        assert isinstance(told, InquiryAssigned)
        assert (recount.cause, recount.due_before) == (RecountCause.SUPPLEMENTED, due_at)
        assert recount.due_at == told.due_at > due_at
        term = TOWN.due(MATTER.received_at, Period.parse("3d")).term
        days = (day.astimezone(TOWN.timezone).date() for day in (NOW, self.NEXT_DAY))
        first, last = days
        suspension = cities.Suspension(cause=cities.Cause.SUPPLEMENT, start=first, end=last)
        due = TOWN.due_of(replace(term, suspensions=(suspension,)))
        assert isinstance(due, cities.Due)
        assert told.due_at == due.at

    def test_what_nobody_answers_stops_no_clock(self) -> None:
        city = asks(TOWN, stops="yes")
        before = waiting(received("lamp", city=city))
        change = queue.wake(before, city=city, ruleset=city.rules, now=AFTER_THE_TIME)
        assert assigned(change)[1].due_at == before.decision.due_at

    def test_a_date_that_stood_still_does_so_for_whatever_comes_next(self) -> None:
        city = asks(TOWN, stops="yes")
        first = answered(
            received("market-stall", city=city).state,
            supplemented(at=self.NEXT_DAY),
            SHARED,
            city=city,
            now=self.NEXT_DAY,
        )
        state = waiting(first)
        assert queue.recount(state, city=city, now=self.NEXT_DAY) is None
        west = city.office("d-west")
        lamp = queue.assign_by_hand(
            state,
            city=city,
            ruleset=city.rules,
            office=west,
            service_code="lamp",
            now=self.NEXT_DAY,
        )
        assert assigned(lamp)[1].due_at > waiting(received("lamp")).decision.due_at
        day = state.decision.due_at.astimezone(TOWN.timezone).date()
        holiday = cities.DayOff(day=day, names={"en": "Holiday", "ko": "휴일"}, source="a test")
        later = copy.copy(city)
        later.clock = city.clock.with_days_off([holiday])
        change = queue.recount(state, city=later, now=self.NEXT_DAY)
        assert change is not None
        assert change.state.decision.due_at > state.decision.due_at


STEPS = st.lists(
    st.sampled_from(
        [
            supplemented(1),
            supplemented(2),
            supplemented(1, SERVICE, "lamp"),
            supplemented(1, SERVICE, "market-stall"),
            supplemented(2, none=True),
            "wake",
            "by hand",
        ]
    ),
    max_size=8,
)


@given(steps=STEPS, place=st.sampled_from([None, MILL, HILL, SHARED]))
def test_in_whatever_order_answers_come_there_are_two_questions_and_one_office(
    steps: list[InquirySupplemented | str], place: Place | None
) -> None:
    decision = unsure(("lamp", 0.4), ("market-stall", 0.4))
    change: Change[Assignment, giving.Told] | None = decided(MATTER, decision)
    told: list[giving.Told] = []
    state: Assignment | None = None
    now = NOW
    for step in ["received", *steps]:
        now += timedelta(minutes=7)
        match step:
            case InquirySupplemented():
                try:
                    change = answered(state, step, place, now=now)
                except DomainError:  # unknown_question: it comes again
                    change = None
            case "wake":
                change = queue.wake(state, city=ASKING, ruleset=ASKING.rules, now=now)
            case "by hand" if isinstance(state, Unrouted):
                east = TOWN.office("d-east")
                change = queue.assign_by_hand(
                    state,
                    city=ASKING,
                    ruleset=ASKING.rules,
                    office=east,
                    service_code="lamp",
                    now=now,
                )
            case "by hand":
                change = None
        if change is not None:
            state = change.state
            told += change.events
    numbers = [e.number for e in told if isinstance(e, PlaceAsked | ServiceAsked)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) <= asking.MOST_QUESTIONS
    offices = [e for e in told if isinstance(e, InquiryAssigned)]
    assert len(offices) == isinstance(state, Assigned)
    if isinstance(state, Assigned) and state.matter.permit:
        assert state.current.office_id != "d-west"


class TestByHand:
    """A person has the citizen asked from the queue."""

    @staticmethod
    def asked(
        state: Assignment | None, about: AskedAbout, city: City = ASKING, now: datetime = NOW
    ) -> Change[Assignment, giving.Told] | None:
        return asking.ask_by_hand(state, city=city, about=about, now=now)

    def refused(
        self,
        state: Assignment | None,
        about: AskedAbout,
        city: City = ASKING,
        now: datetime = NOW,
    ) -> tuple[str, Kind]:
        with pytest.raises(DomainError) as error:
            self.asked(state, about, city, now)
        return error.value.slug, error.value.kind

    def test_a_place_is_asked_for_where_no_rule_would(self) -> None:
        """A person who has read the words knows that the place is missing."""
        state = waiting(received("", text="nothing that anybody knows"))
        assert state.asked is None
        change = self.asked(state, PLACE)
        assert change is not None
        [told] = change.events
        assert isinstance(told, PlaceAsked)
        assert (told.number, told.question) == (1, PlaceQuestion.WHERE)
        asked = waiting(change)
        assert asked.asked is not None
        assert (asked.asked.answer_by, asked.waiting_for) == (told.answer_by, WaitingFor.CITIZEN)
        assert change.wake_at is not None
        assert self.asked(asked, PLACE) is None
        assert self.refused(asked, SERVICE) == ("question_open", Kind.CONFLICT)

    def test_the_services_that_may_be_meant_are_offered(self) -> None:
        state = waiting(decided(MATTER, unsure(("lamp", 0.5), ("idea", 0.3))))
        closed = replace(state, asked=None)
        change = self.asked(closed, SERVICE)
        assert change is not None
        [told] = change.events
        assert isinstance(told, ServiceAsked)
        assert told.candidate_service_codes == ("lamp", "idea")

    def test_the_limits_are_those_of_every_question(self) -> None:
        state = replace(waiting(decided(MATTER, unsure(("lamp", 0.5)))), asked=None)
        ended = waiting(decided(MATTER, unsure(("lamp", 0.5)))).asked
        assert ended is not None
        ended = replace(ended, ended=QuestionEnd.NOT_ANSWERED, ended_at=NOW)
        twice = replace(state, questions=(ended, replace(ended, number=2)))
        assert self.refused(twice, PLACE) == ("asked_often_enough", Kind.CONFLICT)
        assert self.refused(state, PLACE, TOWN) == ("too_late_to_ask", Kind.CONFLICT)
        late = state.decision.due_at - asking.LEAST_TO_ANSWER
        assert self.refused(state, PLACE, now=late) == ("too_late_to_ask", Kind.CONFLICT)
        sealed = asks(TOWN, sealed="lamp")
        assert self.refused(state, PLACE, sealed) == ("may_not_be_asked", Kind.CONFLICT)
        facts = replace(state.decision.facts, danger="gas")
        danger = replace(state, decision=replace(state.decision, facts=facts))
        assert self.refused(danger, SERVICE) == ("may_not_be_asked", Kind.CONFLICT)
        nothing = waiting(received("", text="nothing that anybody knows"))
        assert self.refused(nothing, SERVICE) == ("nothing_to_ask", Kind.CONFLICT)

    def test_what_has_an_office_or_is_unknown_is_not_asked_about(self) -> None:
        given = received("lamp", HILL).state
        assert self.refused(given, PLACE) == ("already_assigned", Kind.CONFLICT)
        assert self.refused(None, PLACE) == ("unknown_assignment", Kind.NOT_FOUND)

    def test_its_answer_leads_on_as_any_other(self) -> None:
        state = replace(waiting(received("lamp")), asked=None)
        change = self.asked(state, PLACE)
        assert change is not None
        event = InquirySupplemented(
            inquiry_id="i1",
            matter=state.matter,
            number=1,
            about=PLACE,
            none_offered=False,
            supplied_at=SOON,
        )
        answered = asking.answer(
            change.state,
            city=ASKING,
            ruleset=ASKING.rules,
            event=event,
            words=Statement(text="", place=HILL),
            now=SOON,
        )
        assert answered is not None
        assert isinstance(answered.state, Assigned)
