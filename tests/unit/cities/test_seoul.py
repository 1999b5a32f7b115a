"""Seoul's catalogue, each right value beside where it comes from."""

from __future__ import annotations

import re
from datetime import date

import pytest

from services.cities import (
    Ambiguous,
    Ask,
    Certainty,
    City,
    OfficeKind,
    PetitionKind,
    Place,
    Procedure,
    UnknownCode,
    Workload,
)
from tests.support.competence import verdict

TODAY = date(2026, 11, 23)
IN_SAJIK = Place(code="1111053000")
IN_YEOKSAM = Place(code="1168010100")
ORGANISATION = "「서울특별시 행정기구 설치 조례"


def first(city: City, service: str, place: Place | None = IN_SAJIK) -> str:
    resolution = None if place is None else city.locate(place, TODAY)
    return verdict(city, service, resolution, TODAY).offices[0]


# Who does it.


@pytest.mark.parametrize(
    ("service", "owner", "name"),
    [
        # Delegation ordinance of the city, supplementary provisions of 8694 (2023-05-22).
        ("hangang", "c-hangang", "미래한강본부"),
        # Organisation ordinance 19, 8: the Garden City Bureau protects animals.
        ("animal", "c-animal", "정원도시국 동물보호과"),
        # Organisation ordinance 12-3: small businesses, labour and consumers.
        ("small-business", "c-labor", "민생노동국"),
        ("labour", "c-labor", "민생노동국"),
        ("consumer", "c-labor", "민생노동국"),
        # Organisation rule 15, 3, 14.
        ("library", "c-library", "서울도서관"),
        # Organisation ordinance 12-4: disclosure of information.
        ("information-disclosure", "c-digital", "디지털도시국"),
        # Organisation rule 18-2, 7: outdoor advertising.
        ("billboard-permit", "c-design", "디자인정책관"),
        ("illegal-ads", "c-design", "디자인정책관"),
        # Organisation rule 8, 4.
        ("civil-defence", "c-civil-defence", "비상기획관 민방위담당관"),
        # Organisation rule 5, 7: petitions, the mediation committee and passports.
        ("suggestion", "c-petition-mediation", "홍보기획관 민원담당관"),
        ("passport", "c-petition-mediation", "홍보기획관 민원담당관"),
        # Organisation rule 10, 10, 8: legal advice for citizens.
        ("legal-counselling", "c-legal", "기획조정실 법률지원담당관"),
        # Citizen participation ordinance 9882: the department named in it.
        ("proposal", "c-contents", "홍보기획관 콘텐츠담당관"),
        # Public interest report ordinance 9608: the audit committee.
        ("corruption", "c-audit", "감사위원회"),
    ],
)
def test_the_owner_is_the_department_the_ordinances_name(
    service: str, owner: str, name: str, seoul: City
) -> None:
    assert seoul.service(service).owner == owner
    assert seoul.office(owner).names["ko"] == name


def test_the_arbitrating_desk_is_an_office_that_exists_organisation_rule_5_7(seoul: City) -> None:
    assert "사무국" not in seoul.arbitration_office.names["ko"]
    assert seoul.arbitration_office.names["ko"] == "홍보기획관 민원담당관"


# Family Register Act 3(2), 20, 21: births and deaths also at a community office; the rest is filed
# with the head of a city, district, town or township. Certificates: any office.


@pytest.mark.parametrize("service", ["marriage-divorce", "name-change"])
def test_marriage_divorce_and_names_are_the_districts_family_register_act_20(
    service: str, seoul: City
) -> None:
    assert seoul.service(service).workload is Workload.DISTRICT
    assert first(seoul, service) == "d-11110"


def test_births_and_deaths_may_be_reported_at_a_community_office_family_register_act_21(
    seoul: City,
) -> None:
    assert first(seoul, "birth-death") == "o-1111053000"


