"""What routing does where a law, an ordinance or the city's practice decides; each with its source.

Seoul is the city, except where a practice is tried that Seoul has not: there the town has it.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from services import cities
from services.cities import Channel, City, Matter, PetitionKind, Place, Workload
from services.common.kernel import Change, DomainError
from services.routing.domain.assignment import arbitration, dates, giving, handover, queue
from services.routing.domain.assignment.events import InquiryUnrouted, UnroutedReason
from services.routing.domain.assignment.model import (
    Assigned,
    Assignment,
    NotRouted,
    Routed,
    Rule,
    Unrouted,
    Urgency,
)
from services.routing.domain.competence import another_agency, may_take
from services.routing.domain.policy import Statement, route
from tests.unit.routing.town import (
    HILL,
    MATTER,
    MILL,
    NOW,
    SHARED,
    TODAY,
    TOWN,
    asked,
    assigned,
    declined,
    received,
    told,
    unrouted,
)

SEOUL = cities.load("seoul")
YEOKSAM_1 = Place(code="1168064000")  # community office, district Gangnam (11680)
YEOKSAM = Place(address="역삼동")  # a legal dong of two community offices of Gangnam
NOTICED_BY_PHONE = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # Monday, 11:00 in Seoul


def in_seoul(
    service: str,
    place: Place | None = None,
    *,
    text: str = "",
    channel: Channel = Channel.WEB,
    received_on: date | None = None,
    today: date = TODAY,
) -> tuple[Matter, Routed | NotRouted]:
    at = NOTICED_BY_PHONE
    if received_on is not None:
        at = datetime(received_on.year, received_on.month, received_on.day, 2, tzinfo=UTC)
    matter = replace(MATTER, service_code=service, channel=channel, received_at=at)
    return route(SEOUL, SEOUL.rules, Statement(text=text, place=place), matter, today=today)


def offices(found: tuple[Matter, Routed | NotRouted]) -> tuple[str, str]:
    decision = found[1]
    assert isinstance(decision, Routed), decision
    return decision.rule, decision.offices[0]


def reason(found: tuple[Matter, Routed | NotRouted]) -> UnroutedReason:
    decision = found[1]
    assert isinstance(decision, NotRouted), decision
    return decision.reason


@pytest.fixture
def practising(tmp_path: Path) -> Path:
    """The town with practices of its own."""
    folder = Path(shutil.copytree(cities.PACKS / "saebom", tmp_path / "town"))
    page = folder / "calendar.yaml"
    own = (
        "practices:\n"
        '  competent_on: {value: receipt, status: sourced, source: "town rule 9"}\n'
        '  transfer_restarts_clock: {value: "yes", status: sourced, source: "town rule 8"}\n'
    )
    page.write_text(page.read_text("utf-8").replace("practices:\n", own), "utf-8")
    return folder


class TestDayOfReceipt:
    """Supplementary provision of the ordinance on delegation of Seoul (No. 9366, 2024-09-30): what
    was received before follows the rules before."""

    @pytest.mark.parametrize(
        ("received_on", "office"),
        [(date(2021, 5, 31), "d-11680"), (date(2021, 6, 1), "o-1168064000")],
    )
    def test_the_delegation_of_the_day_of_receipt_decides(
        self, received_on: date, office: str
    ) -> None:
        """The lease report began on 2021-06-01 (assumed begin of the delegation, pack data)."""
        found = in_seoul("lease-report", YEOKSAM_1, received_on=received_on, today=date(2021, 6, 2))
        assert offices(found)[1] == office

    def test_it_decides_for_a_hand_over_too(self) -> None:
        yeoksam = SEOUL.office("o-1168064000")
        matter = replace(
            MATTER,
            service_code="lease-report",
            permit=True,
            dong_code="1168064000",
            received_at=datetime(2021, 5, 31, 2, tzinfo=UTC),
        )
        assert not may_take(SEOUL.rules, SEOUL, matter, yeoksam, TODAY)
        assert may_take(SEOUL.rules, SEOUL, matter, SEOUL.office("d-11680"), TODAY)
        later = replace(matter, received_at=datetime(2021, 6, 1, 2, tzinfo=UTC))
        assert may_take(SEOUL.rules, SEOUL, later, yeoksam, TODAY)
        assert not may_take(SEOUL.rules, SEOUL, later, SEOUL.office("d-11680"), TODAY)

    def test_a_city_without_the_practice_judges_by_the_day_of_routing(
        self, practising: Path
    ) -> None:
        """The town's delegation began on 2026-07-01."""
        matter = replace(
            MATTER, service_code="market-stall", received_at=datetime(2026, 6, 30, 2, tzinfo=UTC)
        )
        statement = Statement(text="", place=MILL)
        july = date(2026, 7, 1)
        assert offices(route(TOWN, TOWN.rules, statement, matter, today=july))[1] == "o-mill"
        kept = cities.load(practising)
        assert offices(route(kept, kept.rules, statement, matter, today=july))[1] == "d-west"

    @pytest.mark.parametrize(
        ("service", "office"), [("moving-in", "o-1168067500"), ("bulky-waste", "d-11680")]
    )
    def test_an_office_that_closed_since_gets_nothing(self, service: str, office: str) -> None:
        """Ilwon 2-dong became Gaepo 3-dong on 2022-12-23; a delegated power ended with it."""
        ilwon = Place(code="1168074000")
        found = in_seoul(service, ilwon, received_on=date(2022, 12, 22), today=date(2022, 12, 23))
        assert offices(found)[1] == office


