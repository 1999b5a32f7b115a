"""What the law says about filing, counting and objecting, each value beside its article."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from services.cities import (
    IMMEDIATELY,
    Certainty,
    City,
    Due,
    Extension,
    FilingRules,
    Period,
    PetitionKind,
    Procedure,
    Reason,
    Service,
    Term,
    TermRefused,
    UnknownCode,
)
from services.cities.catalogue.filing import filing
from services.cities.catalogue.matter import Channel

DOCUMENTS = [kind for kind in PetitionKind if kind is not PetitionKind.OTHER]


def at(city: City, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=city.timezone)


def of_kind(city: City, kind: PetitionKind) -> Service:
    """A petition of this kind."""
    return next(
        service
        for service in city.catalogue.values()
        if (service.kind, service.procedure) == (kind, Procedure.PETITION)
    )


# Petitions Act 8: a petition is filed as a document; OTHER may be filed by word of mouth.


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_a_call_is_other_and_the_rest_needs_a_document_act_8(
    kind: PetitionKind, seoul: City
) -> None:
    called = seoul.filing(of_kind(seoul, kind), Channel.PHONE)
    assert (called.kind, called.asked) == (PetitionKind.OTHER, kind)
    assert called.needs_document
    assert called.source == "「민원 처리에 관한 법률」 제8조"


def test_a_call_about_an_everyday_matter_is_filed_at_once_act_8(seoul: City) -> None:
    called = seoul.filing(seoul.service("pothole"), Channel.PHONE)
    assert (called.kind, called.needs_document) == (PetitionKind.OTHER, False)


@pytest.mark.parametrize("channel", [c for c in Channel if c is not Channel.PHONE])
@pytest.mark.parametrize("kind", list(PetitionKind))
def test_a_document_is_what_it_is_whether_on_paper_or_electronic_act_8(
    kind: PetitionKind, channel: Channel, seoul: City
) -> None:
    filed = seoul.filing(of_kind(seoul, kind), channel)
    assert (filed.kind, filed.asked, filed.needs_document) == (kind, kind, False)


def test_at_the_counter_an_officer_writes_down_what_is_said_decree_10_4(seoul: City) -> None:
    filed = seoul.filing(seoul.service("moving-in"), Channel.COUNTER)
    assert (filed.kind, filed.needs_document) == (PetitionKind.STATUTORY, False)


@pytest.mark.parametrize("procedure", [p for p in Procedure if p is not Procedure.PETITION])
def test_what_another_law_wants_in_writing_is_not_filed_by_a_call(procedure: Procedure) -> None:
    rules = FilingRules(
        spoken_channels=frozenset({Channel.PHONE}),
        spoken_kinds=frozenset({PetitionKind.OTHER}),
        becomes=PetitionKind.OTHER,
        period=IMMEDIATELY,
        certainty=Certainty.SOURCED,
        period_source="Article 16",
        source="Article 8",
        written_down="Article 10",
    )
    called = filing(rules, PetitionKind.OTHER, Channel.PHONE, procedure)
    assert called.needs_document
    assert not filing(rules, PetitionKind.OTHER, Channel.WEB, procedure).needs_document


@pytest.mark.parametrize("code", ["parking-fine", "proposal", "corruption"])
def test_fine_objections_proposals_and_reports_are_not_filed_by_a_call(
    code: str, seoul: City
) -> None:
    assert seoul.filing(seoul.service(code), Channel.PHONE).needs_document


def test_a_call_about_what_must_be_a_document_waits_for_how_to_file_it_decree_16(
    seoul: City,
) -> None:
    """Act 2(1)가4: counselling on a procedure is OTHER; the matter's own period begins later."""
    permit = next(
        s for s in seoul.catalogue.values() if s.permit and not seoul.clock.counts_hours(s.period)
    )
    called = seoul.as_asked(permit, Channel.PHONE)
    assert (called.period, called.certainty) == (IMMEDIATELY, Certainty.SOURCED)
    assert "시행령」 제16조제1항" in called.source
    assert seoul.as_asked(permit, Channel.COUNTER) is permit
    pothole = seoul.service("pothole")
    assert seoul.as_asked(pothole, Channel.PHONE) is pothole