@pytest.mark.parametrize(
    ("text", "service"),
    [
        ("혼인신고는 어디서 하나요", "marriage-divorce"),
        ("개명 신고 하려고요", "name-change"),
        ("출생신고 하려고 합니다", "birth-death"),
        ("가족관계증명서 발급", "family-certificates"),
        # Building Act 21 (start) is not 11(7) (postponement).
        ("착공신고 하려고 합니다", "construction-start"),
        ("착공 연기 신청", "construction-delay"),
        # Multi-family Housing Act 20, Noise Act 21-2: not the neighbourhood noise of article 21.
        ("윗집 층간소음이 심해요", "floor-noise"),
        # Immigration Act 31: the immigration office's.
        ("외국인등록증을 연장하려고요", "immigration"),
        ("비자 연장은 어디서", "immigration"),
        # Housing Lease Protection Act 3-6.
        ("확정일자 받으러 왔어요", "fixed-date"),
        ("무료 법률상담을 받고 싶습니다", "legal-counselling"),
        ("직원이 뇌물을 받았습니다", "corruption"),
        ("공무원 불친절을 신고합니다", "grievance-official"),
        # Citizen participation ordinance 11: a proposal; Petitions Act 2: a suggestion.
        ("정책 제안을 하고 싶습니다", "proposal"),
        ("개선해 주시기를 건의드립니다", "suggestion"),
        # The registry office's, not a copy of the resident register.
        ("등기부등본을 떼고 싶어요", "other-agency"),
    ],
)
def test_what_was_one_entry_is_told_apart(text: str, service: str, seoul: City) -> None:
    assert seoul.classify(text)[0].service == service


@pytest.mark.parametrize("text", ["부동산중개업 등록", "건설업 등록", "석유판매업 등록"])
def test_who_wants_a_registration_is_not_given_a_preliminary_review_act_30(
    text: str, seoul: City
) -> None:
    assert "preliminary-review" not in [match.service for match in seoul.classify(text)]


@pytest.mark.parametrize(
    "service",
    [
        # Seal Certificate Act 12, Resident Registration Act 29 and 29-2, Family Register Act 14:
        # any office issues them. Passport Act 9: any district (yna 2019-04-11).
        "certificates",
        "moved-in-households",
        "seal-certificate",
        "family-certificates",
        "resident-card",
        "passport",
        "marriage-divorce",
        "name-change",
    ],
)
def test_what_any_office_does_needs_no_place(service: str, seoul: City) -> None:
    assert seoul.service(service).anywhere
    assert first(seoul, service, None) == seoul.contact_office.id
    tier = {Workload.DISTRICT: "d-11110", Workload.DONG: "o-1111053000"}
    assert first(seoul, service) == tier[seoul.service(service).workload]


def test_a_fixed_date_is_the_community_offices_by_law_not_by_delegation_lease_act_3_6(
    seoul: City,
) -> None:
    assert not seoul.service("fixed-date").permit
    assert first(seoul, "fixed-date", Place(code="1162054500")) == "o-1162054500"


@pytest.mark.parametrize(
    "service",
    ["basic-livelihood", "housing-benefit", "basic-pension", "emergency-aid", "disability"],
)
def test_a_benefit_is_asked_for_at_the_community_office_and_decided_by_the_district(
    service: str, seoul: City
) -> None:
    """Basic Livelihood Security Act 21 and 26: the head of the district decides."""
    assert seoul.service(service).intake is Workload.DONG
    offices = verdict(seoul, service, seoul.locate(IN_SAJIK, TODAY), TODAY).offices
    assert list(offices[:2]) == ["d-11110", "o-1111053000"]


@pytest.mark.parametrize("service", ["pothole", "sidewalk", "street-light", "traffic-sign"])
def test_a_wide_road_is_the_road_offices_organisation_ordinance_104(
    service: str, seoul: City
) -> None:
    """The 20 metres are assumed: the ordinance's annex could not be read."""
    split = seoul.service(service).split
    assert split is not None
    assert (split.office, split.certainty) == ("c-road-office", Certainty.ASSUMED)
    offices = verdict(seoul, service, seoul.locate(IN_SAJIK, TODAY), TODAY).offices
    assert list(offices[:2]) == ["d-11110", "c-road-office"]


@pytest.mark.parametrize(
    ("service", "number", "source"),
    [
        ("subway-complaint", "1577-1234", "newdaily.co.kr"),
        ("bicycle", "1599-0120", "hisnomad.com"),
        ("transport-disabled", "1588-4388", "heraldcorp.com"),
        ("expressway", "02-2290-6112", "sisul.or.kr"),
        ("floor-noise", "1661-2642", "provisitella.com"),
        ("immigration", "1345", "1345"),
    ],
)
def test_what_another_body_does_is_referred_with_its_number(
    service: str, number: str, source: str, seoul: City
) -> None:
    referred = seoul.service(service).refer_to
    assert referred is not None
    agency = seoul.agency(referred)
    assert (agency.number, agency.certainty) == (number, Certainty.SOURCED)
    assert source in agency.source


