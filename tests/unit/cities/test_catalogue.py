"""The catalogue: words to services, services to offices, and what was delegated to whom."""

from __future__ import annotations

from datetime import date

import pytest

from services.cities import (
    Ambiguous,
    Ask,
    City,
    OfficeKind,
    Outside,
    PetitionKind,
    Place,
    Resolved,
    UnknownCode,
    Workload,
    load,
)
from services.common.kernel import Kind
from tests.support.competence import verdict

TODAY = date(2026, 11, 23)
IN_YEOKSAM_1 = Place(code="1168064000")
IN_YEOKSAM = Place(code="1168010100")


@pytest.mark.parametrize(
    ("text", "service"),
    [
        ("집 앞 도로에 포트홀이 생겼어요", "pothole"),
        ("수도 요금이 지난달보다 너무 많이 나왔습니다", "water-bill"),
        ("수도요금 자동이체 신청하고 싶어요", "water-autodebit"),
        ("이사 가는데 이사정산 부탁드립니다", "water-moving"),
        ("대형 폐기물 스티커 어디서 사나요", "bulky-waste"),
        ("가로등이 꺼져서 밤길이 어두워요", "street-light"),
        ("불법주차 때문에 나갈 수가 없어요", "illegal-parking"),
        ("여권을 다시 만들려면 어떻게 하나요", "passport"),
        ("전입신고는 어디서 하나요", "moving-in"),
        ("버스 기사가 너무 불친절해요", "bus-complaint"),
        ("기초생활 수급자 신청", "basic-livelihood"),
        ("우리 동네 보건소 예방접종 시간", "health-centre"),
        ("The street lights on my street are out", "street-light"),
        ("There is a big pothole in front of my house", "pothole"),
        ("How do I get a new passport?", "passport"),
        ("Someone dumped trash next to the park", "illegal-dumping"),
    ],
)
def test_what_people_say_leads_to_a_service(text: str, service: str, seoul: City) -> None:
    assert seoul.classify(text)[0].service == service


@pytest.mark.parametrize("text", ["", "   ", "안녕하세요", "zxcv", "12345", "👍"])
def test_words_that_mean_nothing_match_nothing(text: str, seoul: City) -> None:
    assert seoul.classify(text) == ()


def test_a_longer_term_hides_a_shorter_one_within_it(seoul: City) -> None:
    services = [match.service for match in seoul.classify("수도요금 자동이체")]
    assert services == ["water-autodebit"]
    assert [m.service for m in seoul.classify("재활용 수거")] == ["waste-collection"]


def test_every_service_is_found_by_its_own_name(seoul: City, boston: City, saebom: City) -> None:
    for city in (seoul, boston, saebom):
        for service in city.catalogue.values():
            for name in service.names.values():
                assert city.classify(name)[0].service == service.code


def test_a_term_is_not_read_across_two_words_that_only_look_like_it(seoul: City) -> None:
    assert seoul.classify("교통 안전 시설")[:1] == ()
    assert seoul.classify("여러 건의 쓰레기")[0].service == "waste-collection"


def test_the_end_of_one_word_and_the_start_of_the_next_are_no_term(seoul: City) -> None:
    services = [match.service for match in seoul.classify("강서구 직원이 불친절해요")]
    assert services == ["grievance-official"]


@pytest.mark.parametrize("text", ["불법주차 신고", "불법 주차 신고", "불법·주차 신고"])
def test_a_compound_may_be_written_together_and_apart(text: str, seoul: City) -> None:
    assert seoul.classify(text)[0].service == "illegal-parking"


def test_words_in_letters_match_whole_words_only(seoul: City) -> None:
    assert "tree" not in {term for m in seoul.classify("my street") for term in m.terms}
    assert seoul.classify("job")[0].service == "jobs"
    assert seoul.classify("jobs")[0].service == "jobs"
    assert seoul.classify("jobless") == ()