def test_a_city_without_such_rules_takes_anything_on_the_phone(boston: City) -> None:
    for service in boston.catalogue.values():
        assert not boston.filing(service, Channel.PHONE).needs_document


# Civil Act 159, by Petitions Act 19(3): a period of weeks, months or years ends with its last day.


@pytest.mark.parametrize(
    ("written", "due"),
    [
        ("1w", "2026-11-30 23:59:59"),
        ("1m", "2026-12-22 23:59:59"),
        ("1y", "2027-11-22 23:59:59"),
    ],
)
def test_weeks_months_and_years_end_when_the_day_ends_civil_act_159(
    written: str, due: str, seoul: City
) -> None:
    found = seoul.due(at(seoul, "2026-11-23 10:00"), Period.parse(written))
    assert found.local == at(seoul, due)


@pytest.mark.parametrize(("written", "hour"), [("7d", 18), ("6d", 18)])
def test_working_days_still_end_when_the_office_closes(
    written: str, hour: int, seoul: City
) -> None:
    assert seoul.due(at(seoul, "2026-11-23 10:00"), Period.parse(written)).local.hour == hour


def test_a_month_that_ends_on_a_day_off_ends_on_the_next_working_day_civil_act_161(
    seoul: City,
) -> None:
    found = seoul.due(at(seoul, "2026-01-31 10:00"), Period.parse("1m"))
    # 28 February is a Saturday, 1 March a holiday on a Sunday, 2 March its substitute.
    assert found.local == at(seoul, "2026-03-03 23:59:59")


# Petitions Act 35: an objection is decided in ten days, and once in ten more from the day after.


def decided(city: City, received: str, *extensions: Extension) -> Due:
    term = city.term_within("objection_decision", at(city, received), extensions=extensions)
    due = city.due_of(term)
    assert isinstance(due, Due)
    return due


def test_an_objection_is_decided_within_ten_days_act_35_2(seoul: City) -> None:
    assert decided(seoul, "2026-11-23 10:00").local == at(seoul, "2026-12-03 23:59:59")


def test_an_extension_runs_from_the_day_after_expiry_act_35_2(seoul: City) -> None:
    more = Extension(period=Period.parse("10c"))
    # 2 December and ten days: Saturday the 12th, so Monday the 14th; then from the 15th on, ten.
    assert decided(seoul, "2026-12-02 10:00").date == date(2026, 12, 14)
    assert decided(seoul, "2026-12-02 10:00", more).date == date(2026, 12, 24)


def test_the_extension_is_not_longer_than_ten_days_and_not_twice_act_35_2(seoul: City) -> None:
    with pytest.raises(TermRefused):
        decided(seoul, "2026-12-02 10:00", Extension(period=Period.parse("11c")))
    ten = Extension(period=Period.parse("10c"))
    with pytest.raises(TermRefused):
        decided(seoul, "2026-12-02 10:00", ten, ten)
    with pytest.raises(TermRefused):
        decided(seoul, "2026-12-02 10:00", ten, Extension(period=ten.period, consent=True))


def test_a_roll_within_the_terms_legs_is_explained(seoul: City) -> None:
    more = Extension(period=Period.parse("10c"))
    spans = decided(seoul, "2026-12-02 10:00", more).spans()
    assert [s.reason for s in spans] == [
        Reason.FIRST_DAY,
        Reason.CALENDAR,
        Reason.WEEKEND,
        Reason.ROLLED,
        Reason.CALENDAR,
    ]
    assert sum(s.amount for s in spans) == 20


def test_the_term_of_an_unknown_step_is_refused(seoul: City) -> None:
    with pytest.raises(UnknownCode, match="coffee_break"):
        seoul.term_within("coffee_break", at(seoul, "2026-11-23 10:00"))


# An assumption is never shown as law (Petitions Act 17, 18 and 36 speak of the periods set).


def test_no_assumed_period_is_ever_called_the_statutory_one(
    seoul: City, boston: City, saebom: City
) -> None:
    for city in (seoul, boston, saebom):
        for service in city.catalogue.values():
            due = city.due_for(service, at(city, "2026-11-23 10:00"))
            for language in city.languages:
                told = due.explain(language)[-1]
                label = city.period_label(service)[language]
                as_law = service.certainty is Certainty.SOURCED
                assert (told.startswith(("처리기한", "due "))) is as_law, (service.code, told)
                assert (label in {"법정 처리기간", "statutory period"}) is (
                    as_law and city is not boston
                )