def test_a_number_nobody_published_is_marked(seoul: City) -> None:
    assert seoul.agency("x-sh").certainty is Certainty.ASSUMED
    with pytest.raises(UnknownCode, match="x-atlantis"):
        seoul.agency("x-atlantis")


# How long it may take, and by what procedure.


@pytest.mark.parametrize(
    ("service", "period", "basis"),
    [
        # A parking fine: objection, passed on to the court within 14 days.
        ("parking-fine", "14c", "「질서위반행위규제법」 제21조제1항"),
        ("proposal", "1m", "「서울특별시 시민참여 기본 조례 시행규칙」 제9조"),
        ("suggestion", "14d", "「민원 처리에 관한 법률 시행령」 제15조"),
        ("law-inquiry", "14d", "「민원 처리에 관한 법률 시행령」 제14조제1호"),
        ("procedure-inquiry", "7d", "「민원 처리에 관한 법률 시행령」 제14조제2호"),
        ("grievance-official", "7d", "「민원 처리에 관한 법률 시행령」 제17조제1항"),
        ("preliminary-review", "30d", "「민원 처리에 관한 법률 시행령」 제34조제2항"),
        ("transit-card", "now", "「민원 처리에 관한 법률 시행령」 제16조제1항"),
        ("information-disclosure", "10d", "「공공기관의 정보공개에 관한 법률」 제11조제1항"),
        ("corruption", "60c", "「서울특별시 공익제보 보호 및 지원에 관한 조례」 제13조제6항"),
        ("basic-livelihood", "30c", "「국민기초생활 보장법」 제26조제4항"),
        ("housing-benefit", "30c", "「주거급여법」 제9조"),
        ("basic-pension", "30c", "「기초연금법 시행규칙」 제8조제1항"),
        ("building-report", "5d", "「건축법」 제14조제3항"),
        ("temporary-building", "5d", "「건축법」 제20조제4항"),
        ("construction-start", "3d", "「건축법」 제21조제3항"),
        ("mail-order", "3d", "공정거래위원회"),
        ("food-business", "now", "성동구 보건소"),
    ],
)
def test_a_period_that_a_source_sets(service: str, period: str, basis: str, seoul: City) -> None:
    found = seoul.service(service)
    assert (str(found.period), found.certainty) == (period, Certainty.SOURCED)
    assert found.source.startswith(basis)


@pytest.mark.parametrize(
    "service",
    ["pothole", "tree", "emergency-aid", "childcare", "passport", "billboard-permit", "ombudsman"],
)
def test_a_period_nobody_was_found_to_set_is_an_assumption(service: str, seoul: City) -> None:
    assert seoul.service(service).certainty is Certainty.ASSUMED


def test_a_period_other_than_the_kinds_is_assumed_or_has_a_source_of_its_own(seoul: City) -> None:
    """Petitions Decree 16(3): an agency may set another; Seoul's was not found."""
    for service in seoul.catalogue.values():
        usual = seoul.periods.get(service.kind)
        if service.kind is PetitionKind.OTHER and service.period != usual:
            sourced = service.certainty is Certainty.SOURCED
            assert not sourced or service.procedure is not Procedure.PETITION, service.code


@pytest.mark.parametrize(
    ("service", "procedure"),
    [
        ("parking-fine", Procedure.REMEDY),  # Violations of Order Act 16, 20
        ("proposal", Procedure.PROPOSAL),  # Citizen participation ordinance 11, 12
        ("corruption", Procedure.REPORT),  # Anti-Corruption Act 55
        ("suggestion", Procedure.PETITION),
        ("grievance-official", Procedure.PETITION),
    ],
)
def test_what_is_no_petition_says_so(service: str, procedure: Procedure, seoul: City) -> None:
    assert seoul.service(service).procedure is procedure


def test_a_fine_is_no_grievance_violations_of_order_act_20(seoul: City) -> None:
    assert seoul.service("parking-fine").kind is not PetitionKind.GRIEVANCE


def test_only_a_report_of_corruption_is_sealed_anti_corruption_act_64(seoul: City) -> None:
    assert [s.code for s in seoul.catalogue.values() if s.sealed] == ["corruption"]


@pytest.mark.parametrize(
    ("service", "hours"),
    [("snow", 3), ("flood", 1), ("sinkhole", 1), ("dangerous-building", 3), ("emergency-aid", 24)],
)
def test_what_cannot_wait_has_a_target_which_is_assumed(
    service: str, hours: int, seoul: City
) -> None:
    target = seoul.service(service).target
    assert target is not None
    assert target.within.total_seconds() == hours * 3600
    assert target.certainty is Certainty.ASSUMED


