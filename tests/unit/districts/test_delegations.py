"""The rulebook of delegations: who may be given what, and who was competent when, and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from dasan.districts.v1 import delegations_pb2

from services import cities
from services.cities import Validity
from services.common.kernel import DomainError, Kind
from services.districts.domain.delegation import competence, decide
from services.districts.domain.delegation.commands import (
    CancelGrant,
    Command,
    GrantTo,
    RecallGrant,
    RecordReadiness,
    Resume,
    Suspend,
)
from services.districts.domain.delegation.competence import Reason, Step
from services.districts.domain.delegation.events import DelegationPeriod, DelegationRecorded
from services.districts.domain.delegation.model import Delegation, RecallEffect, periods

SEOUL, TOWN = cities.load("seoul"), cities.load("saebom")
WASTE = "bulky-waste"
JONGNO = SEOUL.offices["d-11110"]
SAJIK, SAMCHEONG, BUAM = "o-1111053000", "o-1111054000", "o-1111055000"
TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
BASIS = "종로구 사무위임 조례 제3조"


def day(number: int) -> date:
    """So many days after today."""
    return TODAY + timedelta(days=number)


def entry(at: int = 0, city: cities.City = SEOUL, district: str = "d-11110") -> decide.Entry:
    return decide.Entry(city=city, district=city.offices[district], now=NOW + timedelta(days=at))


def done(state: Delegation | None, *commands: Command, at: int = 0) -> Delegation:
    for command in commands:
        state = decide.carry_out(state, command=command, entry=entry(at)).state
    assert state is not None
    return state


def ready(*office_ids: str, **said: Any) -> RecordReadiness:
    values = {
        "service_code": WASTE,
        "officer_code": "J-17",
        "office_ids": office_ids or (SAJIK,),
        "monthly_capacity": 400,
        "checked_on": day(-3),
        "trained_on": day(-1),
    }
    return RecordReadiness(**{**values, **said})


def grant(*office_ids: str, **said: Any) -> GrantTo:
    values = {
        "service_code": WASTE,
        "officer_code": "J-17",
        "office_ids": office_ids or (SAJIK,),
        "legal_basis": BASIS,
        "since": day(10),
        "until": None,
    }
    return GrantTo(**{**values, **said})


def suspend(**said: Any) -> Suspend:
    values = {
        "service_code": WASTE,
        "officer_code": "J-17",
        "grant_id": 1,
        "since": day(20),
        "until": day(24),
        "reason": "감사 결과",
    }
    return Suspend(**{**values, **said})


def resume(since: date) -> Resume:
    return Resume(service_code=WASTE, officer_code="J-17", grant_id=1, since=since)


def recall(since: date, effect: RecallEffect = RecallEffect.STAY, grant_id: int = 1) -> RecallGrant:
    return RecallGrant(
        service_code=WASTE,
        officer_code="J-17",
        grant_id=grant_id,
        since=since,
        effect=effect,
        reason="인력 부족",
    )


def cancel() -> CancelGrant:
    return CancelGrant(service_code=WASTE, officer_code="J-17", grant_id=1, reason="잘못 입력")


def who(
    state: Delegation | None, on: date, place: str = "1111053000", as_of: date | None = None
) -> tuple[str, Reason]:
    found = competence.competent(state, competence.place_of(SEOUL, place), on, as_of or on)
    return found.office_id, found.reason


def refused(state: Delegation | None, command: Command, at: int = 0) -> tuple[str, Kind]:
    with pytest.raises(DomainError) as error:
        decide.carry_out(state, command=command, entry=entry(at))
    return error.value.slug, error.value.kind


GRANTED = done(None, ready(), grant())


class TestWhoWasCompetentAndWhy:
    def test_without_a_delegation_the_district(self) -> None:
        assert who(None, TODAY) == ("d-11110", Reason.NOT_GRANTED)
        assert who(GRANTED, day(10), "1111054000") == ("d-11110", Reason.NOT_GRANTED)

    def test_of_a_district_alone_the_district(self) -> None:
        assert who(GRANTED, day(10), "11110") == ("d-11110", Reason.DISTRICT)

    def test_a_grant_by_days_both_ends_included(self) -> None:
        state = done(None, ready(), grant(until=day(12)))
        assert [who(state, day(n)) for n in (9, 10, 12, 13)] == [
            ("d-11110", Reason.NOT_YET),
            (SAJIK, Reason.DELEGATED),
            (SAJIK, Reason.DELEGATED),
            ("d-11110", Reason.EXPIRED),
        ]

    def test_a_suspension_by_days(self) -> None:
        state = done(GRANTED, suspend())
        assert [who(state, day(n)) for n in (19, 20, 24, 25)] == [
            (SAJIK, Reason.DELEGATED),
            ("d-11110", Reason.SUSPENDED),
            ("d-11110", Reason.SUSPENDED),
            (SAJIK, Reason.DELEGATED),
        ]

    def test_a_suspension_that_is_ended(self) -> None:
        state = done(GRANTED, suspend(until=None), resume(day(22)))
        assert [who(state, day(n))[1] for n in (19, 20, 21, 22)] == [
            Reason.DELEGATED,
            Reason.SUSPENDED,
            Reason.SUSPENDED,
            Reason.DELEGATED,
        ]
        undone = done(GRANTED, suspend(), resume(day(12)))
        assert who(undone, day(21)) == (SAJIK, Reason.DELEGATED)

    def test_a_recall_leaves_pending_cases_where_they_are(self) -> None:
        state = done(GRANTED, recall(day(30)))
        assert who(state, day(29)) == (SAJIK, Reason.DELEGATED)
        assert who(state, day(30)) == ("d-11110", Reason.RECALLED)
        assert who(state, day(29), as_of=day(40)) == (SAJIK, Reason.DELEGATED)

    def test_a_recall_that_returns_takes_pending_cases_too(self) -> None:
        state = done(GRANTED, recall(day(30), RecallEffect.RETURN))
        assert who(state, day(29)) == (SAJIK, Reason.DELEGATED)
        assert who(state, day(29), as_of=day(29)) == (SAJIK, Reason.DELEGATED)
        assert who(state, day(29), as_of=day(30)) == ("d-11110", Reason.RETURNED)

    def test_a_second_grant_after_a_recall(self) -> None:
        state = done(GRANTED, recall(day(30)), grant(since=day(40)))
        assert who(state, day(35)) == ("d-11110", Reason.RECALLED)
        assert who(state, day(40)) == (SAJIK, Reason.DELEGATED)

    def test_a_grant_that_was_taken_back_never_held(self) -> None:
        state = done(GRANTED, cancel())
        assert who(state, day(10)) == ("d-11110", Reason.CANCELLED)

    def test_a_delegated_power_ends_with_the_office_that_had_it(self) -> None:
        seeded = decide.seed(None, city=TOWN, district="west", service_code="market-stall", now=NOW)
        assert seeded is not None
        quay = replace(
            TOWN.offices["o-quay"],
            validity=Validity(start=date(2026, 7, 1), end=date(2026, 11, 30)),
        )
        place = replace(competence.place_of(TOWN, "quay"), dong_office=quay)
        found = [
            competence.competent(seeded.state, place, received, as_of)
            for received, as_of in (
                (date(2026, 11, 30), date(2026, 11, 30)),
                (date(2026, 11, 30), date(2026, 12, 1)),
                (date(2026, 12, 1), date(2026, 12, 1)),
            )
        ]
        assert [(one.office_id, one.reason) for one in found] == [
            ("o-quay", Reason.DELEGATED),
            ("d-west", Reason.OFFICE_CLOSED),
            ("d-west", Reason.OFFICE_CLOSED),
        ]

    def test_the_history_tells_every_step_in_the_order_of_its_entry(self) -> None:
        state = done(GRANTED, suspend(until=None), at=1)
        state = done(state, resume(day(22)), at=2)
        state = done(state, recall(day(30)), at=3)
        told = [(one.step, one.grant_id, one.since) for one in competence.history(state)]
        assert told == [
            (Step.READINESS, 0, day(-1)),
            (Step.GRANTED, 1, day(10)),
            (Step.SUSPENDED, 1, day(20)),
            (Step.RESUMED, 1, day(22)),
            (Step.RECALLED, 1, day(30)),
        ]
        assert {one.entered.office_id for one in competence.history(state)} == {"d-11110"}

    def test_what_is_asked_must_be_a_permit_and_a_place_of_the_city(self) -> None:
        for service, slug in (("flying-car", "unknown_service"), ("pothole", "not_a_permit")):
            with pytest.raises(DomainError, match=slug):
                competence.must_be_permit(SEOUL, service)
        with pytest.raises(DomainError, match="unknown_dong"):
            competence.place_of(SEOUL, "9999999999")


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("command", "slug"),
        [
            (grant(service_code="flying-car"), "unknown_service"),
            (grant(service_code="pothole"), "not_delegable"),
            (grant(legal_basis=" "), "no_legal_basis"),
            (grant("o-0"), "unknown_office"),
            (grant("o-1168064000"), "foreign_office"),
            (grant("d-11110"), "foreign_office"),
            (grant(), "not_ready"),
            (grant(since=day(-1)), "in_the_past"),
            (grant(until=day(9)), "dates_out_of_order"),
            (grant(SAJIK, SAJIK), "invalid_offices"),
            (grant(officer_code=""), "invalid_officer"),
            (grant(officer_code="홍길동"), "invalid_officer_code"),
            (grant(officer_code="Gildong Hong"), "invalid_officer_code"),
            (ready(monthly_capacity=0), "no_capacity"),
            (ready(trained_on=day(1)), "in_the_future"),
            (suspend(), "unknown_grant"),
        ],
    )
    def test_before_there_is_a_delegation(self, command: Command, slug: str) -> None:
        assert refused(None, command)[0] == slug

    @pytest.mark.parametrize(
        ("command", "slug"),
        [
            (grant(), "overlapping_grant"),
            (grant(since=day(50), until=day(60)), "overlapping_grant"),
            (suspend(since=day(5)), "outside_grant"),
            (suspend(reason=""), "no_reason"),
            (suspend(until=day(19)), "dates_out_of_order"),
            (resume(day(20)), "not_suspended"),
            (recall(day(9)), "outside_grant"),
        ],
    )
    def test_of_a_grant(self, command: Command, slug: str) -> None:
        assert refused(GRANTED, command)[0] == slug

    def test_an_office_that_is_closed(self) -> None:
        command = ready(service_code="market-stall", office_ids=("o-quay",))
        early = decide.Entry(
            city=TOWN, district=TOWN.offices["d-west"], now=datetime(2026, 6, 1, tzinfo=UTC)
        )
        with pytest.raises(DomainError, match="office_closed"):
            decide.carry_out(None, command=command, entry=early)

    def test_what_is_over_does_not_change(self) -> None:
        recalled = done(GRANTED, recall(day(30)))
        assert refused(recalled, recall(day(20)))[0] == "already_recalled"
        assert refused(recalled, cancel())[0] == "already_recalled"
        assert refused(recalled, suspend(since=day(30), until=None))[0] == "already_recalled"
        assert refused(done(GRANTED, cancel()), recall(day(11)))[0] == "already_cancelled"
        assert refused(GRANTED, cancel(), at=10)[0] == "in_force"
        assert refused(GRANTED, recall(day(11)), at=12)[0] == "in_the_past"
        assert refused(done(GRANTED, suspend()), suspend(since=day(24), until=None))[0] == (
            "already_suspended"
        )

    def test_until_the_day_of_its_recall_a_grant_is_suspended_and_resumed(self) -> None:
        """The head supervises up to the last day, not up to the day on which an end was planned."""
        recalled = done(GRANTED, recall(day(30)))
        suspended = done(recalled, suspend(since=day(12), until=None))
        assert [one.days for one in periods(suspended)] == [Validity(start=day(10), end=day(11))]
        resumed = done(suspended, resume(since=day(20)))
        assert [one.days for one in periods(resumed)] == [
            Validity(start=day(10), end=day(11)),
            Validity(start=day(20), end=day(29)),
        ]

    def test_an_earlier_end_of_a_suspension_leaves_the_planned_one_in_the_history(self) -> None:
        state = done(GRANTED, suspend(since=day(12), until=None))
        state = done(state, resume(since=day(20)), at=1)
        state = done(state, resume(since=day(15)), at=2)
        assert [one.days for one in periods(state)] == [
            Validity(start=day(10), end=day(11)),
            Validity(start=day(15)),
        ]
        resumed = [one.since for one in competence.history(state) if one.step is Step.RESUMED]
        assert resumed == [day(20), day(15)]

    def test_all_offices_of_a_grant_or_none(self) -> None:
        state = done(None, ready(SAJIK))
        assert refused(state, grant(SAJIK, SAMCHEONG)) == ("not_ready", Kind.CONFLICT)


def test_no_number_of_steps_keeps_a_district_from_supervising(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(decide, "MOST_STEPS", 1)
    for command in (ready(), suspend()):
        assert refused(GRANTED, command) == ("too_many_steps", Kind.CONFLICT)
    recalled = done(GRANTED, recall(day(30)))
    assert recalled.grants[0].recall is not None


def test_no_field_of_the_contract_could_say_that_approval_is_asked_first() -> None:
    """The head of a district may not require it (ordinance of Gangnam 2082, of Jongno 1752)."""
    names = [
        field.full_name
        for message in delegations_pb2.DESCRIPTOR.message_types_by_name.values()
        for field in message.fields
    ]
    assert names
    assert not [n for n in names if any(w in n for w in ("approv", "consent", "prior", "consult"))]


class TestWhatIsTold:
    def test_each_later_than_the_one_before_whatever_the_clocks_say(self) -> None:
        ahead = decide.carry_out(None, command=ready(), entry=entry(1))
        behind = decide.carry_out(ahead.state, command=grant(), entry=entry())
        first, second = (change.events[0].recorded_at for change in (ahead, behind))
        assert second == first + timedelta(milliseconds=1)

    def test_the_days_on_which_each_office_decides(self) -> None:
        state = done(GRANTED, suspend())
        change = decide.carry_out(
            state, command=recall(day(30), RecallEffect.RETURN), entry=entry()
        )
        [told] = change.events
        returned = day(30).isoformat()
        assert told == DelegationRecorded(
            delegation_id="delegation:11110:bulky-waste",
            district_code="11110",
            service_code=WASTE,
            revision=4,
            periods=tuple(
                DelegationPeriod(
                    office_id=SAJIK,
                    valid_from=day(first).isoformat(),
                    valid_until=day(last).isoformat(),
                    returned_on=returned,
                    legal_basis=BASIS,
                )
                for first, last in ((10, 19), (25, 29))
            ),
            # The fourth change of this moment.
            recorded_at=NOW + timedelta(milliseconds=3),
        )

    def test_periods_never_overlap_however_suspensions_lie(self) -> None:
        state = done(
            GRANTED,
            suspend(since=day(10), until=day(11)),
            suspend(since=day(13), until=day(13)),
            suspend(since=day(20), until=None),
        )
        assert [(p.days.start, p.days.end) for p in periods(state)] == [
            (day(12), day(12)),
            (day(14), day(19)),
        ]


class TestSeed:
    def test_each_office_of_the_pack_gets_what_the_pack_gives_it_once(self) -> None:
        change = decide.seed(None, city=SEOUL, district="11110", service_code=WASTE, now=NOW)
        assert change is not None
        for office in SEOUL.offices.values():
            if office.district == "11110" and office.dong is not None:
                for on in (TODAY, day(4000)):
                    was = SEOUL.delegate(WASTE, "11110", office.dong, on)
                    found = competence.competent(
                        change.state, competence.place_of(SEOUL, office.dong), on, on
                    )
                    assert found.office_id == (was.id if was is not None else "d-11110")
        again = decide.seed(change.state, city=SEOUL, district="11110", service_code=WASTE, now=NOW)
        assert again is None

    def test_the_dates_of_pack_and_office_both_hold(self) -> None:
        change = decide.seed(None, city=TOWN, district="west", service_code="market-stall", now=NOW)
        assert change is not None
        assert {(g.office_id, g.since, g.until) for g in change.state.grants} == {
            ("o-mill", date(2026, 7, 1), None),
            ("o-quay", date(2026, 7, 1), None),
        }

    def test_what_the_registry_has_is_left_alone(self) -> None:
        assert (
            decide.seed(GRANTED, city=SEOUL, district="11110", service_code=WASTE, now=NOW) is None
        )


class TestReturn:
    OFFICE = SEOUL.offices[SAJIK]

    def back(self, state: Delegation, received: int, today: int) -> bool:
        return competence.must_return(state, self.OFFICE, day(received), day(today))

    def test_only_by_a_recall_that_says_so_and_from_its_day_on(self) -> None:
        stays = done(GRANTED, recall(day(30)))
        assert not self.back(stays, 20, 31)
        returns = done(GRANTED, recall(day(30), RecallEffect.RETURN))
        assert not self.back(returns, 20, 29)
        assert self.back(returns, 20, 30)

    def test_what_came_on_the_day_of_the_recall_before_its_entry_too(self) -> None:
        returns = done(GRANTED, recall(day(30), RecallEffect.RETURN))
        assert self.back(returns, 30, 30)

    def test_not_what_a_later_grant_covers(self) -> None:
        state = done(
            GRANTED, recall(day(30), RecallEffect.RETURN), grant(since=day(40), until=None)
        )
        assert not self.back(state, 41, 45)
        assert self.back(state, 20, 45)