class TestDelegatedPermits:
    """A delegated power is used by who has it under its own authority and responsibility, until it
    is taken back (「행정권한의 위임 및 위탁에 관한 규정」 제2조제1호, lod.law.go.kr LSI279249)."""

    def test_where_the_dong_is_unclear_it_is_asked(self) -> None:
        found = in_seoul("bulky-waste", YEOKSAM)
        assert reason(found) is UnroutedReason.AMBIGUOUS
        unclear = found[1].inputs.unclear
        assert unclear is not None
        assert unclear.candidates == ("o-1168064000", "o-1168065000")
        assert "어느 동" in unclear.question["ko"]

    def test_so_it_is_where_only_the_district_is_known(self) -> None:
        assert reason(in_seoul("bulky-waste", Place(code="11680"))) is UnroutedReason.AMBIGUOUS

    def test_where_the_district_has_not_delegated_it_decides_whichever_dong_it_is(self) -> None:
        """Seocho has no delegation of the lease report."""
        found = in_seoul("lease-report", Place(address="서초구 양재동"))
        assert offices(found) == ("permit_not_delegated", "d-11650")

    def test_a_permit_that_an_office_declines_goes_to_no_department_that_cannot_decide_it(
        self,
    ) -> None:
        """The supervising department of the city does not stand among the alternatives."""
        found = in_seoul("food-business", YEOKSAM_1)
        assert isinstance(found[1], Routed)
        assert found[1].offices == ("d-11680", "c-petition-mediation")
        dropped = [(r.office, r.against, r.value) for r in found[1].verdict.rejected if r.office]
        assert dropped == [("c-health", "no_power", "not_the_citys_permit")]
        declining = after(given_in_seoul(found), 1, "d-11680", SEOUL)
        assert told(declining).rule == Rule.ARBITRATION

    def test_no_person_gives_it_to_the_district_either(self) -> None:
        state = queued(asked("market-stall", place=SHARED))
        for powerless in ("d-west", "c-hall"):
            with pytest.raises(DomainError, match="office_not_competent"):
                by_hand(state, powerless)
        assert told(by_hand(state, "o-mill")).delegated_by == "d-west"
        assert told(by_hand(state, "d-east")).office_id == "d-east", "which has not delegated it"

    def test_the_arbitration_desk_does_not_give_it_back_to_the_district(self) -> None:
        change = after(assigned("market-stall", MILL), 1, "o-mill")
        for powerless in ("d-west", "c-hall"):
            with pytest.raises(DomainError, match="office_not_competent"):
                designated(change.state, powerless)
        assert told(designated(change.state, "o-quay")).rule == Rule.TRANSFERRED