def test_what_no_statute_sets_is_called_the_citys_own(boston: City) -> None:
    """Boston's periods are targets that were recorded, not law: its pack words them so."""
    for service in boston.catalogue.values():
        due = boston.due_for(service, at(boston, "2026-11-23 10:00"))
        said = (boston.period_label(service)["en"], *due.explain("en"))
        assert "statut" not in " ".join(said)
    assert "target" in boston.clock.provisional_label()["en"]


def test_the_words_for_an_expectation_are_those_of_an_administration(seoul: City) -> None:
    service = seoul.service("pothole")
    assert seoul.period_label(service)["ko"] == "예상 처리기간(업무 기준)"
    told = seoul.due_for(service, at(seoul, "2026-11-23 10:00")).explain("ko")[-1]
    assert told == (
        "처리예정일 2026. 11. 26. 10:00(업무 기준에 따른 예상이며, 법정 처리기간이 아님)"
    )


def test_recomputing_a_term_keeps_that_it_is_an_expectation(seoul: City) -> None:
    due = seoul.due_for(seoul.service("tree"), at(seoul, "2026-11-23 10:00"))
    assert due.term.certainty is Certainty.ASSUMED
    declared = seoul.clock.calendar.days_off[date(2026, 12, 25)]
    moved = seoul.clock.with_days_off([declared]).due_of(due.term)
    assert isinstance(moved, Due)
    assert "예상" in moved.explain("ko")[-1]


def test_a_day_is_written_as_an_administration_writes_it(seoul: City) -> None:
    """「행정업무의 운영 및 혁신에 관한 규정」 Article 7(5): figures with points between them."""
    told = seoul.due(at(seoul, "2026-12-02 10:00"), Period.parse("7d")).explain("ko")
    assert told[0] == "접수 2026. 12. 2. 10:00"
    assert told[-1] == "처리기한 2026. 12. 10. 18:00까지"


def test_working_time_is_told_in_words_not_as_a_time_of_day(seoul: City) -> None:
    told = seoul.due(at(seoul, "2026-11-23 10:00"), Period.parse("now")).explain("ko")
    assert "2026. 11. 23. 10:00 ~ 2026. 11. 23. 12:00: 근무시간 2시간 산입" in told
    told = seoul.due(at(seoul, "2026-11-23 11:30"), Period.parse("now")).explain("ko")
    assert "2026. 11. 23. 11:30 ~ 2026. 11. 23. 12:00: 근무시간 30분 산입" in told
    assert "2026. 11. 23. 13:00 ~ 2026. 11. 23. 15:30: 근무시간 2시간 30분 산입" in told


# A target for what cannot wait stands beside the statutory date, which counts working hours only.


def test_an_emergency_has_a_target_beside_the_statutory_date(seoul: City) -> None:
    snow, night = seoul.service("snow"), at(seoul, "2026-11-28 03:00")
    assert seoul.due_for(snow, night).local == at(seoul, "2026-11-30 12:00")
    assert seoul.wanted_by(snow, night) == night + timedelta(hours=3)
    assert snow.target is not None
    assert snow.target.certainty is Certainty.ASSUMED
    assert seoul.wanted_by(seoul.service("tree"), night) is None


def test_what_the_law_leaves_open_is_a_practice_with_its_status(seoul: City) -> None:
    judged = seoul.practice("competent_on")
    assert (judged.value, judged.certainty) == ("receipt", Certainty.SOURCED)
    transferred = seoul.practice("transfer_restarts_clock")
    assert (transferred.value, transferred.certainty) == ("no", Certainty.ASSUMED)
    with pytest.raises(UnknownCode):
        seoul.practice("coffee_break")


def test_a_term_without_a_word_about_it_is_the_laws(seoul: City) -> None:
    term = Term(received_at=at(seoul, "2026-11-23 10:00"), period=Period.parse("7d"))
    assert term.certainty is Certainty.SOURCED