@pytest.mark.parametrize(("service", "hours"), [("illegal-parking", 3), ("street-light", 24)])
def test_the_field_complaints_whose_hours_were_published_have_them_as_target_asiae_2021_03_09(
    service: str, hours: int, seoul: City
) -> None:
    target = seoul.service(service).target
    assert target is not None
    assert target.within.total_seconds() == hours * 3600
    assert target.certainty is Certainty.SOURCED


# The law in full, and names.


def test_each_legal_basis_names_the_law_in_full(seoul: City) -> None:
    assert seoul.service("pothole").legal_basis == "「도로법」 제31조"
    full = re.compile(r"「[^「」]+」.*")
    for service in seoul.catalogue.values():
        for basis in service.legal_basis.split("; "):
            assert full.fullmatch(basis), (service.code, basis)
    for delegation in seoul.delegations:
        assert "assumption" not in delegation.source


@pytest.mark.parametrize(
    ("service", "name"),
    [
        ("certificates", "주민등록표 등·초본 발급"),
        ("moved-in-households", "전입세대확인서 열람·교부"),
    ],
)
def test_a_service_has_the_name_its_law_uses(service: str, name: str, seoul: City) -> None:
    assert seoul.service(service).names["ko"] == name


@pytest.mark.parametrize(
    ("office", "name", "area"),
    [
        (
            "o-1111053000",
            {"ko": "사직동주민센터", "en": "Sajik-dong Community Service Center"},
            "사직동",
        ),
        ("d-11140", {"ko": "중구청", "en": "Jung-gu Office"}, "중구"),
        (
            "o-1168064000",
            {"ko": "역삼1동주민센터", "en": "Yeoksam 1-dong Community Service Center"},
            "역삼1동",
        ),
    ],
)
def test_an_office_has_its_own_name_beside_its_areas(
    office: str, name: dict[str, str], area: str, seoul: City
) -> None:
    assert seoul.office(office).names == name
    assert seoul.office(office).area["ko"] == area


def test_every_office_of_an_area_is_named_as_an_office_and_found_by_its_area(seoul: City) -> None:
    for office in seoul.offices_on(TODAY):
        if office.kind is OfficeKind.CITY:
            assert not office.area
            continue
        assert office.names["ko"].endswith(("구청", "주민센터"))
        assert not office.area["ko"].endswith(("구청", "주민센터"))
    assert not isinstance(seoul.locate(Place(address="종로구 사직동 1"), TODAY), Ambiguous)


# Delegation (Local Autonomy Act 117; the districts' ordinances).


def test_the_usual_tier_and_whether_it_may_be_delegated_are_two_things(seoul: City) -> None:
    kinds = {s.workload for s in seoul.catalogue.values() if s.delegable}
    assert kinds == {Workload.DISTRICT, Workload.DONG}
    for service in seoul.catalogue.values():
        assert service.delegable is service.permit, service.code


def test_a_lease_report_is_delegated_since_lease_reports_began(seoul: City) -> None:
    """Ordinances 1752 (Jongno) and 2082 (Gangnam) speak of lease reports since 2021; the dates of
    their amendment, in 2025, are when their text changed."""
    for district, dong in (("11110", "1111053000"), ("11680", "1168064000")):
        assert seoul.delegate("lease-report", district, dong, date(2021, 5, 31)) is None
        for day in (date(2021, 6, 1), date(2025, 9, 25), TODAY):
            assert seoul.delegate("lease-report", district, dong, day) is not None


def test_of_a_delegated_permit_at_an_unclear_place_the_dong_is_asked(seoul: City) -> None:
    unclear = seoul.locate(IN_YEOKSAM, TODAY)
    assert isinstance(unclear, Ambiguous)
    assert verdict(seoul, "lease-report", unclear, TODAY).ask is Ask.PLACE


# What is asked when a place is not clear.


def test_the_question_is_about_the_place_of_the_matter_not_about_a_home(seoul: City) -> None:
    several = seoul.locate(IN_YEOKSAM, TODAY)
    assert isinstance(several, Ambiguous)
    assert several.question["ko"] == (
        "해당 장소는 여러 동주민센터의 관할에 걸쳐 있습니다. 어느 동에 있습니까?"
    )
    namesakes = seoul.locate(Place(address="신사동"), TODAY)
    assert isinstance(namesakes, Ambiguous)
    assert namesakes.question["ko"] == (
        "같은 이름의 지역이 여러 곳 있습니다. 어느 구에 있는 곳입니까?"
    )