class TestAgencies:
    """The mediation committee designates a department of its own agency (Petitions Decree 38 (1)
    1); to another agency a matter is transferred (Decree 13 (3))."""

    @pytest.mark.parametrize(
        ("office", "rule", "binding"),
        [
            ("c-road", Rule.DESIGNATED, True),
            ("d-11140", Rule.TRANSFERRED, False),
            ("o-1168064000", Rule.TRANSFERRED, False),
        ],
    )
    def test_only_a_department_of_the_city_is_bound(
        self, office: str, rule: Rule, binding: bool
    ) -> None:
        state = in_arbitration()
        event = told(
            arbitration.designate(
                state,
                city=SEOUL,
                ruleset=SEOUL.rules,
                office=SEOUL.office(office),
                now=NOTICED_BY_PHONE,
            )
        )
        assert (event.rule, event.binding) == (rule, binding)

    def test_a_district_declines_what_was_transferred_and_the_desk_has_it_again(self) -> None:
        transferred = designated(in_town_arbitration(), "d-west")
        assert designated_again(transferred, "d-west") is None
        back = after(transferred.state, 4, "d-west")
        assert told(back).rule == Rule.ARBITRATION

    def test_a_district_is_one_agency_with_its_community_offices(self) -> None:
        city, gangnam, yeoksam, jung = (
            SEOUL.office(id_) for id_ in ("c-road", "d-11680", "o-1168064000", "d-11140")
        )
        assert not another_agency(gangnam, yeoksam)
        assert another_agency(gangnam, jung)
        assert another_agency(city, gangnam)
        assert not another_agency(city, SEOUL.arbitration_office)


class TestClock:
    def test_no_article_starts_the_clock_again_so_a_transfer_keeps_it_unless_the_city_says_so(
        self, practising: Path
    ) -> None:
        """Data: practice `transfer_restarts_clock`, in Seoul `no` and assumed."""
        assert SEOUL.practice("transfer_restarts_clock").value == "no"
        later = NOW + timedelta(days=2)
        given = assigned("lamp", HILL)
        kept = handover.decline(
            given, city=TOWN, ruleset=TOWN.rules, event=declined(1, "d-east"), now=later
        )
        assert told(kept).due_at == given.decision.due_at

        town = cities.load(practising)
        restarted = handover.decline(
            given, city=town, ruleset=town.rules, event=declined(1, "d-east"), now=later
        )
        assert told(restarted).due_at == town.due_for(town.service("lamp"), later).at
        assert restarted is not None
        assert isinstance(restarted.state, Assigned)
        assert restarted.state.decision.clock_from == later

    def test_within_one_agency_no_practice_starts_it_again(self, practising: Path) -> None:
        town = cities.load(practising)
        given = assigned("moving-in", MILL)
        event = declined(1, "o-mill", suggested="d-west")
        change = handover.decline(
            given, city=town, ruleset=town.rules, event=event, now=NOW + timedelta(days=2)
        )
        assert told(change).due_at == given.decision.due_at

    @pytest.mark.parametrize("channel", [Channel.WEB, Channel.PHONE])
    def test_what_nobody_understands_is_due_by_the_laws_shortest_period(
        self, channel: Channel
    ) -> None:
        """Petitions Decree 16 (1) and 19: at once, three working hours; 11:00 and lunch: 15:00."""
        found = in_seoul("", text="zzz", channel=channel)
        assert reason(found) is UnroutedReason.NO_CATEGORY
        assert found[1].due_at == datetime(2026, 11, 23, 6, 0, tzinfo=UTC)

    def test_where_only_the_place_is_missing_the_date_is_the_services(self) -> None:
        found = in_seoul("pothole")
        pothole = SEOUL.service("pothole")
        assert found[1].due_at == SEOUL.due_for(pothole, NOTICED_BY_PHONE).at

    def test_a_call_about_a_permit_is_due_when_the_citizen_is_told_how_to_file_it(self) -> None:
        """Petitions Act 8, Decree 16 (1): the permit's period begins with the document."""
        permit = next(
            s
            for s in SEOUL.catalogue.values()
            if s.permit and not SEOUL.clock.counts_hours(s.period)
        )
        called = in_seoul(permit.code, YEOKSAM_1, channel=Channel.PHONE)
        assert called[1].due_at == datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
        filed = in_seoul(permit.code, YEOKSAM_1)
        assert filed[1].due_at == SEOUL.due_for(permit, NOTICED_BY_PHONE).at

    def test_the_date_is_the_same_before_and_after_a_person_assigned_it(self) -> None:
        change = received(asked("lamp"))
        assert change is not None
        [waits] = change.events
        assert isinstance(waits, InquiryUnrouted)
        by_person = queue.assign_by_hand(
            change.state,
            city=TOWN,
            ruleset=TOWN.rules,
            office=TOWN.office("d-east"),
            service_code="lamp",
            now=NOW,
        )
        assert told(by_person).due_at == waits.due_at