def test_the_same_words_give_the_same_answer_in_another_order_of_loading(seoul: City) -> None:
    text = "도로 공사 소음과 먼지, 불법 주차, 쓰레기 무단투기 때문에 힘듭니다"
    first = seoul.classify(text)
    assert first == seoul.classify(text)
    assert [m.score for m in first] == sorted((m.score for m in first), reverse=True)


def test_matches_name_the_catalogues_terms_and_never_the_text(seoul: City) -> None:
    terms = {term for s in seoul.catalogue.values() for term in s.terms()}
    for match in seoul.classify("홍길동입니다 010-1234-5678 포트홀 신고합니다"):
        assert set(match.terms) <= terms


def test_a_long_text_is_read_from_its_beginning(seoul: City) -> None:
    assert seoul.classify("포트홀 " + "가" * 1_000_000)[0].service == "pothole"


def test_every_kind_and_tier_is_in_the_catalogue(seoul: City) -> None:
    assert {s.kind for s in seoul.catalogue.values()} == set(PetitionKind)
    assert {s.workload for s in seoul.catalogue.values()} == set(Workload)
    for service in seoul.catalogue.values():
        assert set(service.names) == set(service.keywords) == {"ko", "en"}


@pytest.mark.parametrize(
    ("service", "period"),
    [
        ("transit-card", "now"),
        ("procedure-inquiry", "7d"),
        ("law-inquiry", "14d"),
        ("suggestion", "14d"),
        ("ombudsman", "7d"),
        ("bulky-waste", "now"),
        ("building-report", "5d"),
        ("billboard-permit", "7d"),
        ("mail-order", "3d"),
    ],
)
def test_periods_are_those_of_the_kind_or_of_the_permit(
    service: str, period: str, seoul: City
) -> None:
    assert str(seoul.service(service).period) == period


def test_unknown_codes_are_named(seoul: City) -> None:
    with pytest.raises(UnknownCode, match="no service 'flying-car'") as refused:
        seoul.service("flying-car")
    assert (refused.value.slug, refused.value.kind) == ("unknown_code", Kind.NOT_FOUND)
    with pytest.raises(UnknownCode, match="o-9999999999"):
        seoul.office("o-9999999999")
    with pytest.raises(UnknownCode):
        seoul.delegate("flying-car", "11680", "1168064000", TODAY)


def ids(city: City, service: str, place: Place | None, day: date = TODAY) -> list[str]:
    resolution = None if place is None else city.locate(place, day)
    return list(verdict(city, service, resolution, day).offices)


def test_a_service_of_the_city_needs_no_place(seoul: City) -> None:
    assert ids(seoul, "water-bill", None) == ["c-water", "c-petition-mediation"]
    assert ids(seoul, "water-bill", IN_YEOKSAM_1) == ["c-water", "c-petition-mediation"]


def test_a_service_of_the_districts_goes_where_the_place_lies(seoul: City) -> None:
    # A road of the city is the road office's: the place alone does not say its width.
    expected = ["d-11680", "c-road-office", "c-road", "c-petition-mediation"]
    assert ids(seoul, "pothole", IN_YEOKSAM_1) == expected
    assert ids(seoul, "pothole", IN_YEOKSAM) == expected


def test_without_a_district_the_place_is_asked(seoul: City) -> None:
    outside = Place(lat=37.3943, lon=127.1112)
    assert isinstance(seoul.locate(outside, TODAY), Outside)
    for place in (None, outside, Place(), Place(address="신사동")):
        where = None if place is None else seoul.locate(place, TODAY)
        found = verdict(seoul, "pothole", where, TODAY)
        assert (found.ask, found.offices) == (Ask.PLACE, ())


def test_a_service_of_the_community_offices_goes_to_the_one_of_the_place(seoul: City) -> None:
    assert ids(seoul, "moving-in", IN_YEOKSAM_1)[:2] == ["o-1168064000", "d-11680"]