class TestQueueWakes:
    def test_its_last_quarter_presses_and_then_it_is_overdue(self) -> None:
        state = unrouted()
        due_at = state.decision.due_at
        presses = due_at - (due_at - state.matter.received_at) / 4
        change = received(asked("lamp"))
        assert change is not None
        assert change.wake_at == presses

        near = queue.wake(state, city=TOWN, ruleset=TOWN.rules, now=presses)
        assert near is not None
        assert isinstance(near.state, Unrouted)
        assert (near.state.urgency, near.wake_at) == (Urgency.NEAR, due_at + dates.MOMENT)
        assert near.events == ()

        over = queue.wake(near.state, city=TOWN, ruleset=TOWN.rules, now=due_at + dates.MOMENT)
        assert over is not None
        assert isinstance(over.state, Unrouted)
        assert (over.state.urgency, over.wake_at) == (Urgency.OVERDUE, None)

    def test_at_the_due_moment_itself_it_is_in_time(self) -> None:
        """Civil Act 159: a period ends with its last moment."""
        state = unrouted()
        assert dates.urgency(state, state.decision.due_at) is Urgency.NEAR

    def test_what_has_an_office_by_then_is_left_alone(self) -> None:
        assert queue.wake(assigned("idea"), city=TOWN, ruleset=TOWN.rules, now=NOW) is None
        assert queue.wake(None, city=TOWN, ruleset=TOWN.rules, now=NOW) is None

    def test_who_assigns_it_stops_the_clock_of_the_queue(self) -> None:
        change = by_hand(unrouted(), "d-east", "lamp")
        assert isinstance(change.state, Assigned)
        assert change.wake_at == dates.next_step(TOWN, change.state)


class TestFiling:
    """Petitions Act 8, Decree 10 (4): only OTHER may be said; anything else is written."""

    @pytest.mark.parametrize(
        ("channel", "kind"),
        [(Channel.PHONE, PetitionKind.OTHER), (Channel.WEB, PetitionKind.GRIEVANCE)],
    )
    def test_a_call_is_other_whatever_it_asks_for(
        self, channel: Channel, kind: PetitionKind
    ) -> None:
        matter, _ = in_seoul("grievance-official", channel=channel)
        assert matter.kind is kind

    def test_so_it_is_when_a_person_names_the_service(self) -> None:
        waits = queued(in_seoul("", text="zzz", channel=Channel.PHONE))
        change = queue.assign_by_hand(
            waits,
            city=SEOUL,
            ruleset=SEOUL.rules,
            office=SEOUL.office("c-audit"),
            service_code="grievance-official",
            now=NOTICED_BY_PHONE,
        )
        assert told(change).matter.kind is PetitionKind.OTHER


class TestPlaces:
    @pytest.mark.parametrize(
        "place", [None, Place(address="부산 해운대구"), Place(address="qwerty")]
    )
    def test_what_any_office_does_needs_no_place(self, place: Place | None) -> None:
        """Certificates of the resident register: any office issues them (Resident Act 29)."""
        assert offices(in_seoul("certificates", place)) == ("any_office", "c-dasan")

    def test_with_a_place_the_office_there_does_it(self) -> None:
        assert offices(in_seoul("certificates", YEOKSAM_1))[1] == "o-1168064000"

    @pytest.mark.parametrize("address", ["강낭구", "역샴동"])
    def test_a_misspelt_name_is_suggested_and_never_followed(self, address: str) -> None:
        """R12: not the candidates, not the district of the suggestion."""
        matter, decision = in_seoul("pothole", Place(address=address))
        assert reason((matter, decision)) is UnroutedReason.AMBIGUOUS
        assert (matter.district_code, matter.dong_code) == ("", "")
        unclear = decision.inputs.unclear
        assert unclear is not None
        assert unclear.suggestion
        assert unclear.question["ko"].startswith("혹시")

    def test_a_suggestion_beside_evidence_decides_nothing_and_is_told(self) -> None:
        matter, decision = in_seoul("pothole", Place(address="강낭구 역삼1동"))
        assert offices((matter, decision))[1] == "d-11680"
        unclear = decision.inputs.unclear
        assert unclear is not None
        assert (unclear.question, unclear.candidates) == ({}, ())
        assert unclear.suggestion is not None
        assert unclear.suggestion["ko"] == "강남구"


class TestReferrals:
    @pytest.mark.parametrize("service", ["subway-complaint", "floor-noise", "immigration"])
    def test_what_another_agency_does_goes_to_the_contact_office_which_refers_it(
        self, service: str
    ) -> None:
        """Petitions Act 16: no department of the city answers in another agency's stead. No place
        is asked for, even where the service is a district's otherwise."""
        matter, decision = in_seoul(service)
        assert offices((matter, decision)) == ("referred", "c-dasan")

    def test_the_department_that_has_to_do_with_the_agency_comes_next(self) -> None:
        _, decision = in_seoul("subway-complaint")
        assert isinstance(decision, Routed)
        assert decision.offices == ("c-dasan", "c-transport", "c-petition-mediation")


@pytest.mark.parametrize("words", ["", "a street lamp"])
def test_what_can_be_asked_for_is_judged_by_the_day_of_receipt(tmp_path: Path, words: str) -> None:
    """As the date is that intake tells."""
    folder = Path(shutil.copytree(cities.PACKS / "saebom", tmp_path / "town"))
    table = folder / "catalogue.csv"
    head, *rows = table.read_text(encoding="utf-8").splitlines()
    rows = [f"{row}," + ("2026-11-24" if row.startswith("lamp,") else "") for row in rows]
    table.write_text("\n".join([f"{head},valid_from", *rows]), encoding="utf-8")
    town = cities.load(folder)
    for day, known in ((23, False), (24, True)):
        received_at = datetime(2026, 11, day, 2, tzinfo=UTC)
        matter = replace(MATTER, received_at=received_at, service_code="" if words else "lamp")
        statement = Statement(text=words, place=HILL)
        _, decision = route(town, town.rules, statement, matter, today=date(2026, 11, 24))
        assert isinstance(decision, Routed) is known


def test_every_matter_of_the_city_goes_to_the_department_that_owns_it() -> None:
    for service in SEOUL.catalogue.values():
        if service.workload is Workload.CITY and service.refer_to is None:
            assert offices(in_seoul(service.code))[1] == service.owner


def queued(found: tuple[Matter, Routed | NotRouted]) -> Unrouted:
    change = received(found)
    assert change is not None
    assert isinstance(change.state, Unrouted)
    return change.state


def by_hand(
    state: Assignment, office: str, service: str = "market-stall"
) -> Change[Assignment, giving.Told]:
    change = queue.assign_by_hand(
        state,
        city=TOWN,
        ruleset=TOWN.rules,
        office=TOWN.office(office),
        service_code=service,
        now=NOW,
    )
    assert change is not None
    return change


def after(
    state: Assignment, attempt: int, office: str, city: City = TOWN
) -> Change[Assignment, giving.Told]:
    change = handover.decline(
        state, city=city, ruleset=city.rules, event=declined(attempt, office), now=NOW
    )
    assert change is not None
    return change


def designated(state: Assignment, office: str) -> Change[Assignment, giving.Told]:
    change = arbitration.designate(
        state, city=TOWN, ruleset=TOWN.rules, office=TOWN.office(office), now=NOW
    )
    assert change is not None
    return change


def designated_again(
    change: Change[Assignment, giving.Told], office: str
) -> Change[Assignment, giving.Told] | None:
    return arbitration.designate(
        change.state, city=TOWN, ruleset=TOWN.rules, office=TOWN.office(office), now=NOW
    )


def in_town_arbitration() -> Assignment:
    first = after(assigned("lamp", HILL), 1, "d-east")
    return after(first.state, 2, "c-works").state


def in_arbitration() -> Assignment:
    state = given_in_seoul(in_seoul("pothole", YEOKSAM_1))
    for attempt in (1, 2):
        assert isinstance(state, Assigned)
        state = after(state, attempt, state.current.office_id, SEOUL).state
    assert isinstance(state, Assigned)
    assert state.current.rule == Rule.ARBITRATION
    return state


def given_in_seoul(found: tuple[Matter, Routed | NotRouted]) -> Assignment:
    matter, decision = found
    change = queue.receive(
        None, city=SEOUL, inquiry_id="i1", matter=matter, decision=decision, now=NOTICED_BY_PHONE
    )
    assert change is not None
    return change.state