def test_where_several_offices_are_possible_the_district_comes_first(seoul: City) -> None:
    assert isinstance(seoul.locate(IN_YEOKSAM, TODAY), Ambiguous)
    assert ids(seoul, "moving-in", IN_YEOKSAM) == [
        "d-11680",
        "o-1168064000",
        "o-1168065000",
        "c-administration",
        "c-petition-mediation",
    ]


def test_a_permit_is_the_community_offices_only_where_it_is_delegated(seoul: City) -> None:
    in_jongno, before, after = Place(code="1111051500"), date(2021, 5, 31), date(2021, 6, 1)
    assert ids(seoul, "lease-report", in_jongno, before)[0] == "d-11110"
    assert ids(seoul, "lease-report", in_jongno, after)[0] == "o-1111051500"
    in_gwanak = seoul.of_kind(OfficeKind.DONG, TODAY)[300]
    assert in_gwanak.district not in {"11110", "11680"}
    assert ids(seoul, "lease-report", Place(code=in_gwanak.dong))[0] == f"d-{in_gwanak.district}"
    assert ids(seoul, "bulky-waste", Place(code=in_gwanak.dong))[0] == in_gwanak.id


def test_a_delegation_holds_in_its_own_district_and_for_offices_that_exist(seoul: City) -> None:
    office = seoul.delegate("bulky-waste", "11680", "1168064000", TODAY)
    assert office is not None
    assert office.id == "o-1168064000"
    assert seoul.delegate("bulky-waste", "11110", "1168064000", TODAY) is None
    assert seoul.delegate("bulky-waste", "11230", "1123053600", TODAY) is None
    assert seoul.delegate("bulky-waste", "11680", None, TODAY) is None
    assert seoul.delegate("pothole", "11680", "1168064000", TODAY) is None


def test_a_delegation_to_one_office_and_its_dates(saebom: City) -> None:
    assert ids(saebom, "market-stall", Place(code="mill"), date(2026, 6, 30))[0] == "d-west"
    assert ids(saebom, "market-stall", Place(code="mill"), date(2026, 7, 1))[0] == "o-mill"
    assert ids(saebom, "market-stall", Place(code="hill"), date(2026, 7, 1))[0] == "d-east"


def test_offices_of_a_day(seoul: City) -> None:
    before = {office.id for office in seoul.offices_on(date(2025, 6, 30))}
    after = {office.id for office in seoul.offices_on(date(2025, 7, 1))}
    assert before - after == {"o-1123053600"}
    assert after - before == {"o-1123051500", "o-1123053300"}
    assert seoul.office("o-1123053600").area["ko"] == "용신동"
    assert seoul.arbitration_office in seoul.offices_on(TODAY)


def test_every_office_has_a_name_in_every_language(seoul: City, boston: City, saebom: City) -> None:
    for city in (seoul, boston, saebom):
        for office in city.offices.values():
            assert all(office.names[language] for language in city.languages)


def test_boston_is_a_city_of_departments_only(boston: City) -> None:
    assert {office.kind for office in boston.offices.values()} == {OfficeKind.CITY}
    assert {s.workload for s in boston.catalogue.values()} == {Workload.CITY}
    assert ids(boston, "street-light-outages", Place(lat=42.3474, lon=-71.0944)) == [
        "c-pwdx",
        "c-info",
    ]
    assert boston.classify("there is a pothole on Ipswich St")[0].service == (
        "pothole-repair-internal"
    )


def test_only_boston_says_how_its_record_is_read(seoul: City, boston: City) -> None:
    assert seoul.replay_mapping is None
    assert boston.replay_mapping is not None
    assert boston.replay_mapping["columns"]["category"] == "TYPE"


def test_a_city_is_read_once(seoul: City) -> None:
    assert load("seoul") is seoul


def test_resolved_places_lead_to_offices_on_record(seoul: City) -> None:
    found = seoul.locate(IN_YEOKSAM_1, TODAY)
    assert isinstance(found, Resolved)
    assert seoul.office(found.office).dong == found.admin_dong
